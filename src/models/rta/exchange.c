#include "models/rta/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "nn/exchange.h"

/* The rows of one table that the ranks have gradients for, in the order of the ranks. */
struct gathered {
    int64_t n;
    int32_t *rows; /* [n] */
    float *sums;   /* [n x d] */
};

static void gathered_free(struct gathered *all)
{
    free(all->rows);
    free(all->sums);
}

/* Every rank's `own` bytes, of which it has counts[rank] items. */
static enum status gather(struct ranks *ranks, const void *own, const int64_t *counts, size_t item, void *all,
                          struct error *error)
{
    const int size = ranks_size(ranks);
    size_t *sizes = malloc((size_t)size * sizeof *sizes);
    if (!sizes)
        return error_no_memory(error);
    for (int r = 0; r < size; r++)
        sizes[r] = (size_t)counts[r] * item;
    const enum status status = ranks_gather(ranks, own, sizes, all, error);
    free(sizes);
    return status;
}

static enum status gather_counts(struct ranks *ranks, int64_t count, int64_t *counts, struct error *error)
{
    const int size = ranks_size(ranks);
    for (int r = 0; r < size; r++)
        counts[r] = 1;
    int64_t *all = malloc((size_t)size * sizeof *all);
    const enum status status = all ? gather(ranks, &count, counts, sizeof count, all, error) : error_no_memory(error);
    if (status == STATUS_OK)
        memcpy(counts, all, (size_t)size * sizeof *counts);
    free(all);
    return status;
}

static enum status gather_rows(struct ranks *ranks, int64_t n, const int32_t *rows, const float *sums, int64_t d,
                               struct gathered *all, struct error *error)
{
    const int size = ranks_size(ranks);
    int64_t *counts = malloc((size_t)size * sizeof *counts);
    enum status status = counts ? gather_counts(ranks, n, counts, error) : error_no_memory(error);
    for (int r = 0; status == STATUS_OK && r < size; r++)
        all->n += counts[r];
    if (status == STATUS_OK) {
        all->rows = malloc(((size_t)all->n + 1) * sizeof *all->rows);
        all->sums = malloc((size_t)(all->n * d + 1) * sizeof *all->sums);
        status = all->rows && all->sums ? STATUS_OK : error_no_memory(error);
    }
    if (status == STATUS_OK)
        status = gather(ranks, rows, counts, sizeof *rows, all->rows, error);
    if (status == STATUS_OK)
        status = gather(ranks, sums, counts, (size_t)d * sizeof *sums, all->sums, error);
    free(counts);
    return status;
}

/* Adds the sums of equal rows, which move to the front. `index_of` [rows of the table] is scratch, all -1. */
static void merge(struct gathered *all, int64_t d, int32_t *index_of)
{
    int64_t count = 0;
    for (int64_t i = 0; i < all->n; i++) {
        const int32_t row = all->rows[i];
        const float *from = all->sums + i * d;
        if (index_of[row] < 0) {
            index_of[row] = (int32_t)count;
            all->rows[count] = row;
            memmove(all->sums + count++ * d, from, (size_t)d * sizeof *from);
            continue;
        }
        float *to = all->sums + index_of[row] * d;
        for (int64_t j = 0; j < d; j++)
            to[j] += from[j];
    }
    for (int64_t i = 0; i < count; i++)
        index_of[all->rows[i]] = -1;
    all->n = count;
}

static void exchange_listed(struct rta_trainer *trainer, struct tape *tape, struct rta_gradients *gradients, int slot)
{
    const int64_t d = trainer->network.shape.d, n = gradients->n_rows[slot];
    struct gathered all = {0};
    float *own = tape_host_memory(tape, (size_t)(n * d + 1) * sizeof *own);
    if (own && n > 0)
        tape_download(tape, gradients->sums[slot], own, (size_t)(n * d) * sizeof *own);
    if (tape->status == STATUS_OK)
        tape->status = gather_rows(trainer->settings.ranks, n, gradients->rows[slot], own, d, &all, &tape->error);
    if (tape->status == STATUS_OK) {
        merge(&all, d, trainer->row_indices[slot]);
        gradients->n_rows[slot] = all.n;
        gradients->rows[slot] = tape_host_memory(tape, (size_t)(all.n + 1) * sizeof *all.rows);
        gradients->sums[slot] = tape_upload(tape, all.sums, all.n * d);
    }
    if (tape->status == STATUS_OK)
        memcpy(gradients->rows[slot], all.rows, (size_t)all.n * sizeof *all.rows);
    gathered_free(&all);
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
        else
            exchange_listed(trainer, tape, gradients, slot);
    }
}
