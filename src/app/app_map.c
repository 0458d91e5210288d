#include <stdlib.h>
#include <string.h>

#include "app/app_internal.h"
#include "app/resumable_tsne.h"

/* Labels follow the artists in the list's order, which is by name. */
static enum status label_albums(struct app_map *map, struct error *error)
{
    map->labels = calloc(map->albums.count + 1, sizeof *map->labels);
    if (!map->labels)
        return error_no_memory(error);
    for (size_t i = 0; i < map->albums.count; i++) {
        const struct album *album = &map->albums.items[i];
        if (i == 0 || album->artist_id != map->albums.items[i - 1].artist_id) {
            char *name = strdup(album->artist);
            if (!name)
                return error_no_memory(error);
            map->label_names[map->n_labels++] = name;
        }
        map->labels[i] = map->n_labels - 1;
    }
    return STATUS_OK;
}

static enum status read_albums(struct app *app, int n_artists, struct app_map *map, struct error *error)
{
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_top_artist_albums(catalogue, n_artists, &map->albums, error);
    app_return(app, catalogue);
    return status;
}

/* The vectors of the map's albums, one row each. */
static enum status read_vectors(const struct app_map *map, const char *set_name, const struct feature_set *set,
                                float **out, struct error *error)
{
    size_t dim = (size_t)set->width;
    float *x = malloc(sizeof *x * dim * (map->albums.count + 1));
    enum status status = x ? STATUS_OK : error_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i < map->albums.count; i++) {
        int64_t album = map->albums.items[i].id;
        if (album < 1 || album > set->n_rows)
            status = error_set(error, STATUS_BAD_DATA,
                               "the feature set %s does not hold album \"%s\"; make it again with: sleeve embed %s",
                               set_name, map->albums.items[i].title, set_name);
        else
            memcpy(x + i * dim, set->values + (size_t)(album - 1) * dim, sizeof *x * dim);
    }
    if (status != STATUS_OK) {
        free(x);
        return status;
    }
    *out = x;
    return STATUS_OK;
}

static bool all_generated(const struct album_list *albums)
{
    for (size_t i = 0; i < albums->count; i++)
        if (albums->items[i].cover != COVER_GENERATED)
            return false;
    return true;
}

static enum status make_title(const struct app *app, const char *set_name, struct app_map *map, struct error *error)
{
    struct buffer title = {0};
    buffer_printf(&title, "%s: %s covers of the %d most frequent artists, %s", app->summary.name,
                  all_generated(&map->albums) ? "generated" : "album", map->n_labels, set_name);
    map->title = title.data;
    return title.failed ? error_no_memory(error) : STATUS_OK;
}

enum status app_map_open(struct app *app, const char *set_name, int n_artists, const struct tsne_settings *settings,
                         struct app_map **out, struct error *error)
{
    const int artists_max = (int)(sizeof(*out)->label_names / sizeof(*out)->label_names[0]);
    if (n_artists < 1 || n_artists > artists_max)
        return error_set(error, STATUS_USAGE, "a map shows 1 to %d artists, not %d", artists_max, n_artists);
    const struct feature_set *set;
    enum status status = app_embedding_set(app, set_name, &set, error);
    if (status != STATUS_OK)
        return status;
    struct app_map *map = calloc(1, sizeof *map);
    if (!map)
        return error_no_memory(error);
    map->dim = set->width;
    map->seed = settings->seed;
    float *x = NULL;
    map->set = strdup(set_name);
    status = map->set ? read_albums(app, n_artists, map, error) : error_no_memory(error);
    if (status == STATUS_OK)
        status = label_albums(map, error);
    if (status == STATUS_OK)
        status = make_title(app, set_name, map, error);
    if (status == STATUS_OK)
        status = read_vectors(map, set_name, set, &x, error);
    if (status == STATUS_OK)
        status =
            resumable_tsne_open(&app->device, (int64_t)map->albums.count, set->width, x, settings, &map->moving, error);
    if (status != STATUS_OK) {
        app_map_close(map);
        return status;
    }
    *out = map;
    return STATUS_OK;
}

void app_map_close(struct app_map *map)
{
    if (!map)
        return;
    resumable_tsne_close(map->moving);
    for (int i = 0; i < map->n_labels; i++)
        free(map->label_names[i]);
    free(map->labels);
    free(map->title);
    free(map->set);
    album_list_free(&map->albums);
    free(map);
}
