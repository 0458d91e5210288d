#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/interrupt.h"
#include "nn/exchange.h"

/* Whether the devices of all ranks can exchange directly, and the group that they form then. */

static const double patience = 120; /* seconds; the first exchange also sets up connections */

/* What a rank can do, and whether it has done so. */
struct ability {
    int64_t able;
    char name[COMPUTE_GROUP_NAME]; /* of the library; ranks need the same one */
    char host[64], fault[256];     /* of a GPU that cannot take part; "" on other devices */
};

/* The abilities of all ranks [size], to be freed. */
static enum status compare(struct ranks *ranks, const struct ability *own, struct ability **all, struct error *error)
{
    const size_t size = (size_t)ranks_size(ranks);
    size_t *sizes = malloc(size * sizeof *sizes);
    *all = malloc(size * sizeof **all);
    enum status status = sizes && *all ? STATUS_OK : error_no_memory(error);
    for (size_t r = 0; r < size && status == STATUS_OK; r++)
        sizes[r] = sizeof *own;
    if (status == STATUS_OK)
        status = ranks_gather(ranks, own, sizes, *all, error);
    free(sizes);
    return status;
}

/* Whether all are able with the same library. Otherwise `means` is complete. */
static bool all_able(const struct ability *all, int size, char means[EXCHANGE_MEANS])
{
    for (int r = 0; r < size; r++) {
        if (all[r].able && strcmp(all[r].name, all[0].name) == 0)
            continue;
        if (all[r].able)
            snprintf(means, EXCHANGE_MEANS, "MPI and host memory: rank %d on %s has %s and rank 0 has %s", r,
                     all[r].host, all[r].name, all[0].name);
        else if (all[r].fault[0])
            snprintf(means, EXCHANGE_MEANS, "MPI and host memory: rank %d on %s: %s", r, all[r].host, all[r].fault);
        else
            snprintf(means, EXCHANGE_MEANS, "MPI and host memory");
        return false;
    }
    return true;
}

/* Takes a result that leads to another way of exchanging, not to a failure. */
static void note(struct ability *own, enum status status, const struct error *why)
{
    own->able = status == STATUS_OK;
    snprintf(own->fault, sizeof own->fault, "%.255s", own->able ? "" : why->text);
}

static struct ability ability_of(const struct compute *compute)
{
    struct ability own;
    struct error why = {0};
    memset(&own, 0, sizeof own); /* all bytes of it are sent */
    gethostname(own.host, sizeof own.host - 1);
    if (compute->ops->group.library)
        note(&own, compute->ops->group.library(own.name, &why), &why);
    return own;
}

/* Gathers what all can do. *able: whether that is all of it. */
static enum status ask_all(struct ranks *ranks, const struct ability *own, bool *able, char means[EXCHANGE_MEANS],
                           struct error *error)
{
    struct ability *all = NULL;
    const enum status status = compare(ranks, own, &all, error);
    *able = status == STATUS_OK && all_able(all, ranks_size(ranks), means);
    free(all);
    return status;
}

static enum status share_key(struct ranks *ranks, const struct compute *compute, struct compute_group_place *place,
                             struct ability *own, bool *able, char means[EXCHANGE_MEANS], struct error *error)
{
    struct error why = {0};
    if (place->rank == 0)
        note(own, compute->ops->group.key_make(&place->key, &why), &why);
    enum status status = ask_all(ranks, own, able, means, error);
    if (status == STATUS_OK && *able)
        status = ranks_broadcast(ranks, &place->key, sizeof place->key, error);
    return status;
}

static enum status join(struct ranks *ranks, struct compute *compute, const struct compute_group_place *place,
                        struct ability *own, char means[EXCHANGE_MEANS], struct error *error)
{
    struct error why = {0};
    bool able;
    note(own, compute->ops->group.open(compute->stream, place, &compute->group, &why), &why);
    const enum status status = ask_all(ranks, own, &able, means, error);
    if (status == STATUS_OK && able) {
        snprintf(means, EXCHANGE_MEANS, "%s between GPUs", own->name);
    } else if (compute->group) {
        compute->ops->group.abandon(compute->group);
        exchange_close(compute);
    }
    return status;
}

enum status exchange_open(struct ranks *ranks, struct compute *compute, char means[EXCHANGE_MEANS], struct error *error)
{
    struct compute_group_place place = {
        .rank = ranks_rank(ranks), .size = ranks_size(ranks), .stopped = interrupt_age, .patience = patience};
    means[0] = '\0';
    if (place.size == 1)
        return STATUS_OK;
    bool able;
    struct ability own = ability_of(compute);
    enum status status = ask_all(ranks, &own, &able, means, error);
    if (status == STATUS_OK && able)
        status = share_key(ranks, compute, &place, &own, &able, means, error);
    if (status == STATUS_OK && able)
        status = join(ranks, compute, &place, &own, means, error);
    return status;
}

void exchange_close(struct compute *compute)
{
    if (compute->group)
        compute->ops->group.close(compute->group);
    compute->group = NULL;
}
