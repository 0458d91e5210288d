#include "app/file_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "features/feature_set.h"
#include "features/music_network.h"
#include "vit/weights_fingerprint.h"

enum { SETS_MAX = 16, SETS_TEXT_MAX = 1024, PATCHES_MAX = 1 << 20 };

struct file_rows {
    struct buffer weights; /* path */
    struct music_network network;
    struct spectrogram *spectrogram;
    struct music_rows rows;
    float *embeddings, *tags; /* of the patches that are computed together */
    enum music_row wanted[SETS_MAX];
    int n_wanted;
    int64_t width;
    struct progress *progress;
    bool by_patch;
    float *patches; /* [n_patches x width] */
    int64_t n_patches, capacity;
};

/* "musicnn-tags" is MUSIC_TAGS_MEAN of musicnn. */
static bool name_is_of(const char *name, size_t name_size, enum audionet_family *family, enum music_row *row)
{
    for (int f = 0; f < AUDIONET_FAMILIES; f++)
        for (int r = 0; r < MUSIC_ROWS; r++) {
            const char *base = audionet_family_name((enum audionet_family)f);
            const char *suffix = music_row_suffix((enum music_row)r);
            const size_t size = strlen(base);
            if (name_size != size + strlen(suffix) || strncmp(name, base, size) != 0 ||
                strncmp(name + size, suffix, name_size - size) != 0)
                continue;
            *family = (enum audionet_family)f;
            *row = (enum music_row)r;
            return true;
        }
    return false;
}

bool file_rows_are(const char *sets)
{
    enum audionet_family family, first = AUDIONET_MUSICNN;
    enum music_row row;
    int count = 0;
    for (const char *at = sets; *at; count++) {
        const size_t size = strcspn(at, ",");
        if (count == SETS_MAX || !name_is_of(at, size, &family, &row) || (count > 0 && family != first))
            return false;
        first = count == 0 ? family : first;
        at += size + (at[size] == ',');
    }
    return count > 0;
}

static enum status refuse(const char *set, const char *why, struct error *error)
{
    return error_set(error, STATUS_BAD_DATA,
                     "the feature set %.80s %s, so that a file needs a row in it (sleeve import library, then sleeve "
                     "embed)",
                     set, why);
}

/* Whether the set was made with the weights and the preparation of the open network. */
static enum status check_set(struct catalogue *catalogue, const struct file_rows *rows, const char *name,
                             struct error *error)
{
    struct metadata_pair pairs[MUSIC_METADATA_MAX];
    const size_t n = music_network_metadata(&rows->network, pairs);
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        struct buffer made = {0};
        if (strcmp(pairs[i].key, WEIGHTS_FINGERPRINT_KEY) != 0 && strcmp(pairs[i].key, MUSIC_PREPARATION_KEY) != 0)
            continue;
        status = feature_set_metadata_read(catalogue, name, pairs[i].key, &made, error);
        if (status == STATUS_OK && (!made.data || strcmp(made.data, pairs[i].value) != 0))
            status = refuse(name, "was made with other weights or settings", error);
        buffer_free(&made);
    }
    return status;
}

/* Opens the network as the set was made. */
static enum status open_network(struct catalogue *catalogue, struct compute *compute, const char *name,
                                struct file_rows *rows, struct error *error)
{
    struct buffer preparation = {0};
    struct music_options options = {.padding = SPECTROGRAM_REFLECT};
    enum status status = feature_set_metadata_read(catalogue, name, WEIGHTS_PATH_KEY, &rows->weights, error);
    if (status == STATUS_OK)
        status = feature_set_metadata_read(catalogue, name, MUSIC_PREPARATION_KEY, &preparation, error);
    if (preparation.data)
        music_options_read(preparation.data, &options);
    buffer_free(&preparation);
    if (status != STATUS_OK)
        return status;
    if (!rows->weights.data)
        return refuse(name, "does not say where its weights are", error);
    options.weights = rows->weights.data;
    return music_network_open(&options, compute, &rows->network, error);
}

static enum status add_set(struct catalogue *catalogue, struct compute *compute, const char *name,
                           struct file_rows *rows, enum audionet_family *first, struct error *error)
{
    enum audionet_family family;
    enum status status = STATUS_OK;
    if (rows->n_wanted == SETS_MAX || !name_is_of(name, strlen(name), &family, &rows->wanted[rows->n_wanted]))
        return refuse(name, "is not one of a network of music", error);
    if (rows->n_wanted++ == 0)
        status = open_network(catalogue, compute, name, rows, error);
    else if (family != *first)
        status = refuse(name, "is of another network than the first one", error);
    *first = rows->n_wanted == 1 ? family : *first;
    if (status == STATUS_OK)
        status = check_set(catalogue, rows, name, error);
    if (status == STATUS_OK)
        rows->width += music_row_width(&rows->network, rows->wanted[rows->n_wanted - 1]);
    return status;
}

static enum status open_sets(struct catalogue *catalogue, struct compute *compute, const char *sets,
                             struct file_rows *rows, struct error *error)
{
    char copy[SETS_TEXT_MAX], *rest = NULL;
    enum audionet_family family = AUDIONET_MUSICNN;
    enum status status = STATUS_OK;
    if (snprintf(copy, sizeof copy, "%s", sets) >= (int)sizeof copy)
        return error_set(error, STATUS_USAGE, "the list of feature sets is longer than %d bytes", SETS_TEXT_MAX - 1);
    for (char *name = strtok_r(copy, ",", &rest); name && status == STATUS_OK; name = strtok_r(NULL, ",", &rest))
        status = add_set(catalogue, compute, name, rows, &family, error);
    if (status == STATUS_OK && rows->n_wanted == 0)
        status = error_set(error, STATUS_USAGE, "\"%.80s\" names no feature set; sleeve features lists them", sets);
    return status;
}

static enum status start_reading(struct file_rows *rows, bool whole, struct error *error)
{
    struct music_network *network = &rows->network;
    if (whole) {
        network->start = 0;
        network->settings.duration = 0;
    }
    enum status status = spectrogram_create(&network->settings, &rows->spectrogram, error);
    if (status == STATUS_OK)
        status = music_rows_init(network, &rows->rows, error);
    if (status != STATUS_OK)
        return status;
    const size_t most = (size_t)audionet_batch(network->net);
    const struct audionet_shape *shape = audionet_shape_of(network->net);
    rows->embeddings = malloc(most * (size_t)shape->width * sizeof *rows->embeddings);
    rows->tags = malloc(most * (size_t)shape->tags * sizeof *rows->tags);
    return rows->embeddings && rows->tags ? STATUS_OK : error_no_memory(error);
}

enum status file_rows_open(struct catalogue *catalogue, struct compute *compute, const char *sets, bool whole,
                           struct file_rows **rows, struct error *error)
{
    struct file_rows *made = calloc(1, sizeof *made);
    *rows = NULL;
    if (!made)
        return error_no_memory(error);
    enum status status = open_sets(catalogue, compute, sets, made, error);
    if (status == STATUS_OK)
        status = start_reading(made, whole, error);
    if (status == STATUS_OK)
        *rows = made;
    else
        file_rows_close(made);
    return status;
}

void file_rows_close(struct file_rows *rows)
{
    if (!rows)
        return;
    music_rows_free(&rows->rows);
    spectrogram_destroy(rows->spectrogram);
    music_network_close(&rows->network);
    free(rows->embeddings);
    free(rows->tags);
    free(rows->patches);
    buffer_free(&rows->weights);
    free(rows);
}

int64_t file_rows_width(const struct file_rows *rows)
{
    return rows->width;
}

double file_rows_hop(const struct file_rows *rows)
{
    const struct spectrogram_settings *settings = &rows->network.settings;
    return (double)settings->patch * settings->hop / settings->rate;
}

/* ------------------------------------------------------------------ reading */

static enum status add_patches(struct file_rows *rows, int64_t count, struct error *error)
{
    const struct audionet_shape *shape = audionet_shape_of(rows->network.net);
    if (rows->n_patches + count > rows->capacity) {
        const int64_t more = 2 * rows->capacity + count + 64;
        float *grown =
            more <= PATCHES_MAX ? realloc(rows->patches, (size_t)(more * rows->width) * sizeof *grown) : NULL;
        if (!grown)
            return error_no_memory(error);
        rows->patches = grown;
        rows->capacity = more;
    }
    for (int64_t i = 0; i < count; i++) {
        float *to = rows->patches + rows->n_patches++ * rows->width;
        for (int w = 0; w < rows->n_wanted; w++) {
            const int64_t width = music_row_width(&rows->network, rows->wanted[w]);
            const bool tags = rows->wanted[w] == MUSIC_TAGS_MEAN || rows->wanted[w] == MUSIC_TAGS_MAX;
            memcpy(to, tags ? rows->tags + i * shape->tags : rows->embeddings + i * shape->width,
                   (size_t)width * sizeof *to);
            to += width;
        }
    }
    return STATUS_OK;
}

static enum status take(void *context, const float *patches, int64_t count, struct error *error)
{
    struct file_rows *rows = context;
    enum status status = music_network_run(&rows->network, count, patches, rows->embeddings, rows->tags, error);
    if (status == STATUS_OK && rows->by_patch)
        status = add_patches(rows, count, error);
    else if (status == STATUS_OK)
        music_rows_add(&rows->rows, count, rows->embeddings, rows->tags);
    if (status == STATUS_OK && progress_cancelled(rows->progress))
        status = error_set(error, STATUS_INTERRUPTED, "interrupted");
    return status;
}

static enum status read_file(struct file_rows *rows, const char *path, struct progress *progress, bool by_patch,
                             struct error *error)
{
    rows->progress = progress;
    rows->by_patch = by_patch;
    rows->n_patches = 0;
    music_rows_clear(&rows->rows);
    return music_read_patches(rows->spectrogram, &rows->network.settings, path, rows->network.start,
                              audionet_batch(rows->network.net), take, rows, error);
}

enum status file_rows_read(struct file_rows *rows, const char *path, struct progress *progress, float *row,
                           struct error *error)
{
    enum status status = read_file(rows, path, progress, false, error);
    for (int i = 0; status == STATUS_OK && i < rows->n_wanted; i++) {
        music_rows_get(&rows->rows, rows->wanted[i], row);
        row += music_row_width(&rows->network, rows->wanted[i]);
    }
    return status;
}

enum status file_rows_patches(struct file_rows *rows, const char *path, struct progress *progress, float **values,
                              int64_t *n, struct error *error)
{
    enum status status = read_file(rows, path, progress, true, error);
    *values = NULL;
    *n = 0;
    if (status != STATUS_OK)
        return status;
    *values = rows->patches;
    *n = rows->n_patches;
    rows->patches = NULL;
    rows->capacity = 0;
    return STATUS_OK;
}
