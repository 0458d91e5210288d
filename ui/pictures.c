#include "ui/pictures.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/hash.h"
#include "figure/scatter.h"
#include "ui/screen.h"

struct pictures {
    struct app *app;
    pthread_mutex_t lock; /* protects the members below */
    float *points;
    int *labels;
    int64_t n, selected;
    int n_labels;
    uint64_t version;
    uint32_t background;
};

enum status pictures_create(struct app *app, struct pictures **out, struct error *error)
{
    struct pictures *pictures = calloc(1, sizeof *pictures);
    if (!pictures)
        return error_no_memory(error);
    pictures->app = app;
    pthread_mutex_init(&pictures->lock, NULL);
    *out = pictures;
    return STATUS_OK;
}

void pictures_destroy(struct pictures *pictures)
{
    if (!pictures)
        return;
    free(pictures->points);
    free(pictures->labels);
    pthread_mutex_destroy(&pictures->lock);
    free(pictures);
}

static void *copy(const void *bytes, size_t size)
{
    void *fresh = malloc(size + 1);
    if (fresh && size > 0)
        memcpy(fresh, bytes, size);
    return fresh;
}

void pictures_set_map(struct pictures *pictures, const struct map_state *map, uint32_t background)
{
    if (!map->points || (map->version == pictures->version && background == pictures->background))
        return;
    float *points = copy(map->points, map->albums.count * 2 * sizeof *points);
    int *labels = copy(map->labels, map->albums.count * sizeof *labels);
    if (!points || !labels) {
        free(points);
        free(labels);
        return;
    }
    pthread_mutex_lock(&pictures->lock);
    free(pictures->points);
    free(pictures->labels);
    pictures->points = points;
    pictures->labels = labels;
    pictures->n = (int64_t)map->albums.count;
    pictures->n_labels = map->n_labels;
    pictures->selected = map->selected;
    pictures->version = map->version;
    pictures->background = background;
    pthread_mutex_unlock(&pictures->lock);
}

static uint32_t opposite(uint32_t colour)
{
    uint32_t brightness = (colour >> 16 & 0xff) * 3 + (colour >> 8 & 0xff) * 6 + (colour & 0xff);
    return brightness > 1275 ? 0x202020 : 0xf0f0f0;
}

static enum status draw_map(struct pictures *pictures, int width, int height, struct image *image, struct error *error)
{
    pthread_mutex_lock(&pictures->lock);
    struct scatter scatter = {
        .n = pictures->n,
        .n_labels = pictures->n_labels,
        .selected = pictures->selected,
        .background = pictures->background == SCREEN_NO_COLOUR ? 0x000000 : pictures->background,
    };
    scatter.foreground = opposite(scatter.background);
    float *points = copy(pictures->points, (size_t)scatter.n * 2 * sizeof *points);
    int *labels = copy(pictures->labels, (size_t)scatter.n * sizeof *labels);
    pthread_mutex_unlock(&pictures->lock);
    scatter.points = points;
    scatter.labels = labels;
    enum status status =
        points && labels ? scatter_draw(&scatter, width, height, 0, image, error) : error_no_memory(error);
    free(points);
    free(labels);
    return status;
}

static enum status draw_cover(struct pictures *pictures, int64_t album, int width, int height, struct image *image,
                              struct error *error)
{
    int edge = width > height ? width : height;
    enum cover_origin origin;
    struct image square = {0};
    enum status status = app_cover(pictures->app, album, edge, &square, &origin, error);
    if (status != STATUS_OK || (square.width == width && square.height == height)) {
        *image = square;
        return status;
    }
    status = image_resize(&square, width, height, FILTER_BICUBIC, image, error);
    image_free(&square);
    return status;
}

static enum status pixels(void *context, const struct image_reference *reference, int width, int height,
                          struct image *image, struct error *error)
{
    struct pictures *pictures = context;
    return reference->kind == IMAGE_MAP ? draw_map(pictures, width, height, image, error)
                                        : draw_cover(pictures, reference->id, width, height, image, error);
}

/* Album numbers are those of one catalogue. The file distinguishes catalogues of the same name; the counts distinguish
 * the states of one catalogue before and after an import or new covers. */
struct image_source pictures_source(struct pictures *pictures)
{
    const struct app_summary *summary = app_summary(pictures->app);
    const struct catalogue_counts *counts = &summary->counts;
    struct image_source source = {.pixels = pixels, .context = pictures};
    struct stat file = {0};
    stat(summary->path, &file);
    uint64_t numbers[] = {(uint64_t)file.st_dev,     (uint64_t)file.st_ino,    (uint64_t)counts->artists,
                          (uint64_t)counts->albums,  (uint64_t)counts->tracks, (uint64_t)counts->covers,
                          summary->generated_covers, summary->covers_version};
    struct hash hash;
    hash_begin(&hash);
    hash_add(&hash, summary->path, strlen(summary->path));
    hash_add(&hash, numbers, sizeof numbers);
    hash_end(hash, source.fingerprint);
    return source;
}
