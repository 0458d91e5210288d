#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app_internal.h"
#include "app/space_internal.h"

/* One feature set of the tracks of some playlists, or the vectors of a model. Only their rows are whitened, so the cost
 * does not depend on the catalogue. */

/* ---- the vectors of a model ---- */

static const char MODEL[] = "model:";

struct model_rows {
    const char *name;
    float *values; /* [n_rows x width] */
    bool *present; /* [n_rows] in a training playlist */
    struct feature_set set;
};

static void free_rows(struct model_rows *rows)
{
    free(rows->values);
    free(rows->present);
    rows->values = NULL;
    rows->present = NULL;
}

static enum status copy_vectors(struct app *app, void *context, struct error *error)
{
    struct model_rows *rows = context;
    struct recommender *recommender = NULL;
    struct track_vectors vectors = {0};
    free_rows(rows);
    enum status status = app_model_open(app, rows->name, &recommender, error);
    if (status == STATUS_OK)
        status = recommender_track_vectors(recommender, &vectors, error);
    if (status != STATUS_OK)
        return status;
    rows->values = calloc((size_t)vectors.n_tracks + 1, (size_t)vectors.width * sizeof *rows->values);
    rows->present = calloc((size_t)vectors.n_tracks + 1, sizeof *rows->present);
    if (!rows->values || !rows->present)
        return error_no_memory(error);
    for (int64_t t = 0; t < vectors.n_tracks; t++)
        if (vectors.playlists[t] > 0) {
            memcpy(rows->values + t * vectors.width, vectors.values + t * vectors.stride,
                   (size_t)vectors.width * sizeof *rows->values);
            rows->present[t] = true;
            rows->set.n_present++;
        }
    rows->set.item = FEATURE_TRACKS;
    rows->set.n_rows = vectors.n_tracks;
    rows->set.width = (int)vectors.width;
    rows->set.values = rows->values;
    rows->set.present = rows->present;
    return STATUS_OK;
}

/* A track of no training playlist has no row. */
static enum status read_model(struct app *app, struct model_rows *rows, struct error *error)
{
    pthread_mutex_lock(&app->models_lock);
    const enum status status = app_models_do(app, copy_vectors, rows, error);
    pthread_mutex_unlock(&app->models_lock);
    return status;
}

/* ---- chosen columns and rows ---- */

struct choice {
    const struct feature_set *set;
    int *columns; /* [width] of the set */
    int width;
    float *values;    /* [n_rows x width] of the rows that entries have */
    int32_t *rows;    /* [entries] -1: none */
    int32_t *entries; /* [entries] 0, 1, 2, ... */
    int64_t n_rows;
};

static enum status choose_columns(struct choice *choice, const struct space_settings *settings, bool some,
                                  struct error *error)
{
    const struct feature_set *set = choice->set;
    choice->columns = malloc((size_t)set->width * sizeof *choice->columns);
    if (!choice->columns)
        return error_no_memory(error);
    for (int c = 0; c < set->width && !some; c++)
        choice->columns[choice->width++] = c;
    for (size_t i = 0; i < settings->n_columns && some; i++) {
        int c = 0;
        while (set->columns && c < set->width && strcmp(set->columns[c], settings->columns[i]) != 0)
            c++;
        if (!set->columns || c == set->width)
            return error_set(error, STATUS_USAGE, "the feature set %s has no column \"%s\"", settings->sets[0],
                             settings->columns[i]);
        for (int before = 0; before < choice->width; before++)
            if (choice->columns[before] == c)
                return error_set(error, STATUS_USAGE, "the column \"%s\" is named twice", settings->columns[i]);
        choice->columns[choice->width++] = c;
    }
    return STATUS_OK;
}

/* The row of a track in the set, or -1. `albums` are those of the tracks. */
static int64_t row_of(const struct feature_set *set, const int64_t *albums, int32_t track)
{
    int64_t row = set->item == FEATURE_ALBUMS ? albums[track] - 1 : track;
    return row >= 0 && row < set->n_rows && feature_set_has(set, row) ? row : -1;
}

static void copy_row(struct choice *choice, int64_t row)
{
    for (int c = 0; c < choice->width; c++)
        choice->values[choice->n_rows * choice->width + c] =
            choice->set->values[row * choice->set->width + choice->columns[c]];
    choice->n_rows++;
}

static enum status copy_rows(struct choice *choice, const struct app_space *space, const int64_t *albums,
                             struct error *error)
{
    const int64_t n = space->starts[space->n_playlists];
    int32_t *copies = calloc((size_t)choice->set->n_rows + 1, sizeof *copies); /* the copy of a row, + 1 */
    choice->values = malloc(((size_t)n * (size_t)choice->width + 1) * sizeof *choice->values);
    choice->rows = malloc(((size_t)n + 1) * sizeof *choice->rows);
    choice->entries = malloc(((size_t)n + 1) * sizeof *choice->entries);
    bool enough = copies && choice->values && choice->rows && choice->entries;
    for (int64_t e = 0; e < n && enough; e++) {
        int64_t row = row_of(choice->set, albums, space->entries[e]);
        if (row >= 0 && copies[row] == 0) {
            copies[row] = (int32_t)choice->n_rows + 1;
            copy_row(choice, row);
        }
        choice->rows[e] = row < 0 ? -1 : copies[row] - 1;
        choice->entries[e] = (int32_t)e;
    }
    free(copies);
    return enough ? STATUS_OK : error_no_memory(error);
}

static enum status check_playlists(const struct choice *choice, const struct app_space *space, const char *set,
                                   bool leave_out, struct error *error)
{
    for (size_t k = 0; k < space->n_playlists; k++) {
        int64_t count = 0;
        for (int64_t e = space->starts[k]; e < space->starts[k + 1]; e++)
            count += choice->rows[e] >= 0;
        if (count < 1 + leave_out)
            return error_set(error, STATUS_USAGE, "%s of the playlist \"%.200s\" in %s; leave the playlist out",
                             leave_out ? "there are fewer than two tracks" : "there is no track",
                             space->playlists[k].name, set);
    }
    return STATUS_OK;
}

static enum status measure_choice(const struct choice *choice, const struct space_settings *settings,
                                  struct app_space *space, int side, struct pool *pool, struct error *error)
{
    bool *present = malloc((size_t)choice->n_rows + 1);
    if (!present)
        return error_no_memory(error);
    memset(present, true, (size_t)choice->n_rows);
    const struct feature_set chosen = {.item = choice->set->item,
                                       .n_rows = choice->n_rows,
                                       .width = choice->width,
                                       .values = choice->values,
                                       .present = present,
                                       .n_present = choice->n_rows};
    const struct whitening_groups groups = {(int64_t)space->n_playlists, space->starts, choice->entries, choice->rows};
    enum status status = feature_space_measure(&space->sides[side].space, &chosen, &groups, settings->ridge,
                                               settings->leave_out, pool, error);
    free(present);
    return status;
}

enum status space_side_measure(struct app *app, struct catalogue *catalogue, const struct space_settings *settings,
                               struct app_space *space, int side, struct pool *pool, struct error *error)
{
    const char *name = settings->sets[side];
    const struct column_statistics *ignored;
    const bool of_model = strncmp(name, MODEL, sizeof MODEL - 1) == 0;
    struct model_rows rows = {.name = of_model ? name + sizeof MODEL - 1 : NULL};
    struct choice choice = {.set = &rows.set};
    int64_t n_tracks, *artists = NULL, *albums = NULL;
    snprintf(space->sides[side].set, sizeof space->sides[side].set, "%s", name);
    enum status status =
        of_model ? read_model(app, &rows, error) : app_feature_set(app, name, &choice.set, &ignored, error);
    if (status == STATUS_OK)
        status = choose_columns(&choice, settings, side == 0 && settings->n_columns > 0, error);
    if (status == STATUS_OK && choice.set->item == FEATURE_ALBUMS)
        status = catalogue_track_makers(catalogue, &n_tracks, &artists, &albums, error);
    if (status == STATUS_OK)
        status = copy_rows(&choice, space, albums, error);
    if (status == STATUS_OK)
        status = check_playlists(&choice, space, name, settings->leave_out, error);
    if (status == STATUS_OK)
        status = measure_choice(&choice, settings, space, side, pool, error);
    free_rows(&rows);
    free(artists);
    free(albums);
    free(choice.columns);
    free(choice.values);
    free(choice.rows);
    free(choice.entries);
    return status;
}
