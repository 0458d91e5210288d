/* Screens at three sizes, and some at five, with image rectangles and the cursor,
 * compared with files. Everything that changes with the list of views is in one file, views.txt: the first row of every
 * screen, which has the tab bar, and the help, which lists the keys and commands of all views. The other files begin
 * with the second row. The states of each view while it waits and after a failure are in state_screens.c.
 * SLEEVE_GOLDEN=write writes the files: review the difference before you commit it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake_app.h"
#include "golden.h"
#include "state_screens.h"
#include "ui/script.h"

struct scenario {
    const char *name;
    const char *script;
    void (*prepare)(struct app *app);
    bool of_views; /* the whole screen is stored in views.txt */
    bool page;     /* at all sizes: Explore's page, the map, pickers, help */
};

static void break_model(struct app *app)
{
    fake_fail_recommend(app, "the model als is damaged; train it again");
}

static void see_answers(struct app *app)
{
    fake_seen_answers(app, "mf-avg", 2);
}

static void offer_nothing(struct app *app)
{
    fake_limit_suggestions(app, 0);
}

static void offer_one(struct app *app)
{
    fake_limit_suggestions(app, 1);
}

static void offer_seventeen(struct app *app)
{
    fake_limit_suggestions(app, 17);
}

static void know_one(struct app *app)
{
    fake_know_seeds(app, 1);
}

#define RAIN "search rain\nmark all\nadd\nrename Rain\nclose\nrecipe\n"

static const struct scenario scenarios[] = {
    {.name = "empty", .script = "wait\n", .page = true},
    {.name = "first-start", .script = "# nothing\n"},
    {.name = "why", .script = "add page\nwait\npane suggestions\nkey j\nkey w\n", .page = true},
    {.name = "why-moved", .script = "add page\nmodel mf-avg\nwait\npane suggestions\nkey w\nkey j\nkey ]\nkey G\n"},
    {.name = "why-popular", .script = "add page\nmodel popularity\nwait\npane suggestions\nkey w\n"},
    {.name = "why-unknown", .script = "add page\nwait\npane suggestions\nkey w\n", .prepare = fake_unknown_seeds},
    {.name = "why-failed", .script = "add page\nwait\npane suggestions\nkey w\n", .prepare = fake_fail_why},
    {.name = "space", .script = "space\nkey j\nkey j\nkey l\nkey J\n", .page = true},
    {.name = "space-many", .script = "key g\nkey a\nspace longest 36\nkey t\nkey j\n"},
    {.name = "space-against", .script = "space\nkey b\nkey x\n"},
    {.name = "space-refused", .script = "space refused\n"},
    {.name = "spectrogram", .script = "search rain\nkey escape\nkey g\nkey w\n", .page = true},
    {.name = "spectrogram-cells", .script = "images none\nsearch rain\nkey escape\nspectrogram\n"},
    {.name = "heard",
     .script = "search rain\nadd 1\nclose\nselect 2\nwait\n",
     .prepare = fake_with_sound,
     .page = true},
    {.name = "heard-silent",
     .script = "search rain\nadd 1\nclose\nselect 3\nset fitness other\n",
     .prepare = fake_with_sound},
    {.name = "heard-no-file", .script = "search rain\nwait\n", .prepare = fake_with_files},
    {.name = "heard-broken", .script = "set fitness broken\nsearch rain\nadd 1\nclose\n", .prepare = fake_with_sound},
    {.name = "why-of-failure", .script = "failures\npane page\nkey w\n"},
    {.name = "asks-for-a-name", .script = "wait\nadd 1\nwait\nkey s\n"},
    {.name = "playlist-keys", .script = "wait\nadd page\nwait\npane playlist\nkey space\n"},
    {.name = "no-models", .script = "wait\n", .prepare = fake_without_models},
    {.name = "no-playlists", .script = "wait\n", .prepare = fake_without_playlists},
    {.name = "search", .script = "search rain\n"},
    {.name = "long-results", .script = "search e\nkey page-down\nkey ctrl+d\nkey j\n"},
    {.name = "few-results", .script = "search paper rain\nadd 1\npane results\n"},
    {.name = "search-ended", .script = "search rain\nadd 1\nkey escape\n"},
    {.name = "covers", .script = "covers a white circle on black\nkey j\n"},
    {.name = "covers-random", .script = "search Cover:circle\n", .prepare = fake_random_weights},
    {.name = "covers-missing", .script = "covers a white circle on black\n", .prepare = fake_without_clip},
    {.name = "covers-typed", .script = "covers\n"},
    {.name = "nothing-found", .script = "search xyzzy\n"},
    {.name = "typing", .script = "key /\ntype ra\nkey i\nkey down\n"},
    {.name = "playlist",
     .script = "search rain\nadd 1\nadd 2\nadd 4\nrename Slow rain\nadd!\npane playlist\nkey k\n",
     .page = true},
    {.name = "marked",
     .script = "add page\nsearch rain\nkey space\nkey j\nkey v\nkey j\npane playlist\nkey home\nkey space\nkey j\n"
               "key v\nkey j\n"},
    {.name = "filter", .script = "add page\nkey f\ntype mou\n"},
    {.name = "filter-nothing", .script = "add page\nkey f\ntype xyzzy\nkey enter\n"},
    {.name = "long-playlist", .script = "search e\nmark all\nadd\nclose\npane playlist\nkey home\nkey page-down\n"},
    {.name = "unknown-seeds", .script = "search rain\nadd 1\nadd 2\n", .prepare = fake_unknown_seeds, .page = true},
    {.name = "title", .script = "playlist new Road trip\n"},
    {.name = "title-of-no-use", .script = "playlist new Unsaved 2\n"},
    {.name = "title-unknown", .script = "playlist new xyzzy\n"},
    {.name = "title-joined", .script = "playlist new\nsearch rain\nadd 1\nrename Road trip\n"},
    {.name = "page", .script = "search rain\nadd 1\npane suggestions\npage next\nkey n\nselect 4\n", .page = true},
    {.name = "covers-real",
     .script = "search rain\nadd 1\npane suggestions\nkey j\nkey j\n",
     .prepare = fake_with_real_covers},
    {.name = "suggestions-none", .script = "search rain\nadd 1\nclose\n", .prepare = offer_nothing},
    {.name = "suggestions-one", .script = "search rain\nadd 1\nclose\n", .prepare = offer_one},
    {.name = "suggestions-seventeen", .script = "page 2\nselect last\n", .prepare = offer_seventeen, .page = true},
    {.name = "suggestions-odd", .script = "select 2\n", .prepare = fake_odd_suggestions, .page = true},
    {.name = "seeds-known",
     .script = "search rain\nadd 1\nadd 2\nadd 3\nadd 4\nclose\nmodel mf-avg\nselect 3\n",
     .prepare = know_one,
     .page = true},
    {.name = "odd-texts",
     .script = "pane suggestions\nsearch bell\nadd 1\nsearch broken\nadd 1\nsearch 夜\nadd 1\n"
               "search line\nadd 1\nsearch family\nadd 1\nsearch turned\nadd 1\nsearch very long\n"
               "add 1\nsearch 비\nadd 1\nsearch del mar\nadd 1\nrename \x1b[31mred 雨\n",
     .page = true},
    {.name = "command-line", .script = "key :\ntype page 3\nkey left\n"},
    {.name = "completion", .script = "key :\ntype playlist\nkey tab\nkey tab\nkey tab\n", .page = true},
    {.name = "completion-models",
     .script = "search rain\nadd 1\nkey :\ntype failures against\nkey space\nkey tab\nkey tab\n"},
    {.name = "completion-ghost", .script = "key :\ntype playlist de\n"},
    {.name = "map", .script = "map\nkey right\nkey l\n", .page = true},
    {.name = "map-covers", .script = "map\nkey t\nmap artist 9\n"},
    {.name = "map-zoomed", .script = "map\nimages half\nmap artist 3\nkey +\nkey +\nkey H\nkey right\n", .page = true},
    {.name = "map-all-again", .script = "map\nimages half\nkey +\nkey L\nkey 0\n"},
    {.name = "map-marks", .script = "map\nimages none\nmap artist 3\n"},
    {.name = "map-gray16", .script = "map\nmap artist 2\nmap set gray16\nmap add\n"},
    {.name = "map-beside", .script = "map\nmap artist 2\nmap beside gray16\nmap add\n", .page = true},
    {.name = "map-beside-text", .script = "map\nimages none\nmap artist 5\nkey b\nkey tab\nkey +\nkey left\n"},
    {.name = "similar", .script = "add page\nwait\npane suggestions\nsimilar\nkey l\nkey j\n", .page = true},
    {.name = "similar-on", .script = "map\nmap artist 4\nkey c\nkey l\nkey enter\nkey S\nkey a\n", .page = true},
    {.name = "similar-random",
     .script = "failures\npane held-out\nkey j\nsimilar\nselect last\n",
     .prepare = fake_random_weights},
    {.name = "sheet", .script = "sheet\nkey l\nkey j\nkey j\n", .page = true},
    {.name = "sheet-colours", .script = "images half\nkey O\nkey t\nkey j\n", .page = true},
    {.name = "sheet-random-weights", .script = "sheet map\nkey S\nkey G\n", .prepare = fake_random_weights},
    {.name = "twins", .script = "key T\nkey j\nkey j\nkey a\n", .page = true},
    {.name = "twins-random", .script = "twins\nkey S\nkey G\n", .prepare = fake_random_weights},
    {.name = "steer", .script = "wait\nadd 1\nwait\nkey z\nwait\n", .page = true},
    {.name = "steer-moved",
     .script = "wait\nadd 1\nwait\nkey z\nwait\nkey L\nwait\nkey j\nkey h\nwait\nselect 7\nkey l\nkey l\nwait\n",
     .page = true},
    {.name = "steer-wishes",
     .script =
         "wait\nadd 1\nwait\nnever artist\nwait\nmore\nwait\nkey n\nless album\nwait\nkey z\nwait\nkey G\nkey k\n",
     .page = true},
    {.name = "steered", .script = "wait\nadd 1\nwait\nsteer artists=2,new=0.3,like=audio:0.5\nwait\n", .page = true},
    {.name = "steered-by-much",
     .script = "wait\nadd 1\nwait\nsteer "
               "artists=1,albums=1,new=-0.5,like=audio:0.5,like=gist:-0.2,diversity=gist:0.4,draw=3\n"
               "wait\n"},
    {.name = "steered-unknown",
     .script = "wait\nadd 1\nwait\nsteer artists=1,new=-0.5\nwait\n",
     .prepare = fake_unknown_seeds},
    {.name = "rejected", .script = "wait\nadd 1\nwait\nselect 2\nkey X\nwait\nkey X\nwait\n"},
    {.name = "rated", .script = "search rain\nadd 1\nadd 2\nclose\nselect 2\nkey +\nkey =\nkey +\n", .page = true},
    {.name = "rating-reasons", .script = "search rain\nadd 1\nclose\nkey -\nkey down\n"},
    {.name = "rating-new-reason", .script = "search rain\nadd 1\nclose\nkey -\ntype metadata: xyz\n"},
    {.name = "ratings", .script = "search rain\nadd 1\nclose\nkey +\nratings\n", .page = true},
    {.name = "ratings-discounted", .script = "search rain\nadd 1\nclose\nkey +\nkey g\nkey r\nkey d\nkey j\n"},
    {.name = "ratings-none", .script = "ratings\n"},
    {.name = "history",
     .script = "search rain\nadd 1\nadd 2\nadd 3\nclose\nplaylist save Rain\nwait\nkey g\nkey h\nkey j\n",
     .page = true},
    {.name = "history-unsaved", .script = "search rain\nadd 1\nclose\nhistory\n"},
    {.name = "duplicates",
     .script = "search rain\nadd 1\nadd! 1\nadd 2\nadd! 1\nclose\nkey g\nkey u\nwait\nkey j\n",
     .page = true},
    {.name = "duplicates-across",
     .script = "search rain\nadd 1\nadd! 1\nadd 2\nclose\nkey g\nkey u\nwait\nkey a\nwait\n"},
    {.name = "duplicates-none", .script = "search rain\nadd 1\nclose\nduplicates\n"},
    {.name = "label", .script = "key g\nkey l\nwait\nkey -\nkey +\n", .page = true},
    {.name = "browse", .script = "key g\nkey b\nwait\nkey down\n", .page = true},
    {.name = "browse-filtered", .script = "browse\ntype ra\n"},
    {.name = "repeats", .script = "search rain\nadd 1\nclose\n", .prepare = fake_repeats, .page = true},
    {.name = "after-g", .script = "search rain\nadd 1\nkey g\n"},
    {.name = "help", .page = true, .script = "help\n", .of_views = true},
    {.name = "help-map", .page = true, .script = "map\nhelp\n", .of_views = true},
    {.name = "help-failures", .page = true, .script = "failures\nhelp\n", .of_views = true},
    {.name = "help-compare", .page = true, .script = "compare\nhelp\n", .of_views = true},
    {.name = "help-all", .script = "help\nkey ?\nkey page-down\n", .of_views = true},
    {.name = "help-filtered", .script = "help\ntype undo\n", .of_views = true},
    {.name = "messages", .script = "add 1\nadd 2\nundo\nmodel mf-avg\nmessages\n"},
    {.name = "playlists", .script = "add 1\nplaylist save Mine\nplaylist load\nkey down\n"},
    {.name = "playlists-filtered", .script = "add 1\nplaylist save Mine\nkey o\ntype ra\n", .page = true},
    {.name = "models", .script = "key m\nkey down\n"},
    {.name = "models-seen", .script = "key m\nkey down\nkey down\n", .prepare = see_answers, .page = true},
    {.name = "models-none", .script = "pick models\n", .prepare = fake_without_models},
    {.name = "exports", .script = "key e\n"},
    {.name = "sets", .script = "map\nkey S\n"},
    {.name = "tests", .script = "failures\npick tests\nkey page-down\n"},
    {.name = "everything", .script = "key ctrl+p\ntype rain\nkey down\n", .page = true},
    {.name = "images", .script = "key g\nkey i\nkey down\n"},
    {.name = "nothing-matches", .script = "key o\ntype zzz\n"},
    {.name = "failures", .script = "failures\nfailures next\nfailures next\n"},
    {.name = "failures-none", .script = "failures\n", .prepare = fake_without_results},
    {.name = "failures-against",
     .script = "failures mf-avg\nfailures against als\npane held-out\nkey j\nkey j\nkey j\nkey j\n"},
    {.name = "failures-seen", .script = "failures\nfailures against mf-avg\n", .prepare = see_answers},
    {.name = "failures-filter", .script = "failures\nkey /\ntype rain\nkey down\n"},
    {.name = "failures-no-name", .script = "failures\nfailures filter xyzzy\n"},
    {.name = "failures-conditions",
     .script = "failures\nkey /\ntype ndcg<0.5 cause:artist sort:-seeds\nkey enter\npane held-out\nkey j\nkey j\n"},
    {.name = "failures-fault", .script = "failures\nkey /\ntype rain clicks=51 foo<3\n"},
    {.name = "dashboard", .script = "failures\nkey D\nkey j\n", .page = true},
    {.name = "dashboard-seen", .script = "failures mf-avg\ndashboard\nselect last\nkey s\n", .prepare = see_answers},
    {.name = "dashboard-no-causes", .script = "failures\ndashboard\n", .prepare = fake_refuse_causes},
    {.name = "failures-rated", .script = "failures mf-avg\nfailures sort clicks\npane page\nkey +\nkey j\nkey =\n"},
    {.name = "failures-page", .script = "failures mf-avg\nfailures sort clicks\npane page\nkey n\nkey j\n"},
    {.name = "failures-nothing-left", .script = "failures\nfailures length 1-3\nfailures seeds 10\nkey x\n"},
    {.name = "failures-odd-texts",
     .script = "failures\nfailures seeds 6\nfailures next\nfailures next\npane held-out\nkey G\n"},
    {.name = "failures-opened", .script = "failures mf-avg\nfailures sort clicks\nkey enter\nkey j\n"},
    {.name = "compare", .script = "add page\ncompare mf-avg als\nkey j\nkey j\n", .page = true},
    {.name = "compare-page", .script = "add page\ncompare\nkey n\nkey l\nkey G\n"},
    {.name = "compare-rated",
     .script = "compare mf-avg als\ncompare show results\nkey tab\nkey tab\nkey enter\nkey +\n"},
    {.name = "compare-test",
     .script = "compare mf-avg als\ncompare show results\nkey tab\nkey tab\nkey j\nkey enter\nkey f\nkey f\n",
     .page = true},
    {.name = "compare-results", .script = "compare mf-avg als\ncompare show results\n", .page = true},
    {.name = "compare-group", .script = "compare mf-avg als\nkey t\nkey j\nkey tab\nkey j\nkey j\nkey enter\nkey j\n"},
    {.name = "compare-plot", .script = "images none\ncompare mf-avg als\ncompare show plot\n", .page = true},
    {.name = "compare-plot-pictures", .script = "compare mf-avg als\ncompare show plot\n"},
    {.name = "compare-empty", .script = "compare\n"},
    {.name = "compare-nothing-suggested", .script = "search rain\nadd 1\nclose\ncompare\n", .prepare = offer_nothing},
    {.name = "compare-seen", .script = "add page\ncompare als mf-avg\nkey t\n", .prepare = see_answers},
    {.name = "compare-not-evaluated", .script = "compare als popularity\ncompare show results\n"},
    {.name = "compare-no-models", .script = "wait\nkey 4\n", .prepare = fake_without_models},
    {.name = "compare-one-model", .script = "wait\nkey 4\n", .prepare = fake_with_one_model},
    {.name = "compare-models", .script = "compare\nkey b\n"},
    {.name = "present",
     .script = "search rain\nadd 1\nadd 2\nrename Slow rain\nclose\npane suggestions\npresent\nselect 2\n",
     .page = true},
    {.name = "present-five", .script = "search rain\nadd 1\nclose\npane suggestions\npresent 5\nkey n\nkey n\nkey l\n"},
    {.name = "present-search", .script = "present 4\nkey /\ntype rain\nkey down\n"},
    {.name = "present-steer", .script = "search rain\nadd 1\nclose\npane suggestions\npresent\nkey z\nwait\n"},
    {.name = "present-map", .script = "present\nmap\nmap artist 3\n"},
    {.name = "present-odd", .script = "present\nselect 2\n", .prepare = fake_odd_suggestions},
    {.name = "recipe-no-playlist", .script = "recipe\n"},
    {.name = "recipe-no-attributes", .script = RAIN, .prepare = fake_without_attributes},
    {.name = "recipe", .script = RAIN "recipe set artists=drop\nkey j\nkey j\n", .page = true},
    {.name = "recipe-repeats", .script = RAIN "recipe set artists=drop\n", .prepare = fake_repeats},
    {.name = "recipe-edited",
     .script = RAIN "select energy\nkey +\nkey +\nkey L\nkey j\nkey d\nselect tempo\nkey x\nselect genres\nkey +\n"
                    "recipe set artists=drop\npane tracks\nkey j\n"},
    {.name = "recipe-typing", .script = RAIN "select valence\nkey e\nkey ctrl+u\ntype 0.3..0.5\n"},
    {.name = "recipe-nothing-left", .script = RAIN "recipe set energy=5..6\n"},
    {.name = "recipe-empty-twice", .script = RAIN "recipe set energy=5..6\nrecipe set tempo=1..2\nselect tempo\n"},
    {.name = "recipe-filter", .script = RAIN "recipe set artists=drop\nkey f\npane tracks\nkey j\n"},
    {.name = "recipe-saved", .script = RAIN "recipe save Rain and more\nselect years\n"},
    {.name = "recipes", .script = RAIN "recipe save Rain and more\nrecipe save Second\nkey o\nkey down\n"},
    {.name = "help-recipe", .script = "recipe\nhelp\n", .of_views = true},
    {.name = "tour", .script = "tour\n", .page = true},
    {.name = "tour-map", .script = "tour\ntour 10\n"},
    {.name = "device", .script = "search rain\nadd 1\nadd 2\ndevice cuda\n"},
    {.name = "broken-model", .script = "wait\n", .prepare = break_model, .page = true},
};

static const struct {
    int columns, rows;
    bool page; /* only for scenarios of the page */
} sizes[] = {{80, 24, false}, {100, 30, false}, {120, 36, true}, {160, 50, false}, {200, 55, true}};

static void run_scenario(const struct scenario *scenario, int columns, int rows, struct buffer *screen)
{
    char script[] = "/tmp/sleeve-script-XXXXXX", dump[] = "/tmp/sleeve-dump-XXXXXX";
    int script_file = mkstemp(script), dump_file = mkstemp(dump);
    assert_true(script_file >= 0 && dump_file >= 0);
    assert_int_equal(write(script_file, scenario->script, strlen(scenario->script)), strlen(scenario->script));
    close(script_file);
    close(dump_file);
    struct app *app = fake_app_create();
    if (scenario->prepare)
        scenario->prepare(app);
    struct script_options options = {.path = script, .dump = dump, .rows = rows, .columns = columns};
    struct error error = {0};
    enum status status = script_run(app, &options, &(bool){false}, &error);
    if (status != STATUS_OK)
        print_message("%s\n", error.text);
    assert_int_equal(status, STATUS_OK);
    assert_int_equal(file_read(dump, 1 << 20, screen, &error), STATUS_OK);
    fake_app_destroy(app);
    unlink(script);
    unlink(dump);
}

/* What the keys do is never cut: hints that do not fit are left out, or have more rows. */
static void check_last_row(const char *screen, int rows)
{
    for (int row = 1; row < rows; row++)
        screen = strchr(screen, '\n') + 1;
    const char *cut = strstr(screen, "…");
    assert_true(!cut || cut >= screen + strcspn(screen, "\n"));
}

/* The first row, or the whole screen, is appended to `views`; the rest is compared with the screen's own file. */
static void check_screen(const struct scenario *scenario, int columns, int rows, struct buffer *views)
{
    struct buffer screen = {0};
    char name[64];
    run_scenario(scenario, columns, rows, &screen);
    golden_check_harmless(&screen);
    snprintf(name, sizeof name, "%s-%dx%d", scenario->name, columns, rows);
    check_last_row(screen.data, rows);
    char *rest = strchr(screen.data, '\n');
    assert_non_null(rest);
    int first = scenario->of_views ? (int)screen.size : (int)(rest - screen.data) + 1;
    buffer_printf(views, "== %s\n%.*s", name, first, screen.data);
    if (!scenario->of_views)
        golden_check(name, rest + 1);
    buffer_free(&screen);
}

static void test_screens(void **unused)
{
    (void)unused;
    struct buffer views = {0};
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++)
        for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
            if (scenarios[i].page || !sizes[s].page)
                check_screen(&scenarios[i], sizes[s].columns, sizes[s].rows, &views);
    golden_check("views", views.data);
    buffer_free(&views);
}

/* README.md has a table of all scenarios by view and state. */
static void test_table(void **unused)
{
    (void)unused;
    const char *source = getenv("SLEEVE_SOURCE");
    struct buffer path = {0}, table = {0};
    struct error error = {0};
    buffer_printf(&path, "%s/tests/ui/golden/README.md", source ? source : ".");
    assert_int_equal(file_read(path.data, 1 << 20, &table, &error), STATUS_OK);
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++)
        if (!strstr(table.data, scenarios[i].name))
            fail_msg("tests/ui/golden/README.md lacks the screen %s", scenarios[i].name);
    buffer_free(&path);
    buffer_free(&table);
}

static void test_sizes(void **unused)
{
    (void)unused;
    static const struct scenario resized = {
        .name = "sizes",
        .script = "search rain\nadd 1\nresize 1x1\nresize 79x24\nresize 80x23\nresize 300x90\nmap\nresize 2x2\n"
                  "resize 80x24\nhelp\nresize 20x5\nresize 90x25\n",
    };
    struct buffer screen = {0};
    run_scenario(&resized, 80, 24, &screen);
    assert_non_null(strstr(screen.data, "Help"));
    buffer_free(&screen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_screens),
                                       cmocka_unit_test(test_table),
                                       cmocka_unit_test(test_sizes),
                                       cmocka_unit_test(test_states),
                                       cmocka_unit_test(test_states_complete),
                                       cmocka_unit_test(test_state_sizes),
                                       cmocka_unit_test(test_said),
                                       cmocka_unit_test(test_rare)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
