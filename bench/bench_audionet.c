#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audionet/audionet.h"
#include "audionet/audionet_rules.h"
#include "bench/bench.h"
#include "core/clock.h"
#include "core/random.h"
#include "features/music_network.h"

/* musicnn and vgg at full size with random weights, none of whose filters vanish: patches to embeddings, and a track of
 * four minutes (a WAV file at 44,100 Hz) decoded, resampled, transformed and embedded. bench/peers/audionet.py compares
 * with the original on real music and the published weights. */

enum { PATCHES = 32, SAMPLES = 7, NUMBERS = 1 << 20, TENSORS_MAX = 96, SECONDS = 240, WAV_RATE = 44100 };

static const struct model {
    const char *name, *track_name;
    enum audionet_family family;
    const char *letters; /* of the sizes */
    int64_t sizes[16];
    double products; /* multiply-adds of a patch, in millions */
} models[] = {
    {"audionet musicnn",
     "audionet musicnn track",
     AUDIONET_MUSICNN,
     "FGSTUABPQRCMDEN",
     {204, 204, 51, 51, 51, 38, 67, 128, 64, 32, 561, 64, 1506, 200, 50},
     /* frames · positions · numbers seen · filters, of the two banks of timbre and the three of rhythm; the middle */
     1e-6 * 187 * (59 * 266.0 * 204 + 30 * 469.0 * 204 + 96 * 224.0 * 51 + 7 * 64.0 * (561 + 64 + 64))},
    {"audionet vgg",
     "audionet vgg track",
     AUDIONET_VGG,
     "FDN",
     {128, 256, 50},
     1e-6 * 9 * 128 * (187.0 * 96 + 128.0 * (92 * 48 + 46 * 24 + 23 * 12 + 11 * 6))},
};

struct audionet_bench {
    struct bench *bench;
    struct compute compute;
    char folder[64], weights[96], track[96];
    float *numbers; /* [NUMBERS] in ±0.1 */
    float *ones;    /* [2048], variances */
    double rate;    /* multiply-adds a second */
    /* While weights are written. */
    struct tensor_source tensors[TENSORS_MAX];
    size_t count;
};

/* ---- data ---- */

static enum status add_tensor(void *context, const char *prefix, const struct tensor_rule *rule,
                              const struct tensor_sizes *sizes, struct error *error)
{
    struct audionet_bench *own = context;
    struct tensor_source *tensor = &own->tensors[own->count++];
    (void)prefix;
    (void)error;
    bool positive = strstr(rule->name, "variance") || strstr(rule->name, "gamma");
    *tensor = (struct tensor_source){.name = rule->name,
                                     .dtype = "F32",
                                     .rank = (int)strlen(rule->shape),
                                     .bytes = positive ? own->ones : own->numbers};
    for (int i = 0; i < tensor->rank; i++)
        tensor->shape[i] = rule->shape[i] <= '9' ? rule->shape[i] - '0' : sizes->of[rule->shape[i] - 'A'];
    return STATUS_OK;
}

static enum status write_weights(struct audionet_bench *own, const struct model *model, struct error *error)
{
    struct audionet_shape shape = {.family = model->family};
    for (size_t i = 0; model->letters[i]; i++)
        shape.sizes.of[model->letters[i] - 'A'] = model->sizes[i];
    own->count = 0;
    enum status status = audionet_each_tensor(&shape, add_tensor, own, error);
    return status == STATUS_OK ? safetensors_write(own->weights, own->tensors, own->count, NULL, 0, error) : status;
}

static enum status write_track(const struct audionet_bench *own, struct error *error)
{
    const uint32_t bytes = SECONDS * WAV_RATE * 4, rate = WAV_RATE, per_second = WAV_RATE * 4;
    int16_t(*samples)[2] = malloc(bytes);
    FILE *out = samples ? fopen(own->track, "wb") : NULL;
    if (!out) {
        free(samples);
        return error_set(error, STATUS_FAILED, "%s cannot be written", own->track);
    }
    for (uint32_t i = 0; i < bytes / 4; i++)
        samples[i][0] = samples[i][1] =
            (int16_t)(8000 * sin(i * 0.05 * (1 + i / 3000 % 7)) + 40000 * (double)own->numbers[i % NUMBERS]);
    const uint32_t size = 36 + bytes, sixteen = 16;
    const uint16_t format[] = {1, 2}, widths[] = {4, 16};
    fwrite("RIFF", 4, 1, out);
    fwrite(&size, 4, 1, out);
    fwrite("WAVEfmt ", 8, 1, out);
    fwrite(&sixteen, 4, 1, out);
    fwrite(format, sizeof format, 1, out);
    fwrite(&rate, 4, 1, out);
    fwrite(&per_second, 4, 1, out);
    fwrite(widths, sizeof widths, 1, out);
    fwrite("data", 4, 1, out);
    fwrite(&bytes, 4, 1, out);
    fwrite(samples, bytes, 1, out);
    free(samples);
    bool failed = ferror(out);
    return fclose(out) == 0 && !failed ? STATUS_OK
                                       : error_set(error, STATUS_FAILED, "%s cannot be written", own->track);
}

/* ---- measuring ---- */

static enum status measure_patches(const struct audionet_bench *own, const struct model *model,
                                   const struct music_network *network, struct error *error)
{
    const struct audionet_shape *shape = audionet_shape_of(network->net);
    int64_t size = shape->frames * shape->mels;
    double samples[SAMPLES];
    float *patches = malloc((size_t)(PATCHES * size) * sizeof *patches);
    float *rows = malloc((size_t)(PATCHES * shape->width) * sizeof *rows);
    enum status status = patches && rows ? STATUS_OK : error_no_memory(error);
    for (int64_t i = 0; status == STATUS_OK && i < PATCHES * size; i++)
        patches[i] = 2 + 20 * own->numbers[i % NUMBERS];
    if (status == STATUS_OK)
        status = audionet_run(network->net, PATCHES, patches, rows, NULL, error);
    for (int i = 0; i < SAMPLES && status == STATUS_OK; i++) {
        double start = clock_seconds();
        status = audionet_run(network->net, PATCHES, patches, rows, NULL, error);
        samples[i] = PATCHES / (clock_seconds() - start);
        if (status == STATUS_OK)
            status = bench_check_interrupted(error);
    }
    free(patches);
    free(rows);
    if (status != STATUS_OK)
        return status;
    struct bench_row row =
        bench_row_make(model->name, PATCHES, "patches/s", samples, SAMPLES, own->rate / (model->products * 1e6), true);
    return bench_print(own->bench, &row, error);
}

struct embedding {
    const struct music_network *network;
    float *embeddings, *tags;
    int64_t patches;
};

static enum status embed(void *context, const float *patches, int64_t count, struct error *error)
{
    struct embedding *embedding = context;
    embedding->patches += count;
    return music_network_run(embedding->network, count, patches, embedding->embeddings, embedding->tags, error);
}

/* Without reading ahead: decoding is in another process all the same. */
static enum status measure_track(const struct audionet_bench *own, const struct model *model,
                                 const struct music_network *network, struct error *error)
{
    const struct audionet_shape *shape = audionet_shape_of(network->net);
    int64_t most = audionet_batch(network->net);
    double samples[SAMPLES];
    struct spectrogram *spectrogram = NULL;
    struct embedding embedding = {network, malloc((size_t)(most * shape->width) * sizeof(float)),
                                  malloc((size_t)(most * shape->tags) * sizeof(float)), 0};
    enum status status = embedding.embeddings && embedding.tags ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        status = spectrogram_create(&network->settings, &spectrogram, error);
    for (int i = 0; i < SAMPLES && status == STATUS_OK; i++) {
        double start = clock_seconds();
        status = music_read_patches(spectrogram, &network->settings, own->track, 0, most, embed, &embedding, error);
        samples[i] = clock_seconds() - start;
        if (status == STATUS_OK)
            status = bench_check_interrupted(error);
    }
    spectrogram_destroy(spectrogram);
    free(embedding.embeddings);
    free(embedding.tags);
    if (status != STATUS_OK)
        return status;
    double patches = (double)embedding.patches / SAMPLES;
    struct bench_row row = bench_row_make(model->track_name, patches, "s", samples, SAMPLES,
                                          patches * model->products * 1e6 / own->rate, false);
    return bench_print(own->bench, &row, error);
}

static enum status measure(struct audionet_bench *own, const struct model *model, struct error *error)
{
    const struct music_options options = {.weights = own->weights, .padding = SPECTROGRAM_REFLECT};
    struct music_network network = {0};
    enum status status = write_weights(own, model, error);
    if (status == STATUS_OK)
        status = music_network_open(&options, &own->compute, &network, error);
    if (status == STATUS_OK)
        status = measure_patches(own, model, &network, error);
    if (status == STATUS_OK)
        status = measure_track(own, model, &network, error);
    music_network_close(&network);
    unlink(own->weights);
    return status;
}

static enum status measure_all(struct audionet_bench *own, struct error *error)
{
    enum status status = compute_open(own->bench->device, pool_threads(own->bench->pool), &own->compute, error);
    if (status != STATUS_OK)
        return status;
    own->rate = bench_multiply_rate(&own->compute);
    status = write_track(own, error);
    for (size_t i = 0; i < sizeof models / sizeof *models && status == STATUS_OK; i++)
        status = measure(own, &models[i], error);
    unlink(own->track);
    compute_close(&own->compute);
    return status;
}

enum status bench_audionet(struct bench *bench, struct error *error)
{
    const char *temporary = getenv("TMPDIR");
    struct audionet_bench own = {
        .bench = bench, .numbers = malloc(sizeof(float) * NUMBERS), .ones = malloc(sizeof(float) * 2048)};
    struct random random;
    random_seed(&random, 1);
    for (int64_t i = 0; own.numbers && i < NUMBERS; i++)
        own.numbers[i] = (float)random_below(&random, 1 << 16) / 327680.0F - 0.1F;
    for (int64_t i = 0; own.ones && i < 2048; i++)
        own.ones[i] = 1;
    enum status status = own.numbers && own.ones ? STATUS_OK : error_no_memory(error);
    snprintf(own.folder, sizeof own.folder, "%.40s/sleeve-bench-XXXXXX", temporary && *temporary ? temporary : "/tmp");
    if (status == STATUS_OK && !mkdtemp(own.folder))
        status = error_set(error, STATUS_FAILED,
                           "no folder could be made for the benchmark; set TMPDIR to one that may be written");
    if (status == STATUS_OK) {
        snprintf(own.weights, sizeof own.weights, "%s/model.safetensors", own.folder);
        snprintf(own.track, sizeof own.track, "%s/track.wav", own.folder);
        status = measure_all(&own, error);
        rmdir(own.folder);
    }
    free(own.numbers);
    free(own.ones);
    return status;
}
