#include "ui/terminal/frame.h"

#include "ui/terminal/blocks.h"
#include "ui/terminal/sixel.h"

void frame_free(struct frame *frame)
{
    grid_free(&frame->shown);
    grid_free(&frame->wanted);
    *frame = (struct frame){0};
}

void frame_forget(struct frame *frame)
{
    for (int row = 0; row < frame->shown.rows; row++)
        for (int column = 0; column < frame->shown.columns; column++)
            *grid_tile(&frame->shown, row, column) = (struct tile){.unknown = true};
    for (int i = 0; i < frame->n_images; i++)
        frame->images[i].serial =
            0; /* it may still be on the screen, so erase or draw over it, but do not rely on it */
    frame->cursor_known = false;
}

static enum status fit(struct frame *frame, const struct display *display, struct error *error)
{
    if (frame->shown.tiles && frame->wanted.tiles && frame->shown.rows == display->rows &&
        frame->shown.columns == display->columns)
        return STATUS_OK;
    struct frame before = *frame;
    *frame = (struct frame){0};
    for (int i = 0; i < before.n_images; i++) {
        const struct placed_image *image = &before.images[i];
        if (image->row + image->rows <= display->rows && image->column + image->columns <= display->columns)
            frame->images[frame->n_images++] = *image;
    }
    frame_free(&before);
    enum status status = grid_create(display->rows, display->columns, &frame->shown, error);
    if (status == STATUS_OK)
        status = grid_create(display->rows, display->columns, &frame->wanted, error);
    if (status != STATUS_OK)
        frame_free(frame);
    else
        frame_forget(frame);
    return status;
}

/* Inside the window, and above its last row: a picture in the last row would scroll the screen. */
static bool is_inside(const struct display *display, const struct image_rect *rect)
{
    return rect->row >= 0 && rect->column >= 0 && rect->rows > 0 && rect->columns > 0 && rect->rows < display->rows &&
           rect->columns <= display->columns && rect->row < display->rows - rect->rows &&
           rect->column <= display->columns - rect->columns;
}

bool frame_request(const struct display *display, const struct image_rect *rect, struct image_request *request)
{
    if (display->images == IMAGES_NONE || !is_inside(display, rect))
        return false;
    bool sixel = display->images == IMAGES_SIXEL;
    *request = (struct image_request){
        .reference = rect->reference,
        .format = sixel ? FORMAT_SIXEL : FORMAT_PIXELS,
        .width = rect->columns * (sixel ? display->cell_width : 1),
        .height = rect->rows * (sixel ? display->cell_height : 2),
        .registers = sixel ? display->registers : 0,
        .dimmed = rect->dimmed,
        .background = display->theme.page,
        .colour = rect->colour,
    };
    return true;
}

static uint32_t placeholder_of(const struct display *display, const struct image_rect *rect)
{
    return rect->dimmed ? colour_dim(rect->colour, display->theme.page) : rect->colour;
}

/* A frame in progress. */
struct making {
    const struct image_rect *rects[SCREEN_IMAGES_MAX];
    const struct encoded_image *pictures[SCREEN_IMAGES_MAX];
    struct placed_image wanted[SCREEN_IMAGES_MAX];
    int n_wanted;
};

static void place_images(struct frame *frame, const struct display *display, const struct screen *screen,
                         struct image_service *images, struct making *making)
{
    for (int i = 0; i < screen->n_images && i < SCREEN_IMAGES_MAX; i++) {
        const struct image_rect *rect = &screen->images[i];
        struct image_request request;
        if (!frame_request(display, rect, &request))
            continue;
        const struct encoded_image *picture = images ? image_service_get(images, &request) : NULL;
        if (!picture) {
            blocks_colour(&display->theme, rect, placeholder_of(display, rect), &frame->wanted);
        } else if (display->images == IMAGES_SIXEL) {
            for (int row = 0; row < rect->rows; row++)
                for (int column = 0; column < rect->columns; column++)
                    *grid_tile(&frame->wanted, rect->row + row, rect->column + column) =
                        (struct tile){.width = 1, .image = true};
        } else if (display->images == IMAGES_ASCII) {
            blocks_ascii(&display->theme, &picture->pixels, rect, &frame->wanted);
        } else {
            blocks_half(&display->theme, &picture->pixels, rect, &frame->wanted);
        }
        if (display->images != IMAGES_SIXEL)
            continue;
        int at = making->n_wanted++;
        making->rects[at] = rect;
        making->pictures[at] = picture;
        making->wanted[at] =
            (struct placed_image){rect->row, rect->column, rect->rows, rect->columns, picture ? picture->serial : 0};
    }
    cells_repair(&frame->wanted);
}

/* Writes spaces over exactly the picture's cells, in the page's background or the new colour of the cells. */
static void erase_image(struct frame *frame, const struct display *display, const struct making *making,
                        const struct placed_image *gone, struct pen *pen)
{
    uint32_t colour = COLOUR_DEFAULT;
    for (int i = 0; i < making->n_wanted; i++)
        if (same_rect(&making->wanted[i], gone))
            colour = theme_colour(&display->theme, placeholder_of(display, making->rects[i]));
    struct tile space = tile_plain(' ', COLOUR_DEFAULT, colour);
    for (int row = gone->row; row < gone->row + gone->rows; row++)
        for (int column = gone->column; column < gone->column + gone->columns; column++) {
            pen_move(pen, row, column);
            pen_put(pen, &space);
            *grid_tile(&frame->shown, row, column) = space;
        }
}

static void draw_image(struct pen *pen, const struct placed_image *place, const struct encoded_image *picture)
{
    pen_move(pen, place->row, place->column);
    buffer_add(pen->out, picture->bytes.data, picture->bytes.size);
    pen->row = -1; /* terminals differ in the cursor position after a picture */
}

static void write_difference(struct frame *frame, const struct display *display, const struct making *making,
                             struct pen *pen)
{
    bool erase[SCREEN_IMAGES_MAX];
    bool draw[SCREEN_IMAGES_MAX];
    images_plan(frame->images, frame->n_images, making->wanted, making->n_wanted, erase, draw);
    for (int i = 0; i < frame->n_images; i++)
        if (erase[i])
            erase_image(frame, display, making, &frame->images[i], pen);
    cells_write(pen, &frame->shown, &frame->wanted);
    frame->n_images = 0;
    for (int i = 0; i < making->n_wanted; i++) {
        if (draw[i])
            draw_image(pen, &making->wanted[i], making->pictures[i]);
        if (making->wanted[i].serial != 0)
            frame->images[frame->n_images++] = making->wanted[i];
    }
}

enum status frame_draw(struct frame *frame, const struct display *display, const struct screen *screen,
                       struct image_service *images, struct buffer *out, struct error *error)
{
    enum status status = fit(frame, display, error);
    if (status != STATUS_OK)
        return status;
    struct making making = {.n_wanted = 0};
    cells_compose(&display->theme, display->utf8, screen, &frame->wanted);
    place_images(frame, display, screen, images, &making);

    size_t before = out->size;
    if (display->synchronised)
        buffer_add_text(out, "\x1b[?2026h");
    if (frame->cursor_visible || !frame->cursor_known)
        buffer_add_text(out, "\x1b[?25l");
    size_t begin = out->size;
    struct pen pen = {out, -1, -1, COLOUR_DEFAULT, COLOUR_DEFAULT, -1, display->theme.colours};
    write_difference(frame, display, &making, &pen);

    int row = screen->cursor_row < 0 ? 0 : screen->cursor_row < display->rows ? screen->cursor_row : display->rows - 1;
    int column = screen->cursor_column < 0                  ? 0
                 : screen->cursor_column < display->columns ? screen->cursor_column
                                                            : display->columns - 1;
    bool same_cursor = frame->cursor_known && frame->cursor_visible == screen->cursor_visible &&
                       (!screen->cursor_visible || (frame->cursor_row == row && frame->cursor_column == column));
    if (out->size == begin && same_cursor) {
        out->size = before;
        return STATUS_OK;
    }
    if (pen.attributes != -1)
        buffer_add_text(out, "\x1b[0m");
    buffer_printf(out, "\x1b[%d;%dH", row + 1, column + 1);
    if (screen->cursor_visible)
        buffer_add_text(out, "\x1b[?25h");
    if (display->synchronised)
        buffer_add_text(out, "\x1b[?2026l");
    frame->cursor_row = row;
    frame->cursor_column = column;
    frame->cursor_visible = screen->cursor_visible;
    frame->cursor_known = true;
    if (out->failed) {
        frame_forget(frame);
        return error_no_memory(error);
    }
    return STATUS_OK;
}
