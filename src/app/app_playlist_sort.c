/* What playlists are sorted by: audio features, years, feature sets. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app_internal.h"
#include "app/playlist_sort.h"
#include "app/recipe_index.h"
#include "app/spaces.h"
#include "app/steer.h"
#include "models/smooth_path.h"

void playlist_sort_result_free(struct playlist_sort_result *result)
{
    free(result->order);
    *result = (struct playlist_sort_result){0};
}

/* By a column of all tracks, which predictions are in, too (app/recipe_attributes.h). */
static enum status read_column(struct app *app, const struct track_list *tracks, enum playlist_sort by, double *values,
                               struct error *error)
{
    const struct recipe_index *index;
    enum status status = app_columns_lock(app, &index, error);
    if (status != STATUS_OK)
        return status;
    const struct recipe_column *column = recipe_index_find(index, playlist_sort_name(by));
    for (size_t i = 0; i < tracks->count; i++) {
        const int64_t track = tracks->items[i].id;
        values[i] =
            column && track >= 1 && track <= index->n ? (double)column->values[index->row_of[track - 1]] : (double)NAN;
    }
    app_columns_unlock(app);
    return STATUS_OK;
}

static void read_years(const struct track_list *tracks, double *values)
{
    for (size_t i = 0; i < tracks->count; i++)
        values[i] = tracks->items[i].year > 0 ? (double)tracks->items[i].year : NAN;
}

static enum status choose_set(struct app *app, const char *wanted, char set[FEATURE_NAME_MAX + 1], struct error *error)
{
    char **names = NULL;
    enum status status = wanted ? STATUS_OK : app_spaces(app, &names, error);
    const char *chosen = wanted ? wanted : status == STATUS_OK ? names[0] : NULL;
    for (size_t i = 0; status == STATUS_OK && !wanted && names[i]; i++)
        if (strcmp(names[i], "audio") == 0)
            chosen = names[i];
    if (status == STATUS_OK && !chosen)
        status = error_set(error, STATUS_FAILED,
                           "there is no feature set to compare tracks by; make one with `sleeve embed audio`");
    if (status == STATUS_OK)
        snprintf(set, FEATURE_NAME_MAX + 1, "%s", chosen);
    app_names_free(names);
    return status;
}

/* *vectors [count x width]: directions, zeros for a track without one; malloc'ed. */
static enum status read_vectors(struct app *app, const char *set, const struct track_list *tracks, float **vectors,
                                size_t *width, struct error *error)
{
    struct catalogue *catalogue;
    struct space_source source;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = spaces_set(app->spaces, catalogue, set, &source, error);
    app_return(app, catalogue);
    if (status != STATUS_OK)
        return status;
    *width = source.width;
    *vectors = calloc(tracks->count * source.width + 1, sizeof **vectors);
    if (!*vectors)
        return error_no_memory(error);
    for (size_t i = 0; i < tracks->count; i++)
        source.direction(&source, tracks->items[i].id, tracks->items[i].album_id, *vectors + i * source.width);
    return STATUS_OK;
}

static bool is_known(const float *vector, size_t width)
{
    bool known = false;
    for (size_t i = 0; i < width; i++)
        known = known || vector[i] != 0;
    return known;
}

/* Minus the similarity to the first locked entry, otherwise the first. */
static void compare(const float *vectors, size_t count, size_t width, const bool *locked, double *values)
{
    size_t to = 0;
    while (locked && to < count && !locked[to])
        to++;
    to = to < count ? to : 0;
    for (size_t i = 0; i < count; i++)
        values[i] = i == to ? -2
                    : is_known(vectors + i * width, width)
                        ? -(double)rerank_product(vectors + i * width, vectors + to * width, width)
                        : (double)NAN;
}

static enum status sort_in_space(struct app *app, const struct track_list *tracks,
                                 const struct playlist_sort_settings *settings, struct playlist_sort_result *result,
                                 double *values, struct error *error)
{
    float *vectors = NULL;
    size_t width = 0, count = tracks->count;
    enum status status = choose_set(app, settings->set, result->set, error);
    if (status == STATUS_OK)
        status = read_vectors(app, result->set, tracks, &vectors, &width, error);
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        result->n_unknown += !is_known(vectors + i * width, width);
    if (status == STATUS_OK && settings->by == PLAYLIST_SORT_PATH) {
        status = smooth_path(vectors, count, width, settings->locked, result->order, error);
        if (status == STATUS_OK) {
            result->before = smooth_path_length(vectors, count, width, NULL);
            result->after = smooth_path_length(vectors, count, width, result->order);
        }
    } else if (status == STATUS_OK) {
        compare(vectors, count, width, settings->locked, values);
        status = playlist_sort_values(values, count, settings->locked, settings->descending, result->order, error);
    }
    free(vectors);
    return status;
}

enum status app_playlist_sort(struct app *app, const int64_t *ids, size_t count,
                              const struct playlist_sort_settings *settings, struct playlist_sort_result *result,
                              struct error *error)
{
    struct track_list tracks = {0};
    double *values = malloc((count + 1) * sizeof *values);
    *result = (struct playlist_sort_result){
        .order = malloc((count + 1) * sizeof *result->order), .before = NAN, .after = NAN};
    enum status status = values && result->order ? app_tracks(app, ids, count, &tracks, error) : error_no_memory(error);
    if (status == STATUS_OK && playlist_sort_has_space(settings->by)) {
        status = sort_in_space(app, &tracks, settings, result, values, error);
    } else if (status == STATUS_OK) {
        if (settings->by == PLAYLIST_SORT_YEAR)
            read_years(&tracks, values);
        else
            status = read_column(app, &tracks, settings->by, values, error);
        for (size_t i = 0; i < count && status == STATUS_OK; i++)
            result->n_unknown += isnan(values[i]) ? 1 : 0;
        if (status == STATUS_OK)
            status = playlist_sort_values(values, count, settings->locked, settings->descending, result->order, error);
    }
    if (status != STATUS_OK)
        playlist_sort_result_free(result);
    track_list_free(&tracks);
    free(values);
    return status;
}
