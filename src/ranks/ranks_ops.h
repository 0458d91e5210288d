#ifndef SLEEVE_RANKS_RANKS_OPS_H
#define SLEEVE_RANKS_RANKS_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

/* What a communicator implements: a module for MPI (mpi.c), and threads of one process in the tests. Every function but
 * `open` is a collective: all ranks call it with equal sizes, and it waits for them. It fails if a rank has ended or
 * does not answer; then no further call is possible. */
struct ranks_ops {
    uint32_t version; /* RANKS_VERSION */
    uint32_t size;    /* of this struct */
    /* `stopped` returns the seconds since the process received a signal to end, 0 without one. Waiting ends then, too.
     */
    enum status (*open)(double (*stopped)(void), void **state, int *rank, int *size, struct error *error);
    void (*close)(void *state);
    enum status (*maximum)(void *state, int64_t *values, size_t n, struct error *error);    /* of each value */
    enum status (*sum_doubles)(void *state, double *values, size_t n, struct error *error); /* the same on all ranks */
    enum status (*sum_floats)(void *state, float *values, size_t n, struct error *error);
    enum status (*broadcast)(void *state, int from, void *bytes, size_t size, struct error *error);
    /* `all` receives sizes[r] bytes of each rank r, in their order. */
    enum status (*gather)(void *state, const void *own, const size_t *sizes, void *all, struct error *error);
    /* An all-to-all of unequal blocks: sends to_sizes[r] bytes of `to` to each rank r, and `from` receives
     * from_sizes[r] bytes of it, both in the order of the ranks. Only these sizes may differ between ranks. */
    enum status (*exchange)(void *state, const void *to, const size_t *to_sizes, void *from, const size_t *from_sizes,
                            struct error *error);
};

/* The one entry point of a module. */
enum { RANKS_VERSION = 2 };
#define RANKS_ENTRY "sleeve_ranks_v2"
const struct ranks_ops *sleeve_ranks_v2(void);

#endif
