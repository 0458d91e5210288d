#include "nn_fixture.h"

#include "content/sound_fit.h"
#include "content/sound_network.h"
#include "core/safetensors.h"
#include "nn/optimiser.h"
#include "nn/schedule.h"
#include "nn/triplets.h"

/* Trainings of the networks over sound against PyTorch (tests/oracle/sound_networks.py, which says what the file
 * holds): results, gradients of all weights, steps of Adam, running statistics. Sizes of the thesis. */

enum { BATCH = 3, OUT = 4, DENSE = 16, STEPS = 3, INPUT = 1, TARGETS = 2, PROJECTION = 3, PLACES = 6 };
enum { STREAM, ROWS, COLUMNS, SCALE, MEAN, SECOND_MEAN, GRADIENT, CHANGE = GRADIENT + 2 + PLACES };
enum { NUMBERS = CHANGE + 2 + PLACES };
#define RATE 0.002
#define ADAPTED_RATE 0.0015F
#define DECAY 0.1

static struct safetensors *golden;

/* For small patches. */
static const struct tagger_shape vgg = {.layers = 3,
                                        .filters = 6,
                                        .frames = 36,
                                        .mels = 16,
                                        .pools = {{.time = 4, .frequency = 1, .stride_time = 2, .stride_frequency = 2},
                                                  {.time = 2, .frequency = 2},
                                                  {.time = 2, .frequency = 2}}};
static const struct tagger_shape choi = {.layers = 2,
                                         .filters = 5,
                                         .frames = 32,
                                         .mels = 16,
                                         .pools = {{.time = 4, .frequency = 2}, {.time = 4, .frequency = 2}},
                                         .norm_first = true};
static const struct xception_shape xception = {{4, 5, 6, 7, 8}};

static const struct golden_case {
    const char *name; /* in the file */
    const char *network;
    int64_t patches, frames, bands;
} cases[] = {
    {"bag", "bag", 1, 0, 0},
    {"cnn", "cnn", 1, 32, 16},
    {"cnn-norm", "cnn-norm", 1, 32, 16},
    {"cnn-deep", "cnn-deep", 1, 32, 16},
    {"cnn-frequency", "cnn-frequency", 1, 32, 16},
    {"cnn-time", "cnn-time", 1, 32, 16},
    {"lstm", "lstm", 1, 32, 16},
    {"cnn of 3", "cnn", 3, 32, 16},
    {"lstm of 3", "lstm", 3, 32, 16},
    {"vgg-adapted", "vgg-adapted", 1, 36, 16},
    {"choi", "choi", 1, 32, 16},
    {"choi-adapted", "choi-adapted", 1, 32, 16},
    {"choi-adapted of 3", "choi-adapted", 3, 32, 16},
    {"xception-adapted", "xception-adapted", 1, 64, 56},
    {"triplet", "triplet", 1, 32, 16},
};

/* A number of -1..1 that the oracle computes alike. */
static double hash(uint64_t stream, int64_t i)
{
    return (double)(random_mix((stream << 32) + (uint64_t)i) >> 40) / (1 << 23) - 1;
}

static float *hashes(uint64_t stream, int64_t count)
{
    float *values = malloc((size_t)count * sizeof *values);
    for (int64_t i = 0; values && i < count; i++)
        values[i] = (float)hash(stream, i);
    return values;
}

static const float *golden_values(const char *name, const char *group, const char *of, int64_t count)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s%s", name, group, of);
    const struct tensor_view *view = safetensors_find(golden, path);
    if (!view)
        fail_msg("no tensor %s", path);
    assert_int_equal(view->shape[0], count);
    return view->bytes;
}

/* ---- one network ---- */

struct trained {
    const struct golden_case *of;
    struct sound_spec spec;
    struct sound_network network;
    struct optimiser own, other;
    struct tape tape;
    float *input, *targets;
    int64_t rows; /* inputs of a step */
    struct tensor x;
};

static struct parameters *group_of(struct trained *t, bool own)
{
    return own ? &t->network.parameters : &t->network.pretrained;
}

static const char *group_name(bool own)
{
    return own ? "own/" : "other/";
}

/* Sets all parameters, and keeps a copy. */
static float *set_parameters(struct trained *t, bool own)
{
    struct parameters *p = group_of(t, own);
    float *values = calloc(p->n_values + 1, sizeof *values);
    for (size_t i = 0; i < p->count; i++) {
        const struct tensor *tensor = &p->items[i].tensor;
        const int64_t count = tensor->rows * tensor->columns;
        const float *numbers = golden_values(t->of->name, group_name(own), p->items[i].name, NUMBERS);
        assert_true(numbers[ROWS] == (float)tensor->rows && numbers[COLUMNS] == (float)tensor->columns);
        for (int64_t j = 0; j < count; j++)
            values[(int64_t)p->items[i].offset + j] =
                (float)((double)numbers[j < count / 2 ? MEAN : SECOND_MEAN] +
                        (double)numbers[SCALE] * hash((uint64_t)numbers[STREAM], j));
    }
    must(parameters_write(p, values, &error));
    return values;
}

static int64_t count_golden(const char *name, const char *group)
{
    char prefix[96];
    int64_t count = 0;
    snprintf(prefix, sizeof prefix, "%s/%s", name, group);
    for (size_t i = 0; i < safetensors_count(golden); i++)
        count += strncmp(safetensors_at(golden, i)->name, prefix, strlen(prefix)) == 0;
    return count;
}

static void begin(struct trained *t, const struct golden_case *of)
{
    const struct optimiser_settings adam = {.kind = OPTIMISER_ADAM, .epsilon = 1e-3F};
    struct random random;
    t->of = of;
    t->spec = *sound_spec_find(of->network);
    t->spec.tagger = !t->spec.tagger ? NULL : t->spec.tagger->norm_first ? &choi : &vgg;
    t->spec.xception = t->spec.xception ? &xception : NULL;
    struct sound_shape shape = sound_shape_of(&t->spec, of->patches, 12, OUT);
    if (t->spec.kind == SOUND_EMBEDDING) {
        shape = sound_embedding_of(&t->spec, of->patches);
        t->spec = *shape.spec;
    }
    t->spec.dense = DENSE;
    shape.spec = &t->spec;
    shape.frames = of->frames;
    shape.bands = of->bands;
    shape.out = OUT;
    random_seed(&random, 1);
    tape_open(&t->tape, &compute);
    sound_network_declare(&t->network, &shape);
    must(sound_network_create(&t->network, &compute, true, &random, &error));
    must(optimiser_open(&t->own, &t->network.parameters, &adam, &error));
    if (t->spec.adapted)
        must(optimiser_open(&t->other, &t->network.pretrained, &adam, &error));
    t->rows = shape.random_out ? 3 * BATCH : BATCH;
    t->input = hashes(INPUT, t->rows * sound_input_size(&shape));
    t->targets = hashes(TARGETS, BATCH * OUT);
}

static void end(struct trained *t)
{
    optimiser_close(&t->own);
    if (t->spec.adapted)
        optimiser_close(&t->other);
    tape_close(&t->tape);
    sound_network_destroy(&t->network);
    free(t->input);
    free(t->targets);
}

static struct tensor *apply(struct trained *t, bool training)
{
    const int64_t size = sound_input_size(&t->network.shape);
    tape_reset(&t->tape, training);
    t->x = tensor_of(tape_upload(&t->tape, t->input, t->rows * size), t->rows, size);
    return sound_network_apply(&t->tape, &t->network, &t->x, t->rows, training);
}

static void add_loss(struct trained *t, struct tensor *y, struct compute_slice sum)
{
    const struct compute_slice none = {0};
    if (t->rows == BATCH) {
        nn_element_loss(&t->tape, ELEMENT_LOSS_SQUARE, y, tape_upload(&t->tape, t->targets, BATCH * OUT), none,
                        1 / (float)(BATCH * OUT), sum);
        return;
    }
    static const int32_t rows[] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    struct tensor *parts[3]; /* anchors, positives, negatives */
    for (int i = 0; i < 3; i++) {
        struct compute_slice ids = tape_upload(&t->tape, rows + i * BATCH, BATCH);
        parts[i] = nn_gather(&t->tape, y, BATCH, ids, y, ids);
    }
    nn_triplet_loss(&t->tape, parts[0], parts[1], parts[2], false, TRIPLET_MARGIN, 1 / (float)BATCH, sum);
}

/* ---- comparisons, relative to the largest number of a summary ---- */

/* Of a change of weights of about 1. */
#define ROUNDING 2e-7

static void same_values(const struct trained *t, const char *what, const double *ours, const float *theirs,
                        int64_t count, double relative, double absolute)
{
    double largest = 1e-6;
    for (int64_t i = 0; i < count; i++)
        largest = fmax(largest, fabs((double)theirs[i]));
    for (int64_t i = 0; i < count; i++)
        if (!(fabs(ours[i] - (double)theirs[i]) <= relative * largest + absolute))
            fail_msg("%s, %s, number %lld: %.9g, not %.9g", t->of->name, what, (long long)i, ours[i],
                     (double)theirs[i]);
}

/* A bias before batch normalisation has no gradient, and Adam makes steps of its rounding errors. */
static bool has_gradient(const float *numbers)
{
    return (double)numbers[GRADIENT] > 1e-9;
}

/* Of values, less `start`, which may be NULL. */
static void same_summary(const struct trained *t, const char *what, const float *values, const float *start,
                         int64_t count, const float *theirs)
{
    double ours[2 + PLACES] = {0};
    for (int64_t i = 0; i < count; i++) {
        const double value = (double)values[i] - (start ? (double)start[i] : 0);
        ours[0] += value * value;
        ours[1] += value * hash(PROJECTION, i);
    }
    ours[0] = sqrt(ours[0]);
    for (int64_t i = 0; i < PLACES; i++)
        ours[2 + i] = (double)values[i * count / PLACES] - (start ? (double)start[i * count / PLACES] : 0);
    same_values(t, what, ours, theirs, 2 + PLACES, 1e-4, start ? ROUNDING : 0);
}

static void same_outputs(struct trained *t, const char *what, const struct tensor *y)
{
    float values[3 * BATCH * OUT];
    double ours[3 * BATCH * OUT];
    tape_download(&t->tape, y->value, values, (size_t)(t->rows * OUT) * sizeof *values);
    must(tape_status(&t->tape, &error));
    for (int64_t i = 0; i < t->rows * OUT; i++)
        ours[i] = (double)values[i];
    same_values(t, what, ours, golden_values(t->of->name, "", what, t->rows * OUT), t->rows * OUT, 1e-5, 0);
}

static void same_gradients(struct trained *t, bool own)
{
    struct parameters *p = group_of(t, own);
    float *gradients = calloc(p->n_trained + 1, sizeof *gradients);
    must(parameters_complete_gradients(p, &error));
    buffer_values(p->gradients, (int64_t)p->n_trained, gradients);
    for (size_t i = 0; i < p->count; i++) {
        const int64_t count = p->items[i].tensor.rows * p->items[i].tensor.columns;
        const float *of_item = gradients + p->items[i].offset;
        const float *numbers = golden_values(t->of->name, group_name(own), p->items[i].name, NUMBERS);
        if (has_gradient(numbers))
            same_summary(t, p->items[i].name, of_item, NULL, count, numbers + GRADIENT);
        for (int64_t j = 0; p->items[i].trained && !has_gradient(numbers) && j < count; j++)
            assert_near((double)of_item[j], 0, 1e-5, p->items[i].name, j);
    }
    free(gradients);
}

static void same_parameters(struct trained *t, bool own, const float *start)
{
    const struct parameters *p = group_of(t, own);
    float *values = calloc(p->n_values + 1, sizeof *values);
    must(parameters_read(p, values, &error));
    for (size_t i = 0; i < p->count; i++) {
        const float *numbers = golden_values(t->of->name, group_name(own), p->items[i].name, NUMBERS);
        if (has_gradient(numbers) || !p->items[i].trained || (!own && !t->spec.adapted))
            same_summary(t, p->items[i].name, values + p->items[i].offset, start + p->items[i].offset,
                         p->items[i].tensor.rows * p->items[i].tensor.columns, numbers + CHANGE);
    }
    assert_int_equal(p->count, count_golden(t->of->name, group_name(own)));
    free(values);
}

static double take_step(struct trained *t, int step)
{
    double loss = NAN;
    parameters_begin(&t->network.parameters);
    parameters_begin(&t->network.pretrained);
    struct tensor *y = apply(t, true);
    struct compute_slice sum = tape_doubles(&t->tape, 1);
    add_loss(t, y, sum);
    if (step == 0)
        same_outputs(t, "output", y);
    tape_backward(&t->tape);
    tape_download_doubles(&t->tape, sum, &loss, 1);
    must(tape_status(&t->tape, &error));
    if (step == 0)
        same_gradients(t, true);
    if (step == 0 && t->spec.adapted)
        same_gradients(t, false);
    optimiser_step(&t->own, &t->tape, schedule_inverse(RATE, DECAY, step));
    if (t->spec.adapted)
        optimiser_step(&t->other, &t->tape, ADAPTED_RATE);
    must(tape_status(&t->tape, &error));
    return loss;
}

static void check_case(const struct golden_case *of)
{
    struct trained *t = calloc(1, sizeof *t);
    begin(t, of);
    float *own = set_parameters(t, true), *other = set_parameters(t, false);
    const float *losses = golden_values(of->name, "", "losses", STEPS);
    for (int step = 0; step < STEPS; step++)
        assert_near(take_step(t, step), (double)losses[step], 1e-5 * (1 + (double)losses[step]), of->name, step);
    same_parameters(t, true, own);
    same_parameters(t, false, other);
    same_outputs(t, "predicted", apply(t, false));
    end(t);
    free(own);
    free(other);
    free(t);
}

static void trainings_equal_pytorch(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_case(&cases[i]);
}

/* Pohl, master's thesis, tables 6.1 and 6.2: trained parameters with 200 factors, 4,000 tones, one patch of 6 s. */
static void published_sizes(void **state)
{
    static const struct {
        const char *name;
        int64_t parameters;
    } published[] = {{"bag", 6401224},      {"bag-2048", 16996552}, {"cnn", 8566216},
                     {"cnn-norm", 8566600}, {"cnn-dense", 9091912}, {"cnn-2048", 42433864}};
    (void)state;
    for (size_t i = 0; i < sizeof published / sizeof published[0]; i++) {
        const struct sound_spec *spec = sound_spec_find(published[i].name);
        assert_non_null(spec);
        const struct sound_shape shape = sound_shape_of(spec, 1, 4000, 200);
        assert_int_equal(sound_parameters(&shape), published[i].parameters);
    }
}

static int open_all(void **state)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/tests/content/golden/networks.safetensors", getenv("SLEEVE_SOURCE"));
    return safetensors_open(path, &golden, NULL) == STATUS_OK ? open_compute(state) : -1;
}

static int close_all(void **state)
{
    safetensors_close(golden);
    return close_compute(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(published_sizes), cmocka_unit_test(trainings_equal_pytorch)};
    return cmocka_run_group_tests(tests, open_all, close_all);
}
