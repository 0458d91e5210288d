/* What the explorer answers to commands that cannot be done, and rare texts of views, each group in one file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "golden.h"
#include "screen_check.h"
#include "shared_fixture.h"
#include "state_screens.h"

struct group {
    const char *title;
    void (*prepare)(struct app *app);
    const char *setup; /* commands, with | between */
    const char *lines; /* commands whose answers are written; NULL: the screen */
};

static void know_one(struct app *app)
{
    fake_know_seeds(app, 1);
}

static void see_answers(struct app *app)
{
    fake_seen_answers(app, "mf-avg", 2);
}

static void offer_nothing(struct app *app)
{
    fake_limit_suggestions(app, 0);
}

#define RAIN "search rain|mark all|add|rename Rain|close"

static const struct group said[] = {
    {"an empty playlist", offer_nothing, "wait",
     "add|add 3|add page|page next|page 9|pane nowhere|pane results|pane suggestions|filter|mark next|copy|put|remove|"
     "move up|undo|redo|playlist dedupe|playlist clear|merge|sort energy|rate good|why|reject|never|spectrogram|"
     "similar|duplicates remove|history restore|label give low|ratings discount|steer remove|recipe loosen|"
     "recipe save|failures next|failures hit next|dashboard list|compare own|twins add|sheet add|map write a.png|"
     "play|copy uris|subtract"},
    {"names with quotes", NULL, "search rain|add 1|close|rename \"Slow\" rain",
     "playlist save|rename The \"quoted\" one|rename \"|playlist load no \"such\" one"},
    {"Explore", NULL, RAIN "|select 1",
     "add|add 99|page previous|page 99|page next|pane up|mark range|mark invert|mark none|mark sideways|copy|put|"
     "add 1|never album here|never band|reject|refresh 0|sort loudness|sort energy audio|sort energy|less|"
     "present 7|device gpu|images vga|model none|theme pink|set volume 3|rate superb|rate good because|rater A|why "
     "next|"
     "steer artists=0|steer new=7|tour next"},
    {"Recipe", NULL, RAIN "|recipe",
     "recipe lock|recipe loosen|recipe lock|recipe loosen 2000|recipe loosen x|recipe edit abc|recipe set energy|"
     "recipe set pitch=3|recipe delete|recipe delete None|recipe export|recipe save|pane middle|page sideways|"
     "add 99999|recipe open None|recipe save Rain|recipe delete Rain"},
    {"Failures", NULL, "failures",
     "failures sort size|failures sort loss|failures length 5|failures against none|failures against als|"
     "failures against xyz|failures seeds x|failures previous|pane middle|page previous|page 99|failures hit up|add|"
     "rate good|why|failures export a.txt|dashboard metric size|dashboard list|failures nobody"},
    {"a held-out track", NULL, "failures|pane held-out|select 3", "rate good|rate bad|why|why next"},
    {"the dashboard", NULL, "failures|dashboard", "dashboard metric size|pane list|add|page sideways|why"},
    {"Failures of a model without results", fake_without_results, "failures",
     "failures next|failures sort ndcg|failures filter rain|failures export a.csv|open|failures hit next|dashboard|"
     "compare failure|failures against next"},
    {"Compare", NULL, RAIN "|compare als mf-avg",
     "compare als|compare a b c|compare als als|compare xyz|compare show x|compare test up|compare hit up|"
     "compare hit next|page previous|page 99|pane middle|add 99|compare follow|compare all|compare own"},
    {"Compare: the test set", NULL, "compare als mf-avg|compare show results",
     "compare follow|compare hit next|page next|add|why|rate good|compare accept|compare test next|compare test "
     "previous"},
    {"Compare without models", fake_without_models, "wait", "compare|compare swap|compare a|model next|failures"},
    {"the map", NULL, "map",
     "map move sideways|map artist 99|map set xyz|map beside xyz|map panel 3|map colour pink|map zoom more|map pan in|"
     "map write a.bmp|map look pretty"},
    {"covers", NULL, "similar", "similar xyz|similar move sideways|pane left|page next|similar back"},
    {"the sheet", NULL, "sheet", "sheet size|sheet set xyz|sheet move sideways|pane left|page next|rate good"},
    {"twins", NULL, "twins", "twins xyz|pane left|select 99|rate good"},
    {"distances", NULL, "space",
     "space xyz|space against xyz|space longest 1|space move sideways|page sideways|add|pane left"},
    {"versions", NULL, "search rain|add 1|close|history", "history restore|select 9|add|pane left"},
    {"duplicates", NULL, RAIN "|duplicates", "duplicates sideways|duplicates remove|duplicates clean|add|pane left"},
    {"labels", NULL, "label", "label pitch|label give loud|select 99|pane left"},
    {"ratings", NULL, "ratings", "ratings open|ratings discount|ratings discount|page sideways|pane left|select 9"},
    {"steering", NULL, RAIN "|pane suggestions|select 1|steer",
     "steer move up|steer move right|steer remove|steer space|select 99|steer clear|steer clear"},
    {"help and lists", NULL, "help", "select sideways|pick|pick colours|page 9|input accept"},
};

static const struct group rare[] = {
    {"no track matches the filter", NULL, RAIN "|filter xyzzy", NULL},
    {"one seed is not known", fake_unknown_seeds, "search rain|add 1|close", NULL},
    {"no evidence", see_answers, "failures mf-avg|open", NULL},
    {"some seeds are not known", know_one, RAIN "|pane suggestions", NULL},
    {"why: a track below 0, in a wide window", NULL,
     "resize 120x36|" RAIN "|model mf-avg|pane suggestions|select 2|why", NULL},
    {"why: of a held-out track", NULL, "failures|pane held-out|select 3|why", NULL},
    {"no playlist matches", NULL, "failures|failures filter xyzzy ndcg<1%", NULL},
    {"failures against a model, in a wide window", NULL, "resize 160x50|failures mf-avg|failures against als", NULL},
    {"failures without causes", fake_without_causes, "failures|failures filter cause:artist", NULL},
    {"failures without models", fake_without_models, "failures", NULL},
    {"recipe: unknown values", fake_without_attributes, RAIN "|recipe|select years", NULL},
    {"recipe: an exact number of years", NULL, RAIN "|recipe|select years|recipe years|recipe doubtful", NULL},
    {"recipe: no suggestion passes", NULL, RAIN "|recipe|recipe set energy=5..6|recipe filter", NULL},
    {"recipe: tempo", NULL, RAIN "|recipe|select tempo|recipe edit", NULL},
    {"one rater", NULL, RAIN "|pane suggestions|rate good|rate bad does not fit|ratings", NULL},
    {"no help matches", NULL, "help xyzzy", NULL},
    {"one help matches", NULL, "help spectrogram of", NULL},
    {"reasons", NULL, RAIN "|pane suggestions|rate bad", NULL},
    {"no recipes", NULL, "pick recipes", NULL},
    {"devices", NULL, "pick devices", NULL},
    {"themes", NULL, "pick themes", NULL},
    {"images", NULL, "pick images", NULL},
    {"commands", NULL, "pick commands", NULL},
    {"no results of the first model", fake_without_results, "compare|pick tests", NULL},
};

static void run_lines(const char *lines)
{
    char *copy = strdup(lines), *rest = copy, *line;
    while ((line = strsep(&rest, "|")))
        run_and_wait(line);
    free(copy);
}

static void start(const struct group *group)
{
    memset(&fixture, 0, sizeof fixture);
    fixture_init(&fixture);
    if (group->prepare)
        group->prepare(fixture.app);
    fixture_settle(&fixture);
    run_lines(group->setup);
}

/* A command that is done starts from its answer, "" if it has none. */
static void answer(const char *line, struct buffer *text)
{
    struct error error = {0};
    struct state *state = &fixture.state;
    state->message[0] = '\0';
    if (command_run(state, &fixture.requested, line, &error) != STATUS_OK)
        state_warn(state, error.text);
    layout_settle(state);
    fixture_settle(&fixture);
    buffer_printf(text, "%s %c %s\n", line, state->message_warning ? '!' : '>', state->message);
    state->message_warning = false;
}

void test_said(void **unused)
{
    (void)unused;
    struct buffer text = {0};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        char *copy = strdup(said[i].lines), *rest = copy, *line;
        buffer_printf(&text, "== %s\n", said[i].title);
        start(&said[i]);
        while ((line = strsep(&rest, "|")))
            answer(line, &text);
        fixture_free(&fixture);
        free(copy);
    }
    golden_check("said", text.data);
    buffer_free(&text);
}

void test_rare(void **unused)
{
    (void)unused;
    struct golden_page page = {.count = 0};
    for (size_t i = 0; i < sizeof rare / sizeof *rare; i++) {
        struct screen screen;
        struct buffer text = {0};
        struct error error;
        start(&rare[i]);
        assert_int_equal(screen_create(fixture.state.rows, fixture.state.columns, &screen, &error), STATUS_OK);
        view_draw(&fixture.state, &screen);
        check_screen(&screen);
        screen_dump_text(&screen, &text);
        golden_check_harmless(&text);
        golden_add(&page, rare[i].title, strdup(strchr(text.data, '\n') + 1));
        buffer_free(&text);
        screen_free(&screen);
        fixture_free(&fixture);
    }
    golden_check("rare", page.text.data);
    golden_free(&page);
}
