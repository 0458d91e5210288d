#include "core/memory_budget.h"

void memory_budget_acquire(struct memory_budget *budget, size_t bytes)
{
    pthread_mutex_lock(&budget->lock);
    while (budget->limit - budget->used < bytes)
        pthread_cond_wait(&budget->freed, &budget->lock);
    budget->used += bytes;
    budget->peak = budget->used > budget->peak ? budget->used : budget->peak;
    pthread_mutex_unlock(&budget->lock);
}

void memory_budget_release(struct memory_budget *budget, size_t bytes)
{
    pthread_mutex_lock(&budget->lock);
    budget->used -= bytes;
    pthread_cond_broadcast(&budget->freed);
    pthread_mutex_unlock(&budget->lock);
}

size_t memory_budget_peak(struct memory_budget *budget)
{
    pthread_mutex_lock(&budget->lock);
    size_t peak = budget->peak;
    pthread_mutex_unlock(&budget->lock);
    return peak;
}
