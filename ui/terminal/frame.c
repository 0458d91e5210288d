#include "ui/terminal/frame.h"

#include <stdlib.h>
#include <string.h>

#include "ui/terminal/sixel.h"

static void free_grids(struct frame *frame)
{
    grid_free(&frame->shown);
    grid_free(&frame->wanted);
}

void frame_free(struct frame *frame)
{
    free_grids(frame);
    buffer_free(&frame->pen);
    if (frame->owns_text)
        text_screen_close(frame->text);
    *frame = (struct frame){0};
}

void frame_forget(struct frame *frame)
{
    for (int i = 0; i < frame->n_images; i++)
        frame->images[i].serial =
            0; /* it may still be on the screen, so erase or draw over it, but do not rely on it */
    frame->cursor_known = false;
    frame->clear = true;
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
    enum status status = STATUS_OK;
    if (!frame->text) {
        status = text_screen_open("xterm-256color", &frame->text, error);
        frame->owns_text = status == STATUS_OK;
    }
    int n_before = frame->n_images;
    frame->n_images = 0;
    for (int i = 0; i < n_before; i++) {
        const struct placed_image *image = &frame->images[i];
        if (image->row + image->rows <= display->rows && image->column + image->columns <= display->columns)
            frame->images[frame->n_images++] = *image;
    }
    free_grids(frame);
    if (status == STATUS_OK)
        status = grid_create(display->rows, display->columns, &frame->shown, error);
    if (status == STATUS_OK)
        status = grid_create(display->rows, display->columns, &frame->wanted, error);
    if (status == STATUS_OK)
        status = text_screen_resize(frame->text, display->rows, display->columns, error);
    if (status != STATUS_OK)
        free_grids(frame);
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

/* The colour of the rectangle; where the picture's is not known, a little off the page. */
static uint32_t colour_of(const struct display *display, const struct image_rect *rect)
{
    static const uint32_t towards[] = {0xffffff, 0x000000}; /* on dark, on light */
    uint32_t page = display->theme.page, colour = towards[display->theme.light];
    for (int i = 0; i < 3 && rect->colour == SCREEN_NO_COLOUR; i++)
        colour = colour_dim(colour, page);
    return rect->colour == SCREEN_NO_COLOUR ? colour : rect->colour;
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

/* Covers of few rows stand in lists without blank rows between them. */
static bool touches_others(const struct image_rect *rect)
{
    enum { ROWS_MAX = 3 };
    return rect->reference.kind == IMAGE_COVER && rect->rows <= ROWS_MAX;
}

/* A margin keeps them apart; those of blocks leave a gap below them when they are drawn. */
static int margin_of(const struct display *display, const struct image_rect *rect)
{
    enum { PARTS = 8 };
    int width = rect->columns * display->cell_width, height = rect->rows * display->cell_height;
    int edge = width < height ? width : height;
    if (!touches_others(rect) || !image_mode_has_pixels(display->images))
        return 0;
    return edge / rect->rows >= PARTS ? (edge / rect->rows + PARTS - 1) / PARTS : 0;
}

/* kitty and iTerm2 scale pictures to their cells, so that a cover need not have more pixels than are worth sending. */
static void limit_pixels(const struct display *display, struct image_request *request)
{
    enum { EDGE_SENT_MAX = 448 }; /* twice that of a stored cover */
    bool scaled = display->images == IMAGES_KITTY || display->images == IMAGES_ITERM;
    int edge = request->width > request->height ? request->width : request->height;
    if (!scaled || request->reference.kind != IMAGE_COVER || edge <= EDGE_SENT_MAX)
        return;
    request->width = request->width * EDGE_SENT_MAX / edge;
    request->height = request->height * EDGE_SENT_MAX / edge;
    request->margin = request->margin * EDGE_SENT_MAX / edge;
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
        .margin = margin_of(display, rect),
        .registers = sixel    ? display->registers
                     : pixels ? 0
                              : (int)display->shape,
        .dimmed = rect->dimmed && (sixel || !pixels), /* kitty dims; with iTerm2's it is not worth the bytes */
        .background = display->theme.page,
        .colour = colour_of(display, rect),
    };
    limit_pixels(display, request);
    return true;
}

static uint32_t placeholder_of(const struct display *display, const struct image_rect *rect)
{
    uint32_t colour = colour_of(display, rect);
    return rect->dimmed ? colour_dim(colour, display->theme.page) : colour;
}

/* A frame in progress. */
struct making {
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
    making->pictures[at] = picture;
    making->wanted[at] = (struct placed_image){
        rect->row, rect->column, rect->rows, rect->columns, picture ? picture->serial : 0, kitty && rect->dimmed};
}

static void place_text(struct frame *frame, const struct display *display, const struct image_rect *rect,
                       const struct encoded_image *picture)
{
    bool gap = touches_others(rect) && display->utf8 && display->theme.colours >= 256;
    if (picture)
        blocks_draw(&display->theme, display->shape, &picture->bytes, gap, rect, &frame->wanted);
    else if (gap)
        blocks_colour_gap(&display->theme, display->shape, rect, placeholder_of(display, rect), &frame->wanted);
    else
        blocks_colour(&display->theme, rect, placeholder_of(display, rect), &frame->wanted);
}

/* Coloured blocks of pictures, links, and what curses cannot show are the pen's. */
static void mark_own(struct frame *frame, const struct display *display, const struct screen *screen)
{
    struct grid *wanted = &frame->wanted;
    for (int row = 0; row < wanted->rows; row++)
        for (int column = 0; column < wanted->columns; column++) {
            struct tile *tile = grid_tile(wanted, row, column);
            tile->own = !tile->image && (tile->link != 0 || !text_screen_fits(tile));
            if (tile->own && tile->width == 2)
                tile[1].own = true;
            column += tile->width == 2;
        }
    for (int i = 0; i < screen->n_images && i < SCREEN_IMAGES_MAX; i++) {
        const struct image_rect *rect = &screen->images[i];
        if (display->images == IMAGES_NONE || !is_inside(display, rect))
            continue;
        for (int row = rect->row; row < rect->row + rect->rows; row++)
            for (int column = rect->column; column < rect->column + rect->columns; column++) {
                struct tile *tile = grid_tile(wanted, row, column);
                tile->own = !tile->image;
            }
    }
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
    mark_own(frame, display, screen);
}

/* ------------------------------------------------------------------ writing */

struct writing {
    struct frame *frame;
    const struct screen *screen;
    int row, column; /* where the cursor will be */
    struct pen pen;  /* into frame->pen */
    struct buffer *out;
};

/* Gives a cell, and the second one of a wide character, to curses or the pen. */
static void change_cell(struct writing *writing, const struct tile *new, int row, int column)
{
    struct text_screen *text = writing->frame->text;
    bool blank = new->own || new->image;
    for (int i = 0; i < (new->width == 2 ? 2 : 1); i++) {
        const struct tile *old = grid_tile(&writing->frame->shown, row, column + i);
        if ((old->own && (!new->own || old->width != 1)) || (old->image && !new->image))
            text_screen_damage(text, row, column + i);
        if (blank)
            text_screen_put(text, row, column + i, NULL);
    }
    if (!blank)
        text_screen_put(text, row, column, new);
    if (!new->own)
        return;
    const struct cell *cell = screen_cell((struct screen *)writing->screen, row, column);
    pen_move(&writing->pen, row, column);
    pen_put(&writing->pen, new, new->link ? writing->screen->links[cell->link - 1] : NULL);
}

/* Writes to curses or the pen what changed in this row from `column` on, up to a cell behind it that must stay as it
 * is: curses would write over it when that is shorter than moving the cursor. Returns the next column. */
static int change_row(struct writing *writing, const struct grid *wanted, int row, int column)
{
    struct frame *frame = writing->frame;
    for (bool changed = false; column < wanted->columns; column++) {
        struct tile *old = grid_tile(&frame->shown, row, column);
        const struct tile *new = grid_tile(wanted, row, column);
        bool wide = new->width == 2 && !new->image;
        if (tile_same(old, new) && (!wide || tile_same(old + 1, new + 1))) {
            if (changed && (new->image || new->own))
                return column;
            column += wide;
            continue;
        }
        changed = true;
        change_cell(writing, new, row, column);
        for (int i = 0; i < (wide ? 2 : 1); i++)
            old[i] = new[i];
        column += wide;
    }
    return column;
}

/* Makes the terminal show this grid, except for its pictures. */
static enum status change_to(struct writing *writing, const struct grid *wanted, struct error *error)
{
    int *next = calloc((size_t)wanted->rows + 1, sizeof *next);
    if (!next)
        return error_no_memory(error);
    for (bool more = true; more;) {
        more = false;
        for (int row = 0; row < wanted->rows; row++) {
            if (next[row] < wanted->columns)
                next[row] = change_row(writing, wanted, row, next[row]);
            more = more || next[row] < wanted->columns;
        }
        text_screen_update(writing->frame->text, writing->row, writing->column, writing->out);
    }
    free(next);
    return STATUS_OK;
}

/* Takes pictures of kitty's away; the text below them is blank already. */
static void remove_placements(struct writing *writing, const bool *erase)
{
    struct frame *frame = writing->frame;
    struct tile blank = tile_plain(' ', COLOUR_DEFAULT, COLOUR_DEFAULT);
    for (int i = 0; i < frame->n_images; i++) {
        const struct placed_image *gone = &frame->images[i];
        if (erase && !erase[i])
            continue;
        kitty_remove(&frame->kitty, gone, NULL, writing->out);
        for (int row = gone->row; row < gone->row + gone->rows; row++)
            for (int column = gone->column; column < gone->column + gone->columns; column++)
                if (grid_tile(&frame->shown, row, column)->image)
                    *grid_tile(&frame->shown, row, column) = blank;
    }
}

/* Makes the cells of these pictures blank, and no others; `erase` NULL: of all. */
static enum status erase_images(struct writing *writing, const bool *erase, struct error *error)
{
    struct frame *frame = writing->frame;
    struct tile blank = tile_plain(' ', COLOUR_DEFAULT, COLOUR_DEFAULT);
    struct grid blanked = {0};
    enum status status = STATUS_OK;
    if (frame->mode == IMAGES_KITTY) {
        remove_placements(writing, erase);
        return STATUS_OK;
    }
    for (int i = 0; i < frame->n_images && status == STATUS_OK; i++) {
        const struct placed_image *gone = &frame->images[i];
        if (erase && !erase[i])
            continue;
        if (!blanked.tiles)
            status = grid_copy(&frame->shown, &blanked, error);
        if (status == STATUS_OK)
            grid_fill(&blanked, gone->row, gone->column, gone->rows, gone->columns, &blank);
    }
    if (status == STATUS_OK && blanked.tiles)
        status = change_to(writing, &blanked, error);
    grid_free(&blanked);
    return status;
}

/* Pictures of another mode than before cannot be drawn over. */
static enum status change_mode(struct writing *writing, enum image_mode mode, struct error *error)
{
    struct frame *frame = writing->frame;
    if (frame->mode == mode)
        return STATUS_OK;
    enum status status = erase_images(writing, NULL, error);
    frame_leave(frame, writing->out);
    frame->n_images = 0;
    frame->mode = mode;
    return status;
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

static void draw_images(struct writing *writing, const struct making *making, const bool *erased, const bool *draw)
{
    struct frame *frame = writing->frame;
    for (int i = 0; i < making->n_wanted; i++)
        if (draw[i])
            draw_image(frame, making, i, &writing->pen);
    remove_replaced(frame, making, erased, &writing->pen);
    frame->n_images = 0;
    for (int i = 0; i < making->n_wanted; i++)
        if (making->wanted[i].serial != 0)
            frame->images[frame->n_images++] = making->wanted[i];
    if (frame->mode == IMAGES_KITTY)
        kitty_trim(&frame->kitty, &frame->pen);
}

/* Clears the terminal. What clearing leaves of pictures is erased later. */
static void clear(struct frame *frame, struct buffer *out)
{
    struct tile blank = tile_plain(' ', COLOUR_DEFAULT, COLOUR_DEFAULT);
    struct tile covered = {.text = " ", .width = 1, .image = true};
    text_screen_clear(frame->text, out);
    grid_fill(&frame->shown, 0, 0, frame->shown.rows, frame->shown.columns, &blank);
    for (int i = 0; i < frame->n_images; i++)
        grid_fill(&frame->shown, frame->images[i].row, frame->images[i].column, frame->images[i].rows,
                  frame->images[i].columns, &covered);
    frame->clear = false;
}

static enum status write_difference(struct writing *writing, const struct display *display, const struct making *making,
                                    struct error *error)
{
    struct frame *frame = writing->frame;
    bool erase[SCREEN_IMAGES_MAX];
    bool draw[SCREEN_IMAGES_MAX];
    enum status status = change_mode(writing, display->images, error);
    if (status != STATUS_OK)
        return status;
    if (frame->mode == IMAGES_KITTY)
        kitty_upload(&frame->kitty, display->theme.page, writing->out);
    images_plan(frame->images, frame->n_images, making->wanted, making->n_wanted, erase, draw);
    status = erase_images(writing, erase, error);
    if (status == STATUS_OK)
        status = change_to(writing, &frame->wanted, error);
    if (status != STATUS_OK)
        return status;
    draw_images(writing, making, erase, draw);
    pen_end(&writing->pen);
    if (frame->pen.size > 0) { /* curses knows nothing of it: cursor and colours are afterwards as it left them */
        buffer_add_text(writing->out, "\x1b"
                                      "7");
        buffer_add(writing->out, frame->pen.data, frame->pen.size);
        buffer_add_text(writing->out, "\x1b"
                                      "8");
    }
    return STATUS_OK;
}

static bool is_same(const struct frame *frame, enum image_mode mode, const struct making *making)
{
    if (frame->clear || frame->mode != mode || making->n_wanted < frame->n_images)
        return false;
    size_t cells = (size_t)frame->shown.rows * (size_t)frame->shown.columns;
    if (memcmp(frame->shown.tiles, frame->wanted.tiles, cells * sizeof *frame->shown.tiles) != 0)
        return false;
    for (int i = 0, j = 0; i < making->n_wanted; i++) {
        if (making->wanted[i].serial == 0)
            continue;
        if (j >= frame->n_images || !same_rect(&making->wanted[i], &frame->images[j]) ||
            making->wanted[i].serial != frame->images[j].serial || making->wanted[i].dimmed != frame->images[j].dimmed)
            return false;
        j++;
    }
    return true;
}

static int inside(int value, int count)
{
    return value < 0 ? 0 : value < count ? value : count - 1;
}

enum status frame_draw(struct frame *frame, const struct display *display, const struct screen *screen,
                       struct image_service *images, struct buffer *out, struct error *error)
{
    enum status status = fit(frame, display, error);
    if (status != STATUS_OK)
        return status;
    if (text_screen_is_full(frame->text)) {
        text_screen_forget(frame->text);
        frame_forget(frame);
    }
    struct making making = {.n_wanted = 0};
    kitty_begin(&frame->kitty, display->placeholders);
    cells_compose(&display->theme, display->utf8, display->links, screen, &frame->wanted);
    place_images(frame, display, screen, images, &making);

    int row = inside(screen->cursor_row, display->rows), column = inside(screen->cursor_column, display->columns);
    bool visible = screen->cursor_visible;
    bool same_cursor = frame->cursor_known && frame->cursor_visible == visible &&
                       (!visible || (frame->cursor_row == row && frame->cursor_column == column));
    if (same_cursor && is_same(frame, display->images, &making))
        return STATUS_OK;
    buffer_clear(&frame->pen);
    struct writing writing = {frame, screen, row, column, pen_make(&frame->pen, display->theme.colours), out};
    if (display->synchronised)
        buffer_add_text(out, "\x1b[?2026h");
    text_screen_cursor(frame->text, false, out);
    if (frame->clear)
        clear(frame, out);
    status = write_difference(&writing, display, &making, error);
    if (visible)
        text_screen_cursor(frame->text, true, out);
    if (display->synchronised)
        buffer_add_text(out, "\x1b[?2026l");
    frame->cursor_row = row;
    frame->cursor_column = column;
    frame->cursor_visible = visible;
    frame->cursor_known = true;
    if (status == STATUS_OK && (out->failed || frame->pen.failed))
        status = error_no_memory(error);
    if (status != STATUS_OK)
        frame_forget(frame);
    return status;
}
