#ifndef SLEEVE_TESTS_MODELS_RTA_GOLDEN_H
#define SLEEVE_TESTS_MODELS_RTA_GOLDEN_H

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
#include "queries.h"
#include "tests/compute_fixture.h"

/* Shared by the tests against PyTorch: a reference file, the model in it, and comparisons. */

#define TOLERANCE 1e-5 /* relative to the value, and to the largest value of its matrix */

struct golden {
    const char *family;
    char kind[32];
    struct safetensors *file;
    struct rta_shape shape;
    struct rta_inputs inputs;
    int64_t batch, steps;
    bool rest; /* the objective */
    int32_t *cover_rows;
};

static inline double number(const struct golden *golden, const char *key)
{
    const char *text = safetensors_metadata(golden->file, key);
    if (!text)
        fail_msg("%s: no metadata %s", golden->family, key);
    return strtod(text, NULL);
}

static inline int64_t whole(const struct golden *golden, const char *key)
{
    return (int64_t)number(golden, key);
}

static inline const struct tensor_view *find(const struct golden *golden, const char *prefix, const char *name)
{
    char path[96];
    snprintf(path, sizeof path, "%s%s", prefix, name);
    const struct tensor_view *view = safetensors_find(golden->file, path);
    if (!view)
        fail_msg("%s: no tensor %s", golden->family, path);
    return view;
}

static inline const void *values(const struct golden *golden, const char *prefix, const char *name)
{
    return find(golden, prefix, name)->bytes;
}

static inline void same(const struct golden *golden, const char *what, const char *name, const float *ours,
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

static inline void add_set(struct golden *golden, int64_t dim, bool masked, const char *name, const int32_t *rows)
{
    int64_t set = golden->shape.n_sets++;
    golden->shape.sets[set] = (struct rta_set_shape){dim, masked};
    golden->inputs.sets[set].values = values(golden, "input.", name);
    golden->inputs.sets[set].n_rows = find(golden, "input.", name)->shape[0];
    golden->inputs.sets[set].rows = rows;
}

/* Covers of every track, or two feature sets of which tracks may have no row. */
static inline void open_sets(struct golden *golden)
{
    bool two = safetensors_metadata(golden->file, "sets") != NULL;
    golden->cover_rows = calloc((size_t)golden->inputs.n_tracks, sizeof *golden->cover_rows);
    for (int32_t t = 0; t < golden->inputs.n_tracks; t++)
        golden->cover_rows[t] = t;
    if (whole(golden, "covers"))
        add_set(golden, whole(golden, "cover_dim"), false, "covers", golden->cover_rows);
    if (two) {
        add_set(golden, whole(golden, "cover_dim"), true, "set0", values(golden, "input.", "set0_rows"));
        add_set(golden, whole(golden, "set_dim"), true, "set1", values(golden, "input.", "set1_rows"));
    }
}

static inline void open_fusion(struct golden *golden)
{
    const char *fusion = safetensors_metadata(golden->file, "fusion");
    if (!fusion)
        return;
    golden->shape.fusion = strcmp(fusion, "norm") == 0 ? RTA_NORM : RTA_GATE;
    golden->shape.cover_length = (float)number(golden, "cover_length");
    if (golden->shape.fusion == RTA_GATE)
        golden->inputs.popularity = values(golden, "input.", "popularity_gate");
}

/* All settings except those of only one objective, which the caller adds to the shape. */
static inline void golden_open(struct golden *golden, const char *family)
{
    char path[512];
    *golden = (struct golden){.family = family};
    snprintf(path, sizeof path, "%s/%s.safetensors", getenv("GOLDEN"), family);
    must(safetensors_open(path, &golden->file, &error));
    snprintf(golden->kind, sizeof golden->kind, "%s-%s", safetensors_metadata(golden->file, "representer"),
             safetensors_metadata(golden->file, "aggregator"));
    const struct rta_kind kind = *rta_kind_of(model_kind_find(golden->kind));
    struct rta_shape *shape = &golden->shape;
    *shape = (struct rta_shape){
        .representer = kind.representer,
        .aggregator = kind.aggregator,
        .d = whole(golden, "d"),
        .heads = whole(golden, "heads"),
        .representer_heads = whole(golden, "heads"),
        .representer_feed_forward = whole(golden, "nn_ff"),
        .feed_forward = whole(golden, "ff"),
        .hidden = whole(golden, "gru_hidden"),
        .channels = whole(golden, "channels"),
        .cover_hidden = whole(golden, "adaptor_hidden"),
        .cover_width = whole(golden, "adaptor_out"),
        .extra = whole(golden, "extra") != 0,
    };
    golden->batch = whole(golden, "batch");
    golden->steps = whole(golden, "steps");

    struct rta_inputs *inputs = &golden->inputs;
    inputs->n_tracks = whole(golden, "tracks");
    for (int slot = 0; slot < rta_slots(shape); slot++) {
        char key[32];
        snprintf(key, sizeof key, slot ? "%s_rows" : "tracks", rta_slot_names[slot]);
        inputs->n_rows[slot] = whole(golden, key);
        inputs->rows[slot] = slot ? values(golden, "input.", rta_slot_names[slot]) : NULL;
    }
    open_sets(golden);
    open_fusion(golden);
}

static inline void golden_close(struct golden *golden)
{
    free(golden->cover_rows);
    safetensors_close(golden->file);
}

/* The tables that a trainer takes over. */
static inline void golden_start(struct golden *golden)
{
    struct rta_inputs *inputs = &golden->inputs;
    for (int slot = 0; slot < rta_slots(&golden->shape); slot++) {
        const struct tensor_view *view = find(golden, "weights.", rta_slot_names[slot]);
        must(compute.ops->buffer_create(compute.device, view->size, &inputs->initial[slot], &error));
        must(compute.ops->buffer_write(compute.stream, inputs->initial[slot], 0, view->bytes, view->size, &error));
    }
}

static inline void load_parameters(const struct golden *golden, struct parameters *parameters)
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

static inline float *read_buffer(struct compute_buffer *buffer, size_t count)
{
    float *host = malloc((count + 1) * sizeof *host);
    if (count > 0)
        must(compute.ops->buffer_read(compute.stream, buffer, 0, host, count * sizeof *host, &error));
    return host;
}

/* Compares parameters and table rows with those stored under `prefix`: their values, or the gradient as far as the
 * velocity contains it. */
static inline void compare_all(const struct golden *golden, const struct rta_trainer *trainer, const char *prefix,
                               float share)
{
    const struct parameters *parameters = &trainer->network.parameters;
    bool velocity = share > 0;
    size_t n = velocity ? parameters->n_trained : parameters->n_values;
    float *all = read_buffer(velocity ? parameters->velocity : parameters->values, n);
    for (size_t i = 0; i < n && velocity; i++)
        all[i] /= share;
    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *parameter = &parameters->items[i];
        if (parameter->trained || !velocity)
            same(golden, prefix, parameter->name, all + parameter->offset, values(golden, prefix, parameter->name),
                 parameter->tensor.rows * parameter->tensor.columns, TOLERANCE);
    }
    free(all);
    for (int slot = 0; slot < rta_slots(&golden->shape); slot++) {
        const struct compute_table *table = &trainer->tables[slot].on_device;
        int64_t count = table->n_rows * table->d;
        float *rows = read_buffer(velocity ? table->velocity.buffer : table->values.buffer, (size_t)count);
        for (int64_t i = 0; i < count && velocity; i++)
            rows[i] /= share;
        same(golden, prefix, rta_slot_names[slot], rows, values(golden, prefix, rta_slot_names[slot]), count,
             TOLERANCE);
        free(rows);
    }
}

/* φ of all tracks, as the model's file has it; to be freed. */
static inline float *check_phi(const struct golden *golden, struct rta_trainer *trainer)
{
    int64_t count = golden->inputs.n_tracks * rta_width(&golden->shape);
    float *phi = malloc((size_t)count * sizeof *phi);
    must(rta_trainer_represent(trainer, 0, golden->inputs.n_tracks, phi, &error));
    same(golden, "output.", "phi", phi, values(golden, "output.", "phi"), count, TOLERANCE);
    return phi;
}

/* The vectors as in a model's file, each followed by its bias; to be freed. */
static inline float *make_items(const struct golden *golden, int64_t *width)
{
    int64_t n = golden->inputs.n_tracks, d = rta_width(&golden->shape);
    const float *phi = values(golden, "output.", "phi");
    const float *bias = golden->shape.bias ? values(golden, "weights.", "bias") : NULL;
    *width = d + (bias != NULL);
    float *items = malloc((size_t)(n * *width) * sizeof *items);
    for (int64_t i = 0; i < n; i++) {
        memcpy(items + i * *width, phi + i * d, (size_t)d * sizeof *items);
        if (bias)
            items[i * *width + d] = bias[i];
    }
    return items;
}

/* A model's file with the weights before training. */
static inline void write_model(const struct golden *golden, const char *positions, const char *path)
{
    struct rta_network network;
    rta_network_declare(&network, &golden->shape, 0);
    const struct rta_shape *shape = &golden->shape;
    struct tensor_source tensors[MODEL_TENSORS_MAX];
    size_t count = 0;
    int64_t n = golden->inputs.n_tracks, width;
    float *popularity = calloc((size_t)n, sizeof *popularity), *items = make_items(golden, &width);
    for (int64_t i = 0; popularity && i < n; i++)
        popularity[i] = 1; /* every track is known */
    tensors[count++] =
        (struct tensor_source){.name = "popularity", .dtype = "F32", .rank = 2, .shape = {n, 1}, .bytes = popularity};
    tensors[count++] =
        (struct tensor_source){.name = "items", .dtype = "F32", .rank = 2, .shape = {n, width}, .bytes = items};
    for (size_t i = 0; i < network.parameters.count; i++) {
        const struct parameter *parameter = &network.parameters.items[i];
        tensors[count++] = (struct tensor_source){.name = parameter->name,
                                                  .dtype = "F32",
                                                  .rank = 2,
                                                  .shape = {parameter->tensor.rows, parameter->tensor.columns},
                                                  .bytes = values(golden, "weights.", parameter->name)};
    }
    enum { NUMBERS = 10, TEXTS = 6 };
    char texts[NUMBERS][16], amplified[32];
    static const char *const keys[NUMBERS] = {
        "n_tracks",         "setting.window",   "setting.heads", "setting.feed_forward", "setting.hidden",
        "setting.channels", "setting.residual", "setting.bias",  "setting.cover_width",  "setting.extra"};
    const int64_t numbers[NUMBERS] = {n,
                                      shape->window,
                                      shape->heads,
                                      shape->feed_forward,
                                      shape->hidden,
                                      shape->channels,
                                      shape->residual,
                                      shape->bias,
                                      shape->cover_width,
                                      shape->extra};
    snprintf(amplified, sizeof amplified, "%g", (double)shape->mean_scale);
    struct metadata_pair pairs[NUMBERS + TEXTS] = {
        {"kind", golden->kind},
        {"setting.positions", positions},
        {"setting.objective", golden->rest ? "rest" : "next"},
        {"setting.weights", shape->attention ? "learned" : "equal"},
        {"setting.mean_scale", amplified},
        {shape->n_sets == 2 ? "features" : "none", "first,second"},
    };
    for (int i = 0; i < NUMBERS; i++) {
        snprintf(texts[i], sizeof texts[i], "%lld", (long long)numbers[i]);
        pairs[TEXTS + i] = (struct metadata_pair){keys[i], texts[i]};
    }
    must(safetensors_write(path, tensors, count, pairs, NUMBERS + TEXTS, &error));
    free(popularity);
    free(items);
}

static inline struct recommender *open_model(const struct golden *golden, const char *positions)
{
    char path[] = "/tmp/sleeve-rta-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    write_model(golden, positions, path);
    struct recommender *recommender = NULL;
    must(recommender_open_file(&compute, path, &recommender, &error));
    remove(path);
    return recommender;
}

/* Compares the model's scores for lists of rows [n_lists x most], padded with -1, with scores [n_lists x tracks]. */
static inline void check_scores(const struct golden *golden, const char *positions, const int32_t *lists,
                                int64_t n_lists, int64_t most, const char *name)
{
    struct recommender *recommender = open_model(golden, positions);
    const float *theirs = values(golden, "output.", name);
    size_t n = (size_t)golden->inputs.n_tracks, count = (size_t)n_lists;
    int64_t *starts = calloc(count + 1, sizeof *starts), *numbers = malloc((size_t)(n_lists * most) * sizeof *numbers);
    for (int64_t list = 0; list < n_lists; list++) {
        starts[list + 1] = starts[list];
        for (int64_t i = 0; i < most && lists[list * most + i] >= 0; i++)
            numbers[starts[list + 1]++] = lists[list * most + i] + 1;
    }
    struct recommend_query *queries = calloc(count, sizeof *queries);
    queries_of(starts, numbers, count, queries);
    struct recommendation *found = calloc(count * n, sizeof *found);
    size_t *counts = calloc(count, sizeof *counts);
    float *ours = malloc(n * sizeof *ours);
    must(recommender_recommend_many(recommender, queries, count, n, found, counts, &error));
    for (size_t list = 0; list < count; list++) {
        assert_int_equal(counts[list], n - (size_t)(starts[list + 1] - starts[list]));
        memcpy(ours, theirs + list * n, n * sizeof *ours); /* seeds are excluded */
        for (size_t i = 0; i < counts[list]; i++)
            ours[found[list * n + i].track - 1] = found[list * n + i].score;
        same(golden, positions, name, ours, theirs + list * n, (int64_t)n, TOLERANCE);
    }
    free(starts);
    free(numbers);
    free(queries);
    free(found);
    free(counts);
    free(ours);
    recommender_close(recommender);
}

#endif
