#ifndef SLEEVE_RANKS_RANKS_H
#define SLEEVE_RANKS_RANKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ranks/ranks_ops.h"

/* Several processes that share one task: `mpirun -n N sleeve ...` starts ranks 0..N-1, on one machine or on several
 * with a shared folder. Work that can be divided takes a `struct ranks`. NULL is a single process: rank 0 of 1, for
 * which the collectives below return at once.
 *
 * All ranks call the same collectives in the same order. Each begins with an exchange of statuses, in which a rank that
 * has failed takes part by ranks_end: then the collective fails on every rank with the status and message of the
 * failed one, and so do all later ones. So a rank that fails only returns its error, and no other waits for it. A
 * rank that ended without that (it was killed) or does not answer is STATUS_INTERRUPTED once the process is asked to
 * end, which mpirun does. Only after all have agreed to stop (STATUS_INTERRUPTED from ranks_agree) do they wait for
 * each other as long as it takes, because rank 0 may be saving a training. */
struct ranks;

/* Joins the other processes if mpirun started several; otherwise *ranks is NULL. The module is loaded from the folder
 * of the program and nowhere else. */
enum status ranks_open(struct ranks **ranks, struct error *error);
/* Ranks of a given communicator, for tests; `ops->open` is not called, and `state` stays the caller's. */
enum status ranks_create(const struct ranks_ops *ops, void *state, int rank, int size, struct ranks **ranks,
                         struct error *error);
/* The rank that mpirun gave this process, before ranks_open; 0 without mpirun. */
int ranks_started_as(void);
/* Waits for all ranks unless one is lost. */
void ranks_close(struct ranks *ranks);

int ranks_rank(const struct ranks *ranks);
int ranks_size(const struct ranks *ranks);
/* Whether a rank ended or does not answer. The process can then only end without waiting for the others: by _exit. */
bool ranks_lost(const struct ranks *ranks);

/* The end of the work, called once with this rank's status and error: every rank returns the status and the error of
 * the rank with the highest status, the first one of these. A message of another rank than 0 begins with its number and
 * host. */
enum status ranks_end(struct ranks *ranks, enum status status, struct error *error);

/* ---- collectives ---- */

/* The same for the status of a part of the work, so that all ranks take the same decision and can continue. */
enum status ranks_agree(struct ranks *ranks, enum status status, struct error *error);
/* Sums over all ranks. Every rank receives the same bits. */
enum status ranks_sum(struct ranks *ranks, double *values, size_t n, struct error *error);
enum status ranks_sum_floats(struct ranks *ranks, float *values, size_t n, struct error *error);
/* The bytes of rank 0. */
enum status ranks_broadcast(struct ranks *ranks, void *bytes, size_t size, struct error *error);
/* `all` receives sizes[r] bytes of each rank r, in their order; sizes [size] are the same on all ranks, less than 2 GB
 * together. `own` is not in `all`. */
enum status ranks_gather(struct ranks *ranks, const void *own, const size_t *sizes, void *all, struct error *error);
/* Sends to_sizes[r] bytes of `to` to each rank r, whose from_sizes[r] bytes for this one `from` receives, both in the
 * order of the ranks. The sizes [size] may be different on every rank. `to` and `from` do not overlap. */
enum status ranks_exchange(struct ranks *ranks, const void *to, const size_t *to_sizes, void *from,
                           const size_t *from_sizes, struct error *error);

/* This rank's part of n items: consecutive ones, in the order of the ranks. */
struct ranks_part {
    int64_t first, count;
};
struct ranks_part ranks_part(const struct ranks *ranks, int64_t n);
/* The same for any rank of `size`. */
struct ranks_part ranks_part_of(int rank, int size, int64_t n);

#endif
