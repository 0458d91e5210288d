/* Pictures that a terminal stores and shows, checked by one that decodes them: kitty's protocol directly and through
 * tmux, iTerm2's inline images and sixel; random screens in every mode. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/random.h"
#include "picture_stage.h"
#include "sample_pictures.h"

static int shades(const struct stage *stage)
{
    int count = 0;
    for (int i = 0; i < stage->fake.pictures.n_placements; i++) {
        unsigned id = stage->fake.pictures.placements[i].id;
        count += fake_stored((struct fake_pictures *)&stage->fake.pictures, id)->alpha < 255;
    }
    return count;
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
    };
    return cmocka_run_group_tests(tests, sample_cache_make, sample_cache_remove);
}
