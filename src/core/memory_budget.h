#ifndef SLEEVE_CORE_MEMORY_BUDGET_H
#define SLEEVE_CORE_MEMORY_BUDGET_H

#include <pthread.h>
#include <stddef.h>

/* A limit on the bytes that all threads together use: a counting semaphore. A thread takes bytes at most once before it
 * returns them, so that no two threads wait for each other. */
struct memory_budget {
    size_t limit;
    size_t used;
    size_t peak; /* the maximum ever used at a time */
    pthread_mutex_t lock;
    pthread_cond_t freed;
};

#define MEMORY_BUDGET(bytes)                                                                                           \
    {                                                                                                                  \
        .limit = (bytes), .lock = PTHREAD_MUTEX_INITIALIZER, .freed = PTHREAD_COND_INITIALIZER                         \
    }

/* Waits until `bytes` are free and takes them. `bytes` is at most the limit. */
void memory_budget_acquire(struct memory_budget *budget, size_t bytes);
void memory_budget_release(struct memory_budget *budget, size_t bytes);
size_t memory_budget_peak(struct memory_budget *budget);

#endif
