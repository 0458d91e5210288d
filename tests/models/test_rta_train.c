#include "course.h"

/* The course of a training: stopped and gone on with, on any number of threads, with and without a judge, it gives the
 * same file byte for byte; one that runs away keeps what was good; every kind learns what can be learned. */

static const char *const kinds[] = {"mf-avg", "mf-cnn", "mf-gru", "mf-transformer", "mf-pool",
                                    "fm-avg", "fm-cnn", "fm-gru", "fm-transformer", "fm-pool",
                                    "nn-avg", "nn-cnn", "nn-gru", "nn-transformer", "nn-pool"};
enum { KINDS = sizeof kinds / sizeof kinds[0], COVERED = 1, JUDGED = 2, REST = 4 };
static const int variants[] = {0, COVERED, JUDGED, COVERED | JUDGED, COVERED | JUDGED | REST};
enum { VARIANTS = sizeof variants / sizeof variants[0] };

/* With covers, with a judge, and with the other objective (a pool has no choice). */
static void open_variant(struct course *course, const char *kind, int variant, struct course_judge *judge)
{
    course_open(course, kind, "course.model");
    course->spec.covers = variant & COVERED ? "made" : NULL;
    if (variant & REST && !strstr(kind, "pool"))
        course_set(course, "objective=rest");
    judge->judge.context = judge;
    judge->asked = 0;
    judge->stop_at = -1;
    course->spec.judge = variant & JUDGED ? &judge->judge : NULL;
}

static void same_file(const struct course *course, const struct buffer *wanted, const char *when)
{
    struct buffer got = course_read(course->path);
    if (got.size != wanted->size || memcmp(got.data, wanted->data, got.size) != 0)
        fail_msg("%s%s%s: another model %s", course->spec.kind, course->spec.covers ? ", covers" : "",
                 course->spec.judge ? ", judged" : "", when);
    buffer_free(&got);
}

static struct buffer train_whole(struct course *course)
{
    must(course_train(course, &compute, NULL, &error));
    struct buffer model = course_read(course->path);
    course_clear(course);
    return model;
}

static void finish(struct course *course, const struct buffer *wanted, const char *when)
{
    course->spec.resume = true;
    must(course_train(course, &compute, NULL, &error));
    course->spec.resume = false;
    same_file(course, wanted, when);
    assert_false(course_has(course, ".candidate"));
    course_clear(course);
}

static int64_t steps_of(const struct course *course)
{
    struct rta_sampler sampler;
    must(rta_sampler_open(&sampler, &course->interactions, 16, 5, 1, 1, &error));
    int64_t steps = rta_sampler_steps(&sampler);
    rta_sampler_close(&sampler);
    return steps;
}

static void a_stopped_training_ends_as_if_it_had_not_been(void **state)
{
    (void)state;
    struct course_judge judge = course_judge_make();
    for (int kind = 0; kind < KINDS; kind++)
        for (int variant = 0; variant < VARIANTS; variant++) {
            struct course course;
            open_variant(&course, kinds[kind], variants[variant], &judge);
            int64_t steps = steps_of(&course);
            assert_true(steps >= 4);
            struct buffer whole = train_whole(&course);
            const int64_t stops[] = {2, steps, 0, steps - 1, steps + 1, 2 * steps, 3 * steps - 1};
            size_t few = variants[variant] < (COVERED | JUDGED) ? 2 : sizeof stops / sizeof stops[0];
            for (size_t i = 0; i < few; i++) {
                char when[64];
                snprintf(when, sizeof when, "when stopped at step %lld", (long long)stops[i]);
                course_stop_at(&course, stops[i]);
                finish(&course, &whole, when);
            }
            course_stop_at(&course, 2);
            course.spec.resume = true;
            course_stop_at(&course, 0);
            course_stop_at(&course, steps);
            course_stop_at(&course, 3);
            finish(&course, &whole, "when stopped four times");
            buffer_free(&whole);
            course_close(&course);
        }
    generated_free(&judge.held_out);
}

static void a_look_that_is_stopped_is_taken_again(void **state)
{
    (void)state;
    struct course_judge judge = course_judge_make();
    struct course course;
    open_variant(&course, "mf-transformer", JUDGED, &judge);
    struct buffer whole = train_whole(&course);
    for (int64_t look = 0; look < 3; look++) {
        judge.asked = 0;
        judge.stop_at = look;
        struct error error = {0};
        assert_int_equal(course_train(&course, &compute, NULL, &error), STATUS_INTERRUPTED);
        assert_non_null(strstr(error.text, "--resume"));
        assert_false(course_has(&course, ".candidate"));
        judge.stop_at = -1;
        judge.asked = 0;
        finish(&course, &whole, "when stopped while it was looked at");
        assert_int_equal(judge.asked, 3 - look);
    }
    buffer_free(&whole);
    course_close(&course);
    generated_free(&judge.held_out);
}

static void a_model_is_a_function_of_its_seed_alone(void **state)
{
    (void)state;
    enum { SIZES = 3 };
    static const int threads[SIZES] = {1, 2, 5};
    struct compute devices[SIZES];
    struct course_judge judge = course_judge_make();
    for (int i = 0; i < SIZES; i++)
        must(compute_open(DEVICE_CPU, threads[i], &devices[i], &error));
    for (int kind = 0; kind < KINDS; kind++) {
        struct course course;
        open_variant(&course, kinds[kind], kind % 2 ? COVERED | JUDGED : COVERED | JUDGED | REST, &judge);
        struct buffer whole = train_whole(&course);
        for (int i = 0; i < SIZES; i++) {
            must(course_train(&course, &devices[i], NULL, &error));
            same_file(&course, &whole, "with another number of threads");
        }
        /* Stopped on one device, gone on with on another. */
        course_clear(&course);
        course_stop_at(&course, 3);
        course.spec.resume = true;
        must(course_train(&course, &devices[2], NULL, &error));
        same_file(&course, &whole, "when gone on with on other threads");
        course.spec.resume = false;
        course.spec.seed++;
        must(course_train(&course, &compute, NULL, &error));
        struct buffer other = course_read(course.path);
        assert_true(other.size != whole.size || memcmp(other.data, whole.data, whole.size) != 0);
        buffer_free(&other);
        buffer_free(&whole);
        course_close(&course);
    }
    for (int i = 0; i < SIZES; i++)
        compute_close(&devices[i]);
    generated_free(&judge.held_out);
}

/* Of an epoch. */
static int64_t steps_taken(const char *objective, const char *setting)
{
    struct course course;
    course_open(&course, "mf-avg", "steps.model");
    course_set(&course, "epochs=1");
    course_set(&course, objective);
    course_set(&course, setting);
    struct stopper stopper = stop_at(-1);
    must(course_train(&course, &compute, &stopper.progress, &error));
    course_close(&course);
    return stopper.asked;
}

/* Batches of 16 make 4 or 5 steps of 70 playlists; a sixteenth of these would be fewer than the least there is, 8. */
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
    struct course_judge judge = course_judge_make();
    for (int kind = 0; kind < KINDS; kind++)
        for (int variant = 0; variant < VARIANTS; variant++) {
            struct course course;
            struct error error = {0};
            open_variant(&course, kinds[kind], variants[variant], &judge);
            course_set(&course, "clip=0");
            course_set(&course, "rest_rate=1000");
            course_set(&course, "rest_decay=0.5");
            if (!strstr(kinds[kind], "pool")) {
                course_set(&course, "rate=1000");
                course_set(&course, "decay=0.5");
            }
            enum status status = course_train(&course, &compute, NULL, &error);
            if (status != STATUS_FAILED)
                fail_msg("%s, variant %d: status %d %s", course.spec.kind, variant, (int)status, error.text);
            assert_non_null(strstr(error.text, "diverged at step"));
            assert_non_null(strstr(error.text, "rate"));
            assert_false(course_has(&course, "") || course_has(&course, ".candidate") ||
                         course_has(&course, ".checkpoint"));
            course_close(&course);
        }
    generated_free(&judge.held_out);
}

/* One step an epoch: the weights after the first are judged, then the second tells that they were the last. */
static void the_last_good_weights_are_kept(void **state)
{
    (void)state;
    struct course_judge judge = course_judge_make();
    struct course course;
    for (int variant = 0; variants[variant] < REST; variant++) {
        open_variant(&course, "fm-transformer", variants[variant], &judge);
        course_set(&course, "batch=100");
        course_set(&course, "rate=1000");
        course_set(&course, "clip=0");
        char *settings = NULL;
        must(model_train_file(&course.interactions, &compute, &course.spec, "tracks of a test", course.path, &settings,
                              NULL, &error));
        assert_non_null(strstr(settings, "diverged at step"));
        assert_non_null(strstr(settings, "of epoch 1 were kept"));
        free(settings);
        struct recommender *model = NULL;
        must(recommender_open_file(&compute, course.path, &model, &error));
        recommender_close(model);
        assert_false(course_has(&course, ".candidate"));
        course_close(&course);
    }
    generated_free(&judge.held_out);
}

/* Strong decay at a high rate makes the rows that no step meets run away, which the loss does not see. */
static void weights_that_ran_away_unseen_are_not_kept(void **state)
{
    (void)state;
    enum { PAIRS = 14, TRACKS = 20000 };
    struct course course;
    course_open(&course, "mf-avg", "unseen.model");
    generated_free(&course.interactions);
    struct interactions *pairs = &course.interactions;
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
        course_set(&course, wild[i]);
    struct error error = {0};
    struct stopper stopper = stop_at(-1);
    assert_int_equal(course_train(&course, &compute, &stopper.progress, &error), STATUS_FAILED);
    assert_int_equal(stopper.asked, PAIRS); /* the loss was fine at every step */
    assert_non_null(strstr(error.text, "diverged at step 14"));
    assert_false(course_has(&course, "") || course_has(&course, ".candidate"));
    course_close(&course);
}

/* A judge that finds nothing good still has a best: the first. */
static enum status find_nothing(void *context, struct recommender *recommender, struct model_judgement *judgement,
                                struct error *error)
{
    (void)context, (void)recommender, (void)error;
    *judgement = (struct model_judgement){0};
    return STATUS_OK;
}

static void a_model_that_finds_nothing_is_still_a_model(void **state)
{
    (void)state;
    static const struct model_judge judge = {.judge = find_nothing};
    struct course course;
    course_open(&course, "mf-avg", "nothing.model");
    course.spec.judge = &judge;
    char *settings = NULL;
    must(model_train_file(&course.interactions, &compute, &course.spec, "tracks of a test", course.path, &settings,
                          NULL, &error));
    assert_non_null(strstr(settings, "0.00 % after epoch 1"));
    free(settings);
    struct buffer whole = course_read(course.path);
    course_stop_at(&course, 5);
    finish(&course, &whole, "when stopped");
    buffer_free(&whole);
    course_close(&course);
}

/* ---- learning ---- */

enum { RING = 48, RUN = 6 };

/* Playlists are runs along a ring: what comes next is certain, and every track is as popular as any other. */
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
    struct course_judge judge = course_judge_make();
    generated_free(&judge.held_out);
    make_ring(&judge.held_out, 40, 3);
    judge.judge.context = &judge;
    for (int kind = 0; kind < KINDS; kind++) {
        struct course course;
        course_open(&course, kinds[kind], "ring.model");
        generated_free(&course.interactions);
        make_ring(&course.interactions, 300, 2);
        course.spec.judge = &judge.judge;
        bool pool = strstr(kinds[kind], "pool");
        static const char *const all[] = {"factors=16", "iterations=10", "epochs=20", "rest_decay=0"};
        static const char *const next[] = {"rate=0.3", "decay=0", "window=6", "halve_every=0", "hard=6", "easy=6"};
        for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
            course_set(&course, all[i]);
        for (size_t i = 0; i < sizeof next / sizeof next[0] && !pool; i++)
            course_set(&course, next[i]);
        if (pool) {
            course_set(&course, "rest_rate=0.01");
            course_set(&course, "borrowed=0");
        }
        if (!strstr(kinds[kind], "gru") && !strstr(kinds[kind], "avg"))
            course_set(&course, "dropout=0");
        struct stopper stopper = stop_at(-1);
        must(course_train(&course, &compute, &stopper.progress, &error));
        struct recommender *model = NULL;
        struct model_judgement learned, popular;
        must(recommender_open_file(&compute, course.path, &model, &error));
        must(course_judge_ask(&judge, model, &learned, &error));
        recommender_close(model);
        course.spec = (struct model_spec){.kind = "popularity", .name = "x"};
        must(course_train(&course, &compute, NULL, &error));
        must(recommender_open_file(&compute, course.path, &model, &error));
        must(course_judge_ask(&judge, model, &popular, &error));
        recommender_close(model);
        /* Ten of the 45 tracks that are no seeds are found by chance alone. */
        if (learned.ndcg < 0.8 || popular.ndcg > 0.4 || stopper.last_loss > 0.8 * stopper.first_loss)
            fail_msg("%s: loss %.3f to %.3f, found %.3f, popularity %.3f", kinds[kind], stopper.first_loss,
                     stopper.last_loss, learned.ndcg, popular.ndcg);
        course_close(&course);
    }
    generated_free(&judge.held_out);
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
    return cmocka_run_group_tests_name("rta training", tests, course_open_all, close_all);
}
