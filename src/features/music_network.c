#include "features/music_network.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "core/log.h"
#include "vit/weights_fingerprint.h"

static const struct {
    const char *suffix;
    bool tags, largest;
} music_rows_are[MUSIC_ROWS] = {
    [MUSIC_MEAN] = {"", false, false},
    [MUSIC_MAX] = {"-max", false, true},
    [MUSIC_TAGS_MEAN] = {"-tags", true, false},
    [MUSIC_TAGS_MAX] = {"-tags-max", true, true},
};

const char *music_row_suffix(enum music_row row)
{
    return music_rows_are[row].suffix;
}

int64_t music_row_width(const struct music_network *network, enum music_row row)
{
    const struct audionet_shape *shape = audionet_shape_of(network->net);
    return music_rows_are[row].tags ? shape->tags : shape->width;
}

/* ---- the network ---- */

static void describe(struct music_network *network)
{
    const struct audionet_shape *shape = audionet_shape_of(network->net);
    const struct spectrogram_settings *settings = &network->settings;
    snprintf(network->shape, sizeof network->shape,
             "%s, patches of %lld frames of %lld mel bands, %lld numbers, %lld tags",
             audionet_family_name(shape->family), (long long)shape->frames, (long long)shape->mels,
             (long long)shape->width, (long long)shape->tags);
    int used = snprintf(network->preparation, sizeof network->preparation,
                        "mono at %d Hz, %d points every %d, ends %s, log10(10000 x + 1) of float16", settings->rate,
                        settings->n_fft, settings->hop,
                        settings->padding == SPECTROGRAM_REFLECT ? "reflected" : "filled with zeros");
    if (network->start > 0 || settings->duration > 0)
        snprintf(network->preparation + used, sizeof network->preparation - (size_t)used, ", from second %g, %g s%s",
                 network->start, settings->duration, settings->duration > 0 ? "" : " (all)");
    weights_fingerprint(audionet_weights(network->net)->file, network->fingerprint);
}

void music_options_read(const char *preparation, struct music_options *options)
{
    const char *part = strstr(preparation, ", from second ");
    double start, seconds;
    options->padding = strstr(preparation, "ends filled with zeros") ? SPECTROGRAM_ZERO : SPECTROGRAM_REFLECT;
    if (part && sscanf(part, ", from second %lg, %lg s", &start, &seconds) == 2) {
        options->start = start;
        options->seconds = seconds;
    }
}

static enum status name_tags(struct music_network *network, struct error *error)
{
    int64_t count = audionet_shape_of(network->net)->tags;
    network->tags = calloc((size_t)count + 1, sizeof *network->tags);
    if (!network->tags)
        return error_no_memory(error);
    for (int64_t i = 0; i < count; i++)
        network->tags[i] = audionet_tag(network->net, i);
    return STATUS_OK;
}

enum status music_network_open(const struct music_options *options, struct compute *compute,
                               struct music_network *network, struct error *error)
{
    *network = (struct music_network){.settings = *spectrogram_preset("musicnn")};
    enum status status = audionet_open(options->weights, compute, &network->net, error);
    if (status != STATUS_OK)
        return status;
    const struct audionet_shape *shape = audionet_shape_of(network->net);
    network->settings.padding = options->padding;
    network->settings.duration = options->seconds;
    network->start = options->start;
    network->settings.mels = (int)shape->mels;
    network->settings.patch = (int)shape->frames;
    network->path = realpath(options->weights, NULL);
    describe(network);
    if (weights_are_random(audionet_weights(network->net)))
        log_message(LOG_WARNING, "%s: all weights are random, so the numbers are not those of the trained network",
                    options->weights);
    return name_tags(network, error);
}

void music_network_close(struct music_network *network)
{
    audionet_close(network->net);
    free(network->tags);
    free(network->path);
    *network = (struct music_network){0};
}

size_t music_network_metadata(const struct music_network *network, struct metadata_pair pairs[MUSIC_METADATA_MAX])
{
    const char *slash = network->path ? strrchr(network->path, '/') : NULL;
    size_t count = 0;
    pairs[count++] = (struct metadata_pair){WEIGHTS_FINGERPRINT_KEY, network->fingerprint};
    if (network->path)
        pairs[count++] = (struct metadata_pair){WEIGHTS_PATH_KEY, network->path};
    if (slash)
        pairs[count++] = (struct metadata_pair){"weights.name", slash + 1};
    pairs[count++] = (struct metadata_pair){"weights.shape", network->shape};
    pairs[count++] = (struct metadata_pair){MUSIC_PREPARATION_KEY, network->preparation};
    if (weights_are_random(audionet_weights(network->net)))
        pairs[count++] = (struct metadata_pair){"random_weights", "true"};
    return count;
}

enum status music_network_run(const struct music_network *network, int64_t count, const float *patches,
                              float *embeddings, float *tags, struct error *error)
{
    const struct audionet_shape *shape = audionet_shape_of(network->net);
    enum status status = audionet_run(network->net, count, patches, embeddings, tags, error);
    for (int64_t i = 0; status == STATUS_OK && i < count * shape->width; i++)
        if (!isfinite(embeddings[i]))
            status =
                error_set(error, STATUS_BAD_DATA, "%s: its weights give values that are not finite; get the file again",
                          audionet_weights(network->net)->path);
    return status;
}

/* ---- patches ---- */

struct reading {
    const struct spectrogram_settings *settings;
    music_take *take;
    void *context;
    float *patches;
    int64_t count, most; /* patches that are waiting, and their limit */
    int64_t given;
};

static enum status give(struct reading *reading, struct error *error)
{
    if (reading->count == 0)
        return STATUS_OK;
    enum status status = reading->take(reading->context, reading->patches, reading->count, error);
    reading->given += reading->count;
    reading->count = 0;
    return status;
}

/* Rows of one patch; the last ones may be fewer. */
static enum status take_rows(void *context, const float *values, int64_t frames, struct error *error)
{
    struct reading *reading = context;
    int64_t patch = reading->settings->patch, width = reading->settings->mels;
    float *to = reading->patches + reading->count * patch * width;
    if (frames < 1 || (frames < patch && reading->given + reading->count > 0))
        return STATUS_OK;
    for (int64_t at = 0; at < patch; at += frames)
        memcpy(to + at * width, values, (size_t)((patch - at < frames ? patch - at : frames) * width) * sizeof *to);
    return ++reading->count == reading->most ? give(reading, error) : STATUS_OK;
}

static enum status read_file(struct spectrogram *spectrogram, const char *path, double start, struct reading *reading,
                             struct error *error)
{
    int descriptor;
    enum status status = file_open_input(path, &descriptor, NULL, error);
    if (status != STATUS_OK)
        return STATUS_BAD_DATA; /* whatever the reason: others may be readable */
    status = spectrogram_stream(spectrogram, descriptor, path, start, take_rows, reading, NULL, error);
    close(descriptor);
    if (status == STATUS_OK)
        status = give(reading, error);
    if (status == STATUS_OK && reading->given == 0)
        status = error_set(error, STATUS_BAD_DATA, "%s: has no sound", path);
    return status;
}

enum status music_read_patches(struct spectrogram *spectrogram, const struct spectrogram_settings *settings,
                               const char *path, double start, int64_t most, music_take *take, void *context,
                               struct error *error)
{
    struct reading reading = {.settings = settings, .take = take, .context = context, .most = most};
    reading.patches = malloc((size_t)(most * settings->patch * settings->mels) * sizeof *reading.patches);
    if (!reading.patches)
        return error_no_memory(error);
    enum status status = read_file(spectrogram, path, start, &reading, error);
    if (status == STATUS_BAD_DATA && start > 0 && reading.given + reading.count == 0)
        status = read_file(spectrogram, path, 0, &reading, error);
    free(reading.patches);
    return status;
}

/* ---- rows ---- */

enum status music_rows_init(const struct music_network *network, struct music_rows *rows, struct error *error)
{
    const struct audionet_shape *shape = audionet_shape_of(network->net);
    *rows = (struct music_rows){.width = shape->width, .tags = shape->tags};
    rows->sums = calloc((size_t)(shape->width + shape->tags), sizeof *rows->sums);
    rows->maxima = calloc((size_t)(shape->width + shape->tags), sizeof *rows->maxima);
    return rows->sums && rows->maxima ? STATUS_OK : error_no_memory(error);
}

void music_rows_free(struct music_rows *rows)
{
    free(rows->sums);
    free(rows->maxima);
    *rows = (struct music_rows){0};
}

void music_rows_clear(struct music_rows *rows)
{
    rows->patches = 0;
    for (int64_t i = 0; i < rows->width + rows->tags; i++) {
        rows->sums[i] = 0;
        rows->maxima[i] = -INFINITY;
    }
}

static void add(struct music_rows *rows, int64_t first, int64_t width, const float *values)
{
    for (int64_t i = 0; i < width; i++) {
        rows->sums[first + i] += (double)values[i];
        rows->maxima[first + i] = fmaxf(rows->maxima[first + i], values[i]);
    }
}

void music_rows_add(struct music_rows *rows, int64_t count, const float *embeddings, const float *tags)
{
    for (int64_t i = 0; i < count; i++) {
        add(rows, 0, rows->width, embeddings + i * rows->width);
        add(rows, rows->width, rows->tags, tags + i * rows->tags);
    }
    rows->patches += count;
}

void music_rows_get(const struct music_rows *rows, enum music_row row, float *values)
{
    bool tags = music_rows_are[row].tags;
    int64_t first = tags ? rows->width : 0;
    for (int64_t i = 0; i < (tags ? rows->tags : rows->width); i++)
        values[i] = music_rows_are[row].largest ? rows->maxima[first + i]
                                                : (float)(rows->sums[first + i] / (double)rows->patches);
}
