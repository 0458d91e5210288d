#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "bench/bench.h"
#include "core/clock.h"
#include "core/random.h"
#include "db/import/import.h"
#include "vit/weights_fingerprint.h"

/* Covers found by words: CLIP ViT-B/32's text tower with random weights, and as many covers as the demo has. */
enum {
    ALBUMS = 22545,
    SEARCHES = 40,
    FOUND = 20,
    TOKENS = 49408,
    CONTEXT = 77,
    HIDDEN = 512,
    INNER = 2048,
    LAYERS = 12,
    WIDTH = 512,
    TENSORS_MAX = 16 * LAYERS + 5,
    NAME_SIZE = 96,
};

struct words_bench {
    struct bench *bench;
    char folder[64], path[96], weights[96];
    float *numbers; /* [TOKENS x HIDDEN] from which all tensors are taken */
    struct catalogue *catalogue;
    struct app *app;
};

static const char *const texts[] = {"a white circle on black", "a red car in the desert at night", "handwriting",
                                    "the faces of four people in shadow, as on an old record"};

/* ---- weights ---- */

static void add_tensor(struct tensor_source *tensors, size_t *count, char (*names)[NAME_SIZE], const char *name,
                       int64_t rows, int64_t columns, const float *numbers)
{
    snprintf(names[*count], NAME_SIZE, "%s", name);
    tensors[*count] = (struct tensor_source){
        .name = names[*count], .dtype = "F32", .rank = columns > 0 ? 2 : 1, .shape = {rows, columns}, .bytes = numbers};
    ++*count;
}

static enum status write_weights(const struct words_bench *words, struct error *error)
{
    static const struct {
        const char *name;
        int64_t rows, columns;
    } of_layer[] = {{"layer_norm1", HIDDEN, 0},           {"layer_norm2", HIDDEN, 0},
                    {"self_attn.q_proj", HIDDEN, HIDDEN}, {"self_attn.k_proj", HIDDEN, HIDDEN},
                    {"self_attn.v_proj", HIDDEN, HIDDEN}, {"self_attn.out_proj", HIDDEN, HIDDEN},
                    {"mlp.fc1", INNER, HIDDEN},           {"mlp.fc2", HIDDEN, INNER}};
    struct tensor_source tensors[TENSORS_MAX];
    char(*names)[NAME_SIZE] = malloc(sizeof *names * TENSORS_MAX), name[NAME_SIZE];
    if (!names)
        return error_no_memory(error);
    size_t count = 0;
    const float *numbers = words->numbers;
    add_tensor(tensors, &count, names, "text_model.embeddings.token_embedding.weight", TOKENS, HIDDEN, numbers);
    add_tensor(tensors, &count, names, "text_model.embeddings.position_embedding.weight", CONTEXT, HIDDEN, numbers);
    add_tensor(tensors, &count, names, "text_model.final_layer_norm.weight", HIDDEN, 0, numbers);
    add_tensor(tensors, &count, names, "text_model.final_layer_norm.bias", HIDDEN, 0, numbers);
    add_tensor(tensors, &count, names, "text_projection.weight", WIDTH, HIDDEN, numbers);
    for (int layer = 0; layer < LAYERS; layer++)
        for (size_t i = 0; i < sizeof of_layer / sizeof *of_layer; i++)
            for (int bias = 0; bias < 2; bias++) {
                snprintf(name, sizeof name, "text_model.encoder.layers.%d.%s.%s", layer, of_layer[i].name,
                         bias ? "bias" : "weight");
                add_tensor(tensors, &count, names, name, of_layer[i].rows, bias ? 0 : of_layer[i].columns, numbers);
            }
    enum status status = safetensors_write(words->weights, tensors, count, NULL, 0, error);
    free(names);
    return status;
}

/* ---- the catalogue and its set ---- */

static enum status import_albums(const struct words_bench *words, struct error *error)
{
    char csv[96];
    snprintf(csv, sizeof csv, "%s/albums.csv", words->folder);
    FILE *file = fopen(csv, "w");
    if (!file)
        return error_set(error, STATUS_FAILED, "%s cannot be written", csv);
    fprintf(file, "playlist,pos,track,artist,album,seconds\n");
    for (int i = 0; i < ALBUMS; i++)
        fprintf(file, "p%d,%d,track %d,artist %d,album %d,200\n", i / 100, i % 100, i, i % 4000, i);
    bool good = !ferror(file);
    good = fclose(file) == 0 && good;
    struct import_report report = {0};
    const struct csv_options options = {.preset = CSV_PLAYLISTS};
    enum status status =
        good ? import_csv(words->catalogue, csv, &options, words->bench->pool, words->bench->progress, &report, error)
             : error_set(error, STATUS_FAILED, "%s cannot be written", csv);
    unlink(csv);
    return status;
}

static enum status write_set(const struct words_bench *words, struct error *error)
{
    struct safetensors *file = NULL;
    char print[33];
    enum status status = safetensors_open(words->weights, &file, error);
    if (status != STATUS_OK)
        return status;
    weights_fingerprint(file, print);
    safetensors_close(file);
    const struct feature_set set = {.item = FEATURE_ALBUMS,
                                    .n_rows = ALBUMS,
                                    .width = WIDTH,
                                    .values = words->numbers + WIDTH,
                                    .n_present = ALBUMS,
                                    .extractor = "clip"};
    const struct metadata_pair more[] = {
        {WEIGHTS_PATH_KEY, words->weights}, {WEIGHTS_FINGERPRINT_KEY, print}, {"random_weights", "true"}};
    return feature_set_write(words->catalogue, "clip", &set, more, 3, error);
}

static enum status make(struct words_bench *words, struct error *error)
{
    struct random random;
    random_seed(&random, 1);
    words->numbers = malloc(sizeof(float) * TOKENS * HIDDEN);
    if (!words->numbers)
        return error_no_memory(error);
    for (int64_t i = 0; i < (int64_t)TOKENS * HIDDEN; i++)
        words->numbers[i] = (float)random_below(&random, 1 << 16) / 655360.0F - 0.05F;
    enum status status = write_weights(words, error);
    if (status == STATUS_OK)
        status = catalogue_open(words->path, CATALOGUE_CREATE, &words->catalogue, error);
    if (status == STATUS_OK)
        status = import_albums(words, error);
    return status == STATUS_OK ? write_set(words, error) : status;
}

/* ---- measuring ---- */

static enum status search(struct words_bench *words, int at, double *milliseconds, struct error *error)
{
    struct album_list albums = {0};
    struct app_cover_answer answer;
    float similarities[FOUND + 1];
    const struct app_cover_query query = {.text = texts[at % 4], .set = "clip", .limit = FOUND};
    double start = clock_seconds();
    enum status status = app_search_covers(words->app, &query, &albums, similarities, &answer, error);
    *milliseconds = 1e3 * (clock_seconds() - start);
    album_list_free(&albums);
    return status;
}

static enum status measure(struct words_bench *words, struct error *error)
{
    double samples[SEARCHES], first = 0;
    const struct app_options options = {.catalogue = words->path,
                                        .device = {.choice = DEVICE_CPU, .threads = pool_threads(words->bench->pool)}};
    enum status status = app_open(&options, &words->app, error);
    if (status == STATUS_OK)
        status = search(words, 0, &first, error);
    for (int i = 0; i < SEARCHES && status == STATUS_OK; i++) {
        status = search(words, i, &samples[i], error);
        if (status == STATUS_OK)
            status = bench_check_interrupted(error);
    }
    if (status != STATUS_OK)
        return status;
    /* Each search reads the layers' weights and all covers once. */
    const double layer = 4.0 * HIDDEN * HIDDEN + 2.0 * HIDDEN * INNER;
    const double bytes = sizeof(float) * (LAYERS * layer + (double)ALBUMS * WIDTH);
    double rate = bench_read_bandwidth(words->bench->pool, words->numbers, sizeof(float) * TOKENS * HIDDEN);
    struct bench_row row = bench_row_make("words, first", ALBUMS, "ms", &first, 1, NAN, false);
    status = bench_print(words->bench, &row, error);
    row = bench_row_make("words", ALBUMS, "ms", samples, SEARCHES, 1e3 * bytes / rate, false);
    return status == STATUS_OK ? bench_print(words->bench, &row, error) : status;
}

enum status bench_words(struct bench *bench, struct error *error)
{
    const char *temporary = getenv("TMPDIR");
    struct words_bench words = {.bench = bench};
    snprintf(words.folder, sizeof words.folder, "%.40s/sleeve-bench-XXXXXX",
             temporary && *temporary ? temporary : "/tmp");
    if (!mkdtemp(words.folder))
        return error_set(error, STATUS_FAILED,
                         "no folder could be made for the benchmark; set TMPDIR to one that may be written");
    snprintf(words.path, sizeof words.path, "%s/catalogue.db", words.folder);
    snprintf(words.weights, sizeof words.weights, "%s/model.safetensors", words.folder);
    enum status status = make(&words, error);
    if (status == STATUS_OK)
        status = measure(&words, error);
    app_close(words.app);
    catalogue_close(words.catalogue);
    free(words.numbers);
    char command[96];
    snprintf(command, sizeof command, "rm -rf '%s'", words.folder);
    if (system(command) != 0)
        fprintf(stderr, "%s stays\n", words.folder);
    return status;
}
