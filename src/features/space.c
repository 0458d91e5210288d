#include "features/space.h"

#include <math.h>
#include <stdlib.h>

struct measuring {
    struct feature_space *space;
    const float *rows;   /* [set's rows x width] whitened */
    const int64_t *row;  /* [n_entries] */
    const double *means; /* [n_playlists x width] */
    bool leave_out;
    double *all; /* [n_entries x n_playlists] */
};

static int64_t row_of(const struct feature_set *set, const struct whitening_groups *playlists, int64_t entry)
{
    int64_t number = playlists->entries[entry], row = playlists->rows ? playlists->rows[number] : number;
    return row >= 0 && row < set->n_rows && feature_set_has(set, row) ? row : -1;
}

/* The entries with a row. */
static enum status choose_entries(struct feature_space *space, const struct feature_set *set,
                                  const struct whitening_groups *playlists, bool leave_out, int64_t *row,
                                  struct error *error)
{
    for (int64_t k = 0; k < playlists->count; k++) {
        for (int64_t e = playlists->starts[k]; e < playlists->starts[k + 1]; e++) {
            row[space->n_entries] = row_of(set, playlists, e);
            if (row[space->n_entries] < 0)
                continue;
            space->entries[space->n_entries] = e;
            space->playlists[space->n_entries++] = (int32_t)k;
            space->counts[k]++;
        }
        if (space->counts[k] < 1 + leave_out)
            return error_set(error, STATUS_USAGE,
                             leave_out ? "fewer than two tracks of playlist %lld have a row in the feature set"
                                       : "no track of playlist %lld has a row in the feature set",
                             (long long)k + 1);
    }
    return STATUS_OK;
}

static void find_means(const struct feature_space *space, const float *rows, const int64_t *row, double *means)
{
    for (int64_t i = 0; i < space->n_entries; i++)
        for (int c = 0; c < space->width; c++)
            means[(int64_t)space->playlists[i] * space->width + c] +=
                (double)rows[row[i] * space->width + c] / (double)space->counts[space->playlists[i]];
}

static void measure_entry(void *context, size_t i, int worker)
{
    const struct measuring *measuring = context;
    const struct feature_space *space = measuring->space;
    const float *values = measuring->rows + measuring->row[i] * space->width;
    double *distances = measuring->all + i * (size_t)space->n_playlists, least = INFINITY;
    (void)worker;
    for (int64_t j = 0; j < space->n_playlists; j++) {
        const double *mean = measuring->means + j * space->width;
        distances[j] = 0;
        for (int c = 0; c < space->width; c++)
            distances[j] += ((double)values[c] - mean[c]) * ((double)values[c] - mean[c]);
        if (j == space->playlists[i]) {
            /* Without the entry itself the mean is further away: e - m' = n / (n - 1) (e - m). */
            double n = (double)space->counts[j], scale = measuring->leave_out ? n / (n - 1) : 1;
            distances[j] *= scale * scale;
            continue;
        }
        if (!(distances[j] < least))
            continue;
        least = distances[j];
        space->nearest[i] = (int32_t)j;
    }
    space->delta[i] = least - distances[space->playlists[i]];
}

/* In the order of the entries, so that the means do not depend on threads. */
static void add_distances(const struct measuring *measuring)
{
    const struct feature_space *space = measuring->space;
    const int64_t n = space->n_playlists;
    for (int64_t i = 0; i < space->n_entries; i++)
        for (int64_t j = 0; j < n; j++)
            space->distances[space->playlists[i] * n + j] +=
                measuring->all[i * n + j] / (double)space->counts[space->playlists[i]];
}

static enum status measure_whitened(struct feature_space *space, const float *rows, const int64_t *row, bool leave_out,
                                    struct pool *pool, struct error *error)
{
    double *means = calloc((size_t)(space->n_playlists * space->width) + 1, sizeof *means);
    double *all = malloc(((size_t)(space->n_entries * space->n_playlists) + 1) * sizeof *all);
    bool enough = means && all;
    if (enough) {
        find_means(space, rows, row, means);
        struct measuring measuring = {space, rows, row, means, leave_out, all};
        pool_run(pool, (size_t)space->n_entries, measure_entry, &measuring);
        add_distances(&measuring);
    }
    free(means);
    free(all);
    return enough ? STATUS_OK : error_no_memory(error);
}

static enum status whiten_and_measure(struct feature_space *space, const struct feature_set *set,
                                      const struct whitening_groups *playlists, double ridge, bool leave_out,
                                      const int64_t *row, struct pool *pool, struct error *error)
{
    struct whitening whitening;
    enum status status = whitening_fit(&whitening, set, playlists, ridge, error);
    if (status != STATUS_OK)
        return status;
    space->width = whitening.n_used;
    float *rows = malloc(((size_t)set->n_rows * (size_t)whitening.n_used + 1) * sizeof *rows);
    if (!rows)
        status = error_no_memory(error);
    else if (whitening.n_used == 0)
        status = error_set(error, STATUS_BAD_DATA, "no column of the feature set differs between these tracks");
    if (status == STATUS_OK)
        status = whitening_apply(&whitening, pool, set, rows, error);
    if (status == STATUS_OK)
        status = measure_whitened(space, rows, row, leave_out, pool, error);
    free(rows);
    whitening_free(&whitening);
    return status;
}

enum status feature_space_measure(struct feature_space *space, const struct feature_set *set,
                                  const struct whitening_groups *playlists, double ridge, bool leave_out,
                                  struct pool *pool, struct error *error)
{
    size_t n = (size_t)playlists->count, entries = (size_t)playlists->starts[playlists->count] + 1;
    if (n < 2)
        return error_set(error, STATUS_USAGE, "distances between playlists need two or more playlists");
    *space = (struct feature_space){.n_playlists = playlists->count,
                                    .entries = malloc(entries * sizeof *space->entries),
                                    .playlists = malloc(entries * sizeof *space->playlists),
                                    .nearest = calloc(entries, sizeof *space->nearest),
                                    .delta = calloc(entries, sizeof *space->delta),
                                    .distances = calloc(n * n, sizeof *space->distances),
                                    .counts = calloc(n, sizeof *space->counts)};
    int64_t *row = malloc(entries * sizeof *row);
    bool enough = space->entries && space->playlists && space->nearest && space->delta && space->distances &&
                  space->counts && row;
    enum status status = enough ? choose_entries(space, set, playlists, leave_out, row, error) : error_no_memory(error);
    if (status == STATUS_OK)
        status = whiten_and_measure(space, set, playlists, ridge, leave_out, row, pool, error);
    free(row);
    if (status != STATUS_OK)
        feature_space_free(space);
    return status;
}

void feature_space_free(struct feature_space *space)
{
    free(space->entries);
    free(space->playlists);
    free(space->nearest);
    free(space->delta);
    free(space->distances);
    free(space->counts);
    *space = (struct feature_space){0};
}

void feature_space_histogram(const struct feature_space *space, int64_t playlist, double low, double high, int n,
                             int64_t *counts)
{
    for (int bin = 0; bin < n; bin++)
        counts[bin] = 0;
    for (int64_t i = 0; i < space->n_entries; i++) {
        if (space->playlists[i] != playlist)
            continue;
        double at = high > low ? floor((space->delta[i] - low) / (high - low) * n) : 0;
        counts[at < 0 ? 0 : at >= n ? n - 1 : (int)at]++;
    }
}
