/* Twin covers under keys and mouse: searching, embeddings, similar covers and back, and wrong input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "shared_fixture.h"
#include "ui/views/gallery/similar.h"
#include "ui/views/gallery/twins.h"

static struct twins_state *twins(void)
{
    return twins_of(&fixture.state);
}

static int64_t left_album(void)
{
    return twins()->twins.albums.items[2 * twins()->at.selected].id;
}

static void test_keys(void **unused)
{
    (void)unused;
    refused("twins add", "not shown");
    refused("twins similar", "not shown");
    refused("twins nothing", "no embedding \"nothing\"");
    run("key T"); /* shown at once, without pairs */
    assert_int_equal(fixture.state.overlay, VIEW_TWINS);
    assert_int_equal(twins()->twins.count, 0);
    refused("select first", "no pairs");
    fixture_settle(&fixture);
    layout_settle(&fixture.state);
    assert_int_equal(twins()->twins.count, FAKE_ALBUMS / 2);
    run("key j");
    assert_int_equal(twins()->at.selected, 1);
    run_and_wait("key a");
    assert_int_equal(playlist_now(&fixture.state.playlist)->items[0]->album_id, left_album());
    run("key G");
    assert_int_equal(twins()->at.selected, FAKE_ALBUMS / 2 - 1);
    run("page previous");
    assert_true(twins()->at.selected < FAKE_ALBUMS / 2 - 1);
    refused("page 3", "not next or previous");
    refused("pane next", "no panes");
    refused("add 2", "no numbers");
}

/* Keys that are typed ahead act on the pairs, and the explorer is not blocked meanwhile. */
static void test_type_ahead(void **unused)
{
    (void)unused;
    static const int32_t keys[] = {'T', 'j', 'j', 'a'};
    struct error error;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct event key = {.type = EVENT_KEY, .key = keys[i]};
        assert_int_equal(update_event(&fixture.state, &fixture.requested, &key, &error), STATUS_OK);
    }
    fixture_settle(&fixture);
    assert_int_equal(twins()->at.selected, 2);
    assert_int_equal(playlist_now(&fixture.state.playlist)->items[0]->album_id, left_album());
}

/* A search is requested once for a set, and again after it failed. */
static void test_embeddings(void **unused)
{
    (void)unused;
    run("twins");
    const uint64_t requested = fixture.state.wanted[EFFECT_TWINS];
    run("close");
    run("twins");
    fixture_settle(&fixture);
    run("close");
    run_and_wait("twins");
    assert_int_equal(fixture.state.wanted[EFFECT_TWINS], requested);
    assert_string_equal(twins()->set, "gist");
    const int64_t first = left_album();
    run("key S");
    run("key S"); /* back before the other set has an answer */
    fixture_settle(&fixture);
    assert_string_equal(twins()->set, "gist");
    assert_int_equal(left_album(), first);
    fake_random_weights(fixture.app);
    run_and_wait("twins gray16");
    assert_int_not_equal(left_album(), first);
    assert_true(twins()->twins.random_weights);
    fake_without_clip(fixture.app);
    run_and_wait("twins next");
    assert_true(twins()->failure[0] != '\0' && twins()->twins.count == 0);
    refused("twins add", "no pairs");
    const uint64_t failed = fixture.state.wanted[EFFECT_TWINS];
    run_and_wait("twins");
    assert_true(fixture.state.wanted[EFFECT_TWINS] > failed);
}

static void test_similar_and_back(void **unused)
{
    (void)unused;
    run_and_wait("twins gray16");
    run("select last");
    const int64_t album = left_album();
    run_and_wait("key enter");
    assert_int_equal(fixture.state.overlay, VIEW_SIMILAR);
    assert_int_equal(similar_of(&fixture.state)->at.of.id, album);
    assert_string_equal(similar_of(&fixture.state)->set, "gray16");
    run("key escape");
    assert_int_equal(fixture.state.overlay, VIEW_TWINS);
    assert_int_equal(left_album(), album);
    run("key q");
    assert_int_equal(fixture.state.overlay, VIEW_NONE);
}

/* At each size a click selects the pair that is drawn there, and covers end before the next pair and the last line. */
static void test_mouse(void **unused)
{
    (void)unused;
    static const char *const sizes[] = {"resize 80x24",  "resize 100x30",  "resize 120x36", "resize 160x50",
                                        "resize 200x55", "resize 400x120", "resize 80x120", "resize 400x24"};
    run_and_wait("twins");
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        run(sizes[s]);
        run("select first");
        const struct layout layout = layout_of(&fixture.state);
        const struct twins_layout at = twins_layout(&fixture.state, &layout);
        assert_true(list_items(&at.list) >= 4);
        for (int item = 0; item < list_items(&at.list) && item < FAKE_ALBUMS / 2; item++) {
            const int row = list_item_row(&at.list, &twins()->at, (size_t)item);
            char line[64];
            assert_true(row + at.cover_rows <= at.text_row);
            snprintf(line, sizeof line, "click %d %d", row + 1, at.list.column + 3);
            run(line);
            assert_int_equal(twins()->at.selected, item);
        }
    }
    run("resize 80x24");
    run("select first");
    const struct layout layout = layout_of(&fixture.state);
    const struct twins_layout at = twins_layout(&fixture.state, &layout);
    char line[64];
    snprintf(line, sizeof line, "click %d %d", at.list.row + at.list.rows - 1, at.list.bar_column);
    run(line);
    assert_true(twins()->at.selected > FAKE_ALBUMS / 4);
    snprintf(line, sizeof line, "click %d %d 2", at.list.row, at.list.column + 3);
    run_and_wait(line);
    assert_int_equal(fixture.state.overlay, VIEW_SIMILAR);
    run("close");
    run("twins");
    run("click 0 3");
    assert_int_equal(fixture.state.overlay, VIEW_NONE);
}

int main(void)
{
#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_keys),       WITH_FIXTURE(test_type_ahead),
        WITH_FIXTURE(test_embeddings), WITH_FIXTURE(test_similar_and_back),
        WITH_FIXTURE(test_mouse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
