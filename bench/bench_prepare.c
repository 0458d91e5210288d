#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "bench/bench.h"
#include "bench/make_jpegs.h"
#include "core/file.h"
#include "vit/prepare.h"

/* Time is that of the thread's processor, because other programs may use the machine. bench/peers/prepare.py measures
 * Pillow with the same files. */

enum { N_FILES = 64, ROUNDS = 9, QUALITY = 85, EDGE = 224 };

enum { DECODE, CLIP, DINOV2, N_MODELS };

static const struct model {
    const char *whole, *resize;
    struct vit_shape shape;
} models[N_MODELS] = {
    [DECODE] = {.whole = "decode 640 px"},
    [CLIP] = {"prepare clip", "clip after decoding", {.family = VIT_CLIP, .edge = EDGE, .patch = 32, .grid = 7}},
    [DINOV2] = {"prepare dinov2",
                "dinov2 after decoding",
                {.family = VIT_DINOV2, .edge = EDGE, .patch = 14, .grid = 16}},
};

struct rates {
    double whole[ROUNDS], resize[ROUNDS]; /* covers a second */
};

static double processor_seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Adds the seconds of decoding and of the rest. */
static enum status prepare(const struct buffer *file, const struct model *model, float *prepared, double seconds[2],
                           struct error *error)
{
    const struct vit_preparation preparation = vit_preparation_of(&model->shape);
    struct image image, cropped = {0};
    double start = processor_seconds();
    enum status status = image_decode(file->data, file->size, "a picture", &image, error);
    double decoded = processor_seconds();
    seconds[0] += decoded - start;
    if (status == STATUS_OK && model->resize)
        status = vit_crop(&preparation, &image, &cropped, error);
    if (status == STATUS_OK && model->resize)
        vit_patches(&preparation, &model->shape, &cropped, prepared);
    image_free(&cropped);
    image_free(&image);
    seconds[1] += processor_seconds() - decoded;
    return status;
}

static enum status measure(const struct buffer *files, struct rates rates[N_MODELS], struct error *error)
{
    int64_t most = vit_input(&models[DINOV2].shape), clip = vit_input(&models[CLIP].shape);
    float *prepared = malloc((size_t)(most > clip ? most : clip) * sizeof *prepared);
    enum status status = prepared ? STATUS_OK : error_no_memory(error);
    for (int round = -1; round < ROUNDS && status == STATUS_OK; round++) /* the first is not counted */
        for (int i = 0; i < N_MODELS && status == STATUS_OK; i++) {
            double seconds[2] = {0};
            for (int file = 0; file < N_FILES && status == STATUS_OK; file++)
                status = prepare(&files[file], &models[i], prepared, seconds, error);
            if (status == STATUS_OK)
                status = bench_check_interrupted(error);
            if (round < 0)
                continue;
            rates[i].whole[round] = N_FILES / (seconds[0] + seconds[1]);
            rates[i].resize[round] = N_FILES / seconds[1];
        }
    free(prepared);
    return status;
}

static enum status print(struct bench *bench, struct rates rates[N_MODELS], struct error *error)
{
    enum status status = STATUS_OK;
    double limit = NAN;
    for (int i = 0; i < N_MODELS && status == STATUS_OK; i++) {
        struct bench_row row = bench_row_make(models[i].whole, N_FILES, "1/s", rates[i].whole, ROUNDS, limit, true);
        limit = i == DECODE ? row.median : limit;
        status = bench_print(bench, &row, error);
        if (status != STATUS_OK || !models[i].resize)
            continue;
        row = bench_row_make(models[i].resize, N_FILES, "1/s", rates[i].resize, ROUNDS, NAN, true);
        status = bench_print(bench, &row, error);
    }
    return status;
}

static enum status keep(const char *folder, const struct buffer *files, struct error *error)
{
    enum status status = folder_make(folder, error);
    for (int i = 0; i < N_FILES && status == STATUS_OK; i++) {
        struct buffer path = {0};
        buffer_printf(&path, "%s/%d.jpg", folder, i);
        status = path.failed ? error_no_memory(error) : atomic_file_write(path.data, &files[i], error);
        buffer_free(&path);
    }
    return status;
}

enum status bench_prepare(struct bench *bench, struct error *error)
{
    struct buffer files[N_FILES] = {0};
    struct rates rates[N_MODELS];
    enum status status = make_jpegs(files, N_FILES, MAKE_JPEGS_EDGE_MAX, QUALITY, error);
    if (status == STATUS_OK && bench->keep)
        status = keep(bench->keep, files, error);
    if (status == STATUS_OK)
        status = measure(files, rates, error);
    if (status == STATUS_OK)
        status = print(bench, rates, error);
    for (int i = 0; i < N_FILES; i++)
        buffer_free(&files[i]);
    return status;
}
