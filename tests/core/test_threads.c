#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/pool.h"
#include "core/workers.h"

/* ---- pool ------------------------------------------------------------------------------------------------------ */

struct loop {
    atomic_int *counts;
    int threads;
    atomic_int wrong_workers;
    atomic_int busy[8];
};

static void count_task(void *context, size_t index, int worker)
{
    struct loop *loop = context;
    atomic_fetch_add(&loop->counts[index], 1);
    if (worker < 0 || worker >= loop->threads || atomic_fetch_add(&loop->busy[worker], 1) != 0)
        atomic_fetch_add(&loop->wrong_workers, 1);
    else
        atomic_fetch_sub(&loop->busy[worker], 1);
}

static void every_task_runs_once(void **state)
{
    (void)state;
    enum { TASKS = 300 };
    for (int threads = 1; threads <= 6; threads++) {
        struct pool *pool;
        struct error error;
        assert_int_equal(pool_create(threads, &pool, &error), STATUS_OK);
        struct loop loop = {.counts = calloc(TASKS, sizeof(atomic_int)), .threads = pool_threads(pool)};
        int rounds = 400;
        for (int round = 0; round < rounds; round++)
            pool_run(pool, (size_t)round % (TASKS + 1), count_task, &loop);
        for (int i = 0; i < TASKS; i++) {
            int expected = 0;
            for (int round = 0; round < rounds; round++)
                expected += i < round % (TASKS + 1);
            assert_int_equal(atomic_load(&loop.counts[i]), expected);
        }
        assert_int_equal(atomic_load(&loop.wrong_workers), 0);
        free(loop.counts);
        pool_destroy(pool);
    }
    pool_destroy(NULL);
}

struct caller {
    struct pool *pool;
    atomic_int sum;
};

static void add_task(void *context, size_t index, int worker)
{
    (void)worker;
    struct caller *caller = context;
    atomic_fetch_add(&caller->sum, (int)index);
}

static void *call_often(void *argument)
{
    struct caller *caller = argument;
    for (int i = 0; i < 300; i++)
        pool_run(caller->pool, 10, add_task, caller);
    return NULL;
}

static void callers_take_turns(void **state)
{
    (void)state;
    struct pool *pool;
    struct error error;
    assert_int_equal(pool_create(3, &pool, &error), STATUS_OK);
    struct caller callers[4];
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        callers[i].pool = pool;
        atomic_init(&callers[i].sum, 0);
        assert_int_equal(pthread_create(&threads[i], NULL, call_often, &callers[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(atomic_load(&callers[i].sum), 300 * 45);
    }
    pool_destroy(pool);
}

/* ---- workers --------------------------------------------------------------------------------------------------- */

struct errand {
    struct job job;
    atomic_bool *gate; /* if not NULL, waits until it opens or the job is cancelled */
    bool ran;
    int chain; /* number of errands that its finish posts */
    struct workers *workers;
};

struct outcome {
    int finished, ran;
    uint64_t numbers[64];
};

static void errand_run(struct job *job)
{
    struct errand *errand = (struct errand *)job;
    while (errand->gate && !atomic_load(errand->gate) && !atomic_load(&job->cancelled))
        sched_yield();
    errand->ran = true;
}

static struct errand *errand_make(struct workers *workers, int urgency, atomic_bool *gate);

static void errand_finish(struct job *job, void *user)
{
    struct errand *errand = (struct errand *)job;
    struct outcome *outcome = user;
    if (outcome->finished < 64)
        outcome->numbers[outcome->finished] = job->number;
    outcome->finished++;
    outcome->ran += errand->ran;
    if (errand->chain > 0) {
        struct errand *next = errand_make(errand->workers, 0, NULL);
        next->chain = errand->chain - 1;
        workers_post(errand->workers, &next->job);
    }
    free(errand);
}

static struct errand *errand_make(struct workers *workers, int urgency, atomic_bool *gate)
{
    struct errand *errand = calloc(1, sizeof *errand);
    errand->job.run = errand_run;
    errand->job.finish = errand_finish;
    errand->job.urgency = urgency;
    errand->gate = gate;
    errand->workers = workers;
    return errand;
}

static void wait_until(struct workers *workers, struct outcome *outcome, int finished)
{
    while (outcome->finished < finished) {
        struct pollfd poller = {.fd = workers_descriptor(workers), .events = POLLIN};
        assert_int_equal(poll(&poller, 1, 20000), 1);
        workers_collect(workers, outcome);
    }
}

static void urgent_jobs_go_first(void **state)
{
    (void)state;
    struct workers *workers;
    struct error error;
    struct outcome outcome = {0};
    atomic_bool gate = false;
    assert_int_equal(workers_create(1, &workers, &error), STATUS_OK);
    workers_post(workers, &errand_make(workers, 9, &gate)->job); /* occupies the only thread */
    while (workers_pending(workers) != 1)
        sched_yield();
    static const int urgencies[] = {1, 5, 1, 5, 0};
    for (size_t i = 0; i < 5; i++)
        workers_post(workers, &errand_make(workers, urgencies[i], NULL)->job);
    atomic_store(&gate, true);
    wait_until(workers, &outcome, 6);
    static const uint64_t expected[] = {1, 3, 5, 2, 4, 6};
    assert_memory_equal(outcome.numbers, expected, sizeof expected);
    assert_int_equal(outcome.ran, 6);
    assert_int_equal(workers_pending(workers), 0);
    workers_destroy(workers, &outcome);
    assert_int_equal(outcome.finished, 6);
}

static void a_cancelled_job_is_finished_but_not_run(void **state)
{
    (void)state;
    struct workers *workers;
    struct error error;
    struct outcome outcome = {0};
    atomic_bool gate = false;
    assert_int_equal(workers_create(1, &workers, &error), STATUS_OK);
    struct errand *running = errand_make(workers, 9, &gate);
    workers_post(workers, &running->job);
    struct errand *waiting = errand_make(workers, 0, NULL);
    workers_post(workers, &waiting->job);
    workers_cancel(workers, &waiting->job);
    workers_cancel(workers, &running->job); /* ends the wait at the gate, or is faster than its start */
    wait_until(workers, &outcome, 2);
    assert_in_range(outcome.ran, 0, 1);
    workers_destroy(workers, &outcome);
}

static void many_jobs_all_come_back(void **state)
{
    (void)state;
    struct workers *workers;
    struct error error;
    struct outcome outcome = {0};
    assert_int_equal(workers_create(4, &workers, &error), STATUS_OK);
    for (int i = 0; i < 70000; i++) { /* more than the pipe can hold */
        workers_post(workers, &errand_make(workers, i % 2, NULL)->job);
        if (i % 997 == 0)
            workers_collect(workers, &outcome);
        if (i % 2048 == 0)
            while (workers_pending(workers) > 100)
                sched_yield();
    }
    wait_until(workers, &outcome, 70000);
    assert_int_equal(outcome.ran, 70000);
    workers_destroy(workers, &outcome);
}

static void destroying_busy_workers_finishes_everything(void **state)
{
    (void)state;
    for (int round = 0; round < 30; round++) {
        struct workers *workers;
        struct error error;
        struct outcome outcome = {0};
        atomic_bool never = false;
        assert_int_equal(workers_create(1 + round % 3, &workers, &error), STATUS_OK);
        for (int i = 0; i < 20; i++) {
            struct errand *errand = errand_make(workers, i % 3, i % 2 ? &never : NULL);
            errand->chain = i == 7 ? 3 : 0; /* posts more during shutdown */
            workers_post(workers, &errand->job);
        }
        workers_destroy(workers, &outcome);
        assert_int_equal(outcome.finished, 23);
    }
    workers_destroy(NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_task_runs_once),    cmocka_unit_test(callers_take_turns),
        cmocka_unit_test(urgent_jobs_go_first),    cmocka_unit_test(a_cancelled_job_is_finished_but_not_run),
        cmocka_unit_test(many_jobs_all_come_back), cmocka_unit_test(destroying_busy_workers_finishes_everything),
    };
    return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
