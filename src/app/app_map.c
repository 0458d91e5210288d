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

/* Names the panels; "A,B" are two. */
static enum status name_panels(struct app_map *map, const char *sets, struct error *error)
{
    while (true) {
        size_t size = strcspn(sets, ",");
        if (map->n_panels == MAP_PANELS_MAX)
            return error_set(error, STATUS_USAGE, "a map shows one embedding set or two, separated by a comma");
        char *name = strndup(sets, size);
        if (!name)
            return error_no_memory(error);
        map->panels[map->n_panels++].set = name;
        if (!sets[size])
            break;
        sets += size + 1;
    }
    if (map->n_panels == 2 && strcmp(map->panels[0].set, map->panels[1].set) == 0)
        return error_set(error, STATUS_USAGE, "both embedding sets are %s; name two different ones",
                         map->panels[0].set);
    return STATUS_OK;
}

static enum status open_sets(struct app *app, struct app_map *map, const struct feature_set *sets[MAP_PANELS_MAX],
                             struct error *error)
{
    for (int p = 0; p < map->n_panels; p++) {
        enum status status = app_embedding_set(app, map->panels[p].set, &sets[p], error);
        if (status != STATUS_OK)
            return status;
        map->panels[p].dim = sets[p]->width;
        map->panels[p].random_weights = sets[p]->random_weights;
    }
    return STATUS_OK;
}

static bool has_rows(const struct app_map *map, const struct feature_set *const sets[MAP_PANELS_MAX], int64_t album)
{
    for (int p = 0; p < map->n_panels; p++)
        if (album < 1 || album > sets[p]->n_rows || !feature_set_has(sets[p], album - 1))
            return false;
    return true;
}

/* Albums without a row in one of the sets are left out. */
static void keep_albums_with_rows(struct app_map *map, const struct feature_set *const sets[MAP_PANELS_MAX])
{
    size_t kept = 0;
    for (size_t i = 0; i < map->albums.count; i++)
        if (has_rows(map, sets, map->albums.items[i].id)) {
            struct album album = map->albums.items[i]; /* its texts belong to the list's memory */
            map->albums.items[kept++] = album;
        }
    map->albums.count = kept;
}

/* The vectors of the map's albums, one row each. */
static enum status read_vectors(const struct app_map *map, const struct feature_set *set, float **out,
                                struct error *error)
{
    size_t dim = (size_t)set->width;
    float *x = malloc(sizeof *x * dim * (map->albums.count + 1));
    if (!x)
        return error_no_memory(error);
    for (size_t i = 0; i < map->albums.count; i++)
        memcpy(x + i * dim, set->values + (size_t)(map->albums.items[i].id - 1) * dim, sizeof *x * dim);
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

static enum status make_title(const struct app *app, struct app_map *map, struct error *error)
{
    struct buffer title = {0};
    buffer_printf(&title, "%s: %s covers of the %d most frequent artists, ", app->summary.name,
                  all_generated(&map->albums) ? "generated" : "album", map->n_labels);
    for (int p = 0; p < map->n_panels; p++)
        buffer_printf(&title, "%s%s%s", p > 0 ? " and " : "", map->panels[p].set,
                      map->panels[p].random_weights ? " (random weights)" : "");
    map->title = title.data;
    return title.failed ? error_no_memory(error) : STATUS_OK;
}

/* The measures of the vectors, and the t-SNE. */
static enum status open_panel(struct app *app, const struct app_map *map, const struct feature_set *set,
                              const struct tsne_settings *settings, struct app_map_panel *panel, struct error *error)
{
    const int64_t n = (int64_t)map->albums.count;
    float *x = NULL;
    enum status status = read_vectors(map, set, &x, error);
    if (status != STATUS_OK)
        return status;
    status = map_measure(n, set->width, x, map->labels, map->n_labels, &panel->space, error);
    if (status == STATUS_OK)
        return resumable_tsne_open(&app->device, n, set->width, x, settings, &panel->moving, error);
    free(x);
    return status;
}

static enum status open_map(struct app *app, const char *names, int n_artists, const struct tsne_settings *settings,
                            struct app_map *map, struct error *error)
{
    const struct feature_set *sets[MAP_PANELS_MAX];
    enum status status = name_panels(map, names, error);
    if (status == STATUS_OK)
        status = open_sets(app, map, sets, error);
    if (status == STATUS_OK)
        status = read_albums(app, n_artists, map, error);
    if (status != STATUS_OK)
        return status;
    const size_t albums = map->albums.count;
    keep_albums_with_rows(map, sets);
    if (albums > 0 && map->albums.count == 0)
        return error_set(error, STATUS_FAILED,
                         "no album of the most frequent artists has a row in %s: add covers with `sleeve covers add`, "
                         "then `sleeve embed %s`",
                         names, map->panels[0].set);
    status = label_albums(map, error);
    if (status == STATUS_OK)
        status = make_title(app, map, error);
    for (int p = 0; status == STATUS_OK && p < map->n_panels; p++)
        status = open_panel(app, map, sets[p], settings, &map->panels[p], error);
    return status;
}

enum status app_map_open(struct app *app, const char *sets, int n_artists, const struct tsne_settings *settings,
                         struct app_map **out, struct error *error)
{
    const int artists_max = (int)(sizeof(*out)->label_names / sizeof(*out)->label_names[0]);
    if (n_artists < 1 || n_artists > artists_max)
        return error_set(error, STATUS_USAGE, "a map shows 1 to %d artists, not %d", artists_max, n_artists);
    struct app_map *map = calloc(1, sizeof *map);
    if (!map)
        return error_no_memory(error);
    map->seed = settings->seed;
    enum status status = open_map(app, sets, n_artists, settings, map, error);
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
    for (int p = 0; p < map->n_panels; p++) {
        resumable_tsne_close(map->panels[p].moving);
        free(map->panels[p].set);
    }
    for (int i = 0; i < map->n_labels; i++)
        free(map->label_names[i]);
    free(map->labels);
    free(map->title);
    album_list_free(&map->albums);
    free(map);
}

enum status app_map_measure(const struct app_map *map, const float *points, struct map_measures *measures,
                            struct error *error)
{
    return map_measure((int64_t)map->albums.count, 2, points, map->labels, map->n_labels, measures, error);
}
