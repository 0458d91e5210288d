#include "ui/views/gallery/sheet_picture.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "draw/plot.h"

enum { FRAME = 2, RIM = 1 }; /* pixels around the selected cover: a light frame, and a dark one around that */
static const uint32_t frame_colour = 0xffffff, rim_colour = 0x000000;

static uint32_t page_of(const struct state *state)
{
    return state->page == SCREEN_NO_COLOUR ? 0x000000 : state->page;
}

static int edge_of(const struct state *state)
{
    const struct layout layout = layout_of(state);
    return sheet_layout(state, &layout).edge;
}

bool sheet_shown_is(const struct sheet_shown *shown, const struct state *state, const struct image_rect *rect)
{
    return shown->items && shown->version == sheet_of(state)->version && shown->edge == edge_of(state) &&
           shown->width == rect->columns * state->cell_width && shown->height == rect->rows * state->cell_height &&
           shown->background == page_of(state);
}

bool sheet_shown_take(const struct state *state, const struct image_rect *rect, struct sheet_shown *shown)
{
    const struct sheet_state *mine = sheet_of(state);
    const struct contact_sheet *sheet = &mine->sheet;
    struct sheet_item *items = malloc((sheet->albums.count + 1) * sizeof *items);
    if (!items)
        return false;
    for (size_t i = 0; i < sheet->albums.count; i++)
        items[i] = (struct sheet_item){sheet->albums.items[i].id, sheet->albums.items[i].cover_colour, sheet->cells[i]};
    *shown = (struct sheet_shown){
        .items = items,
        .n = sheet->albums.count,
        .columns = sheet->columns,
        .edge = edge_of(state),
        .selected = mine->row * sheet->columns + mine->column,
        .width = rect->columns * state->cell_width,
        .height = rect->rows * state->cell_height,
        .background = page_of(state),
        .version = mine->version,
    };
    return true;
}

bool sheet_shown_copy(const struct sheet_shown *from, struct sheet_shown *shown)
{
    *shown = *from;
    shown->items = malloc((from->n + 1) * sizeof *shown->items);
    if (shown->items && from->n > 0)
        memcpy(shown->items, from->items, from->n * sizeof *shown->items);
    return shown->items != NULL;
}

void sheet_shown_free(struct sheet_shown *shown)
{
    free(shown->items);
    *shown = (struct sheet_shown){0};
}

static void draw_item(const struct sheet_shown *shown, const struct sheet_item *item, const struct image *cover,
                      struct image *image)
{
    const int edge = shown->edge, left = item->cell % shown->columns * edge, top = item->cell / shown->columns * edge;
    if (cover)
        plot_image(image, left, top, cover);
    else if (item->colour != COVER_NO_COLOUR)
        plot_rectangle(image, (float)left, (float)top, (float)edge, (float)edge, item->colour);
}

static void draw_frame(const struct sheet_shown *shown, struct image *image)
{
    const float edge = (float)shown->edge, left = (float)(shown->selected % shown->columns) * edge,
                top = (float)(shown->selected / shown->columns) * edge;
    const float around = FRAME + RIM;
    plot_rectangle(image, left - around, top - around, edge + 2 * around, edge + 2 * around, rim_colour);
    plot_rectangle(image, left - FRAME, top - FRAME, edge + 2 * FRAME, edge + 2 * FRAME, frame_colour);
}

enum status sheet_picture(const struct sheet_shown *shown, struct cover_cache *covers, double deadline,
                          struct image *image, bool *incomplete, struct error *error)
{
    bool read = false;
    *incomplete = false;
    enum status status = image_create(shown->width, shown->height, image, error);
    if (status != STATUS_OK)
        return status;
    plot_fill(image, shown->background);
    for (int pass = 0; pass < 2; pass++) { /* the selected cover is drawn last, over its frame */
        if (pass == 1)
            draw_frame(shown, image);
        for (size_t i = 0; i < shown->n; i++) {
            const struct sheet_item *item = &shown->items[i];
            if ((item->cell == shown->selected) != (pass == 1))
                continue;
            struct image cover;
            bool may_load = !read || clock_seconds() < deadline, missing;
            bool found = cover_cache_get(covers, item->album, shown->edge, may_load, &cover, &missing);
            read = read || (missing && may_load);
            *incomplete = *incomplete || (missing && !may_load);
            draw_item(shown, item, found ? &cover : NULL, image);
            image_free(&cover);
        }
    }
    return STATUS_OK;
}
