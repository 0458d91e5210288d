#include "training_case.h"

/* Trainings that are interrupted and resumed give the same file, byte for byte, on any number of threads, with and
 * without an evaluator. A training that diverges keeps its best weights. Every kind learns what can be learned. */

static const char *const kinds[] = {"mf-avg", "mf-cnn", "mf-gru", "mf-transformer", "mf-pool",
                                    "fm-avg", "fm-cnn", "fm-gru", "fm-transformer", "fm-pool",
                                    "nn-avg", "nn-cnn", "nn-gru", "nn-transformer", "nn-pool"};
enum { KINDS = sizeof kinds / sizeof kinds[0], COVERED = 1, JUDGED = 2, REST = 4 };
static const int variants[] = {0, COVERED, JUDGED, COVERED | JUDGED, COVERED | JUDGED | REST};
enum { VARIANTS = sizeof variants / sizeof variants[0] };

/* With covers, with an evaluator, and with the other objective (a pool has no choice), of an FM over a sample. */
static void open_variant(struct training_case *training_case, const char *kind, int variant,
                         struct training_case_judge *evaluator)
{
    training_case_open(training_case, kind, "training_case.model");
    training_case_cover(training_case, variant & COVERED ? "made" : NULL);
    if (variant & REST && !strstr(kind, "pool"))
        training_case_set(training_case, "objective=rest");
    if (variant & REST && strncmp(kind, "fm-", 3) == 0) {
        training_case_set(training_case, "softmax_samples=10");
        training_case_set(training_case, "sparse_adam=1");
    }
    evaluator->evaluator.context = evaluator;
    evaluator->asked = 0;
    evaluator->stop_at = -1;
    training_case->spec.evaluator = variant & JUDGED ? &evaluator->evaluator : NULL;
}

static int64_t steps_of(const struct training_case *training_case)
{
    struct rta_sampler sampler;
    must(rta_sampler_open(&sampler, &training_case->interactions, 16, 5, 1, 1, &error));
    int64_t steps = rta_sampler_steps(&sampler);
    rta_sampler_close(&sampler);
    return steps;
}

/* Each kind is stopped once with everything, and once with another variant in turn, the step in turn; with an evaluator
 * also several times in a row. */
static void a_stopped_training_ends_as_if_it_had_not_been(void **state)
{
    (void)state;
    struct training_case_judge evaluator = training_case_judge_make();
    size_t turn = 0;
    for (int kind = 0; kind < KINDS; kind++)
        for (int variant = kind % (VARIANTS - 1); variant < VARIANTS;
             variant = variant < VARIANTS - 1 ? VARIANTS - 1 : VARIANTS) {
            struct training_case training_case;
            open_variant(&training_case, kinds[kind], variants[variant], &evaluator);
            int64_t steps = steps_of(&training_case);
            assert_true(steps >= 4);
            struct buffer whole = training_case_train_whole(&training_case);
            const int64_t stops[] = {2, steps, 0, steps - 1, steps + 1, 2 * steps, 3 * steps - 1};
            const int64_t stop = stops[turn++ % (sizeof stops / sizeof stops[0])];
            char when[64];
            snprintf(when, sizeof when, "when stopped at step %lld", (long long)stop);
            training_case_stop_at(&training_case, stop);
            training_case_finish(&training_case, &whole, when);
            if (variants[variant] & JUDGED) {
                training_case_stop_at(&training_case, 2);
                training_case.spec.resume = true;
                training_case_stop_at(&training_case, 0);
                training_case_stop_at(&training_case, steps);
                training_case_stop_at(&training_case, 3);
                training_case_finish(&training_case, &whole, "when stopped four times");
            }
            buffer_free(&whole);
            training_case_close(&training_case);
        }
    generated_free(&evaluator.held_out);
}

static void a_look_that_is_stopped_is_taken_again(void **state)
{
    (void)state;
    struct training_case_judge evaluator = training_case_judge_make();
    struct training_case training_case;
    open_variant(&training_case, "mf-transformer", JUDGED, &evaluator);
    struct buffer whole = training_case_train_whole(&training_case);
    for (int64_t look = 0; look < 3; look++) {
        evaluator.asked = 0;
        evaluator.stop_at = look;
        struct error error = {0};
        assert_int_equal(training_case_train(&training_case, &compute, NULL, &error), STATUS_INTERRUPTED);
        assert_non_null(strstr(error.text, "--resume"));
        assert_false(training_case_has(&training_case, ".candidate"));
        evaluator.stop_at = -1;
        evaluator.asked = 0;
        training_case_finish(&training_case, &whole, "when interrupted during a validation");
        assert_int_equal(evaluator.asked, 3 - look);
    }
    buffer_free(&whole);
    training_case_close(&training_case);
    generated_free(&evaluator.held_out);
}

static void a_model_is_a_function_of_its_seed_alone(void **state)
{
    (void)state;
    struct compute other;
    struct training_case_judge evaluator = training_case_judge_make();
    must(compute_open(DEVICE_CPU, 5, &other, &error));
    for (int kind = 0; kind < KINDS; kind++) {
        struct training_case training_case;
        open_variant(&training_case, kinds[kind], kind % 2 ? COVERED | JUDGED : COVERED | JUDGED | REST, &evaluator);
        struct buffer whole = training_case_train_whole(&training_case);
        must(training_case_train(&training_case, &other, NULL, &error));
        training_case_same_file(&training_case, &whole, "with another number of threads");
        /* Interrupted on one device, resumed on another. */
        training_case_clear(&training_case);
        training_case_stop_at(&training_case, 3);
        training_case.spec.resume = true;
        must(training_case_train(&training_case, &other, NULL, &error));
        training_case_same_file(&training_case, &whole, "when resumed on other threads");
        training_case.spec.resume = false;
        training_case.spec.seed++;
        must(training_case_train(&training_case, &compute, NULL, &error));
        struct buffer another = training_case_read(training_case.path);
        assert_true(another.size != whole.size || memcmp(another.data, whole.data, whole.size) != 0);
        buffer_free(&another);
        buffer_free(&whole);
        training_case_close(&training_case);
    }
    compute_close(&other);
    generated_free(&evaluator.held_out);
}

/* Of an epoch. */
static int64_t steps_taken(const char *objective, const char *setting)
{
    struct training_case training_case;
    training_case_open(&training_case, "mf-avg", "steps.model");
    training_case_set(&training_case, "epochs=1");
    training_case_set(&training_case, objective);
    training_case_set(&training_case, setting);
    struct stopper stopper = stop_at(-1);
    must(training_case_train(&training_case, &compute, &stopper.progress, &error));
    training_case_close(&training_case);
    return stopper.asked;
}

/* 70 playlists in batches of 16 make 4 or 5 steps; a sixteenth of the playlists would be below the minimum batch of 8.
 */
static void a_step_takes_fewer_of_few_playlists(void **state)
{
    (void)state;
    static const char *const both[] = {"objective=next", "objective=rest"};
    for (int i = 0; i < 2; i++) {
        assert_true(steps_taken(both[i], "batch=16") <= 5 && steps_taken(both[i], "batch=8") >= 7);
        assert_int_equal(steps_taken(both[i], "batch=0"), steps_taken(both[i], "batch=8"));
    }
}

static void no_model_stays_of_a_training_that_runs_away(void **state)
{
    (void)state;
    struct training_case_judge evaluator = training_case_judge_make();
    for (int kind = 0; kind < KINDS; kind++)
        for (int variant = 0; variant < VARIANTS; variant++) {
            struct training_case training_case;
            struct error error = {0};
            open_variant(&training_case, kinds[kind], variants[variant], &evaluator);
            training_case_set(&training_case, "clip=0");
            training_case_set(&training_case, "rest_rate=1000");
            training_case_set(&training_case, "rest_decay=0.5");
            if (!strstr(kinds[kind], "pool")) {
                training_case_set(&training_case, "rate=1000");
                training_case_set(&training_case, "decay=0.5");
            }
            enum status status = training_case_train(&training_case, &compute, NULL, &error);
            if (status != STATUS_FAILED)
                fail_msg("%s, variant %d: status %d %s", training_case.spec.kind, variant, (int)status, error.text);
            assert_non_null(strstr(error.text, "diverged at step"));
            assert_non_null(strstr(error.text, "rate"));
            assert_false(training_case_has(&training_case, "") || training_case_has(&training_case, ".candidate") ||
                         training_case_has(&training_case, ".checkpoint"));
            training_case_close(&training_case);
        }
    generated_free(&evaluator.held_out);
}

/* One step per epoch: the weights after the first one are evaluated, then the second one diverges. */
static void the_last_good_weights_are_kept(void **state)
{
    (void)state;
    struct training_case_judge evaluator = training_case_judge_make();
    struct training_case training_case;
    for (int variant = 0; variants[variant] < REST; variant++) {
        open_variant(&training_case, "fm-transformer", variants[variant], &evaluator);
        training_case_set(&training_case, "batch=100");
        training_case_set(&training_case, "rate=1000");
        training_case_set(&training_case, "clip=0");
        char *settings = NULL;
        must(model_train_file(&training_case.interactions, &compute, &training_case.spec, "tracks of a test",
                              training_case.path, &settings, NULL, &error));
        assert_non_null(strstr(settings, "diverged at step"));
        assert_non_null(strstr(settings, "of epoch 1 were kept"));
        free(settings);
        struct recommender *model = NULL;
        must(recommender_open_file(&compute, training_case.path, &model, &error));
        recommender_close(model);
        assert_false(training_case_has(&training_case, ".candidate"));
        training_case_close(&training_case);
    }
    generated_free(&evaluator.held_out);
}

/* Strong decay at a high rate makes the rows that no step uses diverge, which does not affect the loss. */
static void weights_that_ran_away_unseen_are_not_kept(void **state)
{
    (void)state;
    enum { PAIRS = 14, TRACKS = 20000 };
    struct training_case training_case;
    training_case_open(&training_case, "mf-avg", "unseen.model");
    generated_free(&training_case.interactions);
    struct interactions *pairs = &training_case.interactions;
    *pairs = (struct interactions){.n_tracks = TRACKS, .n_playlists = PAIRS};
    pairs->starts = malloc((PAIRS + 1) * sizeof *pairs->starts);
    pairs->tracks = malloc(2 * PAIRS * sizeof *pairs->tracks);
    pairs->playlist_ids = malloc(PAIRS * sizeof *pairs->playlist_ids);
    for (int p = 0; p <= PAIRS; p++)
        pairs->starts[p] = 2 * p;
    for (int i = 0; i < 2 * PAIRS; i++) {
        pairs->tracks[i] = i;
        pairs->playlist_ids[i / 2] = i / 2 + 1;
    }
    static const char *const wild[] = {"batch=1",  "negatives=1", "hard=0", "easy=1",
                                       "epochs=1", "rate=1000",   "decay=1"};
    for (size_t i = 0; i < sizeof wild / sizeof wild[0]; i++)
        training_case_set(&training_case, wild[i]);
    struct error error = {0};
    struct stopper stopper = stop_at(-1);
    assert_int_equal(training_case_train(&training_case, &compute, &stopper.progress, &error), STATUS_FAILED);
    assert_int_equal(stopper.asked, PAIRS); /* the loss was fine at every step */
    assert_non_null(strstr(error.text, "diverged at step 14"));
    assert_false(training_case_has(&training_case, "") || training_case_has(&training_case, ".candidate"));
    training_case_close(&training_case);
}

/* If all scores are 0, the first weights are the best. */
static enum status find_nothing(void *context, struct recommender *recommender, struct model_scores *scores,
                                struct error *error)
{
    (void)context, (void)recommender, (void)error;
    *scores = (struct model_scores){0};
    return STATUS_OK;
}

static void a_model_that_finds_nothing_is_still_a_model(void **state)
{
    (void)state;
    static const struct model_evaluator evaluator = {.evaluate = find_nothing};
    struct training_case training_case;
    training_case_open(&training_case, "mf-avg", "nothing.model");
    training_case.spec.evaluator = &evaluator;
    char *settings = NULL;
    must(model_train_file(&training_case.interactions, &compute, &training_case.spec, "tracks of a test",
                          training_case.path, &settings, NULL, &error));
    assert_non_null(strstr(settings, "0.00 % after epoch 1"));
    free(settings);
    struct buffer whole = training_case_read(training_case.path);
    training_case_stop_at(&training_case, 5);
    training_case_finish(&training_case, &whole, "when stopped");
    buffer_free(&whole);
    training_case_close(&training_case);
}

/* ---- learning ---- */

enum { RING = 48, RUN = 6 };

/* Playlists are runs along a ring: the next track is certain, and all tracks are equally popular. */
static void make_ring(struct interactions *made, int64_t n, uint64_t seed)
{
    *made = (struct interactions){.n_tracks = RING, .n_playlists = n};
    made->starts = malloc(((size_t)n + 1) * sizeof *made->starts);
    made->tracks = malloc((size_t)(n * RUN) * sizeof *made->tracks);
    made->playlist_ids = malloc((size_t)n * sizeof *made->playlist_ids);
    struct random random;
    random_seed(&random, seed);
    for (int64_t p = 0; p <= n; p++)
        made->starts[p] = p * RUN;
    for (int64_t p = 0; p < n; p++) {
        int64_t start = (int64_t)random_below(&random, RING);
        made->playlist_ids[p] = p + 1;
        for (int64_t i = 0; i < RUN; i++)
            made->tracks[p * RUN + i] = (int32_t)((start + i) * 31 % RING); /* 31 and 48 have no common divisor */
    }
}

static void every_kind_learns_a_certain_succession(void **state)
{
    (void)state;
    struct training_case_judge evaluator = training_case_judge_make();
    generated_free(&evaluator.held_out);
    make_ring(&evaluator.held_out, 40, 3);
    evaluator.evaluator.context = &evaluator;
    for (int kind = 0; kind < KINDS; kind++) {
        struct training_case training_case;
        training_case_open(&training_case, kinds[kind], "ring.model");
        generated_free(&training_case.interactions);
        make_ring(&training_case.interactions, 300, 2);
        training_case.spec.evaluator = &evaluator.evaluator;
        bool pool = strstr(kinds[kind], "pool");
        static const char *const all[] = {"factors=16", "iterations=10", "epochs=20", "rest_decay=0"};
        static const char *const next[] = {"rate=0.3", "decay=0", "window=6", "halve_every=0", "hard=6", "easy=6"};
        for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
            training_case_set(&training_case, all[i]);
        for (size_t i = 0; i < sizeof next / sizeof next[0] && !pool; i++)
            training_case_set(&training_case, next[i]);
        if (pool) {
            training_case_set(&training_case, "rest_rate=0.01");
            training_case_set(&training_case, "borrowed=0");
        }
        if (!strstr(kinds[kind], "gru") && !strstr(kinds[kind], "avg"))
            training_case_set(&training_case, "dropout=0");
        struct stopper stopper = stop_at(-1);
        must(training_case_train(&training_case, &compute, &stopper.progress, &error));
        struct recommender *model = NULL;
        struct model_scores learned, popular;
        must(recommender_open_file(&compute, training_case.path, &model, &error));
        must(training_case_judge_ask(&evaluator, model, &learned, &error));
        recommender_close(model);
        training_case.spec = (struct model_spec){.kind = "popularity", .name = "x"};
        must(training_case_train(&training_case, &compute, NULL, &error));
        must(recommender_open_file(&compute, training_case.path, &model, &error));
        must(training_case_judge_ask(&evaluator, model, &popular, &error));
        recommender_close(model);
        /* By chance alone, ten of the 45 tracks that are not seeds are found. */
        if (learned.ndcg < 0.8 || popular.ndcg > 0.4 || stopper.last_loss > 0.8 * stopper.first_loss)
            fail_msg("%s: loss %.3f to %.3f, found %.3f, popularity %.3f", kinds[kind], stopper.first_loss,
                     stopper.last_loss, learned.ndcg, popular.ndcg);
        training_case_close(&training_case);
    }
    generated_free(&evaluator.held_out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stopped_training_ends_as_if_it_had_not_been),
        cmocka_unit_test(a_look_that_is_stopped_is_taken_again),
        cmocka_unit_test(a_model_is_a_function_of_its_seed_alone),
        cmocka_unit_test(a_step_takes_fewer_of_few_playlists),
        cmocka_unit_test(no_model_stays_of_a_training_that_runs_away),
        cmocka_unit_test(the_last_good_weights_are_kept),
        cmocka_unit_test(weights_that_ran_away_unseen_are_not_kept),
        cmocka_unit_test(a_model_that_finds_nothing_is_still_a_model),
        cmocka_unit_test(every_kind_learns_a_certain_succession),
    };
    return cmocka_run_group_tests_name("rta training", tests, training_case_open_all, close_all);
}
