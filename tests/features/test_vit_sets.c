/* Sets of covers made by a network: stopped, killed, damaged and changed between runs. The network is a small one with
 * random weights (tests/vit/small_model.h). */
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/file.h"
#include "core/log.h"
#include "db/import/import.h"
#include "features/extractor.h"
#include "features/permuted.h"
#include "tests/compute_fixture.h"
#include "tests/folder.h"
#include "tests/thread_ranks.h"
#include "tests/vit/small_model.h"
#include "vit/weights_fingerprint.h"

enum { ALBUMS = 70, BATCH = 64, WIDTH = 24, EDGE = 48 };

struct world {
    char folder[TEST_FOLDER_MAX], weights[80], partial[120], set[120];
    struct catalogue *catalogue;
};

static void quiet(enum log_level level, const char *text, void *context)
{
    (void)level, (void)text, (void)context;
}

static void import(struct catalogue *catalogue, const char *folder)
{
    struct buffer csv = {0}, path = {0};
    buffer_add_text(&csv, "playlist,pos,track,artist,album\n");
    for (int i = 1; i <= ALBUMS; i++)
        buffer_printf(&csv, "P,%d,Song %d,Artist %d,Album %d\n", i, i, i % 7, i);
    buffer_printf(&path, "%s/a.csv", folder);
    must(atomic_file_write(path.data, &csv, &error));
    struct import_report report = {0};
    struct csv_options options = {.preset = CSV_PLAYLISTS};
    must(import_csv(catalogue, path.data, &options, compute.pool, NULL, &report, &error));
    buffer_free(&csv);
    buffer_free(&path);
}

/* A small stored cover. */
static void store_cover(struct catalogue *catalogue, int64_t album, uint8_t colour)
{
    struct image image;
    struct buffer png = {0};
    must(image_create(EDGE, EDGE, &image, &error));
    for (int i = 0; i < EDGE * EDGE * 3; i++)
        image.rgb[i] = (uint8_t)(i % 3 == 0 ? colour : i / 7);
    must(image_encode_png(&image, &png, &error));
    must(catalogue_cover_write(catalogue, album, png.data, png.size, NULL, &error));
    buffer_free(&png);
    image_free(&image);
}

/* Albums 1..66 have a cover; that of 5 is broken; the last ones have none. */
static int begin(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    char path[80];
    if (!world || !test_folder_make(world->folder))
        return -1;
    log_set_sink(quiet, NULL);
    snprintf(path, sizeof path, "%s/a.db", world->folder);
    snprintf(world->weights, sizeof world->weights, "%s/model.safetensors", world->folder);
    snprintf(world->partial, sizeof world->partial, "%s/a.data/embeddings/clip.partial", world->folder);
    snprintf(world->set, sizeof world->set, "%s/a.data/embeddings/clip.safetensors", world->folder);
    struct safetensors *golden = golden_open("clip");
    small_model_write(golden, world->weights, &(struct small_variant){.random = true});
    safetensors_close(golden);
    must(catalogue_open(path, CATALOGUE_CREATE, &world->catalogue, &error));
    import(world->catalogue, world->folder);
    for (int i = 1; i <= 66; i++)
        store_cover(world->catalogue, i, (uint8_t)(3 * i));
    must(catalogue_cover_write(world->catalogue, 5, "no image", 8, NULL, &error));
    *state = world;
    return 0;
}

static int end(void **state)
{
    struct world *world = *state;
    char command[80];
    catalogue_close(world->catalogue);
    snprintf(command, sizeof command, "rm -rf '%s'", world->folder);
    int rc = system(command);
    free(world);
    log_set_sink(NULL, NULL);
    return rc;
}

static enum status make_with(struct world *world, const char *setting, struct progress *progress,
                             struct extraction_report *report, struct error *error)
{
    const struct extractor *clip = extractor_find("clip");
    const struct extractor_options options = {.weights = world->weights,
                                              .settings = &setting,
                                              .n_settings = setting ? 1 : 0,
                                              .compute = &compute,
                                              .pool = compute.pool,
                                              .report = report};
    return feature_sets_make(world->catalogue, &clip, 1, &options, progress, error);
}

static struct extraction_report make(struct world *world)
{
    struct extraction_report report = {0};
    must(make_with(world, NULL, NULL, &report, &error));
    assert_int_equal(access(world->partial, F_OK), -1);
    return report;
}

/* Rows of the set, for the caller to free. */
static float *read_rows(struct world *world)
{
    struct feature_set set;
    must(feature_set_open(world->catalogue, "clip", &set, &error));
    assert_int_equal(set.n_rows, ALBUMS);
    assert_int_equal(set.width, WIDTH);
    float *rows = malloc(sizeof *rows * ALBUMS * WIDTH);
    assert_non_null(rows);
    memcpy(rows, set.values, sizeof *rows * ALBUMS * WIDTH);
    feature_set_close(&set);
    return rows;
}

/* Rows of a run without interruptions. */
static float *expected_rows(struct world *world)
{
    make(world);
    float *rows = read_rows(world);
    assert_int_equal(unlink(world->set), 0);
    return rows;
}

/* Equal but for the rounding of products, whose order of sums depends on how many rows are computed together. */
static void check_rows(struct world *world, const float *expected)
{
    float *rows = read_rows(world);
    for (int i = 0; i < ALBUMS * WIDTH; i++)
        assert_true(fabsf(rows[i] - expected[i]) < 2e-5F);
    free(rows);
}

static bool stop_now(struct progress *progress)
{
    (void)progress;
    return true;
}

static void stop_after_one_batch(struct world *world)
{
    struct error error = {0};
    struct progress progress = {.cancelled = stop_now};
    assert_int_equal(make_with(world, NULL, &progress, NULL, &error), STATUS_INTERRUPTED);
    assert_non_null(strstr(error.text, "continues"));
    assert_int_equal(access(world->set, F_OK), -1);
    assert_int_equal(access(world->partial, F_OK), 0);
}

static void rows_and_metadata(void **state)
{
    struct world *world = *state;
    char print[33];
    struct feature_set set;
    struct extraction_report report = make(world);
    assert_int_equal(report.items, ALBUMS);
    assert_int_equal(report.kept, 0);
    assert_int_equal(report.stored, 65);
    assert_int_equal(report.without, 5);
    assert_int_equal(report.broken, 1);
    must(feature_set_open(world->catalogue, "clip", &set, &error));
    for (int i = 0; i < ALBUMS; i++) {
        bool has = i < 66 && i != 4;
        assert_int_equal(feature_set_has(&set, i), has);
        bool zero = true;
        for (int j = 0; j < WIDTH; j++)
            zero = zero && set.values[i * WIDTH + j] == 0;
        assert_int_equal(zero, !has);
    }
    struct safetensors *file = NULL;
    must(safetensors_open(world->weights, &file, &error));
    weights_fingerprint(file, print);
    safetensors_close(file);
    assert_string_equal(feature_set_metadata(&set, WEIGHTS_FINGERPRINT_KEY), print);
    assert_string_equal(feature_set_metadata(&set, WEIGHTS_PATH_KEY), world->weights);
    assert_string_equal(feature_set_metadata(&set, "weights.name"), "model.safetensors");
    assert_string_equal(feature_set_metadata(&set, "random_weights"), "true");
    assert_string_equal(feature_set_metadata(&set, "precision"), "float32");
    must(feature_set_permute(world->catalogue, "clip", "permuted", 1, &error));
    struct feature_set permuted;
    must(feature_set_open(world->catalogue, "permuted", &permuted, &error));
    assert_true(permuted.random_weights && !permuted.sources && !permuted.made_with);
    feature_set_close(&permuted);
    assert_string_equal(feature_set_metadata(&set, "covers.stored"), "65");
    assert_non_null(strstr(feature_set_metadata(&set, "preparation"), "positions current"));
    feature_set_close(&set);
}

static void a_stopped_run_is_continued(void **state)
{
    struct world *world = *state;
    float *expected = expected_rows(world);
    stop_after_one_batch(world);
    assert_int_equal(make(world).kept, BATCH - 1); /* the broken one is tried again */
    check_rows(world, expected);
    free(expected);
}

/* With it, the child of a process that has threads cannot start any. */
#ifdef __SANITIZE_THREAD__
enum { THREAD_SANITIZER = 1 };
#else
enum { THREAD_SANITIZER = 0 };
#endif

static bool kill_now(struct progress *progress)
{
    (void)progress;
    raise(SIGKILL);
    return true;
}

/* The child has no threads of the parent's pool, so it opens everything itself. */
static void run_and_be_killed(const struct world *world)
{
    struct world own = *world;
    char path[80];
    struct error error;
    struct progress progress = {.cancelled = kill_now};
    snprintf(path, sizeof path, "%s/a.db", world->folder);
    if (test_device_open(1, &compute, &error) == STATUS_OK &&
        catalogue_open(path, CATALOGUE_WRITE, &own.catalogue, &error) == STATUS_OK)
        make_with(&own, NULL, &progress, NULL, &error);
    raise(SIGTERM);
}

static void a_killed_run_is_continued(void **state)
{
    struct world *world = *state;
    if (THREAD_SANITIZER)
        return;
    float *expected = expected_rows(world);
    int how;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        run_and_be_killed(world);
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL);
    assert_int_equal(access(world->set, F_OK), -1);
    assert_int_equal(make(world).kept, BATCH - 1);
    check_rows(world, expected);
    free(expected);
}

/* What is cut or damaged is computed again; what comes before is kept. */
static void a_damaged_file_is_not_trusted(void **state)
{
    struct world *world = *state;
    enum { HEADER = 56, RECORD = 40 + 4 * WIDTH };
    static const struct {
        long cut, flip; /* bytes cut off; byte that is changed, -1: none */
        size_t kept;
    } damages[] = {
        {5, -1, BATCH - 2}, {RECORD, -1, BATCH - 2}, {0, HEADER + 10 * RECORD + 60, 10}, {0, HEADER + 4, 0}, {0, 20, 0},
        {0, 3, 0}};
    float *expected = expected_rows(world);
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        struct stat at;
        stop_after_one_batch(world);
        assert_int_equal(stat(world->partial, &at), 0);
        assert_int_equal(at.st_size, HEADER + (BATCH - 1) * RECORD);
        assert_int_equal(truncate(world->partial, at.st_size - damages[i].cut), 0);
        if (damages[i].flip >= 0) {
            FILE *file = fopen(world->partial, "r+");
            assert_non_null(file);
            assert_int_equal(fseek(file, damages[i].flip, SEEK_SET), 0);
            int byte = getc(file);
            assert_int_equal(fseek(file, damages[i].flip, SEEK_SET), 0);
            putc(byte ^ 0x40, file);
            fclose(file);
        }
        assert_int_equal(make(world).kept, damages[i].kept);
        check_rows(world, expected);
        assert_int_equal(unlink(world->set), 0);
    }
    free(expected);
}

static void only_changed_covers_are_computed(void **state)
{
    struct world *world = *state;
    make(world);
    float *before = read_rows(world);
    assert_int_equal(make(world).kept, 65);
    store_cover(world->catalogue, 9, 250);
    store_cover(world->catalogue, 68, 1);
    must(catalogue_cover_write(world->catalogue, 11, NULL, 0, "removed", &error));
    struct extraction_report report = make(world);
    assert_int_equal(report.kept, 63);
    assert_int_equal(report.without, 5);
    float *after = read_rows(world), none[WIDTH] = {0};
    for (int i = 0; i < ALBUMS; i++) {
        bool same = memcmp(before + i * WIDTH, after + i * WIDTH, sizeof none) == 0;
        assert_int_equal(same, i != 8 && i != 67 && i != 10);
    }
    assert_memory_equal(after + 10 * WIDTH, none, sizeof none);
    free(before);
    free(after);
}

static void another_way_starts_over(void **state)
{
    struct world *world = *state;
    struct extraction_report report;
    stop_after_one_batch(world);
    must(make_with(world, "edge=37", NULL, &report, &error));
    assert_int_equal(report.kept, 0);
    assert_int_equal(make(world).kept, 0);
    must(make_with(world, "precision=bfloat16", NULL, &report, &error));
    assert_int_equal(report.kept, 0);
    must(make_with(world, "precision=bfloat16", NULL, &report, &error));
    assert_int_equal(report.kept, 65);
    struct feature_set set;
    must(feature_set_open(world->catalogue, "clip", &set, &error));
    assert_string_equal(feature_set_metadata(&set, "precision"), "bfloat16");
    feature_set_close(&set);
    must(make_with(world, "precision=float32", NULL, &report, &error));
    assert_int_equal(report.kept, 0);
    assert_int_equal(make(world).kept, 65);
    must(feature_set_remove(world->catalogue, "clip", &error));
}

static void removing_a_set_removes_unfinished_rows(void **state)
{
    struct world *world = *state;
    make(world);
    struct error why = {0};
    struct progress progress = {.cancelled = stop_now};
    assert_int_equal(make_with(world, "edge=37", &progress, NULL, &why), STATUS_INTERRUPTED);
    assert_int_equal(access(world->set, F_OK), 0); /* the complete one stays */
    must(feature_set_remove(world->catalogue, "clip", &error));
    assert_int_equal(access(world->partial, F_OK), -1);
}

static void wrong_settings_are_refused(void **state)
{
    struct world *world = *state;
    const char *settings[] = {"position=old", "positions=new", "edge=x",         "edge=", "edge=0",
                              "edge=5000",    "edge=8",        "precision=int8", ""};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        struct error error = {0};
        assert_int_equal(make_with(world, settings[i], NULL, NULL, &error), STATUS_USAGE);
        assert_true(error.text[0]);
    }
}

/* ---- several ranks ---- */

struct shared_run {
    struct world *world;
    char catalogue[80];
    enum status statuses[THREAD_RANKS_MAX];
    struct extraction_report report; /* of rank 0 */
    int broken_at;                   /* the rank whose weights are missing; -1: none */
};

static void make_on_rank(struct ranks *ranks, void *context)
{
    struct shared_run *run = context;
    const int rank = ranks_rank(ranks);
    struct compute own = {0};
    struct catalogue *catalogue = NULL;
    struct error error = {0};
    const struct extractor *clip = extractor_find("clip");
    enum status status = test_device_open(1, &own, &error);
    if (status == STATUS_OK)
        status = catalogue_open(run->catalogue, rank == 0 ? CATALOGUE_WRITE : CATALOGUE_READ, &catalogue, &error);
    const struct extractor_options options = {.weights = run->broken_at == rank ? "missing" : run->world->weights,
                                              .compute = &own,
                                              .report = rank == 0 ? &run->report : NULL,
                                              .ranks = ranks};
    if (status == STATUS_OK)
        status = feature_sets_make(catalogue, &clip, 1, &options, NULL, &error);
    run->statuses[rank] = ranks_end(ranks, status, &error);
    catalogue_close(catalogue);
    compute_close(&own);
}

static struct shared_run make_shared(struct world *world, int size, int broken_at)
{
    struct shared_run run = {.world = world, .broken_at = broken_at};
    snprintf(run.catalogue, sizeof run.catalogue, "%s/a.db", world->folder);
    thread_ranks_run(size, make_on_rank, &run);
    for (int r = 1; r < size; r++)
        assert_int_equal(run.statuses[r], run.statuses[0]);
    return run;
}

static void check_bytes(struct world *world, const struct buffer *expected)
{
    struct buffer bytes = {0};
    must(file_read(world->set, 1 << 20, &bytes, &error));
    assert_int_equal(bytes.size, expected->size);
    assert_memory_equal(bytes.data, expected->data, bytes.size);
    buffer_free(&bytes);
}

static void several_ranks_make_the_set_of_one(void **state)
{
    struct world *world = *state;
    struct buffer expected = {0};
    make(world);
    must(file_read(world->set, 1 << 20, &expected, &error));
    for (int size = 2; size <= 3; size++) {
        assert_int_equal(unlink(world->set), 0);
        const struct shared_run run = make_shared(world, size, -1);
        assert_int_equal(run.statuses[0], STATUS_OK);
        assert_int_equal(run.report.stored, 65);
        assert_int_equal(run.report.without, 5);
        assert_int_equal(run.report.broken, 1);
        assert_int_equal(run.report.kept, 0);
        check_bytes(world, &expected);
        assert_int_equal(access(world->partial, F_OK), -1);
    }
    assert_int_equal(make_shared(world, 2, -1).report.kept, 65); /* rows of the set that is there */
    check_bytes(world, &expected);
    buffer_free(&expected);
}

static void several_ranks_continue_a_run_of_one(void **state)
{
    struct world *world = *state;
    float *expected = expected_rows(world);
    stop_after_one_batch(world);
    const struct shared_run run = make_shared(world, 3, -1);
    assert_int_equal(run.statuses[0], STATUS_OK);
    assert_true(run.report.kept > 0);
    check_rows(world, expected);
    free(expected);
}

static void a_rank_that_fails_fails_all(void **state)
{
    struct world *world = *state;
    for (int broken = 0; broken < 2; broken++) {
        assert_true(make_shared(world, 2, broken).statuses[0] != STATUS_OK);
        assert_int_equal(access(world->set, F_OK), -1);
    }
}

int main(void)
{
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        WORLD_TEST(rows_and_metadata),
        WORLD_TEST(a_stopped_run_is_continued),
        WORLD_TEST(a_killed_run_is_continued),
        WORLD_TEST(a_damaged_file_is_not_trusted),
        WORLD_TEST(only_changed_covers_are_computed),
        WORLD_TEST(another_way_starts_over),
        WORLD_TEST(removing_a_set_removes_unfinished_rows),
        WORLD_TEST(wrong_settings_are_refused),
        WORLD_TEST(several_ranks_make_the_set_of_one),
        WORLD_TEST(several_ranks_continue_a_run_of_one),
        WORLD_TEST(a_rank_that_fails_fails_all),
    };
    return cmocka_run_group_tests(tests, open_compute, close_compute);
}
