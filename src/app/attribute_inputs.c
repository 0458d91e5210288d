#include "app/attribute_inputs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "features/feature_set.h"
#include "models/recommender.h"

enum { SOURCES_MAX = 16, SOURCE_NAME = 128 };

static const char MODEL[] = "model:", ARTISTS[] = "artists:";

/* One source, open. */
struct source {
    char text[SOURCE_NAME]; /* as in --features */
    int64_t width;
    float *values;            /* [n x width] NAN where unknown */
    const char *const *names; /* [width] or NULL */
    struct feature_set set;   /* owner NULL: a model's vectors */
};

struct load {
    struct catalogue *catalogue;
    struct compute *compute;
    int64_t n, *artists, *albums; /* [n] */
    struct source sources[SOURCES_MAX];
    int count;
};

static bool begins(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* ---- reading ---- */

static enum status start_values(struct load *load, struct source *source, struct error *error)
{
    if (source->width < 1 || load->n > INT64_MAX / 8 / source->width)
        return error_no_memory(error);
    const size_t count = (size_t)(load->n * source->width);
    source->values = malloc((count + 1) * sizeof *source->values);
    for (size_t i = 0; source->values && i < count; i++)
        source->values[i] = NAN;
    return source->values ? STATUS_OK : error_no_memory(error);
}

static enum status read_set(struct load *load, const char *name, struct source *source, struct error *error)
{
    const struct feature_set *set = &source->set;
    enum status status = feature_set_open(load->catalogue, name, &source->set, error);
    if (status != STATUS_OK)
        return status;
    feature_set_warn(load->catalogue, name);
    source->width = set->width;
    source->names = set->columns;
    status = start_values(load, source, error);
    for (int64_t t = 0; status == STATUS_OK && t < load->n; t++) {
        const int64_t row = set->item == FEATURE_TRACKS ? t : load->albums[t] - 1;
        if (row >= 0 && row < set->n_rows && feature_set_has(set, row))
            memcpy(source->values + t * source->width, set->values + row * set->width,
                   (size_t)set->width * sizeof *set->values);
    }
    return status;
}

/* A track of no training playlist has no vector. */
static enum status read_model(struct load *load, const char *name, struct source *source, struct error *error)
{
    struct recommender *recommender = NULL;
    struct track_vectors vectors = {0};
    enum status status = recommender_open(load->catalogue, load->compute, name, &recommender, error);
    if (status == STATUS_OK)
        status = recommender_track_vectors(recommender, &vectors, error);
    if (status == STATUS_OK) {
        source->width = vectors.width;
        status = start_values(load, source, error);
    }
    for (int64_t t = 0; status == STATUS_OK && t < load->n && t < vectors.n_tracks; t++)
        if (vectors.playlists[t] > 0)
            memcpy(source->values + t * source->width, vectors.values + t * vectors.stride,
                   (size_t)source->width * sizeof *source->values);
    recommender_close(recommender);
    return status;
}

/* Replaces the rows by the means of the known values of the artist's tracks. */
static enum status take_means(struct load *load, struct source *source, struct error *error)
{
    int64_t n_artists = 0;
    for (int64_t t = 0; t < load->n; t++)
        n_artists = load->artists[t] > n_artists ? load->artists[t] : n_artists;
    double *sums = calloc((size_t)n_artists + 1, 2 * sizeof *sums);
    if (!sums)
        return error_no_memory(error);
    for (int64_t j = 0; j < source->width; j++) {
        memset(sums, 0, ((size_t)n_artists + 1) * 2 * sizeof *sums);
        for (int64_t t = 0; t < load->n; t++) {
            const float value = source->values[t * source->width + j];
            double *sum = sums + 2 * load->artists[t];
            if (isfinite(value)) {
                sum[0] += (double)value;
                sum[1]++;
            }
        }
        for (int64_t t = 0; t < load->n; t++) {
            const double *sum = sums + 2 * load->artists[t];
            source->values[t * source->width + j] = sum[1] > 0 ? (float)(sum[0] / sum[1]) : NAN;
        }
    }
    free(sums);
    return STATUS_OK;
}

static enum status read_source(struct load *load, const char *text, struct error *error)
{
    struct source *source = &load->sources[load->count];
    for (int i = 0; i < load->count; i++)
        if (strcmp(load->sources[i].text, text) == 0)
            return error_set(error, STATUS_USAGE, "--features names \"%s\" twice", text);
    load->count++;
    snprintf(source->text, sizeof source->text, "%s", text);
    const bool means = begins(text, ARTISTS);
    const char *name = means ? text + sizeof ARTISTS - 1 : text;
    enum status status = begins(name, MODEL) ? read_model(load, name + sizeof MODEL - 1, source, error)
                                             : read_set(load, name, source, error);
    return status == STATUS_OK && means ? take_means(load, source, error) : status;
}

static enum status read_sources(struct load *load, const char *text, struct error *error)
{
    while (*text) {
        char name[SOURCE_NAME];
        const size_t size = strcspn(text, ",");
        if (size == 0 || size >= sizeof name)
            return error_set(error, STATUS_USAGE,
                             "--features takes feature sets, model:NAME and artists:SET with commas between, not "
                             "\"%.60s\"",
                             text);
        if (load->count == SOURCES_MAX)
            return error_set(error, STATUS_USAGE, "--features takes at most %d sources", SOURCES_MAX);
        snprintf(name, sizeof name, "%.*s", (int)size, text);
        text += size + (text[size] == ',');
        enum status status = read_source(load, name, error);
        if (status != STATUS_OK)
            return status;
    }
    return load->count > 0 ? STATUS_OK : error_set(error, STATUS_USAGE, "--features names no feature set");
}

/* ---- joining ---- */

static enum status join(const struct load *load, struct attribute_inputs *inputs, struct error *error)
{
    int64_t at = 0;
    for (int i = 0; i < load->count; i++)
        inputs->width += load->sources[i].width;
    inputs->n = load->n;
    if (load->n > INT64_MAX / 8 / inputs->width)
        return error_no_memory(error);
    inputs->values = malloc((size_t)(load->n * inputs->width + 1) * sizeof *inputs->values);
    inputs->present = calloc((size_t)load->n + 1, sizeof *inputs->present);
    inputs->columns = calloc((size_t)inputs->width, sizeof *inputs->columns);
    if (!inputs->values || !inputs->present || !inputs->columns)
        return error_no_memory(error);
    for (int i = 0; i < load->count; i++) {
        const struct source *source = &load->sources[i];
        for (int64_t j = 0; j < source->width; j++, at++) {
            inputs->columns[at] = strdup(source->names ? source->names[j] : "");
            if (!inputs->columns[at])
                return error_no_memory(error);
            for (int64_t t = 0; t < load->n; t++) {
                const float value = source->values[t * source->width + j];
                inputs->values[t * inputs->width + at] = value;
                inputs->present[t] |= isfinite(value) != 0;
            }
        }
    }
    for (int64_t t = 0; t < load->n; t++)
        inputs->n_present += inputs->present[t];
    return STATUS_OK;
}

enum status attribute_inputs_load(struct catalogue *catalogue, struct compute *compute, const char *text,
                                  struct attribute_inputs *inputs, struct error *error)
{
    struct load load = {.catalogue = catalogue, .compute = compute};
    *inputs = (struct attribute_inputs){0};
    enum status status = catalogue_track_makers(catalogue, &load.n, &load.artists, &load.albums, error);
    if (status == STATUS_OK)
        status = read_sources(&load, text, error);
    if (status == STATUS_OK)
        status = join(&load, inputs, error);
    for (int i = 0; i < load.count; i++) {
        free(load.sources[i].values);
        if (load.sources[i].set.owner)
            feature_set_close(&load.sources[i].set);
    }
    free(load.artists);
    free(load.albums);
    if (status != STATUS_OK)
        attribute_inputs_free(inputs);
    return status;
}

void attribute_inputs_drop(struct attribute_inputs *inputs, bool (*drops)(const char *column, const void *context),
                           const void *context)
{
    int64_t kept = 0;
    const int64_t width = inputs->width;
    bool *gone = calloc((size_t)width + 1, sizeof *gone);
    for (int64_t j = 0; gone && j < width; j++) {
        gone[j] = drops(inputs->columns[j], context);
        if (gone[j])
            free(inputs->columns[j]);
        else
            inputs->columns[kept++] = inputs->columns[j];
    }
    for (int64_t t = 0, to = 0; gone && kept < width && t < inputs->n; t++) {
        const float *from = inputs->values + t * width;
        inputs->present[t] = false;
        for (int64_t j = 0; j < width; j++) {
            if (gone[j])
                continue;
            inputs->present[t] |= isfinite(from[j]) != 0;
            inputs->values[to++] = from[j];
        }
    }
    if (gone)
        inputs->width = kept;
    inputs->n_present = 0;
    for (int64_t t = 0; t < inputs->n; t++)
        inputs->n_present += inputs->present[t];
    free(gone);
}

void attribute_inputs_free(struct attribute_inputs *inputs)
{
    for (int64_t j = 0; inputs->columns && j < inputs->width; j++)
        free(inputs->columns[j]);
    free(inputs->columns);
    free(inputs->values);
    free(inputs->present);
    *inputs = (struct attribute_inputs){0};
}
