/* The contact sheet under keys and mouse, with pixels and without; its picture; similar covers from it and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "shared_fixture.h"
#include "ui/pictures.h"
#include "ui/views/gallery/sheet.h"
#include "ui/views/gallery/similar.h"

static struct sheet_state *sheet(void)
{
    return sheet_of(&fixture.state);
}

static void pixels(bool on)
{
    fixture.state.pixel_images = on;
    fixture.state.cell_width = 9;
    fixture.state.cell_height = 18;
}

static void test_keys(void **unused)
{
    (void)unused;
    pixels(true);
    refused("sheet move left", "not shown");
    refused("sheet add", "not shown");
    refused("sheet by-size", "not next, map");
    refused("sheet set nothing", "no embedding");
    run_and_wait("key O");
    assert_int_equal(fixture.state.overlay, VIEW_SHEET);
    assert_int_equal(sheet()->order, SHEET_COLOUR);
    assert_int_equal(sheet()->sheet.albums.count, FAKE_ALBUMS);
    for (int i = 0; i < 20; i++)
        run("key l");
    assert_int_equal(sheet()->column, sheet()->sheet.columns - 1);
    run("key G");
    assert_null(sheet_album(&fixture.state)); /* 9 x 9 cells, 80 covers */
    refused("sheet add", "no cover here");
    refused("similar", "no album is selected");
    run("key h");
    const int64_t album = sheet_album(&fixture.state)->id;
    run_and_wait("key t");
    assert_int_equal(sheet()->order, SHEET_RANDOM);
    assert_int_equal(sheet_album(&fixture.state)->id, album); /* it stays selected */
    run_and_wait("key a");
    assert_int_equal(playlist_now(&fixture.state.playlist)->items[0]->album_id, album);
    run_and_wait("key S");
    assert_int_equal(sheet()->order, SHEET_SIMILARITY);
    const uint64_t version = sheet()->version;
    run("close");
    run_and_wait("sheet");
    assert_int_equal(sheet()->version, version); /* it is shown again as it was */
}

static void test_similar_and_back(void **unused)
{
    (void)unused;
    run_and_wait("sheet");
    run("sheet move right");
    const int64_t album = sheet_album(&fixture.state)->id;
    run_and_wait("key enter");
    assert_int_equal(fixture.state.overlay, VIEW_SIMILAR);
    assert_int_equal(similar_of(&fixture.state)->at.of.id, album);
    run("key escape");
    assert_int_equal(fixture.state.overlay, VIEW_SHEET);
    run("key escape");
    assert_int_equal(fixture.state.overlay, VIEW_NONE);
    run_and_wait("map");
    run_and_wait("similar");
    run("key escape");
    assert_int_equal(fixture.state.overlay, VIEW_NONE);
}

/* A click selects what is under it, wherever that is on the screen. */
static void click_all(void)
{
    const struct layout layout = layout_of(&fixture.state);
    struct sheet_layout at = sheet_layout(&fixture.state, &layout);
    assert_true(at.top + at.rows <= layout.body_end && at.column + at.columns < at.panel_column);
    assert_true(at.panel_column + at.panel_columns < fixture.state.columns && at.panel_columns >= 26);
    for (int row = 0; row < at.rows; row += 3)
        for (int column = 0; column < at.columns; column += 5) {
            char line[64];
            at = sheet_layout(&fixture.state, &layout);
            const int first = at.first;
            snprintf(line, sizeof line, "click %d %d", at.top + row, at.column + column);
            run(line);
            int below = at.edge > 0 ? (row * 18 + 9) / at.edge : row / at.cells + first;
            int beside = at.edge > 0 ? (2 * column + 1) * 9 / 2 / at.edge : column / (2 * at.cells);
            assert_int_equal(sheet()->row, below < sheet()->sheet.rows ? below : sheet()->sheet.rows - 1);
            assert_int_equal(sheet()->column, beside < sheet()->sheet.columns ? beside : sheet()->sheet.columns - 1);
        }
}

static void test_mouse(void **unused)
{
    (void)unused;
    static const char *const sizes[] = {"resize 80x24",  "resize 100x30", "resize 120x36",
                                        "resize 200x55", "resize 80x90",  "resize 300x24"};
    for (int with_pixels = 0; with_pixels < 2; with_pixels++) {
        pixels(with_pixels);
        run("resize 200x55");
        run_and_wait("sheet");
        for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
            run(sizes[s]);
            pixels(with_pixels);
            click_all();
        }
        run("click 0 0");
        assert_int_equal(fixture.state.overlay, VIEW_NONE);
    }
}

static void test_failure(void **unused)
{
    (void)unused;
    fake_without_clip(fixture.app);
    run_and_wait("sheet");
    assert_true(sheet()->failure[0] != '\0');
    refused("select first", "no covers");
    refused("sheet move up", "no covers");
    refused("page next", "one page");
    refused("add 2", "no numbers");
    run("click 5 5");
}

/* The picture has the size of its rectangle, and is drawn again when the cursor moves, and only then. */
static void test_picture(void **unused)
{
    (void)unused;
    struct pictures *pictures;
    struct screen screen;
    struct error error;
    struct image image, moved;
    pixels(true);
    run_and_wait("sheet");
    assert_int_equal(pictures_create(fixture.app, &pictures, &error), STATUS_OK);
    assert_int_equal(screen_create(24, 80, &screen, &error), STATUS_OK);
    view_draw(&fixture.state, &screen);
    const struct image_rect *rect = &screen.images[0];
    assert_int_equal(rect->reference.id, IMAGE_MAP_SHEET);
    const struct image_source source = pictures_source(pictures);
    const int width = rect->columns * 9, height = rect->rows * 18;
    uint64_t version = pictures_set_map(pictures, &fixture.state, rect);
    int made = 0;
    for (;; image_free(&image)) {
        assert_int_equal(source.pixels(source.context, &rect->reference, width, height, &image, &error), STATUS_OK);
        made++;
        uint64_t next = pictures_set_map(pictures, &fixture.state, rect);
        if (next == version)
            break;
        version = next;
    }
    assert_in_range(made, 1, FAKE_ALBUMS + 1);
    assert_true(image.width == width && image.height == height);
    run("sheet move right");
    assert_true(pictures_set_map(pictures, &fixture.state, rect) != version);
    assert_int_equal(source.pixels(source.context, &rect->reference, width, height, &moved, &error), STATUS_OK);
    assert_memory_not_equal(image.rgb, moved.rgb, 3 * (size_t)width * (size_t)height);
    image_free(&image);
    image_free(&moved);
    screen_free(&screen);
    pictures_destroy(pictures);
}

int main(void)
{
#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_keys),    WITH_FIXTURE(test_similar_and_back), WITH_FIXTURE(test_mouse),
        WITH_FIXTURE(test_failure), WITH_FIXTURE(test_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
