#include "models/hybrid/network.h"
#include "nn/optimiser.h"
#include "nn/schedule.h"
#include "rta_golden.h"

/* The network of the kind hybrid against PyTorch in float64 (a file made by tests/oracle/hybrid.py): the vectors of
 * tracks, some without rows in the tables, those of playlists, the loss, gradients and three steps with Adam. */

enum { BATCH_MAX = 4, MOST_MAX = 8 };

struct hybrid_case {
    struct golden golden;
    struct hybrid_network network;
    struct tape tape;
    int64_t n; /* tracks */
};

static struct hybrid_shape shape_of(const struct golden *golden)
{
    return (struct hybrid_shape){
        .d = whole(golden, "d"),
        .inputs = whole(golden, "inputs"),
        .hidden = whole(golden, "hidden"),
        .residual = whole(golden, "residual"),
        .artist = whole(golden, "artist"),
        .album = whole(golden, "album"),
        .kernel = whole(golden, "kernel"),
        .mean_scale = (float)number(golden, "mean_scale"),
    };
}

static void open_case(struct hybrid_case *hybrid)
{
    char path[512];
    struct golden *golden = &hybrid->golden;
    *golden = (struct golden){.family = "hybrid"};
    snprintf(path, sizeof path, "%s/hybrid.safetensors", getenv("GOLDEN"));
    must(safetensors_open(path, &golden->file, &error));
    golden->batch = whole(golden, "batch");
    golden->steps = whole(golden, "steps");
    hybrid->n = whole(golden, "tracks");
    const int64_t n_rows[HYBRID_TABLES] = {hybrid->n, whole(golden, "artists"), whole(golden, "albums")};
    const struct hybrid_shape shape = shape_of(golden);
    struct random random;
    random_seed(&random, 1);
    hybrid_network_declare(&hybrid->network, &shape, n_rows);
    must(parameters_create(&hybrid->network.parameters, &compute, true, &random, &error));
    must(parameters_create(&hybrid->network.tables, &compute, true, &random, &error));
    load_parameters(golden, &hybrid->network.parameters);
    load_parameters(golden, &hybrid->network.tables);
    tape_open(&hybrid->tape, &compute);
}

static void close_case(struct hybrid_case *hybrid)
{
    parameters_destroy(&hybrid->network.parameters);
    parameters_destroy(&hybrid->network.tables);
    tape_close(&hybrid->tape);
    golden_close(&hybrid->golden);
}

static struct tensor *upload(struct hybrid_case *hybrid, const char *name, int64_t columns)
{
    struct tensor *tensor = tape_tensor(&hybrid->tape, hybrid->n, columns, false);
    tensor->value = tape_upload(&hybrid->tape, values(&hybrid->golden, "input.", name), hybrid->n * columns);
    return tensor;
}

static struct hybrid_vectors represent(struct hybrid_case *hybrid)
{
    struct hybrid_rows rows[HYBRID_TABLES + 1];
    for (int i = 0; i <= HYBRID_TABLES; i++) {
        const char *name = hybrid_table_names[i < HYBRID_TABLES ? i : HYBRID_TRACK_TABLE];
        struct compute_slice ids = tape_upload(&hybrid->tape, values(&hybrid->golden, "input.", name), hybrid->n);
        rows[i] = (struct hybrid_rows){ids, hybrid->network.table[i], ids};
    }
    struct tensor *x = upload(hybrid, "x", hybrid->network.shape.inputs + HYBRID_COUNTS);
    return hybrid_represent(&hybrid->tape, &hybrid->network, x, rows);
}

/* Lists of a step, padded with -1 in the file. */
struct lists {
    int64_t starts[BATCH_MAX + 1];
    int32_t lengths[BATCH_MAX], tracks[BATCH_MAX * MOST_MAX];
    const int32_t *padded; /* [batch x most] */
};

static struct lists lists_of(const struct hybrid_case *hybrid, const char *name, int64_t step)
{
    const struct golden *golden = &hybrid->golden;
    int64_t most = whole(golden, "most"), end = 0;
    struct lists lists = {.padded = (const int32_t *)values(golden, "input.", name) + step * golden->batch * most};
    assert_true(golden->batch <= BATCH_MAX && most <= MOST_MAX);
    for (int64_t b = 0; b < golden->batch; b++) {
        for (int64_t i = 0; i < most && lists.padded[b * most + i] >= 0; i++)
            lists.tracks[end++] = lists.padded[b * most + i];
        lists.starts[b + 1] = end;
        lists.lengths[b] = (int32_t)(end - lists.starts[b]);
    }
    return lists;
}

static struct hybrid_query aggregate(struct hybrid_case *hybrid, const struct lists *seeds, struct tensor *learned)
{
    const struct golden *golden = &hybrid->golden;
    const struct hybrid_shape *shape = &hybrid->network.shape;
    struct tape *tape = &hybrid->tape;
    int64_t batch = golden->batch, most = whole(golden, "most"), width = hybrid_fixed_width(shape);
    const struct hybrid_sums sums = {
        tape_host_memory(tape, (size_t)(batch * (shape->inputs + 1)) * sizeof(float)),
        tape_host_memory(tape, (size_t)(batch * width) * sizeof(float)),
    };
    for (int64_t b = 0; b < batch; b++) {
        const int32_t *rows = seeds->tracks + seeds->starts[b];
        const struct hybrid_seeds of = {.n = seeds->lengths[b],
                                        .rows = rows,
                                        .fixed_rows = rows,
                                        .inputs = values(golden, "input.", "inputs"),
                                        .fixed = values(golden, "input.", "fixed"),
                                        .stride = width};
        hybrid_sums_set(shape, &sums, b, &of);
    }
    const struct sequences sequences = nn_sequences(tape, batch, most, seeds->lengths);
    struct compute_slice ids = tape_upload(tape, seeds->padded, batch * most);
    struct tensor *mean = nn_sequence_mean(tape, nn_gather(tape, learned, batch * most, ids, learned, ids), &sequences);
    return hybrid_aggregate(tape, &hybrid->network, mean, &sums, (struct dropout){0}, 0);
}

static struct ragged upload_lists(struct tape *tape, const struct lists *lists, int64_t batch)
{
    return (struct ragged){tape_upload_int64(tape, lists->starts, batch + 1),
                           tape_upload(tape, lists->tracks, lists->starts[batch])};
}

static double forward(struct hybrid_case *hybrid, int64_t step)
{
    struct tape *tape = &hybrid->tape;
    int64_t batch = hybrid->golden.batch;
    double loss;
    const struct lists seeds = lists_of(hybrid, "seeds", step), targets = lists_of(hybrid, "targets", step);
    tape_reset(tape, true);
    parameters_begin(&hybrid->network.parameters);
    parameters_begin(&hybrid->network.tables);
    struct compute_slice losses = tape_doubles(tape, 1), weights = tape_memory(tape, batch);
    TAPE_RUN(tape, network.fill, batch, 1.0f / (float)batch, weights);
    struct hybrid_vectors vectors = represent(hybrid);
    struct hybrid_query q = aggregate(hybrid, &seeds, vectors.learned);
    const struct scoring scorings[] = {
        {q.learned, vectors.learned},
        {q.bias, nn_add(tape, vectors.bias, 1, upload(hybrid, "corrections", 1))},
        {q.fixed, upload(hybrid, "fixed", hybrid_fixed_width(&hybrid->network.shape))},
    };
    nn_softmax_loss(tape, scorings, 3, upload_lists(tape, &targets, batch), upload_lists(tape, &seeds, batch), weights,
                    losses);
    tape_backward(tape);
    tape_download_doubles(tape, losses, &loss, 1);
    must(tape_status(tape, &error));
    return loss;
}

static void compare(const struct hybrid_case *hybrid, const char *name, const struct tensor *ours)
{
    int64_t count = ours->rows * ours->columns;
    float *host = malloc((size_t)count * sizeof *host);
    must(compute.ops->buffer_read(compute.stream, ours->value.buffer, ours->value.offset * sizeof *host, host,
                                  (size_t)count * sizeof *host, &error));
    same(&hybrid->golden, "output.", name, host, values(&hybrid->golden, "output.", name), count, TOLERANCE);
    free(host);
}

/* Compares the parameters, or their gradients, with those stored under `prefix`. A number added to all scores does not
 * change the loss, so the gradient of b3 is 0. */
static void compare_parameters(const struct hybrid_case *hybrid, const char *prefix, bool gradients)
{
    const struct parameters *both[] = {&hybrid->network.parameters, &hybrid->network.tables};
    for (int i = 0; i < 2; i++) {
        float *all = read_buffer(gradients ? both[i]->gradients : both[i]->values, both[i]->n_values);
        for (size_t p = 0; p < both[i]->count; p++) {
            const struct parameter *parameter = &both[i]->items[p];
            if (gradients && strcmp(parameter->name, "features.bias.bias") == 0) {
                assert_float_equal(all[parameter->offset], 0, 1e-6);
                continue;
            }
            same(&hybrid->golden, prefix, parameter->name, all + parameter->offset,
                 values(&hybrid->golden, prefix, parameter->name), parameter->tensor.rows * parameter->tensor.columns,
                 TOLERANCE);
        }
        free(all);
    }
}

static void vectors_are_those_of_the_formulas(void **state)
{
    (void)state;
    struct hybrid_case hybrid = {0};
    open_case(&hybrid);
    tape_reset(&hybrid.tape, false);
    const struct lists seeds = lists_of(&hybrid, "seeds", 0);
    struct hybrid_vectors vectors = represent(&hybrid);
    const struct hybrid_query query = aggregate(&hybrid, &seeds, vectors.learned);
    struct tensor *const sections[] = {query.learned, query.bias, query.fixed};
    struct tensor *q = nn_concat_all(&hybrid.tape, sections, 3);
    must(tape_status(&hybrid.tape, &error));
    assert_int_equal(q->columns, hybrid_row(&hybrid.network.shape));
    compare(&hybrid, "learned", vectors.learned);
    compare(&hybrid, "bias", vectors.bias);
    compare(&hybrid, "query", q);
    close_case(&hybrid);
}

static void gradients_are_those_of_the_formulas(void **state)
{
    (void)state;
    struct hybrid_case hybrid = {0};
    open_case(&hybrid);
    float loss = (float)forward(&hybrid, 0);
    same(&hybrid.golden, "output.", "losses", &loss, values(&hybrid.golden, "output.", "losses"), 1, TOLERANCE);
    must(parameters_complete_gradients(&hybrid.network.parameters, &error));
    must(parameters_complete_gradients(&hybrid.network.tables, &error));
    compare_parameters(&hybrid, "gradients.", true);
    close_case(&hybrid);
}

/* Two optimisers with a common norm, as a training has them. */
static void steps_are_those_of_adam(void **state)
{
    (void)state;
    struct hybrid_case hybrid = {0};
    open_case(&hybrid);
    const struct golden *golden = &hybrid.golden;
    struct optimiser optimisers[2];
    struct parameters *parameters[2] = {&hybrid.network.parameters, &hybrid.network.tables};
    const char *const decays[2] = {"decay", "table_decay"};
    for (int i = 0; i < 2; i++) {
        const struct optimiser_settings settings = {.kind = OPTIMISER_ADAM,
                                                    .weight_decay = (float)number(golden, decays[i]),
                                                    .clip_norm = (float)number(golden, "clip")};
        must(optimiser_open(&optimisers[i], parameters[i], &settings, &error));
    }
    for (int64_t step = 0; step < golden->steps; step++) {
        float loss = (float)forward(&hybrid, step);
        same(golden, "output.", "losses", &loss, (const float *)values(golden, "output.", "losses") + step, 1,
             TOLERANCE);
        struct compute_slice squares = tape_doubles(&hybrid.tape, 1);
        for (int i = 0; i < 2; i++)
            optimiser_add_squares(&optimisers[i], &hybrid.tape, squares);
        for (int i = 0; i < 2; i++) {
            optimisers[i].step = step;
            optimiser_move(&optimisers[i], &hybrid.tape, schedule_cosine(number(golden, "rate"), step, golden->steps),
                           squares);
        }
        must(tape_status(&hybrid.tape, &error));
    }
    compare_parameters(&hybrid, "after.", false);
    for (int i = 0; i < 2; i++)
        optimiser_close(&optimisers[i]);
    close_case(&hybrid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_are_those_of_the_formulas),
        cmocka_unit_test(gradients_are_those_of_the_formulas),
        cmocka_unit_test(steps_are_those_of_adam),
    };
    return cmocka_run_group_tests_name("hybrid golden", tests, open_compute, close_compute);
}
