/* TensorFlow's Embedding Projector (https://projector.tensorflow.org): vectors and metadata as tables, covers in one
 * picture, and the configuration that names them. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/export_files.h"
#include "app/export_playlists.h"
#include "core/json.h"
#include "core/random.h"
#include "draw/image.h"
#include "features/feature_set.h"
#include "vision/cover_store.h"

enum {
    POINTS = 10000,    /* more are slow in a browser */
    SPRITE_MAX = 4096, /* pixels of an edge: WebGL takes that everywhere, and the file stays below 50 MB */
    THUMBNAIL_MAX = 64,
};

struct projector {
    const struct export_work *work;
    struct feature_set set;
    int64_t *items; /* [n] numbers of albums or tracks, ascending */
    int64_t n, n_all;
    float *values; /* standardised, or NULL: those of the set */
};

/* ---- points ---- */

static int ascending(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* All items with a row, or a sample of them. */
static enum status choose_items(struct projector *projector, int64_t most, struct error *error)
{
    struct random random;
    projector->items = malloc(((size_t)projector->set.n_present + 1) * sizeof *projector->items);
    if (!projector->items)
        return error_no_memory(error);
    for (int64_t row = 0; row < projector->set.n_rows; row++)
        if (feature_set_has(&projector->set, row) && projector->n_all < projector->set.n_present)
            projector->items[projector->n_all++] = row + 1;
    projector->n = projector->n_all < most ? projector->n_all : most;
    random_seed(&random, 42);
    for (int64_t i = 0; projector->n < projector->n_all && i < projector->n; i++) {
        const int64_t other = i + (int64_t)random_below(&random, (uint64_t)(projector->n_all - i));
        const int64_t item = projector->items[i];
        projector->items[i] = projector->items[other];
        projector->items[other] = item;
    }
    qsort(projector->items, (size_t)projector->n, sizeof *projector->items, ascending);
    return projector->n > 0
               ? STATUS_OK
               : error_set(error, STATUS_FAILED, "the feature set %s has no rows", projector->work->input->embedding);
}

/* Named columns have different units. */
static enum status standardise(struct projector *projector, struct error *error)
{
    const struct feature_set *set = &projector->set;
    if (!set->columns)
        return STATUS_OK;
    struct column_statistics *columns = calloc((size_t)set->width, sizeof *columns);
    projector->values = malloc((size_t)set->n_rows * (size_t)set->width * sizeof *projector->values);
    if (columns && projector->values) {
        feature_set_statistics(set, columns);
        feature_set_standardise(set, columns, projector->values);
    }
    const bool fine = columns && projector->values;
    free(columns);
    return fine ? STATUS_OK : error_no_memory(error);
}

static enum status write_vectors(const struct projector *projector, struct error *error)
{
    FILE *stream;
    const int width = projector->set.width;
    const float *values = projector->values ? projector->values : projector->set.values;
    enum status status = export_files_add(projector->work->files, "vectors.tsv", &stream, error);
    for (int64_t i = 0; status == STATUS_OK && i < projector->n; i++)
        for (int c = 0; c < width; c++)
            fprintf(stream, "%.5g%c", (double)values[(projector->items[i] - 1) * width + c],
                    c + 1 < width ? '\t' : '\n');
    return status;
}

/* ---- covers and names ---- */

struct sprite {
    struct image image;
    int edge, columns, rows;
};

static enum status make_sprite(int64_t n, struct sprite *sprite, struct error *error)
{
    sprite->columns = (int)ceil(sqrt((double)n));
    sprite->rows = (int)((n + sprite->columns - 1) / sprite->columns);
    sprite->edge = SPRITE_MAX / sprite->columns;
    sprite->edge = sprite->edge > THUMBNAIL_MAX ? THUMBNAIL_MAX : sprite->edge;
    return image_create(sprite->columns * sprite->edge, sprite->rows * sprite->edge, &sprite->image, error);
}

static enum status add_cover(const struct projector *projector, const struct album *album, int64_t i,
                             struct sprite *sprite, struct error *error)
{
    struct image cover = {0};
    enum cover_origin origin;
    enum status status = cover_pixels(projector->work->catalogue, album, sprite->edge, &cover, &origin, error);
    const int left = (int)(i % sprite->columns) * sprite->edge, top = (int)(i / sprite->columns) * sprite->edge;
    for (int y = 0; status == STATUS_OK && y < sprite->edge && y < cover.height; y++)
        memcpy(sprite->image.rgb + 3 * ((size_t)(top + y) * (size_t)sprite->image.width + (size_t)left),
               cover.rgb + 3 * (size_t)y * (size_t)cover.width,
               3 * (size_t)(cover.width < sprite->edge ? cover.width : sprite->edge));
    image_free(&cover);
    return status;
}

static void write_fields(FILE *stream, const char *const *fields, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        export_write_field(stream, fields[i]);
        fputc(i + 1 < n ? '\t' : '\n', stream);
    }
}

static enum status add_album(const struct projector *projector, int64_t i, FILE *metadata, struct sprite *sprite,
                             struct error *error)
{
    struct album_list albums = {0};
    char year[12] = "";
    enum status status = catalogue_albums_read(projector->work->catalogue, &projector->items[i], 1, &albums, error);
    if (status == STATUS_OK) {
        const struct album *album = &albums.items[0];
        if (album->year > 0)
            snprintf(year, sizeof year, "%d", album->year);
        write_fields(metadata, (const char *const[]){album->title, album->artist, album->genre, year, album->key}, 5);
        status = add_cover(projector, album, i, sprite, error);
    }
    album_list_free(&albums);
    return status;
}

static enum status add_track(const struct projector *projector, int64_t i, FILE *metadata, struct sprite *sprite,
                             struct error *error)
{
    struct track_list tracks = {0};
    struct album_list albums = {0};
    enum status status = catalogue_tracks_read(projector->work->catalogue, &projector->items[i], 1, &tracks, error);
    if (status == STATUS_OK && tracks.items[0].album_id > 0)
        status = catalogue_albums_read(projector->work->catalogue, &tracks.items[0].album_id, 1, &albums, error);
    if (status == STATUS_OK) {
        const struct track *track = &tracks.items[0];
        const struct album nothing = {.key = track->key, .title = track->title, .artist = track->artist, .genre = ""};
        char playlists[24];
        snprintf(playlists, sizeof playlists, "%lld", (long long)track->n_playlists);
        write_fields(metadata, (const char *const[]){track->title, track->artist, track->album, playlists, track->key},
                     5);
        status = add_cover(projector, albums.count > 0 ? &albums.items[0] : &nothing, i, sprite, error);
    }
    album_list_free(&albums);
    track_list_free(&tracks);
    return status;
}

static enum status write_items(const struct projector *projector, struct sprite *sprite, struct error *error)
{
    const bool albums = projector->set.item == FEATURE_ALBUMS;
    const struct export_work *work = projector->work;
    FILE *metadata;
    struct buffer png = {0};
    enum status status = export_files_add(work->files, "metadata.tsv", &metadata, error);
    if (status == STATUS_OK)
        status = make_sprite(projector->n, sprite, error);
    if (status != STATUS_OK)
        return status;
    fputs(albums ? "album\tartist\tgenre\tyear\tkey\n" : "title\tartist\talbum\tplaylists\tkey\n", metadata);
    progress_stage(work->progress, "drawing covers", "covers", (double)projector->n);
    for (int64_t i = 0; status == STATUS_OK && i < projector->n; i++) {
        status = (albums ? add_album : add_track)(projector, i, metadata, sprite, error);
        progress_step(work->progress, (double)i + 1);
        if (status == STATUS_OK && progress_cancelled(work->progress))
            status = error_set(error, STATUS_INTERRUPTED, "stopped; nothing was written");
    }
    progress_end(work->progress);
    if (status == STATUS_OK)
        status = image_encode_png(&sprite->image, &png, error);
    if (status == STATUS_OK)
        status = export_files_add_bytes(work->files, "sprite.png", &png, error);
    buffer_free(&png);
    return status;
}

static enum status write_config(const struct projector *projector, const struct sprite *sprite, struct error *error)
{
    struct buffer text = {0};
    struct json_writer json = {.out = &text};
    json_object_begin(&json);
    json_key(&json, "embeddings");
    json_array_begin(&json);
    json_object_begin(&json);
    json_pair_text(&json, "tensorName", projector->work->input->embedding);
    json_key(&json, "tensorShape");
    json_array_begin(&json);
    json_integer(&json, projector->n);
    json_integer(&json, projector->set.width);
    json_array_end(&json);
    json_pair_text(&json, "tensorPath", "vectors.tsv");
    json_pair_text(&json, "metadataPath", "metadata.tsv");
    json_key(&json, "sprite");
    json_object_begin(&json);
    json_pair_text(&json, "imagePath", "sprite.png");
    json_key(&json, "singleImageDim");
    json_array_begin(&json);
    json_integer(&json, sprite->edge);
    json_integer(&json, sprite->edge);
    json_array_end(&json);
    json_object_end(&json);
    json_object_end(&json);
    json_array_end(&json);
    json_object_end(&json);
    buffer_add_byte(&text, '\n');
    enum status status = export_files_add_bytes(projector->work->files, "config.json", &text, error);
    buffer_free(&text);
    return status;
}

static void add_notes(const struct projector *projector)
{
    struct buffer *notes = projector->work->notes;
    const char *items = feature_item_name(projector->set.item);
    if (projector->n < projector->n_all)
        buffer_printf(notes, "%lld of %lld %s, a random sample; --points N takes more, which are slow in a browser\n",
                      (long long)projector->n, (long long)projector->n_all, items);
    else
        buffer_printf(notes, "%lld %s\n", (long long)projector->n, items);
    if (projector->values)
        buffer_add_text(notes, "the columns are standardised, because they have different units\n");
    if (projector->set.random_weights)
        buffer_add_text(notes, "the set was made with random weights: it says nothing about covers\n");
}

static enum status read_points(const char *text, int64_t *points, struct error *error)
{
    char *end;
    *points = POINTS;
    if (!text)
        return STATUS_OK;
    errno = 0;
    *points = strtoll(text, &end, 10);
    return !*text || *end || errno || *points < 2 || *points > 1000000
               ? error_set(error, STATUS_USAGE, "--points is a whole number from 2 to 1000000, not \"%s\"", text)
               : STATUS_OK;
}

static enum status run(const struct export_work *work, struct error *error)
{
    struct projector projector = {.work = work};
    struct sprite sprite = {0};
    int64_t points;
    enum status status = read_points(work->input->points, &points, error);
    if (status != STATUS_OK)
        return status;
    status = feature_set_open(work->catalogue, work->input->embedding, &projector.set, error);
    if (status != STATUS_OK)
        return status;
    status = choose_items(&projector, points, error);
    if (status == STATUS_OK)
        status = standardise(&projector, error);
    if (status == STATUS_OK)
        status = write_vectors(&projector, error);
    if (status == STATUS_OK)
        status = write_items(&projector, &sprite, error);
    if (status == STATUS_OK)
        status = write_config(&projector, &sprite, error);
    if (status == STATUS_OK)
        add_notes(&projector);
    image_free(&sprite.image);
    free(projector.items);
    free(projector.values);
    feature_set_close(&projector.set);
    return status;
}

const struct exporter exporter_projector = {
    .name = "projector",
    .extension = "/",
    .help = "a feature set for TensorFlow's Embedding Projector: vectors.tsv, metadata.tsv, sprite.png with the "
            "covers, and "
            "config.json.\nAt most 10,000 points, a sample of larger sets; --points N changes that.",
    .subject = EXPORT_EMBEDDING,
    .options = "points",
    .run = run,
};
