#include "ui/terminal/frame.h"

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
    frame->kitty.lost = true;
}

void frame_leave(struct frame *frame, struct buffer *out)
{
    if (frame->mode == IMAGES_KITTY)
        kitty_delete_all(&frame->kitty, out);
}

static enum status fit(struct frame *frame, const struct display *display, struct error *error)
{
    if (frame->shown.tiles && frame->wanted.tiles && frame->shown.rows == display->rows &&
        frame->shown.columns == display->columns)
        return STATUS_OK;
    struct frame before = *frame;
    *frame = (struct frame){.mode = before.mode, .kitty = before.kitty};
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

static enum image_format format_of(const struct display *display, const struct image_rect *rect)
{
    switch (display->images) {
    case IMAGES_SIXEL:
        return FORMAT_SIXEL;
    case IMAGES_KITTY: /* knows no JPEG */
        return FORMAT_PNG;
    case IMAGES_ITERM:
        return rect->reference.kind == IMAGE_COVER ? FORMAT_JPEG : FORMAT_PNG;
    default:
        return FORMAT_BLOCKS;
    }
}

bool frame_request(const struct display *display, const struct image_rect *rect, struct image_request *request)
{
    if (display->images == IMAGES_NONE || !is_inside(display, rect))
        return false;
    if (display->images == IMAGES_ASCII && rect->reference.kind == IMAGE_COVER)
        return false;
    bool pixels = image_mode_has_pixels(display->images), sixel = display->images == IMAGES_SIXEL;
    *request = (struct image_request){
        .reference = rect->reference,
        .format = format_of(display, rect),
        .width = rect->columns * (pixels ? display->cell_width : BLOCK_CELL_WIDTH),
        .height = rect->rows * (pixels ? display->cell_height : BLOCK_CELL_HEIGHT),
        .registers = sixel    ? display->registers
                     : pixels ? 0
                              : (int)display->shape,
        .dimmed = rect->dimmed && (sixel || !pixels), /* kitty dims; with iTerm2's it is not worth the bytes */
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

/* A picture that is not text: its cells stay blank. */
static void leave_space(const struct image_rect *rect, struct grid *grid)
{
    for (int row = 0; row < rect->rows; row++)
        for (int column = 0; column < rect->columns; column++)
            *grid_tile(grid, rect->row + row, rect->column + column) = (struct tile){.width = 1, .image = true};
}

static void place_pixels(struct frame *frame, const struct display *display, const struct image_rect *rect,
                         const struct encoded_image *picture, struct making *making)
{
    bool kitty = display->images == IMAGES_KITTY;
    if (picture && kitty && !kitty_need(&frame->kitty, picture, rect))
        picture = NULL;
    if (!picture)
        blocks_colour(&display->theme, rect, placeholder_of(display, rect), &frame->wanted);
    else if (kitty && display->placeholders)
        kitty_placeholders(&frame->kitty, picture->serial, rect, &frame->wanted);
    else
        leave_space(rect, &frame->wanted);
    if (kitty && display->placeholders)
        return;
    int at = making->n_wanted++;
    making->rects[at] = rect;
    making->pictures[at] = picture;
    making->wanted[at] = (struct placed_image){
        rect->row, rect->column, rect->rows, rect->columns, picture ? picture->serial : 0, kitty && rect->dimmed};
}

static void place_text(struct frame *frame, const struct display *display, const struct image_rect *rect,
                       const struct encoded_image *picture)
{
    if (picture)
        blocks_draw(&display->theme, display->shape, &picture->bytes, rect, &frame->wanted);
    else
        blocks_colour(&display->theme, rect, placeholder_of(display, rect), &frame->wanted);
}

static void place_images(struct frame *frame, const struct display *display, const struct screen *screen,
                         struct image_service *images, struct making *making)
{
    for (int i = 0; i < screen->n_images && i < SCREEN_IMAGES_MAX; i++) {
        const struct image_rect *rect = &screen->images[i];
        struct image_request request;
        if (display->images == IMAGES_ASCII && rect->reference.kind == IMAGE_COVER && is_inside(display, rect))
            blocks_initials(&display->theme, display->utf8, rect, placeholder_of(display, rect), &frame->wanted);
        if (!frame_request(display, rect, &request))
            continue;
        const struct encoded_image *picture = images ? image_service_get(images, &request) : NULL;
        if (image_mode_has_pixels(display->images))
            place_pixels(frame, display, rect, picture, making);
        else
            place_text(frame, display, rect, picture);
    }
    cells_repair(&frame->wanted);
}

/* Writes spaces over exactly the picture's cells, in this colour. */
static void write_spaces(struct frame *frame, const struct placed_image *gone, uint32_t colour, struct pen *pen)
{
    struct tile space = tile_plain(' ', COLOUR_DEFAULT, colour);
    for (int row = gone->row; row < gone->row + gone->rows; row++)
        for (int column = gone->column; column < gone->column + gone->columns; column++) {
            pen_move(pen, row, column);
            pen_put(pen, &space);
            *grid_tile(&frame->shown, row, column) = space;
        }
}

/* Makes the picture's cells blank, in the page's background or the new colour of the cells. The text below one of
 * kitty's is blank already. */
static void erase_image(struct frame *frame, const struct display *display, const struct making *making,
                        const struct placed_image *gone, struct pen *pen)
{
    uint32_t colour = COLOUR_DEFAULT;
    if (frame->mode == IMAGES_KITTY) {
        kitty_remove(&frame->kitty, gone, NULL, pen->out);
        for (int row = gone->row; row < gone->row + gone->rows; row++)
            for (int column = gone->column; column < gone->column + gone->columns; column++)
                if (grid_tile(&frame->shown, row, column)->image)
                    *grid_tile(&frame->shown, row, column) = tile_plain(' ', COLOUR_DEFAULT, COLOUR_DEFAULT);
        return;
    }
    for (int i = 0; i < making->n_wanted; i++)
        if (same_rect(&making->wanted[i], gone))
            colour = theme_colour(&display->theme, placeholder_of(display, making->rects[i]));
    write_spaces(frame, gone, colour, pen);
}

/* Pictures of another mode than before cannot be drawn over. */
static void change_mode(struct frame *frame, const struct display *display, struct pen *pen)
{
    if (frame->mode == display->images)
        return;
    struct making none = {.n_wanted = 0};
    for (int i = 0; i < frame->n_images; i++)
        erase_image(frame, display, &none, &frame->images[i], pen);
    frame_leave(frame, pen->out);
    frame->n_images = 0;
    frame->mode = display->images;
}

/* The number of earlier pictures that this one is drawn over. */
static int depth_of(const struct making *making, int index)
{
    int depth = 0;
    for (int i = 0; i < index; i++)
        depth += making->wanted[i].serial != 0 && placed_overlap(&making->wanted[i], &making->wanted[index]);
    return depth;
}

static void draw_image(const struct frame *frame, const struct making *making, int index, struct pen *pen)
{
    const struct placed_image *place = &making->wanted[index];
    const struct encoded_image *picture = making->pictures[index];
    pen_move(pen, place->row, place->column);
    if (frame->mode == IMAGES_KITTY)
        kitty_place(&frame->kitty, place, depth_of(making, index), pen->out);
    else if (frame->mode == IMAGES_ITERM)
        iterm_add(picture, place->rows, place->columns, pen->out);
    else
        buffer_add(pen->out, picture->bytes.data, picture->bytes.size);
    pen->row = -1; /* terminals differ in the cursor position after a picture */
}

/* Removes what other pictures were placed over: kitty keeps both. */
static void remove_replaced(struct frame *frame, const struct making *making, const bool *erased, struct pen *pen)
{
    for (int i = 0; frame->mode == IMAGES_KITTY && i < frame->n_images; i++)
        for (int j = 0; !erased[i] && j < making->n_wanted; j++)
            if (making->wanted[j].serial != 0 && same_rect(&frame->images[i], &making->wanted[j]))
                kitty_remove(&frame->kitty, &frame->images[i], &making->wanted[j], pen->out);
}

static void write_difference(struct frame *frame, const struct display *display, const struct making *making,
                             struct pen *pen)
{
    bool erase[SCREEN_IMAGES_MAX];
    bool draw[SCREEN_IMAGES_MAX];
    change_mode(frame, display, pen);
    if (frame->mode == IMAGES_KITTY)
        kitty_upload(&frame->kitty, display->theme.page, pen->out);
    images_plan(frame->images, frame->n_images, making->wanted, making->n_wanted, erase, draw);
    for (int i = 0; i < frame->n_images; i++)
        if (erase[i])
            erase_image(frame, display, making, &frame->images[i], pen);
    cells_write(pen, &frame->shown, &frame->wanted);
    for (int i = 0; i < making->n_wanted; i++)
        if (draw[i])
            draw_image(frame, making, i, pen);
    remove_replaced(frame, making, erase, pen);
    frame->n_images = 0;
    for (int i = 0; i < making->n_wanted; i++)
        if (making->wanted[i].serial != 0)
            frame->images[frame->n_images++] = making->wanted[i];
    if (frame->mode == IMAGES_KITTY)
        kitty_trim(&frame->kitty, pen->out);
}

enum status frame_draw(struct frame *frame, const struct display *display, const struct screen *screen,
                       struct image_service *images, struct buffer *out, struct error *error)
{
    enum status status = fit(frame, display, error);
    if (status != STATUS_OK)
        return status;
    struct making making = {.n_wanted = 0};
    kitty_begin(&frame->kitty, display->placeholders);
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
