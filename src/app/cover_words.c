#include "app/cover_words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vit/clip_text.h"
#include "vit/weights_fingerprint.h"

enum { NORM_ROWS = 1024 }; /* rows of a task */

struct cover_words {
    const struct feature_set *set;
    struct compute compute;
    bool opened;
    struct clip_text *tower;
    float *inverse_norms; /* [n_rows]; 0 for a row that is missing or 0 */
    unsigned cut;         /* mapped_files_cut before the files were opened */
    float *query;         /* [width] */
    float *products;      /* [n_rows] */
    struct compute_buffer *rows, *x, *y;
};

const char *cover_words_weights_of(const struct feature_set *set)
{
    return feature_set_metadata(set, WEIGHTS_PATH_KEY);
}

bool cover_words_are_random(const struct feature_set *set)
{
    return feature_set_metadata(set, "random_weights") != NULL;
}

enum status cover_words_check(const struct feature_set *set, const char *name, struct error *error)
{
    if (strcmp(set->extractor, "clip") == 0)
        return STATUS_OK;
    return error_set(
        error, STATUS_USAGE,
        "the set %s was made by %s, which only compares pictures; words find covers in a set that CLIP made: "
        "sleeve embed clip --weights FILE",
        name, set->extractor[0] ? set->extractor : "another program");
}

bool cover_words_are_of(const struct feature_set *set, const char *weights)
{
    const char *expected = feature_set_metadata(set, WEIGHTS_FINGERPRINT_KEY);
    struct safetensors *file = NULL;
    struct error error;
    char own[33] = "";
    if (safetensors_open(weights, &file, &error) == STATUS_OK)
        weights_fingerprint(file, own);
    safetensors_close(file);
    return expected && strcmp(own, expected) == 0;
}

static enum status check_weights(const struct feature_set *set, const struct cover_words_options *options,
                                 struct error *error)
{
    struct safetensors *file = NULL;
    enum status status = safetensors_open(options->weights, &file, error);
    safetensors_close(file);
    if (status != STATUS_OK || cover_words_are_of(set, options->weights))
        return status;
    const char *path = cover_words_weights_of(set);
    return error_set(error, STATUS_USAGE,
                     "the set %s was made with other weights than %s%s%s; name that file with --weights, or make the "
                     "set again: sleeve embed clip --weights FILE",
                     options->set, options->weights, path ? ", with " : "", path ? path : "");
}

static void measure_rows(void *context, size_t index, int worker)
{
    struct cover_words *words = context;
    const struct feature_set *set = words->set;
    int64_t begin = (int64_t)index * NORM_ROWS, end = begin + NORM_ROWS;
    (void)worker;
    for (int64_t row = begin; row < end && row < set->n_rows; row++) {
        const float *values = set->values + row * set->width;
        double sum = 0;
        for (int i = 0; i < set->width; i++)
            sum += (double)values[i] * (double)values[i];
        words->inverse_norms[row] = feature_set_has(set, row) && sum > 0 ? (float)(1 / sqrt(sum)) : 0;
    }
}

static enum status allocate(struct cover_words *words, struct error *error)
{
    const struct feature_set *set = words->set;
    size_t rows = (size_t)set->n_rows, width = (size_t)set->width;
    const struct compute_ops *ops = words->compute.ops;
    struct compute_device *device = words->compute.device;
    words->inverse_norms = malloc((rows + 1) * sizeof(float));
    words->products = malloc((rows + 1) * sizeof(float));
    words->query = malloc(width * sizeof(float));
    if (!words->inverse_norms || !words->products || !words->query)
        return error_no_memory(error);
    enum status status = ops->buffer_wrap(device, set->values, rows * width * sizeof(float), &words->rows, error);
    if (status == STATUS_OK)
        status = ops->buffer_create(device, width * sizeof(float), &words->x, error);
    return status == STATUS_OK ? ops->buffer_create(device, rows * sizeof(float), &words->y, error) : status;
}

static enum status load(struct cover_words *words, const struct cover_words_options *options, struct error *error)
{
    enum status status = compute_open(DEVICE_CPU, options->threads, &words->compute, error);
    if (status != STATUS_OK)
        return status;
    words->opened = true;
    status = clip_text_open(options->weights, options->vocabulary, &words->compute, &words->tower, error);
    if (status == STATUS_OK && clip_text_width(words->tower) != words->set->width)
        status = error_set(error, STATUS_BAD_DATA, "%s: texts have %d numbers, but the covers of the set %s have %d",
                           options->weights, clip_text_width(words->tower), options->set, words->set->width);
    if (status == STATUS_OK)
        status = allocate(words, error);
    if (status == STATUS_OK)
        pool_run(words->compute.pool, (size_t)(words->set->n_rows + NORM_ROWS - 1) / NORM_ROWS, measure_rows, words);
    return status;
}

enum status cover_words_open(const struct feature_set *set, const struct cover_words_options *options,
                             struct cover_words **words, struct error *error)
{
    *words = NULL;
    const unsigned cut = mapped_files_cut();
    enum status status = cover_words_check(set, options->set, error);
    if (status == STATUS_OK)
        status = check_weights(set, options, error);
    if (status != STATUS_OK)
        return status;
    struct cover_words *self = calloc(1, sizeof *self);
    if (!self)
        return error_no_memory(error);
    self->set = set;
    self->cut = cut;
    status = load(self, options, error);
    if (status != STATUS_OK) {
        cover_words_close(self);
        return status;
    }
    *words = self;
    return STATUS_OK;
}

void cover_words_close(struct cover_words *words)
{
    if (!words)
        return;
    clip_text_close(words->tower);
    if (words->opened) {
        words->compute.ops->buffer_destroy(words->rows);
        words->compute.ops->buffer_destroy(words->x);
        words->compute.ops->buffer_destroy(words->y);
        compute_close(&words->compute);
    }
    free(words->inverse_norms);
    free(words->products);
    free(words->query);
    free(words);
}

/* Dot products of the text with all covers. */
static enum status multiply(struct cover_words *words, struct error *error)
{
    const struct compute_ops *ops = words->compute.ops;
    struct compute_stream *stream = words->compute.stream;
    const struct compute_slice rows = {words->rows, 0}, x = {words->x, 0}, y = {words->y, 0}, none = {0};
    const struct feature_set *set = words->set;
    enum status status =
        ops->buffer_write(stream, words->x, 0, words->query, (size_t)set->width * sizeof(float), error);
    if (status == STATUS_OK)
        status = ops->network.dense(stream, ACTIVATION_IDENTITY, 1, set->width, set->n_rows, x, rows, none,
                                    (struct dropout){0}, none, y, error);
    if (status == STATUS_OK)
        status = ops->buffer_read(stream, words->y, 0, words->products, (size_t)set->n_rows * sizeof(float), error);
    return status;
}

static int compare_matches(const void *a, const void *b)
{
    const struct cover_match *left = a, *right = b;
    if (left->similarity != right->similarity)
        return left->similarity > right->similarity ? -1 : 1;
    return left->album < right->album ? -1 : left->album > right->album;
}

/* A heap of the best `k`, the worst of them first. */
static void keep_best(struct cover_match match, size_t k, struct cover_match *heap, size_t *count)
{
    size_t at = 0;
    if (*count < k) {
        for (at = (*count)++; at > 0 && compare_matches(&match, &heap[(at - 1) / 2]) > 0; at = (at - 1) / 2)
            heap[at] = heap[(at - 1) / 2];
        heap[at] = match;
        return;
    }
    if (k == 0 || compare_matches(&match, &heap[0]) > 0)
        return;
    for (size_t child; (child = 2 * at + 1) < k; at = child) {
        child += child + 1 < k && compare_matches(&heap[child + 1], &heap[child]) > 0;
        if (compare_matches(&heap[child], &match) <= 0)
            break;
        heap[at] = heap[child];
    }
    heap[at] = match;
}

enum status cover_words_find(struct cover_words *words, const char *text, size_t k, struct cover_match *matches,
                             size_t *count, bool *truncated, struct error *error)
{
    const struct feature_set *set = words->set;
    *count = 0;
    enum status status = clip_text_embed(words->tower, text, strlen(text), words->query, truncated, error);
    double sum = 0;
    for (int i = 0; status == STATUS_OK && i < set->width; i++)
        sum += (double)words->query[i] * (double)words->query[i];
    if (status == STATUS_OK && !(sum > 0 && isfinite(sum)))
        status = error_set(error, STATUS_BAD_DATA,
                           "the weights give an embedding of the text that is not finite or 0; "
                           "get the file again");
    for (int i = 0; status == STATUS_OK && i < set->width; i++)
        words->query[i] = (float)(words->query[i] / sqrt(sum));
    if (status == STATUS_OK)
        status = multiply(words, error);
    if (status != STATUS_OK)
        return status;
    for (int64_t row = 0; row < set->n_rows; row++)
        if (words->inverse_norms[row] > 0)
            keep_best((struct cover_match){row + 1, words->products[row] * words->inverse_norms[row]}, k, matches,
                      count);
    qsort(matches, *count, sizeof *matches, compare_matches);
    return mapped_files_cut() == words->cut ? STATUS_OK : mapped_files_failed(error);
}
