/* The pixels of pictures on the screen, in every mode: blocks, and initials where there are no pictures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "picture_stage.h"
#include "sample_pictures.h"
#include "tests/append.h"
#include "ui/view_text.h"

static double mean_error(const struct image *screen, int left, int top, const struct image *picture)
{
    double sum = 0;
    for (int y = 0; y < picture->height; y++)
        for (int x = 0; x < 3 * picture->width; x++) {
            int d = screen->rgb[3 * ((top + y) * screen->width + left) + x] - picture->rgb[3 * y * picture->width + x];
            sum += d * d;
        }
    return sum / (3.0 * picture->width * picture->height);
}

/* The screen shows the picture: exactly with kitty's protocol, nearly with JPEG and with a palette, and
 * blocks come the nearer the more of them a cell has. */
static void the_pixels_are_those_of_the_picture(void **state)
{
    (void)state;
    static const double most[] = {0, 0, 60, 30}; /* mean squared errors; exact where nothing is lost */
    double blocks[3] = {0};
    for (size_t i = 0; i < 7; i++) {
        struct stage stage;
        struct image screen, cover;
        struct error error;
        stage_begin(&stage, ways[i].mode);
        set_mode(&stage, ways[i].mode, ways[i].shape, ways[i].tmux);
        stage.fake.keeps_pixels = true;
        add_cover(&stage, 3, 10, 4, 2, false);
        show_twice(&stage);
        assert_int_equal(fake_render(&stage.fake, TEXT, PAGE, &screen, &error), STATUS_OK);
        struct image_reference reference = {IMAGE_COVER, 2, 0};
        assert_int_equal(sample_pixels(NULL, &reference, 96, 96, &cover, &error), STATUS_OK);
        double lost = mean_error(&screen, 10 * CELL_WIDTH, 3 * CELL_HEIGHT, &cover);
        print_message("# %s: mean squared error %.2f\n", image_mode_name(ways[i].mode), lost);
        if (i < 4)
            assert_true(lost <= most[i]);
        else
            blocks[ways[i].shape] = lost;
        image_free(&cover);
        image_free(&screen);
        stage_end(&stage);
    }
    assert_true(blocks[BLOCKS_SEXTANT] < blocks[BLOCKS_QUADRANT] && blocks[BLOCKS_QUADRANT] < blocks[BLOCKS_HALF]);
}

/* Where the terminal scales, a large cover is sent with the pixels that it can have, in the rectangle's proportions. */
static void large_covers_are_scaled_by_the_terminal(void **state)
{
    (void)state;
    const struct image_rect rect = {.row = 1, .column = 0, .rows = 20, .columns = 42};
    struct display display = {.rows = 30, .columns = 80, .cell_width = 20, .cell_height = 40};
    struct image_request request;
    display.images = IMAGES_SIXEL;
    assert_true(frame_request(&display, &rect, &request));
    assert_int_equal(request.width, 840);
    display.images = IMAGES_KITTY;
    assert_true(frame_request(&display, &rect, &request));
    assert_int_equal(request.width, 448);
    assert_int_equal(request.height, 426);
    display.cell_width = display.cell_height = 8;
    assert_true(frame_request(&display, &rect, &request));
    assert_int_equal(request.width, 336);
}

/* Every sextant and quadrant that a picture can need is the character whose ink is that mask. */
static void characters_have_the_ink_of_their_masks(void **state)
{
    (void)state;
    for (int shape = BLOCKS_HALF; shape <= BLOCKS_SEXTANT; shape++) {
        unsigned masks = shape == BLOCKS_HALF ? 2 : shape == BLOCKS_QUADRANT ? 8 : 32;
        for (unsigned mask = 0; mask < masks; mask++) {
            struct fake_terminal fake;
            struct theme theme;
            struct grid shown = {0}, wanted = {0};
            struct buffer out = {0}, blocks = {0};
            struct image image;
            struct error error;
            struct block block = {{255, 255, 255}, {0, 0, 0}, (uint8_t)mask};
            theme_make(1 << 24, 0, &theme);
            fake_create(&fake, 2, 1, 12, 24);
            assert_int_equal(grid_create(1, 1, &shown, &error), STATUS_OK);
            assert_int_equal(grid_create(1, 1, &wanted, &error), STATUS_OK);
            buffer_add(&blocks, &block, sizeof block);
            blocks_draw(&theme, (enum block_shape)shape, &blocks, false, &(struct image_rect){.rows = 1, .columns = 1},
                        &wanted);
            const struct tile *tile = grid_tile(&wanted, 0, 0);
            buffer_printf(&out, "\x1b[1;1H\x1b[38;2;255;255;255;48;2;0;0;0m%s", tile->text);
            fake_feed(&fake, out.data, out.size);
            assert_int_equal(fake_render(&fake, 0xffffff, 0, &image, &error), STATUS_OK);
            int across = shape == BLOCKS_HALF ? 1 : 2, down = shape == BLOCKS_SEXTANT ? 3 : 2;
            for (int y = 0; y < 24; y++)
                for (int x = 0; x < 12; x++) {
                    int bit = y * down / 24 * across + x * across / 12;
                    assert_int_equal(image.rgb[3 * (y * image.width + x)], mask >> bit & 1 ? 255 : 0);
                }
            image_free(&image);
            grid_free(&shown);
            grid_free(&wanted);
            buffer_free(&out);
            buffer_free(&blocks);
            fake_free(&fake);
        }
    }
}

/* The lowest blocks of a small cover, and of its placeholder, belong to the page. */
static void small_covers_leave_a_gap(void **state)
{
    (void)state;
    static const char *const upper[] = {"▀", "▀", "🬎"};
    for (int shape = BLOCKS_HALF; shape <= BLOCKS_SEXTANT; shape++) {
        const struct image_rect rect = {.rows = 2, .columns = 1};
        struct block block = {{200, 100, 0}, {0, 0, 0}, 1};
        struct buffer blocks = {0};
        struct theme theme;
        struct error error;
        struct grid grid = {0};
        theme_make(1 << 24, 0x101014, &theme);
        assert_int_equal(grid_create(2, 1, &grid, &error), STATUS_OK);
        buffer_add(&blocks, &block, sizeof block);
        buffer_add(&blocks, &block, sizeof block);
        for (int loaded = 0; loaded < 2; loaded++) {
            if (loaded)
                blocks_draw(&theme, (enum block_shape)shape, &blocks, true, &rect, &grid);
            else
                blocks_colour_gap(&theme, (enum block_shape)shape, &rect, 0x112233, &grid);
            const struct tile *last = grid_tile(&grid, 1, 0);
            assert_string_equal(last->text, upper[shape]);
            assert_int_equal(last->background, COLOUR_DEFAULT);
            static const uint32_t means[] = {0xc86400, 0x643200, 0x321900};
            assert_int_equal(last->foreground, loaded ? means[shape] : 0x112233);
            assert_int_not_equal(grid_tile(&grid, 0, 0)->background, COLOUR_DEFAULT);
        }
        grid_free(&grid);
        buffer_free(&blocks);
    }
}

/* Where a picture is blank it has the terminal's own colour, which need not be known. */
static void blank_blocks_are_the_page(void **state)
{
    (void)state;
    static const struct {
        enum theme_choice theme;
        uint32_t page, background;
    } cases[] = {{THEME_AUTO, SCREEN_NO_COLOUR, COLOUR_DEFAULT},
                 {THEME_AUTO, 0x101014, COLOUR_DEFAULT},
                 {THEME_CONTRAST_LIGHT, 0x101014, 0xffffff}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct block block = {.mask = 0};
        struct buffer blocks = {0};
        struct theme theme;
        struct error error;
        struct grid grid = {0};
        theme_choose(cases[i].theme, 1 << 24, cases[i].page, &theme);
        for (int c = 0; c < 3; c++)
            block.background[c] = (uint8_t)(theme.page >> (16 - 8 * c));
        assert_int_equal(grid_create(1, 1, &grid, &error), STATUS_OK);
        buffer_add(&blocks, &block, sizeof block);
        blocks_draw(&theme, BLOCKS_HALF, &blocks, false, &(struct image_rect){.rows = 1, .columns = 1}, &grid);
        assert_string_equal(grid_tile(&grid, 0, 0)->text, " ");
        assert_int_equal(grid_tile(&grid, 0, 0)->background, cases[i].background);
        grid_free(&grid);
        buffer_free(&blocks);
    }
}

enum { ROW_TEXT_SIZE = 64 };

static void row_text(const struct stage *stage, int row, int column, int columns, char text[ROW_TEXT_SIZE])
{
    *text = '\0';
    for (int i = 0; i < columns; i++)
        append(text, ROW_TEXT_SIZE, fake_cell(&stage->fake, row, column + i)->text);
}

static void covers_without_pictures_are_initials(void **state)
{
    (void)state;
    static const struct {
        int colours;
        bool utf8;
        const char *rows[3];
    } cases[] = {
        {1 << 24, true, {"      ", "  AB  ", "      "}},
        {0, true, {"┌────┐", "│ AB │", "└────┘"}},
        {0, false, {"+----+", "| AB |", "+----+"}},
        {8, false, {"      ", "  AB  ", "      "}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct stage stage;
        char text[ROW_TEXT_SIZE];
        stage_begin(&stage, IMAGES_ASCII);
        stage.display.utf8 = cases[i].utf8;
        theme_make(cases[i].colours, PAGE, &stage.display.theme);
        add_cover(&stage, 3, 10, 3, 2, false);
        add_cover(&stage, 8, 10, 2, 2, false);
        add_cover(&stage, 12, 10, 1, 2, false);
        show_twice(&stage);
        for (int row = 0; row < 3; row++) {
            row_text(&stage, 3 + row, 10, 6, text);
            assert_string_equal(text, cases[i].rows[row]);
        }
        row_text(&stage, 8, 10, 4, text);
        assert_non_null(strstr(text, "AB"));
        row_text(&stage, 12, 10, 2, text);
        assert_string_equal(text, "AB");
        assert_int_equal(stage.fake.coloured, cases[i].colours > 0);
        assert_int_equal(image_service_pending(stage.images), 0); /* nothing is decoded for them */
        stage_end(&stage);
    }
}

/* A bar's parts differ without colours and without UTF-8. */
static void bars_are_readable_as_ascii(void **state)
{
    (void)state;
    struct stage stage;
    char text[ROW_TEXT_SIZE];
    stage_begin(&stage, IMAGES_ASCII);
    stage.display.utf8 = false;
    theme_make(0, PAGE, &stage.display.theme);
    view_bar(&stage.screen, 3, 0, 8, 0.7F, STYLE_BAR, STYLE_RULE);
    show(&stage, true);
    row_text(&stage, 3, 0, 8, text);
    assert_string_equal(text, "=====---");
    stage_end(&stage);
}

/* A colour and its letters differ by 4.5 : 1, as for text. */
static void initials_can_be_read(void **state)
{
    (void)state;
    for (int64_t id = 0; id < 8; id++) {
        struct stage stage;
        stage_begin(&stage, IMAGES_ASCII);
        add_cover(&stage, 3, 10, 3, id, false);
        show_twice(&stage);
        const struct fake_cell *cell = fake_cell(&stage.fake, 4, 12);
        assert_true(colour_contrast(cell->foreground, cell->background) >= 4.5);
        stage_end(&stage);
    }
}

static void a_colour_that_is_not_known_is_quiet(void **state)
{
    (void)state;
    const uint32_t pages[] = {0x101014, 0xfdf6e3};
    for (int i = 0; i < 2; i++) {
        struct stage stage;
        stage_begin(&stage, IMAGES_KITTY);
        theme_make(1 << 24, pages[i], &stage.display.theme);
        struct image_rect rect = {.row = 3,
                                  .column = 10,
                                  .rows = 3,
                                  .columns = 6,
                                  .reference = {IMAGE_COVER, 5, 0},
                                  .colour = SCREEN_NO_COLOUR};
        screen_image(&stage.screen, &rect);
        show(&stage, false);
        uint32_t colour = fake_cell(&stage.fake, 4, 12)->background;
        assert_true(colour != SCREEN_NO_COLOUR && colour != pages[i]);
        assert_true(colour_contrast(colour, pages[i]) < 2);
        stage_end(&stage);
    }
}

/* Two artists whose covers have no known colour stand apart; the same artist looks the same. */
static void initials_have_a_colour_of_their_own(void **state)
{
    (void)state;
    struct stage stage;
    stage_begin(&stage, IMAGES_ASCII);
    const char *initials[] = {"CH", "DG", "CH"};
    for (int i = 0; i < 3; i++) {
        struct image_rect rect = {.row = 3 + 3 * i, .column = 10, .rows = 3, .columns = 6, .colour = SCREEN_NO_COLOUR};
        append(rect.initials, sizeof rect.initials, initials[i]);
        screen_image(&stage.screen, &rect);
    }
    show(&stage, true);
    const struct fake_cell *first = fake_cell(&stage.fake, 4, 12), *second = fake_cell(&stage.fake, 7, 12);
    assert_int_not_equal(first->background, second->background);
    assert_int_equal(first->background, fake_cell(&stage.fake, 10, 12)->background);
    assert_true(colour_contrast(first->foreground, first->background) >= 4.5);
    assert_true(colour_contrast(second->foreground, second->background) >= 4.5);
    stage_end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pixels_are_those_of_the_picture),
        cmocka_unit_test(large_covers_are_scaled_by_the_terminal),
        cmocka_unit_test(characters_have_the_ink_of_their_masks),
        cmocka_unit_test(small_covers_leave_a_gap),
        cmocka_unit_test(blank_blocks_are_the_page),
        cmocka_unit_test(covers_without_pictures_are_initials),
        cmocka_unit_test(bars_are_readable_as_ascii),
        cmocka_unit_test(initials_can_be_read),
        cmocka_unit_test(a_colour_that_is_not_known_is_quiet),
        cmocka_unit_test(initials_have_a_colour_of_their_own),
    };
    return cmocka_run_group_tests(tests, sample_cache_make, sample_cache_remove);
}
