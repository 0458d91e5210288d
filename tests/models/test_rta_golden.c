#include "rta_golden.h"

/* Every family of represent-then-aggregate models against PyTorch in float64 (tests/oracle/rta.py made the files):
 * representations, aggregates, losses, gradients, ten training steps, and scores. */

struct course {
    struct golden golden;
    int64_t length, n_easy, n_hard, candidates;
    struct interactions none; /* as many tracks as the catalogue, no playlists */
    struct rta_sampler sampler;
    struct rta_batch sample;
};

static void open_course(struct course *course, const char *family)
{
    struct golden *golden = &course->golden;
    golden_open(golden, family);
    int64_t n = golden->inputs.n_tracks;
    course->length = whole(golden, "length");
    golden->shape.window = course->length + 1;
    course->n_easy = whole(golden, "n_easy");
    course->n_hard = whole(golden, "n_hard");
    course->candidates = whole(golden, "candidates");
    course->none = (struct interactions){.n_tracks = n};
    course->sampler = (struct rta_sampler){.interactions = &course->none,
                                           .batch = golden->batch,
                                           .window = course->length + 1,
                                           .negatives = course->candidates,
                                           .local = malloc((size_t)n * sizeof(int32_t))};
    for (int64_t t = 0; t < n; t++)
        course->sampler.local[t] = -1;
    must(rta_batch_create(&course->sampler, &course->sample, &error));
}

static void close_course(struct course *course)
{
    rta_batch_free(&course->sample);
    free(course->sampler.local);
    golden_close(&course->golden);
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
static void fill_sample(struct course *course, int64_t step, const char *negatives, int64_t n)
{
    const struct golden *golden = &course->golden;
    struct rta_batch *sample = &course->sample;
    int64_t b = golden->batch, w = course->length + 1;
    const int32_t *windows = values(golden, "input.", "windows"), *lengths = values(golden, "input.", "lengths");
    sample->count = b;
    course->sampler.negatives = n;
    memcpy(sample->windows, windows + step * b * w, (size_t)(b * w) * sizeof *windows);
    memcpy(sample->lengths, lengths + step * b, (size_t)b * sizeof *lengths);
    memcpy(sample->negatives, (const int32_t *)values(golden, "input.", negatives) + step * b * n,
           (size_t)(b * n) * sizeof *windows);
    rta_batch_number(&course->sampler, &golden->shape, sample);
}

static void check_forward(struct course *course)
{
    struct golden *golden = &course->golden;
    struct rta_trainer trainer;
    open_trainer(golden, &trainer, true, course->n_easy, course->n_hard);
    int64_t width = rta_width(&golden->shape), n = golden->inputs.n_tracks, places = golden->batch * course->length;
    float *phi = check_phi(golden, &trainer);

    fill_sample(course, 0, "candidates", course->candidates);
    struct rta_loss loss;
    must(rta_trainer_step(&trainer, &course->sample, course->candidates, &loss, &error));
    const float ours[3] = {(float)loss.positive, (float)loss.negative, (float)(loss.positive + loss.negative)};
    same(golden, "output.", "loss", ours, values(golden, "output.", "loss"), 3, TOLERANCE);
    compare_all(golden, &trainer, "gradients.", 1);

    struct tape *tape = &trainer.tape;
    tape_reset(tape, true);
    struct compute_slice slices[4];
    const int32_t *lists[] = {course->sample.inputs, course->sample.positions, course->sample.lengths,
                              course->sample.tracks};
    const int64_t counts[] = {places, places, golden->batch, course->sample.n_tracks};
    for (int i = 0; i < 4; i++) {
        slices[i] = tape_memory(tape, counts[i]);
        must(compute.ops->buffer_write(compute.stream, slices[i].buffer, slices[i].offset * 4, lists[i],
                                       (size_t)counts[i] * 4, &error));
    }
    struct compute_buffer *items = NULL;
    must(compute.ops->buffer_wrap(compute.device, phi, (size_t)(n * width) * sizeof *phi, &items, &error));
    const struct tensor all = tensor_of((struct compute_slice){items, 0}, n, width);
    /* All positions, whereas the training step leaves out those without a track. */
    const struct sequences sequences = {.batch = golden->batch, .length = course->length, .lengths = slices[2]};
    struct tensor *local = nn_rows(tape, &all, course->sample.n_tracks, slices[3], NULL, slices[3]);
    struct tensor *x = nn_rows(tape, local, places, slices[0], NULL, slices[0]);
    struct tensor *g = rta_aggregate(tape, &trainer.network, x, &sequences, slices[1], (struct dropout){0});
    must(tape_status(tape, &error));
    float *aggregated = malloc((size_t)(places * width) * sizeof *aggregated);
    must(compute.ops->buffer_read(compute.stream, g->value.buffer, g->value.offset * 4, aggregated,
                                  (size_t)(places * width) * 4, &error));
    for (int64_t i = 0; i < places; i++) /* what stands in the padding is nobody's business */
        if (i % course->length >= course->sample.lengths[i / course->length])
            memset(aggregated + i * width, 0, (size_t)width * sizeof *aggregated);
    same(golden, "output.", "aggregated", aggregated, values(golden, "output.", "aggregated"), places * width,
         TOLERANCE);
    compute.ops->buffer_destroy(items);
    free(aggregated);
    free(phi);
    rta_trainer_close(&trainer);
}

static void check_training(struct course *course)
{
    struct golden *golden = &course->golden;
    struct rta_trainer trainer;
    int64_t chosen = course->n_easy + course->n_hard;
    const float *theirs = values(golden, "output.", "losses");
    open_trainer(golden, &trainer, false, chosen, 0);
    for (int64_t step = 0; step < golden->steps; step++) {
        struct rta_loss loss;
        fill_sample(course, step, "negatives", chosen);
        must(rta_trainer_step(&trainer, &course->sample, chosen, &loss, &error));
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

static void test_family(void **state)
{
    enum { LISTS = 4, SEEDS = 12 };
    struct course course = {0};
    open_course(&course, *state);
    check_forward(&course);
    check_training(&course);
    const int32_t *seeds = values(&course.golden, "input.", "seeds");
    check_scores(&course.golden, "reference", seeds, LISTS, SEEDS, "scores.reference");
    check_scores(&course.golden, "same", seeds, LISTS, SEEDS, "scores.same");
    close_course(&course);
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
