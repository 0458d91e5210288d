#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <math.h>

#include "app/ablation.h"
#include "app/split.h"
#include "core/log.h"
#include "core/random.h"
#include "db/import/import.h"
#include "models/recommender.h"
#include "tests/folder.h"
#include "tests/must.h"

/* An ablation of feature sets on a small catalogue: trainings, comparisons, the control, and what a stopped or killed
 * run leaves. */

enum { PLAYLISTS = 90, TRACKS = 240, STYLES = 6, TESTS = 24, ALBUMS = 60, WIDTH = STYLES };

static char folder[TEST_FOLDER_MAX];
static char path[128];
static struct catalogue *catalogue;
static struct device device;
static struct device_use use = {.device = &device};

static void be_quiet(enum log_level level, const char *text, void *context)
{
    (void)level, (void)text, (void)context;
}

/* A playlist holds random tracks of one style, and an album has one style. */
static void import_songs(void)
{
    char csv[128];
    struct random random;
    random_seed(&random, 4);
    snprintf(csv, sizeof csv, "%s/songs.csv", folder);
    FILE *file = fopen(csv, "w");
    assert_non_null(file);
    fprintf(file, "playlist,pos,track,artist,album,seconds\n");
    for (int track = 0; track < TRACKS; track++) /* tracks in the order of their numbers */
        fprintf(file, "all %d,%d,song %d,artist %d,album %d,200\n", track / 40, track % 40, track, track % 30,
                track % ALBUMS);
    for (int p = 0; p < PLAYLISTS; p++)
        for (int e = 0; e < 26; e++) {
            int track = (int)random_below(&random, TRACKS / STYLES) * STYLES + p % STYLES;
            fprintf(file, "playlist %d,%d,song %d,artist %d,album %d,200\n", p, e, track, track % 30, track % ALBUMS);
        }
    fclose(file);
    struct import_report report = {0};
    const struct csv_options options = {.preset = CSV_PLAYLISTS};
    must(catalogue_open(path, CATALOGUE_CREATE, &catalogue, &error));
    must(import_csv(catalogue, csv, &options, NULL, NULL, &report, &error));
    unlink(csv);
}

/* The style of each album, which is what playlists are about. */
static void write_styles(const char *name)
{
    float values[ALBUMS * WIDTH] = {0};
    for (int album = 0; album < ALBUMS; album++)
        values[album * WIDTH + album % STYLES] = 1;
    const struct feature_set set = {
        .item = FEATURE_ALBUMS, .n_rows = ALBUMS, .width = WIDTH, .values = values, .extractor = "test"};
    must(feature_set_write(catalogue, name, &set, NULL, 0, &error));
}

static int begin(void **state)
{
    (void)state;
    const struct split_settings drawn = {.draw = true, .options = {.test = TESTS, .validation = 10, .seed = 3}};
    const struct device_options options = {DEVICE_CPU, 1, NULL};
    struct split_counts counts;
    log_set_sink(be_quiet, NULL);
    if (!test_folder_make(folder))
        return -1;
    snprintf(path, sizeof path, "%s/catalogue.db", folder);
    device_start(&device, &options);
    import_songs();
    must(app_split(catalogue, &drawn, &counts, &error));
    write_styles("styles");
    return 0;
}

static int end(void **state)
{
    (void)state;
    device_close(&use);
    device_end(&device);
    catalogue_close(catalogue);
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static const char *const models[] = {"mf-pool"}, *const features[] = {"styles"}, *const variants[] = {"cover_width=3"};
static const char *const texts[] = {"factors=4", "iterations=1", "epochs=6", "residual=0", "neighbour_targets=0"};

static struct ablation_settings settings_of(size_t n_variants)
{
    return (struct ablation_settings){
        .models = models,
        .n_models = 1,
        .features = features,
        .n_features = 1,
        .variants = variants,
        .n_variants = n_variants,
        .settings = texts,
        .n_settings = sizeof texts / sizeof *texts,
        .n_seeds = 2,
        .set = SPLIT_TEST,
        .groups = true,
    };
}

static size_t count_models(void)
{
    struct model_list models_there = {0};
    must(catalogue_models_read(catalogue, &models_there, &error));
    size_t count = models_there.count;
    model_list_free(&models_there);
    return count;
}

static void count_set(const char *name, void *context)
{
    (void)name;
    ++*(size_t *)context;
}

static size_t count_sets(void)
{
    size_t count = 0;
    must(feature_sets_list(catalogue, count_set, &count, &error));
    return count;
}

static const struct ablation_difference *find(const struct ablation_result *result, enum ablation_question question,
                                              enum metric metric)
{
    for (size_t i = 0; i < result->n_differences; i++)
        if (result->differences[i].question == question && result->differences[i].metric == metric)
            return &result->differences[i];
    fail_msg("no difference for question %d", (int)question);
    return NULL;
}

/* Features that say what playlists are about help, and the same features at the wrong albums do not. */
static void informative_features_beat_their_control(void **state)
{
    (void)state;
    struct ablation_settings settings = settings_of(0);
    struct ablation_result result;
    must(app_ablation(catalogue, &use, &settings, NULL, &result, &error));
    assert_int_equal(result.n_playlists, TESTS);
    assert_int_equal(result.n_arms, 3);
    assert_int_equal(result.n_means, 3);
    assert_int_equal(result.n_trained, 6);
    assert_int_equal(result.n_reused, 0);
    assert_int_equal(result.n_differences, 3 * METRICS);
    assert_int_equal(result.n_groups, 3);
    for (size_t i = 0; i < result.n_differences; i++) {
        const struct ablation_difference *d = &result.differences[i];
        double a = result.means[d->a].summary.metrics[d->metric].mean,
               b = result.means[d->b].summary.metrics[d->metric].mean;
        assert_true(fabs(d->comparison.mean - (a - b)) < 1e-6);
        assert_true(fabs((d->by_seed[0] + d->by_seed[1]) / 2 - (a - b)) < 1e-6);
        assert_true(isnan(d->t_holm) || (d->t_holm >= d->comparison.t_p && d->t_holm <= 1));
    }
    const struct ablation_difference *controlled = find(&result, ABLATION_CONTROLLED, METRIC_NDCG);
    assert_true(controlled->comparison.mean > 0);
    assert_string_equal(controlled->verdict, "better");
    assert_string_equal(find(&result, ABLATION_FEATURES, METRIC_NDCG)->verdict, "better");
    assert_true(find(&result, ABLATION_PARAMETERS, METRIC_NDCG)->comparison.mean < controlled->comparison.mean);
    ablation_result_free(&result);
    assert_int_equal(count_models(), 0);
    assert_int_equal(count_sets(), 1);
}

static void variants_have_arms_of_their_own(void **state)
{
    (void)state;
    struct ablation_settings settings = settings_of(1);
    struct ablation_result result;
    char name[ABLATION_ARM_NAME];
    settings.n_seeds = 1;
    settings.keep = true;
    must(app_ablation(catalogue, &use, &settings, NULL, &result, &error));
    assert_int_equal(result.n_arms, 5);
    ablation_arm_name(&settings, &result.arms[4], name);
    assert_string_equal(name, "styles permuted cover_width=3");
    const struct ablation_difference *variant = find(&result, ABLATION_VARIANT, METRIC_NDCG);
    assert_int_equal(variant->a, 3);
    assert_int_equal(variant->b, 1);
    ablation_result_free(&result);
    assert_int_equal(count_models(), 5);
    assert_int_equal(count_sets(), 2); /* both permuted arms of a seed have the same set */
    settings.keep = false;             /* the kept models are used again, and then removed */
    must(app_ablation(catalogue, &use, &settings, NULL, &result, &error));
    assert_int_equal(result.n_reused, 5);
    ablation_result_free(&result);
    assert_int_equal(count_models(), 0);
    assert_int_equal(count_sets(), 1);
}

/* ---- stopped and killed ---- */

struct stopper {
    struct progress progress;
    int asked, stop_at;
    bool kills;
};

static bool stop(struct progress *progress)
{
    struct stopper *stopper = (struct stopper *)progress;
    if (++stopper->asked < stopper->stop_at)
        return false;
    if (stopper->kills)
        kill(getpid(), SIGKILL);
    return true;
}

static struct stopper stopper_at(int stop_at, bool kills)
{
    return (struct stopper){.progress = {.cancelled = stop}, .stop_at = stop_at, .kills = kills};
}

static void must_be_equal(const struct ablation_result *a, const struct ablation_result *b)
{
    assert_int_equal(a->n_means, b->n_means);
    for (size_t i = 0; i < a->n_means; i++) {
        assert_int_equal(a->means[i].results.count, b->means[i].results.count);
        for (size_t k = 0; k < a->means[i].results.count; k++)
            assert_memory_equal(a->means[i].results.items[k].values, b->means[i].results.items[k].values,
                                sizeof a->means[i].results.items[k].values);
    }
}

/* Runs it in a process that kills itself. */
static void run_and_kill(int stop_at)
{
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct device_options options = {DEVICE_CPU, 1, NULL};
        struct ablation_settings settings = settings_of(0);
        struct stopper stopper = stopper_at(stop_at, true);
        struct ablation_result result;
        struct catalogue *own = NULL;
        struct device other;
        struct device_use used = {.device = &other};
        device_start(&other, &options);
        if (catalogue_open(path, CATALOGUE_WRITE, &own, NULL) == STATUS_OK)
            app_ablation(own, &used, &settings, &stopper.progress, &result, NULL);
        _exit(1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void stopped_runs_continue(void **state)
{
    (void)state;
    struct ablation_settings settings = settings_of(0);
    struct ablation_result whole, resumed;
    struct stopper counter = stopper_at(1 << 30, false);
    struct error failure;
    must(app_ablation(catalogue, &use, &settings, &counter.progress, &whole, &error));
    for (int part = 1; part <= 4; part++) {
        run_and_kill(counter.asked * part / 5);
        struct stopper stopper = stopper_at(counter.asked / 7, false);
        assert_int_equal(app_ablation(catalogue, &use, &settings, &stopper.progress, &resumed, &failure),
                         STATUS_INTERRUPTED);
        assert_non_null(strstr(failure.text, "same command"));
        must(app_ablation(catalogue, &use, &settings, NULL, &resumed, &error));
        assert_int_equal(resumed.n_trained + resumed.n_reused, 6);
        assert_true(part == 1 || resumed.n_reused > 0);
        must_be_equal(&whole, &resumed);
        ablation_result_free(&resumed);
        assert_int_equal(count_models(), 0);
        assert_int_equal(count_sets(), 1);
    }
    ablation_result_free(&whole);
}

/* ---- wrong settings ---- */

static void must_fail(const struct ablation_settings *settings, enum status want, const char *says)
{
    struct ablation_result result;
    struct error error;
    assert_int_equal(app_ablation(catalogue, &use, settings, NULL, &result, &error), want);
    if (!strstr(error.text, says))
        fail_msg("\"%s\" should say \"%s\"", error.text, says);
    assert_int_equal(result.n_means, 0);
}

static void wrong_settings_are_refused_before_any_work(void **state)
{
    (void)state;
    static const char *const als[] = {"als"}, *const unknown[] = {"mf-spool"}, *const average[] = {"mf-avg"},
                             *const twice[] = {"styles", "styles"}, *const missing[] = {"clip"},
                             *const odd[] = {"cover_width=0"}, *const no_setting[] = {"fusions=all"};
    struct ablation_settings settings = settings_of(0);
    settings.models = als;
    must_fail(&settings, STATUS_USAGE, "takes no feature sets");
    settings.models = unknown;
    must_fail(&settings, STATUS_USAGE, "mf-spool");
    settings.models = average;
    settings.n_settings = 2;
    must_fail(&settings, STATUS_USAGE, "0 epochs");
    settings = settings_of(0);
    settings.features = twice;
    settings.n_features = 2;
    must_fail(&settings, STATUS_USAGE, "named twice");
    settings = settings_of(0);
    settings.features = missing;
    must_fail(&settings, STATUS_FAILED, "clip");
    settings = settings_of(1);
    settings.variants = odd;
    must_fail(&settings, STATUS_USAGE, "cover_width");
    settings.variants = no_setting;
    must_fail(&settings, STATUS_USAGE, "fusions");
    settings = settings_of(0);
    settings.n_seeds = 0;
    must_fail(&settings, STATUS_USAGE, "random seeds");
    settings = settings_of(0);
    settings.n_models = 0;
    must_fail(&settings, STATUS_USAGE, "models");
    assert_int_equal(count_models(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(informative_features_beat_their_control),
        cmocka_unit_test(variants_have_arms_of_their_own),
        cmocka_unit_test(stopped_runs_continue),
        cmocka_unit_test(wrong_settings_are_refused_before_any_work),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
