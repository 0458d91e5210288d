#include "rta_golden.h"

/* Every family of represent-then-aggregate models against PyTorch in float64 (files made by tests/oracle/rta.py):
 * representations, aggregates, losses, gradients, ten training steps, and scores. */

struct training_case {
    struct golden golden;
    int64_t length, n_easy, n_hard, candidates;
    struct interactions none; /* as many tracks as the catalogue, no playlists */
    struct rta_sampler sampler;
    struct rta_batch sample;
};

static void open_course(struct training_case *training_case, const char *family)
{
    struct golden *golden = &training_case->golden;
    golden_open(golden, family);
    int64_t n = golden->inputs.n_tracks;
    training_case->length = whole(golden, "length");
    golden->shape.window = training_case->length + 1;
    training_case->n_easy = whole(golden, "n_easy");
    training_case->n_hard = whole(golden, "n_hard");
    training_case->candidates = whole(golden, "candidates");
    training_case->none = (struct interactions){.n_tracks = n};
    training_case->sampler = (struct rta_sampler){.interactions = &training_case->none,
                                                  .batch = golden->batch,
                                                  .window = training_case->length + 1,
                                                  .negatives = training_case->candidates,
                                                  .local = malloc((size_t)n * sizeof(int32_t))};
    for (int64_t t = 0; t < n; t++)
        training_case->sampler.local[t] = -1;
    must(rta_batch_create(&training_case->sampler, &training_case->sample, &error));
}

static void close_course(struct training_case *training_case)
{
    rta_batch_free(&training_case->sample);
    free(training_case->sampler.local);
    golden_close(&training_case->golden);
}

static void open_trainer(struct golden *golden, struct rta_trainer *trainer, bool still, int64_t n_easy, int64_t n_hard)
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
    golden_start(golden);
    must(rta_trainer_open(trainer, &compute, &golden->shape, &golden->inputs, &settings, &schedule, &random, &error));
    load_parameters(golden, &trainer->network.parameters);
}

/* The batch of a step, with `n` negatives for each playlist. */
static void fill_sample(struct training_case *training_case, int64_t step, const char *negatives, int64_t n)
{
    const struct golden *golden = &training_case->golden;
    struct rta_batch *sample = &training_case->sample;
    int64_t b = golden->batch, w = training_case->length + 1;
    const int32_t *windows = values(golden, "input.", "windows"), *lengths = values(golden, "input.", "lengths");
    sample->count = b;
    training_case->sampler.negatives = n;
    memcpy(sample->windows, windows + step * b * w, (size_t)(b * w) * sizeof *windows);
    memcpy(sample->lengths, lengths + step * b, (size_t)b * sizeof *lengths);
    memcpy(sample->negatives, (const int32_t *)values(golden, "input.", negatives) + step * b * n,
           (size_t)(b * n) * sizeof *windows);
    rta_batch_number(&training_case->sampler, &golden->shape, sample);
}

static void check_forward(struct training_case *training_case)
{
    struct golden *golden = &training_case->golden;
    struct rta_trainer trainer;
    open_trainer(golden, &trainer, true, training_case->n_easy, training_case->n_hard);
    int64_t width = rta_width(&golden->shape), n = golden->inputs.n_tracks,
            places = golden->batch * training_case->length;
    float *phi = check_phi(golden, &trainer);

    fill_sample(training_case, 0, "candidates", training_case->candidates);
    struct rta_loss loss;
    must(rta_trainer_step(&trainer, &training_case->sample, training_case->candidates, &loss, &error));
    const float ours[3] = {(float)loss.positive, (float)loss.negative, (float)(loss.positive + loss.negative)};
    same(golden, "output.", "loss", ours, values(golden, "output.", "loss"), 3, TOLERANCE);
    compare_all(golden, &trainer, "gradients.", 1);

    struct tape *tape = &trainer.tape;
    tape_reset(tape, true);
    struct compute_slice slices[4];
    const int32_t *lists[] = {training_case->sample.inputs, training_case->sample.positions,
                              training_case->sample.lengths, training_case->sample.tracks};
    const int64_t counts[] = {places, places, golden->batch, training_case->sample.n_tracks};
    for (int i = 0; i < 4; i++) {
        slices[i] = tape_memory(tape, counts[i]);
        must(compute.ops->buffer_write(compute.stream, slices[i].buffer, slices[i].offset * 4, lists[i],
                                       (size_t)counts[i] * 4, &error));
    }
    struct compute_buffer *items = NULL;
    must(compute.ops->buffer_wrap(compute.device, phi, (size_t)(n * width) * sizeof *phi, &items, &error));
    const struct tensor all = tensor_of((struct compute_slice){items, 0}, n, width);
    /* All positions, whereas the training step omits those without a track. */
    const struct sequences sequences = {.batch = golden->batch, .length = training_case->length, .lengths = slices[2]};
    struct tensor *local = nn_gather(tape, &all, training_case->sample.n_tracks, slices[3], NULL, slices[3]);
    struct tensor *x = nn_gather(tape, local, places, slices[0], NULL, slices[0]);
    struct tensor *g = rta_aggregate(tape, &trainer.network, x, &sequences, slices[1], (struct dropout){0});
    must(tape_status(tape, &error));
    float *aggregated = malloc((size_t)(places * width) * sizeof *aggregated);
    must(compute.ops->buffer_read(compute.stream, g->value.buffer, g->value.offset * 4, aggregated,
                                  (size_t)(places * width) * 4, &error));
    for (int64_t i = 0; i < places; i++) /* values at padding do not matter */
        if (i % training_case->length >= training_case->sample.lengths[i / training_case->length])
            memset(aggregated + i * width, 0, (size_t)width * sizeof *aggregated);
    same(golden, "output.", "aggregated", aggregated, values(golden, "output.", "aggregated"), places * width,
         TOLERANCE);
    compute.ops->buffer_destroy(items);
    free(aggregated);
    free(phi);
    rta_trainer_close(&trainer);
}

static void check_training(struct training_case *training_case)
{
    struct golden *golden = &training_case->golden;
    struct rta_trainer trainer;
    int64_t chosen = training_case->n_easy + training_case->n_hard;
    const float *theirs = values(golden, "output.", "losses");
    open_trainer(golden, &trainer, false, chosen, 0);
    for (int64_t step = 0; step < golden->steps; step++) {
        struct rta_loss loss;
        fill_sample(training_case, step, "negatives", chosen);
        must(rta_trainer_step(&trainer, &training_case->sample, chosen, &loss, &error));
        const float ours[3] = {(float)loss.positive, (float)loss.negative, (float)(loss.positive + loss.negative)};
        same(golden, "output.", "losses", ours, theirs + 3 * step, 3, TOLERANCE);
    }
    const struct compute_schedule schedule = schedule_on_device(&trainer.schedule);
    for (int slot = 0; slot < rta_slots(&golden->shape); slot++)
        must(compute.ops->network.table_flush(compute.stream, &trainer.tables[slot].on_device, &schedule, trainer.step,
                                              0, golden->inputs.n_rows[slot], &error));
    compare_all(golden, &trainer, "after.", 0);
    rta_trainer_close(&trainer);
}

/* Checks the parts of the scores for lists of seeds [n_lists x most], padded with -1, and that they add up to the
 * score. */
static void check_parts(const struct golden *golden, const char *positions, const int32_t *lists, int64_t n_lists,
                        int64_t most, const char *name)
{
    enum { PARTS = 3 };
    struct recommender *recommender = open_model(golden, positions);
    size_t n = (size_t)golden->inputs.n_tracks;
    struct recommendation *found = calloc(n, sizeof *found);
    float *ours = malloc(n * PARTS * sizeof *ours);
    for (int64_t list = 0; list < n_lists; list++) {
        const float *theirs = (const float *)values(golden, "output.", name) + list * (int64_t)n * PARTS;
        int64_t seeds[16];
        size_t n_seeds = 0, count = 0;
        for (int64_t i = 0; i < most && lists[list * most + i] >= 0; i++)
            seeds[n_seeds++] = lists[list * most + i] + 1;
        must(recommender_recommend(recommender, &(struct recommend_query){.seeds = seeds, .n_seeds = n_seeds}, n, found,
                                   &count, &error));
        assert_int_equal(count, n - n_seeds);
        memcpy(ours, theirs, n * PARTS * sizeof *ours); /* seeds are excluded */
        for (size_t i = 0; i < count; i++) {
            float sum = 0;
            for (int part = 0; part < PARTS; part++) {
                ours[(size_t)(found[i].track - 1) * PARTS + (size_t)part] = found[i].parts[part];
                sum += found[i].parts[part];
            }
            assert_true(fabsf(sum - found[i].score) <= 1e-5f * (1 + fabsf(found[i].score)));
        }
        same(golden, positions, name, ours, theirs, (int64_t)n * PARTS, TOLERANCE);
    }
    free(found);
    free(ours);
    recommender_close(recommender);
}

static void test_family(void **state)
{
    enum { LISTS = 4, SEEDS = 12 };
    struct training_case training_case = {0};
    open_course(&training_case, *state);
    check_forward(&training_case);
    check_training(&training_case);
    const int32_t *seeds = values(&training_case.golden, "input.", "seeds");
    check_scores(&training_case.golden, "reference", seeds, LISTS, SEEDS, "scores.reference");
    check_scores(&training_case.golden, "same", seeds, LISTS, SEEDS, "scores.same");
    if (training_case.golden.shape.n_sets > 1) {
        check_parts(&training_case.golden, "reference", seeds, LISTS, SEEDS, "parts.reference");
        check_parts(&training_case.golden, "same", seeds, LISTS, SEEDS, "parts.same");
    }
    close_course(&training_case);
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
    static const struct CMUnitTest all[] = {FAMILIES("avg"),
                                            FAMILIES("cnn"),
                                            FAMILIES("gru"),
                                            FAMILIES("transformer"),
                                            FAMILY("transformer_fm_covers_extra"),
                                            FAMILY("avg_mf_sets"),
                                            FAMILY("transformer_fm_sets"),
                                            FAMILY("gru_fm_covers_norm"),
                                            FAMILY("avg_mf_sets_gate"),
                                            FAMILY("gru_nn_covers_gate")};
    /* The emulator is slow: each representer, aggregator and fusion once, and with that each kernel. */
    static const struct CMUnitTest emulated[] = {FAMILY("avg_fm"),
                                                 FAMILY("cnn_mf_covers"),
                                                 FAMILY("gru_nn"),
                                                 FAMILY("transformer_nn_covers"),
                                                 FAMILY("avg_mf_sets"),
                                                 FAMILY("transformer_fm_covers_extra"),
                                                 FAMILY("gru_fm_covers_norm"),
                                                 FAMILY("avg_mf_sets_gate")};
    if (getenv("SLEEVE_TEST_MODULE"))
        return cmocka_run_group_tests_name("rta golden", emulated, open_compute, close_compute);
    return cmocka_run_group_tests_name("rta golden", all, open_compute, close_compute);
}
