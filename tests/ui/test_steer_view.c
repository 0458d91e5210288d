/* Steering under keys: sliders change the page, wishes are stored and removed, rejecting is undone, sorting keeps what
 * is marked, the session keeps the sliders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "shared_fixture.h"
#include "ui/session.h"
#include "ui/views/steer/steer.h"

static struct suggestions *suggestions(void)
{
    return &explore_of(&fixture.state)->suggestions;
}

static int64_t on_page(size_t at)
{
    return suggestions()->tracks.items[at]->id;
}

static double value_of(enum rerank_kind kind)
{
    return rerank_spec_value(&steer_of(&fixture.state)->spec, kind, NULL);
}

static void a_slider_changes_the_page(void **unused)
{
    (void)unused;
    int64_t before[PAGE_TRACKS];
    run_and_wait("add 1");
    for (size_t i = 0; i < PAGE_TRACKS; i++)
        before[i] = on_page(i);
    refused("steer move right", "not shown");
    run_and_wait("key z");
    assert_int_equal(fixture.state.overlay, VIEW_STEER);
    assert_int_equal(steer_row_count(&fixture.state), 7 + 3);
    run_and_wait("key L");
    assert_true(value_of(RERANK_NEW) == 0.5);
    assert_string_equal(suggestions()->steered, "less known");
    bool moved = false;
    for (size_t i = 0; i < PAGE_TRACKS; i++)
        moved = moved || before[i] != on_page(i);
    assert_true(moved);
    for (size_t i = 0; i < suggestions()->tracks.count; i++) /* each has the rank that the model gave it */
        assert_true(i >= PAGE_TRACKS || suggestions()->ranks[i] != (int32_t)i + 1 || before[i] == on_page(i));
    run_and_wait("key L");
    run_and_wait("key L");
    assert_true(value_of(RERANK_NEW) == 1);
    run_and_wait("key 0");
    assert_string_equal(suggestions()->steered, "");
    for (size_t i = 0; i < PAGE_TRACKS; i++)
        assert_int_equal(before[i], on_page(i));
    run_and_wait("key escape");
    assert_int_equal(fixture.state.overlay, VIEW_NONE);
}

static void send(enum event_type type, int row, int column)
{
    struct event event = {.type = type, .row = row, .column = column, .clicks = 1};
    struct error error;
    assert_int_equal(update_event(&fixture.state, &fixture.requested, &event, &error), STATUS_OK);
    fixture_settle(&fixture);
    layout_settle(&fixture.state);
}

static void the_mouse_moves_knobs(void **unused)
{
    (void)unused;
    run_and_wait("key z");
    const struct layout layout = layout_of(&fixture.state);
    const struct steer_layout mine = steer_layout(&fixture.state, &layout);
    double value;
    int first = 0, last = mine.columns;
    while (!steer_value_at(&mine, RERANK_NEW, first, &value))
        first++;
    while (!steer_value_at(&mine, RERANK_NEW, last, &value))
        last--;
    send(EVENT_CLICK, mine.list.row, last);
    assert_true(value_of(RERANK_NEW) == 1);
    send(EVENT_DRAG, mine.list.row, first);
    assert_true(value_of(RERANK_NEW) == -1);
    send(EVENT_CLICK, mine.list.row + 1, 3); /* a label only selects */
    assert_int_equal(steer_of(&fixture.state)->at.selected, 1);
    assert_true(value_of(RERANK_LIKE) == 0);
    send(EVENT_CLICK, mine.list.row, mine.columns + 5);
    assert_int_equal(fixture.state.overlay, VIEW_NONE);
}

static void one_key_clears_all(void **unused)
{
    (void)unused;
    run_and_wait("steer artists=1,like=audio:-0.5");
    assert_string_equal(suggestions()->steered, "≤1 per artist, unlike audio");
    for (size_t i = 0; i < PAGE_TRACKS; i++)
        for (size_t k = 0; k < i; k++)
            assert_true(suggestions()->tracks.items[i]->artist_id != suggestions()->tracks.items[k]->artist_id);
    run_and_wait("key Z");
    assert_string_equal(suggestions()->steered, "");
    assert_int_equal(steer_of(&fixture.state)->spec.count, 0);
    refused("steer artists=x", "whole number");
    refused("steer faster=1", "no re-ranking");
}

static void what_cannot_be_computed_is_left_out(void **unused)
{
    (void)unused;
    run_and_wait("steer like=clip:0.5,artists=2");
    assert_string_equal(suggestions()->steered, "≤2 per artist");
    assert_non_null(strstr(fixture.state.message, "without like=clip"));
    run_and_wait("key z"); /* and has a row, so that it can be removed */
    assert_int_equal(steer_row_count(&fixture.state), 7 + 4);
}

static void wishes_are_stored_and_removed(void **unused)
{
    (void)unused;
    int64_t artist = suggestions()->tracks.items[0]->artist_id;
    run_and_wait("never artist");
    assert_true(suggestions()->hidden > 0);
    for (size_t i = 0; i < suggestions()->tracks.count; i++)
        assert_true(suggestions()->tracks.items[i]->artist_id != artist);
    run_and_wait("more");
    assert_true(value_of(RERANK_WISHES) == 0.5);
    refused("never genre", "not track, album or artist");
    refused("less track here", "save the playlist first");
    run_and_wait("key z");
    assert_int_equal(steer_of(&fixture.state)->n_wishes, 2);
    run("key G");
    assert_non_null(steer_row(&fixture.state, steer_of(&fixture.state)->at.selected).wish);
    refused("steer move left", "no slider");
    run_and_wait("key x");
    assert_int_equal(steer_of(&fixture.state)->n_wishes, 1);
    assert_int_equal(suggestions()->hidden, 0);
    run("key G");
    run_and_wait("key x");
    assert_int_equal(steer_of(&fixture.state)->n_wishes, 0);
}

static void rejecting_is_undone(void **unused)
{
    (void)unused;
    run_and_wait("add 1");
    run("select 3");
    int64_t rejected = on_page(2), next = on_page(3);
    run_and_wait("key X");
    assert_int_equal(on_page(2), next);
    assert_int_equal(suggestions()->ranks[2], 4);
    run_and_wait("key X");
    assert_int_equal(playlist_now(&fixture.state.playlist)->n_rejected, 2);
    run_and_wait("undo");
    assert_non_null(strstr(fixture.state.message, "undone: rejected"));
    assert_int_equal(on_page(2), next);
    run_and_wait("undo");
    assert_int_equal(on_page(2), rejected);
    run_and_wait("redo");
    assert_int_equal(on_page(2), next);
    run_and_wait("add 1"); /* an edit keeps it away, another playlist does not */
    for (size_t i = 0; i < suggestions()->tracks.count; i++)
        assert_true(on_page(i) != rejected);
    run_and_wait("playlist new");
    assert_int_equal(playlist_now(&fixture.state.playlist)->n_rejected, 0);
    run("pane suggestions");
    run("add 1");
    run("pane playlist");
    refused("reject", "select a suggestion");
}

static void draws_have_numbers(void **unused)
{
    (void)unused;
    run_and_wait("refresh");
    assert_string_equal(suggestions()->steered, "draw 1");
    int64_t first = on_page(0), second = on_page(1);
    run_and_wait("refresh");
    assert_string_equal(suggestions()->steered, "draw 2");
    assert_true(on_page(0) != first || on_page(1) != second);
    run_and_wait("refresh 1");
    assert_true(on_page(0) == first && on_page(1) == second);
}

static void sorting_keeps_what_is_marked(void **unused)
{
    (void)unused;
    refused("sort tempo", "nothing to sort");
    run_and_wait("add page");
    run("pane playlist");
    run("select 3");
    run("key space");
    const int64_t locked = playlist_now(&fixture.state.playlist)->items[2]->id;
    run_and_wait("sort tempo");
    const struct playlist_version *sorted = playlist_now(&fixture.state.playlist);
    assert_int_equal(sorted->items[2]->id, locked);
    int64_t last = 0;
    for (size_t i = 0; i < sorted->count; i++) {
        assert_true(i == 2 || sorted->items[i]->id > last);
        last = i == 2 ? last : sorted->items[i]->id;
    }
    assert_non_null(strstr(fixture.state.message, "sorted by tempo"));
    run_and_wait("sort path gist");
    assert_non_null(strstr(fixture.state.message, "a path through gist, 6.2 long instead of 12.5"));
    run_and_wait("undo");
    assert_non_null(strstr(fixture.state.message, "undone: sorted by path"));
    refused("sort mood", "not \"mood\"");
    refused("sort year gist", "for similarity and path");
    run("sort energy"); /* the playlist changes before the result arrives */
    run("remove 1");
    fixture_settle(&fixture);
    assert_non_null(strstr(fixture.state.messages.lines[fixture.state.messages.count - 1], "has changed meanwhile"));
}

static void the_session_keeps_sliders_and_rejections(void **unused)
{
    (void)unused;
    struct buffer json = {0};
    struct error error;
    run_and_wait("add 1");
    run_and_wait("steer artists=2,like=audio:0.5,wishes=gist:0.3");
    run_and_wait("reject");
    session_write(&fixture.state, 1, &json);
    int64_t rejected = playlist_now(&fixture.state.playlist)->rejected[0];
    struct fixture other;
    fixture_init(&other);
    fake_set_session(other.app, json.data);
    fixture_settle(&other);
    struct rerank_spec spec;
    char text[RERANK_SPEC_SIZE];
    rerank_spec_write(&steer_of(&other.state)->spec, text);
    assert_string_equal(text, "like=audio:0.5,wishes=gist:0.3,artists=2");
    assert_int_equal(playlist_now(&other.state.playlist)->n_rejected, 1);
    assert_int_equal(playlist_now(&other.state.playlist)->rejected[0], rejected);
    assert_string_equal(explore_of(&other.state)->suggestions.steered, "≤2 per artist, wishes by gist, like audio");
    assert_int_equal(rerank_spec_read(text, &spec, &error), STATUS_OK);
    fixture_free(&other);
    buffer_free(&json);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_slider_changes_the_page),
        TEST(the_mouse_moves_knobs),
        TEST(one_key_clears_all),
        TEST(what_cannot_be_computed_is_left_out),
        TEST(wishes_are_stored_and_removed),
        TEST(rejecting_is_undone),
        TEST(draws_have_numbers),
        TEST(sorting_keeps_what_is_marked),
        TEST(the_session_keeps_sliders_and_rejections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
