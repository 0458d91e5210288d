#include "models/side_info.h"

#include <stdlib.h>
#include <string.h>

#include "core/log.h"

enum { TRACKS_AT_ONCE = 8192 };

struct pair {
    int64_t album, artist;
    int64_t row;
};

static int by_pair(const void *left, const void *right)
{
    const struct pair *a = left, *b = right;
    if (a->album != b->album)
        return a->album < b->album ? -1 : 1;
    return (a->artist > b->artist) - (a->artist < b->artist);
}

static enum status read_tracks(struct catalogue *catalogue, struct side_info *side, struct pair *pairs,
                               struct error *error)
{
    int64_t ids[TRACKS_AT_ONCE];
    for (int64_t first = 0; first < side->n_tracks; first += TRACKS_AT_ONCE) {
        int64_t count = side->n_tracks - first < TRACKS_AT_ONCE ? side->n_tracks - first : TRACKS_AT_ONCE;
        for (int64_t i = 0; i < count; i++)
            ids[i] = first + i + 1;
        struct track_list tracks = {0};
        enum status status = catalogue_tracks_read(catalogue, ids, (size_t)count, &tracks, error);
        if (status != STATUS_OK)
            return status;
        for (int64_t i = 0; i < count; i++) {
            const struct track *track = &tracks.items[i];
            pairs[first + i] = (struct pair){track->album_id, track->artist_id, first + i};
            side->duration_ms[first + i] = track->duration_ms;
            side->years[first + i] = track->year;
            side->popularity[first + i] = track->popularity;
        }
        track_list_free(&tracks);
    }
    return STATUS_OK;
}

/* Numbers the distinct pairs 0..n-1 in ascending order. */
static int64_t number(struct pair *pairs, int64_t n, int32_t *numbers)
{
    int64_t distinct = 0;
    qsort(pairs, (size_t)n, sizeof *pairs, by_pair);
    for (int64_t i = 0; i < n; i++) {
        if (i > 0 && by_pair(&pairs[i], &pairs[i - 1]) != 0)
            distinct++;
        numbers[pairs[i].row] = (int32_t)distinct;
    }
    return n > 0 ? distinct + 1 : 0;
}

/* The same for the albums of pairs that are sorted; -1: no album. */
static int64_t number_releases(const struct pair *pairs, int64_t n, int32_t *numbers)
{
    int64_t distinct = 0;
    for (int64_t i = 0; i < n; i++) {
        distinct += pairs[i].album != 0 && (i == 0 || pairs[i].album != pairs[i - 1].album);
        numbers[pairs[i].row] = (int32_t)distinct - 1;
    }
    return distinct;
}

enum status side_info_check_names(const char *const *features, size_t n_features, struct error *error)
{
    if (n_features > FEATURE_SETS_MAX)
        return error_set(error, STATUS_USAGE, "a model takes at most %d feature sets, and %zu are named",
                         FEATURE_SETS_MAX, n_features);
    for (size_t i = 0; i < n_features; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(features[i], features[j]) == 0)
                return error_set(error, STATUS_USAGE, "the feature set %.80s is named twice", features[i]);
    return STATUS_OK;
}

/* The number of the item in a set that belongs to a track; 0: none. */
static int64_t item_of(const struct side_features *features, const struct pair *pair)
{
    return features->item == FEATURE_TRACKS ? pair->row + 1 : pair->album;
}

static enum status find_rows(const char *name, struct side_features *features, const struct pair *pairs, int64_t n,
                             struct error *error)
{
    features->rows = malloc(((size_t)n + 1) * sizeof *features->rows);
    if (!features->rows)
        return error_no_memory(error);
    for (int64_t i = 0; i < n; i++) {
        int64_t item = item_of(features, &pairs[i]);
        if (item > features->n_rows)
            return error_set(error, STATUS_BAD_DATA,
                             "the feature set %.80s knows %lld %s, and the catalogue has more; make it again with "
                             "`sleeve embed %.80s`",
                             name, (long long)features->n_rows, feature_item_name(features->item), name);
        bool has = item > 0 && (!features->masked || feature_set_has(&features->set, item - 1));
        features->rows[pairs[i].row] = has ? (int32_t)(item - 1) : -1;
    }
    return STATUS_OK;
}

static enum status check_columns(const char *name, const struct feature_set *set,
                                 const struct column_statistics *columns, struct error *error)
{
    enum { NAMED = 8 };
    struct buffer names = {0};
    int useless = feature_set_name_columns(set, columns, column_is_constant, NAMED, &names);
    enum status status = names.failed ? error_no_memory(error) : STATUS_OK;
    if (status == STATUS_OK && useless == set->width)
        status = error_set(error, STATUS_BAD_DATA,
                           "no column of the feature set %.80s can be used: each is unknown or constant", name);
    else if (status == STATUS_OK && useless > 0)
        log_message(LOG_WARNING, "%s: %d of %d columns are constant or unknown and are not used: %s", name, useless,
                    set->width, names.data);
    buffer_free(&names);
    return status;
}

static enum status standardise(const char *name, struct side_features *features, struct error *error)
{
    const struct feature_set *set = &features->set;
    struct column_statistics *columns = malloc((size_t)set->width * sizeof *columns);
    features->standardised = malloc((size_t)set->n_rows * (size_t)set->width * sizeof *features->standardised);
    enum status status = columns && features->standardised ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK) {
        feature_set_statistics(set, columns);
        status = check_columns(name, set, columns, error);
    }
    if (status == STATUS_OK)
        feature_set_standardise(set, columns, features->standardised);
    features->values = features->standardised;
    free(columns);
    return status;
}

/* A single set of covers is used as published, without a mask. */
static enum status load_features(struct catalogue *catalogue, const char *name, bool alone, const struct pair *pairs,
                                 int64_t n_tracks, struct side_features *features, struct error *error)
{
    struct feature_set *set = &features->set;
    enum status status = feature_set_open(catalogue, name, set, error);
    if (status != STATUS_OK)
        return status;
    features->item = set->item;
    features->n_rows = set->n_rows;
    features->width = set->width;
    features->values = set->values;
    features->masked = !alone || set->item != FEATURE_ALBUMS || set->columns;
    status = find_rows(name, features, pairs, n_tracks, error);
    return status == STATUS_OK && set->columns ? standardise(name, features, error) : status;
}

enum status side_info_load(struct catalogue *catalogue, int64_t n_tracks, const char *const *features,
                           size_t n_features, struct side_info *side, struct error *error)
{
    *side = (struct side_info){.n_tracks = n_tracks};
    enum status status = side_info_check_names(features, n_features, error);
    if (status != STATUS_OK)
        return status;
    size_t n = (size_t)n_tracks + 1;
    struct pair *pairs = malloc(n * sizeof *pairs);
    side->albums = malloc(n * sizeof *side->albums);
    side->releases = malloc(n * sizeof *side->releases);
    side->artists = malloc(n * sizeof *side->artists);
    side->duration_ms = malloc(n * sizeof *side->duration_ms);
    side->years = malloc(n * sizeof *side->years);
    side->popularity = malloc(n * sizeof *side->popularity);
    if (!pairs || !side->albums || !side->releases || !side->artists || !side->duration_ms || !side->years ||
        !side->popularity)
        status = error_no_memory(error);
    if (status == STATUS_OK)
        status = read_tracks(catalogue, side, pairs, error);
    for (size_t i = 0; i < n_features && status == STATUS_OK; i++)
        status = load_features(catalogue, features[i], n_features == 1, pairs, n_tracks,
                               &side->features[side->n_features++], error);
    if (status == STATUS_OK) {
        side->n_albums = number(pairs, n_tracks, side->albums);
        side->n_releases = number_releases(pairs, n_tracks, side->releases);
        for (int64_t i = 0; i < n_tracks; i++) {
            if (pairs[i].album == 0)
                side->albums[pairs[i].row] = -1;
            pairs[i].album = 0;
        }
        side->n_artists = number(pairs, n_tracks, side->artists);
    }
    free(pairs);
    if (status != STATUS_OK)
        side_info_free(side);
    return status;
}

void side_info_free(struct side_info *side)
{
    free(side->albums);
    free(side->releases);
    free(side->artists);
    free(side->duration_ms);
    free(side->years);
    free(side->popularity);
    for (size_t i = 0; i < side->n_features; i++) {
        free(side->features[i].rows);
        free(side->features[i].standardised);
        if (side->features[i].set.owner)
            feature_set_close(&side->features[i].set);
    }
    *side = (struct side_info){0};
}
