#include "ui/cover_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 1024, MEMORY_LIMIT = 64 << 20 };

/* The sizes that are kept. */
static const int edges[] = {96, 256};

struct kept_cover {
    int64_t album;
    struct image scaled;     /* the size of the last request: a map that is panned needs no other */
    struct image image;      /* without pixels: the cover cannot be read */
    struct kept_cover *next; /* in its bucket */
    struct kept_cover *newer, *older;
    int edge;
};

struct cover_cache {
    struct app *app;
    pthread_mutex_t lock;
    struct kept_cover *buckets[BUCKETS];
    struct kept_cover *newest, *oldest;
    size_t bytes;
};

enum status cover_cache_create(struct app *app, struct cover_cache **out, struct error *error)
{
    struct cover_cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        return error_no_memory(error);
    cache->app = app;
    pthread_mutex_init(&cache->lock, NULL);
    *out = cache;
    return STATUS_OK;
}

static size_t size_of(const struct kept_cover *cover)
{
    return sizeof *cover +
           2 * 3 * (size_t)cover->image.width * (size_t)cover->image.height; /* scaled ones are smaller */
}

static void list_take(struct cover_cache *cache, struct kept_cover *cover)
{
    *(cover->newer ? &cover->newer->older : &cache->newest) = cover->older;
    *(cover->older ? &cover->older->newer : &cache->oldest) = cover->newer;
    cover->newer = cover->older = NULL;
}

static void list_put(struct cover_cache *cache, struct kept_cover *cover)
{
    cover->older = cache->newest;
    *(cache->newest ? &cache->newest->newer : &cache->oldest) = cover;
    cache->newest = cover;
}

static struct kept_cover **bucket_of(struct cover_cache *cache, int64_t album)
{
    return &cache->buckets[(uint64_t)album % BUCKETS];
}

static void drop(struct cover_cache *cache, struct kept_cover *cover)
{
    struct kept_cover **at = bucket_of(cache, cover->album);
    while (*at != cover)
        at = &(*at)->next;
    *at = cover->next;
    list_take(cache, cover);
    cache->bytes -= size_of(cover);
    image_free(&cover->scaled);
    image_free(&cover->image);
    free(cover);
}

void cover_cache_destroy(struct cover_cache *cache)
{
    if (!cache)
        return;
    while (cache->oldest)
        drop(cache, cache->oldest);
    pthread_mutex_destroy(&cache->lock);
    free(cache);
}

static struct kept_cover *find(struct cover_cache *cache, int64_t album, int edge)
{
    struct kept_cover *cover = *bucket_of(cache, album);
    while (cover && (cover->album != album || cover->edge != edge))
        cover = cover->next;
    return cover;
}

/* Another thread may have added the same one meanwhile. */
static void keep(struct cover_cache *cache, struct kept_cover *cover)
{
    if (find(cache, cover->album, cover->edge)) {
        image_free(&cover->image);
        free(cover);
        return;
    }
    struct kept_cover **bucket = bucket_of(cache, cover->album);
    cover->next = *bucket;
    *bucket = cover;
    list_put(cache, cover);
    cache->bytes += size_of(cover);
    while (cache->bytes > MEMORY_LIMIT && cache->oldest != cover)
        drop(cache, cache->oldest);
}

static struct kept_cover *load(struct cover_cache *cache, int64_t album, int edge)
{
    struct kept_cover *cover = calloc(1, sizeof *cover);
    enum cover_origin origin;
    struct error ignored;
    if (!cover)
        return NULL;
    cover->album = album;
    cover->edge = edge;
    if (app_cover(cache->app, album, edge, &cover->image, &origin, &ignored) != STATUS_OK)
        cover->image = (struct image){0};
    return cover;
}

/* Scales a kept cover; the lock is held. */
static bool scale(struct kept_cover *cover, int edge, struct image *image)
{
    struct error ignored;
    if (cover->scaled.width != edge) {
        image_free(&cover->scaled);
        if (!cover->image.rgb ||
            image_resize(&cover->image, edge, edge, FILTER_BOX, &cover->scaled, &ignored) != STATUS_OK)
            return false;
    }
    if (image_create(edge, edge, image, &ignored) != STATUS_OK)
        return false;
    memcpy(image->rgb, cover->scaled.rgb, 3 * (size_t)edge * (size_t)edge);
    return true;
}

bool cover_cache_get(struct cover_cache *cache, int64_t album, int edge, bool may_load, struct image *image,
                     bool *missing)
{
    int kept_edge = edges[edge > edges[0]];
    *image = (struct image){0};
    pthread_mutex_lock(&cache->lock);
    struct kept_cover *cover = find(cache, album, kept_edge);
    *missing = !cover;
    if (!cover && may_load) {
        pthread_mutex_unlock(&cache->lock);
        struct kept_cover *fresh = load(cache, album, kept_edge);
        pthread_mutex_lock(&cache->lock);
        if (fresh)
            keep(cache, fresh);
        cover = find(cache, album, kept_edge);
    }
    bool found = cover && scale(cover, edge, image);
    if (cover) {
        list_take(cache, cover);
        list_put(cache, cover);
    }
    pthread_mutex_unlock(&cache->lock);
    return found;
}
