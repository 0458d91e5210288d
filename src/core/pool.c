#include "core/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define relax() _mm_pause()
#else
#define relax() ((void)0)
#endif

enum {
    SPINS = 2000, /* spins for about 40 microseconds before a worker sleeps */
    THREADS_MAX = 256,
};

struct pool {
    pthread_mutex_t caller; /* one loop at a time */
    pthread_mutex_t lock;   /* protects sleeping */
    pthread_cond_t work;
    pthread_cond_t done;
    atomic_uint_fast64_t generation;
    atomic_size_t next;
    atomic_int running;
    atomic_bool stopping;
    size_t n_tasks;
    void (*task)(void *, size_t, int);
    void *context;
    int threads;
    pthread_t ids[THREADS_MAX];
    struct pool_worker {
        struct pool *pool;
        int number;
    } workers[THREADS_MAX];
};

static void take_tasks(struct pool *pool, int worker)
{
    for (;;) {
        size_t index = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
        if (index >= pool->n_tasks)
            return;
        pool->task(pool->context, index, worker);
    }
}

static uint_fast64_t wait_for_work(struct pool *pool, uint_fast64_t seen)
{
    for (int spin = 0; spin < SPINS; spin++) {
        uint_fast64_t now = atomic_load_explicit(&pool->generation, memory_order_acquire);
        if (now != seen)
            return now;
        relax();
    }
    pthread_mutex_lock(&pool->lock);
    uint_fast64_t now;
    while ((now = atomic_load(&pool->generation)) == seen)
        pthread_cond_wait(&pool->work, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
    return now;
}

static void *worker_main(void *argument)
{
    struct pool_worker *worker = argument;
    struct pool *pool = worker->pool;
    uint_fast64_t seen = 0;
    for (;;) {
        seen = wait_for_work(pool, seen);
        if (atomic_load(&pool->stopping))
            return NULL;
        take_tasks(pool, worker->number);
        if (atomic_fetch_sub(&pool->running, 1) == 1) {
            pthread_mutex_lock(&pool->lock);
            pthread_cond_signal(&pool->done);
            pthread_mutex_unlock(&pool->lock);
        }
    }
}

static int processors(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return CPU_COUNT(&set);
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (int)n : 1;
}

enum status pool_create(int threads, struct pool **out, struct error *error)
{
    if (threads <= 0)
        threads = processors();
    if (threads > THREADS_MAX)
        threads = THREADS_MAX;
    struct pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return error_no_memory(error);
    pthread_mutex_init(&pool->caller, NULL);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->done, NULL);
    pool->threads = 1;
    for (int i = 1; i < threads; i++) {
        pool->workers[i] = (struct pool_worker){.pool = pool, .number = i};
        if (pthread_create(&pool->ids[i], NULL, worker_main, &pool->workers[i]) != 0)
            break; /* fewer threads do the same work */
        pool->threads++;
    }
    *out = pool;
    return STATUS_OK;
}

static void announce(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    atomic_fetch_add(&pool->generation, 1);
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
}

void pool_destroy(struct pool *pool)
{
    if (!pool)
        return;
    atomic_store(&pool->stopping, true);
    announce(pool);
    for (int i = 1; i < pool->threads; i++)
        pthread_join(pool->ids[i], NULL);
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
    pthread_mutex_destroy(&pool->caller);
    free(pool);
}

int pool_threads(const struct pool *pool)
{
    return pool->threads;
}

void pool_run(struct pool *pool, size_t n_tasks, void (*task)(void *, size_t, int), void *context)
{
    if (n_tasks == 0)
        return;
    if (n_tasks == 1 || pool->threads == 1) {
        pthread_mutex_lock(&pool->caller);
        for (size_t i = 0; i < n_tasks; i++)
            task(context, i, 0);
        pthread_mutex_unlock(&pool->caller);
        return;
    }
    pthread_mutex_lock(&pool->caller);
    pool->n_tasks = n_tasks;
    pool->task = task;
    pool->context = context;
    atomic_store(&pool->next, 0);
    atomic_store(&pool->running, pool->threads - 1);
    announce(pool);
    take_tasks(pool, 0);
    for (int spin = 0; spin < SPINS && atomic_load(&pool->running) > 0; spin++)
        relax();
    if (atomic_load(&pool->running) > 0) {
        pthread_mutex_lock(&pool->lock);
        while (atomic_load(&pool->running) > 0)
            pthread_cond_wait(&pool->done, &pool->lock);
        pthread_mutex_unlock(&pool->lock);
    }
    pthread_mutex_unlock(&pool->caller);
}
