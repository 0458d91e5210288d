#include "core/workers.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/clock.h"

enum { THREADS_MAX = 64 };

struct workers {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct job *waiting; /* most urgent first */
    struct job *done;
    struct job **done_end;
    struct job *running[THREADS_MAX];
    uint64_t posted;
    int pipe[2];
    int threads;
    int n_running;
    bool stopping;
    pthread_t ids[THREADS_MAX];
    struct worker_slot {
        struct workers *workers;
        int number;
    } slots[THREADS_MAX];
};

static void add_done(struct workers *workers, struct job *job)
{
    job->next = NULL;
    *workers->done_end = job;
    workers->done_end = &job->next;
    char byte = 1;
    ssize_t written = write(workers->pipe[1], &byte, 1); /* if the pipe is full, it is readable already */
    (void)written;
}

static void *worker_main(void *argument)
{
    struct worker_slot *slot = argument;
    struct workers *workers = slot->workers;
    pthread_mutex_lock(&workers->lock);
    for (;;) {
        while (!workers->waiting && !workers->stopping)
            pthread_cond_wait(&workers->wake, &workers->lock);
        if (!workers->waiting)
            break;
        struct job *job = workers->waiting;
        workers->waiting = job->next;
        workers->running[slot->number] = job;
        workers->n_running++;
        pthread_mutex_unlock(&workers->lock);
        if (!atomic_load(&job->cancelled))
            job->run(job);
        pthread_mutex_lock(&workers->lock);
        workers->running[slot->number] = NULL;
        workers->n_running--;
        add_done(workers, job);
    }
    pthread_mutex_unlock(&workers->lock);
    return NULL;
}

enum status workers_create(int threads, struct workers **out, struct error *error)
{
    struct workers *workers = calloc(1, sizeof *workers);
    if (!workers)
        return error_no_memory(error);
    if (pipe2(workers->pipe, O_CLOEXEC | O_NONBLOCK) != 0) {
        free(workers);
        return error_set(error, STATUS_FAILED, "a pipe for background work cannot be created; too many files are open");
    }
    pthread_mutex_init(&workers->lock, NULL);
    pthread_cond_init(&workers->wake, NULL);
    workers->done_end = &workers->done;
    for (int i = 0; i < threads && i < THREADS_MAX; i++) {
        workers->slots[i] = (struct worker_slot){.workers = workers, .number = i};
        if (pthread_create(&workers->ids[i], NULL, worker_main, &workers->slots[i]) != 0)
            break;
        workers->threads++;
    }
    if (workers->threads == 0) {
        workers_destroy(workers, NULL);
        return error_set(error, STATUS_FAILED, "no thread for background work could be started");
    }
    *out = workers;
    return STATUS_OK;
}

static void cancel_all(struct workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    workers->stopping = true;
    for (struct job *job = workers->waiting; job; job = job->next)
        atomic_store(&job->cancelled, true);
    for (int i = 0; i < workers->threads; i++)
        if (workers->running[i])
            atomic_store(&workers->running[i]->cancelled, true);
    pthread_cond_broadcast(&workers->wake);
    pthread_mutex_unlock(&workers->lock);
}

int workers_stop(struct workers *workers, void *user, double seconds)
{
    double deadline = clock_seconds() + seconds;
    cancel_all(workers);
    for (;;) {
        while (workers_collect(workers, user) > 0) /* a finish() may post another job */
            continue;
        int pending = workers_pending(workers);
        double left = deadline - clock_seconds();
        if (pending == 0) {
            while (workers_collect(workers, user) > 0)
                continue;
            return 0;
        }
        if (left <= 0)
            return pending;
        struct pollfd done = {.fd = workers->pipe[0], .events = POLLIN};
        poll(&done, 1, (int)(left * 1000) + 1);
    }
}

void workers_destroy(struct workers *workers, void *user)
{
    if (!workers)
        return;
    cancel_all(workers);
    for (int i = 0; i < workers->threads; i++)
        pthread_join(workers->ids[i], NULL);
    while (workers_collect(workers, user) > 0) /* a finish() may post another job */
        continue;
    close(workers->pipe[0]);
    close(workers->pipe[1]);
    pthread_cond_destroy(&workers->wake);
    pthread_mutex_destroy(&workers->lock);
    free(workers);
}

void workers_post(struct workers *workers, struct job *job)
{
    pthread_mutex_lock(&workers->lock);
    job->number = ++workers->posted;
    if (workers->stopping) {
        atomic_store(&job->cancelled, true);
        add_done(workers, job);
        pthread_mutex_unlock(&workers->lock);
        return;
    }
    struct job **link = &workers->waiting;
    while (*link && (*link)->urgency >= job->urgency)
        link = &(*link)->next;
    job->next = *link;
    *link = job;
    pthread_cond_signal(&workers->wake);
    pthread_mutex_unlock(&workers->lock);
}

void workers_cancel(struct workers *workers, struct job *job)
{
    (void)workers;
    atomic_store(&job->cancelled, true);
}

int workers_descriptor(const struct workers *workers)
{
    return workers->pipe[0];
}

int workers_collect(struct workers *workers, void *user)
{
    char bytes[256];
    while (read(workers->pipe[0], bytes, sizeof bytes) > 0)
        continue;
    pthread_mutex_lock(&workers->lock);
    struct job *job = workers->done;
    workers->done = NULL;
    workers->done_end = &workers->done;
    pthread_mutex_unlock(&workers->lock);
    int finished = 0;
    while (job) {
        struct job *next = job->next;
        job->finish(job, user);
        job = next;
        finished++;
    }
    return finished;
}

int workers_pending(struct workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    int pending = workers->n_running;
    for (struct job *job = workers->waiting; job; job = job->next)
        pending++;
    pthread_mutex_unlock(&workers->lock);
    return pending;
}
