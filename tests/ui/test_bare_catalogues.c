/* The explorer itself on catalogues that lack something: every case of view_cases.h is opened and resized, and those
 * that depend on what is missing say so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <unistd.h>

#include "collect.h"
#include "db/import/import.h"
#include "golden.h"
#include "models/recommender.h"
#include "screen_check.h"
#include "tests/folder.h"
#include "tests/must.h"
#include "ui/view.h"
#include "view_cases.h"

static char folder[TEST_FOLDER_MAX], before[4096];
static struct compute compute;
static struct runtime explorer;

/* ---- the catalogues ---- */

static void import_songs(struct catalogue *catalogue)
{
    FILE *file = fopen("songs.csv", "w");
    assert_non_null(file);
    fprintf(file, "playlist,pos,track,artist,album,seconds\n");
    for (int p = 0; p < 30; p++)
        for (int e = 0; e < 10; e++) {
            int track = (7 * p + e * e) % 60;
            fprintf(file, "list %d,%d,song %d in the rain,artist %d,album %d,%d\n", p, e, track, track % 10, track / 2,
                    100 + 17 * track % 90);
        }
    fclose(file);
    struct import_report report = {0};
    const struct csv_options options = {.preset = CSV_PLAYLISTS};
    must(import_csv(catalogue, "songs.csv", &options, compute.pool, NULL, &report, &error));
}

/* Popularity, because its scores are the same on every machine. */
static void train(struct catalogue *catalogue, const char *name)
{
    const struct model_spec popularity = {.kind = "popularity", .name = name, .split_sets = SPLIT_TRAIN};
    must(model_train(catalogue, &compute, &popularity, NULL, &error));
}

static int begin(void **unused)
{
    (void)unused;
    if (!getcwd(before, sizeof before) || !test_folder_make(folder) || chdir(folder) != 0)
        return -1;
    setenv("USER", "ann", 1); /* who rates */
    must(compute_open(DEVICE_CPU, 2, &compute, &error));
    return 0;
}

static int end(void **unused)
{
    char command[64];
    (void)unused;
    compute_close(&compute);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return chdir(before) == 0 ? system(command) : -1;
}

/* ---- the explorer ---- */

/* A command may be refused: then the message line says why. */
static void run(const char *line)
{
    struct error error;
    runtime_command(&explorer, line, &error);
    collect_all(&explorer);
}

static void run_lines(const char *lines)
{
    char *copy = strdup(lines ? lines : ""), *rest = copy, *line;
    while ((line = strsep(&rest, "|")))
        if (line[0])
            run(line);
    free(copy);
}

/* Without the first row, which has the time that a model took. */
static char *text_of_screen(void)
{
    struct buffer text = {0};
    must(runtime_draw(&explorer, &error));
    check_screen(&explorer.screen);
    screen_dump_text(&explorer.screen, &text);
    golden_check_harmless(&text);
    char *rest = strdup(strchr(text.data, '\n') + 1);
    buffer_free(&text);
    return rest;
}

static void resize(void)
{
    static const char *const sizes[] = {"resize 200x55", "resize 20x5", "resize 80x24"};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        run(sizes[i]);
        free(text_of_screen());
    }
}

/* What the case `name` of `view` shows, within one line. */
struct expected {
    enum view view;
    const char *name, *text;
};

static void check_case(const struct view_case *row, const struct expected *expected, size_t count, bool *used)
{
    char *screen = text_of_screen();
    for (size_t i = 0; i < count; i++) {
        if (expected[i].view != row->view || strcmp(expected[i].name, row->name) != 0)
            continue;
        used[i] = true;
        if (!strstr(screen, expected[i].text))
            fail_msg("%s of %s does not show \"%s\":\n%s", row->name, view_ops(row->view)->name, expected[i].text,
                     screen);
    }
    free(screen);
}

/* Each case begins with a new explorer. */
static void check_catalogue(const char *path, bool write, const struct expected *expected, size_t count)
{
    bool used[64] = {false};
    struct app *app;
    const struct app_options options = {.catalogue = path, .device = {DEVICE_CPU, 2, NULL}, .write = write};
    must(app_open(&options, &app, &error));
    for (size_t i = 0; i < VIEW_CASES; i++) {
        if (view_cases[i].how & (CASE_WITHOUT_CAUSES | CASE_MANY | CASE_WIDE))
            continue;
        must(runtime_start(app, NULL, 24, 80, &explorer, &error));
        collect_all(&explorer);
        run_lines(view_cases[i].setup);
        run_lines(view_cases[i].open);
        check_case(&view_cases[i], expected, count, used);
        resize();
        run_lines("key escape|playlist new");
        must(runtime_stop(&explorer, &error));
        runtime_free(&explorer);
    }
    app_close(app);
    for (size_t i = 0; i < count; i++)
        if (!used[i])
            fail_msg("there is no case %s", expected[i].name);
}
#define CHECK_CATALOGUE(path, write, expected)                                                                         \
    check_catalogue(path, write, expected, sizeof expected / sizeof expected[0])

#define WITHOUT_MODELS                                                                                                 \
    {VIEW_EXPLORE, "start", "No model is trained yet"}, {VIEW_EXPLORE, "save", "saved as \"Mine\""},                   \
        {VIEW_EXPLORE, "rate", "there is no suggestion to rate"}, {VIEW_MAP, "map", "There is no embedding"},          \
        {VIEW_FAILURES, "failures", "No model is trained yet"},                                                        \
        {VIEW_COMPARE, "results", "No model is trained yet, and a comparison needs two"},                              \
        {VIEW_PICKER, "models", "There is no model yet"}, {VIEW_PICKER, "sets", "There is no embedding yet"},          \
        {VIEW_PICKER, "tests", "was not evaluated"}, {VIEW_SHEET, "sheet", "no album has a cover"},                    \
        {VIEW_TWINS, "twins", "there is no embedding yet"}, {VIEW_WHY, "why", "select a suggestion"},                  \
        {VIEW_DASHBOARD, "dashboard", "there are no failures to sum up"},                                              \
        {VIEW_SPACE, "space", "there is no feature set yet"},                                                          \
    {                                                                                                                  \
        VIEW_LABEL, "label", "drawn at random"                                                                         \
    }

static void test_empty(void **unused)
{
    static const struct expected expected[] = {
        WITHOUT_MODELS,
        {VIEW_EXPLORE, "search", "No track matches \"rain\""},
        {VIEW_EXPLORE, "playlist", "there is no playlist \"Sunday\""},
        {VIEW_EXPLORE, "wish", "no track is selected"},
        {VIEW_RECIPE, "recipe", "There is no recipe yet"},
        {VIEW_PICKER, "genres", "The catalogue has none"},
        {VIEW_RATINGS, "ratings", "Nothing is rated yet"},
        {VIEW_DUPLICATES, "duplicates", "No song is in this playlist twice"},
        {VIEW_SPECTROGRAM, "spectrogram", "select a track in Explore"},
    };
    struct catalogue *catalogue;
    (void)unused;
    must(catalogue_open("empty.db", CATALOGUE_CREATE, &catalogue, &error));
    catalogue_close(catalogue);
    CHECK_CATALOGUE("empty.db", true, expected);
}

static void test_no_models(void **unused)
{
    static const struct expected expected[] = {
        WITHOUT_MODELS,
        {VIEW_EXPLORE, "search", "song 49 in the rain"},
        {VIEW_RECIPE, "recipe", "1 of 4 used"},
        {VIEW_RECIPE, "save", "saved the recipe \"Rain and more\""},
    };
    struct catalogue *catalogue;
    (void)unused;
    must(catalogue_open("songs.db", CATALOGUE_CREATE, &catalogue, &error));
    import_songs(catalogue);
    catalogue_close(catalogue);
    CHECK_CATALOGUE("songs.db", true, expected);
}

static void test_read_only(void **unused)
{
    static const struct expected expected[] = {
        {VIEW_EXPLORE, "start", "the catalogue can only be read"},
        {VIEW_EXPLORE, "save", "models.db can only be read"},
        {VIEW_EXPLORE, "import", "open for reading only"},
        {VIEW_EXPLORE, "wish", "models.db can only be read"},
        {VIEW_RECIPE, "save", "models.db can only be read"},
        {VIEW_EXPLORE, "rater", "can only be read"},
        {VIEW_FAILURES, "failures", "als was not evaluated"},
        {VIEW_COMPARE, "compare", "10 tracks"},
        {VIEW_COMPARE, "results", "has no results to compare"},
        {VIEW_WHY, "why", "rank 1 of als"},
        {VIEW_RATINGS, "ratings", "the playlist could not be saved"},
        {VIEW_HISTORY, "history", "it has no versions yet"},
        {VIEW_SPECTROGRAM, "spectrogram", "this track has no file"},
    };
    struct catalogue *catalogue;
    (void)unused;
    must(catalogue_open("models.db", CATALOGUE_CREATE, &catalogue, &error));
    import_songs(catalogue);
    train(catalogue, "als");
    train(catalogue, "mf-avg");
    catalogue_close(catalogue);
    CHECK_CATALOGUE("models.db", false, expected);
}

static void test_models_gone(void **unused)
{
    static const struct expected expected[] = {
        {VIEW_EXPLORE, "start", "The model failed"}, {VIEW_EXPLORE, "save", "Mine"},
        {VIEW_FAILURES, "failures", "is missing"},   {VIEW_COMPARE, "results", "has no results to compare"},
        {VIEW_PICKER, "models", "not evaluated"},    {VIEW_RECIPE, "recipe", "1 of 4 used"},
        {VIEW_WHY, "why", "select a suggestion"},
    };
    (void)unused;
    assert_int_equal(system("rm models.data/models/*.safetensors"), 0);
    CHECK_CATALOGUE("models.db", true, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_no_models),
        cmocka_unit_test(test_read_only),
        cmocka_unit_test(test_models_gone),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
