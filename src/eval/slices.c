#include "eval/slices.h"

#include <stdlib.h>
#include <string.h>

#include "eval/evaluate.h"

#define SLICE_NAME(id, name, help) [SLICE_##id] = name,
const char *const slice_names[N_SLICES] = {SLICE_TABLE(SLICE_NAME)};
const char *const slice_bin_names[N_SLICE_BINS] = {
    [SLICE_LOW] = "low", [SLICE_MIDDLE] = "middle", [SLICE_HIGH] = "high"};

static int by_count(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a < b) - (a > b);
}

/* The number of training playlists of the least frequent popular track. */
static enum status find_popular(const int64_t *counts, size_t n_tracks, int64_t *least, struct error *error)
{
    int64_t *sorted = malloc((n_tracks + 1) * sizeof *sorted), entries = 0, held = 0;
    *least = 0;
    if (!sorted)
        return error_no_memory(error);
    for (size_t i = 0; i < n_tracks; i++) {
        sorted[i] = counts[i];
        entries += counts[i];
    }
    qsort(sorted, n_tracks, sizeof *sorted, by_count);
    for (size_t i = 0; i < n_tracks && 5 * held < 4 * entries; i++) {
        held += sorted[i];
        *least = sorted[i];
    }
    free(sorted);
    return STATUS_OK;
}

static enum status flag_uncovered(struct catalogue *catalogue, struct slice_inputs *stats, struct error *error)
{
    size_t n = (size_t)stats->n_tracks;
    bool generated;
    bool *covered = calloc(n + 1, sizeof *covered);
    if (!covered)
        return error_no_memory(error);
    enum status status = catalogue_covers_generated(catalogue, &generated, error);
    if (status == STATUS_OK)
        status = catalogue_tracks_covered(catalogue, generated, covered, n, error);
    for (size_t i = 0; status == STATUS_OK && i < n; i++)
        if (!covered[i])
            stats->flags[i] |= 1U << SLICE_UNCOVERED;
    free(covered);
    return status;
}

static enum status flag_training(const struct track_stats *training, struct slice_inputs *stats, struct error *error)
{
    size_t n = (size_t)training->n_tracks;
    bool *trained = calloc((size_t)training->n_artists + 1, sizeof *trained);
    int64_t popular;
    enum status status = trained ? find_popular(training->counts, n, &popular, error) : error_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i < n; i++)
        if (training->counts[i] > 0)
            trained[training->artists[i]] = true;
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        unsigned flags = training->counts[i] < popular ? 1U << SLICE_UNPOPULAR : 0;
        flags |= training->counts[i] == 0 ? 1U << SLICE_NEW_TRACKS : 0;
        flags |= !trained[training->artists[i]] ? 1U << SLICE_NEW_ARTISTS : 0;
        stats->flags[i] = (uint8_t)flags;
    }
    free(trained);
    return status;
}

enum status slice_inputs_load(struct catalogue *catalogue, const struct track_stats *training,
                              struct slice_inputs *stats, struct error *error)
{
    *stats = (struct slice_inputs){training->n_tracks, calloc((size_t)training->n_tracks + 1, 1)};
    enum status status = stats->flags ? flag_training(training, stats, error) : error_no_memory(error);
    if (status == STATUS_OK)
        status = flag_uncovered(catalogue, stats, error);
    if (status != STATUS_OK)
        slice_inputs_free(stats);
    return status;
}

void slice_inputs_free(struct slice_inputs *stats)
{
    free(stats->flags);
    *stats = (struct slice_inputs){0};
}

double slice_value(const struct slice_inputs *stats, enum slice slice, const int32_t *tracks, size_t n_seeds,
                   size_t n_tracks)
{
    if (slice == SLICE_LENGTH)
        return (double)n_tracks;
    size_t first = slice == SLICE_UNCOVERED ? 0 : n_seeds, flagged = 0;
    for (size_t i = first; i < n_tracks; i++)
        flagged += (unsigned)stats->flags[tracks[i]] >> slice & 1U;
    return (double)flagged / (double)(n_tracks - first);
}

static int ascending(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

enum status slice_cuts_make(const double *values, size_t count, struct slice_cuts *cuts, struct error *error)
{
    *cuts = (struct slice_cuts){0};
    if (count == 0)
        return STATUS_OK;
    double *sorted = malloc(count * sizeof *sorted);
    if (!sorted)
        return error_no_memory(error);
    memcpy(sorted, values, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, ascending);
    *cuts = (struct slice_cuts){sorted[(count + 2) / 3 - 1], sorted[(2 * count + 2) / 3 - 1]};
    free(sorted);
    return STATUS_OK;
}

enum slice_bin slice_bin_of(const struct slice_cuts *cuts, double value)
{
    return value <= cuts->low ? SLICE_LOW : value <= cuts->middle ? SLICE_MIDDLE : SLICE_HIGH;
}

static void put_into_bins(struct slice_table *table, enum slice slice, const struct slice_cuts *cuts)
{
    for (size_t i = 0; i < table->count; i++) {
        double value = table->values[i][slice];
        enum slice_bin bin = slice_bin_of(cuts, value);
        table->bins[i][slice] = (uint8_t)bin;
        if (table->ranges[slice][bin].count++ == 0)
            table->ranges[slice][bin].from = table->ranges[slice][bin].to = value;
        if (value < table->ranges[slice][bin].from)
            table->ranges[slice][bin].from = value;
        if (value > table->ranges[slice][bin].to)
            table->ranges[slice][bin].to = value;
    }
}

enum status slice_table_make(const struct slice_inputs *stats, const struct interactions *evaluated,
                             struct slice_table *table, struct error *error)
{
    size_t n = (size_t)evaluated->n_playlists;
    *table = (struct slice_table){.playlist_ids = malloc((n + 1) * sizeof *table->playlist_ids),
                                  .values = malloc((n + 1) * sizeof *table->values),
                                  .bins = malloc((n + 1) * sizeof *table->bins)};
    double *values = malloc((n + 1) * sizeof *values);
    enum status status =
        table->playlist_ids && table->values && table->bins && values ? STATUS_OK : error_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        int64_t seeds = evaluated->seeds[i], length = evaluated->starts[i + 1] - evaluated->starts[i];
        if (seeds >= length)
            continue;
        for (int slice = 0; slice < N_SLICES; slice++)
            table->values[table->count][slice] = slice_value(
                stats, (enum slice)slice, evaluated->tracks + evaluated->starts[i], (size_t)seeds, (size_t)length);
        table->playlist_ids[table->count++] = evaluated->playlist_ids[i];
    }
    for (int slice = 0; status == STATUS_OK && slice < N_SLICES; slice++) {
        struct slice_cuts cuts;
        for (size_t i = 0; i < table->count; i++)
            values[i] = table->values[i][slice];
        status = slice_cuts_make(values, table->count, &cuts, error);
        if (status == STATUS_OK)
            put_into_bins(table, (enum slice)slice, &cuts);
    }
    free(values);
    if (status != STATUS_OK)
        slice_table_free(table);
    return status;
}

enum status slice_table_load(struct catalogue *catalogue, enum split_set set, struct slice_table *table,
                             struct error *error)
{
    *table = (struct slice_table){0};
    struct track_stats training = {0};
    struct slice_inputs stats = {0};
    struct interactions evaluated = {0};
    enum status status = track_stats_load(catalogue, slice_training_sets(set), &training, error);
    if (status == STATUS_OK)
        status = slice_inputs_load(catalogue, &training, &stats, error);
    if (status == STATUS_OK)
        status = catalogue_interactions_load(catalogue, (int)set, &evaluated, error);
    if (status == STATUS_OK)
        status = slice_table_make(&stats, &evaluated, table, error);
    interactions_free(&evaluated);
    slice_inputs_free(&stats);
    track_stats_free(&training);
    return status;
}

void slice_table_free(struct slice_table *table)
{
    free(table->playlist_ids);
    free(table->values);
    free(table->bins);
    *table = (struct slice_table){0};
}

static int by_number(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

size_t slice_table_find(const struct slice_table *table, int64_t playlist_id)
{
    const int64_t *found =
        bsearch(&playlist_id, table->playlist_ids, table->count, sizeof *table->playlist_ids, by_number);
    return found ? (size_t)(found - table->playlist_ids) : table->count;
}

int slice_training_sets(enum split_set set)
{
    return set == SPLIT_TEST ? SPLIT_TRAIN | SPLIT_VALIDATION : SPLIT_TRAIN;
}
