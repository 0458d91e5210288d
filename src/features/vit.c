/* Covers as CLIP and DINOv2 see them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "features/extractors.h"
#include "vit/prepare.h"
#include "vit/weights_fingerprint.h"

struct state {
    struct vit_tower tower;
    struct vit_preparation preparation;
    enum vit_positions positions;
    enum precision precision;
    /* Texts of the metadata. */
    char fingerprint[33], shape[160], prepared[80];
    char *path; /* absolute */
};

static enum status set_positions(struct vit_options *options, const char *value, struct error *error)
{
    for (int i = POSITIONS_CURRENT; i <= POSITIONS_OLD; i++)
        if (strcmp(value, vit_positions_name((enum vit_positions)i)) == 0) {
            options->positions = (enum vit_positions)i;
            return STATUS_OK;
        }
    return error_set(error, STATUS_USAGE, "positions is current or old, not \"%.40s\"", value);
}

static enum status set_edge(struct vit_options *options, const char *value, struct error *error)
{
    char *end;
    long edge = strtol(value, &end, 10);
    if (*end || end == value || edge < 1 || edge > VIT_EDGE_MAX)
        return error_set(error, STATUS_USAGE, "edge is a number of pixels from 1 to %d, not \"%.40s\"",
                         (int)VIT_EDGE_MAX, value);
    options->edge = edge;
    return STATUS_OK;
}

static enum status set_precision(struct vit_options *options, const char *value, struct error *error)
{
    for (int i = 0; i < PRECISIONS; i++)
        if (strcmp(value, vit_precision_name((enum precision)i)) == 0) {
            options->precision = (enum precision)i;
            return STATUS_OK;
        }
    return error_set(error, STATUS_USAGE, "precision is float32 or bfloat16, not \"%.40s\"", value);
}

static const struct {
    const char *key; /* with "=" */
    enum status (*set)(struct vit_options *options, const char *value, struct error *error);
} settings[] = {{"positions=", set_positions}, {"edge=", set_edge}, {"precision=", set_precision}};

static enum status read_setting(struct vit_options *options, const char *text, struct error *error)
{
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        size_t size = strlen(settings[i].key);
        if (strncmp(text, settings[i].key, size) == 0)
            return settings[i].set(options, text + size, error);
    }
    return error_set(
        error, STATUS_USAGE,
        "there is no setting \"%.*s\"; there are positions=current|old, edge=PIXELS, precision=float32|bfloat16",
        (int)(strcspn(text, "=") > 80 ? 80 : strcspn(text, "=")), text);
}

static void describe(struct state *state)
{
    const struct vit_shape *shape = &state->tower.shape;
    const struct encoder_shape *encoder = &shape->encoder;
    snprintf(state->shape, sizeof state->shape,
             "patch %lld, %lld layers of %lld numbers in %lld heads, activation %s, epsilon %g",
             (long long)shape->patch, (long long)encoder->layers, (long long)encoder->hidden, (long long)encoder->heads,
             encoder_activation_name(encoder->activation), (double)encoder->epsilon);
    snprintf(state->prepared, sizeof state->prepared, "shortest edge to %d by bicubic, centre %d, positions %s",
             state->preparation.shortest, state->preparation.edge, vit_positions_name(state->positions));
    weights_fingerprint(state->tower.weights.file, state->fingerprint);
}

static enum status open_tower(struct state *state, enum vit_family family, const struct extractor_options *options,
                              struct error *error)
{
    struct vit_options tower = {0};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < options->n_settings && status == STATUS_OK; i++)
        status = read_setting(&tower, options->settings[i], error);
    if (status == STATUS_OK)
        status = vit_tower_open(options->weights, &tower, options->compute, &state->tower, error);
    if (status == STATUS_OK && state->tower.shape.family != family)
        status = error_set(error, STATUS_USAGE, "%s: a model of the family %s; use `sleeve embed %s`", options->weights,
                           vit_family_name(state->tower.shape.family), vit_family_name(state->tower.shape.family));
    if (status != STATUS_OK)
        return status;
    state->positions = tower.positions;
    state->precision = tower.precision;
    state->preparation = vit_preparation_of(&state->tower.shape);
    state->path = realpath(options->weights, NULL);
    describe(state);
    if (weights_are_random(&state->tower.weights))
        log_message(LOG_WARNING, "%s: all weights are random, so the vectors are not those of the trained model",
                    options->weights);
    return STATUS_OK;
}

static void close_tower(void *state)
{
    struct state *own = state;
    vit_tower_close(&own->tower);
    free(own->path);
    free(own);
}

static enum status open_family(enum vit_family family, const struct extractor_options *options, void **state,
                               int *width, struct error *error)
{
    struct state *own = calloc(1, sizeof *own);
    if (!own)
        return error_no_memory(error);
    enum status status = options->compute
                             ? open_tower(own, family, options, error)
                             : error_set(error, STATUS_FAILED, "a network needs a device (internal error)");
    if (status != STATUS_OK) {
        close_tower(own);
        return status;
    }
    *state = own;
    *width = (int)own->tower.shape.width;
    return STATUS_OK;
}

static enum status open_clip(const struct extractor_options *options, void **state, int *width, struct error *error)
{
    return open_family(VIT_CLIP, options, state, width, error);
}

static enum status open_dinov2(const struct extractor_options *options, void **state, int *width, struct error *error)
{
    return open_family(VIT_DINOV2, options, state, width, error);
}

static size_t prepared_size(const void *state)
{
    return (size_t)vit_input(&((const struct state *)state)->tower.shape);
}

static size_t batch(const void *state)
{
    return (size_t)((const struct state *)state)->tower.batch;
}

static enum status prepare(const void *state, const struct image *image, float *prepared, struct error *error)
{
    const struct state *own = state;
    struct image cropped;
    enum status status = vit_crop(&own->preparation, image, &cropped, error);
    if (status == STATUS_OK)
        vit_patches(&own->preparation, &own->tower.shape, &cropped, prepared);
    image_free(&cropped);
    return status;
}

static enum status extract(void *state, const struct extractor_options *options, const struct extractor_batch *inputs,
                           float *rows, bool *present, struct error *error)
{
    const struct state *own = state;
    int64_t width = own->tower.shape.width;
    enum status status = vit_tower_run(&own->tower, (int64_t)inputs->count, inputs->prepared, rows, error);
    for (size_t i = 0; status == STATUS_OK && i < inputs->count; i++) {
        float *row = rows + (int64_t)i * width;
        present[i] = inputs->images[i].rgb != NULL;
        for (int64_t j = 0; j < width; j++) {
            if (!isfinite(row[j]))
                return error_set(error, STATUS_BAD_DATA,
                                 "%s: its weights give values that are not finite; get the file again",
                                 options->weights);
            row[j] = present[i] ? row[j] : 0;
        }
    }
    return status;
}

static size_t metadata(const void *state, struct metadata_pair *pairs)
{
    const struct state *own = state;
    const char *slash = own->path ? strrchr(own->path, '/') : NULL;
    size_t count = 0;
    pairs[count++] = (struct metadata_pair){WEIGHTS_FINGERPRINT_KEY, own->fingerprint};
    if (own->path)
        pairs[count++] = (struct metadata_pair){WEIGHTS_PATH_KEY, own->path};
    if (slash)
        pairs[count++] = (struct metadata_pair){"weights.name", slash + 1};
    pairs[count++] = (struct metadata_pair){"weights.shape", own->shape};
    pairs[count++] = (struct metadata_pair){"preparation", own->prepared};
    pairs[count++] = (struct metadata_pair){"precision", vit_precision_name(own->precision)};
    if (weights_are_random(&own->tower.weights))
        pairs[count++] = (struct metadata_pair){"random_weights", "true"};
    return count;
}

#define VIT_EXTRACTOR(family, text)                                                                                    \
    const struct extractor extractor_##family = {                                                                      \
        .name = #family,                                                                                               \
        .summary = text,                                                                                               \
        .item = FEATURE_ALBUMS,                                                                                        \
        .input = INPUT_COVERS,                                                                                         \
        .edge = COVER_EDGE,                                                                                            \
        .takes_weights = true,                                                                                         \
        .takes_settings = true,                                                                                        \
        .open = open_##family,                                                                                         \
        .extract = extract,                                                                                            \
        .close = close_tower,                                                                                          \
        .prepared_size = prepared_size,                                                                                \
        .prepare = prepare,                                                                                            \
        .batch = batch,                                                                                                \
        .metadata = metadata,                                                                                          \
    }

VIT_EXTRACTOR(clip, "CLIP's image vector of a cover (with --weights)");
VIT_EXTRACTOR(dinov2, "the mean of DINOv2's tokens of a cover (with --weights)");
