#include "picture_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sample_pictures.h"

const struct way ways[WAYS] = {
    {IMAGES_KITTY, BLOCKS_SEXTANT, false},   {IMAGES_KITTY, BLOCKS_SEXTANT, true},
    {IMAGES_ITERM, BLOCKS_SEXTANT, false},   {IMAGES_SIXEL, BLOCKS_SEXTANT, false},
    {IMAGES_SEXTANT, BLOCKS_SEXTANT, false}, {IMAGES_QUADRANT, BLOCKS_QUADRANT, false},
    {IMAGES_HALF, BLOCKS_HALF, false},       {IMAGES_ASCII, BLOCKS_HALF, false},
    {IMAGES_NONE, BLOCKS_HALF, false},
};

void set_mode(struct stage *stage, enum image_mode mode, enum block_shape shape, bool tmux)
{
    stage->display.images = mode;
    stage->display.shape = shape;
    stage->display.placeholders = stage->fake.inside_tmux = tmux;
}

void stage_begin(struct stage *stage, enum image_mode mode)
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

void stage_end(struct stage *stage)
{
    image_service_destroy(stage->images);
    workers_destroy(stage->workers, NULL);
    screen_free(&stage->screen);
    frame_free(&stage->frame);
    fake_free(&stage->fake);
    buffer_free(&stage->out);
}

void add_cover(struct stage *stage, int row, int column, int rows, int64_t id, bool dimmed)
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

size_t show(struct stage *stage, bool wait)
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

size_t show_twice(struct stage *stage)
{
    show(stage, false);
    return show(stage, true);
}
