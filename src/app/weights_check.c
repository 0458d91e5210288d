#include "app/weights_check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/interrupt.h"
#include "core/sha256.h"
#include "vit/clip_text.h"
#include "vit/prepare.h"
#include "vit/weights_fingerprint.h"

enum { CORNER = 3, PICTURE_WIDTH = 640, PICTURE_HEIGHT = 480 };

/* Results for the picture 000000039769 of COCO (two cats) in the tests of transformers: tests/models/clip/
 * test_modeling_clip.py and tests/models/dinov2/test_modeling_dinov2.py. DINOv2's are of version 4.35, which resized
 * positions in the old way. */
static const struct published_tokens {
    const char *name;
    enum vit_family family;
    struct vit_options options;
    bool squash;
    float tokens[CORNER][CORNER];
} published_tokens[] = {
    {"tokens at 180 pixels",
     VIT_CLIP,
     {.edge = 180},
     true,
     {{-0.1538F, 0.0322F, -0.3235F}, {0.2893F, 0.1135F, -0.5708F}, {0.0461F, 0.1540F, -0.6018F}}},
    {"tokens",
     VIT_DINOV2,
     {.positions = POSITIONS_OLD},
     false,
     {{-2.1747F, -0.4729F, 1.0936F}, {-3.2780F, -0.8269F, -0.9210F}, {-2.9129F, 1.1284F, -0.7306F}}},
};
static const double token_tolerance = 1e-4;

static const struct published_text {
    const char *text;
    double logit;
} published_texts[] = {{"a photo of a cat", 24.5701}, {"a photo of a dog", 19.3049}};
static const double logit_tolerance = 1e-3;

struct checking {
    const struct weights_check_settings *settings;
    struct weights_check *check;
    struct image image;
};

/* ---- the picture through a tower ---- */

static enum status open_and_prepare(const struct checking *checking, const struct vit_options *options, bool squash,
                                    struct compute *compute, struct vit_tower *tower, float **prepared,
                                    struct error *error)
{
    struct image cropped = {0};
    *prepared = NULL;
    enum status status = vit_tower_open(checking->settings->path, options, compute, tower, error);
    if (status != STATUS_OK)
        return status;
    struct vit_preparation preparation = vit_preparation_of(&tower->shape);
    preparation.squash = squash;
    status = vit_crop(&preparation, &checking->image, &cropped, error);
    if (status == STATUS_OK)
        *prepared = malloc((size_t)vit_input(&tower->shape) * sizeof **prepared);
    if (status == STATUS_OK && !*prepared)
        status = error_no_memory(error);
    if (status == STATUS_OK)
        vit_patches(&preparation, &tower->shape, &cropped, *prepared);
    image_free(&cropped);
    return status;
}

static enum status compare_tokens(const struct checking *checking, const struct published_tokens *published,
                                  struct compute *compute, double *difference, struct error *error)
{
    struct vit_tower tower;
    float *prepared, *tokens = NULL;
    enum status status =
        open_and_prepare(checking, &published->options, published->squash, compute, &tower, &prepared, error);
    int64_t hidden = tower.shape.encoder.hidden;
    if (status == STATUS_OK)
        tokens = malloc((size_t)(vit_tokens(&tower.shape) * hidden) * sizeof *tokens);
    if (status == STATUS_OK)
        status = tokens ? vit_tower_tokens(&tower, prepared, tokens, error) : error_no_memory(error);
    for (int i = 0; status == STATUS_OK && i < CORNER; i++)
        for (int j = 0; j < CORNER; j++)
            *difference = fmax(*difference, fabs((double)tokens[i * hidden + j] - (double)published->tokens[i][j]));
    free(prepared);
    free(tokens);
    vit_tower_close(&tower);
    return status;
}

static double cosine(const float *a, const float *b, int64_t n)
{
    double dot = 0, aa = 0, bb = 0;
    for (int64_t i = 0; i < n; i++) {
        dot += (double)a[i] * (double)b[i];
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
    }
    return dot / sqrt(aa * bb);
}

static enum status compare_texts(struct clip_text *text, const float *row, float *other, int64_t width, double scale,
                                 double *difference, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < sizeof published_texts / sizeof *published_texts; i++) {
        const struct published_text *published = &published_texts[i];
        status = clip_text_embed(text, published->text, strlen(published->text), other, NULL, error);
        if (status == STATUS_OK)
            *difference = fmax(*difference, fabs(scale * cosine(row, other, width) - published->logit));
    }
    return status;
}

/* The scale is the exponential of a tensor of the whole model. */
static double scale_of(struct vit_tower *tower)
{
    static const struct tensor_rule rule = {"logit_scale", NULL, ""};
    static const struct tensor_sizes sizes;
    const struct tensor_view *view;
    float log = 0;
    if (weights_require(&tower->weights, tower->shape.outer, &rule, &sizes, &view, NULL) == STATUS_OK)
        tensor_floats(view, 0, 1, &log);
    return exp((double)log);
}

static enum status compare_logits(const struct checking *checking, struct compute *compute, double *difference,
                                  struct error *error)
{
    struct vit_tower tower;
    struct clip_text *text = NULL;
    float *prepared, *rows = NULL;
    enum status status = open_and_prepare(checking, &(struct vit_options){0}, false, compute, &tower, &prepared, error);
    int64_t width = tower.shape.width;
    if (status == STATUS_OK)
        rows = malloc((size_t)width * 2 * sizeof *rows);
    if (status == STATUS_OK)
        status = rows ? vit_tower_run(&tower, 1, prepared, rows, error) : error_no_memory(error);
    if (status == STATUS_OK)
        status = clip_text_open(checking->settings->path, NULL, compute, &text, error);
    if (status == STATUS_OK && clip_text_width(text) != width)
        status = error_set(error, STATUS_BAD_DATA, "%s: its towers have vectors of different widths",
                           checking->settings->path);
    if (status == STATUS_OK)
        status = compare_texts(text, rows, rows + width, width, scale_of(&tower), difference, error);
    clip_text_close(text);
    free(prepared);
    free(rows);
    vit_tower_close(&tower);
    return status;
}

/* ---- published results ---- */

static void add_result(struct weights_check *check, const char *name, double difference, double tolerance)
{
    check->results[check->n_results++] =
        (struct published_result){name, difference, tolerance, difference <= tolerance};
    check->agrees = check->agrees && difference <= tolerance;
}

static enum status compare_all(void *context, struct compute *compute, struct error *error)
{
    struct checking *checking = context;
    struct weights_check *check = checking->check;
    enum vit_family family = check->inspection.shape.family;
    enum status status = STATUS_OK;
    check->n_results = 0;
    check->agrees = true;
    for (size_t i = 0; status == STATUS_OK && i < sizeof published_tokens / sizeof *published_tokens; i++) {
        double difference = 0;
        if (published_tokens[i].family != family)
            continue;
        status = compare_tokens(checking, &published_tokens[i], compute, &difference, error);
        if (status == STATUS_OK)
            add_result(check, published_tokens[i].name, difference, token_tolerance);
    }
    if (status == STATUS_OK && check->inspection.n_text > 0) {
        double difference = 0;
        status = compare_logits(checking, compute, &difference, error);
        if (status == STATUS_OK)
            add_result(check, "logits of two texts", difference, logit_tolerance);
    }
    return status;
}

static enum status read_picture(struct checking *checking, struct error *error)
{
    const char *path = checking->settings->image;
    struct buffer bytes = {0};
    enum status status = file_read(path, IMAGE_FILE_MAX, &bytes, error);
    if (status == STATUS_OK)
        status = image_decode_safely(bytes.data, bytes.size, path, IMAGE_EDGE_MAX, &checking->image, error);
    buffer_free(&bytes);
    if (status == STATUS_OK && (checking->image.width != PICTURE_WIDTH || checking->image.height != PICTURE_HEIGHT))
        status = error_set(error, STATUS_BAD_DATA,
                           "%s: has %d x %d pixels, but the picture of the published results (COCO's 000000039769, two "
                           "cats) has 640 x 480",
                           path, checking->image.width, checking->image.height);
    return status;
}

static enum status compare(struct checking *checking, struct error *error)
{
    const struct weights_check_settings *settings = checking->settings;
    const struct vit_inspection *inspection = &checking->check->inspection;
    if (!inspection->published)
        return error_set(error, STATUS_BAD_DATA, "%s: there are no published results for a model of this shape",
                         settings->path);
    enum status status = read_picture(checking, error);
    if (status == STATUS_OK)
        status = device_run(settings->device, &(struct device_work){compare_all, checking}, error);
    if (status == STATUS_OK && !checking->check->agrees)
        status = error_set(error, STATUS_BAD_DATA, "%s: does not give the published results of %s%s", settings->path,
                           inspection->published,
                           inspection->random ? "; its weights are random" : "; get the file or the picture again");
    image_free(&checking->image);
    return status;
}

/* ---- the file ---- */

static enum status hash_file(const struct weights *weights, struct weights_check *check, struct error *error)
{
    enum { STEP = 8 << 20 };
    size_t size;
    const unsigned char *bytes = safetensors_bytes(weights->file, &size);
    struct sha256 hash;
    sha256_begin(&hash);
    for (size_t at = 0; at < size; at += STEP) {
        sha256_add(&hash, bytes + at, size - at < STEP ? size - at : STEP);
        if (interrupt_requested())
            return error_set(error, STATUS_INTERRUPTED, "stopped while %s was read", weights->path);
    }
    sha256_end(&hash, check->sha256);
    weights_fingerprint(weights->file, check->fingerprint);
    check->file_size = size;
    return STATUS_OK;
}

/* Networks of music have no published results: the tests compare them with the package itself. */
static enum status check_music(const struct weights_check_settings *settings, struct weights *weights,
                               struct weights_check *check, struct error *error)
{
    if (settings->image)
        return error_set(error, STATUS_USAGE, "%s: a network of music; --image goes with CLIP and DINOv2",
                         settings->path);
    check->is_music = true;
    enum status status = audionet_inspect(weights, &check->music, error);
    if (status == STATUS_OK && !check->music.usable) {
        status = check->music.fault.status;
        if (error)
            *error = check->music.fault;
    }
    return status;
}

static enum status check_pictures(struct weights *weights, struct weights_check *check, struct error *error)
{
    enum status status = vit_inspect(weights, &(struct vit_options){0}, &check->inspection, error);
    if (status == STATUS_OK && !check->inspection.usable) {
        status = check->inspection.fault.status;
        if (error)
            *error = check->inspection.fault;
    }
    return status;
}

enum status app_weights_check(const struct weights_check_settings *settings, struct weights_check *check,
                              struct error *error)
{
    struct weights weights;
    struct checking checking = {.settings = settings, .check = check};
    *check = (struct weights_check){0};
    enum status status = weights_open(settings->path, &weights, error);
    if (status == STATUS_OK)
        status = hash_file(&weights, check, error);
    bool music = status == STATUS_OK && audionet_is_recognised(&weights);
    if (status == STATUS_OK)
        status = music ? check_music(settings, &weights, check, error) : check_pictures(&weights, check, error);
    weights_close(&weights);
    return status == STATUS_OK && settings->image ? compare(&checking, error) : status;
}
