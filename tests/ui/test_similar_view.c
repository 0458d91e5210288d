/* Similar covers under keys and mouse: from each view, on and back, other embeddings, and wrong input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "shared_fixture.h"
#include "ui/views/gallery/similar.h"

static struct similar_state *similar(void)
{
    return similar_of(&fixture.state);
}

static void test_from_every_view(void **unused)
{
    (void)unused;
    refused("similar move left", "not shown");
    refused("similar back", "not shown");
    refused("similar add", "not shown");
    run_and_wait("search rain");
    const struct track *track = explore_selected_track(&fixture.state);
    run_and_wait("similar");
    assert_int_equal(fixture.state.overlay, VIEW_SIMILAR);
    assert_int_equal(similar()->at.of.id, track->album_id);
    assert_int_equal(similar()->albums.count, SIMILAR_MAX);
    run("close");
    assert_int_equal(fixture.state.overlay, VIEW_NONE);
    run_and_wait("map");
    run_and_wait("map artist 3");
    int64_t on_map = map_selected_album(&fixture.state)->id;
    run_and_wait("key c");
    assert_int_equal(similar()->at.of.id, on_map);
    run("close");
    run_and_wait("failures");
    run_and_wait("pane held-out");
    run_and_wait("similar gray16");
    const struct failures_state *failures = failures_of(&fixture.state);
    assert_int_equal(similar()->at.of.id, failures->opened.held_out.items[failures->held_out_at.selected].album_id);
    assert_string_equal(similar()->set, "gray16");
    run("close");
}

static void test_on_and_back(void **unused)
{
    (void)unused;
    run_and_wait("map");
    run_and_wait("similar");
    refused("similar back", "first cover");
    int64_t path[80];
    size_t n = 0;
    for (; n < 80; n++) { /* more than are remembered */
        path[n] = similar()->at.of.id;
        run_and_wait("similar move right");
        int64_t next = similar()->albums.items[similar()->at.selected - 1].id;
        run_and_wait("similar");
        assert_int_equal(similar()->at.of.id, next);
        assert_int_equal(similar()->at.selected, 1);
    }
    assert_int_equal(similar()->n_back, SIMILAR_BACK_MAX);
    for (size_t i = 0; i < SIMILAR_BACK_MAX; i++) {
        run_and_wait("similar back");
        assert_int_equal(similar()->at.of.id, path[--n]);
        assert_int_equal(similar()->at.selected, 2);
    }
    refused("similar back", "first cover");
    run("select first");
    refused("similar", "arrows select another");
}

static void test_embeddings(void **unused)
{
    (void)unused;
    refused("similar nothing", "no embedding \"nothing\"");
    run_and_wait("map");
    run_and_wait("similar");
    assert_string_equal(similar()->set, "gist");
    int64_t of = similar()->at.of.id, nearest = similar()->albums.items[0].id;
    run_and_wait("key S");
    assert_string_equal(similar()->set, "gray16");
    assert_int_equal(similar()->at.of.id, of);
    assert_int_not_equal(similar()->albums.items[0].id, nearest);
    assert_int_equal(similar()->n_back, 0);
    run_and_wait("similar next");
    assert_string_equal(similar()->set, "gist");
    fake_random_weights(fixture.app);
    run_and_wait("similar gray16");
    assert_true(similar()->random_weights);
}

/* At the smallest size and at the largest: each card is on the screen, and a click selects what is drawn there. */
static void test_mouse(void **unused)
{
    (void)unused;
    static const char *const sizes[] = {"resize 80x24",  "resize 100x30",  "resize 120x36", "resize 160x50",
                                        "resize 200x55", "resize 400x120", "resize 80x120", "resize 400x24"};
    run_and_wait("map");
    run_and_wait("similar");
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        run(sizes[s]);
        const struct layout layout = layout_of(&fixture.state);
        const struct similar_layout mine = similar_layout(&fixture.state, &layout);
        const size_t count = similar_count(&fixture.state, &mine);
        assert_true(count >= 13);
        for (size_t at = 0; at < count; at++) {
            int row = mine.top + (int)at / mine.columns * mine.row_pitch,
                column = mine.column + (int)at % mine.columns * mine.column_pitch;
            assert_true(row + mine.cover_rows + SIMILAR_TEXT_ROWS <= mine.text_row);
            assert_true(column + 2 * mine.cover_rows < fixture.state.columns);
            char line[64];
            snprintf(line, sizeof line, "click %d %d", row + 1, column + 1);
            run(line);
            assert_int_equal(similar()->at.selected, at);
        }
    }
    run("resize 80x24");
    int64_t second = similar()->albums.items[1].id;
    const struct layout layout = layout_of(&fixture.state);
    const struct similar_layout mine = similar_layout(&fixture.state, &layout);
    char line[64];
    snprintf(line, sizeof line, "click %d %d 2", mine.top, mine.column + 2 * mine.column_pitch);
    run_and_wait(line);
    assert_int_equal(similar()->at.of.id, second);
    run("click 0 3");
    assert_int_equal(fixture.state.overlay, VIEW_NONE);
}

/* What is selected is added, and keys typed ahead act on the result. */
static void test_add_and_type_ahead(void **unused)
{
    (void)unused;
    static const int32_t keys[] = {'c', 'l', 'a'};
    struct error error;
    run_and_wait("map");
    for (size_t i = 0; i < 3; i++) {
        struct event key = {.type = EVENT_KEY, .key = keys[i]};
        assert_int_equal(update_event(&fixture.state, &fixture.requested, &key, &error), STATUS_OK);
    }
    fixture_settle(&fixture);
    assert_int_equal(similar()->at.selected, 2);
    assert_int_equal(playlist_now(&fixture.state.playlist)->count, 1);
    assert_int_equal(playlist_now(&fixture.state.playlist)->items[0]->album_id, similar()->albums.items[1].id);
    run("undo");
    assert_int_equal(playlist_now(&fixture.state.playlist)->count, 0);
    refused("add 3", "no numbers");
    refused("page next", "one page");
    refused("pane next", "no panes");
    refused("similar move sideways", "not up, down, left or right");
}

int main(void)
{
#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_from_every_view), WITH_FIXTURE(test_on_and_back),        WITH_FIXTURE(test_embeddings),
        WITH_FIXTURE(test_mouse),           WITH_FIXTURE(test_add_and_type_ahead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
