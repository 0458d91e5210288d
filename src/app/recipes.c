#include "app/recipes.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/app_internal.h"
#include "app/editions.h"
#include "app/lookup.h"
#include "app/recipe_attributes.h"
#include "app/recipe_file.h"
#include "app/recipe_load.h"
#include "app/song_set.h"
#include "core/clock.h"
#include "core/log.h"
#include "db/track_columns.h"

void app_recipes_close(struct app *app)
{
    recipe_scan_free(app->recipes.scan);
    if (app->recipes.index)
        recipe_index_free(app->recipes.index);
    free(app->recipes.index);
    app->recipes.scan = NULL;
    app->recipes.index = NULL;
}

/* ---- the columns of all tracks ---- */

/* Writes the file for the next start where making the columns took a person's time. Without it, they are made again. */
static void keep_index(const struct app *app, const char *path, struct catalogue *catalogue)
{
    static const double least_seconds = 0.2;
    struct buffer folder = {0};
    struct error unwritten = {0};
    if (app->recipes.index->seconds < least_seconds)
        return;
    catalogue_sidecar(catalogue, "", &folder);
    enum status status = folder.failed ? error_no_memory(&unwritten) : folder_make(folder.data, &unwritten);
    if (status == STATUS_OK)
        status = recipe_cache_write(path, app->recipes.version, app->recipes.index, &unwritten);
    if (status != STATUS_OK)
        log_message(LOG_DEBUG, "the columns of tracks are made again at the next start: %s", unwritten.text);
    buffer_free(&folder);
}

static enum status load_index(struct app *app, struct catalogue *catalogue, struct error *error)
{
    struct buffer path = {0};
    app->recipes.index = calloc(1, sizeof *app->recipes.index);
    catalogue_sidecar(catalogue, "columns.cache", &path);
    enum status status = app->recipes.index && !path.failed ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK && !recipe_cache_read(path.data, app->recipes.version, app->recipes.index)) {
        status = recipe_index_load(catalogue, app->recipes.index, error);
        if (status == STATUS_OK)
            keep_index(app, path.data, catalogue);
    }
    if (status == STATUS_OK)
        status = recipe_scan_create(app->recipes.index, &app->recipes.scan, error);
    if (status != STATUS_OK)
        app_recipes_close(app);
    buffer_free(&path);
    return status;
}

struct set_files {
    const struct catalogue *catalogue;
    struct buffer *version;
};

static void add_set_file(const char *name, void *context)
{
    const struct set_files *files = context;
    struct buffer path = {0};
    struct stat file = {0};
    catalogue_sidecar(files->catalogue, "embeddings/", &path);
    buffer_printf(&path, "%s.safetensors", name);
    if (!path.failed && stat(path.data, &file) == 0)
        buffer_printf(files->version, " %s %llu %lld %lld.%09ld", name, (unsigned long long)file.st_ino,
                      (long long)file.st_size, (long long)file.st_mtim.tv_sec, file.st_mtim.tv_nsec);
    buffer_free(&path);
}

/* What the columns are made from: the catalogue's file and state, labels and predictions, feature sets. */
static enum status find_version(const struct app *app, struct catalogue *catalogue, struct buffer *version,
                                struct error *error)
{
    char columns[TRACK_COLUMNS_VERSION] = "";
    struct set_files files = {catalogue, version};
    enum status status = catalogue_track_columns_version(catalogue, columns, error);
    buffer_printf(version, "%llu %s", (unsigned long long)app->file.inode, columns);
    recipe_attributes_version(catalogue, version);
    if (status == STATUS_OK)
        status = feature_sets_list(catalogue, add_set_file, &files, error);
    return status == STATUS_OK && version->failed ? error_no_memory(error) : status;
}

/* With recipes_lock held: the tracks are in memory as the catalogue has them. */
static enum status open_index(struct app *app, struct error *error)
{
    struct catalogue *catalogue;
    char text[sizeof app->recipes.version];
    struct buffer version = {0};
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = find_version(app, catalogue, &version, error);
    snprintf(text, sizeof text, "%s", version.data ? version.data : "");
    buffer_free(&version);
    if (status == STATUS_OK && app->recipes.index && strcmp(text, app->recipes.version) != 0)
        app_recipes_close(app);
    if (status == STATUS_OK && !app->recipes.index) {
        memcpy(app->recipes.version, text, sizeof text);
        status = load_index(app, catalogue, error);
    }
    app_return(app, catalogue);
    return status;
}

enum status app_columns_lock(struct app *app, const struct recipe_index **index, struct error *error)
{
    pthread_mutex_lock(&app->recipes_lock);
    enum status status = open_index(app, error);
    *index = app->recipes.index;
    if (status != STATUS_OK)
        pthread_mutex_unlock(&app->recipes_lock);
    return status;
}

void app_columns_unlock(struct app *app)
{
    pthread_mutex_unlock(&app->recipes_lock);
}

enum status app_recipe_prepare(struct app *app, struct error *error)
{
    pthread_mutex_lock(&app->recipes_lock);
    enum status status = open_index(app, error);
    pthread_mutex_unlock(&app->recipes_lock);
    return status;
}

enum status app_recipe_make(struct app *app, const struct app_recipe_source *source, struct recipe *recipe,
                            struct error *error)
{
    struct track_list tracks;
    enum status status = app_tracks(app, source->ids, source->count, &tracks, error);
    if (status != STATUS_OK)
        return status;
    pthread_mutex_lock(&app->recipes_lock);
    status = open_index(app, error);
    if (status == STATUS_OK)
        status = recipe_make(app->recipes.index, &tracks, recipe, error);
    pthread_mutex_unlock(&app->recipes_lock);
    track_list_free(&tracks);
    if (status != STATUS_OK)
        return status;
    recipe_take_text(recipe->playlist_name, sizeof recipe->playlist_name, source->name);
    recipe_take_text(recipe->playlist_key, sizeof recipe->playlist_key, source->key);
    recipe_take_text(recipe->name, sizeof recipe->name, source->name);
    if (source->old)
        recipe_keep_locked(recipe, source->old);
    return STATUS_OK;
}

enum status app_recipe_make_from(struct app *app, const char *playlist, struct recipe *recipe, struct error *error)
{
    struct catalogue *catalogue;
    struct playlist_list list = {0};
    int64_t id, *ids = NULL;
    size_t count = 0;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = lookup_playlist(catalogue, playlist, &id, error);
    if (status == STATUS_OK)
        status = catalogue_playlist_read(catalogue, id, &list, error);
    if (status == STATUS_OK)
        status = catalogue_playlist_entries(catalogue, id, &ids, &count, error);
    app_return(app, catalogue);
    if (status == STATUS_OK && (count == 0 || list.count == 0))
        status = error_set(error, STATUS_BAD_DATA, "\"%s\" has no tracks, so there is nothing to make a recipe of",
                           playlist);
    if (status == STATUS_OK) {
        const struct app_recipe_source source = {ids, count, list.items[0].name, list.items[0].key, NULL};
        status = app_recipe_make(app, &source, recipe, error);
    }
    playlist_list_free(&list);
    free(ids);
    return status;
}

enum status app_recipe_playlist(struct app *app, const struct recipe *recipe, int64_t **ids, size_t *count,
                                struct error *error)
{
    struct catalogue *catalogue;
    int64_t id = 0;
    *ids = NULL;
    *count = 0;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    if (recipe->playlist_key[0])
        status = catalogue_playlist_find(catalogue, recipe->playlist_key, &id, error);
    if (status == STATUS_OK && id != 0)
        status = catalogue_playlist_entries(catalogue, id, ids, count, error);
    app_return(app, catalogue);
    return status;
}

/* ---- candidates ---- */

void app_recipe_answer_free(struct app_recipe_answer *answer)
{
    track_list_free(&answer->tracks);
    free(answer->years);
    free(answer->passes);
    *answer = (struct app_recipe_answer){0};
}

static struct app_recipe_year year_of(const struct recipe_index *index, int64_t track)
{
    if (track < 1 || track > index->n)
        return (struct app_recipe_year){0};
    const int32_t row = index->row_of[track - 1];
    return (struct app_recipe_year){index->years[row], index->earliest[row], index->editions[row], index->counts[row]};
}

static void note_missing(const struct recipe_index *index, const struct recipe *recipe,
                         bool missing[RECIPE_CONSTRAINTS_MAX])
{
    missing[RECIPE_GENRES] = index->by_genre.count == 0 || index->by_genre.starts[index->by_genre.count] == 0;
    missing[RECIPE_YEARS] = true;
    for (int64_t row = 0; row < index->n && missing[RECIPE_YEARS]; row++)
        missing[RECIPE_YEARS] = index->years[row] == 0;
    for (int i = 0; i < recipe->n_attributes; i++) {
        bool *none = &missing[RECIPE_FIRST_ATTRIBUTE + i];
        *none = true;
        for (int c = 0; c < index->n_columns; c++)
            *none = *none && strcmp(index->columns[c].name, recipe->attributes[i].name) != 0;
    }
}

/* More than are shown, because some may be of songs that are there already. */
static size_t candidates_read(const struct recipe *recipe)
{
    return 2 * (size_t)recipe->limit;
}

/* With recipes_lock held. */
static size_t scan(struct app *app, const struct app_recipe_query *query, struct app_recipe_answer *answer,
                   int64_t *best)
{
    const double begin = clock_seconds();
    recipe_scan_run(app->recipes.scan, query->recipe, query->excluded, query->n_excluded, &answer->counts);
    const size_t count = recipe_scan_best(app->recipes.scan, best, candidates_read(query->recipe));
    for (size_t i = 0; i < query->n_suggested; i++) {
        answer->passes[i] = recipe_scan_passes(app->recipes.scan, query->suggested[i]);
        answer->n_passes += answer->passes[i];
    }
    answer->milliseconds = 1000 * (clock_seconds() - begin);
    for (size_t i = 0; i < count; i++)
        answer->years[i] = year_of(app->recipes.index, best[i]);
    note_missing(app->recipes.index, query->recipe, answer->missing);
    answer->build_seconds = app->recipes.index->seconds;
    answer->index_bytes = app->recipes.index->bytes;
    return count;
}

/* Keeps the first `limit` candidates that are the first of their song, which no track of the playlist is of. */
static enum status keep_songs(struct app *app, const struct app_recipe_query *query, struct app_recipe_answer *answer,
                              struct error *error)
{
    struct song_set songs = {0};
    struct track_list playlist = {0};
    size_t kept = 0;
    enum status status = app_tracks(app, query->excluded, query->n_excluded, &playlist, error);
    if (status == STATUS_OK && !song_set_start(&songs, playlist.count + answer->tracks.count))
        status = error_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i < playlist.count; i++)
        song_set_add(&songs, &playlist.items[i]);
    for (size_t i = 0; status == STATUS_OK && i < answer->tracks.count && kept < (size_t)query->recipe->limit; i++) {
        if (!song_set_add(&songs, &answer->tracks.items[i])) {
            answer->repeats++;
            continue;
        }
        answer->years[kept] = answer->years[i];
        answer->tracks.items[kept++] = answer->tracks.items[i];
    }
    answer->tracks.count = kept;
    if (status == STATUS_OK && songs.scratch.failed)
        status = error_no_memory(error);
    track_list_free(&playlist);
    song_set_free(&songs);
    return status;
}

enum status app_recipe_apply(struct app *app, const struct app_recipe_query *query, struct app_recipe_answer *answer,
                             struct error *error)
{
    size_t count = 0;
    int64_t *best = malloc(candidates_read(query->recipe) * sizeof *best);
    *answer = (struct app_recipe_answer){0};
    answer->years = calloc(candidates_read(query->recipe), sizeof *answer->years);
    answer->passes = calloc(query->n_suggested + 1, sizeof *answer->passes);
    enum status status = best && answer->years && answer->passes ? STATUS_OK : error_no_memory(error);
    pthread_mutex_lock(&app->recipes_lock);
    if (status == STATUS_OK)
        status = open_index(app, error);
    if (status == STATUS_OK && query->cancel && atomic_load(query->cancel))
        status = error_set(error, STATUS_INTERRUPTED, "interrupted");
    if (status == STATUS_OK)
        count = scan(app, query, answer, best);
    pthread_mutex_unlock(&app->recipes_lock);
    if (status == STATUS_OK)
        status = app_tracks(app, best, count, &answer->tracks, error);
    if (status == STATUS_OK)
        status = keep_songs(app, query, answer, error);
    free(best);
    if (status != STATUS_OK)
        app_recipe_answer_free(answer);
    return status;
}

/* ---- years ---- */

void app_years_answer_free(struct app_years_answer *answer)
{
    track_list_free(&answer->tracks);
    free(answer->years);
    *answer = (struct app_years_answer){0};
}

static void examine(const struct recipe_index *index, int64_t row, const struct app_years_query *query,
                    struct app_years_answer *answer)
{
    const unsigned editions = index->editions[row];
    answer->n_tracks++;
    answer->unknown += index->years[row] == 0;
    for (unsigned bit = 0; bit < 8; bit++)
        answer->by_flag[bit] += editions >> bit & 1;
    answer->flagged += (editions & query->flags) != 0;
}

/* Those of a wrong decade first. */
static void collect(const struct recipe_index *index, int64_t row, bool decade, const struct app_years_query *query,
                    int64_t *found, size_t *count)
{
    const unsigned editions = index->editions[row];
    if (!(editions & query->flags) || decade != ((editions & EDITION_DECADE) != 0))
        return;
    if (*count < query->most)
        found[(*count)++] = index->track_of[row];
}

/* The tracks that the query names, as bits by row; all where it names none. NULL when memory ran out. */
static uint64_t *wanted_rows(const struct recipe_index *index, const struct app_years_query *query)
{
    uint64_t *wanted = malloc((index->words + 1) * sizeof *wanted);
    if (!wanted)
        return NULL;
    memset(wanted, query->ids ? 0 : 0xff, (index->words + 1) * sizeof *wanted);
    for (size_t i = 0; query->ids && i < query->count; i++)
        if (query->ids[i] >= 1 && query->ids[i] <= index->n) {
            const int32_t row = index->row_of[query->ids[i] - 1];
            wanted[row / 64] |= UINT64_C(1) << row % 64;
        }
    return wanted;
}

enum status app_recipe_years(struct app *app, const struct app_years_query *query, struct app_years_answer *answer,
                             struct error *error)
{
    size_t count = 0;
    int64_t *found = malloc((query->most + 1) * sizeof *found);
    *answer = (struct app_years_answer){.years = calloc(query->most + 1, sizeof *answer->years)};
    enum status status = found && answer->years ? STATUS_OK : error_no_memory(error);
    pthread_mutex_lock(&app->recipes_lock);
    if (status == STATUS_OK)
        status = open_index(app, error);
    uint64_t *wanted = status == STATUS_OK ? wanted_rows(app->recipes.index, query) : NULL;
    if (status == STATUS_OK && !wanted)
        status = error_no_memory(error);
    for (int64_t row = 0; status == STATUS_OK && row < app->recipes.index->n; row++)
        if (wanted[row / 64] >> row % 64 & 1)
            examine(app->recipes.index, row, query, answer);
    for (int pass = 0; status == STATUS_OK && pass < 2; pass++)
        for (int64_t row = 0; row < app->recipes.index->n; row++)
            if (wanted[row / 64] >> row % 64 & 1)
                collect(app->recipes.index, row, pass == 0, query, found, &count);
    for (size_t i = 0; i < count; i++)
        answer->years[i] = year_of(app->recipes.index, found[i]);
    pthread_mutex_unlock(&app->recipes_lock);
    free(wanted);
    if (status == STATUS_OK)
        status = app_tracks(app, found, count, &answer->tracks, error);
    free(found);
    if (status != STATUS_OK)
        app_years_answer_free(answer);
    return status;
}
