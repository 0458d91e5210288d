#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app_internal.h"
#include "app/lookup.h"

enum status app_cover(struct app *app, int64_t album_id, int edge, struct image *image, enum cover_origin *origin,
                      struct error *error)
{
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    struct album_list albums = {0};
    status = catalogue_albums_read(catalogue, &album_id, 1, &albums, error);
    if (status == STATUS_OK)
        status = cover_pixels(catalogue, &albums.items[0], edge, image, origin, error);
    album_list_free(&albums);
    app_return(app, catalogue);
    return status;
}

enum status app_album_find(struct app *app, const char *key, int64_t *id, struct error *error)
{
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = lookup_album(catalogue, key, id, error);
    app_return(app, catalogue);
    return status;
}

void app_warn_of_set(struct app *app, const char *set)
{
    struct catalogue *catalogue;
    if (app_borrow(app, &catalogue, NULL) != STATUS_OK)
        return;
    feature_set_warn(catalogue, set);
    app_return(app, catalogue);
}

static enum status open_set(struct catalogue *catalogue, const char *name, struct open_set *opened, struct error *error)
{
    struct feature_set *set = &opened->set;
    enum status status = feature_set_open(catalogue, name, set, error);
    if (status != STATUS_OK || !set->columns)
        return status;
    opened->statistics = malloc((size_t)set->width * sizeof *opened->statistics);
    if (opened->statistics) {
        feature_set_statistics(set, opened->statistics);
        return STATUS_OK;
    }
    feature_set_close(set);
    return error_no_memory(error);
}

enum status app_embedding_set(struct app *app, const char *name, const struct feature_set **set, struct error *error)
{
    const struct column_statistics *ignored;
    enum status status = app_feature_set(app, name, set, &ignored, error);
    if (status == STATUS_OK && (*set)->item != FEATURE_ALBUMS)
        status = error_set(error, STATUS_USAGE, "the feature set %s is of tracks, not of albums", name);
    return status;
}

enum status app_feature_set(struct app *app, const char *name, const struct feature_set **set,
                            const struct column_statistics **statistics, struct error *error)
{
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    pthread_mutex_lock(&app->sets_lock);
    struct app_file now = app_file_now(catalogue, "embeddings/", name, ".safetensors");
    int at = 0;
    while (at < app->n_sets && !(strcmp(app->sets[at].name, name) == 0 && app_file_same(app->sets[at].file, now)))
        at++;
    if (at == SETS_MAX)
        status = error_set(error, STATUS_FAILED, "%s: more than %d feature sets are open; start sleeve again", name,
                           SETS_MAX);
    if (status == STATUS_OK && at == app->n_sets) {
        struct open_set opened = {.name = strdup(name), .file = now};
        status = opened.name ? open_set(catalogue, name, &opened, error) : error_no_memory(error);
        if (status == STATUS_OK)
            app->sets[app->n_sets++] = opened;
        else
            free(opened.name);
    }
    if (status == STATUS_OK)
        *statistics = app->sets[at].statistics;
    if (status == STATUS_OK)
        *set = &app->sets[at].set; /* entries are only added, because another thread may use an earlier one */
    pthread_mutex_unlock(&app->sets_lock);
    app_return(app, catalogue);
    return status;
}

void app_covers_close(struct app *app)
{
    for (int i = 0; i < app->n_sets; i++) {
        feature_set_close(&app->sets[i].set);
        free(app->sets[i].statistics);
        free(app->sets[i].name);
    }
    app->n_sets = 0;
}

struct names {
    char **items;
    size_t count;
    bool failed;
};

static void add_name(const char *name, void *context)
{
    struct names *names = context;
    char **items = realloc(names->items, sizeof *items * (names->count + 2));
    char *copy = strdup(name);
    if (items)
        names->items = items;
    if (!items || !copy) {
        free(copy);
        names->failed = true;
        return;
    }
    items[names->count++] = copy;
    items[names->count] = NULL;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

enum status app_set_names(struct app *app, bool of_albums, char ***out, struct error *error)
{
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    struct names names = {.items = calloc(1, sizeof(char *))};
    if (!names.items)
        status = error_no_memory(error);
    else if (of_albums)
        status = feature_sets_list_of(catalogue, FEATURE_ALBUMS, add_name, &names, error);
    else
        status = feature_sets_list(catalogue, add_name, &names, error);
    app_return(app, catalogue);
    if (status == STATUS_OK && names.failed)
        status = error_no_memory(error);
    if (status != STATUS_OK) {
        app_names_free(names.items);
        return status;
    }
    qsort(names.items, names.count, sizeof *names.items, compare_names);
    *out = names.items;
    return STATUS_OK;
}

enum status app_embedding_sets(struct app *app, char ***out, struct error *error)
{
    return app_set_names(app, true, out, error);
}

enum status app_embedding_info(struct app *app, const char *name, struct app_set_info *info, struct error *error)
{
    const struct feature_set *set;
    enum status status = app_embedding_set(app, name, &set, error);
    if (status != STATUS_OK)
        return status;
    *info = (struct app_set_info){
        .n_rows = set->n_rows, .n_present = set->n_present, .width = set->width, .random_weights = set->random_weights};
    snprintf(info->extractor, sizeof info->extractor, "%s", set->extractor);
    return STATUS_OK;
}

void app_names_free(char **names)
{
    for (char **name = names; name && *name; name++)
        free(*name);
    free(names);
}

/* A set has no row for an album without a cover, nor for one whose cover is a single colour. */
static enum status explain_no_row(struct app *app, const char *set_name, int64_t album_id, struct error *error)
{
    struct catalogue *catalogue;
    struct buffer bytes = {0};
    bool found = false;
    if (app_borrow(app, &catalogue, NULL) != STATUS_OK)
        return STATUS_FAILED;
    catalogue_cover_read(catalogue, album_id, &bytes, &found, NULL);
    buffer_free(&bytes);
    app_return(app, catalogue);
    if (found)
        error_set(error, STATUS_FAILED,
                  "%s holds nothing of this album's cover: the cover is of one colour, or was added after the set was "
                  "made; then make it again with: sleeve embed %s",
                  set_name, set_name);
    return STATUS_FAILED;
}

enum status app_neighbours(struct app *app, const char *set_name, int64_t album_id, size_t k, struct album_list *albums,
                           float *distances, struct error *error)
{
    const struct feature_set *set;
    enum status status = app_embedding_set(app, set_name, &set, error);
    if (status != STATUS_OK)
        return status;
    struct neighbour *found = malloc(sizeof *found * (k + 1));
    int64_t *ids = malloc(sizeof *ids * (k + 1));
    size_t count = 0;
    status = found && ids ? feature_neighbours(set, album_id, k, found, &count, error) : error_no_memory(error);
    if (status == STATUS_FAILED && found && ids)
        status = explain_no_row(app, set_name, album_id, error);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        ids[i] = found[i].item;
        distances[i] = found[i].distance;
    }
    if (status == STATUS_OK && count == 0)
        *albums = (struct album_list){0};
    else if (status == STATUS_OK)
        status = app_albums(app, ids, count, albums, error);
    free(found);
    free(ids);
    return status;
}
