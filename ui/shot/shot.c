#include "ui/shot/shot.h"

#include <stdlib.h>
#include <string.h>

#include "draw/plot.h"
#include "ui/terminal/sixel.h"

static const char *const endings[SHOT_FORMATS] = {".png", ".svg", ".txt"};

enum status shot_format_of(const char *path, enum shot_format *format, struct error *error)
{
    size_t size = strlen(path);
    for (int i = 0; i < SHOT_FORMATS; i++)
        if (size > strlen(endings[i]) && strcasecmp(path + size - strlen(endings[i]), endings[i]) == 0) {
            *format = (enum shot_format)i;
            return STATUS_OK;
        }
    return error_set(error, STATUS_USAGE, "%.200s: a picture of the screen is a file ending in .png, .svg or .txt",
                     path);
}

static uint32_t rgb_of(uint32_t colour, uint32_t otherwise)
{
    return theme_rgb(colour, otherwise) & 0xffffff;
}

void shot_colours(const struct shot *shot, const struct tile *tile, uint32_t *ink, uint32_t *page)
{
    uint32_t front = rgb_of(tile->foreground, shot->ink), back = rgb_of(tile->background, shot->page);
    bool reversed = (tile->attributes & ATTRIBUTE_REVERSE) != 0;
    *ink = reversed ? back : front;
    *page = reversed ? front : back;
}

void shot_place(const struct shot *shot, int at, int *left, int *top)
{
    const struct image_rect *rect = &shot->rects[at];
    *left = rect->column * shot->cell_width + (rect->columns * shot->cell_width - shot->images[at].width) / 2;
    *top = rect->row * shot->cell_height + (rect->rows * shot->cell_height - shot->images[at].height) / 2;
}

static void dim(struct image *image, uint32_t page)
{
    size_t size = 3 * (size_t)image->width * (size_t)image->height;
    for (size_t i = 0; i < size; i++)
        image->rgb[i] = (uint8_t)((image->rgb[i] + (page >> (16 - 8 * (i % 3)) & 255)) / 2);
}

/* Covers of few rows are kept apart, as on the terminal. */
static int edge_of(const struct shot *shot, const struct image_rect *rect)
{
    int width = rect->columns * shot->cell_width, height = rect->rows * shot->cell_height;
    int edge = width < height ? width : height;
    return rect->rows <= 3 ? edge - shot->cell_height / 4 : edge;
}

static enum status take_picture(struct shot *shot, const struct shot_source *source, int at, struct error *error)
{
    const struct image_rect *rect = &shot->rects[at];
    struct image *image = &shot->images[at];
    struct error reason;
    int width = rect->columns * shot->cell_width, height = rect->rows * shot->cell_height;
    if (rect->reference.kind == IMAGE_COVER)
        width = height = edge_of(shot, rect);
    if (source->picture && source->picture(source->context, rect, width, height, image, &reason) == STATUS_OK) {
        if (rect->dimmed)
            dim(image, shot->page);
        return STATUS_OK;
    }
    image_free(image);
    enum status status = image_create(width, height, image, error);
    if (status == STATUS_OK)
        plot_fill(image, rect->colour == SCREEN_NO_COLOUR ? colour_dim(shot->ink, shot->page) : rect->colour);
    return status;
}

static enum status prepare(const struct screen *screen, const struct shot_source *source, struct shot *shot,
                           struct error *error)
{
    enum status status = grid_create(screen->rows, screen->columns, &shot->grid, error);
    shot->images = calloc((size_t)screen->n_images + 1, sizeof *shot->images);
    if (status == STATUS_OK && !shot->images)
        status = error_no_memory(error);
    if (status != STATUS_OK)
        return status;
    cells_compose(&source->theme, true, false, screen, &shot->grid);
    cells_repair(&shot->grid);
    for (shot->n_images = 0; status == STATUS_OK && shot->n_images < screen->n_images; shot->n_images++)
        status = take_picture(shot, source, shot->n_images, error);
    return status;
}

enum status shot_make(const struct screen *screen, const struct shot_source *source, enum shot_format format,
                      struct buffer *out, struct error *error)
{
    struct shot shot = {.cell_width = source->cell_width,
                        .cell_height = source->cell_height,
                        .page = source->theme.page & 0xffffff,
                        .ink = source->theme.light ? 0x1a1a1a : 0xe6e6e6,
                        .rects = screen->images};
    if (format == SHOT_TEXT) {
        screen_dump_text(screen, out);
        return out->failed ? error_no_memory(error) : STATUS_OK;
    }
    enum status status = prepare(screen, source, &shot, error);
    if (status == STATUS_OK)
        status = format == SHOT_PNG ? shot_png(&shot, out, error) : shot_svg(&shot, out, error);
    for (int i = 0; shot.images && i < shot.n_images; i++)
        image_free(&shot.images[i]);
    free(shot.images);
    grid_free(&shot.grid);
    return status;
}
