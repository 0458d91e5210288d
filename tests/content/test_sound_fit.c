#include "nn_fixture.h"

#include "content/sound_fit_internal.h"
#include "core/log.h"
#include "tests/folder.h"

/* Trainings of small networks: with targets, with triplets, with another network that is adapted. Songs are of two
 * groups, which are loud in different bands and have different targets. */

enum { SONGS = 48, WINDOWS = 2, FRAMES = 16, BANDS = 8, WIDTH = 3, EPOCHS = 3 };

static char folder[TEST_FOLDER_MAX];
static char checkpoint[160];
static float targets[SONGS * WIDTH];
static int32_t training[SONGS], validation[SONGS];
static int64_t n_training, n_validation;

static const struct tagger_shape small_tagger = {.name = "small",
                                                 .layers = 2,
                                                 .filters = 4,
                                                 .frames = FRAMES,
                                                 .mels = BANDS,
                                                 .pools = {{.time = 4, .frequency = 2}, {.time = 2, .frequency = 2}}};
static const struct sound_spec cnn = {.name = "small cnn",
                                      .kind = SOUND_CNN,
                                      .preset = "thesis",
                                      .n_convolutions = 1,
                                      .pools = {{.time = 4, .frequency = 4}},
                                      .norm = true,
                                      .n_dense = 1,
                                      .dense = 8};
static const struct sound_spec frozen = {
    .name = "frozen", .kind = SOUND_TAGGER, .preset = "thesis", .n_dense = 1, .dense = 8, .tagger = &small_tagger};
static const struct sound_spec adapted = {.name = "adapted",
                                          .kind = SOUND_TAGGER,
                                          .preset = "thesis",
                                          .n_dense = 1,
                                          .dense = 8,
                                          .tagger = &small_tagger,
                                          .adapted = true};

static int64_t count_windows(const void *context, int32_t song)
{
    (void)context;
    (void)song;
    return WINDOWS;
}

static enum status read_window(const void *context, int32_t song, int64_t which, float *x, struct error *of_read)
{
    struct random random;
    (void)context;
    (void)of_read;
    random_seed(&random, (uint64_t)(song * WINDOWS + which));
    for (int i = 0; i < FRAMES * BANDS; i++)
        x[i] = (float)(0.5 * random_normal(&random)) + (i % BANDS < BANDS / 2 ? 1.0F : -1.0F) * (song % 2 ? 1 : -1);
    return STATUS_OK;
}

static const struct sound_inputs inputs = {count_windows, read_window, NULL};

static struct sound_data data_of_songs(void)
{
    return (struct sound_data){.inputs = inputs,
                               .targets = targets,
                               .width = WIDTH,
                               .training = training,
                               .validation = validation,
                               .n_training = n_training,
                               .n_validation = n_validation};
}

static struct sound_fit_settings settings_of(const struct sound_spec *spec, enum sound_objective objective)
{
    return (struct sound_fit_settings){.objective = objective,
                                       .shape = {.spec = spec,
                                                 .patches = 1,
                                                 .frames = FRAMES,
                                                 .bands = BANDS,
                                                 .out = WIDTH,
                                                 .random_out = objective != SOUND_TARGETS},
                                       .learning_rate = 0.01F,
                                       .adapted_rate = 0.001F,
                                       .batch = 10,
                                       .epochs = EPOCHS,
                                       .seed = 3,
                                       .checkpoint = checkpoint,
                                       .identity = spec->name};
}

struct stopper {
    struct progress progress;
    int asked, at;
};

static bool stop(struct progress *progress)
{
    struct stopper *stopper = (struct stopper *)progress;
    return ++stopper->asked == stopper->at;
}

static void learn(const struct sound_fit_settings *settings, struct sound_fitted *fitted)
{
    const struct sound_data data = data_of_songs();
    must(sound_fit(&compute, &data, settings, NULL, fitted, &error));
    assert_int_equal(fitted->epochs, EPOCHS);
    assert_int_equal(fitted->n_inputs, n_training * WINDOWS);
    sound_fit_forget(settings->checkpoint);
}

/* A training that was stopped and resumed gives the bytes of one that was not. */
static void resumed_is_uninterrupted(const struct sound_spec *spec, enum sound_objective objective)
{
    struct sound_fit_settings settings = settings_of(spec, objective);
    const struct sound_data data = data_of_songs();
    struct sound_fitted whole, fitted;
    struct error why = {0};
    learn(&settings, &whole);
    for (int at = 3; at < 18; at += 7) {
        struct stopper stopper = {.progress = {.cancelled = stop}, .at = at};
        assert_int_equal(sound_fit(&compute, &data, &settings, &stopper.progress, &fitted, &why), STATUS_INTERRUPTED);
        settings.resume = true;
        must(sound_fit(&compute, &data, &settings, NULL, &fitted, &error));
        settings.resume = false;
        assert_int_equal(fitted.best_epoch, whole.best_epoch);
        assert_memory_equal(fitted.weights, whole.weights, whole.n_weights * sizeof *whole.weights);
        assert_memory_equal(fitted.pretrained, whole.pretrained, whole.n_pretrained * sizeof *whole.pretrained);
        assert_memory_equal(fitted.curve, whole.curve, EPOCHS * sizeof *whole.curve);
        sound_fitted_free(&fitted);
        sound_fit_forget(settings.checkpoint);
    }
    sound_fitted_free(&whole);
}

static void stopped_trainings_resume(void **state)
{
    (void)state;
    resumed_is_uninterrupted(&cnn, SOUND_TARGETS);
    resumed_is_uninterrupted(&cnn, SOUND_TRIPLETS);
    resumed_is_uninterrupted(&cnn, SOUND_SEMI_HARD);
    resumed_is_uninterrupted(&adapted, SOUND_TARGETS);
}

static void nothing_to_resume_is_refused(void **state)
{
    (void)state;
    struct sound_fit_settings settings = settings_of(&cnn, SOUND_TARGETS);
    const struct sound_data data = data_of_songs();
    struct sound_fitted fitted;
    struct error why = {0};
    settings.resume = true;
    assert_int_equal(sound_fit(&compute, &data, &settings, NULL, &fitted, &why), STATUS_USAGE);
}

static void groups_are_learned(void **state)
{
    (void)state;
    const struct sound_spec *const specs[] = {&cnn, &frozen, &adapted};
    for (size_t i = 0; i < sizeof specs / sizeof specs[0]; i++) {
        const struct sound_fit_settings settings = settings_of(specs[i], SOUND_TARGETS);
        struct sound_fitted fitted;
        learn(&settings, &fitted);
        assert_true(fitted.curve[EPOCHS - 1].training < 0.8F * fitted.curve[0].training);
        assert_true(fitted.curve[fitted.best_epoch - 1].validation < 1);
        sound_fitted_free(&fitted);
    }
}

/* What a frozen network has are the values that it began with; an adapted one's have changed. */
static void only_adapted_networks_change(void **state)
{
    (void)state;
    const struct sound_fit_settings of_frozen = settings_of(&frozen, SOUND_TARGETS);
    const struct sound_fit_settings of_adapted = settings_of(&adapted, SOUND_TARGETS);
    struct sound_network *network = calloc(1, sizeof *network);
    struct sound_fitted one, other;
    struct random random;
    random_seed(&random, random_mix(of_frozen.seed));
    sound_network_declare(network, &of_frozen.shape);
    must(sound_network_create(network, &compute, false, &random, &error));
    const size_t size = network->pretrained.n_values * sizeof(float);
    float *began = malloc(size);
    must(parameters_read(&network->pretrained, began, &error));
    learn(&of_frozen, &one);
    learn(&of_adapted, &other);
    assert_int_equal(one.n_pretrained * sizeof(float), size);
    assert_memory_equal(one.pretrained, began, size);
    assert_memory_not_equal(other.pretrained, began, size);
    sound_network_destroy(network);
    free(network);
    free(began);
    sound_fitted_free(&one);
    sound_fitted_free(&other);
}

/* ---- triplets ---- */

static void triplets_are_near_and_far(void **state)
{
    (void)state;
    const struct triplet_songs songs = {training, n_training, targets, WIDTH};
    struct random random, again;
    for (int64_t anchor = 0; anchor < n_training; anchor++) {
        int32_t positive, negative, positive2, negative2;
        random_seed(&random, (uint64_t)anchor);
        again = random;
        assert_true(triplet_draw(&songs, training[anchor], &random, &positive, &negative));
        assert_true(triplet_draw(&songs, training[anchor], &again, &positive2, &negative2));
        assert_true(positive == positive2 && negative == negative2);
        assert_int_not_equal(positive, training[anchor]);
        assert_int_equal(positive % 2, training[anchor] % 2);
        assert_int_not_equal(negative % 2, training[anchor] % 2);
    }
}

static double distance(const float *x, const float *y)
{
    double sum = 0;
    for (int j = 0; j < WIDTH; j++)
        sum += ((double)x[j] - (double)y[j]) * ((double)x[j] - (double)y[j]);
    return sqrt(sum);
}

/* How many training songs have targets that are nearer to the anchor's. */
static int64_t nearer(int32_t anchor, int32_t song)
{
    int64_t count = 0;
    for (int64_t i = 0; i < n_training; i++)
        count += training[i] != anchor && distance(targets + training[i] * WIDTH, targets + anchor * WIDTH) <
                                              distance(targets + song * WIDTH, targets + anchor * WIDTH);
    return count;
}

/* Against the definition: of the rows whose songs are no near ones, the nearest farther than the positive, else the
 * farthest. A mined row is never its anchor, its positive, or another input of their songs. */
static void mined_negatives_are_semi_hard(void **state)
{
    (void)state;
    enum { PAIRS = 12, ROWS = 2 * PAIRS };
    const struct triplet_songs songs = {training, n_training, targets, WIDTH};
    const int64_t near = (n_training - 1) / 10;
    int semi_hard = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        int32_t of_rows[ROWS], negatives[PAIRS], ignored;
        float embedded[ROWS * WIDTH];
        struct random random;
        random_seed(&random, seed);
        draw_normal(&random, (int64_t)ROWS * WIDTH, embedded);
        for (int i = 0; i < PAIRS; i++) {
            of_rows[i] = training[random_below(&random, (uint64_t)n_training)];
            assert_true(triplet_draw(&songs, of_rows[i], &random, &of_rows[PAIRS + i], &ignored));
        }
        assert_true(triplet_mine(&songs, PAIRS, of_rows, embedded, WIDTH, negatives));
        for (int i = 0; i < PAIRS; i++) {
            const double positive = distance(embedded + i * WIDTH, embedded + (PAIRS + i) * WIDTH);
            double best = INFINITY, farthest = 0;
            int32_t wanted = -1, easiest = -1;
            for (int32_t row = 0; row < ROWS; row++) {
                const double d = distance(embedded + i * WIDTH, embedded + row * WIDTH);
                if (of_rows[row] == of_rows[i] || nearer(of_rows[i], of_rows[row]) < near)
                    continue;
                if (d > positive && d < best)
                    best = d, wanted = row;
                if (d > farthest)
                    farthest = d, easiest = row;
            }
            assert_int_equal(negatives[i], wanted >= 0 ? wanted : easiest);
            semi_hard += wanted >= 0;
        }
    }
    assert_in_range(semi_hard, 1, 20 * PAIRS - 1); /* both happen */
}

/* Songs that were not trained are nearer to those of their group. */
static void check_embedding(enum sound_objective objective)
{
    const struct sound_fit_settings settings = settings_of(&cnn, objective);
    struct sound_fitted fitted;
    struct sound_open *open;
    float vectors[SONGS * WIDTH];
    double same = 0, other = 0;
    learn(&settings, &fitted);
    assert_true(fitted.curve[fitted.best_epoch - 1].validation < TRIPLET_MARGIN / 2);
    const struct sound_weights weights = {.values = fitted.weights, .n_values = fitted.n_weights};
    must(sound_open(&compute, &settings.shape, &weights, &open, &error));
    must(sound_open_run_all(open, &inputs, validation, n_validation, vectors, NULL, &error));
    for (int64_t i = 0; i < n_validation; i++)
        for (int64_t j = 0; j < i; j++)
            *(validation[i] % 2 == validation[j] % 2 ? &same : &other) +=
                distance(vectors + i * WIDTH, vectors + j * WIDTH);
    assert_true(2 * same < other);
    sound_open_close(open);
    sound_fitted_free(&fitted);
}

static void embedding_orders_new_songs(void **state)
{
    (void)state;
    check_embedding(SOUND_TRIPLETS);
    check_embedding(SOUND_SEMI_HARD);
}

static void ignore(enum log_level level, const char *text, void *context)
{
    (void)level;
    (void)text;
    (void)context;
}

static int begin(void **state)
{
    struct random random;
    log_set_sink(ignore, NULL);
    if (!test_folder_make(folder))
        return -1;
    snprintf(checkpoint, sizeof checkpoint, "%s/checkpoint", folder);
    random_seed(&random, 5);
    for (int32_t song = 0; song < SONGS; song++) {
        for (int j = 0; j < WIDTH; j++)
            targets[song * WIDTH + j] = (float)(0.1 * random_normal(&random)) + (song % 2 == 0 ? 1.0F : -1.0F);
        if (song % 4 < 3)
            training[n_training++] = song;
    }
    for (int32_t song = 0; song < SONGS; song++)
        if (song % 8 == 3 || song % 8 == 6) /* of both groups; the latter are trained, too */
            validation[n_validation++] = song;
    return open_compute(state);
}

static int end(void **state)
{
    char command[160];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return close_compute(state) == 0 ? system(command) : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stopped_trainings_resume),   cmocka_unit_test(nothing_to_resume_is_refused),
        cmocka_unit_test(groups_are_learned),         cmocka_unit_test(only_adapted_networks_change),
        cmocka_unit_test(triplets_are_near_and_far),  cmocka_unit_test(mined_negatives_are_semi_hard),
        cmocka_unit_test(embedding_orders_new_songs),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
