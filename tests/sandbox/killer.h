#ifndef SLEEVE_TESTS_SANDBOX_KILLER_H
#define SLEEVE_TESTS_SANDBOX_KILLER_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/random.h"
#include "sandbox/sandbox_internal.h"

/* A thread that kills decoders of images at random: after a random number of answers, so that on a busy machine they
 * are not killed faster than they start. */
struct killer {
    atomic_int served; /* counted by the test */
    atomic_int killed;
    atomic_bool done;
    pthread_t thread;
};

static inline void *killer_run(void *context)
{
    struct killer *killer = context;
    struct random random;
    int next = 10;
    random_seed(&random, 1);
    while (!atomic_load(&killer->done)) {
        pid_t pids[16];
        usleep((useconds_t)random_below(&random, 1000));
        if (atomic_load(&killer->served) < next)
            continue;
        next = atomic_load(&killer->served) + 10 + (int)random_below(&random, 20);
        size_t count = sandbox_running(SANDBOX_IMAGE, pids, 16);
        if (count > 0 && kill(pids[random_below(&random, count)], SIGKILL) == 0)
            atomic_fetch_add(&killer->killed, 1);
    }
    return NULL;
}

static inline void killer_start(struct killer *killer)
{
    if (pthread_create(&killer->thread, NULL, killer_run, killer) != 0)
        abort();
}

static inline void killer_stop(struct killer *killer)
{
    atomic_store(&killer->done, true);
    pthread_join(killer->thread, NULL);
}

#endif
