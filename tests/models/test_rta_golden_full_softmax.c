#include "models/rta/full_softmax.h"
#include "rta_golden.h"

/* Objective full_softmax against PyTorch in float64 (files made by tests/oracle/rta_full_softmax.py): the vectors of
 * given lists and their scores, the loss, gradients, ten steps with Adam. */

struct training_case {
    struct golden golden;
    int64_t most, most_targets;
    struct interactions longest; /* one playlist of the maximum length */
    int64_t starts[2];
    struct rta_full_softmax_sampler sampler;
    struct rta_full_softmax_batch batch;
};

static void open_course(struct training_case *training_case, const char *family)
{
    struct golden *golden = &training_case->golden;
    golden_open(golden, family);
    golden->rest = true;
    golden->shape.window = whole(golden, "window");
    golden->shape.residual = whole(golden, "residual");
    golden->shape.mean_scale = (float)number(golden, "amplified");
    golden->shape.attention = whole(golden, "attention") != 0;
    golden->shape.bias = whole(golden, "bias") != 0;
    if (safetensors_metadata(golden->file, "beside")) /* newer than the other files */
        golden->shape.layer_scale = (float)number(golden, "beside");
    training_case->most = whole(golden, "most");
    training_case->most_targets = whole(golden, "most_targets");
    training_case->starts[1] = training_case->most + training_case->most_targets;
    training_case->longest =
        (struct interactions){.n_tracks = golden->inputs.n_tracks, .n_playlists = 1, .starts = training_case->starts};
    training_case->sampler = (struct rta_full_softmax_sampler){
        .interactions = &training_case->longest,
        .settings = {.batch = golden->batch,
                     .max_seeds = training_case->most,
                     .softmax_samples = safetensors_find(golden->file, "input.corrections") != NULL}};
    must(rta_full_softmax_batch_create(&training_case->sampler, &training_case->batch, &error));
}

static void close_course(struct training_case *training_case)
{
    rta_full_softmax_batch_free(&training_case->batch);
    golden_close(&training_case->golden);
}

/* Appends a list that ends at its first -1; returns its end. */
static int64_t append(const int32_t *list, int64_t most, int32_t *to, int64_t end)
{
    for (int64_t i = 0; i < most && list[i] >= 0; i++)
        to[end++] = list[i];
    return end;
}

static void fill_batch(struct training_case *training_case, int64_t step)
{
    const struct golden *golden = &training_case->golden;
    struct rta_full_softmax_batch *batch = &training_case->batch;
    const int32_t *given = values(golden, "input.", "given"), *targets = values(golden, "input.", "targets");
    given += step * golden->batch * training_case->most;
    targets += step * golden->batch * training_case->most_targets;
    batch->starts[0] = batch->given_starts[0] = 0;
    for (batch->count = 0; batch->count < golden->batch && given[batch->count * training_case->most] >= 0;
         batch->count++) {
        int64_t b = batch->count;
        batch->given_starts[b + 1] =
            append(given + b * training_case->most, training_case->most, batch->given, batch->given_starts[b]);
        batch->starts[b + 1] = append(targets + b * training_case->most_targets, training_case->most_targets,
                                      batch->targets, batch->starts[b]);
    }
    rta_full_softmax_batch_arrange(&golden->shape, batch);
}

/* Only tracks with a correction are passed to the step. */
static void leave_out(struct training_case *training_case, int64_t step)
{
    const struct golden *golden = &training_case->golden;
    struct rta_full_softmax_batch *batch = &training_case->batch;
    int32_t n = (int32_t)golden->inputs.n_tracks, *places = malloc((size_t)n * sizeof *places);
    const float *corrections = values(golden, "input.", "corrections");
    corrections += step * n;
    batch->n_tracks = 0;
    for (int32_t t = 0; t < n; t++) {
        if (corrections[t] < 0)
            continue;
        places[t] = (int32_t)batch->n_tracks;
        batch->corrections[batch->n_tracks] = corrections[t];
        batch->tracks[batch->n_tracks++] = t;
    }
    for (int64_t i = 0; i < batch->given_starts[batch->count]; i++)
        batch->given[i] = places[batch->given[i]];
    for (int64_t i = 0; i < batch->starts[batch->count]; i++)
        batch->targets[i] = places[batch->targets[i]];
    free(places);
    rta_full_softmax_batch_arrange(&golden->shape, batch);
}

static void fill_step(struct training_case *training_case, int64_t step)
{
    fill_batch(training_case, step);
    if (training_case->batch.tracks)
        leave_out(training_case, step);
}

static void open_trainer(struct golden *golden, struct rta_trainer *trainer, float clip)
{
    const struct rta_step_settings settings = {.clip = clip, .adam = true};
    const struct schedule none = {.count = 1};
    struct random random;
    random_seed(&random, 1);
    golden_start(golden);
    must(rta_trainer_open(trainer, &compute, &golden->shape, &golden->inputs, &settings, &none, &random, &error));
    load_parameters(golden, &trainer->network.parameters);
}

/* A step with learning rate 0 leaves a tenth of the gradient in Adam's first moment. */
static void check_gradients(struct training_case *training_case)
{
    struct golden *golden = &training_case->golden;
    struct rta_trainer trainer;
    open_trainer(golden, &trainer, 0);
    free(check_phi(golden, &trainer));
    const struct rta_full_softmax_step still = {0};
    double loss = 0;
    fill_step(training_case, 0);
    must(rta_full_softmax_trainer_step(&trainer, &training_case->batch, &still, &loss, &error));
    same(golden, "output.", "loss", &(float){(float)loss}, values(golden, "output.", "loss"), 1, TOLERANCE);
    compare_all(golden, &trainer, "gradients.", 0.1F);
    rta_trainer_close(&trainer);
}

/* g of the first step's lists, padded together, as for recommending. */
static void check_queries(struct training_case *training_case)
{
    struct golden *golden = &training_case->golden;
    struct rta_trainer trainer;
    open_trainer(golden, &trainer, 0);
    fill_batch(training_case, 0);
    const struct rta_full_softmax_batch *batch = &training_case->batch;
    struct tape *tape = &trainer.tape;
    tape_reset(tape, false);
    int64_t n = golden->inputs.n_tracks, width = rta_width(&golden->shape), places = batch->count * batch->length;
    const struct tensor items = tensor_of(tape_upload(tape, values(golden, "output.", "phi"), n * width), n, width);
    const struct sequences sequences = nn_sequences(tape, batch->count, batch->length, batch->lengths);
    const struct compute_slice none = {0}, ids = tape_upload(tape, batch->inputs, places);
    struct tensor *x = nn_gather(tape, &items, places, ids, NULL, none);
    struct tensor *q =
        rta_aggregate_whole(tape, &trainer.network, x, &sequences, tape_upload(tape, batch->positions, places),
                            tape_upload(tape, batch->ends, batch->count), &(struct rta_dropouts){0});
    must(tape_status(tape, &error));
    float *ours = malloc((size_t)(batch->count * width) * sizeof *ours);
    must(compute.ops->buffer_read(compute.stream, q->value.buffer, q->value.offset * sizeof *ours, ours,
                                  (size_t)(batch->count * width) * sizeof *ours, &error));
    same(golden, "output.", "q", ours, values(golden, "output.", "q"), batch->count * width, TOLERANCE);
    free(ours);
    rta_trainer_close(&trainer);
}

static void check_training(struct training_case *training_case)
{
    struct golden *golden = &training_case->golden;
    struct rta_trainer trainer;
    open_trainer(golden, &trainer, (float)number(golden, "clip"));
    const float *theirs = values(golden, "output.", "losses");
    for (int64_t step = 0; step < golden->steps; step++) {
        double done = (double)step / (double)golden->steps, loss = 0;
        const struct rta_full_softmax_step settings = {
            .rate = (float)(number(golden, "rate") * (1 + cos(3.141592653589793 * done)) / 2),
            .table_decay = (float)number(golden, "table_decay"),
            .network_decay = (float)number(golden, "network_decay"),
        };
        fill_step(training_case, step);
        must(rta_full_softmax_trainer_step(&trainer, &training_case->batch, &settings, &loss, &error));
        same(golden, "output.", "losses", &(float){(float)loss}, theirs + step, 1, TOLERANCE);
    }
    compare_all(golden, &trainer, "after.", 0);
    rta_trainer_close(&trainer);
}

static void test_family(void **state)
{
    struct training_case training_case = {0};
    open_course(&training_case, *state);
    check_queries(&training_case);
    check_gradients(&training_case);
    check_training(&training_case);
    const int32_t *given = values(&training_case.golden, "input.", "given");
    check_scores(&training_case.golden, "reference", given, training_case.golden.batch, training_case.most, "scores");
    /* In training, seeds had the same positions. */
    check_scores(&training_case.golden, "same", given, training_case.golden.batch, training_case.most, "scores");
    close_course(&training_case);
}

#define FAMILY(family)                                                                                                 \
    {                                                                                                                  \
        .name = family, .test_func = test_family, .initial_state = (void *)(uintptr_t)family                           \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {FAMILY("pool_mf"),
                                       FAMILY("pool_fm"),
                                       FAMILY("pool_nn_covers"),
                                       FAMILY("pool_mf_plain"),
                                       FAMILY("cnn_mf_rest"),
                                       FAMILY("transformer_mf_rest"),
                                       FAMILY("gru_fm_covers_rest"),
                                       FAMILY("transformer_nn_beside")};
    return cmocka_run_group_tests_name("rta golden rest", tests, open_compute, close_compute);
}
