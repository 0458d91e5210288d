#include "app/twins.h"

#include <stdlib.h>

#include "app/app_internal.h"
#include "features/twins.h"

struct work {
    const struct feature_set *set;
    const int64_t *artists; /* [n_rows] */
    size_t k, count;
    struct twin *pairs; /* [k] */
    struct progress *progress;
};

static enum status search(void *context, struct compute *compute, struct error *error)
{
    struct work *work = context;
    return feature_twins(compute, work->set, work->artists, work->k, work->pairs, &work->count, work->progress, error);
}

/* The artists of the albums 1..n_rows, malloc'ed. */
static enum status read_artists(struct app *app, int64_t n_rows, int64_t **artists, struct error *error)
{
    struct catalogue *catalogue;
    struct album_list albums = {0};
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_albums_read(catalogue, NULL, 0, &albums, error);
    app_return(app, catalogue);
    *artists = status == STATUS_OK ? calloc((size_t)n_rows + 1, sizeof **artists) : NULL;
    if (status == STATUS_OK && !*artists)
        status = error_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i < albums.count; i++)
        if (albums.items[i].id <= n_rows)
            (*artists)[albums.items[i].id - 1] = albums.items[i].artist_id;
    album_list_free(&albums);
    return status;
}

static enum status take_pairs(struct app *app, const struct work *work, struct app_twins *twins, struct error *error)
{
    int64_t *ids = malloc(sizeof *ids * (2 * work->count + 1));
    twins->distances = malloc(sizeof *twins->distances * (work->count + 1));
    enum status status = ids && twins->distances ? STATUS_OK : error_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i < work->count; i++) {
        ids[2 * i] = work->pairs[i].a;
        ids[2 * i + 1] = work->pairs[i].b;
        twins->distances[i] = work->pairs[i].distance;
    }
    if (status == STATUS_OK && work->count > 0)
        status = app_albums(app, ids, 2 * work->count, &twins->albums, error);
    twins->count = work->count;
    free(ids);
    return status;
}

static enum status find_identical(struct app *app, const struct feature_set *set, struct app_twins *twins,
                                  struct error *error)
{
    int64_t *items;
    size_t count;
    enum status status = feature_set_identical(set, &items, &twins->identical_groups, &count, error);
    if (status != STATUS_OK)
        return status;
    if (count > 0)
        status = app_albums(app, items, count, &twins->identical, error);
    twins->n_groups = count > 0 ? (size_t)twins->identical_groups[count - 1] + 1 : 0;
    free(items);
    return status;
}

enum status app_twins(struct app *app, const char *set, size_t k, struct progress *progress, struct app_twins *twins,
                      struct error *error)
{
    *twins = (struct app_twins){0};
    struct work work = {.k = k, .progress = progress};
    struct device_use use = {.device = &app->device};
    int64_t *artists = NULL;
    enum status status = app_embedding_set(app, set, &work.set, error);
    if (status != STATUS_OK)
        return status;
    twins->random_weights = work.set->random_weights;
    status = read_artists(app, work.set->n_rows, &artists, error);
    work.artists = artists;
    work.pairs = malloc(sizeof *work.pairs * (k + 1));
    if (status == STATUS_OK && !work.pairs)
        status = error_no_memory(error);
    if (status == STATUS_OK)
        status = device_run(&use, &(struct device_work){search, &work}, error);
    device_close(&use);
    if (status == STATUS_OK)
        status = take_pairs(app, &work, twins, error);
    if (status == STATUS_OK)
        status = find_identical(app, work.set, twins, error);
    free(artists);
    free(work.pairs);
    if (status != STATUS_OK)
        app_twins_free(twins);
    return status;
}

void app_twins_free(struct app_twins *twins)
{
    album_list_free(&twins->albums);
    album_list_free(&twins->identical);
    free(twins->distances);
    free(twins->identical_groups);
    *twins = (struct app_twins){0};
}
