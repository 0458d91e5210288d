#include "gpu/cuda/cuda_internal.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gpu/cuda/cuda_nccl.h"

/* GPUs of several processes exchange buffers by NCCL's collectives. Communicators do not block: every wait polls, so
 * that it ends when another process has ended, when NCCL reports an error, and when the others do not come in time. */

struct compute_group {
    const struct nccl *nccl;
    struct nccl_communicator *communicator; /* NULL after it was abandoned */
    struct compute_stream *stream;
    struct compute_group_place place;
    bool joined;
    double bytes; /* that the last exchange moves */
};

namespace {

const double answer_seconds = 0.8; /* mpirun kills a process a second after it has asked it to end */
const double slowest = 1e7;        /* bytes a second */
const double close_seconds = 5;

double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Polls at first without a pause: most exchanges take microseconds. */
void pause_between(long polls)
{
    const struct timespec moment = {0, 20000};
    if (polls > 2000)
        nanosleep(&moment, NULL);
    else if (polls > 200)
        sched_yield();
}

/* What to do; before the members have joined they can still exchange in another way. */
const char *advice(bool joined)
{
    return joined ? "NCCL_DEBUG=WARN shows why, and a training continues from its last checkpoint with --resume"
                  : "NCCL_DEBUG=WARN shows why";
}

enum status check(const struct nccl *nccl, bool joined, const char *what, int result, struct error *error)
{
    if (result == NCCL_SUCCESS || result == NCCL_IN_PROGRESS)
        return STATUS_OK;
    const char *reason = nccl->GetErrorString(result);
    const char *hint = strstr(reason, " (run with NCCL_DEBUG");
    const int size = hint ? (int)(hint - reason) : 200;
    return error_set(error, STATUS_FAILED, "the GPUs cannot exchange data (%s): %.*s; %s", what, size, reason,
                     advice(joined));
}

struct waiting {
    double began, limit;
    long polls;
};

struct waiting waiting_begin(double limit)
{
    return {now(), limit, 0};
}

/* Between two polls: whether to go on. */
enum status waiting_step(const struct compute_group *group, struct waiting *waiting, struct error *error)
{
    if (group->place.stopped && group->place.stopped() > answer_seconds)
        return error_set(error, STATUS_INTERRUPTED,
                         "a process of the job has ended or does not answer, so the work was stopped; a training "
                         "continues from its last checkpoint with --resume, with any number of processes");
    if (now() - waiting->began > waiting->limit)
        return error_set(error, STATUS_FAILED, "the GPUs of other processes have not answered for %.1f seconds; %s",
                         waiting->limit, advice(group->joined));
    pause_between(waiting->polls++);
    return STATUS_OK;
}

/* Waits until the last call is no longer in progress. */
enum status settle(struct compute_group *group, const char *what, struct waiting *waiting, struct error *error)
{
    const struct nccl *nccl = group->nccl;
    for (;;) {
        int result = NCCL_IN_PROGRESS;
        int code = nccl->CommGetAsyncError(group->communicator, &result);
        if (code != NCCL_SUCCESS || result != NCCL_IN_PROGRESS)
            return check(nccl, group->joined, what, code != NCCL_SUCCESS ? code : result, error);
        enum status status = waiting_step(group, waiting, error);
        if (status != STATUS_OK)
            return status;
    }
}

/* Waits until the GPU has finished. */
enum status drain(struct compute_group *group, struct waiting *waiting, struct error *error)
{
    for (;;) {
        const cudaError_t result = cudaStreamQuery(group->stream->queue);
        if (result != cudaErrorNotReady)
            return cuda_check_call("exchanging data", result, error);
        enum status status = waiting_step(group, waiting, error);
        if (status == STATUS_OK)
            status = settle(group, "waiting", waiting, error);
        if (status != STATUS_OK)
            return status;
    }
}

enum status usable(const struct compute_group *group, struct error *error)
{
    if (group->communicator)
        return STATUS_OK;
    return error_set(error, STATUS_FAILED, "the GPUs exchange no more data, because one of them has failed");
}

/* ---- the functions of compute_group.h ---- */

enum status library(char name[COMPUTE_GROUP_NAME], struct error *error)
{
    const struct nccl *nccl;
    int version = 0;
    enum status status = nccl_load(&nccl, &version, error);
    if (status == STATUS_OK)
        snprintf(name, COMPUTE_GROUP_NAME, "NCCL %d.%d.%d", version / 10000, version % 10000 / 100, version % 100);
    return status;
}

enum status key_make(struct compute_group_key *key, struct error *error)
{
    const struct nccl *nccl;
    int version = 0;
    struct nccl_unique_id id;
    static_assert(sizeof id == sizeof *key, "a key is NCCL's identifier");
    enum status status = nccl_load(&nccl, &version, error);
    if (status == STATUS_OK)
        status = check(nccl, false, "opening", nccl->GetUniqueId(&id), error);
    if (status == STATUS_OK)
        memcpy(key, &id, sizeof id);
    return status;
}

void abandon(struct compute_group *group)
{
    if (group->communicator)
        group->nccl->CommAbort(group->communicator);
    group->communicator = NULL;
}

enum status open_group(struct compute_stream *stream, const struct compute_group_place *place,
                       struct compute_group **out, struct error *error)
{
    const struct nccl *nccl;
    int version = 0;
    struct nccl_unique_id id;
    struct nccl_config config = {sizeof config, NCCL_MAGIC, NCCL_OLDEST, 0, NCCL_UNSET};
    enum status status = nccl_load(&nccl, &version, error);
    if (status != STATUS_OK)
        return status;
    struct compute_group *group = (struct compute_group *)calloc(1, sizeof *group);
    if (!group)
        return error_no_memory(error);
    *group = {nccl, NULL, stream, *place, false, 0};
    memcpy(&id, &place->key, sizeof id);
    struct waiting waiting = waiting_begin(place->patience);
    status = check(nccl, false, "opening",
                   nccl->CommInitRankConfig(&group->communicator, place->size, id, place->rank, &config), error);
    if (status == STATUS_OK)
        status = settle(group, "opening", &waiting, error);
    if (status == STATUS_OK) {
        group->joined = true;
        *out = group;
        return STATUS_OK;
    }
    abandon(group);
    free(group);
    return status;
}

void close_group(struct compute_group *group)
{
    struct waiting waiting = waiting_begin(close_seconds);
    if (!group)
        return;
    if (group->communicator &&
        check(group->nccl, true, "closing", group->nccl->CommFinalize(group->communicator), NULL) == STATUS_OK &&
        settle(group, "closing", &waiting, NULL) == STATUS_OK) {
        group->nccl->CommDestroy(group->communicator);
        group->communicator = NULL;
    }
    abandon(group);
    free(group);
}

enum status sum(struct compute_group *group, int64_t n, struct compute_slice values, struct error *error)
{
    enum status status = cuda_check("sum", "values", values, n, sizeof(float), error);
    if (status == STATUS_OK)
        status = usable(group, error);
    if (status != STATUS_OK)
        return status;
    float *all = cuda_floats(values);
    group->bytes = 8.0 * (double)n;
    return check(
        group->nccl, true, "all-reduce",
        group->nccl->AllReduce(all, all, (size_t)n, NCCL_FLOAT, NCCL_SUM, group->communicator, group->stream->queue),
        error);
}

/* Blocks of different sizes: a broadcast of each, all in one step. */
enum status gather_rows(struct compute_group *group, const int64_t *bounds, int64_t d, struct compute_slice rows,
                        struct error *error)
{
    const struct nccl *nccl = group->nccl;
    const int64_t n = bounds[group->place.size];
    enum status status = cuda_check("gather_rows", "rows", rows, cuda_count(n, d), sizeof(float), error);
    if (status == STATUS_OK)
        status = usable(group, error);
    if (status != STATUS_OK)
        return status;
    group->bytes = 4.0 * (double)(n * d);
    int result = nccl->GroupStart();
    if (result != NCCL_SUCCESS)
        return check(nccl, true, "all-gather", result, error);
    for (int r = 0; r < group->place.size && result == NCCL_SUCCESS; r++) {
        float *block = cuda_floats(rows) + bounds[r] * d;
        const size_t count = (size_t)((bounds[r + 1] - bounds[r]) * d);
        if (count > 0)
            result = nccl->Broadcast(block, block, count, NCCL_FLOAT, r, group->communicator, group->stream->queue);
        result = result == NCCL_IN_PROGRESS ? (int)NCCL_SUCCESS : result;
    }
    const int ended = nccl->GroupEnd();
    return check(nccl, true, "all-gather", result != NCCL_SUCCESS ? result : ended, error);
}

/* The rows first..end of one side; nothing if there are none. */
int send_or_receive(const struct compute_group *group, bool sends, int peer, float *rows, const int64_t *bounds,
                    int64_t d)
{
    const struct nccl *nccl = group->nccl;
    float *block = rows + bounds[peer] * d;
    const size_t count = (size_t)((bounds[peer + 1] - bounds[peer]) * d);
    if (count == 0)
        return NCCL_SUCCESS;
    const int result = sends ? nccl->Send(block, count, NCCL_FLOAT, peer, group->communicator, group->stream->queue)
                             : nccl->Recv(block, count, NCCL_FLOAT, peer, group->communicator, group->stream->queue);
    return result == NCCL_IN_PROGRESS ? (int)NCCL_SUCCESS : result;
}

/* An all-to-all as NCCL's documentation has it ("Point-to-point communication"): all messages in one step. The own
 * block is copied. */
enum status exchange_blocks(struct compute_group *group, int64_t d, const int64_t *to_bounds, struct compute_slice to,
                            const int64_t *from_bounds, struct compute_slice from, struct error *error)
{
    const struct nccl *nccl = group->nccl;
    const int own = group->place.rank, size = group->place.size;
    const int64_t n = to_bounds[own + 1] - to_bounds[own];
    enum status status = cuda_check("exchange_blocks", "to", to, cuda_count(to_bounds[size], d), sizeof(float), error);
    if (status == STATUS_OK)
        status = cuda_check("exchange_blocks", "from", from, cuda_count(from_bounds[size], d), sizeof(float), error);
    if (status == STATUS_OK)
        status = usable(group, error);
    if (status == STATUS_OK && n > 0)
        status = cuda_check_call("copying rows",
                                 cudaMemcpyAsync(cuda_floats(from) + from_bounds[own] * d,
                                                 cuda_floats(to) + to_bounds[own] * d, (size_t)(n * d) * sizeof(float),
                                                 cudaMemcpyDeviceToDevice, group->stream->queue),
                                 error);
    if (status != STATUS_OK)
        return status;
    group->bytes = 4.0 * (double)((to_bounds[size] + from_bounds[size]) * d);
    int result = nccl->GroupStart();
    if (result != NCCL_SUCCESS)
        return check(nccl, true, "all-to-all", result, error);
    for (int r = 0; r < size && result == NCCL_SUCCESS; r++) {
        if (r == own)
            continue;
        result = send_or_receive(group, true, r, cuda_floats(to), to_bounds, d);
        if (result == NCCL_SUCCESS)
            result = send_or_receive(group, false, r, cuda_floats(from), from_bounds, d);
    }
    const int ended = nccl->GroupEnd();
    return check(nccl, true, "all-to-all", result != NCCL_SUCCESS ? result : ended, error);
}

enum status broadcast(struct compute_group *group, size_t bytes, struct compute_buffer *buffer, struct error *error)
{
    const struct compute_slice slice = {buffer, 0};
    enum status status = cuda_check("broadcast", "buffer", slice, (int64_t)bytes, 1, error);
    if (status == STATUS_OK)
        status = usable(group, error);
    if (status != STATUS_OK)
        return status;
    group->bytes = (double)bytes;
    return check(group->nccl, true, "broadcast",
                 group->nccl->Broadcast(buffer->bytes, buffer->bytes, bytes, NCCL_CHAR, 0, group->communicator,
                                        group->stream->queue),
                 error);
}

enum status wait(struct compute_group *group, struct error *error)
{
    struct waiting waiting = waiting_begin(group->place.patience + group->bytes / slowest);
    enum status status = usable(group, error);
    if (status == STATUS_OK)
        status = settle(group, "waiting", &waiting, error);
    if (status == STATUS_OK)
        status = drain(group, &waiting, error);
    if (status != STATUS_OK) {
        abandon(group);
        return status;
    }
    return cuda_stream_wait(group->stream, error);
}

} // namespace

void cuda_group_operations(struct compute_group_ops *ops)
{
    *ops = {library, key_make, open_group, close_group, sum, gather_rows, broadcast, exchange_blocks, wait, abandon};
}
