#include "models/rta/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "nn/exchange.h"

/* The rows of one table that the ranks have gradients for. */
struct listed {
    int64_t *bounds;    /* [ranks + 1] those of rank r are bounds[r]..bounds[r + 1) */
    int32_t *rows;      /* [bounds[ranks]] of the table, or of this rank's part of it; after group_rows the distinct
                         * ones are in front */
    int64_t n_distinct; /* rows of the table */
    int64_t *starts;    /* [n_distinct + 1] where the entries of each begin */
    int32_t *entries;   /* [bounds[ranks]] indices of `rows`, by distinct row, in ascending order for each */
};

static void listed_free(struct listed *listed)
{
    free(listed->bounds);
    free(listed->rows);
    free(listed->starts);
    free(listed->entries);
}

/* counts [ranks] receives every rank's count. `sizes` [ranks] is scratch. */
static enum status gather_counts(struct ranks *ranks, int64_t count, int64_t *counts, size_t *sizes,
                                 struct error *error)
{
    for (int r = 0; r < ranks_size(ranks); r++)
        sizes[r] = sizeof count;
    return ranks_gather(ranks, &count, sizes, counts, error);
}

static enum status gather_rows(struct ranks *ranks, int64_t n, const int32_t *rows, struct listed *listed,
                               struct error *error)
{
    const size_t size = (size_t)ranks_size(ranks);
    size_t *sizes = malloc(size * sizeof *sizes);
    listed->bounds = calloc(size + 1, sizeof *listed->bounds);
    enum status status = sizes && listed->bounds ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        status = gather_counts(ranks, n, listed->bounds + 1, sizes, error);
    for (size_t r = 0; r < size && status == STATUS_OK; r++) {
        sizes[r] = (size_t)listed->bounds[r + 1] * sizeof *rows;
        listed->bounds[r + 1] += listed->bounds[r];
    }
    if (status == STATUS_OK) {
        const size_t all = (size_t)listed->bounds[size];
        listed->rows = malloc((all + 1) * sizeof *listed->rows);
        status = listed->rows ? STATUS_OK : error_no_memory(error);
    }
    if (status == STATUS_OK)
        status = ranks_gather(ranks, rows, sizes, listed->rows, error);
    free(sizes);
    return status;
}

/* Lists the distinct rows in the order in which they first appear, and the entries of each. `index_of` [rows of the
 * table] is scratch, all -1. */
static enum status group_rows(struct listed *listed, int64_t n, int32_t *index_of, struct error *error)
{
    int32_t *indices = malloc(((size_t)n + 1) * sizeof *indices);
    listed->starts = calloc((size_t)n + 2, sizeof *listed->starts);
    listed->entries = malloc(((size_t)n + 1) * sizeof *listed->entries);
    if (!indices || !listed->starts || !listed->entries) {
        free(indices);
        return error_no_memory(error);
    }
    int64_t *next = listed->starts + 1; /* first counts, then where the next entry goes, at last the ends */
    for (int64_t i = 0; i < n; i++) {
        const int32_t row = listed->rows[i];
        if (index_of[row] < 0) {
            index_of[row] = (int32_t)listed->n_distinct;
            listed->rows[listed->n_distinct++] = row;
        }
        indices[i] = index_of[row];
        listed->starts[indices[i] + 2]++;
    }
    for (int64_t i = 0; i < listed->n_distinct; i++) {
        index_of[listed->rows[i]] = -1;
        next[i + 1] += next[i];
    }
    for (int64_t i = 0; i < n; i++)
        listed->entries[next[indices[i]]++] = (int32_t)i;
    free(indices);
    return STATUS_OK;
}

/* Every rank's sums [n x d], one below the other, on the device. */
static struct compute_slice gather_sums(struct rta_trainer *trainer, struct tape *tape, const struct listed *listed,
                                        struct compute_slice own, int64_t n)
{
    struct ranks *ranks = trainer->settings.ranks;
    const int64_t d = trainer->network.shape.d, all = listed->bounds[ranks_size(ranks)];
    struct compute_slice sums = tape_memory(tape, all * d), place = sums;
    place.offset += (size_t)(listed->bounds[ranks_rank(ranks)] * d);
    if (n > 0)
        TAPE_RUN(tape, network.add_scaled, n * d, 1, own, 0, place);
    if (tape->status == STATUS_OK)
        tape->status = exchange_rows(ranks, trainer->compute, sums, listed->bounds, d, &tape->error);
    return sums;
}

/* Adds the sums of equal rows: they are the products of a sparse matrix of ones. */
static struct compute_slice add_equal(struct tape *tape, const struct listed *listed, int64_t all, int64_t d,
                                      struct compute_slice sums)
{
    const struct compute_slice none = {0}, starts = tape_upload_int64(tape, listed->starts, listed->n_distinct + 1),
                               entries = tape_upload(tape, listed->entries, all),
                               added = tape_memory(tape, listed->n_distinct * d);
    if (listed->n_distinct > 0)
        TAPE_RUN(tape, sparse_gemm, listed->n_distinct, d, starts, entries, none, sums, added);
    return added;
}

/* Replaces the rows and sums of one table by the sums of equal rows of all ranks. */
static void take_listed(struct rta_trainer *trainer, struct tape *tape, struct listed *listed,
                        struct compute_slice sums, struct rta_gradients *gradients, int slot)
{
    const int64_t all = tape->status == STATUS_OK ? listed->bounds[ranks_size(trainer->settings.ranks)] : 0;
    if (tape->status == STATUS_OK)
        tape->status = group_rows(listed, all, trainer->row_indices[slot], &tape->error);
    if (tape->status != STATUS_OK)
        return;
    gradients->n_rows[slot] = listed->n_distinct;
    gradients->rows[slot] = tape_host_memory(tape, (size_t)(listed->n_distinct + 1) * sizeof *listed->rows);
    gradients->sums[slot] = add_equal(tape, listed, all, trainer->network.shape.d, sums);
    if (tape->status == STATUS_OK)
        memcpy(gradients->rows[slot], listed->rows, (size_t)listed->n_distinct * sizeof *listed->rows);
}

/* To all ranks. */
static void exchange_listed(struct rta_trainer *trainer, struct tape *tape, struct rta_gradients *gradients, int slot)
{
    const int64_t n = gradients->n_rows[slot];
    struct compute_slice sums = {0};
    struct listed listed = {0};
    tape->status = gather_rows(trainer->settings.ranks, n, gradients->rows[slot], &listed, &tape->error);
    if (tape->status == STATUS_OK)
        sums = gather_sums(trainer, tape, &listed, gradients->sums[slot], n);
    take_listed(trainer, tape, &listed, sums, gradients, slot);
    listed_free(&listed);
}

/* Sends each rank the sums of the rows that it has; `listed` receives their numbers there. */
static struct compute_slice send_sums(struct rta_trainer *trainer, struct tape *tape,
                                      const struct rta_gradients *gradients, int slot, struct listed *listed)
{
    const struct shards *shards = trainer->tables[slot].shards;
    const size_t n = (size_t)gradients->n_rows[slot], size = (size_t)ranks_size(shards->ranks);
    const int64_t d = trainer->network.shape.d;
    int32_t *order = tape_host_memory(tape, (2 * n + 1) * sizeof *order);
    int64_t *bounds = tape_host_memory(tape, (size + 1) * sizeof *bounds);
    listed->bounds = malloc((size + 1) * sizeof *listed->bounds);
    if (tape->status == STATUS_OK && !listed->bounds)
        tape->status = error_no_memory(&tape->error);
    if (tape->status != STATUS_OK)
        return (struct compute_slice){0};
    int32_t *grouped = order + n;
    shards_group(shards, (int64_t)n, gradients->rows[slot], bounds, grouped, order);
    tape->status = shards_send(shards, bounds, grouped, listed->bounds, &listed->rows, &tape->error);
    const int64_t received = tape->status == STATUS_OK ? listed->bounds[size] : 0;
    const struct compute_slice sent = tape_memory(tape, (int64_t)n * d), sums = tape_memory(tape, received * d);
    if (n > 0)
        TAPE_RUN(tape, network.gather, (int64_t)n, d, tape_upload(tape, order, (int64_t)n), 1, (int64_t)n,
                 gradients->sums[slot], 0, sent, d);
    if (tape->status == STATUS_OK)
        tape->status =
            exchange_blocks(shards->ranks, trainer->compute, d, bounds, sent, listed->bounds, sums, &tape->error);
    return sums;
}

/* To the ranks that have the rows. */
static void exchange_sharded(struct rta_trainer *trainer, struct tape *tape, struct rta_gradients *gradients, int slot)
{
    struct listed listed = {0};
    const struct compute_slice sums = send_sums(trainer, tape, gradients, slot, &listed);
    take_listed(trainer, tape, &listed, sums, gradients, slot);
    listed_free(&listed);
}

void rta_exchange_gradients(struct rta_trainer *trainer, struct tape *tape, struct rta_gradients *gradients)
{
    struct ranks *ranks = trainer->settings.ranks;
    struct parameters *parameters = &trainer->network.parameters;
    const int64_t d = trainer->network.shape.d;
    if (ranks_size(ranks) == 1)
        return;
    if (tape->status == STATUS_OK)
        tape->status = parameters_complete_gradients(parameters, &tape->error);
    if (tape->status == STATUS_OK && parameters->n_trained > 0)
        tape->status = exchange_sum(ranks, trainer->compute, (struct compute_slice){parameters->gradients, 0},
                                    (int64_t)parameters->n_trained, &tape->error);
    for (int slot = 0; slot < rta_slots(&trainer->network.shape) && tape->status == STATUS_OK; slot++) {
        if (!gradients->rows[slot]) /* all rows in order */
            tape->status =
                exchange_sum(ranks, trainer->compute, gradients->sums[slot], gradients->n_rows[slot] * d, &tape->error);
        else if (trainer->tables[slot].shards)
            exchange_sharded(trainer, tape, gradients, slot);
        else
            exchange_listed(trainer, tape, gradients, slot);
    }
}

/* ---- the norm ---- */

static void add_squares_of(struct rta_trainer *trainer, struct tape *tape, const struct rta_gradients *gradients,
                           bool sharded, struct compute_slice squares)
{
    const struct rta_shape *shape = &trainer->network.shape;
    for (int slot = 0; slot < rta_slots(shape); slot++)
        if (!trainer->tables[slot].shards == !sharded)
            TAPE_RUN(tape, network.sum_squares, gradients->n_rows[slot] * shape->d, gradients->sums[slot], squares);
}

static void sum_over_ranks(struct rta_trainer *trainer, struct tape *tape, struct compute_slice squares)
{
    const struct compute *compute = trainer->compute;
    double sum = 0;
    tape_download_doubles(tape, squares, &sum, 1);
    if (tape->status == STATUS_OK)
        tape->status = ranks_sum(trainer->settings.ranks, &sum, 1, &tape->error);
    if (tape->status == STATUS_OK)
        tape->status = compute->ops->buffer_write(compute->stream, squares.buffer, squares.offset * sizeof sum, &sum,
                                                  sizeof sum, &tape->error);
}

/* The sums of sharded tables come first, as only they are different on every rank. */
void rta_add_squares(struct rta_trainer *trainer, struct tape *tape, const struct rta_gradients *gradients,
                     struct compute_slice squares)
{
    if (rta_is_sharded(trainer)) {
        add_squares_of(trainer, tape, gradients, true, squares);
        sum_over_ranks(trainer, tape, squares);
    }
    optimiser_add_squares(&trainer->optimiser, tape, squares);
    add_squares_of(trainer, tape, gradients, false, squares);
}
