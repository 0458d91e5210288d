#include "app/contact_sheet.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app_internal.h"
#include "app/resumable_tsne.h"
#include "core/random.h"
#include "core/text_number.h"
#include "map/grid.h"

#define ORDER_NAME(NAME, name, help) [SHEET_##NAME] = #name,
static const char *const order_names[SHEET_ORDER_COUNT] = {SHEET_ORDERS(ORDER_NAME)};

const char *sheet_order_name(enum sheet_order order)
{
    return order_names[order];
}

enum sheet_order sheet_order_find(const char *name)
{
    int order = 0;
    while (order < SHEET_ORDER_COUNT && strcmp(order_names[order], name) != 0)
        order++;
    return (enum sheet_order)order;
}

struct making {
    struct app *app;
    const struct sheet_settings *settings;
    const struct feature_set *set; /* NULL: the order needs none */
    struct album_list albums;      /* in the order of the sample */
    int64_t total, generated;      /* albums that could be in the sample; generated ones in the sample */
    int rows, columns;
    int *cells; /* [albums.count] */
    double kl;
    struct resumable_tsne *tsne;
};

/* ---- the sample ---- */

static bool is_candidate(const struct making *making, const struct album *album)
{
    if (making->set)
        return album->id <= making->set->n_rows && feature_set_has(making->set, album->id - 1);
    return album->cover != COVER_PLACEHOLDER;
}

/* Moves `n` random ones of the `count` numbers to the front. */
static void draw_sample(int64_t *ids, size_t count, size_t n, uint64_t seed)
{
    struct random random;
    random_seed(&random, seed);
    for (size_t i = 0; i < n; i++) {
        size_t at = i + (size_t)random_below(&random, count - i);
        int64_t id = ids[at];
        ids[at] = ids[i];
        ids[i] = id;
    }
}

static enum status sample(struct making *making, struct error *error)
{
    struct catalogue *catalogue;
    struct album_list all = {0};
    enum status status = app_borrow(making->app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_albums_read(catalogue, NULL, 0, &all, error);
    int64_t *ids = malloc(sizeof *ids * (all.count + 1));
    size_t count = 0;
    for (size_t i = 0; ids && i < all.count; i++)
        if (is_candidate(making, &all.items[i]))
            ids[count++] = all.items[i].id;
    making->total = (int64_t)count;
    size_t n = count < (size_t)making->settings->n ? count : (size_t)making->settings->n;
    if (status == STATUS_OK && !ids)
        status = error_no_memory(error);
    if (status == STATUS_OK && n == 0)
        status = error_set(error, STATUS_FAILED, "no album has a cover; add covers with `sleeve covers add`");
    if (status == STATUS_OK) {
        draw_sample(ids, count, n, making->settings->seed);
        status = catalogue_albums_read(catalogue, ids, n, &making->albums, error);
    }
    app_return(making->app, catalogue);
    free(ids);
    album_list_free(&all);
    for (size_t i = 0; i < making->albums.count; i++)
        making->generated += making->albums.items[i].cover == COVER_GENERATED;
    return status;
}

/* ---- the orders ---- */

static enum status place_by_sample(struct making *making, struct error *error)
{
    (void)error;
    for (size_t i = 0; i < making->albums.count; i++)
        making->cells[i] = (int)i;
    return STATUS_OK;
}

/* The vectors of the sample, malloc'ed. */
static float *read_vectors(const struct making *making)
{
    const size_t width = (size_t)making->set->width;
    float *x = malloc(sizeof *x * width * (making->albums.count + 1));
    for (size_t i = 0; x && i < making->albums.count; i++)
        memcpy(x + i * width, making->set->values + (size_t)(making->albums.items[i].id - 1) * width,
               width * sizeof *x);
    return x;
}

/* Every second row is from right to left, so that the path is continuous. */
static enum status place_by_similarity(struct making *making, struct error *error)
{
    const int64_t n = (int64_t)making->albums.count;
    float *x = read_vectors(making);
    int *order = malloc(sizeof *order * ((size_t)n + 1));
    enum status status = x && order ? grid_path(n, making->set->width, x, order, making->settings->progress, error)
                                    : error_no_memory(error);
    for (int i = 0; status == STATUS_OK && i < (int)n; i++) {
        int row = i / making->columns, column = i % making->columns;
        making->cells[order[i]] = row * making->columns + (row % 2 ? making->columns - 1 - column : column);
    }
    free(x);
    free(order);
    return status;
}

static enum status run_tsne(struct making *making, float *points, struct error *error)
{
    enum { AT_ONCE = 10 };
    struct progress *progress = making->settings->progress;
    enum status status = STATUS_OK;
    progress_stage(progress, "t-SNE", "iterations", tsne_defaults().iterations);
    for (bool done = false; status == STATUS_OK && !done;) {
        status = progress_cancelled(progress) ? error_set(error, STATUS_INTERRUPTED, "stopped")
                                              : resumable_tsne_run(making->tsne, AT_ONCE, &done, error);
        progress_step(progress, resumable_tsne_iteration(making->tsne));
    }
    progress_end(progress);
    if (status == STATUS_OK)
        status = resumable_tsne_kl(making->tsne, &making->kl, error);
    return status == STATUS_OK ? resumable_tsne_points(making->tsne, points, error) : status;
}

static enum status place_by_map(struct making *making, struct error *error)
{
    const int64_t n = (int64_t)making->albums.count;
    struct tsne_settings settings = tsne_defaults();
    settings.seed = making->settings->seed;
    float *x = read_vectors(making), *points = malloc(2 * sizeof *points * ((size_t)n + 1));
    if (!x || !points) {
        free(x);
        free(points);
        return error_no_memory(error);
    }
    enum status status =
        resumable_tsne_open(&making->app->device, n, making->set->width, x, &settings, &making->tsne, error);
    if (status == STATUS_OK)
        status = run_tsne(making, points, error);
    if (status == STATUS_OK)
        status =
            grid_arrange(n, points, making->rows, making->columns, making->cells, making->settings->progress, error);
    free(points);
    return status;
}

struct colour {
    int album;
    double hue, lightness;
};

static double linear(uint32_t value)
{
    double part = (double)(value & 255) / 255;
    return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4);
}

/* Oklab (Ottosson 2020). Colours that are nearly grey have no hue and come first. */
static struct colour colour_of(int album, uint32_t rgb)
{
    const double r = linear(rgb >> 16), g = linear(rgb >> 8), b = linear(rgb), grey = 0.025;
    const double l = cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
    const double m = cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
    const double s = cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
    const double x = 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s;
    const double y = 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s;
    return (struct colour){.album = album,
                           .hue = hypot(x, y) < grey ? -10 : atan2(y, x),
                           .lightness = 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s};
}

static int by_hue(const void *a, const void *b)
{
    const struct colour *x = a, *y = b;
    return x->hue < y->hue || x->hue > y->hue ? (x->hue > y->hue) - (x->hue < y->hue) : x->album - y->album;
}

static int lighter(const void *a, const void *b)
{
    const struct colour *x = a, *y = b;
    return x->lightness < y->lightness || x->lightness > y->lightness
               ? (x->lightness < y->lightness) - (x->lightness > y->lightness)
               : x->album - y->album;
}

/* The stored mean colour, or that of the picture. */
static uint32_t mean_colour(struct app *app, const struct album *album)
{
    enum { EDGE = 16 };
    enum cover_origin origin;
    struct image image = {0};
    struct error ignored;
    if (album->cover_colour != COVER_NO_COLOUR)
        return album->cover_colour;
    if (app_cover(app, album->id, EDGE, &image, &origin, &ignored) != STATUS_OK)
        return 0x808080;
    uint32_t colour = image_mean_colour(&image);
    image_free(&image);
    return colour;
}

/* Each column has a part of the hues, its lightest cover at the top. */
static enum status place_by_colour(struct making *making, struct error *error)
{
    const int n = (int)making->albums.count, rows = making->rows;
    struct colour *colours = malloc(sizeof *colours * ((size_t)n + 1));
    if (!colours)
        return error_no_memory(error);
    for (int i = 0; i < n; i++)
        colours[i] = colour_of(i, mean_colour(making->app, &making->albums.items[i]));
    qsort(colours, (size_t)n, sizeof *colours, by_hue);
    for (int first = 0; first < n; first += rows) {
        int count = n - first < rows ? n - first : rows;
        qsort(colours + first, (size_t)count, sizeof *colours, lighter);
        for (int row = 0; row < count; row++)
            making->cells[colours[first + row].album] = row * making->columns + first / rows;
    }
    free(colours);
    return STATUS_OK;
}

/* ---- the sheet ---- */

static void write_captions(const struct making *making, struct contact_sheet *sheet)
{
    const struct sheet_settings *settings = making->settings;
    const char *weights = sheet->random_weights ? " (random weights)" : "";
    const int64_t n = (int64_t)making->albums.count;
    char shown[32], total[32];
    text_count(n, shown);
    text_count(making->total, total);
    snprintf(sheet->title, sizeof sheet->title, "%s: %s of %s %scover%s", app_summary(making->app)->name, shown, total,
             making->generated == n ? "generated " : "", making->total == 1 ? "" : "s");
    int size = snprintf(sheet->caption[0], sizeof sheet->caption[0], "n = %s, seed %llu, %d x %d", shown,
                        (unsigned long long)settings->seed, sheet->columns, sheet->rows);
    if (making->generated > 0 && making->generated < n)
        snprintf(sheet->caption[0] + size, sizeof sheet->caption[0] - (size_t)size, ", %lld of them generated",
                 (long long)making->generated);
    char *caption = sheet->caption[1];
    const size_t most = sizeof sheet->caption[1];
    if (settings->order == SHEET_MAP)
        snprintf(caption, most, "t-SNE of %s%s, perplexity %.4g, KL divergence %.3f", settings->set, weights,
                 (double)resumable_tsne_perplexity(making->tsne), fmax(making->kl, 0));
    else if (settings->order == SHEET_SIMILARITY)
        snprintf(caption, most, "in rows of similar covers by %s%s", settings->set, weights);
    else
        snprintf(caption, most,
                 settings->order == SHEET_COLOUR ? "by mean colour: hue, light above dark" : "in random order");
}

struct place {
    int cell, at;
};

static int by_cell(const void *a, const void *b)
{
    return ((const struct place *)a)->cell - ((const struct place *)b)->cell;
}

/* Moves the albums to the sheet, row by row. */
static enum status take(struct making *making, struct contact_sheet *sheet, struct error *error)
{
    const size_t n = making->albums.count;
    struct place *places = malloc(sizeof *places * (n + 1));
    struct album *albums = malloc(sizeof *albums * (n + 1));
    if (places && albums) {
        for (size_t i = 0; i < n; i++)
            places[i] = (struct place){making->cells[i], (int)i};
        qsort(places, n, sizeof *places, by_cell);
        memcpy(albums, making->albums.items, n * sizeof *albums);
        for (size_t i = 0; i < n; i++) {
            making->albums.items[i] = albums[places[i].at];
            making->cells[i] = places[i].cell;
        }
    }
    bool good = places && albums;
    free(places);
    free(albums);
    if (!good)
        return error_no_memory(error);
    sheet->rows = making->rows;
    sheet->columns = making->columns;
    sheet->order = making->settings->order;
    sheet->random_weights = making->set && making->set->random_weights;
    write_captions(making, sheet);
    sheet->albums = making->albums;
    sheet->cells = making->cells;
    making->albums = (struct album_list){0};
    making->cells = NULL;
    return STATUS_OK;
}

static enum status arrange(struct making *making, struct error *error)
{
    static enum status (*const place[SHEET_ORDER_COUNT])(struct making * making, struct error * error) = {
        [SHEET_MAP] = place_by_map,
        [SHEET_SIMILARITY] = place_by_similarity,
        [SHEET_COLOUR] = place_by_colour,
        [SHEET_RANDOM] = place_by_sample,
    };
    const int n = (int)making->albums.count;
    making->columns = (int)ceil(sqrt(n));
    making->rows = (n + making->columns - 1) / making->columns;
    making->cells = calloc((size_t)n + 1, sizeof *making->cells);
    return making->cells ? place[making->settings->order](making, error) : error_no_memory(error);
}

enum status contact_sheet_make(struct app *app, const struct sheet_settings *settings, struct contact_sheet *sheet,
                               struct error *error)
{
    struct making making = {.app = app, .settings = settings};
    enum status status = STATUS_OK;
    *sheet = (struct contact_sheet){0};
    if (settings->order == SHEET_MAP || settings->order == SHEET_SIMILARITY)
        status = app_embedding_set(app, settings->set, &making.set, error);
    if (status == STATUS_OK)
        status = sample(&making, error);
    if (status == STATUS_OK)
        status = arrange(&making, error);
    if (status == STATUS_OK)
        status = take(&making, sheet, error);
    album_list_free(&making.albums);
    free(making.cells);
    resumable_tsne_close(making.tsne);
    return status;
}

void contact_sheet_free(struct contact_sheet *sheet)
{
    album_list_free(&sheet->albums);
    free(sheet->cells);
    *sheet = (struct contact_sheet){0};
}
