#ifndef SLEEVE_CORE_WORKERS_H
#define SLEEVE_CORE_WORKERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/status.h"

/* Background work for an interactive program: threads take jobs from one queue, the most urgent first, and return
 * finished ones through a list and a pipe that a poll() loop can wait on. */
struct workers;

struct job {
    void (*run)(struct job *job);                /* runs on a worker; may check `cancelled` from time to time */
    void (*finish)(struct job *job, void *user); /* runs on the thread that calls workers_collect; frees the job */
    int urgency;                                 /* higher runs first; equal ones run in the order of posting */
    atomic_bool cancelled;                       /* a cancelled job that has not started does not run, but `finish` is
                                                  * called */
    uint64_t number;
    struct job *next;
};

enum status workers_create(int threads, struct workers **workers, struct error *error);
/* Cancels everything, waits up to `seconds` for running jobs, and calls `finish` (with `user`) for those that are done
 * and those that never ran. Returns the number still running: workers_destroy would wait for them; a program that
 * cannot wait ends with _exit. */
int workers_stop(struct workers *workers, void *user, double seconds);
/* Cancels everything, waits for running jobs, and calls `finish` (with `user`) for every remaining job. */
void workers_destroy(struct workers *workers, void *user);
/* Owns the job (embedded at the start of the caller's own struct) until `finish` is called with it. */
void workers_post(struct workers *workers, struct job *job);
void workers_cancel(struct workers *workers, struct job *job);
/* Becomes readable when a job is done. */
int workers_descriptor(const struct workers *workers);
/* Calls `finish` for every finished job; returns their number. Never blocks. */
int workers_collect(struct workers *workers, void *user);
/* Number of jobs waiting or running. */
int workers_pending(struct workers *workers);

#endif
