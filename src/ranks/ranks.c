#include "ranks/ranks.h"

#include <assert.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/installed_file.h"
#include "core/interrupt.h"

struct ranks {
    const struct ranks_ops *ops;
    void *state;
    bool own; /* opened here */
    int rank, size;
    bool lost;
    enum status failed; /* of a collective or of a rank; later collectives return it */
    struct error why;
};

/* Begins a message of another rank than 0 with its number and host. */
static void name_rank(int rank, struct error *error)
{
    char host[128] = "";
    gethostname(host, sizeof host - 1);
    error_prefix(error, "rank %d on %s", rank, host);
}

/* ---- opening ---- */

/* A number that mpirun put into the environment, by any of these names; `otherwise` without mpirun. Open MPI uses the
 * first names, programs with MPICH's process manager the second. */
static int variable(const char *const names[2], int otherwise)
{
    for (int i = 0; i < 2; i++) {
        const char *text = getenv(names[i]);
        char *end = NULL;
        const long value = text ? strtol(text, &end, 10) : -1;
        if (text && end != text && *end == '\0' && value >= 0 && value < 1000000)
            return (int)value;
    }
    return otherwise;
}

int ranks_started_as(void)
{
    return variable((const char *const[]){"OMPI_COMM_WORLD_RANK", "PMI_RANK"}, 0);
}

static int started_size(void)
{
    return variable((const char *const[]){"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}, 1);
}

static enum status find_module(struct buffer *path, struct error *error)
{
    const struct installed_file module = {.name = "sleeve-ranks-mpi.so",
                                          .kind = "MPI module",
                                          .build_folder = SLEEVE_BUILD_FOLDER "/",
                                          .subfolder = "src/ranks/"};
    if (installed_file_find(&module, path, NULL) == STATUS_OK)
        return STATUS_OK;
    return error_set(error, STATUS_FAILED,
                     "mpirun started %d processes, but this installation has no MPI module, which is built where Open "
                     "MPI is; start sleeve without mpirun, or install libopenmpi-dev and build sleeve again",
                     started_size());
}

/* The libraries of MPI load plugins that use their symbols, so these must be global. */
static enum status load(const char *path, const struct ranks_ops **ops, struct error *error)
{
    void *module = dlopen(path, RTLD_NOW | RTLD_GLOBAL); /* never closed */
    const struct ranks_ops *(*entry)(void) = NULL;
    if (!module) {
        const char *reason = dlerror();
        return error_set(error, STATUS_FAILED, "the MPI module %s cannot be loaded: %s", path,
                         reason ? reason : "no reason given");
    }
    void *symbol = dlsym(module, RANKS_ENTRY);
    memcpy(&entry, &symbol,
           sizeof entry); /* ISO C does not allow the cast from an object pointer to a function pointer */
    if (!entry || (*ops = entry())->version != RANKS_VERSION || (*ops)->size != sizeof **ops)
        return error_set(error, STATUS_FAILED,
                         "the MPI module %s is of another version of sleeve; build or install sleeve again", path);
    return STATUS_OK;
}

enum status ranks_create(const struct ranks_ops *ops, void *state, int rank, int size, struct ranks **ranks,
                         struct error *error)
{
    *ranks = calloc(1, sizeof **ranks);
    if (!*ranks)
        return error_no_memory(error);
    **ranks = (struct ranks){.ops = ops, .state = state, .rank = rank, .size = size};
    return STATUS_OK;
}

/* All ranks have agreed to stop. They then wait as long as one of them needs to save its work. */
static bool all_stop;

static double stopped(void)
{
    return all_stop ? 0 : interrupt_age();
}

enum status ranks_open(struct ranks **ranks, struct error *error)
{
    struct buffer path = {0};
    const struct ranks_ops *ops = NULL;
    void *state = NULL;
    int rank = 0, size = 1;
    *ranks = NULL;
    if (started_size() < 2)
        return STATUS_OK;
    enum status status = find_module(&path, error);
    if (status == STATUS_OK)
        status = load(path.data, &ops, error);
    buffer_free(&path);
    if (status == STATUS_OK)
        status = ops->open(stopped, &state, &rank, &size, error);
    if (status == STATUS_OK)
        status = ranks_create(ops, state, rank, size, ranks, error);
    if (status == STATUS_OK)
        (*ranks)->own = true;
    else if (ranks_started_as() > 0)
        name_rank(ranks_started_as(), error);
    return status;
}

void ranks_close(struct ranks *ranks)
{
    if (ranks && ranks->own && !ranks->lost)
        ranks->ops->close(ranks->state);
    free(ranks);
}

int ranks_rank(const struct ranks *ranks)
{
    return ranks ? ranks->rank : 0;
}

int ranks_size(const struct ranks *ranks)
{
    return ranks ? ranks->size : 1;
}

bool ranks_lost(const struct ranks *ranks)
{
    return ranks && ranks->lost;
}

struct ranks_part ranks_part_of(int rank, int size, int64_t n)
{
    const int64_t least = n / size, more = n % size; /* the first `more` ranks have one item more */
    return (struct ranks_part){.first = rank * least + (rank < more ? rank : more), .count = least + (rank < more)};
}

struct ranks_part ranks_part(const struct ranks *ranks, int64_t n)
{
    return ranks_part_of(ranks_rank(ranks), ranks_size(ranks), n);
}

/* ---- statuses ---- */

static enum status failed(const struct ranks *ranks, struct error *error)
{
    if (error)
        *error = ranks->why;
    return ranks->failed;
}

/* A call of the communicator itself failed. */
static enum status lose(struct ranks *ranks, struct error *error)
{
    ranks->lost = true;
    ranks->failed = ranks->why.status;
    return failed(ranks, error);
}

enum call { END, AGREE, SUM, SUM_FLOATS, BROADCAST, GATHER, EXCHANGE };

/* The exchange that begins every collective: the maximum of each value over all ranks. */
enum { WORST, CALL, NOT_CALL, SIZE, NOT_SIZE, VALUES };
enum { RANKS_MAX = 1 << 20 };

/* Of several ranks that failed, the highest status counts, then the lowest rank. */
static int64_t severity(const struct ranks *ranks, enum status status)
{
    return status == STATUS_OK ? 0 : (int64_t)status * RANKS_MAX + (RANKS_MAX - 1 - ranks->rank);
}

/* Every rank receives the message of the rank that failed, with its number and host unless it is rank 0. */
static enum status take_failure(struct ranks *ranks, int64_t worst, const struct error *own, bool lasts,
                                struct error *error)
{
    const int from = (int)(RANKS_MAX - 1 - worst % RANKS_MAX);
    const enum status status = (enum status)(worst / RANKS_MAX);
    struct error message = {0};
    if (from == ranks->rank && own)
        message = *own;
    if (from == ranks->rank && from > 0)
        name_rank(from, &message);
    if (ranks->ops->broadcast(ranks->state, from, message.text, sizeof message.text, &ranks->why) != STATUS_OK)
        return lose(ranks, error);
    message.text[sizeof message.text - 1] = '\0';
    message.status = status;
    if (lasts) {
        ranks->failed = status;
        ranks->why = message;
    }
    if (error)
        *error = message;
    return status;
}

/* A failure lasts unless all ranks asked for it (ranks_agree): one that has called ranks_end takes part in no more. */
static enum status meet(struct ranks *ranks, enum call call, size_t size, enum status status, const struct error *own,
                        struct error *error)
{
    const int64_t what = call, bytes = (int64_t)size;
    int64_t values[VALUES] = {
        [WORST] = severity(ranks, status), [CALL] = what, [NOT_CALL] = -what, [SIZE] = bytes, [NOT_SIZE] = -bytes};
    if (ranks->failed != STATUS_OK)
        return failed(ranks, error);
    if (ranks->ops->maximum(ranks->state, values, VALUES, &ranks->why) != STATUS_OK)
        return lose(ranks, error);
    const bool same = values[CALL] == -values[NOT_CALL] && values[SIZE] == -values[NOT_SIZE];
    if (values[WORST] > 0)
        return take_failure(ranks, values[WORST], own, !same || call != AGREE, error);
    if (same)
        return STATUS_OK;
    ranks->failed = error_set(&ranks->why, STATUS_FAILED,
                              "the processes of mpirun exchange different things; this is a fault of the program");
    return failed(ranks, error);
}

enum status ranks_agree(struct ranks *ranks, enum status status, struct error *error)
{
    if (!ranks)
        return status;
    status = meet(ranks, AGREE, 0, status, error, error);
    if (ranks->own && status == STATUS_INTERRUPTED && !ranks->lost)
        all_stop = true;
    return status;
}

enum status ranks_end(struct ranks *ranks, enum status status, struct error *error)
{
    return ranks ? meet(ranks, END, 0, status, error, error) : status;
}

/* ---- data ---- */

/* Whether the collective's data are to be exchanged; otherwise *status is its result. */
static bool starts(struct ranks *ranks, enum call call, size_t size, enum status *status, struct error *error)
{
    *status = STATUS_OK;
    if (!ranks)
        return false;
    *status = meet(ranks, call, size, STATUS_OK, NULL, error);
    return *status == STATUS_OK;
}

static enum status finish(struct ranks *ranks, enum status status, struct error *error)
{
    return status == STATUS_OK ? STATUS_OK : lose(ranks, error);
}

enum status ranks_sum(struct ranks *ranks, double *values, size_t n, struct error *error)
{
    enum status status;
    if (!starts(ranks, SUM, n, &status, error))
        return status;
    return finish(ranks, ranks->ops->sum_doubles(ranks->state, values, n, &ranks->why), error);
}

enum status ranks_sum_floats(struct ranks *ranks, float *values, size_t n, struct error *error)
{
    enum status status;
    if (!starts(ranks, SUM_FLOATS, n, &status, error))
        return status;
    return finish(ranks, ranks->ops->sum_floats(ranks->state, values, n, &ranks->why), error);
}

enum status ranks_broadcast(struct ranks *ranks, void *bytes, size_t size, struct error *error)
{
    enum status status;
    if (!starts(ranks, BROADCAST, size, &status, error))
        return status;
    return finish(ranks, ranks->ops->broadcast(ranks->state, 0, bytes, size, &ranks->why), error);
}

enum status ranks_gather(struct ranks *ranks, const void *own, const size_t *sizes, void *all, struct error *error)
{
    enum status status;
    size_t total = 0;
    for (int r = 0; r < ranks_size(ranks); r++)
        total += sizes[r];
    assert(total <= INT32_MAX);
    if (!starts(ranks, GATHER, total, &status, error)) {
        if (!ranks)
            memcpy(all, own, total);
        return status;
    }
    return finish(ranks, ranks->ops->gather(ranks->state, own, sizes, all, &ranks->why), error);
}

enum status ranks_exchange(struct ranks *ranks, const void *to, const size_t *to_sizes, void *from,
                           const size_t *from_sizes, struct error *error)
{
    enum status status;
    if (!starts(ranks, EXCHANGE, 0, &status, error)) {
        if (!ranks && to_sizes[0] > 0)
            memcpy(from, to, to_sizes[0]);
        return status;
    }
    return finish(ranks, ranks->ops->exchange(ranks->state, to, to_sizes, from, from_sizes, &ranks->why), error);
}
