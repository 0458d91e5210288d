#include "eval/held_out.h"

#include <math.h>
#include <stdlib.h>

/* ---- what the playlists hold out ---- */

static void flag_tracks(const struct interactions *evaluated, const struct track_stats *training, uint8_t *flags)
{
    for (int64_t i = 0; i < training->n_tracks; i++)
        flags[i] = 1U << (training->counts[i] > 0 ? HELD_OUT_KNOWN : HELD_OUT_UNKNOWN);
    for (int64_t i = 0; i < evaluated->n_cold; i++)
        flags[evaluated->cold[i]] |= 1U << HELD_OUT_COLD;
}

/* Counts one playlist; returns the highest recall of 500 known tracks. */
static double count_playlist(struct held_out_table *table, const int32_t *held_out, int64_t count)
{
    struct held_out_totals *totals = &table->totals;
    int64_t found[HELD_OUT_GROUPS] = {0};
    for (int64_t i = 0; i < count; i++)
        for (int group = 0; group < HELD_OUT_GROUPS; group++)
            found[group] += (unsigned)table->flags[held_out[i]] >> group & 1U;
    for (int group = 0; group < HELD_OUT_GROUPS; group++) {
        totals->tracks[group] += found[group];
        totals->playlists[group] += found[group] > 0;
    }
    totals->n_held_out += count;
    int64_t most = found[HELD_OUT_KNOWN] < METRICS_LENGTH ? found[HELD_OUT_KNOWN] : METRICS_LENGTH;
    return (double)most / (double)count;
}

enum status held_out_table_make(const struct interactions *evaluated, const struct track_stats *training,
                                struct held_out_table *table, struct error *error)
{
    size_t n_tracks = (size_t)training->n_tracks, n = (size_t)evaluated->n_playlists;
    *table = (struct held_out_table){.evaluated = evaluated, .stats = training, .flags = malloc(n_tracks + 1)};
    struct held_out_totals *totals = &table->totals;
    double *ceilings = malloc((n + 1) * sizeof *ceilings);
    if (!table->flags || !ceilings) {
        free(ceilings);
        held_out_table_free(table);
        return error_no_memory(error);
    }
    flag_tracks(evaluated, training, table->flags);
    for (size_t i = 0; i < n; i++) {
        int64_t start = evaluated->starts[i] + evaluated->seeds[i], count = evaluated->starts[i + 1] - start;
        if (count > 0)
            ceilings[totals->n_playlists++] = count_playlist(table, evaluated->tracks + start, count);
    }
    totals->ceiling = metrics_interval(ceilings, totals->n_playlists, 1);
    totals->chance = n_tracks > METRICS_LENGTH ? METRICS_LENGTH / (double)n_tracks : 1;
    free(ceilings);
    return STATUS_OK;
}

void held_out_table_free(struct held_out_table *table)
{
    free(table->flags);
    *table = (struct held_out_table){0};
}

/* ---- the metrics of a model ---- */

struct held_out_adder {
    const struct held_out_table *table;
    struct held_out_results *results;
    struct metrics_marks *marks;
    int32_t *tracks; /* the held-out tracks of one group */
    int64_t next;    /* index of the playlist that is looked for first */
};

enum status held_out_adder_create(const struct held_out_table *table, struct held_out_results *results,
                                  struct held_out_adder **out, struct error *error)
{
    const struct interactions *evaluated = table->evaluated;
    struct held_out_adder *adder = calloc(1, sizeof *adder);
    *results = (struct held_out_results){0};
    if (!adder)
        return error_no_memory(error);
    adder->table = table;
    adder->results = results;
    adder->tracks = malloc(((size_t)table->stats->n_tracks + 1) * sizeof *adder->tracks);
    enum status status =
        adder->tracks ? metrics_marks_create(table->stats, &adder->marks, error) : error_no_memory(error);
    for (int group = 0; status == STATUS_OK && group < HELD_OUT_GROUPS; group++) {
        results->groups[group].items =
            malloc(((size_t)evaluated->n_playlists + 1) * sizeof *results->groups[group].items);
        if (!results->groups[group].items)
            status = error_no_memory(error);
    }
    if (status == STATUS_OK) {
        *out = adder;
        return STATUS_OK;
    }
    held_out_results_free(results);
    held_out_adder_destroy(adder);
    return status;
}

void held_out_adder_destroy(struct held_out_adder *adder)
{
    if (!adder)
        return;
    metrics_marks_free(adder->marks);
    free(adder->tracks);
    free(adder);
}

/* The held-out tracks of one group, into adder->tracks. */
static size_t take_tracks(struct held_out_adder *adder, int64_t playlist, int group)
{
    const struct interactions *evaluated = adder->table->evaluated;
    size_t count = 0;
    for (int64_t e = evaluated->starts[playlist] + evaluated->seeds[playlist]; e < evaluated->starts[playlist + 1]; e++)
        if ((unsigned)adder->table->flags[evaluated->tracks[e]] >> group & 1U)
            adder->tracks[count++] = evaluated->tracks[e];
    return count;
}

void held_out_add(struct held_out_adder *adder, int64_t playlist_id, const struct recommendation *list, size_t count)
{
    const struct interactions *evaluated = adder->table->evaluated;
    int32_t rows[METRICS_LENGTH];
    while (adder->next < evaluated->n_playlists && evaluated->playlist_ids[adder->next] != playlist_id)
        adder->next++;
    if (adder->next == evaluated->n_playlists)
        return;
    int64_t playlist = adder->next++;
    for (size_t i = 0; i < count; i++)
        rows[i] = (int32_t)(list[i].track - 1);
    for (int group = 0; group < HELD_OUT_GROUPS; group++) {
        struct result_list *results = &adder->results->groups[group];
        struct result_row *row = &results->items[results->count];
        size_t n_held_out = take_tracks(adder, playlist, group);
        if (n_held_out == 0)
            continue;
        *row = (struct result_row){.playlist_id = playlist_id, .seeds = evaluated->seeds[playlist]};
        metrics_of_list(adder->table->stats, adder->marks, rows, count, adder->tracks, n_held_out, row->values);
        for (int metric = 0; metric < METRICS; metric++)
            if (metric_infos[metric].priority == 0)
                row->values[metric] = NAN;
        results->count++;
    }
}

void held_out_results_free(struct held_out_results *results)
{
    for (int group = 0; group < HELD_OUT_GROUPS; group++)
        result_list_free(&results->groups[group]);
}
