#include "db/interactions.h"
#include "db/summary.h"

#include <stdlib.h>

#include "db/database.h"

void interactions_free(struct interactions *interactions)
{
    free(interactions->starts);
    free(interactions->tracks);
    free(interactions->playlist_ids);
    free(interactions->seeds);
    free(interactions->sets);
    free(interactions->cold);
    free(interactions->bad_starts);
    free(interactions->bad);
    *interactions = (struct interactions){0};
}

struct loader {
    struct interactions *out;
    int64_t playlists_max, entries_max;
    int64_t *met_in; /* [n_tracks] the last playlist with the track, counted from 1 */
    bool *cold;      /* [n_tracks] the track is left out of training and validation playlists */
    int32_t *entries;
    size_t entries_capacity;
};

static enum status add_playlist(struct catalogue *catalogue, struct loader *loader, sqlite3_stmt *row,
                                struct error *error)
{
    struct interactions *out = loader->out;
    size_t count = (size_t)sqlite3_column_bytes(row, 3) / 4;
    if (count > loader->entries_capacity) {
        int32_t *grown = realloc(loader->entries, 2 * count * sizeof *grown);
        if (!grown)
            return error_no_memory(error);
        loader->entries = grown;
        loader->entries_capacity = 2 * count;
    }
    if (count > 0)
        entries_unpack(sqlite3_column_blob(row, 3), count, loader->entries);
    int64_t p = out->n_playlists, end = out->starts[p];
    int64_t set = sqlite3_column_int64(row, 1), seeds = sqlite3_column_int64(row, 2);
    bool damaged = p >= loader->playlists_max || seeds < 0 || seeds > INT32_MAX ||
                   (set != SPLIT_TRAIN && set != SPLIT_VALIDATION && set != SPLIT_TEST);
    bool lost = false;
    for (size_t i = 0; !damaged && i < count; i++) {
        int32_t track = loader->entries[i] - 1;
        damaged = track < 0 || track >= out->n_tracks;
        if (damaged || loader->met_in[track] == p + 1)
            continue;
        if (set != SPLIT_TEST && loader->cold[track]) {
            lost = true;
            continue;
        }
        damaged = end >= loader->entries_max;
        if (!damaged)
            out->tracks[end++] = track;
        loader->met_in[track] = p + 1;
    }
    if (damaged)
        return error_set(
            error, STATUS_BAD_DATA,
            "playlist number %lld of %s does not fit the catalogue's totals; run 'sleeve doctor' for details",
            (long long)sqlite3_column_int64(row, 0), catalogue->path);
    if (lost && end - out->starts[p] < SPLIT_LEAST)
        return STATUS_OK;
    out->playlist_ids[p] = sqlite3_column_int64(row, 0);
    out->sets[p] = (uint8_t)set;
    out->seeds[p] = set == SPLIT_TRAIN ? 0 : (int32_t)seeds;
    out->starts[p + 1] = end;
    out->n_playlists++;
    return STATUS_OK;
}

static enum status make_room(struct catalogue *catalogue, struct loader *loader, struct error *error)
{
    struct catalogue_counts counts;
    enum status status = catalogue_count(catalogue, &counts, error);
    if (status != STATUS_OK)
        return status;
    struct interactions *out = loader->out;
    loader->playlists_max = counts.playlists;
    loader->entries_max = counts.entries - counts.repeats;
    out->n_tracks = counts.tracks;
    size_t playlists = (size_t)counts.playlists + 1, entries = (size_t)loader->entries_max + 1;
    out->starts = calloc(playlists, sizeof *out->starts);
    out->tracks = malloc(entries * sizeof *out->tracks);
    out->playlist_ids = malloc(playlists * sizeof *out->playlist_ids);
    out->seeds = malloc(playlists * sizeof *out->seeds);
    out->sets = malloc(playlists * sizeof *out->sets);
    loader->met_in = calloc((size_t)counts.tracks + 1, sizeof *loader->met_in);
    loader->cold = calloc((size_t)counts.tracks + 1, sizeof *loader->cold);
    bool all =
        out->starts && out->tracks && out->playlist_ids && out->seeds && out->sets && loader->met_in && loader->cold;
    return all ? STATUS_OK : error_no_memory(error);
}

static enum status load_cold(struct catalogue *catalogue, struct loader *loader, struct error *error)
{
    struct interactions *out = loader->out;
    enum status status = catalogue_split_cold(catalogue, out->n_tracks, &out->cold, &out->n_cold, error);
    for (int64_t i = 0; status == STATUS_OK && i < out->n_cold; i++)
        loader->cold[out->cold[i]] = true;
    return status;
}

static enum status load_all(struct catalogue *catalogue, struct loader *loader, int split_sets, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    enum status status = make_room(catalogue, loader, error);
    if (status == STATUS_OK && !(split_sets & SPLIT_WITH_COLD))
        status = load_cold(catalogue, loader, error);
    if (status == STATUS_OK)
        status = database_prepare(
            catalogue,
            "SELECT p.id, coalesce(s.part, 1) AS part, s.seeds, e.tracks FROM playlists p"
            " JOIN playlist_entries e ON e.playlist_id = p.id LEFT JOIN split_playlists s ON s.playlist_id = p.id"
            " WHERE p.own = 0 AND (coalesce(s.part, 1) & ?) <> 0 ORDER BY p.id",
            &statement, error);
    if (status == STATUS_OK)
        sqlite3_bind_int(statement, 1, split_sets & SPLIT_ALL);
    bool row = true;
    while (status == STATUS_OK && row) {
        status = database_step_row(catalogue, statement, &row, "read the playlists", error);
        if (row)
            status = add_playlist(catalogue, loader, statement, error);
    }
    sqlite3_finalize(statement);
    return status;
}

enum status catalogue_interactions_load(struct catalogue *catalogue, int split_sets, struct interactions *interactions,
                                        struct error *error)
{
    *interactions = (struct interactions){0};
    struct loader loader = {.out = interactions};
    bool owned;
    enum status status = database_reading_begin(catalogue, &owned, error);
    if (status == STATUS_OK)
        status = load_all(catalogue, &loader, split_sets, error);
    database_reading_end(catalogue, owned);
    free(loader.met_in);
    free(loader.cold);
    free(loader.entries);
    if (status != STATUS_OK)
        interactions_free(interactions);
    return status;
}
