#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "models/rta/rta.h"

/* Every family of represent-then-aggregate models against PyTorch in float64 (tests/oracle/rta.py made the files):
 * representations, aggregates, losses, gradients, ten training steps, and scores. */

#define TOLERANCE 1e-5 /* of a number and of the largest one of its matrix */

#define must(call)                                                                                                     \
    do {                                                                                                               \
        struct error error = {0};                                                                                      \
        if ((call) != STATUS_OK)                                                                                       \
            fail_msg("%s", error.text);                                                                                \
    } while (0)

static struct compute compute;

static int open_compute(void **state)
{
    (void)state;
    struct error error = {0};
    return compute_open(DEVICE_CPU, 2, &compute, &error) == STATUS_OK ? 0 : -1;
}

static int close_compute(void **state)
{
    (void)state;
    compute_close(&compute);
    return 0;
}

struct golden {
    const char *family;
    struct safetensors *file;
    struct rta_shape shape;
    struct rta_inputs inputs;
    int64_t batch, length, steps, n_easy, n_hard, candidates;
    struct interactions none; /* as many tracks as the catalogue, no playlists */
    struct rta_sampler sampler;
    struct rta_batch sample;
};

static double number(const struct golden *golden, const char *key)
{
    const char *text = safetensors_metadata(golden->file, key);
    if (!text)
        fail_msg("%s: no metadata %s", golden->family, key);
    return strtod(text, NULL);
}

static int64_t whole(const struct golden *golden, const char *key)
{
    return (int64_t)number(golden, key);
}

static const struct tensor_view *find(const struct golden *golden, const char *prefix, const char *name)
{
    char path[96];
    snprintf(path, sizeof path, "%s%s", prefix, name);
    const struct tensor_view *view = safetensors_find(golden->file, path);
    if (!view)
        fail_msg("%s: no tensor %s", golden->family, path);
    return view;
}

static const void *values(const struct golden *golden, const char *prefix, const char *name)
{
    return find(golden, prefix, name)->bytes;
}

static void same(const struct golden *golden, const char *what, const char *name, const float *ours,
                 const float *theirs, int64_t count, double tolerance)
{
    double largest = 0;
    for (int64_t i = 0; i < count; i++)
        largest = fmax(largest, fabs((double)theirs[i]));
    for (int64_t i = 0; i < count; i++)
        if (!(fabs((double)ours[i] - (double)theirs[i]) <= tolerance * (fabs((double)theirs[i]) + largest)))
            fail_msg("%s: %s%s [%lld] is %.9g, not %.9g (largest %.3g)", golden->family, what, name, (long long)i,
                     (double)ours[i], (double)theirs[i], largest);
}

static const struct {
    const char *text;
    enum rta_aggregator aggregator;
} aggregators[] = {{"avg", RTA_AVG}, {"cnn", RTA_CNN}, {"gru", RTA_GRU}, {"transformer", RTA_TRANSFORMER}};

static void open_golden(struct golden *golden, const char *family)
{
    char path[512];
    *golden = (struct golden){.family = family};
    snprintf(path, sizeof path, "%s/%s.safetensors", getenv("GOLDEN"), family);
    must(safetensors_open(path, &golden->file, &error));
    struct rta_shape *shape = &golden->shape;
    *shape = (struct rta_shape){
        .d = whole(golden, "d"),
        .heads = whole(golden, "heads"),
        .representer_heads = whole(golden, "heads"),
        .representer_feed_forward = whole(golden, "nn_ff"),
        .feed_forward = whole(golden, "ff"),
        .hidden = whole(golden, "gru_hidden"),
        .channels = whole(golden, "channels"),
        .window = whole(golden, "length") + 1,
        .cover_dim = whole(golden, "covers") ? whole(golden, "cover_dim") : 0,
        .cover_hidden = whole(golden, "adaptor_hidden"),
        .cover_width = whole(golden, "adaptor_out"),
        .extra = whole(golden, "extra") != 0,
    };
    const char *representer = safetensors_metadata(golden->file, "representer");
    shape->representer = representer[0] == 'm' ? RTA_MF : representer[0] == 'f' ? RTA_FM : RTA_NN;
    for (size_t i = 0; i < sizeof aggregators / sizeof aggregators[0]; i++)
        if (strcmp(aggregators[i].text, safetensors_metadata(golden->file, "aggregator")) == 0)
            shape->aggregator = aggregators[i].aggregator;
    golden->batch = whole(golden, "batch");
    golden->length = whole(golden, "length");
    golden->steps = whole(golden, "steps");
    golden->n_easy = whole(golden, "n_easy");
    golden->n_hard = whole(golden, "n_hard");
    golden->candidates = whole(golden, "candidates");

    struct rta_inputs *inputs = &golden->inputs;
    inputs->n_tracks = whole(golden, "tracks");
    for (int slot = 0; slot < rta_slots(shape); slot++) {
        char key[32];
        snprintf(key, sizeof key, slot ? "%s_rows" : "tracks", rta_slot_names[slot]);
        inputs->n_rows[slot] = whole(golden, key);
        inputs->initial[slot] = values(golden, "weights.", rta_slot_names[slot]);
        inputs->rows[slot] = slot ? values(golden, "input.", rta_slot_names[slot]) : NULL;
    }
    int32_t *cover_rows = calloc((size_t)inputs->n_tracks, sizeof *cover_rows);
    for (int32_t t = 0; t < inputs->n_tracks; t++)
        cover_rows[t] = t;
    inputs->cover_rows = cover_rows;
    inputs->covers = shape->cover_dim ? values(golden, "input.", "covers") : NULL;
    inputs->n_covers = inputs->n_tracks;

    golden->none = (struct interactions){.n_tracks = inputs->n_tracks};
    golden->sampler = (struct rta_sampler){.interactions = &golden->none,
                                           .batch = golden->batch,
                                           .window = golden->length + 1,
                                           .negatives = golden->candidates,
                                           .local = malloc((size_t)inputs->n_tracks * sizeof(int32_t))};
    for (int64_t t = 0; t < inputs->n_tracks; t++)
        golden->sampler.local[t] = -1;
    must(rta_batch_create(&golden->sampler, &golden->sample, &error));
}

static void close_golden(struct golden *golden)
{
    rta_batch_free(&golden->sample);
    free(golden->sampler.local);
    free((void *)(uintptr_t)golden->inputs.cover_rows);
    safetensors_close(golden->file);
}

static void load_parameters(const struct golden *golden, struct parameters *parameters)
{
    float *all = calloc(parameters->n_values + 1, sizeof *all);
    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *parameter = &parameters->items[i];
        const struct tensor_view *view = find(golden, "weights.", parameter->name);
        size_t bytes = (size_t)(parameter->tensor.rows * parameter->tensor.columns) * sizeof *all;
        assert_int_equal(view->size, bytes);
        memcpy(all + parameter->offset, view->bytes, bytes);
    }
    must(parameters_write(parameters, all, &error));
    free(all);
}

static void open_trainer(const struct golden *golden, struct rta_trainer *trainer, bool still, int64_t n_easy,
                         int64_t n_hard)
{
    const struct rta_step_settings settings = {
        .n_easy = n_easy, .n_hard = n_hard, .clip = still ? 0 : (float)number(golden, "clip")};
    struct schedule schedule = {.count = 2,
                                .first = {0, whole(golden, "halved_at")},
                                .rates = {(float)number(golden, "rate"), (float)number(golden, "rate") / 2},
                                .momentum = (float)number(golden, "momentum"),
                                .decay = still ? 0 : (float)number(golden, "decay")};
    if (still)
        schedule.rates[0] = schedule.rates[1] = 0;
    struct random random;
    random_seed(&random, 1);
    must(rta_trainer_open(trainer, &compute, &golden->shape, &golden->inputs, &settings, &schedule, &random, &error));
    load_parameters(golden, &trainer->network.parameters);
}

/* The batch of a step, with `n` negatives for each playlist. */
static void fill_sample(struct golden *golden, int64_t step, const char *negatives, int64_t n)
{
    struct rta_batch *sample = &golden->sample;
    int64_t b = golden->batch, w = golden->length + 1;
    const int32_t *windows = values(golden, "input.", "windows"), *lengths = values(golden, "input.", "lengths");
    sample->count = b;
    golden->sampler.negatives = n;
    memcpy(sample->windows, windows + step * b * w, (size_t)(b * w) * sizeof *windows);
    memcpy(sample->lengths, lengths + step * b, (size_t)b * sizeof *lengths);
    memcpy(sample->negatives, (const int32_t *)values(golden, "input.", negatives) + step * b * n,
           (size_t)(b * n) * sizeof *windows);
    rta_batch_number(&golden->sampler, &golden->shape, sample);
}

static float *read_buffer(struct compute_buffer *buffer, size_t count)
{
    float *host = malloc((count + 1) * sizeof *host);
    if (count > 0)
        must(compute.ops->buffer_read(compute.stream, buffer, 0, host, count * sizeof *host, &error));
    return host;
}

/* Parameters or their velocity, and the tables' likewise, against what stands under `prefix`. */
static void compare_all(const struct golden *golden, const struct rta_trainer *trainer, const char *prefix,
                        bool velocity, double tolerance)
{
    const struct parameters *parameters = &trainer->network.parameters;
    size_t n = velocity ? parameters->n_trained : parameters->n_values;
    float *all = read_buffer(velocity ? parameters->velocity : parameters->values, n);
    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *parameter = &parameters->items[i];
        if (parameter->trained || !velocity)
            same(golden, prefix, parameter->name, all + parameter->offset, values(golden, prefix, parameter->name),
                 parameter->tensor.rows * parameter->tensor.columns, tolerance);
    }
    free(all);
    for (int slot = 0; slot < rta_slots(&golden->shape); slot++) {
        const struct compute_table *table = &trainer->tables[slot].on_device;
        int64_t count = table->n_rows * table->d;
        float *rows = read_buffer(velocity ? table->velocity.buffer : table->values.buffer, (size_t)count);
        same(golden, prefix, rta_slot_names[slot], rows, values(golden, prefix, rta_slot_names[slot]), count,
             tolerance);
        free(rows);
    }
}

static void check_forward(struct golden *golden)
{
    struct rta_trainer trainer;
    open_trainer(golden, &trainer, true, golden->n_easy, golden->n_hard);
    int64_t width = rta_width(&golden->shape), n = golden->inputs.n_tracks, places = golden->batch * golden->length;
    float *phi = malloc((size_t)(n * width) * sizeof *phi);
    must(rta_trainer_represent(&trainer, phi, &error));
    same(golden, "output.", "phi", phi, values(golden, "output.", "phi"), n * width, TOLERANCE);

    fill_sample(golden, 0, "candidates", golden->candidates);
    struct rta_loss loss;
    must(rta_trainer_step(&trainer, &golden->sample, golden->candidates, &loss, &error));
    const float ours[3] = {(float)loss.positive, (float)loss.negative, (float)(loss.positive + loss.negative)};
    same(golden, "output.", "loss", ours, values(golden, "output.", "loss"), 3, TOLERANCE);
    compare_all(golden, &trainer, "gradients.", true, TOLERANCE);

    struct tape *tape = &trainer.tape;
    tape_reset(tape, true);
    struct compute_slice slices[4];
    const int32_t *lists[] = {golden->sample.inputs, golden->sample.positions, golden->sample.lengths,
                              golden->sample.tracks};
    const int64_t counts[] = {places, places, golden->batch, golden->sample.n_tracks};
    for (int i = 0; i < 4; i++) {
        slices[i] = tape_memory(tape, counts[i]);
        must(compute.ops->buffer_write(compute.stream, slices[i].buffer, slices[i].offset * 4, lists[i],
                                       (size_t)counts[i] * 4, &error));
    }
    struct compute_buffer *items = NULL;
    must(compute.ops->buffer_wrap(compute.device, phi, (size_t)(n * width) * sizeof *phi, &items, &error));
    const struct tensor all = tensor_of((struct compute_slice){items, 0}, n, width);
    const struct sequences sequences = {golden->batch, golden->length, slices[2]};
    struct tensor *local = nn_rows(tape, &all, golden->sample.n_tracks, slices[3], NULL, slices[3]);
    struct tensor *x = nn_rows(tape, local, places, slices[0], NULL, slices[0]);
    struct tensor *g = rta_aggregate(tape, &trainer.network, x, &sequences, slices[1], (struct dropout){0});
    must(tape_status(tape, &error));
    float *aggregated = malloc((size_t)(places * width) * sizeof *aggregated);
    must(compute.ops->buffer_read(compute.stream, g->value.buffer, g->value.offset * 4, aggregated,
                                  (size_t)(places * width) * 4, &error));
    for (int64_t i = 0; i < places; i++) /* what stands in the padding is nobody's business */
        if (i % golden->length >= golden->sample.lengths[i / golden->length])
            memset(aggregated + i * width, 0, (size_t)width * sizeof *aggregated);
    same(golden, "output.", "aggregated", aggregated, values(golden, "output.", "aggregated"), places * width,
         TOLERANCE);
    compute.ops->buffer_destroy(items);
    free(aggregated);
    free(phi);
    rta_trainer_close(&trainer);
}

static void check_training(struct golden *golden)
{
    struct rta_trainer trainer;
    int64_t chosen = golden->n_easy + golden->n_hard;
    const float *theirs = values(golden, "output.", "losses");
    open_trainer(golden, &trainer, false, chosen, 0);
    for (int64_t step = 0; step < golden->steps; step++) {
        struct rta_loss loss;
        fill_sample(golden, step, "negatives", chosen);
        must(rta_trainer_step(&trainer, &golden->sample, chosen, &loss, &error));
        const float ours[3] = {(float)loss.positive, (float)loss.negative, (float)(loss.positive + loss.negative)};
        same(golden, "output.", "losses", ours, theirs + 3 * step, 3, TOLERANCE);
    }
    const struct compute_schedule schedule = schedule_on_device(&trainer.schedule);
    for (int slot = 0; slot < rta_slots(&golden->shape); slot++)
        must(compute.ops->network.table_flush(compute.stream, &trainer.tables[slot].on_device, &schedule, trainer.step,
                                              0, golden->inputs.n_rows[slot], &error));
    compare_all(golden, &trainer, "after.", false, TOLERANCE);
    rta_trainer_close(&trainer);
}

/* A model's file with the weights before training. */
static void write_model(const struct golden *golden, const char *positions, const char *path)
{
    struct rta_network network;
    rta_network_declare(&network, &golden->shape, 0);
    struct tensor_source tensors[MODEL_TENSORS_MAX];
    size_t count = 0;
    int64_t n = golden->inputs.n_tracks;
    float *popularity = calloc((size_t)n, sizeof *popularity);
    tensors[count++] = (struct tensor_source){"popularity", "F32", 2, {n, 1}, popularity};
    tensors[count++] =
        (struct tensor_source){"items", "F32", 2, {n, rta_width(&golden->shape)}, values(golden, "output.", "phi")};
    for (size_t i = 0; i < network.parameters.count; i++) {
        const struct parameter *parameter = &network.parameters.items[i];
        tensors[count++] = (struct tensor_source){parameter->name,
                                                  "F32",
                                                  2,
                                                  {parameter->tensor.rows, parameter->tensor.columns},
                                                  values(golden, "weights.", parameter->name)};
    }
    char kind[32], sizes[6][16];
    snprintf(kind, sizeof kind, "%s-%s", safetensors_metadata(golden->file, "representer"),
             safetensors_metadata(golden->file, "aggregator"));
    const int64_t numbers[] = {n,
                               golden->shape.window,
                               golden->shape.heads,
                               golden->shape.feed_forward,
                               golden->shape.hidden,
                               golden->shape.channels};
    for (int i = 0; i < 6; i++)
        snprintf(sizes[i], sizeof sizes[i], "%lld", (long long)numbers[i]);
    const struct metadata_pair pairs[] = {
        {"kind", kind},
        {"n_tracks", sizes[0]},
        {"setting.window", sizes[1]},
        {"setting.heads", sizes[2]},
        {"setting.feed_forward", sizes[3]},
        {"setting.hidden", sizes[4]},
        {"setting.channels", sizes[5]},
        {"setting.positions", positions},
        {"setting.objective", "next"},
        {"setting.bias", "0"},
    };
    must(safetensors_write(path, tensors, count, pairs, sizeof pairs / sizeof pairs[0], &error));
    free(popularity);
}

static void check_scores(struct golden *golden, const char *positions)
{
    enum { LISTS = 4, SEEDS = 12 };
    char path[] = "/tmp/sleeve-rta-XXXXXX", name[64];
    int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    write_model(golden, positions, path);
    struct recommender *recommender = NULL;
    must(recommender_open_file(&compute, path, &recommender, &error));
    const int32_t *seeds = values(golden, "input.", "seeds"), *lengths = values(golden, "input.", "seed_lengths");
    snprintf(name, sizeof name, "scores.%s", positions);
    const float *theirs = values(golden, "output.", name);
    int64_t starts[LISTS + 1] = {0}, numbers[LISTS * SEEDS];
    size_t n = (size_t)golden->inputs.n_tracks, counts[LISTS];
    for (int list = 0; list < LISTS; list++) {
        for (int i = 0; i < lengths[list]; i++)
            numbers[starts[list] + i] = seeds[list * SEEDS + i] + 1;
        starts[list + 1] = starts[list] + lengths[list];
    }
    struct recommendation *found = calloc(LISTS * n, sizeof *found);
    must(recommender_recommend_many(recommender, starts, numbers, LISTS, n, found, counts, &error));
    for (size_t list = 0; list < LISTS; list++) {
        assert_int_equal(counts[list], n - (size_t)lengths[list]);
        float *ours = malloc(n * sizeof *ours);
        memcpy(ours, theirs + list * n, n * sizeof *ours); /* the seeds are left out */
        for (size_t i = 0; i < counts[list]; i++)
            ours[found[list * n + i].track - 1] = found[list * n + i].score;
        same(golden, positions, name, ours, theirs + list * n, (int64_t)n, TOLERANCE);
        free(ours);
    }
    free(found);
    recommender_close(recommender);
    remove(path);
}

static void test_family(void **state)
{
    struct golden golden;
    open_golden(&golden, *state);
    check_forward(&golden);
    check_training(&golden);
    check_scores(&golden, "reference");
    check_scores(&golden, "same");
    close_golden(&golden);
}

#define FAMILY(family)                                                                                                 \
    {                                                                                                                  \
        .name = family, .test_func = test_family, .initial_state = (void *)(uintptr_t)family                           \
    }
#define FAMILIES(aggregator)                                                                                           \
    FAMILY(aggregator "_mf"), FAMILY(aggregator "_fm"), FAMILY(aggregator "_nn"), FAMILY(aggregator "_mf_covers"),     \
        FAMILY(aggregator "_fm_covers"), FAMILY(aggregator "_nn_covers")

int main(void)
{
    const struct CMUnitTest tests[] = {FAMILIES("avg"), FAMILIES("cnn"), FAMILIES("gru"), FAMILIES("transformer"),
                                       FAMILY("transformer_fm_covers_extra")};
    return cmocka_run_group_tests_name("rta golden", tests, open_compute, close_compute);
}
