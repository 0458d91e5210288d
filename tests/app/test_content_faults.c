#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cmocka.h>
#include <math.h>

#include "app/feature_fit_items.h"
#include "content_songs.h"

/* Predictors of new songs: folds, input that cannot be used, and what is left when a training is stopped or a file is
 * damaged. */

static int begin_with_predictors(void **state)
{
    struct content_train_result trained;
    if (begin(state) != 0)
        return -1;
    train("als", FIT_RIDGE, &trained);
    train("other", FIT_RIDGE, &trained);
    return 0;
}

/* ---- folds ---- */

/* A song's fold is a function of seed and song: other songs, and which of them are known, change nothing. */
static void folds_depend_on_song_and_seed(void **state)
{
    (void)state;
    enum { N = 20000 };
    static float values[N];
    static int64_t entries[N];
    static uint8_t parts[N], fewer[N], other[N];
    struct random random;
    random_seed(&random, 5);
    for (int i = 0; i < N; i++) {
        values[i] = 1;
        entries[i] = (int64_t)random_below(&random, 5);
    }
    const struct feature_set set = {.item = FEATURE_TRACKS, .n_rows = N, .width = 1, .values = values};
    struct fit_items items = {.n = N, .out = 1, .vectors = values, .entries = entries, .parts = parts};
    fit_items_draw(&items, &set, 1, 0.2, 0.1, 42);
    int64_t known = items.counts[PART_TRAINING] + items.counts[PART_VALIDATION] + items.counts[PART_HELD_OUT];
    /* Within five standard deviations of a binomial. */
    assert_true(fabs((double)items.counts[PART_HELD_OUT] / (double)known - 0.2) < 5 * sqrt(0.16 / (double)known));
    assert_true(fabs((double)items.counts[PART_VALIDATION] / (double)known - 0.1) < 5 * sqrt(0.09 / (double)known));
    items.parts = fewer;
    items.n = N / 3;
    fit_items_draw(&items, &set, 3, 0.2, 0.1, 42);
    items.parts = other;
    fit_items_draw(&items, &set, 1, 0.2, 0.1, 43);
    int differ = 0;
    for (int i = 0; i < N / 3; i++) {
        assert_int_equal(parts[i] == PART_NONE, entries[i] < 1);
        assert_true(fewer[i] == (entries[i] >= 3 ? parts[i] : PART_NONE));
        differ += parts[i] != other[i];
    }
    assert_true(differ > N / 10);
}

/* ---- what cannot be used ---- */

static void wrong_input_is_refused(void **state)
{
    (void)state;
    struct content_train_result trained;
    struct content_apply_result applied;
    struct content_comparison comparison;
    struct error why = {0};
    static float values[TRACKS];
    values[0] = 1;
    assert_int_equal(try_training("none", "als", "x", FIT_RIDGE, NULL, false, &trained, &why), STATUS_FAILED);
    assert_non_null(strstr(why.text, "no feature set none"));
    assert_int_equal(try_training("sound", "none", "x", FIT_RIDGE, NULL, false, &trained, &why), STATUS_FAILED);
    assert_int_equal(try_training("sound", "als", "../x", FIT_RIDGE, NULL, false, &trained, &why), STATUS_USAGE);
    const struct feature_set albums = {
        .item = FEATURE_ALBUMS, .n_rows = TRACKS, .width = 1, .values = values, .extractor = "test"};
    must(feature_set_write(catalogue, "covers", &albums, NULL, 0, &error));
    assert_int_equal(try_training("covers", "als", "x", FIT_RIDGE, NULL, false, &trained, &why), STATUS_USAGE);
    assert_non_null(strstr(why.text, "is of albums"));
    const struct model_spec spec = {.kind = "popularity", .name = "pop", .split_sets = SPLIT_TRAIN};
    must(app_train(catalogue, &use, &spec, NULL, &error));
    assert_int_equal(try_training("sound", "pop", "x", FIT_RIDGE, NULL, false, &trained, &why), STATUS_USAGE);
    assert_non_null(strstr(why.text, "cannot be given vectors"));
    assert_int_equal(app_content_apply(catalogue, &use, "none", NEW_SEEDS_CHOICES, NULL, &applied, &why),
                     STATUS_FAILED);
    assert_int_equal(app_content_compare(catalogue, &use, "als", "nothing / nobody", 3, &comparison, &why),
                     STATUS_BAD_DATA);
    assert_int_equal(app_content_compare(catalogue, &use, "pop", "song 1 / artist 1", 3, &comparison, &why),
                     STATUS_USAGE);
}

static void file_path(const char *name, struct buffer *out)
{
    buffer_clear(out);
    new_tracks_path(catalogue, name, "", out);
}

/* Files that were cut at any place, or changed, are never read as valid, and the lists are the model's own. */
static void damaged_files_are_not_used(void **state)
{
    (void)state;
    struct buffer file = {0};
    struct answer_list alone, list;
    struct content_apply_result applied;
    struct predictor predictor;
    struct error error = {0};
    ask(3, 2, true, &alone);
    for (off_t size = 0; size < 4000; size += 397) {
        apply("als", &applied);
        file_path("als.safetensors", &file);
        assert_int_equal(truncate(file.data, size), 0);
        warning[0] = '\0';
        ask(3, 2, false, &list);
        assert_non_null(strstr(warning, "suggests no new tracks"));
        assert_int_equal(count_new(&list, -1), 0);
        assert_int_equal(list.count, alone.count);
    }
    file_path("other.predictor", &file);
    assert_int_equal(truncate(file.data, 700), 0);
    assert_int_equal(predictor_open(catalogue, "other", &predictor, &error), STATUS_BAD_DATA);
    assert_int_equal(app_content_apply(catalogue, &use, "other", NEW_SEEDS_CHOICES, NULL, &applied, &error),
                     STATUS_BAD_DATA);
    unlink(file.data);
    buffer_free(&file);
}

struct stopper {
    struct progress progress;
    int asked;
};

static bool stop(struct progress *progress)
{
    return ++((struct stopper *)progress)->asked == 12;
}

static void interrupted_training_resumes(void **state)
{
    (void)state;
    struct content_train_result whole, resumed;
    struct error why = {0};
    struct stopper stopper = {.progress = {.cancelled = stop}};
    train("whole", FIT_NETWORK, &whole);
    assert_int_equal(try_training("sound", "als", "cut", FIT_NETWORK, NULL, true, &resumed, &why), STATUS_USAGE);
    assert_int_equal(try_training("sound", "als", "cut", FIT_NETWORK, &stopper.progress, false, &resumed, &why),
                     STATUS_INTERRUPTED);
    must(try_training("sound", "als", "cut", FIT_NETWORK, NULL, true, &resumed, &error));
    assert_true(resumed.fit.r2 == whole.fit.r2);
    assert_true(resumed.gain.gain == whole.gain.gain);
}

struct measuring_stopper {
    struct progress progress;
    bool once, trained;
};

/* Stops when the training is over. */
static bool stop_at_measuring(struct progress *progress)
{
    struct measuring_stopper *stopper = (struct measuring_stopper *)progress;
    const bool measuring = progress->stage && strcmp(progress->stage, "comparing with held-out items") == 0;
    stopper->trained = stopper->trained || (progress->stage && strcmp(progress->stage, "training") == 0);
    return measuring && stopper->once;
}

static void finished_training_is_kept_until_it_is_stored(void **state)
{
    (void)state;
    struct content_train_result whole, resumed;
    struct error why = {0};
    struct measuring_stopper stopper = {.progress = {.cancelled = stop_at_measuring}, .once = true};
    struct buffer checkpoint = {0};
    train("whole", FIT_NETWORK, &whole);
    file_path("late.fit", &checkpoint);
    assert_int_equal(try_training("sound", "als", "late", FIT_NETWORK, &stopper.progress, false, &resumed, &why),
                     STATUS_INTERRUPTED);
    assert_non_null(strstr(why.text, "--resume"));
    assert_int_equal(access(checkpoint.data, F_OK), 0);
    stopper = (struct measuring_stopper){.progress = {.cancelled = stop_at_measuring}};
    must(try_training("sound", "als", "late", FIT_NETWORK, &stopper.progress, true, &resumed, &error));
    assert_false(stopper.trained); /* no step was taken again */
    assert_true(resumed.fit.r2 == whole.fit.r2);
    assert_int_not_equal(access(checkpoint.data, F_OK), 0);
    buffer_free(&checkpoint);
}

/* ---- faults ---- */

/* A process trains and applies a predictor, and no file may grow beyond `limit`: writes fail as on a full disk, or the
 * process is killed by them. Returns its wait status. */
static int train_and_apply_in(rlim_t limit, bool killed)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        const struct device_options options = {DEVICE_CPU, 1, NULL};
        const struct feature_fit_settings settings = {
            .set = "sound", .model = "als", .name = "fault", .method = FIT_RIDGE, .seed = 42};
        const struct rlimit limits = {limit, limit};
        struct content_train_result trained;
        struct content_apply_result applied;
        struct catalogue *own = NULL;
        struct device other;
        struct device_use used = {.device = &other};
        device_start(&other, &options);
        signal(SIGXFSZ, killed ? SIG_DFL : SIG_IGN);
        enum status status = catalogue_open(path, CATALOGUE_WRITE, &own, NULL);
        if (setrlimit(RLIMIT_FSIZE, &limits) != 0)
            _exit(77);
        if (status == STATUS_OK)
            status = app_content_train(own, &used, &settings, NULL, &trained, NULL);
        if (status == STATUS_OK)
            status = app_content_apply(own, &used, "fault", NEW_SEEDS_CHOICES, NULL, &applied, NULL);
        _exit(status);
    }
    int result = 0;
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &result, 0), child);
    return result;
}

/* Whatever stops it: both files are the earlier ones or the new ones, and the model's lists have new songs. */
static void full_disks_and_kills_leave_whole_files(void **state)
{
    (void)state;
    static const rlim_t limits[] = {0, 700, 1500, 3000, 5000, 8000, 12000, 30000};
    struct content_train_result trained;
    struct predictor predictor;
    struct answer_list list;
    int stopped = 0;
    train("fault", FIT_RIDGE, &trained);
    apply_with("fault", NEW_SEEDS_BESIDE);
    for (size_t i = 0; i < 2 * sizeof limits / sizeof *limits; i++) {
        const int result = train_and_apply_in(limits[i / 2], i % 2);
        stopped += !(WIFEXITED(result) && WEXITSTATUS(result) == STATUS_OK);
        must(predictor_open(catalogue, "fault", &predictor, &error));
        predictor_close(&predictor);
        warning[0] = '\0';
        ask(2, 1, false, &list);
        assert_string_equal(warning, "");
        assert_true(count_new(&list, -1) >= 5);
    }
    assert_true(stopped >= 6);
    train("fault", FIT_RIDGE, &trained); /* nothing that was left is in the way */
    apply_with("fault", NEW_SEEDS_BESIDE);
    must(predictor_remove(catalogue, "fault", &error));
}

/* Another training of the model makes other vectors. */
static void another_training_is_noticed(void **state)
{
    (void)state;
    struct content_apply_result applied;
    struct answer_list list;
    struct error error = {0};
    apply("als", &applied);
    train_als(2);
    warning[0] = '\0';
    ask(4, 2, false, &list);
    assert_non_null(strstr(warning, "of an earlier training"));
    assert_int_equal(count_new(&list, -1), 0);
    assert_int_equal(app_content_apply(catalogue, &use, "als", NEW_SEEDS_CHOICES, NULL, &applied, &error),
                     STATUS_FAILED);
    assert_non_null(strstr(error.text, "train it again"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folds_depend_on_song_and_seed),
        cmocka_unit_test(wrong_input_is_refused),
        cmocka_unit_test(damaged_files_are_not_used),
        cmocka_unit_test(interrupted_training_resumes),
        cmocka_unit_test(finished_training_is_kept_until_it_is_stored),
        cmocka_unit_test(full_disks_and_kills_leave_whole_files),
        cmocka_unit_test(another_training_is_noticed),
    };
    return cmocka_run_group_tests(tests, begin_with_predictors, end);
}
