/* Recipe under keys, typed values, mouse and wrong input: edits change the counts, tracks are added and undone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "shared_fixture.h"
#include "ui/session.h"
#include "ui/views/recipe/recipe_view.h"

static struct recipe_state *mine(void)
{
    return recipe_of(&fixture.state);
}

static int64_t candidates(void)
{
    return mine()->answer.counts.candidates;
}

static void open_recipe(void)
{
    run_and_wait("search rain");
    run_and_wait("mark all");
    run_and_wait("add");
    run_and_wait("rename Rain");
    run_and_wait("recipe");
    assert_true(mine()->made && mine()->answered);
}

static void test_without_playlist(void **unused)
{
    (void)unused;
    run_and_wait("recipe");
    assert_false(mine()->made);
    refused("recipe loosen", "no recipe yet");
    refused("recipe save x", "no recipe yet");
    refused("recipe make", "playlist is empty");
    refused("add", "no candidates");
    refused("select next", "no recipe yet");
    run_and_wait("recipe open nothing");
    assert_false(mine()->made);
    run_and_wait("search rain"); /* a playlist that is made while the tab is open gets its recipe */
    run_and_wait("add 1");
    run_and_wait("recipe");
    assert_true(mine()->made);
    assert_int_equal(mine()->recipe.n_tracks, 1);
}

/* The number beside a constraint is what dropping it brings. */
static void test_drop_adds_what_it_says(void **unused)
{
    (void)unused;
    open_recipe();
    for (int c = 0; c < recipe_constraints(&mine()->recipe); c++) {
        char line[64];
        if (recipe_rule_of(&mine()->recipe, c)->dropped)
            continue;
        const int64_t before = candidates(), added = mine()->answer.counts.effects[c].added;
        snprintf(line, sizeof line, "select %d", c + 1);
        run(line);
        run_and_wait("key d");
        assert_int_equal(candidates(), before + added);
        assert_int_equal(mine()->answer.counts.effects[c].removed, added);
        run_and_wait("key d");
        assert_int_equal(candidates(), before);
    }
    assert_true(mine()->edited);
}

static void test_edits(void **unused)
{
    (void)unused;
    open_recipe();
    run("select energy");
    const int64_t before = candidates();
    run_and_wait("key +");
    run_and_wait("recipe loosen 20");
    assert_true(candidates() >= before);
    run("key e");
    run("key ctrl+u");
    run("type 0.2..0.3");
    assert_false(mine()->recipe.attributes[0].fixed); /* not before Enter */
    run_and_wait("key enter");
    assert_true(mine()->recipe.attributes[0].fixed && mine()->recipe.attributes[0].high == 0.3);
    run("key e");
    run("key ctrl+u");
    run("type loud");
    refused("input accept", "0.4..0.8");
    assert_int_equal(mine()->typing, RECIPE_TYPES_VALUE);
    run("key escape");
    assert_int_equal(mine()->typing, RECIPE_TYPES_NOTHING);
    run("key L");
    refused("recipe edit", "locked");
    refused("recipe loosen", "locked");
    refused("recipe set energy=drop", "locked");
    run_and_wait("key r"); /* made again: the locked one stays */
    assert_true(mine()->recipe.attributes[0].fixed && mine()->recipe.attributes[0].rule.locked);
    run("select years");
    const int64_t release = candidates();
    run_and_wait("key Y");
    assert_true(mine()->recipe.years.earliest);
    run_and_wait("key Y");
    assert_int_equal(candidates(), release);
    run_and_wait("key D");
    assert_true(!mine()->recipe.years.doubtful_known && candidates() <= release);
    run_and_wait("recipe set genres=drop");
    refused("recipe set nothing=1", "no constraint");
    refused("recipe loosen 0", "");
}

static void test_unknown(void **unused)
{
    (void)unused;
    open_recipe();
    run_and_wait("recipe set artists=drop");
    run("select tempo");
    const struct recipe_effect *effect = &mine()->answer.counts.effects[RECIPE_FIRST_ATTRIBUTE + 2];
    const int64_t before = candidates(), unknown = effect->unknown;
    assert_true(unknown > 0);
    run_and_wait("key x");
    assert_int_equal(candidates(), before + unknown);
    run_and_wait("key x");
    assert_int_equal(candidates(), before);
}

static void test_adding(void **unused)
{
    (void)unused;
    open_recipe();
    run_and_wait("recipe set artists=drop");
    run_and_wait("recipe set genres=drop");
    const size_t tracks = playlist_now(&fixture.state.playlist)->count;
    const int64_t before = candidates(), first = mine()->tracks.items[0]->id;
    assert_true(before > 3);
    run("pane tracks");
    run_and_wait("key enter");
    assert_int_equal(playlist_now(&fixture.state.playlist)->count, tracks + 1);
    assert_int_equal(playlist_now(&fixture.state.playlist)->items[tracks]->id, first);
    assert_int_equal(candidates(), before - 1);
    assert_int_not_equal(mine()->tracks.items[0]->id, first);
    run_and_wait("key u");
    assert_int_equal(candidates(), before);
    assert_int_equal(mine()->tracks.items[0]->id, first);
    const size_t shown = mine()->tracks_at.rows;
    run_and_wait("key a");
    assert_int_equal(playlist_now(&fixture.state.playlist)->count, tracks + shown);
    run_and_wait("key u"); /* one step */
    assert_int_equal(playlist_now(&fixture.state.playlist)->count, tracks);
    refused("add 5000", "past the last");
}

/* Keys that are typed ahead act on the new candidates, never on old ones. */
static void test_type_ahead(void **unused)
{
    (void)unused;
    static const int32_t keys[] = {KEYS_ENTER, KEYS_ENTER};
    struct error error;
    open_recipe();
    run_and_wait("recipe set artists=drop");
    run("pane tracks");
    const int64_t wanted[] = {mine()->tracks.items[0]->id, mine()->tracks.items[1]->id};
    for (size_t i = 0; i < 2; i++) {
        struct event key = {.type = EVENT_KEY, .key = keys[i]};
        assert_int_equal(update_event(&fixture.state, &fixture.requested, &key, &error), STATUS_OK);
    }
    fixture_settle(&fixture);
    const struct playlist_version *playlist = playlist_now(&fixture.state.playlist);
    assert_int_equal(playlist->items[playlist->count - 2]->id, wanted[0]);
    assert_int_equal(playlist->items[playlist->count - 1]->id, wanted[1]);
}

static void test_suggestions(void **unused)
{
    (void)unused;
    open_recipe();
    run_and_wait("recipe set artists=drop");
    assert_true(mine()->n_suggested > 0);
    const size_t passing = mine()->passing.count;
    assert_true(passing > 0 && passing < mine()->n_suggested);
    run("key f");
    assert_ptr_equal(recipe_shown(&fixture.state), &mine()->passing);
    for (size_t i = 1; i < passing; i++)
        assert_true(mine()->ranks[i] > mine()->ranks[i - 1]);
    run_and_wait("recipe set energy=5..6");
    assert_int_equal(mine()->passing.count, 0);
    refused("add", "no suggestion passes");
    run("key escape");
    assert_false(mine()->filters);
}

static void test_saving(void **unused)
{
    (void)unused;
    open_recipe();
    run_and_wait("recipe set years=1990..1999");
    run("key s");
    run_and_wait("key enter");
    assert_false(mine()->edited);
    run_and_wait("recipe set years=1980..1989");
    fake_fail_recipes(fixture.app, "the disk is full");
    run_and_wait("recipe save Rain");
    assert_true(mine()->edited && strstr(fixture.state.message, "the disk is full"));
    fake_fail_recipes(fixture.app, NULL);
    run_and_wait("recipe open Rain");
    assert_int_equal(mine()->recipe.years.low, 1990);
    run_and_wait("recipe save Other");
    run_and_wait("key o");
    run_and_wait("key enter");
    assert_string_equal(mine()->recipe.name, "Rain");
    run_and_wait("recipe delete Rain");
    run_and_wait("recipe delete Rain");
    assert_true(fixture.state.message_warning);
    refused("recipe delete", "needs");
    refused("recipe export", "needs");
}

/* Edits that are not saved come back with the session; a damaged part of it is ignored. */
static void test_session(void **unused)
{
    (void)unused;
    open_recipe();
    run_and_wait("recipe set years=1990..1999;lock");
    struct buffer json = {0};
    session_write(&fixture.state, 0, &json);
    for (int damaged = 0; damaged < 2; damaged++) {
        end(NULL);
        fixture_init(&fixture);
        char *years = strstr(json.data, "1990");
        assert_non_null(years);
        years[0] = damaged ? '9' : '1';
        fake_set_session(fixture.app, json.data);
        fixture_settle(&fixture);
        assert_int_equal(fixture.state.view, VIEW_RECIPE);
        assert_true(mine()->made);
        assert_int_equal(mine()->edited && mine()->recipe.years.low == 1990, !damaged);
    }
    buffer_free(&json);
}

static bool shows(const char *text)
{
    struct screen screen;
    struct error error;
    struct buffer shown = {0};
    assert_int_equal(screen_create(24, 80, &screen, &error), STATUS_OK);
    view_draw(&fixture.state, &screen);
    screen_dump(&screen, &shown);
    const bool found = strstr(shown.data, text) != NULL;
    buffer_free(&shown);
    screen_free(&screen);
    return found;
}

static void open_other(void)
{
    run_and_wait("playlist new");
    run_and_wait("search rain");
    run_and_wait("add 1");
    run_and_wait("close");
    run_and_wait("rename Other");
}

/* Another playlist gets its own recipe, if that loses no edits; otherwise the screen says whose recipe it is. */
static void test_other_playlist(void **unused)
{
    (void)unused;
    open_recipe();
    assert_false(shows("songs go to"));
    open_other();
    run_and_wait("recipe");
    assert_string_equal(mine()->recipe.name, "Other");
    assert_int_equal(mine()->recipe.n_tracks, 1);
    run_and_wait("recipe set years=1990..1999");
    assert_false(shows("songs go to"));
    run_and_wait("playlist new");
    run_and_wait("search rain");
    run_and_wait("add 2");
    run_and_wait("close");
    run_and_wait("rename Third");
    run_and_wait("recipe");
    assert_string_equal(mine()->recipe.name, "Other");
    assert_int_equal(mine()->recipe.years.low, 1990);
    assert_true(shows("songs go to Third; r makes it of that"));
    struct buffer json = {0};
    session_write(&fixture.state, 0, &json);
    end(NULL);
    fixture_init(&fixture);
    fake_set_session(fixture.app, json.data);
    buffer_free(&json);
    fixture_settle(&fixture);
    assert_true(shows("Recipe of Other") && shows("songs go to"));
    run_and_wait("key r");
    assert_false(shows("songs go to"));
    assert_string_equal(mine()->recipe.name, playlist_now(&fixture.state.playlist)->name);
}

/* Also if it is opened while the recipe is shown; a failure is not repeated without end. */
static void test_other_while_shown(void **unused)
{
    (void)unused;
    open_recipe();
    open_other();
    run_and_wait("recipe");
    run_and_wait("undo");
    fake_fail_recipes(fixture.app, "the disk is full");
    while (strcmp(playlist_now(&fixture.state.playlist)->name, "Rain") != 0)
        run_and_wait("undo");
    assert_string_equal(mine()->recipe.name, "Other");
    assert_true(shows("songs go to Rain"));
    fake_fail_recipes(fixture.app, NULL);
    run_and_wait("key r");
    assert_string_equal(mine()->recipe.name, "Rain");
}

/* Few candidates: the screen says which constraint to drop. A dropped one says what using it removes. */
static void test_few_candidates(void **unused)
{
    (void)unused;
    open_recipe();
    run_and_wait("recipe set artists=drop");
    run_and_wait("recipe set genres=drop");
    assert_true(candidates() > 3);
    assert_false(shows("Few tracks pass"));
    run_and_wait("recipe set energy=5..6");
    assert_int_equal(candidates(), 0);
    assert_true(shows("Select energy"));
    run_and_wait("recipe set energy=drop");
    assert_true(candidates() > 3);
}

/* A range of deviations ends where values do; a typed one is shown as it was typed. */
static void test_ranges_end_where_values_do(void **unused)
{
    (void)unused;
    open_recipe();
    struct recipe recipe = mine()->recipe;
    const int energy = recipe_constraint_find(&recipe, "energy");
    struct recipe_attribute *attribute = &recipe.attributes[energy - RECIPE_FIRST_ATTRIBUTE];
    struct buffer text = {0};
    attribute->fixed = false;
    attribute->mean = 0.5;
    attribute->deviation = 0.75;
    attribute->deviations = 1;
    recipe_describe_value(&recipe, energy, 4, &text);
    assert_null(strstr(text.data, "1.25"));
    assert_null(strstr(text.data, "0.25"));
    buffer_clear(&text);
    attribute->fixed = true;
    attribute->low = -2;
    attribute->high = 1.25;
    recipe_describe_value(&recipe, energy, 4, &text);
    assert_non_null(strstr(text.data, "1.25"));
    buffer_free(&text);
}

/* At each size a click selects what is drawn there, and nothing is drawn into the last lines. */
static void test_mouse(void **unused)
{
    (void)unused;
    static const char *const sizes[] = {"resize 80x24",  "resize 100x30",  "resize 120x36", "resize 160x50",
                                        "resize 200x55", "resize 400x120", "resize 80x120", "resize 400x24"};
    open_recipe();
    run_and_wait("recipe set artists=drop");
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        run(sizes[s]);
        run("pane form");
        run("select first");
        const struct layout layout = layout_of(&fixture.state);
        const struct recipe_layout at = recipe_layout(&fixture.state, &layout);
        assert_true(at.detail_row + at.detail_rows <= layout.body_end && at.detail_rows >= 3);
        assert_true(list_items(&at.form) >= 5 && list_items(&at.tracks) >= 4);
        for (int item = 0; item < list_items(&at.form) && item < recipe_constraints(&mine()->recipe); item++) {
            char line[64];
            snprintf(line, sizeof line, "click %d %d", list_item_row(&at.form, &mine()->form_at, (size_t)item), 5);
            run(line);
            assert_int_equal(mine()->form_at.selected, item);
        }
        char line[64];
        snprintf(line, sizeof line, "click %d %d", list_item_row(&at.tracks, &mine()->tracks_at, 2),
                 at.right_column + 3);
        run(line);
        assert_int_equal(mine()->tracks_at.selected, 2);
        assert_int_equal(mine()->pane, RECIPE_TRACKS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_without_playlist, begin, end),
        cmocka_unit_test_setup_teardown(test_drop_adds_what_it_says, begin, end),
        cmocka_unit_test_setup_teardown(test_edits, begin, end),
        cmocka_unit_test_setup_teardown(test_unknown, begin, end),
        cmocka_unit_test_setup_teardown(test_adding, begin, end),
        cmocka_unit_test_setup_teardown(test_type_ahead, begin, end),
        cmocka_unit_test_setup_teardown(test_suggestions, begin, end),
        cmocka_unit_test_setup_teardown(test_saving, begin, end),
        cmocka_unit_test_setup_teardown(test_session, begin, end),
        cmocka_unit_test_setup_teardown(test_other_playlist, begin, end),
        cmocka_unit_test_setup_teardown(test_other_while_shown, begin, end),
        cmocka_unit_test_setup_teardown(test_few_candidates, begin, end),
        cmocka_unit_test_setup_teardown(test_ranges_end_where_values_do, begin, end),
        cmocka_unit_test_setup_teardown(test_mouse, begin, end),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
