#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/make_jpegs.h"
#include "core/clock.h"
#include "db/covers.h"
#include "vision/image.h"

/* Decoding in a decoder process beside decoding in this process. */
enum {
    N_FILES = 64,
    ROUNDS = 20,
    FILE_EDGE = 640, /* of the largest image that Spotify has for an album */
    QUALITY = 85,
    STORED_QUALITY = 92, /* of the covers in a catalogue */
};

struct decoding {
    struct buffer files[N_FILES];
    int edge; /* fitted into; 0: decoded at their size, like stored covers */
    bool safely;
    double *seconds; /* [N_FILES] */
    enum status status;
    struct error error;
};

static enum status decode_here(const struct buffer *file, int edge, struct image *image, struct error *error)
{
    struct image whole;
    enum status status = image_decode(file->data, file->size, "a picture", &whole, error);
    if (status != STATUS_OK || edge == 0) {
        *image = whole;
        return status;
    }
    status = image_fit(&whole, edge, image, error);
    image_free(&whole);
    return status;
}

static void decode_task(void *context, size_t index, int worker)
{
    (void)worker;
    struct decoding *decoding = context;
    const struct buffer *file = &decoding->files[index];
    struct image image = {0};
    struct error error;
    double start = clock_seconds();
    enum status status = !decoding->safely ? decode_here(file, decoding->edge, &image, &error)
                         : decoding->edge
                             ? image_decode_fitted(file, "a picture", decoding->edge, &image, &error)
                             : image_decode_safely(file->data, file->size, "a picture", IMAGE_EDGE_MAX, &image, &error);
    decoding->seconds[index] = clock_seconds() - start;
    image_free(&image);
    if (status != STATUS_OK) {
        decoding->status = status;
        decoding->error = error;
    }
}

struct samples {
    double one[N_FILES * ROUNDS]; /* ms a picture, one after another */
    double all[ROUNDS];           /* pictures a second, on all threads */
};

/* Once in this process and once in a decoder, in turn, so that both meet the same machine. */
static enum status measure(struct bench *bench, struct decoding *decoding, struct samples samples[2],
                           struct error *error)
{
    for (int round = -1; round < ROUNDS; round++) /* the first starts the decoders */
        for (int safely = 0; safely < 2; safely++) {
            decoding->safely = safely;
            for (size_t i = 0; i < N_FILES; i++)
                decode_task(decoding, i, 0);
            for (size_t i = 0; round >= 0 && i < N_FILES; i++)
                samples[safely].one[(size_t)round * N_FILES + i] = 1e3 * decoding->seconds[i];
            double start = clock_seconds();
            pool_run(bench->pool, N_FILES, decode_task, decoding);
            if (round >= 0)
                samples[safely].all[round] = N_FILES / (clock_seconds() - start);
            if (decoding->status != STATUS_OK) {
                *error = decoding->error;
                return decoding->status;
            }
            enum status status = bench_check_interrupted(error);
            if (status != STATUS_OK)
                return status;
        }
    return STATUS_OK;
}

static enum status print(struct bench *bench, const char *const names[4], struct samples samples[2],
                         struct error *error)
{
    enum status status = STATUS_OK;
    double here = NAN, here_all = NAN;
    for (int safely = 0; safely < 2 && status == STATUS_OK; safely++) {
        struct bench_row one =
            bench_row_make(names[safely], N_FILES, "ms", samples[safely].one, N_FILES * ROUNDS, here, false);
        struct bench_row all =
            bench_row_make(names[2 + safely], N_FILES, "1/s", samples[safely].all, ROUNDS, here_all, true);
        here = one.median;
        here_all = all.median;
        status = bench_print(bench, &one, error);
        if (status == STATUS_OK)
            status = bench_print(bench, &all, error);
    }
    return status;
}

static enum status bench_kind(struct bench *bench, int edge, int quality, int fitted, const char *const names[4],
                              struct error *error)
{
    double seconds[N_FILES];
    struct decoding decoding = {.edge = fitted, .seconds = seconds};
    struct samples *samples = calloc(2, sizeof *samples);
    enum status status = samples ? make_jpegs(decoding.files, N_FILES, edge, quality, error) : error_no_memory(error);
    if (status == STATUS_OK)
        status = measure(bench, &decoding, samples, error);
    if (status == STATUS_OK)
        status = print(bench, names, samples, error);
    for (int i = 0; i < N_FILES; i++)
        buffer_free(&decoding.files[i]);
    free(samples);
    return status;
}

enum status bench_decode(struct bench *bench, struct error *error)
{
    static const char *const files[] = {"640 px to 224 px, in this process", "the same, in a decoder",
                                        "640 px to 224 px, all threads", "the same, in decoders"};
    static const char *const covers[] = {"stored cover, in this process", "the same, in a decoder",
                                         "stored covers, all threads", "the same, in decoders"};
    enum status status = bench_kind(bench, FILE_EDGE, QUALITY, COVER_EDGE, files, error);
    return status == STATUS_OK ? bench_kind(bench, COVER_EDGE, STORED_QUALITY, 0, covers, error) : status;
}
