/* Pictures in every mode, checked by a terminal that decodes them: kitty's protocol directly and through tmux, iTerm2's
 * inline images, sixel, blocks and initials. */
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
#include "tests/append.h"
#include "ui/terminal/frame.h"
#include "ui/terminal/probe.h"
#include "ui/terminal/terminal_info.h"
#include "ui/terminal/tmux.h"
#include "ui/view_text.h"

enum { ROWS = 24, COLUMNS = 80, CELL_WIDTH = 12, CELL_HEIGHT = 24, PAGE = 0x101014, TEXT = 0xd8d8d8 };

struct stage {
    struct fake_terminal fake;
    struct frame frame;
    struct display display;
    struct screen screen;
    struct workers *workers;
    struct image_service *images;
    struct buffer out;
};

static void set_mode(struct stage *stage, enum image_mode mode, enum block_shape shape, bool tmux)
{
    stage->display.images = mode;
    stage->display.shape = shape;
    stage->display.placeholders = stage->fake.inside_tmux = tmux;
}

static void stage_begin(struct stage *stage, enum image_mode mode)
{
    *stage = (struct stage){.display = {.rows = ROWS,
                                        .columns = COLUMNS,
                                        .cell_width = CELL_WIDTH,
                                        .cell_height = CELL_HEIGHT,
                                        .utf8 = true,
                                        .synchronised = true,
                                        .registers = 256}};
    struct error error;
    theme_make(1 << 24, PAGE, &stage->display.theme);
    fake_create(&stage->fake, ROWS, COLUMNS, CELL_WIDTH, CELL_HEIGHT);
    set_mode(stage, mode, BLOCKS_SEXTANT, false);
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
    struct image_rect rect = {.row = row,
                              .column = column,
                              .rows = rows,
                              .columns = 2 * rows,
                              .reference = {IMAGE_COVER, id, 0},
                              .colour = sample_colour(id),
                              .dimmed = dimmed,
                              .initials = "AB"};
    screen_image(&stage->screen, &rect);
}

static void feed(struct stage *stage)
{
    fake_count(&stage->fake);
    fake_feed(&stage->fake, stage->out.data ? stage->out.data : "", stage->out.size);
    if (stage->fake.broken)
        fail_msg("%s", stage->fake.first_broken);
    assert_int_equal(stage->fake.synchronised, 0);
    assert_int_equal(stage->fake.state, 0);
}

static bool is_wanted(const struct stage *stage, const struct fake_placement *at)
{
    for (int i = 0; i < stage->screen.n_images; i++) {
        const struct image_rect *rect = &stage->screen.images[i];
        if (rect->row == at->row && rect->column == at->column && rect->rows == at->rows &&
            rect->columns == at->columns)
            return true;
    }
    return false;
}

static int shades(const struct stage *stage)
{
    int count = 0;
    for (int i = 0; i < stage->fake.pictures.n_placements; i++) {
        unsigned id = stage->fake.pictures.placements[i].id;
        count += fake_stored((struct fake_pictures *)&stage->fake.pictures, id)->alpha < 255;
    }
    return count;
}

/* Shows the screen; returns the bytes. Whatever the terminal still shows must be wanted. */
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
    feed(stage);
    for (int i = 0; i < stage->fake.pictures.n_placements; i++)
        assert_true(is_wanted(stage, &stage->fake.pictures.placements[i]));
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
        char title[32];
        snprintf(title, sizeof title, "title %lld", (long long)first + i);
        screen_text(&stage->screen, 2 + 2 * i, 8, 40, STYLE_TITLE, title);
        add_cover(stage, 2 + 2 * i, 2, 2, first + i, dimmed);
    }
}

static bool page_is_shown(const struct stage *stage)
{
    for (int i = 0; i < 10; i++)
        if (!fake_shows_image(&stage->fake, 2 + 2 * i, 2, 2, 4))
            return false;
    return true;
}

static void a_picture_is_uploaded_once(void **state)
{
    (void)state;
    struct stage stage;
    for (int tmux = 0; tmux < 2; tmux++) {
        stage_begin(&stage, IMAGES_KITTY);
        set_mode(&stage, IMAGES_KITTY, BLOCKS_SEXTANT, tmux);
        page(&stage, 20, false);
        size_t first = show_twice(&stage);
        assert_true(page_is_shown(&stage));
        page(&stage, 40, false);
        show_twice(&stage);
        int uploads = stage.fake.pictures.n_uploads;
        page(&stage, 20, false);
        size_t again = show(&stage, true);
        assert_true(page_is_shown(&stage));
        assert_int_equal(stage.fake.pictures.n_uploads, uploads);
        print_message("# tmux %d: %zu bytes, then %zu\n", tmux, first, again);
        assert_true(again < first / 3 && again < 2000);
        assert_int_equal(show(&stage, true), 0);
        stage_end(&stage);
    }
}

static void a_dimmed_page_costs_few_bytes(void **state)
{
    (void)state;
    struct stage stage;
    stage_begin(&stage, IMAGES_KITTY);
    page(&stage, 0, false);
    show_twice(&stage);
    page(&stage, 0, true);
    assert_true(show(&stage, false) < 2000);
    assert_int_equal(shades(&stage), 10);
    assert_true(page_is_shown(&stage));
    page(&stage, 0, false);
    show(&stage, false);
    assert_int_equal(shades(&stage), 0);
    assert_true(page_is_shown(&stage));
    stage_end(&stage);
}

static void pictures_of_a_terminal_are_bounded(void **state)
{
    (void)state;
    struct stage stage;
    for (int tmux = 0; tmux < 2; tmux++) {
        stage_begin(&stage, IMAGES_KITTY);
        set_mode(&stage, IMAGES_KITTY, BLOCKS_SEXTANT, tmux);
        for (int64_t at = 20; at < 420; at += 10) {
            page(&stage, at, false);
            show_twice(&stage);
            assert_true(page_is_shown(&stage));
        }
        assert_true(stage.fake.pictures.most_stored <= KITTY_PICTURES_MAX + 1);
        struct buffer out = {0};
        frame_leave(&stage.frame, &out); /* on leaving nothing stays behind */
        fake_feed(&stage.fake, out.data, out.size);
        assert_int_equal(stage.fake.broken, 0);
        assert_int_equal(stage.fake.pictures.n_stored, 0);
        buffer_free(&out);
        stage_end(&stage);
    }
}

static void another_program_may_have_deleted_everything(void **state)
{
    (void)state;
    struct stage stage;
    stage_begin(&stage, IMAGES_KITTY);
    page(&stage, 0, false);
    show_twice(&stage);
    fake_pictures_free(&stage.fake.pictures);
    frame_forget(&stage.frame);
    show(&stage, true);
    assert_true(page_is_shown(&stage));
    stage_end(&stage);
}

/* A map that moves is uploaded again under its number: the text of its placeholders stays. */
static void a_moving_map_keeps_its_placeholders(void **state)
{
    (void)state;
    struct stage stage;
    stage_begin(&stage, IMAGES_KITTY);
    set_mode(&stage, IMAGES_KITTY, BLOCKS_SEXTANT, true);
    for (uint64_t version = 1; version < 6; version++) {
        screen_clear(&stage.screen);
        struct image_rect rect = {
            .row = 2, .column = 2, .rows = 18, .columns = 38, .reference = {IMAGE_MAP, 1, version}, .colour = PAGE};
        screen_image(&stage.screen, &rect);
        show_twice(&stage);
        assert_true(fake_shows_image(&stage.fake, 2, 2, 18, 38));
        if (version > 1)
            assert_true(stage.fake.n_text < 38);
        show(&stage, true);
    }
    assert_int_equal(stage.fake.pictures.n_stored, 1);
    stage_end(&stage);
}

/* A frame that fails leaves no pointer to a picture, which may be dropped before the next. */
static void a_failed_frame_uploads_nothing_later(void **state)
{
    (void)state;
    struct kitty kitty = {0};
    struct buffer out = {0};
    struct encoded_image *picture = calloc(1, sizeof *picture);
    struct image_rect rect = {.rows = 2, .columns = 4};
    *picture = (struct encoded_image){.format = FORMAT_PNG, .width = 24, .height = 24, .serial = 7};
    kitty_begin(&kitty, false);
    assert_true(kitty_need(&kitty, picture, &rect));
    free(picture);
    kitty_begin(&kitty, false);
    kitty_upload(&kitty, PAGE, &out);
    assert_int_equal(out.size, 0);
    assert_int_equal(kitty.count, 0);
    assert_int_equal(kitty.pixels, 0);
    buffer_free(&out);
}

struct way {
    enum image_mode mode;
    enum block_shape shape;
    bool tmux;
};

static const struct way ways[] = {
    {IMAGES_KITTY, BLOCKS_SEXTANT, false},   {IMAGES_KITTY, BLOCKS_SEXTANT, true},
    {IMAGES_ITERM, BLOCKS_SEXTANT, false},   {IMAGES_SIXEL, BLOCKS_SEXTANT, false},
    {IMAGES_SEXTANT, BLOCKS_SEXTANT, false}, {IMAGES_QUADRANT, BLOCKS_QUADRANT, false},
    {IMAGES_HALF, BLOCKS_HALF, false},       {IMAGES_ASCII, BLOCKS_HALF, false},
    {IMAGES_NONE, BLOCKS_HALF, false},
};

/* Random screens with overlapping moves, sizes, popups, missing pictures and changes of mode break no rule. */
static void random_screens_keep_every_rule(void **state)
{
    (void)state;
    struct stage stage;
    stage_begin(&stage, IMAGES_KITTY);
    struct random random;
    random_seed(&random, 11);
    for (int round = 0; round < 400; round++) {
        if (random_below(&random, 6) == 0) {
            const struct way *way = &ways[random_below(&random, sizeof ways / sizeof ways[0])];
            if (way->tmux == stage.display.placeholders) /* a terminal does not move into tmux */
                set_mode(&stage, way->mode, way->shape, way->tmux);
        }
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
        show(&stage, random_below(&random, 2) == 0);
        show(&stage, true);
        for (int i = 0; image_mode_has_pixels(stage.display.images) && i < stage.screen.n_images; i++) {
            const struct image_rect *rect = &stage.screen.images[i];
            assert_true(fake_shows_image(&stage.fake, rect->row, rect->column, rect->rows, rect->columns));
        }
        if (!image_mode_has_pixels(stage.display.images))
            assert_int_equal(fake_image_cells(&stage.fake), 0);
    }
    stage_end(&stage);
}

/* ------------------------------------------------------------------ pixels */

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

/* ------------------------------------------------------------------ initials */

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

/* ------------------------------------------------------------------ tmux */

static void tmux_is_understood(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        bool asked, passthrough, placeholders;
    } cases[] = {
        {"on\txterm-kitty\tkitty(0.35.2)\n", true, true, true},
        {"1\txterm-256color\tghostty 1.1\n", true, true, true},
        {"all\txterm-kitty\t\n", true, true, true},
        {"off\txterm-kitty\t\n", true, false, true},
        {"0\tfoot\tfoot(1.16.2)\n", true, false, false},
        {"\txterm-kitty\t\n", true, false, true},
        {"on\txterm-kitty", false, false, true},
        {"", false, false, false},
        {"on\n", false, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tmux_info info;
        tmux_parse(cases[i].answer, &info);
        assert_int_equal(info.asked, cases[i].asked);
        assert_int_equal(info.passthrough, cases[i].passthrough);
        assert_int_equal(tmux_terminal_has_placeholders(&info), cases[i].placeholders);
    }
}

/* tmux 3.4 crashes on DECRQSS, which it takes for a picture, and takes kitty's query for a title. */
static void tmux_is_not_asked_what_harms_it(void **state)
{
    (void)state;
    struct buffer inside = {0}, outside = {0};
    probe_add_queries(&inside, true);
    probe_add_queries(&outside, false);
    assert_null(strstr(inside.data, "\x1bP"));
    assert_null(strstr(inside.data, "\x1b_"));
    assert_non_null(strstr(outside.data, "\x1bP$qm"));
    assert_non_null(strstr(outside.data, "\x1b_Gi=31"));
    assert_string_equal(inside.data + inside.size - 3, "\x1b[c"); /* the last reply ends the wait */
    assert_string_equal(outside.data + outside.size - 3, "\x1b[c");
    buffer_free(&inside);
    buffer_free(&outside);
}

static void a_named_kitty_need_not_answer_at_once(void **state)
{
    (void)state;
    char *term = strdup(getenv("TERM") ? getenv("TERM") : "dumb");
    struct probe_answers answers;
    struct terminal_info info;
    unsetenv("TMUX");
    unsetenv("STY");
    static const struct {
        const char *term;
        bool attributes, kitty, expected;
    } cases[] = {
        {"xterm-kitty", false, false, true}, {"xterm-ghostty", false, false, true}, {"xterm-kitty", true, false, false},
        {"xterm-kitty", true, true, true},   {"xterm", false, false, false},        {"xterm", true, true, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        setenv("TERM", cases[i].term, 1);
        probe_begin(&answers);
        answers.attributes = cases[i].attributes;
        answers.kitty = cases[i].kitty;
        terminal_info_make(&answers, NULL, 256, false, &info);
        assert_int_equal(info.kitty, cases[i].expected);
    }
    setenv("TERM", term, 1);
    free(term);
}

static void the_reasons_are_given(void **state)
{
    (void)state;
    static const struct {
        struct terminal_info info;
        enum image_mode requested;
        const char *text;
    } cases[] = {
        {{.kitty = true, .probe_answered = true}, IMAGES_AUTO, "kitty: the terminal answered the query"},
        {{.kitty = true}, IMAGES_AUTO, "kitty: TERM names a terminal that has it"},
        {{.kitty = true, .placeholders = true},
         IMAGES_AUTO,
         "kitty: placeholders, which tmux passes on to the terminal around it"},
        {{.sixel = true, .sixel_registers = 256},
         IMAGES_AUTO,
         "sixel: DA1 has attribute 4, 256 colours; not kitty: no answer to the query; not iterm: the terminal is not "
         "known "
         "to have it"},
        {{.name = "VTE(7600)", .utf8 = true, .colours = 1 << 24, .sextants = true, .probe_answered = true},
         IMAGES_AUTO,
         "sextant: UTF-8, 24-bit colour, VTE(7600) draws them without a font; not kitty: no answer to the query; not "
         "iterm: the terminal is not known to have it; not sixel: DA1 has no attribute 4"},
        {{.utf8 = false, .colours = 256},
         IMAGES_HALF,
         "ascii: covers as initials; not kitty: no answer to the query; not "
         "iterm: the terminal is not known to have it; not sixel: no answer "
         "to DA1; not sextant: the terminal is not UTF-8; not quadrant: the "
         "terminal is not UTF-8"},
        {{.sixel = true, .colours = 256}, IMAGES_SIXEL, "sixel: requested"},
        {{.utf8 = true, .colours = 256},
         IMAGES_KITTY,
         "kitty: requested, but no answer to the query (:set images auto)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer out = {0};
        terminal_info_explain(&cases[i].info, cases[i].requested, &out);
        assert_string_equal(out.data, cases[i].text);
        buffer_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_is_uploaded_once),
        cmocka_unit_test(a_dimmed_page_costs_few_bytes),
        cmocka_unit_test(pictures_of_a_terminal_are_bounded),
        cmocka_unit_test(another_program_may_have_deleted_everything),
        cmocka_unit_test(a_moving_map_keeps_its_placeholders),
        cmocka_unit_test(a_failed_frame_uploads_nothing_later),
        cmocka_unit_test(random_screens_keep_every_rule),
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
        cmocka_unit_test(tmux_is_understood),
        cmocka_unit_test(tmux_is_not_asked_what_harms_it),
        cmocka_unit_test(a_named_kitty_need_not_answer_at_once),
        cmocka_unit_test(the_reasons_are_given),
    };
    return cmocka_run_group_tests(tests, sample_cache_make, sample_cache_remove);
}
