#include "app/recipe_load.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/attributes.h"
#include "app/editions.h"
#include "app/recipe_attributes.h"
#include "core/buffer.h"
#include "core/clock.h"
#include "db/track_audio.h"
#include "db/track_columns.h"
#include "features/feature_set.h"

enum { CHUNK = 1 << 14 }; /* tracks whose audio features are read together */

struct album_makers { /* the first artists met on an album */
    int32_t artists[EDITION_ARTISTS];
    uint8_t count, titles; /* edition flags of its title */
    bool titled;
};

struct load {
    struct recipe_index *index;
    struct recipe_column *duration;
    struct edition_years years;
    uint64_t *keys;              /* [n] edition_key by row */
    int32_t *albums;             /* [n] by row */
    uint64_t *pairs;             /* [n] artist and row */
    size_t n_tracks;             /* met so far */
    struct album_makers *makers; /* [n_albums + 1] */
    int64_t n_albums, n_artists;
    struct buffer scratch;
};

static void meet_artist(struct album_makers *makers, int32_t artist)
{
    for (int i = 0; i < makers->count; i++)
        if (makers->artists[i] == artist)
            return;
    if (makers->count < EDITION_ARTISTS)
        makers->artists[makers->count++] = artist;
}

/* Flags of the titles of a track and its album; those of the album are found once. */
static unsigned titles_of(struct load *load, const struct track_columns_row *row, int64_t album)
{
    struct album_makers *makers = &load->makers[album];
    if (!makers->titled && album > 0)
        makers->titles = (uint8_t)edition_of_titles("", row->album_title);
    makers->titled = true;
    return edition_of_titles(row->title, "") | (album > 0 ? makers->titles : 0);
}

static bool take_track(const struct track_columns_row *row, void *context)
{
    struct load *load = context;
    struct recipe_index *index = load->index;
    if (row->track < 1 || row->track > index->n || row->artist < 1 || row->artist > load->n_artists)
        return true;
    const int32_t at = index->row_of[row->track - 1];
    const int64_t album = row->album >= 1 && row->album <= load->n_albums ? row->album : 0;
    index->artists[at] = (int32_t)row->artist;
    index->years[at] = row->year > 0 && row->year <= RECIPE_YEAR_MAX ? (int16_t)row->year : 0;
    index->editions[at] = (uint8_t)titles_of(load, row, album);
    load->duration->values[at] = row->duration_ms >= 0 ? (float)row->duration_ms / 1000.0F : NAN;
    load->albums[at] = (int32_t)album;
    load->keys[at] = edition_key(row->title, row->artist, &load->scratch);
    load->pairs[load->n_tracks++] = (uint64_t)row->artist << 32 | (uint32_t)at;
    edition_years_add(&load->years, load->keys[at], index->years[at]);
    if (album > 0)
        meet_artist(&load->makers[album], (int32_t)row->artist);
    return !load->scratch.failed;
}

static void finish_editions(struct load *load)
{
    struct recipe_index *index = load->index;
    for (int64_t row = 0; row < index->n; row++) {
        const int year = index->years[row];
        const int earliest = load->keys[row] ? edition_years_find(&load->years, load->keys[row]) : year;
        if (load->makers[load->albums[row]].count == EDITION_ARTISTS)
            index->editions[row] |= EDITION_COMPILATION;
        index->earliest[row] = (int16_t)earliest;
        if (earliest > 0 && earliest < year)
            index->editions[row] |= EDITION_EARLIER | (earliest / 10 < year / 10 ? EDITION_DECADE : 0);
    }
}

static enum status load_tracks(struct catalogue *catalogue, struct load *load, struct error *error)
{
    const size_t n = (size_t)load->index->n + 1;
    load->duration = recipe_index_column(load->index, "duration", "");
    load->keys = calloc(n, sizeof *load->keys);
    load->albums = calloc(n, sizeof *load->albums);
    load->pairs = malloc(n * sizeof *load->pairs);
    load->makers = calloc((size_t)load->n_albums + 1, sizeof *load->makers);
    if (!load->duration || !load->keys || !load->albums || !load->pairs || !load->makers ||
        !edition_years_start(&load->years, n))
        return error_no_memory(error);
    enum status status = catalogue_track_columns(catalogue, take_track, load, error);
    if (status != STATUS_OK)
        return status;
    finish_editions(load);
    recipe_column_finish(load->index, load->duration);
    return recipe_postings_make(&load->index->by_artist, load->n_artists + 1, load->pairs, load->n_tracks, error);
}

/* ---- names ---- */

static bool take_artist(int64_t id, const char *name, void *context)
{
    struct load *load = context;
    if (load->index->n_artist_names < load->n_artists && id >= 1 && id <= load->n_artists)
        load->index->artist_names[load->index->n_artist_names++] =
            (struct recipe_name){recipe_name_key(name), (int32_t)id};
    return true;
}

static int by_key(const void *a, const void *b)
{
    const struct recipe_name *x = a, *y = b;
    return x->key != y->key ? (x->key > y->key) - (x->key < y->key) : (x->id > y->id) - (x->id < y->id);
}

static enum status load_artists(struct catalogue *catalogue, struct load *load, struct error *error)
{
    struct recipe_index *index = load->index;
    index->artist_names = malloc(((size_t)load->n_artists + 1) * sizeof *index->artist_names);
    if (!index->artist_names)
        return error_no_memory(error);
    enum status status = catalogue_artist_names(catalogue, take_artist, load, error);
    qsort(index->artist_names, (size_t)index->n_artist_names, sizeof *index->artist_names, by_key);
    return status;
}

struct genre_load {
    struct recipe_index *index;
    int64_t *ids; /* [n_genres] their numbers in the catalogue, ascending */
    int64_t capacity;
    struct buffer all, finest; /* uint64_t pairs of genre and row */
};

static bool take_genre(int64_t id, const char *name, void *context)
{
    struct genre_load *load = context;
    struct recipe_index *index = load->index;
    if (index->n_genres == load->capacity) {
        const int64_t capacity = 2 * load->capacity + 64;
        int64_t *ids = realloc(load->ids, (size_t)capacity * sizeof *ids);
        if (!ids)
            return false;
        load->ids = ids;
        char **names = realloc(index->genre_names, (size_t)capacity * sizeof *names);
        if (!names)
            return false;
        index->genre_names = names;
        load->capacity = capacity;
    }
    load->ids[index->n_genres] = id;
    index->genre_names[index->n_genres] = arena_copy_text(&index->memory, name, strlen(name));
    return index->genre_names[index->n_genres++] != NULL;
}

static int by_number(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void add_pairs(const struct genre_load *load, struct buffer *pairs, int64_t genre,
                      const struct playlist_genre_row *row)
{
    const int64_t *found =
        load->ids ? bsearch(&genre, load->ids, (size_t)load->index->n_genres, sizeof genre, by_number) : NULL;
    for (size_t i = 0; found && i < row->count; i++) {
        if (row->tracks[i] < 1 || row->tracks[i] > load->index->n)
            continue;
        const uint64_t pair = (uint64_t)(found - load->ids) << 32 | (uint32_t)load->index->row_of[row->tracks[i] - 1];
        buffer_add(pairs, &pair, sizeof pair);
    }
}

static bool take_playlist(const struct playlist_genre_row *row, void *context)
{
    struct genre_load *load = context;
    add_pairs(load, &load->all, row->genre, row);
    if (row->finest != row->genre)
        add_pairs(load, &load->all, row->finest, row);
    add_pairs(load, &load->finest, row->finest, row);
    return !load->all.failed && !load->finest.failed;
}

/* The number of a genre by its name, which is added if the catalogue lacks it; -1: no memory. */
static int64_t genre_named(struct genre_load *load, const char *name)
{
    const struct recipe_index *index = load->index;
    for (int64_t i = 0; i < index->n_genres; i++)
        if (strcmp(index->genre_names[i], name) == 0)
            return i;
    const int64_t id = index->n_genres > 0 ? load->ids[index->n_genres - 1] + 1 : 1;
    return take_genre(id, name, load) ? index->n_genres - 1 : -1;
}

static bool add_genre(struct genre_load *load, const struct recipe_genre_row *row)
{
    struct recipe_index *index = load->index;
    const int64_t genre = genre_named(load, row->name);
    const uint64_t pair = (uint64_t)genre << 32 | (uint32_t)row->row;
    if (genre < 0)
        return false;
    buffer_add(&load->all, &pair, sizeof pair);
    buffer_add(&load->finest, &pair, sizeof pair);
    index->genres_predicted[row->row / 64] |= UINT64_C(1) << row->row % 64;
    return !load->all.failed && !load->finest.failed;
}

/* Tracks of no playlist with a genre have those that `attributes` predicts. */
static enum status predict_genres(struct catalogue *catalogue, struct genre_load *load, struct error *error)
{
    struct recipe_index *index = load->index;
    struct recipe_genres genres = {0};
    uint64_t *has_genre = calloc(index->words + 1, sizeof *has_genre);
    index->genres_predicted = calloc(index->words + 1, sizeof *index->genres_predicted);
    bool good = has_genre && index->genres_predicted;
    for (size_t i = 0; good && i < load->all.size / sizeof(uint64_t); i++) {
        const uint32_t row = (uint32_t)((const uint64_t *)(const void *)load->all.data)[i];
        has_genre[row / 64] |= UINT64_C(1) << row % 64;
    }
    enum status status =
        good ? recipe_genres_load(catalogue, index, has_genre, &genres, error) : error_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i < genres.count; i++)
        if (!add_genre(load, &genres.items[i]))
            status = error_no_memory(error);
    recipe_genres_free(&genres);
    free(has_genre);
    return status;
}

static enum status load_genres(struct catalogue *catalogue, struct recipe_index *index, struct error *error)
{
    struct genre_load load = {.index = index};
    enum status status = catalogue_genre_names(catalogue, take_genre, &load, error);
    if (status == STATUS_OK)
        status = catalogue_playlist_genres(catalogue, take_playlist, &load, error);
    if (status == STATUS_OK)
        status = predict_genres(catalogue, &load, error);
    if (status == STATUS_OK)
        status = recipe_postings_make(&index->by_genre, index->n_genres, (uint64_t *)(void *)load.all.data,
                                      load.all.size / sizeof(uint64_t), error);
    if (status == STATUS_OK)
        status = recipe_postings_make(&index->by_finest, index->n_genres, (uint64_t *)(void *)load.finest.data,
                                      load.finest.size / sizeof(uint64_t), error);
    buffer_free(&load.all);
    buffer_free(&load.finest);
    free(load.ids);
    return status;
}

/* ---- attributes ---- */

/* Numbers of a scale or of a kind have no mean. The year is a constraint of its own, and the duration in seconds is
 * read from the tracks. */
static bool is_amount(const char *name)
{
    if (strncmp(name, ATTRIBUTE_GENRE_COLUMN, sizeof ATTRIBUTE_GENRE_COLUMN - 1) == 0)
        return false; /* a probability: the genres are read elsewhere */
    static const char *const others[] = {"key", "mode", "time_signature", "year", "duration_s"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strcmp(name, others[i]) == 0)
            return false;
    return true;
}

static enum status start_audio(struct recipe_index *index, struct recipe_column *columns[AUDIO_FEATURES],
                               struct error *error)
{
    for (int i = 0; i < AUDIO_FEATURES; i++) {
        if (!is_amount(track_audio_names[i]))
            continue;
        columns[i] = recipe_index_column(index, track_audio_names[i], "");
        if (!columns[i])
            return error_no_memory(error);
    }
    return STATUS_OK;
}

/* Columns are only made once a track has any of them. */
static enum status load_audio(struct catalogue *catalogue, struct recipe_index *index, struct error *error)
{
    struct recipe_column *columns[AUDIO_FEATURES] = {NULL};
    float *values = malloc((size_t)CHUNK * AUDIO_FEATURES * sizeof *values);
    bool *known = malloc(CHUNK * sizeof *known), any = false;
    enum status status = values && known ? STATUS_OK : error_no_memory(error);
    for (int64_t first = 0; status == STATUS_OK && first < index->n; first += CHUNK) {
        const size_t count = index->n - first < CHUNK ? (size_t)(index->n - first) : CHUNK;
        status = catalogue_track_audio(catalogue, first + 1, count, values, known, error);
        for (size_t i = 0; status == STATUS_OK && i < count; i++) {
            if (!known[i])
                continue;
            if (!any)
                status = start_audio(index, columns, error);
            any = true;
            const int32_t row = index->row_of[first + (int64_t)i];
            for (int c = 0; status == STATUS_OK && c < AUDIO_FEATURES; c++)
                if (columns[c])
                    columns[c]->values[row] = values[i * AUDIO_FEATURES + (size_t)c];
        }
    }
    for (int c = 0; c < AUDIO_FEATURES; c++)
        if (columns[c])
            recipe_column_finish(index, columns[c]);
    free(values);
    free(known);
    return status;
}

struct set_names {
    char names[FEATURE_SETS_MAX * 4][FEATURE_NAME_MAX + 1];
    int count;
};

static void add_set(const char *name, void *context)
{
    struct set_names *sets = context;
    if (sets->count < FEATURE_SETS_MAX * 4)
        snprintf(sets->names[sets->count++], FEATURE_NAME_MAX + 1, "%s", name);
}

/* A column whose name the catalogue or an earlier set has is left out. */
static void load_set(const struct feature_set *set, const char *name, struct recipe_index *index)
{
    for (int c = 0; set->columns && c < set->width; c++) {
        struct recipe_column *column = is_amount(set->columns[c]) && !recipe_index_find(index, set->columns[c])
                                           ? recipe_index_column(index, set->columns[c], name)
                                           : NULL;
        if (!column)
            continue;
        for (int64_t i = 0; i < set->n_rows && i < index->n; i++)
            if (feature_set_has(set, i))
                column->values[index->row_of[i]] = set->values[i * set->width + c];
        recipe_column_finish(index, column);
    }
}

/* A set that cannot be opened is left out: `features` says what is wrong with it. */
static enum status load_sets(struct catalogue *catalogue, struct recipe_index *index, struct error *error)
{
    struct set_names sets = {.count = 0};
    enum status status = feature_sets_list_of(catalogue, FEATURE_TRACKS, add_set, &sets, error);
    for (int i = 0; status == STATUS_OK && i < sets.count; i++) {
        struct feature_set set;
        if (feature_set_open(catalogue, sets.names[i], &set, NULL) != STATUS_OK)
            continue;
        load_set(&set, sets.names[i], index);
        feature_set_close(&set);
    }
    return status;
}

/* Columns without any value say nothing. */
static void drop_empty_columns(struct recipe_index *index)
{
    int kept = 0;
    for (int i = 0; i < index->n_columns; i++) {
        if (index->columns[i].n_known > 0) {
            index->columns[kept++] = index->columns[i];
            continue;
        }
        free(index->columns[i].values);
        free(index->columns[i].known);
        free(index->columns[i].predicted);
    }
    index->n_columns = kept;
}

static enum status count_rows(struct catalogue *catalogue, struct load *load, struct error *error)
{
    int32_t *counts = NULL;
    struct catalogue_counts totals;
    enum status status = catalogue_count(catalogue, &totals, error);
    if (status != STATUS_OK)
        return status;
    load->n_albums = totals.albums;
    load->n_artists = totals.artists;
    counts = calloc((size_t)totals.tracks + 1, sizeof *counts);
    status = counts ? catalogue_training_counts(catalogue, totals.tracks, counts, error) : error_no_memory(error);
    if (status == STATUS_OK)
        status = recipe_index_start(load->index, totals.tracks, counts, error);
    free(counts);
    return status;
}

enum status recipe_index_load(struct catalogue *catalogue, struct recipe_index *index, struct error *error)
{
    struct load load = {.index = index};
    const double begin = clock_seconds();
    *index = (struct recipe_index){0};
    enum status status = count_rows(catalogue, &load, error);
    if (status == STATUS_OK)
        status = load_tracks(catalogue, &load, error);
    free(load.keys);
    free(load.albums);
    free(load.pairs);
    free(load.makers);
    edition_years_free(&load.years);
    buffer_free(&load.scratch);
    if (status == STATUS_OK)
        status = load_artists(catalogue, &load, error);
    if (status == STATUS_OK)
        status = load_genres(catalogue, index, error);
    if (status == STATUS_OK)
        status = load_audio(catalogue, index, error);
    if (status == STATUS_OK)
        status = recipe_attributes_load(catalogue, index, error);
    if (status == STATUS_OK)
        status = load_sets(catalogue, index, error);
    drop_empty_columns(index);
    index->bytes = recipe_index_bytes(index);
    index->seconds = clock_seconds() - begin;
    if (status != STATUS_OK)
        recipe_index_free(index);
    return status;
}
