/* The tour: its file, its keys, and steps that this explorer cannot show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/assets.h"
#include "core/file.h"
#include "core/text.h"
#include "shared_fixture.h"
#include "ui/session.h"
#include "ui/tour_show.h"
#include "ui/views/recipe/recipe_view.h"

static void use(const char *text)
{
    struct error error = {0};
    tour_free(&fixture.state.tour);
    enum status status = tour_read(text, "tour", &fixture.state.tour, &error);
    if (status != STATUS_OK)
        print_message("%s\n", error.text);
    assert_int_equal(status, STATUS_OK);
}

static void bad(const char *text, const char *says)
{
    struct tour tour;
    struct error error = {0};
    assert_int_equal(tour_read(text, "tour", &tour, &error), STATUS_BAD_DATA);
    if (!strstr(error.text, says))
        print_message("%s\n", error.text);
    assert_non_null(strstr(error.text, says));
    tour_free(&tour);
}

static void test_file(void **unused)
{
    (void)unused;
    use("# comment\n\nstep One\nsay first\nsay  second\nneeds search\ndo search rain\n  do add 1\r\nstep Two\nsay x\n");
    const struct tour *tour = &fixture.state.tour;
    assert_int_equal(tour->count, 2);
    assert_string_equal(tour->steps[0].text, "first second");
    assert_int_equal(tour->steps[0].n_lines, 2);
    assert_string_equal(tour->steps[0].lines[1], "add 1");
    assert_int_equal(tour->steps[1].n_lines, 0);
    bad("", "there is no step");
    bad("say x\n", "tour:1: \"say\" is before the first step");
    bad("step A\ndance\n", "tour:2: \"dance\" is not step");
    bad("step A\nsay\n", "tour:2: nothing follows");
}

static bool press(int32_t key)
{
    struct error error;
    struct event event = {.type = EVENT_KEY, .key = key};
    return update_event(&fixture.state, &fixture.requested, &event, &error) == STATUS_OK;
}

static void test_keys(void **unused)
{
    (void)unused;
    struct tour *tour = &fixture.state.tour;
    struct event waiting;
    struct error error;
    use("step A\nsay a\nstep B\nsay b\ndo search rain\nstep C\nsay c\n");
    run("tour");
    assert_true(tour->open && tour->at == 0 && !tour->running);
    assert_true(press(' '));
    assert_true(tour->at == 1 && tour->running);
    assert_true(press(' ')); /* hurries */
    assert_true(tour->at == 1 && tour->hurried);
    press('?'); /* waits, so that it is not mixed with what the tour does */
    press(' ');
    assert_true(fixture.state.overlay == VIEW_NONE && tour->at == 1);
    assert_false(tour_waiting_key(tour, &waiting));
    tour_done(tour, NULL);
    assert_true(tour_waiting_key(tour, &waiting) && waiting.key == '?');
    assert_int_equal(update_event(&fixture.state, &fixture.requested, &waiting, &error), STATUS_OK);
    assert_int_equal(fixture.state.overlay, VIEW_HELP);
    assert_true(tour_waiting_key(tour, &waiting) && waiting.key == ' ');
    assert_false(tour_waiting_key(tour, &waiting));
    press(KEYS_ESCAPE);
    assert_true(tour->open && fixture.state.overlay == VIEW_NONE);
    press('/'); /* every other key does what it always does */
    press('x');
    fixture_settle(&fixture);
    assert_string_equal(explore_of(&fixture.state)->search.text, "x");
    press(' '); /* also this one, while a line is typed */
    assert_int_equal(tour->at, 1);
    run("close");
    press(KEYS_BACKSPACE);
    assert_int_equal(tour->at, 0);
    press(KEYS_BACKSPACE);
    assert_true(tour->open && tour->at == 0);
    run("tour 3");
    press(' '); /* after the last one */
    assert_false(tour->open);
    refused("tour next", "there is no tour");
    run("tour");
    press(KEYS_ESCAPE);
    assert_false(tour->open);
    run("tour");
    run("messages");
    press(KEYS_ESCAPE); /* closes the popup */
    assert_true(tour->open && fixture.state.overlay == VIEW_NONE);
    press(KEYS_ENTER); /* adds and opens, and does not leave the step */
    assert_true(tour->open && tour->at == 0);
}

/* A step of a command that the explorer does not have is left out with words. */
static void test_missing_commands(void **unused)
{
    (void)unused;
    struct tour *tour = &fixture.state.tour;
    use("step A\nsay a\nstep Magic\nneeds wave a wand\nsay b\nstep C\nneeds search\nsay c\nstep D\nneeds nothing\nsay "
        "d\n");
    run("tour");
    press(' ');
    assert_int_equal(tour->at, 2);
    assert_non_null(strstr(tour->note, "\"Magic\" is left out"));
    press(KEYS_BACKSPACE);
    assert_int_equal(tour->at, 0);
    press(' ');
    press(' '); /* the rest cannot be shown */
    assert_false(tour->open);
    refused("tour 4", "no step from 4 on");
    refused("tour 9", "4 steps");
}

static void test_failure(void **unused)
{
    (void)unused;
    struct tour *tour = &fixture.state.tour;
    struct screen screen;
    struct error error;
    struct buffer shown = {0};
    use("step A\nsay a\ndo frobnicate\n");
    run("tour");
    tour_done(tour, "there is no command");
    assert_int_equal(screen_create(24, 80, &screen, &error), STATUS_OK);
    view_draw(&fixture.state, &screen);
    screen_dump(&screen, &shown);
    assert_non_null(strstr(shown.data, "could be shown: there is no"));
    buffer_free(&shown);
    screen_free(&screen);
}

static const struct playlist_version *now(void)
{
    return playlist_now(&fixture.state.playlist);
}

/* An unsaved playlist of two tracks and an edited recipe of it, then a tour that starts, rates and makes its own. */
static void begin_tour(void)
{
    static const char *const lines[] = {"playlist new", "search rain",      "add 3",
                                        "close",        "pane suggestions", "rate good",
                                        "recipe",       "recipe make",      "recipe set artists=drop"};
    run_and_wait("search rain");
    run_and_wait("add 1");
    run_and_wait("add 2");
    run_and_wait("close");
    run_and_wait("rename Mine");
    run_and_wait("recipe");
    run_and_wait("recipe set years=1990..1999");
    run_and_wait("explore");
    use("step A\nsay a\ndo playlist new\nstep B\nsay b\n");
    run("tour");
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        run_and_wait(lines[i]);
    tour_done(&fixture.state.tour, NULL);
    assert_int_equal(now()->count, 1);
    assert_int_equal(fake_ratings(fixture.app), 1);
    assert_int_equal(fake_saved_tracks(fixture.app, "New playlist"), 1);
}

static void check_back(void)
{
    assert_string_equal(now()->name, "Mine");
    assert_int_equal(now()->count, 2);
    assert_false(now()->kept);
    assert_int_equal(fake_ratings(fixture.app), 0);
    assert_int_equal(fake_saved_tracks(fixture.app, "New playlist"), 0);
    const struct recipe_state *recipe = recipe_of(&fixture.state);
    assert_true(recipe->made && recipe->edited);
    assert_string_equal(recipe->recipe.name, "Mine");
    assert_int_equal(recipe->recipe.years.low, 1990);
    assert_false(recipe_is_of_other(&fixture.state));
}

/* The end of a tour puts back what was in hand, and removes what the tour has saved. */
static void test_puts_back(void **unused)
{
    (void)unused;
    begin_tour();
    press(KEYS_ESCAPE);
    fixture_settle(&fixture);
    assert_false(fixture.state.tour.open);
    check_back();
    run_and_wait("redo"); /* what the tour had can still be reached */
    assert_string_not_equal(now()->name, "Mine");
}

/* A playlist that the person has named during the tour stays. */
static void test_named_stays(void **unused)
{
    (void)unused;
    begin_tour();
    run_and_wait("explore");
    run_and_wait("playlist save Wanted");
    run_and_wait("tour end");
    assert_string_equal(now()->name, "Mine");
    assert_int_equal(fake_saved_tracks(fixture.app, "Wanted"), 1);
}

/* After a crash during the tour the next start has the playlist, and removes what the tour has saved. */
static void test_crash(void **unused)
{
    (void)unused;
    begin_tour();
    struct buffer json = {0};
    struct app *saved = fake_app_create();
    session_write(&fixture.state, 0, &json);
    assert_non_null(strstr(json.data, "\"Mine\""));
    fake_copy_playlists(saved, fixture.app);
    end(NULL);
    fixture_init(&fixture);
    fake_copy_playlists(fixture.app, saved);
    fake_app_destroy(saved);
    fake_set_session(fixture.app, json.data);
    buffer_free(&json);
    assert_int_equal(fake_saved_tracks(fixture.app, "New playlist"), 1);
    fixture_settle(&fixture);
    check_back();
}

/* Also when the session stores a playlist that is saved while the tour's is. */
static void test_stored_session(void **unused)
{
    (void)unused;
    begin_tour();
    run_and_wait("explore");
    run_and_wait("add 4");
    fixture.state.now += 10;
    fixture_settle(&fixture);
    const char *stored = fake_session(fixture.app);
    assert_non_null(strstr(stored, "\"Mine\""));
    assert_non_null(strstr(stored, "\"playlist\":0"));
    run_and_wait("quit");
    check_back();
}

/* The tour that comes with the program: every command exists, and every text fits at the smallest size. */
static void test_bundled_tour(void **unused)
{
    (void)unused;
    struct buffer path = {0}, text = {0};
    struct error error;
    assert_int_equal(asset_find("tour.txt", &path, &error), STATUS_OK);
    assert_int_equal(file_read(path.data, TOUR_FILE_MAX, &text, &error), STATUS_OK);
    use(text.data);
    for (size_t i = 0; i < fixture.state.tour.count; i++) {
        const struct tour_step *step = &fixture.state.tour.steps[i];
        bool known = true;
        for (size_t k = 0; k < step->n_needs; k++)
            known = known && command_named(step->needs[k]);
        int width = text_width(step->text, strlen(step->text)) + text_width(step->title, strlen(step->title));
        if (width > 126)
            print_message("%s: %d columns\n", step->title, width);
        assert_true(width <= 126 && step->text[0]);
        for (size_t k = 0; known && k < step->n_lines; k++)
            if (command_check(step->lines[k], &error) != STATUS_OK)
                fail_msg("%s: %s", step->title, error.text);
    }
    buffer_free(&text);
    buffer_free(&path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_file, begin, end),
        cmocka_unit_test_setup_teardown(test_keys, begin, end),
        cmocka_unit_test_setup_teardown(test_missing_commands, begin, end),
        cmocka_unit_test_setup_teardown(test_failure, begin, end),
        cmocka_unit_test_setup_teardown(test_puts_back, begin, end),
        cmocka_unit_test_setup_teardown(test_named_stays, begin, end),
        cmocka_unit_test_setup_teardown(test_crash, begin, end),
        cmocka_unit_test_setup_teardown(test_stored_session, begin, end),
        cmocka_unit_test_setup_teardown(test_bundled_tour, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
