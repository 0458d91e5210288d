#include "models/train_ratings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "db/ratings.h"

/* The interactions as they will be. */
struct build {
    struct catalogue *catalogue;
    const struct interactions *from;
    const struct rating_verdicts *verdicts;
    struct interactions out;
    int64_t entries_max, playlists_max;
    int64_t *met_in; /* [n_tracks] the last playlist of `out` with the track, counted from 1 */
    struct hash hash;
    struct training_ratings *ratings;
};

static bool is_cold(const struct interactions *interactions, int32_t row)
{
    int64_t low = 0, high = interactions->n_cold;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (interactions->cold[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low < interactions->n_cold && interactions->cold[low] == row;
}

static bool grow(struct build *build, int64_t entries)
{
    struct interactions *out = &build->out;
    const int64_t used = out->starts[out->n_playlists];
    if (used + entries <= build->entries_max)
        return true;
    const int64_t most = 2 * (used + entries);
    int32_t *tracks = realloc(out->tracks, (size_t)most * sizeof *tracks);
    if (!tracks)
        return false;
    out->tracks = tracks;
    build->entries_max = most;
    return true;
}

/* ---- one playlist ---- */

/* The verdicts of a playlist: [from, to). */
struct group {
    size_t from, to;
};

/* What is in `out` of the playlist being built: its number counted from 1, and where its entries end. */
struct row {
    int64_t number, end;
    bool rated;
};

static void note(struct build *build, struct row *row, const struct rating_verdict *verdict)
{
    const int64_t item[3] = {verdict->playlist, verdict->track, verdict->good};
    hash_add(&build->hash, item, sizeof item);
    row->rated = true;
}

/* Bad tracks first: they are marked as met, so that entries that are bad are left out. */
static void add_bad(struct build *build, struct row *row, struct group group)
{
    struct interactions *out = &build->out;
    for (size_t i = group.from; i < group.to; i++) {
        const struct rating_verdict *verdict = &build->verdicts->items[i];
        const int32_t track = (int32_t)(verdict->track - 1);
        if (verdict->good || verdict->track > out->n_tracks || is_cold(build->from, track))
            continue;
        out->bad[out->bad_starts[row->number]++] = track;
        build->met_in[track] = row->number;
        build->ratings->bad++;
        note(build, row, verdict);
    }
}

static void add_entry(struct build *build, struct row *row, int32_t track)
{
    if (build->met_in[track] == row->number)
        return;
    build->met_in[track] = row->number;
    build->out.tracks[row->end++] = track;
}

static void add_good(struct build *build, struct row *row, struct group group)
{
    for (size_t i = group.from; i < group.to; i++) {
        const struct rating_verdict *verdict = &build->verdicts->items[i];
        const int32_t track = (int32_t)(verdict->track - 1);
        if (verdict->track > build->out.n_tracks || is_cold(build->from, track)) {
            build->ratings->cold++;
            continue;
        }
        if (!verdict->good)
            continue;
        const int64_t before = row->end;
        add_entry(build, row, track);
        build->ratings->good += row->end > before;
        build->ratings->present += row->end == before;
        note(build, row, verdict);
    }
}

/* A playlist with its entries as rows of distinct tracks. */
static enum status add_playlist(struct build *build, int64_t id, uint8_t set, int32_t seeds, const int32_t *tracks,
                                int64_t count, struct group group, struct error *error)
{
    struct interactions *out = &build->out;
    if (!grow(build, count + (int64_t)(group.to - group.from)))
        return error_no_memory(error);
    struct row row = {.number = out->n_playlists + 1, .end = out->starts[out->n_playlists]};
    const int64_t bad_before = build->ratings->bad;
    out->bad_starts[row.number] = out->bad_starts[row.number - 1];
    add_bad(build, &row, group);
    for (int64_t i = 0; i < count; i++)
        add_entry(build, &row, tracks[i]);
    if (build->ratings->bad > bad_before)
        build->ratings->taken_out += out->starts[out->n_playlists] + count - row.end;
    add_good(build, &row, group);
    out->playlist_ids[out->n_playlists] = id;
    out->sets[out->n_playlists] = set;
    out->seeds[out->n_playlists] = seeds;
    out->starts[++out->n_playlists] = row.end;
    build->ratings->playlists += row.rated;
    return STATUS_OK;
}

/* Entries as rows of distinct tracks without cold ones; returns how many. */
static int64_t distinct_rows(struct build *build, const int64_t *ids, size_t count, int32_t *rows)
{
    int64_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const int32_t row = (int32_t)(ids[i] - 1);
        bool known = ids[i] >= 1 && ids[i] <= build->out.n_tracks && !is_cold(build->from, row);
        for (int64_t k = 0; known && k < n; k++)
            known = rows[k] != row;
        if (known)
            rows[n++] = row;
    }
    return n;
}

/* A playlist that is not trained on: one of the person's own joins, of any other the ratings are left out. */
static enum status add_other(struct build *build, struct group group, struct error *error)
{
    const int64_t id = build->verdicts->items[group.from].playlist;
    struct playlist_list list = {0};
    int64_t *ids = NULL;
    size_t count = 0;
    enum status status = catalogue_playlist_read(build->catalogue, id, &list, error);
    const bool own = status == STATUS_OK && list.count > 0 && list.items[0].own;
    playlist_list_free(&list);
    if (status == STATUS_OK && !own)
        build->ratings->elsewhere += (int64_t)(group.to - group.from);
    if (status != STATUS_OK || !own)
        return status;
    status = catalogue_playlist_entries(build->catalogue, id, &ids, &count, error);
    int32_t *rows = malloc((count + 1) * sizeof *rows);
    if (status == STATUS_OK && !rows)
        status = error_no_memory(error);
    if (status == STATUS_OK) {
        const int64_t n = distinct_rows(build, ids, count, rows);
        hash_add(&build->hash, rows, (size_t)n * sizeof *rows);
        status = add_playlist(build, id, SPLIT_TRAIN, 0, rows, n, group, error);
        build->ratings->own++;
    }
    free(rows);
    free(ids);
    return status;
}

/* ---- all of them ---- */

static enum status build_open(struct build *build, struct error *error)
{
    const struct interactions *from = build->from;
    struct interactions *out = &build->out;
    build->playlists_max = from->n_playlists + (int64_t)build->verdicts->count + 1;
    build->entries_max = from->starts[from->n_playlists] + (int64_t)build->verdicts->count + 1;
    const size_t playlists = (size_t)build->playlists_max;
    out->n_tracks = from->n_tracks;
    out->starts = calloc(playlists + 1, sizeof *out->starts);
    out->tracks = malloc((size_t)build->entries_max * sizeof *out->tracks);
    out->playlist_ids = malloc(playlists * sizeof *out->playlist_ids);
    out->seeds = malloc(playlists * sizeof *out->seeds);
    out->sets = malloc(playlists * sizeof *out->sets);
    out->bad_starts = calloc(playlists + 1, sizeof *out->bad_starts);
    out->bad = malloc((build->verdicts->count + 1) * sizeof *out->bad);
    build->met_in = calloc((size_t)from->n_tracks + 1, sizeof *build->met_in);
    const bool all = out->starts && out->tracks && out->playlist_ids && out->seeds && out->sets && out->bad_starts &&
                     out->bad && build->met_in;
    return all ? STATUS_OK : error_no_memory(error);
}

/* The playlists and the groups of verdicts are both in the order of numbers. */
static enum status merge(struct build *build, struct error *error)
{
    const struct interactions *from = build->from;
    const struct rating_verdicts *verdicts = build->verdicts;
    enum status status = STATUS_OK;
    int64_t p = 0;
    for (size_t i = 0; status == STATUS_OK && (p < from->n_playlists || i < verdicts->count);) {
        struct group group = {i, i};
        while (group.to < verdicts->count && verdicts->items[group.to].playlist == verdicts->items[i].playlist)
            group.to++;
        const int64_t rated = i < verdicts->count ? verdicts->items[i].playlist : INT64_MAX;
        if (p < from->n_playlists && from->playlist_ids[p] <= rated) {
            const bool has = from->playlist_ids[p] == rated;
            status = add_playlist(build, from->playlist_ids[p], from->sets[p], from->seeds[p],
                                  from->tracks + from->starts[p], from->starts[p + 1] - from->starts[p],
                                  has ? group : (struct group){0, 0}, error);
            i = has ? group.to : i;
            p++;
        } else {
            status = add_other(build, group, error);
            i = group.to;
        }
    }
    return status;
}

static void take_over(struct build *build, struct interactions *interactions)
{
    build->out.n_cold = interactions->n_cold;
    build->out.cold = interactions->cold;
    interactions->cold = NULL;
    hash_end(build->hash, build->out.rated);
    interactions_free(interactions);
    *interactions = build->out;
    build->out = (struct interactions){0};
}

enum status training_ratings_add(struct catalogue *catalogue, struct interactions *interactions,
                                 struct training_ratings *ratings, struct error *error)
{
    struct rating_list list;
    struct rating_verdicts verdicts = {0};
    const struct rating_filter all = {0};
    struct build build = {.catalogue = catalogue, .from = interactions, .verdicts = &verdicts, .ratings = ratings};
    *ratings = (struct training_ratings){0};
    hash_begin(&build.hash);
    enum status status = catalogue_ratings_read(catalogue, &all, &list, error);
    if (status != STATUS_OK)
        return status;
    status = rating_verdicts_make(&list, false, &verdicts, error);
    ratings->undecided = (int64_t)(verdicts.borderline + verdicts.contested);
    if (status == STATUS_OK)
        status = build_open(&build, error);
    if (status == STATUS_OK)
        status = merge(&build, error);
    if (status == STATUS_OK && ratings->playlists == 0)
        status = error_set(error, STATUS_FAILED,
                           "there is no good or bad rating of a playlist that is trained on (%lld are of others); "
                           "leave --ratings out, or rate suggestions for training playlists or your own",
                           (long long)ratings->elsewhere);
    if (status == STATUS_OK)
        take_over(&build, interactions);
    interactions_free(&build.out);
    free(build.met_in);
    free(verdicts.items);
    rating_list_free(&list);
    return status;
}

/* ---- as text ---- */

void training_ratings_describe(const struct training_ratings *ratings, const char *kind, enum bad_use use,
                               struct buffer *out)
{
    buffer_printf(out, "ratings of %lld %s", (long long)ratings->playlists,
                  ratings->playlists == 1 ? "playlist" : "playlists");
    if (ratings->own > 0)
        buffer_printf(out, " (%lld own)", (long long)ratings->own);
    buffer_printf(out, ": %lld good added", (long long)ratings->good);
    if (ratings->present > 0)
        buffer_printf(out, " (%lld were in)", (long long)ratings->present);
    if (ratings->taken_out > 0)
        buffer_printf(out, ", %lld bad taken out", (long long)ratings->taken_out);
    if (ratings->bad > 0 && use == BAD_DRAWN)
        buffer_printf(out, ", %lld bad drawn as negatives", (long long)ratings->bad);
    else if (ratings->bad > 0)
        buffer_printf(out, ", %lld bad not used: %s %s", (long long)ratings->bad, kind,
                      use == BAD_ALREADY ? "has every track outside a playlist as a negative already"
                                         : "learns only from what playlists contain");
    if (ratings->elsewhere > 0)
        buffer_printf(out, "; %lld ratings of playlists that are not trained on are left out",
                      (long long)ratings->elsewhere);
    if (ratings->cold > 0)
        buffer_printf(out, "; %lld ratings of cold tracks are left out", (long long)ratings->cold);
}
