/* Recipes of the fake app: its invented tracks have attributes and genres, and are counted by the real code. */
#include "fake_app_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/editions.h"
#include "app/recipe_file.h"
#include "app/recipe_load.h"
#include "app/recipes.h"
#include "core/random.h"

static const char *const attributes[] = {"energy", "valence", "tempo", "instrumentalness", "danceability"};
static const char *const genres[] = {"dream pop", "indie rock", "jazz", "雨 wave"};
enum { ATTRIBUTES = 5, GENRES = 4 };

/* From 0 to 1; each artist's tracks are alike. */
static double invent(const struct track *track, uint64_t what)
{
    const double own = (double)(random_mix((uint64_t)track->id * 31 + what) % 1000) / 999;
    const double artist = (double)(random_mix((uint64_t)track->artist_id * 17 + what) % 1000) / 999;
    return 0.4 * own + 0.6 * artist;
}

static enum status add_attributes(struct recipe_index *index, struct error *error)
{
    for (uint64_t i = 0; i < ATTRIBUTES; i++) {
        struct recipe_column *column = recipe_index_column(index, attributes[i], "");
        if (!column)
            return error_no_memory(error);
        for (int64_t row = 0; row < index->n; row++) {
            const struct track track = fake_track(index->track_of[row]);
            const double value = invent(&track, i);
            column->values[row] =
                (track.id + 3 * (int64_t)i) % 13 == 0 ? NAN : (float)(i == 2 ? 80 + 70 * value : value);
        }
        recipe_column_finish(index, column);
    }
    return STATUS_OK;
}

static enum status add_postings(struct recipe_index *index, bool with_genres, struct error *error)
{
    uint64_t artists[FAKE_TRACKS], by_genre[2][FAKE_TRACKS];
    size_t n_genres = 0;
    for (int64_t row = 0; row < index->n; row++) {
        const struct track track = fake_track(index->track_of[row]);
        artists[row] = (uint64_t)track.artist_id << 32 | (uint32_t)row;
        index->artists[row] = (int32_t)track.artist_id;
        index->years[row] = index->earliest[row] = (int16_t)track.year;
        if (track.id % 9 == 0 && track.year > 0) {
            index->editions[row] = EDITION_REMASTER | EDITION_EARLIER | EDITION_DECADE;
            index->earliest[row] = (int16_t)(track.year - 12);
        }
        if (with_genres && track.id % 11 != 0)
            by_genre[0][n_genres++] = (uint64_t)((track.artist_id + track.id % 2) % GENRES) << 32 | (uint32_t)row;
    }
    memcpy(by_genre[1], by_genre[0], n_genres * sizeof(uint64_t));
    enum status status = recipe_postings_make(&index->by_artist, FAKE_ARTISTS + 1, artists, FAKE_TRACKS, error);
    if (status == STATUS_OK)
        status = recipe_postings_make(&index->by_genre, GENRES, by_genre[0], n_genres, error);
    if (status == STATUS_OK)
        status = recipe_postings_make(&index->by_finest, GENRES, by_genre[1], n_genres, error);
    return status;
}

static int by_key(const void *a, const void *b)
{
    const struct recipe_name *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

static enum status add_names(struct recipe_index *index, struct error *error)
{
    index->genre_names = calloc(GENRES, sizeof *index->genre_names);
    index->artist_names = calloc(FAKE_ARTISTS, sizeof *index->artist_names);
    if (!index->genre_names || !index->artist_names)
        return error_no_memory(error);
    for (int i = 0; i < GENRES; i++)
        index->genre_names[index->n_genres++] = arena_copy_text(&index->memory, genres[i], strlen(genres[i]));
    for (int64_t row = 0; row < index->n; row++) {
        const struct track track = fake_track(index->track_of[row]);
        if (index->n_artist_names < FAKE_ARTISTS && track.artist_id == index->n_artist_names + 1) {
            index->artist_names[index->n_artist_names++] =
                (struct recipe_name){recipe_name_key(track.artist), (int32_t)track.artist_id};
            row = -1;
        }
    }
    qsort(index->artist_names, (size_t)index->n_artist_names, sizeof *index->artist_names, by_key);
    return STATUS_OK;
}

static enum status make_index(const struct app *app, struct recipe_index *index, struct error *error)
{
    int32_t counts[FAKE_TRACKS];
    for (int i = 0; i < FAKE_TRACKS; i++)
        counts[i] = (int32_t)fake_track(i + 1).n_playlists;
    enum status status = recipe_index_start(index, FAKE_TRACKS, counts, error);
    if (status == STATUS_OK)
        status = add_postings(index, !app->no_attributes, error);
    if (status == STATUS_OK && !app->no_attributes)
        status = add_attributes(index, error);
    return status == STATUS_OK ? add_names(index, error) : status;
}

enum status app_recipe_make(struct app *app, const struct app_recipe_source *source, struct recipe *recipe,
                            struct error *error)
{
    struct recipe_index index = {0};
    struct track_list tracks = {0};
    if (app->recipe_failure)
        return error_set(error, STATUS_FAILED, "%s", app->recipe_failure);
    enum status status = make_index(app, &index, error);
    if (status == STATUS_OK)
        status = fake_fill(source->ids, source->count, &tracks, error);
    if (status == STATUS_OK)
        status = recipe_make(&index, &tracks, recipe, error);
    if (status == STATUS_OK) {
        recipe_take_text(recipe->name, sizeof recipe->name, source->name);
        if (source->old)
            recipe_keep_locked(recipe, source->old);
    }
    track_list_free(&tracks);
    recipe_index_free(&index);
    return status;
}

static struct app_recipe_year year_of(const struct recipe_index *index, int64_t track)
{
    const int32_t row = index->row_of[track - 1];
    return (struct app_recipe_year){index->years[row], index->earliest[row], index->editions[row], index->counts[row]};
}

static enum status count(const struct recipe_index *index, const struct app_recipe_query *query,
                         struct app_recipe_answer *answer, struct error *error)
{
    struct recipe_scan *scan;
    int64_t best[FAKE_TRACKS];
    const size_t most = query->recipe->limit < FAKE_TRACKS ? (size_t)query->recipe->limit : FAKE_TRACKS;
    enum status status = recipe_scan_create(index, &scan, error);
    if (status != STATUS_OK)
        return status;
    recipe_scan_run(scan, query->recipe, query->excluded, query->n_excluded, &answer->counts);
    const size_t found = recipe_scan_best(scan, best, most);
    for (size_t i = 0; i < query->n_suggested; i++) {
        answer->passes[i] = recipe_scan_passes(scan, query->suggested[i]);
        answer->n_passes += answer->passes[i];
    }
    for (size_t i = 0; i < found; i++)
        answer->years[i] = year_of(index, best[i]);
    answer->missing[RECIPE_GENRES] = index->by_genre.starts[GENRES] == 0;
    recipe_scan_free(scan);
    return fake_fill(best, found, &answer->tracks, error);
}

enum status app_recipe_apply(struct app *app, const struct app_recipe_query *query, struct app_recipe_answer *answer,
                             struct error *error)
{
    struct recipe_index index = {0};
    *answer = (struct app_recipe_answer){.repeats = app->repeats,
                                         .years = calloc(FAKE_TRACKS, sizeof *answer->years),
                                         .passes = calloc(query->n_suggested + 1, sizeof *answer->passes)};
    enum status status = answer->years && answer->passes ? make_index(app, &index, error) : error_no_memory(error);
    if (status == STATUS_OK)
        status = count(&index, query, answer, error);
    recipe_index_free(&index);
    if (status != STATUS_OK)
        app_recipe_answer_free(answer);
    return status;
}

void app_recipe_answer_free(struct app_recipe_answer *answer)
{
    track_list_free(&answer->tracks);
    free(answer->years);
    free(answer->passes);
    *answer = (struct app_recipe_answer){0};
}

/* ---- saved recipes ---- */

static struct recipe *saved(struct app *app, const char *name)
{
    for (size_t i = 0; i < app->n_recipes; i++)
        if (strcmp(app->recipes[i].name, name) == 0)
            return &app->recipes[i];
    return NULL;
}

enum status app_recipe_list(struct app *app, struct recipe_rows *rows, struct error *error)
{
    *rows = (struct recipe_rows){0};
    rows->items = arena_alloc(&rows->memory, FAKE_RECIPES * sizeof *rows->items);
    if (!rows->items)
        return error_no_memory(error);
    for (size_t i = 0; i < app->n_recipes; i++)
        rows->items[rows->count++] = (struct recipe_row){.name = app->recipes[i].name, .json = "{}"};
    return STATUS_OK;
}

void recipe_rows_free(struct recipe_rows *rows)
{
    arena_free(&rows->memory);
    *rows = (struct recipe_rows){0};
}

enum status app_recipe_load(struct app *app, const char *name, struct recipe *recipe, struct error *error)
{
    const struct recipe *found = saved(app, name);
    if (!found)
        return error_set(error, STATUS_BAD_DATA, "there is no recipe \"%s\"; \"sleeve recipe list\" lists them", name);
    *recipe = *found;
    return STATUS_OK;
}

enum status app_recipe_save(struct app *app, const struct recipe *recipe, struct error *error)
{
    struct recipe *place = saved(app, recipe->name);
    if (app->recipe_failure)
        return error_set(error, STATUS_FAILED, "%s", app->recipe_failure);
    if (!place && app->n_recipes == FAKE_RECIPES)
        return error_set(error, STATUS_FAILED, "the fake app is full");
    *(place ? place : &app->recipes[app->n_recipes++]) = *recipe;
    return STATUS_OK;
}

enum status app_recipe_remove(struct app *app, const char *name, struct error *error)
{
    struct recipe *found = saved(app, name);
    if (!found)
        return error_set(error, STATUS_BAD_DATA, "there is no recipe \"%s\"; \"sleeve recipe list\" lists them", name);
    *found = app->recipes[--app->n_recipes];
    return STATUS_OK;
}

void fake_without_attributes(struct app *app)
{
    app->no_attributes = true;
}

void fake_fail_recipes(struct app *app, const char *sentence)
{
    app->recipe_failure = sentence;
}
