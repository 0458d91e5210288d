#ifndef SLEEVE_CORE_POOL_H
#define SLEEVE_CORE_POOL_H

#include <stddef.h>

#include "core/status.h"

/* A fork-join pool: threads that wait for one loop at a time and run its tasks together with the caller. For loops of
 * microseconds to seconds inside computations; for background work see core/workers.h. */
struct pool;

/* `threads` includes the caller; 0 means one per processor that this process may use. */
enum status pool_create(int threads, struct pool **pool, struct error *error);
void pool_destroy(struct pool *pool);
int pool_threads(const struct pool *pool);

/* Runs task(context, i, worker) once for every i in 0..n_tasks-1, with worker in 0..pool_threads-1, and returns when
 * all are done. Tasks are started in order. One loop at a time: a second caller waits. Must not be called from a task.
 */
void pool_run(struct pool *pool, size_t n_tasks, void (*task)(void *context, size_t index, int worker), void *context);

#endif
