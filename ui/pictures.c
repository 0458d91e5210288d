#include "ui/pictures.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/clock.h"
#include "core/hash.h"
#include "draw/plot.h"
#include "figure/scatter.h"
#include "figure/spectrogram_figure.h"
#include "ui/cover_cache.h"
#include "ui/views/compare/plot_picture.h"
#include "ui/views/gallery/sheet_picture.h"
#include "ui/views/map/map_points.h"
#include "ui/views/sound/sound_picture_shown.h"

/* While covers are read for the first time, a picture of the map is shown after this many seconds with those that are
 * there, at least one of them new, and the next one has more. */
static const double reading_seconds = 0.08;

/* What the map shows; arrays are owned. */
struct map_shown {
    float *points;
    int *labels;
    struct map_cover {
        int64_t album;
        uint32_t colour; /* shown until the cover has been read; COVER_NO_COLOUR: unknown */
    } * items;
    struct scatter scatter; /* its arrays are those above */
    bool covers;
    int edge_min;      /* of covers; 0: no limit */
    int width, height; /* pixels of the terminal that the picture fills */
};

struct pictures {
    struct app *app;
    struct cover_cache *covers;
    pthread_mutex_t lock; /* protects the members below */
    struct map_picture {
        struct map_shown map;
        uint64_t map_version; /* of the state that was copied */
        bool incomplete;      /* the last picture lacks covers that have not been read */
        uint64_t version;
    } maps[MAP_PANELS_MAX];
    struct {
        struct sheet_shown shown;
        bool incomplete;
        uint64_t version;
    } sheet;
    struct {
        struct plot_shown shown;
        uint64_t version;
    } plots[IMAGE_MAP_PLOTS];
    struct {
        struct sound_shown shown;
        uint64_t version;
    } sound;
};

enum status pictures_create(struct app *app, struct pictures **out, struct error *error)
{
    struct pictures *pictures = calloc(1, sizeof *pictures);
    if (!pictures)
        return error_no_memory(error);
    pictures->app = app;
    pthread_mutex_init(&pictures->lock, NULL);
    enum status status = cover_cache_create(app, &pictures->covers, error);
    if (status == STATUS_OK)
        *out = pictures;
    else
        pictures_destroy(pictures);
    return status;
}

static void free_map(struct map_shown *map)
{
    free(map->points);
    free(map->labels);
    free(map->items);
    *map = (struct map_shown){0};
}

void pictures_destroy(struct pictures *pictures)
{
    if (!pictures)
        return;
    for (int panel = 0; panel < MAP_PANELS_MAX; panel++)
        free_map(&pictures->maps[panel].map);
    sheet_shown_free(&pictures->sheet.shown);
    sound_shown_free(&pictures->sound.shown);
    cover_cache_destroy(pictures->covers);
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

/* False when memory ran out; then nothing is to be freed. */
static bool copy_map(const struct map_shown *from, struct map_shown *map)
{
    size_t n = (size_t)from->scatter.n;
    *map = *from;
    map->points = copy(from->points, n * 2 * sizeof *map->points);
    map->labels = copy(from->labels, n * sizeof *map->labels);
    map->items = copy(from->items, n * sizeof *map->items);
    map->scatter.points = map->points;
    map->scatter.labels = map->labels;
    if (map->points && map->labels && map->items)
        return true;
    free_map(map);
    return false;
}

static uint32_t opposite(uint32_t colour)
{
    uint32_t brightness = (colour >> 16 & 0xff) * 3 + (colour >> 8 & 0xff) * 6 + (colour & 0xff);
    return brightness > 1275 ? 0x202020 : 0xf0f0f0;
}

static int panel_of(const struct image_reference *reference)
{
    return reference->id == 2;
}

/* Copies what the state shows. */
static bool take_map(const struct state *state, const struct image_rect *rect, struct map_shown *map)
{
    const struct map_state *from = map_of(state);
    const int panel = panel_of(&rect->reference);
    size_t n = from->albums.count;
    struct map_cover *items = malloc((n + 1) * sizeof *items);
    if (!items)
        return false;
    for (size_t i = 0; i < n; i++)
        items[i] = (struct map_cover){from->albums.items[i].id, from->albums.items[i].cover_colour};
    struct map_shown shown = {
        .points = from->panels[panel].points,
        .labels = from->labels,
        .items = items,
        .scatter = map_scatter(state, panel),
        .covers = map_look(state) == MAP_COVERS,
        .edge_min = map_cover_edge_min(state),
        .width = rect->columns * state->cell_width,
        .height = rect->rows * state->cell_height,
    };
    shown.scatter.foreground = opposite(shown.scatter.background);
    bool copied = copy_map(&shown, map);
    free(items);
    return copied;
}

static bool is_shown(const struct map_picture *picture, const struct state *state, const struct image_rect *rect)
{
    const struct map_shown *map = &picture->map;
    return map_of(state)->version == picture->map_version && map->points &&
           map->covers == (map_look(state) == MAP_COVERS) && map->width == rect->columns * state->cell_width &&
           map->height == rect->rows * state->cell_height &&
           map->scatter.background == map_scatter(state, panel_of(&rect->reference)).background;
}

static uint64_t set_sheet(struct pictures *pictures, const struct state *state, const struct image_rect *rect)
{
    struct sheet_shown shown;
    bool changed = !sheet_shown_is(&pictures->sheet.shown, state, rect) && sheet_shown_take(state, rect, &shown);
    pthread_mutex_lock(&pictures->lock);
    if (changed) {
        sheet_shown_free(&pictures->sheet.shown);
        pictures->sheet.shown = shown;
    }
    if (changed || pictures->sheet.incomplete)
        pictures->sheet.version++;
    pictures->sheet.incomplete = false;
    uint64_t version = pictures->sheet.version;
    pthread_mutex_unlock(&pictures->lock);
    return version;
}

static bool is_plot(const struct image_reference *reference)
{
    return reference->id >= IMAGE_MAP_PLOT && reference->id < IMAGE_MAP_PLOT + IMAGE_MAP_PLOTS;
}

static uint64_t set_plot(struct pictures *pictures, const struct state *state, const struct image_rect *rect)
{
    const int panel = (int)(rect->reference.id - IMAGE_MAP_PLOT);
    struct plot_shown shown;
    bool changed =
        !plot_shown_is(&pictures->plots[panel].shown, state, rect) && plot_shown_take(state, panel, rect, &shown);
    pthread_mutex_lock(&pictures->lock);
    if (changed) {
        pictures->plots[panel].shown = shown;
        pictures->plots[panel].version++;
    }
    uint64_t version = pictures->plots[panel].version;
    pthread_mutex_unlock(&pictures->lock);
    return version;
}

static uint64_t set_sound(struct pictures *pictures, const struct state *state, const struct image_rect *rect)
{
    struct sound_shown shown;
    const bool changed = !sound_shown_is(&pictures->sound.shown, state, rect) && sound_shown_take(state, rect, &shown);
    pthread_mutex_lock(&pictures->lock);
    if (changed) {
        sound_shown_free(&pictures->sound.shown);
        pictures->sound.shown = shown;
        pictures->sound.version++;
    }
    const uint64_t version = pictures->sound.version;
    pthread_mutex_unlock(&pictures->lock);
    return version;
}

uint64_t pictures_set_map(struct pictures *pictures, const struct state *state, const struct image_rect *rect)
{
    if (rect->reference.id == IMAGE_MAP_SHEET)
        return set_sheet(pictures, state, rect);
    if (rect->reference.id == IMAGE_MAP_SOUND)
        return set_sound(pictures, state, rect);
    if (is_plot(&rect->reference))
        return set_plot(pictures, state, rect);
    struct map_shown map = {0};
    const int panel = panel_of(&rect->reference);
    struct map_picture *picture = &pictures->maps[panel];
    bool changed =
        map_of(state)->panels[panel].points && !is_shown(picture, state, rect) && take_map(state, rect, &map);
    pthread_mutex_lock(&pictures->lock);
    if (changed) {
        free_map(&picture->map);
        picture->map = map;
        picture->map_version = map_of(state)->version;
    }
    if (changed || picture->incomplete)
        picture->version++;
    picture->incomplete = false;
    uint64_t version = picture->version;
    pthread_mutex_unlock(&pictures->lock);
    return version;
}

/* One picture of the map that is being drawn. */
struct map_drawing {
    struct pictures *pictures;
    struct map_shown map;
    double deadline;
    bool incomplete;
    bool progressed; /* a cover was read */
};

static bool cover_of_point(void *context, int64_t point, int edge, struct image *image)
{
    struct map_drawing *drawing = context;
    const struct map_cover *item = &drawing->map.items[point];
    bool may_load = !drawing->progressed || clock_seconds() < drawing->deadline, missing;
    bool found = cover_cache_get(drawing->pictures->covers, item->album, edge, may_load, image, &missing);
    drawing->progressed = drawing->progressed || (missing && may_load);
    drawing->incomplete = drawing->incomplete || (missing && !may_load);
    if (found)
        return true;
    struct error ignored;
    if (item->colour == COVER_NO_COLOUR || image_create(edge, edge, image, &ignored) != STATUS_OK)
        return false;
    plot_fill(image, item->colour);
    return true;
}

static enum status draw_points(struct map_drawing *drawing, struct image *image, struct error *error)
{
    const struct map_shown *map = &drawing->map;
    if (!map->covers)
        return scatter_draw(&map->scatter, map->width, map->height, 0, image, error);
    const struct scatter_covers covers = {.image = cover_of_point, .context = drawing, .edge_min = map->edge_min};
    return scatter_draw_covers(&map->scatter, &covers, map->width, map->height, image, error);
}

/* Where pictures are made of characters, one with the terminal's pixels is scaled down. */
static enum status scale(struct image *image, int width, int height, struct error *error)
{
    struct image scaled;
    if (image->width == width && image->height == height)
        return STATUS_OK;
    enum status status = image_resize(image, width, height, FILTER_BOX, &scaled, error);
    image_free(image);
    if (status == STATUS_OK)
        *image = scaled;
    return status;
}

static enum status draw_map(struct pictures *pictures, int panel, int width, int height, struct image *image,
                            struct error *error)
{
    struct map_picture *picture = &pictures->maps[panel];
    struct map_drawing drawing = {.pictures = pictures, .deadline = clock_seconds() + reading_seconds};
    pthread_mutex_lock(&pictures->lock);
    bool copied = picture->map.points && copy_map(&picture->map, &drawing.map);
    pthread_mutex_unlock(&pictures->lock);
    if (!copied)
        return error_no_memory(error);
    enum status status = draw_points(&drawing, image, error);
    if (status == STATUS_OK)
        status = scale(image, width, height, error);
    free_map(&drawing.map);
    pthread_mutex_lock(&pictures->lock);
    picture->incomplete = picture->incomplete || drawing.incomplete;
    pthread_mutex_unlock(&pictures->lock);
    return status;
}

static enum status draw_sheet(struct pictures *pictures, int width, int height, struct image *image,
                              struct error *error)
{
    struct sheet_shown shown = {0};
    bool incomplete;
    pthread_mutex_lock(&pictures->lock);
    bool copied = pictures->sheet.shown.items && sheet_shown_copy(&pictures->sheet.shown, &shown);
    pthread_mutex_unlock(&pictures->lock);
    if (!copied)
        return error_no_memory(error);
    enum status status =
        sheet_picture(&shown, pictures->covers, clock_seconds() + reading_seconds, image, &incomplete, error);
    if (status == STATUS_OK)
        status = scale(image, width, height, error);
    sheet_shown_free(&shown);
    pthread_mutex_lock(&pictures->lock);
    pictures->sheet.incomplete = pictures->sheet.incomplete || incomplete;
    pthread_mutex_unlock(&pictures->lock);
    return status;
}

static enum status draw_plot(struct pictures *pictures, int panel, int width, int height, struct image *image,
                             struct error *error)
{
    pthread_mutex_lock(&pictures->lock);
    const struct plot_shown shown = pictures->plots[panel].shown;
    pthread_mutex_unlock(&pictures->lock);
    if (shown.version == 0)
        return error_set(error, STATUS_FAILED, "there is no plot to draw");
    enum status status = plot_picture(&shown, image, error);
    return status == STATUS_OK ? scale(image, width, height, error) : status;
}

static enum status draw_sound(struct pictures *pictures, int width, int height, struct image *image,
                              struct error *error)
{
    struct sound_shown shown = {0};
    pthread_mutex_lock(&pictures->lock);
    const bool copied = pictures->sound.shown.levels && sound_shown_copy(&pictures->sound.shown, &shown);
    pthread_mutex_unlock(&pictures->lock);
    if (!copied)
        return error_no_memory(error);
    const enum status status =
        spectrogram_picture(shown.levels, shown.columns, shown.bands, width, height, image, error);
    sound_shown_free(&shown);
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
    if (reference->kind == IMAGE_MAP && reference->id == IMAGE_MAP_SHEET)
        return draw_sheet(pictures, width, height, image, error);
    if (reference->kind == IMAGE_MAP && reference->id == IMAGE_MAP_SOUND)
        return draw_sound(pictures, width, height, image, error);
    if (reference->kind == IMAGE_MAP && is_plot(reference))
        return draw_plot(pictures, (int)(reference->id - IMAGE_MAP_PLOT), width, height, image, error);
    return reference->kind == IMAGE_MAP ? draw_map(pictures, panel_of(reference), width, height, image, error)
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
