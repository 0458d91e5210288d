/* The communicator over MPI (Message Passing Interface 3.1), a module of its own. Every wait polls, so that it ends
 * when the process receives a signal to end because another one was killed. */
#include <limits.h>
#include <mpi.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ranks/ranks_ops.h"

enum {
    SPINS = 200,  /* tests of a request before the processor is offered to others */
    YIELDS = 400, /* those before waiting sleeps between tests */
    SLEEP_NANOSECONDS = 50000,
    BLOCK = 1 << 27, /* elements of one call: counts are int */
};

/* mpirun asks the other processes to end when one has ended, and kills them after a second. */
static const double answer_seconds = 0.8;

struct mpi {
    double (*stopped)(void);
    int rank, size;
    int *counts, *offsets; /* [size] scratch of `gather` */
};

static enum status lost(struct error *error)
{
    return error_set(error, STATUS_INTERRUPTED,
                     "a process of the job has ended or does not answer, so the work was stopped; run it again (a "
                     "training continues from its last checkpoint with --resume), with any number of processes");
}

static enum status failed(const char *what, int code, struct error *error)
{
    char text[MPI_MAX_ERROR_STRING] = "";
    int size = 0;
    MPI_Error_string(code, text, &size);
    return error_set(error, STATUS_FAILED, "the processes of mpirun cannot exchange data (%s): %.300s", what, text);
}

static void pause_between(long tests)
{
    if (tests > YIELDS)
        nanosleep(&(struct timespec){.tv_nsec = SLEEP_NANOSECONDS}, NULL);
    else if (tests > SPINS)
        sched_yield();
}

static enum status complete_all(struct mpi *mpi, const char *what, int started, int n, MPI_Request *requests,
                                struct error *error)
{
    int done = 0, code = started;
    for (long tests = 0; code == MPI_SUCCESS && !done; tests++) {
        code = MPI_Testall(n, requests, &done, MPI_STATUSES_IGNORE);
        if (!done && mpi->stopped() > answer_seconds)
            return lost(error);
        if (!done)
            pause_between(tests);
    }
    return code == MPI_SUCCESS ? STATUS_OK : failed(what, code, error);
}

static enum status complete(struct mpi *mpi, const char *what, int started, MPI_Request *request, struct error *error)
{
    return complete_all(mpi, what, started, 1, request, error);
}

static enum status reduce(struct mpi *mpi, void *values, size_t n, size_t bytes, MPI_Datatype type, MPI_Op op,
                          struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t first = 0; first < n && status == STATUS_OK; first += BLOCK) {
        const size_t count = n - first < BLOCK ? n - first : BLOCK;
        MPI_Request request;
        const int started = MPI_Iallreduce(MPI_IN_PLACE, (char *)values + first * bytes, (int)count, type, op,
                                           MPI_COMM_WORLD, &request);
        status = complete(mpi, "all-reduce", started, &request, error);
    }
    return status;
}

static enum status maximum(void *state, int64_t *values, size_t n, struct error *error)
{
    return reduce(state, values, n, sizeof *values, MPI_INT64_T, MPI_MAX, error);
}

static enum status sum_doubles(void *state, double *values, size_t n, struct error *error)
{
    return reduce(state, values, n, sizeof *values, MPI_DOUBLE, MPI_SUM, error);
}

static enum status sum_floats(void *state, float *values, size_t n, struct error *error)
{
    return reduce(state, values, n, sizeof *values, MPI_FLOAT, MPI_SUM, error);
}

static enum status broadcast(void *state, int from, void *bytes, size_t size, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t first = 0; first < size && status == STATUS_OK; first += BLOCK) {
        const size_t count = size - first < BLOCK ? size - first : BLOCK;
        MPI_Request request;
        const int started = MPI_Ibcast((char *)bytes + first, (int)count, MPI_BYTE, from, MPI_COMM_WORLD, &request);
        status = complete(state, "broadcast", started, &request, error);
    }
    return status;
}

static enum status gather(void *state, const void *own, const size_t *sizes, void *all, struct error *error)
{
    struct mpi *mpi = state;
    size_t offset = 0;
    for (int r = 0; r < mpi->size; r++) {
        mpi->counts[r] = (int)sizes[r];
        mpi->offsets[r] = (int)offset;
        offset += sizes[r];
    }
    if (offset > INT_MAX)
        return error_set(error, STATUS_FAILED, "more than 2 GB are gathered at once; this is a fault of the program");
    MPI_Request request;
    const int started = MPI_Iallgatherv(own, mpi->counts[mpi->rank], MPI_BYTE, all, mpi->counts, mpi->offsets, MPI_BYTE,
                                        MPI_COMM_WORLD, &request);
    return complete(mpi, "all-gather", started, &request, error);
}

/* Messages of one exchange: blocks of any size, in parts because counts are int. */
struct messages {
    MPI_Request *requests;
    int n, code;
};

static void post(struct messages *messages, bool sends, int rank, char *bytes, size_t size)
{
    for (size_t first = 0; first < size && messages->code == MPI_SUCCESS; first += BLOCK) {
        const int count = (int)(size - first < BLOCK ? size - first : BLOCK);
        MPI_Request *request = &messages->requests[messages->n++];
        messages->code = sends ? MPI_Isend(bytes + first, count, MPI_BYTE, rank, 0, MPI_COMM_WORLD, request)
                               : MPI_Irecv(bytes + first, count, MPI_BYTE, rank, 0, MPI_COMM_WORLD, request);
    }
}

static size_t offset_of(const size_t *sizes, int rank)
{
    size_t offset = 0;
    for (int r = 0; r < rank; r++)
        offset += sizes[r];
    return offset;
}

/* As MPI_Ialltoallv, whose displacements are int and would limit a block to 2 GB. Each rank begins with the next one,
 * so that not all send to the same rank first. The casts drop const for messages that are only sent. */
static enum status exchange(void *state, const void *to, const size_t *to_sizes, void *from, const size_t *from_sizes,
                            struct error *error)
{
    struct mpi *mpi = state;
    struct messages messages = {.code = MPI_SUCCESS};
    size_t most = 0;
    for (int r = 0; r < mpi->size; r++)
        most += to_sizes[r] / BLOCK + from_sizes[r] / BLOCK + 2;
    messages.requests = malloc(most * sizeof *messages.requests);
    if (!messages.requests)
        return error_no_memory(error);
    if (to_sizes[mpi->rank] > 0)
        memcpy((char *)from + offset_of(from_sizes, mpi->rank), (const char *)to + offset_of(to_sizes, mpi->rank),
               to_sizes[mpi->rank]);
    for (int i = 1; i < mpi->size; i++) {
        const int r = (mpi->rank + mpi->size - i) % mpi->size;
        post(&messages, false, r, (char *)from + offset_of(from_sizes, r), from_sizes[r]);
    }
    for (int i = 1; i < mpi->size; i++) {
        const int r = (mpi->rank + i) % mpi->size;
        post(&messages, true, r, (char *)(uintptr_t)to + offset_of(to_sizes, r), to_sizes[r]);
    }
    const enum status status = complete_all(mpi, "all-to-all", messages.code, messages.n, messages.requests, error);
    free(messages.requests);
    return status;
}

static enum status open_world(double (*stopped)(void), void **state, int *rank, int *size, struct error *error)
{
    int provided;
    /* One thread at a time calls MPI; the threads of the pool do not. */
    const int code = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided);
    if (code != MPI_SUCCESS)
        return error_set(error, STATUS_FAILED, "MPI cannot be started (error %d); start sleeve without mpirun", code);
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Comm_rank(MPI_COMM_WORLD, rank);
    MPI_Comm_size(MPI_COMM_WORLD, size);
    struct mpi *mpi = calloc(1, sizeof *mpi);
    if (mpi)
        mpi->counts = calloc((size_t)*size * 2, sizeof *mpi->counts);
    if (!mpi || !mpi->counts) {
        free(mpi);
        return error_no_memory(error);
    }
    mpi->offsets = mpi->counts + *size;
    mpi->stopped = stopped;
    mpi->rank = *rank;
    mpi->size = *size;
    *state = mpi;
    return STATUS_OK;
}

static void close_world(void *state)
{
    struct mpi *mpi = state;
    free(mpi->counts);
    free(mpi);
    MPI_Finalize();
}

static const struct ranks_ops ops = {.version = RANKS_VERSION,
                                     .size = sizeof ops,
                                     .open = open_world,
                                     .close = close_world,
                                     .maximum = maximum,
                                     .sum_doubles = sum_doubles,
                                     .sum_floats = sum_floats,
                                     .broadcast = broadcast,
                                     .gather = gather,
                                     .exchange = exchange};

__attribute__((visibility("default"))) const struct ranks_ops *sleeve_ranks_v2(void)
{
    return &ops;
}
