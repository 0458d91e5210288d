#include <dlfcn.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <math.h>

#include "app/app.h"
#include "app/resumable_tsne.h"
#include "app/training.h"
#include "core/file.h"
#include "core/log.h"
#include "db/import/import.h"
#include "eval/evaluate.h"
#include "eval/split.h"
#include "failing_device.h"
#include "features/extractor.h"
#include "tests/folder.h"
#include "tests/models/queries.h"
#include "tests/must.h"

/* A device that is lost at any operation, or has too little memory: results are those of the CPU, and one message
 * reports it. */

enum { TRACKS = 150, PLAYLISTS = 120, TESTS = 20, K = 40 };

static char folder[TEST_FOLDER_MAX];
static char path[96];
static struct catalogue *catalogue;
static struct compute compute; /* the CPU */
static struct failing_device *control;
static int n_warnings;
static struct error failure;

static void count_warning(enum log_level level, const char *text, void *context)
{
    (void)context;
    if (level <= LOG_WARNING) {
        n_warnings++;
        assert_non_null(strstr(text, "Test GPU"));
        assert_non_null(strstr(text, "on the CPU"));
    }
}

static enum status open_device(enum device_choice choice, int threads, struct compute *out, struct error *why)
{
    if (choice == DEVICE_CPU)
        return compute_open(choice, threads, out, why);
    return compute_open_module(FAILING_MODULE_PATH, threads, out, why);
}

static const struct device_options gpu = {DEVICE_AUTO, 2, open_device}, cpu = {DEVICE_CPU, 2, open_device};

/* The next operation to lose the device at: the larger `part`, the more of them. Under the thread sanitizer a few do,
 * because the operations are those of every build. */
static long later(long operation, long part)
{
#ifdef __SANITIZE_THREAD__
    part = part < 2 ? part : 2;
    operation += 3;
#endif
    return operation + 1 + operation / part;
}

/* Repairs the device, which will be lost at this operation (0: never). */
static void lose_at(long operation)
{
    assert_int_equal(control->devices, 0);
    assert_int_equal(control->streams, 0);
    assert_int_equal(control->buffers, 0);
    *control = (struct failing_device){.lost_at = operation};
    n_warnings = 0;
}

/* Whether the device was lost since then. A few more operations may be called on a lost device, but no work continues
 * on it. */
static bool was_lost(void)
{
    bool lost = control->lost_at > 0 && control->calls >= control->lost_at;
    assert_int_equal(n_warnings, lost);
    assert_in_range(control->calls_after_loss, 0, 20);
    assert_int_equal(control->devices, 0);
    assert_int_equal(control->streams, 0);
    assert_int_equal(control->buffers, 0);
    return lost;
}

static void import_songs(void)
{
    char csv[80];
    snprintf(csv, sizeof csv, "%s/songs.csv", folder);
    FILE *file = fopen(csv, "w");
    assert_non_null(file);
    fprintf(file, "playlist,pos,track,artist,album,seconds\n");
    for (int p = 0; p < PLAYLISTS; p++)
        for (int e = 0; e < 24 + p % 8; e++) {
            int track = (p * 11 + e * (1 + p % 3)) % TRACKS;
            fprintf(file, "playlist %d,%d,song %d,artist %d,album %d,200\n", p, e, track, track % 12, track / 2);
        }
    fclose(file);
    struct import_report report = {0};
    const struct csv_options options = {.preset = CSV_PLAYLISTS};
    must(import_csv(catalogue, csv, &options, compute.pool, NULL, &report, &error));
    unlink(csv);
}

static const char *const als_settings[] = {"factors=8", "iterations=2"};
static const char *const network_settings[] = {"factors=8", "epochs=2", "batch=32"};

static struct model_spec spec_of(const char *kind, const char *name)
{
    bool als = strcmp(kind, "als") == 0;
    return (struct model_spec){.kind = kind,
                               .name = name,
                               .settings = als ? als_settings : network_settings,
                               .n_settings = als ? 2 : 3,
                               .seed = 3,
                               .split_sets = SPLIT_TRAIN};
}

static int begin(void **state)
{
    (void)state;
    struct split_counts counts;
    const struct extractor *const gray16 = extractor_find("gray16");
    const struct model_spec als = spec_of("als", "als"), pool = spec_of("mf-pool", "pool");
    void *module = dlopen(FAILING_MODULE_PATH, RTLD_NOW | RTLD_LOCAL);
    struct failing_device *(*entry)(void) = NULL;
    void *symbol = module ? dlsym(module, FAILING_DEVICE_CONTROL) : NULL;
    memcpy(&entry, &symbol, sizeof entry);
    if (!entry || !test_folder_make(folder))
        return -1;
    control = entry();
    snprintf(path, sizeof path, "%s/catalogue.db", folder);
    must(compute_open(DEVICE_CPU, 2, &compute, &error));
    must(catalogue_open(path, CATALOGUE_CREATE, &catalogue, &error));
    must(catalogue_setting_write(catalogue, "covers.generated", "1", &error));
    import_songs();
    const struct split_options drawn = {.test = TESTS, .validation = 10, .seed = 3};
    must(split_make(catalogue, &drawn, &counts, &error));
    must(feature_sets_make(catalogue, &gray16, 1, &(struct extractor_options){.pool = compute.pool}, NULL, &error));
    log_set_level(LOG_ERROR);
    must(model_train(catalogue, &compute, &als, NULL, &error));
    must(model_train(catalogue, &compute, &pool, NULL, &error));
    log_set_level(LOG_WARNING);
    log_set_sink(count_warning, NULL);
    return 0;
}

static int end(void **state)
{
    (void)state;
    log_set_sink(NULL, NULL);
    catalogue_close(catalogue);
    compute_close(&compute);
    char command[96];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static struct app *open_app(const struct device_options *device)
{
    struct app *app;
    const struct app_options options = {.catalogue = path, .device = *device};
    must(app_open(&options, &app, &error));
    return app;
}

/* ---- suggestions ---- */

static const int64_t seeds[] = {3, 14, 15, 92, 65};

static void recommend(struct app *app, const char *model, struct recommendation list[K])
{
    struct track_list tracks = {0};
    struct app_answer answer;
    memset(list, 0, K * sizeof *list);
    must(app_recommend(app, model, &(struct recommend_query){.seeds = seeds, .n_seeds = sizeof seeds / sizeof *seeds},
                       K, list, &tracks, &answer, &error));
    assert_int_equal(tracks.count, K);
    track_list_free(&tracks);
}

static void suggestions_survive_a_lost_device(void **state)
{
    (void)state;
    static const char *const models[] = {"als", "pool", "als"};
    struct recommendation expected[3][K], list[K];
    struct app *app = open_app(&cpu);
    for (int i = 0; i < 3; i++)
        recommend(app, models[i], expected[i]);
    app_close(app);
    long operation = 1;
    for (bool lost = true; lost; operation = later(operation, LONG_MAX)) {
        struct device_state device;
        lose_at(operation);
        app = open_app(&gpu);
        for (int i = 0; i < 3; i++) {
            recommend(app, models[i], list);
            assert_memory_equal(list, expected[i], sizeof list);
        }
        app_device(app, &device);
        app_close(app);
        lost = was_lost();
        assert_string_equal(device.name, lost ? "CPU 2 threads" : "Test GPU");
        assert_int_equal(device.choice, lost ? DEVICE_CPU : DEVICE_AUTO);
        assert_int_equal(device.lost[0] != '\0', lost);
    }
    assert_true(operation > 20); /* operations were reached */
}

/* Each list alone fits, all together do not. */
static void many_lists_are_computed_in_pieces_when_memory_is_short(void **state)
{
    (void)state;
    enum { LISTS = 50 };
    int64_t starts[LISTS + 1], tracks[3 * LISTS];
    static struct recommendation expected[LISTS][K], lists[LISTS][K];
    size_t counts[LISTS];
    for (int i = 0; i <= LISTS; i++)
        starts[i] = 3 * i;
    for (int i = 0; i < 3 * LISTS; i++)
        tracks[i] = 1 + (i * 7) % TRACKS;
    struct recommend_query queries[LISTS];
    queries_of(starts, tracks, LISTS, queries);
    struct recommender *recommender;
    must(recommender_open(catalogue, &compute, "als", &recommender, &error));
    must(recommender_recommend_many(recommender, queries, LISTS, K, expected[0], counts, &error));
    recommender_close(recommender);
    lose_at(0);
    struct compute device;
    must(open_device(DEVICE_AUTO, 2, &device, &error));
    must(recommender_open(catalogue, &device, "als", &recommender, &error));
    control->largest = 4 * K * sizeof(float);
    enum status status = recommender_recommend_many(recommender, queries, LISTS, K, lists[0], counts, &failure);
    size_t scratch = device.ops->top_k_scratch(device.device, 1, TRACKS, K);
    if (scratch > control->largest) { /* not even one fits: the CPU is used */
        assert_int_equal(status, STATUS_DEVICE);
        control->largest = device.ops->top_k_scratch(device.device, 4, TRACKS, K);
        status = recommender_recommend_many(recommender, queries, LISTS, K, lists[0], counts, &failure);
    }
    must(status);
    for (int i = 0; i < LISTS; i++)
        for (int j = 0; j < K; j++) {
            assert_int_equal(lists[i][j].track, expected[i][j].track);
            assert_true(fabsf(lists[i][j].score - expected[i][j].score) < 1e-5f);
        }
    recommender_close(recommender);
    compute_close(&device);
    assert_false(was_lost());
}

/* ---- choosing ---- */

static void another_device_can_be_chosen_at_any_time(void **state)
{
    (void)state;
    struct recommendation expected[K], list[K];
    struct device_state device;
    lose_at(0);
    struct app *app = open_app(&cpu);
    recommend(app, "als", expected);
    app_device(app, &device);
    assert_string_equal(device.name, "CPU 2 threads");
    must(app_device_choose(app, DEVICE_CUDA, &error));
    assert_int_equal(control->devices, 1);
    recommend(app, "als", list);
    assert_memory_equal(list, expected, sizeof list);
    app_device(app, &device);
    assert_string_equal(device.name, "Test GPU");
    must(app_device_choose(app, DEVICE_CPU, &error));
    assert_int_equal(control->devices, 0);
    recommend(app, "als", list);
    assert_memory_equal(list, expected, sizeof list);
    /* A device that cannot be opened leaves the choice unchanged and reports why. */
    control->lost_at = 1;
    assert_int_equal(app_device_choose(app, DEVICE_CUDA, &failure), STATUS_FAILED);
    assert_non_null(strstr(failure.text, "lost"));
    app_device(app, &device);
    assert_int_equal(device.choice, DEVICE_CPU);
    assert_string_equal(device.name, "CPU 2 threads");
    recommend(app, "als", list);
    assert_memory_equal(list, expected, sizeof list);
    app_close(app);
    assert_int_equal(n_warnings, 0);
    control->lost_at = 0;
    was_lost();
}

/* A lost device that works again can be chosen again. */
static void a_device_that_came_back_can_be_chosen(void **state)
{
    (void)state;
    struct recommendation list[K];
    struct device_state device;
    lose_at(8);
    struct app *app = open_app(&gpu);
    recommend(app, "als", list);
    assert_int_equal(n_warnings, 1);
    control->lost_at = 0;
    recommend(app, "als", list);
    app_device(app, &device);
    assert_string_equal(device.name, "CPU 2 threads");
    must(app_device_choose(app, DEVICE_AUTO, &error));
    app_device(app, &device);
    assert_string_equal(device.name, "Test GPU");
    assert_string_equal(device.lost, "");
    app_close(app);
    assert_int_equal(n_warnings, 1);
}

/* ---- the map ---- */

enum { FRAMES = 12, POINTS_MAX = 100 };

static void run_map(const struct device_options *device, enum device_choice change,
                    float frames[FRAMES][2 * POINTS_MAX], double *kl)
{
    struct app *app = open_app(device);
    struct app_map *map;
    struct tsne_settings settings = tsne_defaults();
    settings.iterations = 10 * FRAMES;
    settings.exaggerated = 35;
    must(app_map_open(app, "gray16", 5, &settings, &map, &error));
    assert_in_range(map->albums.count, 10, POINTS_MAX);
    for (int frame = 0; frame < FRAMES; frame++) {
        bool done;
        if (frame == FRAMES / 2 && change != device->choice)
            must(app_device_choose(app, change, &error));
        must(resumable_tsne_run(map->panels[0].moving, 10, &done, &error));
        assert_int_equal(done, frame == FRAMES - 1);
        assert_int_equal(resumable_tsne_iteration(map->panels[0].moving), 10 * (frame + 1));
        must(resumable_tsne_points(map->panels[0].moving, frames[frame], &error));
    }
    must(resumable_tsne_kl(map->panels[0].moving, kl, &error));
    app_map_close(map);
    app_close(app);
}

static void a_map_continues_from_its_state(void **state)
{
    (void)state;
    static float expected[FRAMES][2 * POINTS_MAX], frames[FRAMES][2 * POINTS_MAX];
    double kl, other;
    run_map(&cpu, DEVICE_CPU, expected, &kl);
    long operation = 1;
    for (bool lost = true; lost; operation = later(operation, 40)) {
        lose_at(operation);
        run_map(&gpu, DEVICE_AUTO, frames, &other);
        assert_memory_equal(frames, expected, sizeof frames);
        assert_true(kl == other);
        lost = was_lost();
    }
    assert_true(operation > 100);
    lose_at(0);
    run_map(&gpu, DEVICE_CPU, frames, &other);
    assert_memory_equal(frames, expected, sizeof frames);
    assert_false(was_lost());
}

/* ---- commands ---- */

/* Runs the work on its own device, as a command does. */
static void run_work(const struct device_options *options, const struct device_work *work)
{
    struct device device;
    struct device_use use = {.device = &device};
    device_start(&device, options);
    must(device_run(&use, work, &error));
    device_close(&use);
    device_end(&device);
}

struct evaluation_set {
    struct interactions evaluated;
    struct track_stats stats;
    struct evaluation evaluation;
};

static enum status evaluate(void *context, struct compute *on, struct error *why)
{
    struct evaluation_set *evaluation_set = context;
    struct recommender *recommender = NULL;
    enum status status = recommender_open(catalogue, on, "pool", &recommender, why);
    if (status == STATUS_OK)
        status = evaluate_recommender(recommender, &evaluation_set->evaluated, NULL, &evaluation_set->stats, NULL, NULL,
                                      &evaluation_set->evaluation, why);
    recommender_close(recommender);
    return status;
}

static void an_evaluation_survives_a_lost_device(void **state)
{
    (void)state;
    struct evaluation_set evaluation_set = {0};
    const struct device_work work = {evaluate, &evaluation_set};
    must(catalogue_interactions_load(catalogue, SPLIT_TEST, &evaluation_set.evaluated, &error));
    must(track_stats_load(catalogue, SPLIT_TRAIN, &evaluation_set.stats, &error));
    run_work(&cpu, &work);
    struct evaluation expected = evaluation_set.evaluation;
    assert_int_equal(expected.results.count, TESTS);
    long operation = 1;
    for (bool lost = true; lost; operation = later(operation, 12)) {
        lose_at(operation);
        run_work(&gpu, &work);
        lost = was_lost();
        const struct result_list *found = &evaluation_set.evaluation.results;
        assert_int_equal(found->count, expected.results.count);
        for (size_t r = 0; r < found->count; r++)
            assert_memory_equal(found->items[r].values, expected.results.items[r].values,
                                sizeof found->items[r].values);
        assert_true(evaluation_set.evaluation.coverage == expected.coverage);
        evaluation_free(&evaluation_set.evaluation);
    }
    assert_true(operation > 50);
    evaluation_free(&expected);
    track_stats_free(&evaluation_set.stats);
    interactions_free(&evaluation_set.evaluated);
}

static void read_model(const char *name, struct buffer *bytes)
{
    struct buffer file = {0};
    struct model_list record = {0};
    must(catalogue_model_find(catalogue, name, &record, &error));
    assert_int_equal(record.count, 1);
    catalogue_sidecar(catalogue, record.items[0].file, &file);
    model_list_free(&record);
    must(file_read(file.data, 1 << 24, bytes, &error));
    buffer_free(&file);
}

struct stopper {
    struct progress progress;
    double step;
};

static bool stops(struct progress *progress)
{
    return strcmp(progress->unit, "steps") == 0 && progress->done >= ((struct stopper *)progress)->step;
}

/* Trains `kind` on that device, completely or resuming from `stop_at`. */
static void train(const struct device_options *device, const char *kind, double stop_at)
{
    struct model_spec spec = spec_of(kind, "trained");
    struct training training = {.catalogue = catalogue, .spec = &spec};
    if (stop_at > 0) {
        struct stopper stopper = {.progress = {.cancelled = stops}, .step = stop_at};
        assert_int_equal(model_train(catalogue, &compute, &spec, &stopper.progress, &failure), STATUS_INTERRUPTED);
        assert_true(model_is_half_trained(catalogue, "trained"));
        spec.resume = true;
    }
    const struct device_work work = training_work(&training);
    run_work(device, &work);
    assert_false(model_is_half_trained(catalogue, "trained"));
}

static void check_training(const char *kind, double stop_at, long faster)
{
    struct buffer expected = {0};
    train(&cpu, kind, 0);
    read_model("trained", &expected);
    long operation = 1;
    for (bool lost = true; lost; operation = later(operation, faster)) {
        struct buffer bytes = {0};
        lose_at(operation);
        train(&gpu, kind, stop_at);
        lost = was_lost();
        read_model("trained", &bytes);
        assert_int_equal(bytes.size, expected.size);
        assert_memory_equal(bytes.data, expected.data, bytes.size);
        buffer_free(&bytes);
    }
    assert_true(operation > 20);
    buffer_free(&expected);
}

static void a_training_survives_a_lost_device(void **state)
{
    (void)state;
    log_set_level(LOG_WARNING);
    check_training("als", 0, 1000);
    check_training("mf-pool", 0, 8);
    check_training("mf-avg", 0, 8);
    check_training("hybrid", 0, 3);
}

static void a_training_continues_from_its_checkpoint(void **state)
{
    (void)state;
    check_training("mf-avg", 3, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(suggestions_survive_a_lost_device),
        cmocka_unit_test(many_lists_are_computed_in_pieces_when_memory_is_short),
        cmocka_unit_test(another_device_can_be_chosen_at_any_time),
        cmocka_unit_test(a_device_that_came_back_can_be_chosen),
        cmocka_unit_test(a_map_continues_from_its_state),
        cmocka_unit_test(an_evaluation_survives_a_lost_device),
        cmocka_unit_test(a_training_survives_a_lost_device),
        cmocka_unit_test(a_training_continues_from_its_checkpoint),
    };
    return cmocka_run_group_tests_name("device", tests, begin, end);
}
