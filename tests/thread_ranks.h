#ifndef SLEEVE_TESTS_THREAD_RANKS_H
#define SLEEVE_TESTS_THREAD_RANKS_H

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "ranks/ranks.h"

/* Ranks that are threads of the test program: a communicator without MPI. After cmocka.h. */

enum { THREAD_RANKS_MAX = 8 };

struct thread_world {
    int size;
    pthread_barrier_t barrier;
    const void *given[THREAD_RANKS_MAX];
    void (*work)(struct ranks *ranks, void *context);
    void *context;
};

struct thread_rank {
    struct thread_world *world;
    int rank;
    pthread_t thread;
};

static inline const void *const *thread_give(struct thread_rank *own, const void *values)
{
    own->world->given[own->rank] = values;
    pthread_barrier_wait(&own->world->barrier);
    return own->world->given;
}

/* Replaces values [n] by the reduction over all ranks, in their order. */
#define THREAD_REDUCE(name, type, step)                                                                                \
    static inline enum status name(void *state, type *values, size_t n, struct error *error)                           \
    {                                                                                                                  \
        struct thread_rank *own = state;                                                                               \
        const void *const *given = thread_give(own, values);                                                           \
        type *result = malloc(n * sizeof *result + 1);                                                                 \
        (void)error;                                                                                                   \
        for (size_t i = 0; i < n; i++)                                                                                 \
            result[i] = ((const type *)given[0])[i];                                                                   \
        for (int r = 1; r < own->world->size; r++)                                                                     \
            for (size_t i = 0; i < n; i++) {                                                                           \
                const type a = result[i], b = ((const type *)given[r])[i];                                             \
                result[i] = step;                                                                                      \
            }                                                                                                          \
        pthread_barrier_wait(&own->world->barrier);                                                                    \
        memcpy(values, result, n * sizeof *result);                                                                    \
        free(result);                                                                                                  \
        return STATUS_OK;                                                                                              \
    }

THREAD_REDUCE(thread_maximum, int64_t, a > b ? a : b)
THREAD_REDUCE(thread_sum_doubles, double, a + b)
THREAD_REDUCE(thread_sum_floats, float, a + b)

static inline enum status thread_broadcast(void *state, int from, void *bytes, size_t size, struct error *error)
{
    struct thread_rank *own = state;
    const void *const *given = thread_give(own, bytes);
    (void)error;
    if (own->rank != from)
        memcpy(bytes, given[from], size);
    pthread_barrier_wait(&own->world->barrier);
    return STATUS_OK;
}

static inline enum status thread_gather(void *state, const void *from, const size_t *sizes, void *all,
                                        struct error *error)
{
    struct thread_rank *own = state;
    const void *const *given = thread_give(own, from);
    char *to = all;
    (void)error;
    for (int r = 0; r < own->world->size; r++) {
        if (sizes[r] > 0)
            memcpy(to, given[r], sizes[r]);
        to += sizes[r];
    }
    pthread_barrier_wait(&own->world->barrier);
    return STATUS_OK;
}

struct thread_blocks {
    const char *to;
    const size_t *sizes;
};

static inline enum status thread_exchange(void *state, const void *to, const size_t *to_sizes, void *from,
                                          const size_t *from_sizes, struct error *error)
{
    struct thread_rank *own = state;
    const struct thread_blocks blocks = {to, to_sizes};
    const void *const *given = thread_give(own, &blocks);
    char *place = from;
    (void)error;
    for (int r = 0; r < own->world->size; r++) {
        const struct thread_blocks *others = given[r];
        const char *block = others->to;
        for (int before = 0; before < own->rank; before++)
            block += others->sizes[before];
        if (others->sizes[own->rank] != from_sizes[r])
            abort();
        if (from_sizes[r] > 0)
            memcpy(place, block, from_sizes[r]);
        place += from_sizes[r];
    }
    pthread_barrier_wait(&own->world->barrier);
    return STATUS_OK;
}

static inline void *thread_rank_main(void *argument)
{
    static const struct ranks_ops ops = {.version = RANKS_VERSION,
                                         .size = sizeof ops,
                                         .maximum = thread_maximum,
                                         .sum_doubles = thread_sum_doubles,
                                         .sum_floats = thread_sum_floats,
                                         .broadcast = thread_broadcast,
                                         .gather = thread_gather,
                                         .exchange = thread_exchange};
    struct thread_rank *own = argument;
    struct ranks *ranks = NULL;
    if (ranks_create(&ops, own, own->rank, own->world->size, &ranks, NULL) != STATUS_OK)
        abort();
    own->world->work(ranks, own->world->context);
    ranks_close(ranks);
    return NULL;
}

/* Calls `work` once for each rank, at the same time. It may not use cmocka's assertions, which end the thread. */
static inline void thread_ranks_run(int size, void (*work)(struct ranks *ranks, void *context), void *context)
{
    struct thread_world world = {.size = size, .work = work, .context = context};
    struct thread_rank all[THREAD_RANKS_MAX];
    pthread_barrier_init(&world.barrier, NULL, (unsigned)size);
    for (int r = 0; r < size; r++) {
        all[r] = (struct thread_rank){.world = &world, .rank = r};
        if (pthread_create(&all[r].thread, NULL, thread_rank_main, &all[r]) != 0)
            abort();
    }
    for (int r = 0; r < size; r++)
        pthread_join(all[r].thread, NULL);
    pthread_barrier_destroy(&world.barrier);
}

#endif
