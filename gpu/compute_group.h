#ifndef SLEEVE_GPU_COMPUTE_GROUP_H
#define SLEEVE_GPU_COMPUTE_GROUP_H

#include "gpu/compute_types.h"

/* A group of devices, one in each of several processes, that exchange buffers without host memory. CUDA's devices do so
 * over NCCL, the NVIDIA Collective Communications Library, which is loaded when it is first asked for. */
struct compute_group;

enum { COMPUTE_GROUP_KEY = 128, COMPUTE_GROUP_NAME = 32 };

/* By which the members of a group find each other: made by rank 0 and given to all. */
struct compute_group_key {
    char bytes[COMPUTE_GROUP_KEY];
};

struct compute_group_place {
    struct compute_group_key key;
    int rank, size;
    /* Seconds since the process received a signal to end, 0 without one (core/interrupt.h). Waiting ends then, too. */
    double (*stopped)(void);
    /* How long a member waits for the others, beside a second for each 10 MB that are exchanged. */
    double patience;
};

/* All are NULL on a device that can only exchange through host memory. `sum`, `gather_rows` and `broadcast` queue work
 * on the stream of the group as operations do, in place; all members call the same ones in the same order with equal
 * sizes. `exchange_blocks` queues in the same way. After each, nothing else may use the stream until `wait` has
 * returned. A member that does not come to `wait`, because it learned that another one has failed, calls `abandon`. */
struct compute_group_ops {
    /* The library with its version, "NCCL 2.27.3". STATUS_FAILED says why there is none or which one is too old. */
    enum status (*library)(char name[COMPUTE_GROUP_NAME], struct error *error);
    enum status (*key_make)(struct compute_group_key *key, struct error *error);
    /* Waits for the other members. */
    enum status (*open)(struct compute_stream *stream, const struct compute_group_place *place,
                        struct compute_group **group, struct error *error);
    /* NULL is ignored. Waits a few seconds for the other members at most. The stream must still be open. */
    void (*close)(struct compute_group *group);
    /* values[i] = the sum over all members, i < n. All receive the same bits. */
    enum status (*sum)(struct compute_group *group, int64_t n, struct compute_slice values, struct error *error);
    /* Each member r has the rows bounds[r]..bounds[r + 1) of `rows` [bounds[size] x d]; all receive the others'. */
    enum status (*gather_rows)(struct compute_group *group, const int64_t *bounds, int64_t d, struct compute_slice rows,
                               struct error *error);
    /* The first `bytes` bytes of rank 0's buffer. */
    enum status (*broadcast)(struct compute_group *group, size_t bytes, struct compute_buffer *buffer,
                             struct error *error);
    /* Sends the rows to_bounds[r]..to_bounds[r + 1) of `to` [to_bounds[size] x d] to each member r; `from` receives the
     * rows from_bounds[r]..from_bounds[r + 1) of it. Not in place, and the bounds may be different on every member. */
    enum status (*exchange_blocks)(struct compute_group *group, int64_t d, const int64_t *to_bounds,
                                   struct compute_slice to, const int64_t *from_bounds, struct compute_slice from,
                                   struct error *error);
    /* Waits until the stream has finished its work. A group that fails is abandoned. STATUS_INTERRUPTED: another
     * process of the job has ended. */
    enum status (*wait)(struct compute_group *group, struct error *error);
    /* Ends what is queued; after that the group can only be closed. */
    void (*abandon)(struct compute_group *group);
};

#endif
