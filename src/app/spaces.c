#include "app/spaces.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "features/directions.h"

enum { OPEN_MAX = 64 };

struct file_identity {
    dev_t device;
    ino_t inode;
    off_t size;
};

struct open_space {
    char name[FEATURE_NAME_MAX + 1];
    struct file_identity file;
    struct feature_set set;
    struct directions directions;
};

struct spaces {
    pthread_mutex_t lock;
    struct open_space *items[OPEN_MAX]; /* only added, because another thread may use an earlier one */
    int count;
};

enum status spaces_create(struct spaces **spaces, struct error *error)
{
    *spaces = calloc(1, sizeof **spaces);
    if (!*spaces)
        return error_no_memory(error);
    pthread_mutex_init(&(*spaces)->lock, NULL);
    return STATUS_OK;
}

static void close_space(struct open_space *space)
{
    directions_free(&space->directions);
    feature_set_close(&space->set);
    free(space);
}

void spaces_destroy(struct spaces *spaces)
{
    if (!spaces)
        return;
    for (int i = 0; i < spaces->count; i++)
        close_space(spaces->items[i]);
    pthread_mutex_destroy(&spaces->lock);
    free(spaces);
}

/* Identifies the file: another one is written beside it and renamed. All 0 where there is none. */
static struct file_identity file_now(const struct catalogue *catalogue, const char *name)
{
    struct buffer relative = {0}, path = {0};
    struct stat file = {0};
    buffer_printf(&relative, "embeddings/%s.safetensors", name);
    if (!relative.failed)
        catalogue_sidecar(catalogue, relative.data, &path);
    if (relative.failed || path.failed || stat(path.data, &file) != 0)
        file = (struct stat){0};
    buffer_free(&relative);
    buffer_free(&path);
    return (struct file_identity){file.st_dev, file.st_ino, file.st_size};
}

static bool is_same(const struct file_identity *a, const struct file_identity *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size;
}

static enum status open_space(struct catalogue *catalogue, const char *name, struct open_space **out,
                              struct error *error)
{
    struct open_space *space = calloc(1, sizeof *space);
    if (!space)
        return error_no_memory(error);
    memcpy(space->name, name, strlen(name) + 1);
    space->file = file_now(catalogue, name);
    enum status status = feature_set_open(catalogue, name, &space->set, error);
    if (status == STATUS_OK)
        status = directions_make(&space->set, &space->directions, error);
    if (status == STATUS_OK)
        *out = space;
    else
        close_space(space);
    return status;
}

static void of_set(const struct space_source *source, int64_t track, int64_t album, float *vector)
{
    const struct directions *directions = source->owner;
    directions_of(directions, (directions->set->item == FEATURE_TRACKS ? track : album) - 1, vector);
}

enum status spaces_set(struct spaces *spaces, struct catalogue *catalogue, const char *name,
                       struct space_source *source, struct error *error)
{
    enum status status = STATUS_OK;
    if (!feature_set_name_is_usable(name))
        return error_set(error, STATUS_USAGE, "\"%.60s\" is not the name of a feature set; see: sleeve features", name);
    pthread_mutex_lock(&spaces->lock);
    struct file_identity now = file_now(catalogue, name);
    int at = 0;
    while (at < spaces->count &&
           !(strcmp(spaces->items[at]->name, name) == 0 && is_same(&spaces->items[at]->file, &now)))
        at++;
    if (at == OPEN_MAX)
        status = error_set(error, STATUS_FAILED, "%s: more than %d feature sets are open; start sleeve again", name,
                           OPEN_MAX);
    else if (at == spaces->count)
        status = open_space(catalogue, name, &spaces->items[at], error);
    if (status == STATUS_OK) {
        spaces->count += at == spaces->count;
        const struct directions *directions = &spaces->items[at]->directions;
        *source = (struct space_source){(size_t)directions->set->width, of_set, directions};
    }
    pthread_mutex_unlock(&spaces->lock);
    return status;
}

static void of_vectors(const struct space_source *source, int64_t track, int64_t album, float *vector)
{
    const struct track_vectors *vectors = source->owner;
    (void)album;
    memset(vector, 0, source->width * sizeof *vector);
    if (track < 1 || track > vectors->n_tracks)
        return;
    memcpy(vector, vectors->values + (track - 1) * vectors->stride, source->width * sizeof *vector);
    direction_normalise(vector, source->width);
}

struct space_source space_of_vectors(const struct track_vectors *vectors)
{
    return (struct space_source){(size_t)vectors->width, of_vectors, vectors};
}

/* ---- the directions of a list ---- */

static void add_to(float *sum, const float *vector, size_t width)
{
    for (size_t i = 0; i < width; i++)
        sum[i] += vector[i];
}

static bool belongs(const struct rerank_wish *wish, int64_t artist, int64_t album)
{
    return wish->id == (wish->item == STEERING_ARTIST ? artist : album);
}

/* seed_vectors [n_seeds x width] */
static void wish_direction(const struct rerank_list *list, const struct space_context *context, size_t w,
                           const float *items, const float *seed_vectors, size_t width, float *sum)
{
    const struct rerank_wish *wish = &list->wishes[w];
    for (size_t i = 0; i < list->count; i++)
        if (belongs(wish, list->artists[i], list->albums[i]))
            add_to(sum, items + i * width, width);
    for (size_t i = 0; i < context->n_seeds; i++)
        if (belongs(wish, context->seed_artists[i], context->seed_albums[i]))
            add_to(sum, seed_vectors + i * width, width);
    direction_normalise(sum, width);
}

enum status space_fill(const struct space_source *source, const char *name, const struct rerank_list *list,
                       const struct space_context *context, struct rerank_space *space, float **values,
                       struct error *error)
{
    size_t width = source->width, rows = list->count + 1 + list->n_wishes + context->n_seeds;
    float *items = malloc((rows * width + 1) * sizeof *items);
    *values = items;
    if (!items)
        return error_no_memory(error);
    memset(items + list->count * width, 0,
           (rows - list->count) * width * sizeof *items); /* sums; items are set whole */
    float *seeds = items + list->count * width, *wishes = seeds + width;
    float *seed_vectors = wishes + list->n_wishes * width;
    for (size_t i = 0; i < list->count; i++)
        source->direction(source, list->tracks[i], list->albums[i], items + i * width);
    for (size_t i = 0; i < context->n_seeds; i++) {
        source->direction(source, context->seeds[i], context->seed_albums[i], seed_vectors + i * width);
        add_to(seeds, seed_vectors + i * width, width);
    }
    direction_normalise(seeds, width);
    for (size_t w = 0; w < list->n_wishes; w++) {
        float *wish = wishes + w * width;
        if (list->wishes[w].item == STEERING_TRACK)
            source->direction(source, list->wishes[w].id, context->wish_albums[w], wish);
        else
            wish_direction(list, context, w, items, seed_vectors, width, wish);
    }
    *space = (struct rerank_space){name, width, items, seeds, wishes};
    return STATUS_OK;
}
