#include "app/space.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app_internal.h"
#include "app/lookup.h"
#include "app/space_internal.h"
#include "core/file.h"
#include "figure/heat_map.h"

void app_space_free(struct app_space *space)
{
    for (int side = 0; side < SPACE_SIDES; side++) {
        feature_space_free(&space->sides[side].space);
        free(space->sides[side].deltas);
    }
    free(space->playlists);
    free(space->starts);
    free(space->entries);
    free(space->misplaced);
    track_list_free(&space->tracks);
    arena_free(&space->memory);
    *space = (struct app_space){0};
}

/* ---- the playlists ---- */

static enum status add_playlist(struct app_space *space, const struct playlist *playlist, struct error *error)
{
    struct space_playlist *added = &space->playlists[space->n_playlists];
    const char *name = playlist->name[0] ? playlist->name : playlist->key;
    for (size_t i = 0; i < space->n_playlists; i++)
        if (space->playlists[i].id == playlist->id)
            return error_set(error, STATUS_USAGE, "the playlist \"%s\" is named twice", name);
    *added = (struct space_playlist){.id = playlist->id,
                                     .key = arena_copy_text(&space->memory, playlist->key, strlen(playlist->key)),
                                     .name = arena_copy_text(&space->memory, name, strlen(name))};
    if (!added->key || !added->name)
        return error_no_memory(error);
    space->n_playlists++;
    return STATUS_OK;
}

static enum status find_playlists(struct catalogue *catalogue, const struct space_settings *settings,
                                  struct app_space *space, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < settings->n_playlists && status == STATUS_OK; i++) {
        struct playlist_list list = {0};
        int64_t id;
        status = lookup_playlist(catalogue, settings->playlists[i], &id, error);
        if (status == STATUS_OK)
            status = catalogue_playlist_read(catalogue, id, &list, error);
        if (status == STATUS_OK)
            status = add_playlist(space, &list.items[0], error);
        playlist_list_free(&list);
    }
    return status;
}

struct long_playlist {
    int64_t id, n_entries;
};

/* Keeps the `most` longest, equally long ones in number order. */
static void keep_longest(struct long_playlist *kept, size_t *count, size_t most, const struct playlist *playlist)
{
    size_t at = *count;
    while (at > 0 && kept[at - 1].n_entries < playlist->n_entries)
        at--;
    if (at == most)
        return;
    size_t moved = *count - at - (*count == most);
    memmove(kept + at + 1, kept + at, moved * sizeof *kept);
    kept[at] = (struct long_playlist){playlist->id, playlist->n_entries};
    *count += *count < most;
}

static enum status find_longest(struct catalogue *catalogue, size_t most, struct app_space *space, struct error *error)
{
    enum { AT_ONCE = 4096 };
    struct long_playlist kept[SPACE_PLAYLISTS_MAX];
    size_t count = 0, read = AT_ONCE;
    enum status status = STATUS_OK;
    for (int64_t after = 0; read == AT_ONCE && status == STATUS_OK;) {
        struct playlist_list list = {0};
        status = catalogue_playlists_after(catalogue, after, AT_ONCE, &list, error);
        read = list.count;
        for (size_t i = 0; i < list.count; i++)
            keep_longest(kept, &count, most, &list.items[i]);
        after = read > 0 ? list.items[read - 1].id : after;
        playlist_list_free(&list);
    }
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        struct playlist_list list = {0};
        status = catalogue_playlist_read(catalogue, kept[i].id, &list, error);
        if (status == STATUS_OK)
            status = add_playlist(space, &list.items[0], error);
        playlist_list_free(&list);
    }
    return status;
}

static int by_row(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return (a > b) - (a < b);
}

/* Appends the distinct tracks of a playlist, by number. */
static enum status add_entries(struct catalogue *catalogue, struct app_space *space, size_t playlist,
                               struct error *error)
{
    int64_t *ids = NULL, start = space->starts[playlist], end = start;
    size_t count = 0;
    enum status status = catalogue_playlist_entries(catalogue, space->playlists[playlist].id, &ids, &count, error);
    int32_t *entries =
        status == STATUS_OK ? realloc(space->entries, ((size_t)start + count + 1) * sizeof *entries) : NULL;
    if (entries) {
        space->entries = entries;
        for (size_t i = 0; i < count; i++)
            entries[start + (int64_t)i] = (int32_t)(ids[i] - 1);
        qsort(entries + start, count, sizeof *entries, by_row);
        for (size_t i = 0; i < count; i++)
            if (end == start || entries[end - 1] != entries[start + (int64_t)i])
                entries[end++] = entries[start + (int64_t)i];
    } else if (status == STATUS_OK) {
        status = error_no_memory(error);
    }
    space->starts[playlist + 1] = end;
    free(ids);
    return status;
}

static enum status read_playlists(struct catalogue *catalogue, const struct space_settings *settings,
                                  struct app_space *space, struct error *error)
{
    size_t most = settings->n_playlists > 0 ? settings->n_playlists : settings->longest;
    if (settings->by_genre)
        return space_genres_read(catalogue, settings->split_sets, space, error);
    if (most < 2 || most > SPACE_PLAYLISTS_MAX)
        return error_set(error, STATUS_USAGE, "distances are between 2 to %d playlists, not %zu", SPACE_PLAYLISTS_MAX,
                         most);
    space->playlists = calloc(most, sizeof *space->playlists);
    space->starts = calloc(most + 1, sizeof *space->starts);
    if (!space->playlists || !space->starts)
        return error_no_memory(error);
    enum status status = settings->n_playlists > 0 ? find_playlists(catalogue, settings, space, error)
                                                   : find_longest(catalogue, most, space, error);
    if (status == STATUS_OK && space->n_playlists < 2)
        status = error_set(error, STATUS_BAD_DATA, "the catalogue has fewer than two playlists; import some first");
    for (size_t i = 0; i < space->n_playlists && status == STATUS_OK; i++)
        status = add_entries(catalogue, space, i, error);
    return status;
}

/* ---- results ---- */

/* The deltas of entries that have a row in all sets, in the order of the entries. */
static enum status find_common(struct app_space *space, struct error *error)
{
    int64_t at[SPACE_SIDES] = {0};
    for (int side = 0; side < space->n_sides; side++) {
        space->sides[side].deltas =
            malloc(((size_t)space->sides[side].space.n_entries + 1) * sizeof *space->sides[side].deltas);
        if (!space->sides[side].deltas)
            return error_no_memory(error);
    }
    const int64_t total = space->starts[space->n_playlists];
    for (int64_t e = 0; e < total; e++) {
        bool common = true;
        for (int side = 0; side < space->n_sides; side++) {
            const struct feature_space *measured = &space->sides[side].space;
            while (at[side] < measured->n_entries && measured->entries[at[side]] < e)
                at[side]++;
            common = common && at[side] < measured->n_entries && measured->entries[at[side]] == e;
        }
        for (int side = 0; side < space->n_sides && common; side++)
            space->sides[side].deltas[space->n_common] = space->sides[side].space.delta[at[side]];
        space->n_common += common;
    }
    return STATUS_OK;
}

static int worst_first(const void *left, const void *right)
{
    const struct space_misplaced *a = left, *b = right;
    if (a->delta != b->delta)
        return a->delta > b->delta ? 1 : -1;
    if (a->playlist != b->playlist)
        return (a->playlist > b->playlist) - (a->playlist < b->playlist);
    return (a->track > b->track) - (a->track < b->track);
}

static enum status find_misplaced(struct catalogue *catalogue, struct app_space *space, struct error *error)
{
    const struct feature_space *measured = &space->sides[0].space;
    size_t n = (size_t)measured->n_entries + 1;
    int64_t *ids = malloc(n * sizeof *ids);
    space->misplaced = malloc(n * sizeof *space->misplaced);
    if (!ids || !space->misplaced) {
        free(ids);
        return error_no_memory(error);
    }
    for (int64_t i = 0; i < measured->n_entries; i++)
        if (measured->delta[i] < 0)
            space->misplaced[space->n_misplaced++] =
                (struct space_misplaced){.track = (int64_t)space->entries[measured->entries[i]] + 1,
                                         .playlist = measured->playlists[i],
                                         .nearest = measured->nearest[i],
                                         .delta = measured->delta[i]};
    qsort(space->misplaced, space->n_misplaced, sizeof *space->misplaced, worst_first);
    for (size_t i = 0; i < space->n_misplaced; i++)
        ids[i] = space->misplaced[i].track;
    enum status status = catalogue_tracks_read(catalogue, ids, space->n_misplaced, &space->tracks, error);
    free(ids);
    return status;
}

static enum status measure(struct app *app, struct catalogue *catalogue, const struct space_settings *settings,
                           struct app_space *space, struct error *error)
{
    struct pool *pool = NULL;
    enum status status = read_playlists(catalogue, settings, space, error);
    if (status == STATUS_OK)
        status = pool_create(app->options.device.threads, &pool, error);
    for (; space->n_sides < settings->n_sets && status == STATUS_OK; space->n_sides++)
        status = space_side_measure(app, catalogue, settings, space, space->n_sides, pool, error);
    pool_destroy(pool);
    if (status == STATUS_OK)
        status = find_common(space, error);
    space->paired = space->welch = (struct t_test){.t = NAN, .freedom = NAN, .p = NAN};
    if (status == STATUS_OK && space->n_sides == SPACE_SIDES) {
        const double *first = space->sides[0].deltas, *second = space->sides[1].deltas;
        space->paired = t_test_paired(first, second, space->n_common);
        space->welch = t_test_welch(first, space->n_common, second, space->n_common);
    }
    return status == STATUS_OK ? find_misplaced(catalogue, space, error) : status;
}

enum status app_space(struct app *app, const struct space_settings *settings, struct app_space *space,
                      struct error *error)
{
    struct catalogue *catalogue;
    *space = (struct app_space){0};
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = measure(app, catalogue, settings, space, error);
    app_return(app, catalogue);
    if (status != STATUS_OK)
        app_space_free(space);
    return status;
}

void app_space_range(const struct space_side *side, double *low, double *high)
{
    *low = *high = side->space.n_entries > 0 ? side->space.delta[0] : 0;
    for (int64_t i = 1; i < side->space.n_entries; i++) {
        *low = fmin(*low, side->space.delta[i]);
        *high = fmax(*high, side->space.delta[i]);
    }
}

void app_space_histogram(const struct space_side *side, size_t playlist, int64_t counts[SPACE_BINS])
{
    double low, high;
    app_space_range(side, &low, &high);
    feature_space_histogram(&side->space, (int64_t)playlist, low, high, SPACE_BINS, counts);
}

enum status app_space_sets(struct app *app, char ***names, struct error *error)
{
    return app_set_names(app, false, names, error);
}

enum status app_space_write(const struct app_space *space, int side, const char *path, struct error *error)
{
    const bool svg = file_has_extension(path, ".svg");
    const struct feature_space *measured = &space->sides[side].space;
    const char *names[SPACE_PLAYLISTS_MAX];
    struct buffer bytes = {0};
    char title[FEATURE_NAME_MAX + 64], subtitle[160];
    if (!svg && !file_has_extension(path, ".png"))
        return error_set(error, STATUS_USAGE, "\"%s\" does not end in .png or .svg", path);
    for (size_t i = 0; i < space->n_playlists; i++)
        names[i] = space->playlists[i].name;
    snprintf(title, sizeof title, "Distances of playlists by %s", space->sides[side].set);
    snprintf(subtitle, sizeof subtitle,
             "mean squared distance of a row's tracks to the mean of a column, whitened within playlists, %d columns",
             measured->width);
    const struct heat_map map = {.title = title,
                                 .subtitle = subtitle,
                                 .n = (int)space->n_playlists,
                                 .values = measured->distances,
                                 .names = names};
    enum status status = heat_map_figure(&map, svg, &bytes, error);
    if (status == STATUS_OK)
        status = atomic_file_write(path, &bytes, error);
    buffer_free(&bytes);
    return status;
}
