/* Frames, checked by the bytes that would be sent to the terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/random.h"
#include "fake_terminal.h"
#include "sample_pictures.h"
#include "ui/terminal/frame.h"
#include "ui/terminal/terminal_info.h"

enum { ROWS = 24, COLUMNS = 80, CELL_WIDTH = 6, CELL_HEIGHT = 13 };

struct stage {
    struct fake_terminal fake;
    struct frame frame;
    struct display display;
    struct screen screen;
    struct workers *workers;
    struct image_service *images;
    struct buffer out;
};

static void stage_begin(struct stage *stage, enum image_mode mode, int colours)
{
    *stage = (struct stage){.display = {.rows = ROWS,
                                        .columns = COLUMNS,
                                        .cell_width = CELL_WIDTH,
                                        .cell_height = CELL_HEIGHT,
                                        .images = mode,
                                        .utf8 = true,
                                        .synchronised = true,
                                        .registers = 256}};
    struct error error;
    theme_make(colours, 0x101014, &stage->display.theme);
    fake_create(&stage->fake, ROWS, COLUMNS, CELL_WIDTH, CELL_HEIGHT);
    assert_int_equal(screen_create(ROWS, COLUMNS, &stage->screen, &error), STATUS_OK);
    assert_int_equal(workers_create(1, &stage->workers, &error), STATUS_OK);
    struct image_source source = sample_source(NULL);
    assert_int_equal(image_service_create(stage->workers, &source, 8 << 20, &stage->images, &error), STATUS_OK);
}

static void stage_end(struct stage *stage)
{
    image_service_destroy(stage->images);
    workers_destroy(stage->workers, NULL);
    screen_free(&stage->screen);
    frame_free(&stage->frame);
    fake_free(&stage->fake);
    buffer_free(&stage->out);
}

static void add_cover(struct stage *stage, int row, int column, int rows, int64_t id, bool dimmed)
{
    struct image_rect rect = {row,    column, rows,  2 * rows, {IMAGE_COVER, id, 0}, sample_colour(id),
                              dimmed, "AB",   false, false};
    screen_image(&stage->screen, &rect);
}

static bool under_image(const struct stage *stage, int row, int column)
{
    for (int i = 0; i < stage->screen.n_images; i++) {
        const struct image_rect *rect = &stage->screen.images[i];
        if (row >= rect->row && row < rect->row + rect->rows && column >= rect->column &&
            column < rect->column + rect->columns)
            return true;
    }
    return false;
}

/* Shows the screen and checks that the terminal displays exactly it. */
static size_t show(struct stage *stage, bool wait)
{
    struct error error;
    while (wait && image_service_pending(stage->images) > 0) {
        workers_collect(stage->workers, NULL);
        usleep(500);
    }
    buffer_clear(&stage->out);
    assert_int_equal(frame_draw(&stage->frame, &stage->display, &stage->screen, stage->images, &stage->out, &error),
                     STATUS_OK);
    image_service_end_frame(stage->images);
    fake_count(&stage->fake);
    fake_feed(&stage->fake, stage->out.data ? stage->out.data : "", stage->out.size);
    if (stage->fake.broken)
        fail_msg("%s", stage->fake.first_broken);
    assert_int_equal(stage->fake.synchronised, 0);
    assert_int_equal(stage->fake.state, 0);
    for (int row = 0; row < ROWS; row++)
        for (int column = 0; column < COLUMNS; column++) {
            const struct cell *wanted = screen_cell(&stage->screen, row, column);
            const struct fake_cell *shown = fake_cell(&stage->fake, row, column);
            if (under_image(stage, row, column))
                continue;
            bool pictures = stage->display.images != IMAGES_NONE;
            bool halved = (wanted->width == 2 && pictures && under_image(stage, row, column + 1)) ||
                          (wanted->width == 0 && pictures && under_image(stage, row, column - 1));
            bool blank = halved || (!wanted->text[0] && wanted->width > 0);
            assert_string_equal(shown->text, blank ? " " : wanted->text);
            assert_int_equal(shown->image, 0);
        }
    assert_int_equal(stage->fake.cursor_visible, stage->screen.cursor_visible);
    if (stage->screen.cursor_visible) {
        assert_int_equal(stage->fake.row, stage->screen.cursor_row);
        assert_int_equal(stage->fake.column, stage->screen.cursor_column);
    }
    return stage->out.size;
}

static size_t show_twice(struct stage *stage)
{
    show(stage, false);
    return show(stage, true);
}

static void page(struct stage *stage, int64_t first, bool dimmed)
{
    screen_clear(&stage->screen);
    for (int i = 0; i < 10; i++) {
        char title[64];
        snprintf(title, sizeof title, "track %d 夜に 👩‍👩‍👧 é", (int)(first + i));
        add_cover(stage, 2 + 2 * i, 2, 2, first + i, dimmed);
        screen_text(&stage->screen, 2 + 2 * i, 10, 40, STYLE_TITLE, title);
    }
    stage->screen.cursor_row = 3;
    stage->screen.cursor_column = 8;
    stage->screen.cursor_visible = true;
}

/* Covers of up to three rows touch each other without it. */
static void only_small_covers_have_a_margin(void **state)
{
    (void)state;
    struct display display = {.rows = 30, .columns = 80, .images = IMAGES_SIXEL, .cell_width = 9, .cell_height = 18};
    struct image_rect rect = {.row = 2, .column = 2, .reference = {IMAGE_COVER, 1, 0}};
    struct image_request request;
    for (int rows = 1; rows <= 5; rows++) {
        rect.rows = rows;
        rect.columns = 2 * rows;
        assert_true(frame_request(&display, &rect, &request));
        assert_int_equal(request.margin, rows <= 3 ? 3 : 0);
        assert_true(request.width > 2 * request.margin && request.height > 2 * request.margin);
    }
    rect.rows = rect.columns = 1;
    display.cell_width = display.cell_height = 1;
    assert_true(frame_request(&display, &rect, &request));
    assert_int_equal(request.margin, 0);
    rect.reference.kind = IMAGE_MAP;
    display.cell_width = display.cell_height = 18;
    assert_true(frame_request(&display, &rect, &request));
    assert_int_equal(request.margin, 0);
}

static void nothing_is_sent_when_nothing_changed(void **state)
{
    (void)state;
    struct stage stage;
    stage_begin(&stage, IMAGES_SIXEL, 256);
    page(&stage, 0, false);
    show_twice(&stage);
    for (int i = 0; i < 10; i++)
        assert_true(fake_shows_image(&stage.fake, 2 + 2 * i, 2, 2, 4));
    assert_int_equal(show(&stage, true), 0);
    page(&stage, 0, false);
    assert_int_equal(show(&stage, true), 0);
    stage.screen.cursor_row = 5;
    assert_true(show(&stage, true) < 60);
    assert_int_equal(stage.fake.n_drawn, 0);
    stage_end(&stage);
}

static void a_page_change_overwrites_without_blanking(void **state)
{
    (void)state;
    struct stage stage;
    stage_begin(&stage, IMAGES_SIXEL, 1 << 24);
    page(&stage, 20, false);
    show_twice(&stage); /* both pages are in the cache now */
    page(&stage, 0, false);
    show_twice(&stage);
    page(&stage, 20, false);
    show(&stage, true);
    assert_int_equal(stage.fake.n_drawn, 10);
    assert_true(stage.fake.n_text < 10 * 20); /* only the titles' difference; not one blank for the pictures */
    assert_int_equal(fake_image_cells(&stage.fake), 10 * 8);
    uint64_t bright = stage.fake.images[stage.fake.n_images & 1023].hash;
    page(&stage, 20, true); /* dimmed at once, from the cached pictures */
    show(&stage, false);
    assert_int_equal(stage.fake.n_drawn, 10);
    assert_true(stage.fake.images[stage.fake.n_images & 1023].hash != bright);
    stage_end(&stage);
}

static void pictures_not_there_yet_show_their_colour(void **state)
{
    (void)state;
    struct stage stage;
    stage_begin(&stage, IMAGES_SIXEL, 256);
    page(&stage, 0, false);
    show(&stage, false);
    assert_int_equal(stage.fake.n_drawn, 0);
    assert_string_equal(fake_cell(&stage.fake, 2, 2)->text, " ");
    assert_true(stage.fake.coloured);
    show(&stage, true);
    assert_int_equal(stage.fake.n_drawn, 10);
    page(&stage, 40, false); /* another page whose pictures are not available: the old ones must be erased */
    show(&stage, false);
    assert_int_equal(fake_image_cells(&stage.fake), 0);
    stage_end(&stage);
}

static void a_popup_takes_pictures_away_and_gives_them_back(void **state)
{
    (void)state;
    struct stage stage;
    stage_begin(&stage, IMAGES_SIXEL, 256);
    page(&stage, 0, false);
    show_twice(&stage);
    screen_clear(&stage.screen);
    for (int i = 0; i < 10; i++)
        if (i < 3 || i > 5)
            add_cover(&stage, 2 + 2 * i, 2, 2, i, false);
    for (int row = 8; row < 14; row++)
        screen_text(&stage.screen, row, 0, 30, STYLE_SELECTED, "a popup over the pictures");
    show(&stage, true);
    assert_int_equal(stage.fake.n_drawn, 0);
    assert_int_equal(fake_image_cells(&stage.fake), 7 * 8);
    page(&stage, 0, false);
    show(&stage, true);
    assert_int_equal(stage.fake.n_drawn, 3);
    assert_int_equal(fake_image_cells(&stage.fake), 10 * 8);
    stage_end(&stage);
}

static void redrawing_everything_repairs_a_damaged_screen(void **state)
{
    (void)state;
    struct stage stage;
    stage_begin(&stage, IMAGES_SIXEL, 256);
    page(&stage, 0, false);
    show_twice(&stage);
    for (int i = 0; i < ROWS * COLUMNS; i++)
        stage.fake.cells[i] = (struct fake_cell){.text = "x", .width = 1};
    frame_forget(&stage.frame);
    show(&stage, true);
    assert_int_equal(stage.fake.n_drawn, 10);
    assert_int_equal(fake_image_cells(&stage.fake), 10 * 8);
    stage_end(&stage);
}

static void no_picture_touches_the_last_row(void **state)
{
    (void)state;
    struct stage stage;
    stage_begin(&stage, IMAGES_SIXEL, 256);
    screen_clear(&stage.screen);
    stage.screen.images[0] = (struct image_rect){21, 0, 3, 6, {IMAGE_COVER, 1, 0}, 0, false, "", false, false};
    stage.screen.images[1] = (struct image_rect){21, 10, 2, 4, {IMAGE_COVER, 1, 0}, 0, false, "", false, false};
    stage.screen.images[2] = (struct image_rect){5, 78, 2, 4, {IMAGE_COVER, 1, 0}, 0, false, "", false, false};
    stage.screen.images[3] = (struct image_rect){-1, 0, 2, 4, {IMAGE_COVER, 1, 0}, 0, false, "", false, false};
    stage.screen.images[4] =
        (struct image_rect){0x7fffffff, 0x7fffffff, 2, 4, {IMAGE_COVER, 1, 0}, 0, false, "", false, false};
    stage.screen.n_images = 5;
    struct error error;
    for (int i = 0; i < 2; i++) {
        while (image_service_pending(stage.images) > 0)
            workers_collect(stage.workers, NULL);
        buffer_clear(&stage.out);
        assert_int_equal(frame_draw(&stage.frame, &stage.display, &stage.screen, stage.images, &stage.out, &error),
                         STATUS_OK);
        fake_feed(&stage.fake, stage.out.data, stage.out.size);
    }
    assert_int_equal(stage.fake.broken, 0);
    assert_int_equal(fake_image_cells(&stage.fake), 8);
    stage_end(&stage);
}

/* Random screens: overlapping moves, sizes, popups, missing pictures, changes of mode. No rule may be violated. */
static void random_screens_keep_every_rule(void **state)
{
    (void)state;
    static const enum image_mode modes[] = {IMAGES_SIXEL, IMAGES_SIXEL, IMAGES_SIXEL, IMAGES_HALF,
                                            IMAGES_256,   IMAGES_ASCII, IMAGES_NONE};
    struct stage stage;
    stage_begin(&stage, IMAGES_SIXEL, 1 << 24);
    struct random random;
    random_seed(&random, 7);
    for (int round = 0; round < 300; round++) {
        if (random_below(&random, 8) == 0)
            stage.display.images = modes[random_below(&random, 7)];
        if (random_below(&random, 20) == 0)
            frame_forget(&stage.frame);
        screen_clear(&stage.screen);
        for (uint64_t i = random_below(&random, 6); i > 0; i--)
            screen_text(&stage.screen, (int)random_below(&random, ROWS), (int)random_below(&random, COLUMNS), 30,
                        (enum style)random_below(&random, STYLE_COUNT), "text 駆けabc é 👩‍👩‍👧 z");
        for (int row = 0; row < 5; row++) {
            int rows = 1 + (int)random_below(&random, 4);
            if (random_below(&random, 4) > 0)
                add_cover(&stage, row * 4 + (int)random_below(&random, (uint64_t)(5 - rows)),
                          (int)random_below(&random, 70), rows, (int64_t)random_below(&random, 16),
                          random_below(&random, 3) == 0);
        }
        stage.screen.cursor_visible = random_below(&random, 2) == 0;
        stage.screen.cursor_row = (int)random_below(&random, ROWS);
        show(&stage, random_below(&random, 2) == 0);
        if (stage.display.images == IMAGES_SIXEL && random_below(&random, 2) == 0) {
            show(&stage, true);
            for (int i = 0; i < stage.screen.n_images; i++) {
                const struct image_rect *rect = &stage.screen.images[i];
                assert_true(fake_shows_image(&stage.fake, rect->row, rect->column, rect->rows, rect->columns));
            }
        }
    }
    stage_end(&stage);
}

static void blocks_and_plain_text_need_no_sixel(void **state)
{
    (void)state;
    struct stage stage;
    stage_begin(&stage, IMAGES_HALF, 1 << 24);
    page(&stage, 0, false);
    show_twice(&stage);
    assert_int_equal(stage.fake.n_drawn, 0);
    assert_string_equal(fake_cell(&stage.fake, 2, 2)->text, "▀");
    stage.display.images = IMAGES_ASCII;
    stage.fake.coloured = false;
    theme_make(0, SCREEN_NO_COLOUR, &stage.display.theme);
    show_twice(&stage);
    assert_false(stage.fake.coloured);
    stage.display.utf8 = false;
    buffer_clear(&stage.out);
    struct error error;
    assert_int_equal(frame_draw(&stage.frame, &stage.display, &stage.screen, stage.images, &stage.out, &error),
                     STATUS_OK);
    frame_forget(&stage.frame);
    frame_draw(&stage.frame, &stage.display, &stage.screen, stage.images, &stage.out, &error);
    for (size_t i = 0; i < stage.out.size; i++)
        assert_true((unsigned char)stage.out.data[i] < 0x80);
    stage_end(&stage);
}

static int count_bytes(const struct stage *stage, const char *text)
{
    int count = 0;
    const char *at = stage->out.data, *end = at + stage->out.size;
    while (at && (at = memmem(at, (size_t)(end - at), text, strlen(text))) && ++count)
        at++;
    return count;
}

/* Links are in the terminal's cells only where it knows them, end where they should, and cost nothing when they stay.
 */
static void titles_are_links(void **state)
{
    (void)state;
    struct stage stage;
    stage_begin(&stage, IMAGES_SIXEL, 1 << 24);
    for (int links = 0; links < 2; links++) {
        stage.display.links = links;
        page(&stage, 0, false);
        screen_link(&stage.screen, 2, 10, 7, "https://example.org/0");
        screen_link(&stage.screen, 4, 10, 7, "https://example.org/2");
        show_twice(&stage);
        show(&stage, true);
        assert_int_equal(stage.out.size, 0);
        frame_forget(&stage.frame);
        show(&stage, true);
        assert_int_equal(count_bytes(&stage, ";https://example.org/0\x1b\\track 0"), links);
        for (int row = 0; row < ROWS; row++)
            for (int column = 0; column < COLUMNS; column++)
                assert_int_equal(fake_cell(&stage.fake, row, column)->link,
                                 links && (row == 2 || row == 4) && column >= 10 && column < 17);
        assert_false(stage.fake.link);
    }
    page(&stage, 0, false); /* the same text without a link: it is written again */
    show(&stage, true);
    assert_int_equal(count_bytes(&stage, "]8;"), 0);
    assert_true(stage.fake.n_text >= 14);
    stage_end(&stage);
}

/* What curses cannot hold in a cell, and what terminals give another width: each is shown whole, and the next cell is
 * in its place. */
static void every_cluster_is_shown_whole(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "e\xcc\x81",                                                 /* one mark */
        "z\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x86\xcc\x87\xcc\x88", /* more marks than curses holds */
        "\xf0\x9f\x87\xab\xf0\x9f\x87\xb7",                          /* a flag: two characters of one column */
        "\xf0\x9f\x8e\xb5",                                          /* an emoji */
        "\xe5\xa4\x9c",                                              /* CJK */
        "\xed\x95\x9c",                                              /* Hangul */
        "\xe0\xa4\x95\xe0\xa5\x8d",                                  /* Devanagari with a virama */
    };
    struct stage stage;
    stage_begin(&stage, IMAGES_NONE, 256);
    for (size_t round = 0; round < 3; round++) { /* each after each other at the same place */
        screen_clear(&stage.screen);
        for (int row = 0; row < ROWS; row++)
            for (size_t i = 0; i < 7; i++) {
                char text[64];
                const char *cluster = texts[(i + round * (size_t)row) % 7];
                snprintf(text, sizeof text, "%s|%s", cluster, cluster);
                screen_text(&stage.screen, row, (int)i * 10, 9, STYLE_TITLE, text);
            }
        show(&stage, false); /* checks every cell */
    }
    stage_end(&stage);
}

static void the_ladder_takes_the_best_there_is(void **state)
{
    (void)state;
    struct terminal_info info = {.sixel = true, .utf8 = true, .colours = 1 << 24};
    assert_int_equal(terminal_info_images(&info, IMAGES_AUTO), IMAGES_SIXEL);
    assert_int_equal(terminal_info_images(&info, IMAGES_HALF), IMAGES_HALF);
    assert_int_equal(terminal_info_images(&info, IMAGES_NONE), IMAGES_NONE);
    info.iterm = true;
    assert_int_equal(terminal_info_images(&info, IMAGES_AUTO), IMAGES_ITERM);
    info.kitty = true;
    assert_int_equal(terminal_info_images(&info, IMAGES_AUTO), IMAGES_KITTY);
    info.sixel = info.iterm = info.kitty = false;
    assert_int_equal(terminal_info_images(&info, IMAGES_AUTO), IMAGES_QUADRANT);
    assert_int_equal(terminal_info_images(&info, IMAGES_SIXEL), IMAGES_SIXEL);
    info.sextants = true;
    assert_int_equal(terminal_info_images(&info, IMAGES_AUTO), IMAGES_SEXTANT);
    assert_int_equal(terminal_info_shape(&info, IMAGES_256), BLOCKS_SEXTANT);
    info.colours = 256;
    assert_int_equal(terminal_info_images(&info, IMAGES_AUTO), IMAGES_SEXTANT);
    info.wide_blocks = true;
    assert_int_equal(terminal_info_images(&info, IMAGES_AUTO), IMAGES_ASCII);
    info.wide_blocks = false;
    info.utf8 = false;
    assert_int_equal(terminal_info_images(&info, IMAGES_AUTO), IMAGES_ASCII);
    assert_int_equal(terminal_info_images(&info, IMAGES_256), IMAGES_ASCII);
    enum image_mode mode;
    for (int i = IMAGES_AUTO; i <= IMAGES_NONE; i++) {
        assert_true(image_mode_parse(image_mode_name((enum image_mode)i), &mode));
        assert_int_equal(mode, i);
    }
    assert_false(image_mode_parse("sixels", &mode));
}

static void texts_are_readable_on_dark_and_light(void **state)
{
    (void)state;
    const uint32_t pages[] = {0x000000, 0x101014, 0x1e1e2e, 0xffffff, 0xfdf6e3, 0xf0f0f0};
    for (size_t p = 0; p < sizeof pages / sizeof pages[0]; p++) {
        struct theme theme;
        theme_make(1 << 24, pages[p], &theme);
        assert_int_equal(theme.light, p >= 3);
        for (int style = 0; style < STYLE_COUNT; style++) {
            const struct look *look = &theme.looks[style];
            if (look->foreground == COLOUR_DEFAULT)
                continue;
            uint32_t behind = look->background == COLOUR_DEFAULT ? pages[p] : look->background;
            double least = style == STYLE_RULE ? 1.5 : style == STYLE_BAR ? 3.0 : 4.5;
            assert_true(colour_contrast(look->foreground, behind) >= least);
        }
        theme_make(0, pages[p], &theme);
        for (int style = 0; style < STYLE_COUNT; style++) {
            assert_int_equal(theme.looks[style].foreground, COLOUR_DEFAULT);
            assert_int_equal(theme.looks[style].background, COLOUR_DEFAULT);
        }
        assert_true(theme.looks[STYLE_SELECTED].attributes & ATTRIBUTE_REVERSE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_small_covers_have_a_margin),
        cmocka_unit_test(nothing_is_sent_when_nothing_changed),
        cmocka_unit_test(a_page_change_overwrites_without_blanking),
        cmocka_unit_test(pictures_not_there_yet_show_their_colour),
        cmocka_unit_test(a_popup_takes_pictures_away_and_gives_them_back),
        cmocka_unit_test(redrawing_everything_repairs_a_damaged_screen),
        cmocka_unit_test(no_picture_touches_the_last_row),
        cmocka_unit_test(random_screens_keep_every_rule),
        cmocka_unit_test(blocks_and_plain_text_need_no_sixel),
        cmocka_unit_test(titles_are_links),
        cmocka_unit_test(every_cluster_is_shown_whole),
        cmocka_unit_test(the_ladder_takes_the_best_there_is),
        cmocka_unit_test(texts_are_readable_on_dark_and_light),
    };
    return cmocka_run_group_tests(tests, sample_cache_make, sample_cache_remove);
}
