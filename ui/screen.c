#include "ui/screen.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"

enum { SIDE_MAX = 4096, LINK_SIZE_MAX = 2000 };

static const char ellipsis[] = "…";

static void blank(struct cell *cell, enum style style)
{
    memset(cell->text, 0, sizeof cell->text);
    cell->text[0] = ' ';
    cell->width = 1;
    cell->style = (uint8_t)style;
    cell->link = 0;
    cell->foreground = SCREEN_NO_COLOUR;
    cell->background = SCREEN_NO_COLOUR;
}

enum status screen_create(int rows, int columns, struct screen *screen, struct error *error)
{
    memset(screen, 0, sizeof *screen);
    if (rows < 1 || columns < 1 || rows > SIDE_MAX || columns > SIDE_MAX)
        return error_set(error, STATUS_USAGE,
                         "a screen of %d columns and %d rows cannot be drawn; each must be 1 to %d", columns, rows,
                         SIDE_MAX);
    screen->cells = calloc((size_t)rows * (size_t)columns, sizeof *screen->cells);
    if (!screen->cells)
        return error_no_memory(error);
    screen->rows = rows;
    screen->columns = columns;
    screen_clear(screen);
    return STATUS_OK;
}

static void free_links(struct screen *screen)
{
    for (int i = 0; i < screen->n_links; i++)
        free(screen->links[i]);
    screen->n_links = 0;
}

void screen_free(struct screen *screen)
{
    free_links(screen);
    free(screen->cells);
    memset(screen, 0, sizeof *screen);
}

void screen_clear(struct screen *screen)
{
    for (int i = 0; i < screen->rows * screen->columns; i++)
        blank(&screen->cells[i], STYLE_TEXT);
    screen->n_images = 0;
    free_links(screen);
    screen->cursor_row = screen->cursor_column = 0;
    screen->cursor_visible = false;
}

void screen_clear_rows(struct screen *screen, int row, int rows)
{
    int kept = 0;
    for (int i = 0; i < rows; i++)
        screen_fill(screen, row + i, 0, screen->columns, STYLE_TEXT);
    for (int i = 0; i < screen->n_images; i++) {
        const struct image_rect *image = &screen->images[i];
        if (image->row + image->rows <= row || image->row >= row + rows)
            screen->images[kept++] = *image;
    }
    screen->n_images = kept;
}

struct cell *screen_cell(struct screen *screen, int row, int column)
{
    if (row < 0 || column < 0 || row >= screen->rows || column >= screen->columns)
        return NULL;
    return &screen->cells[row * screen->columns + column];
}

/* The cell to be written may be half of a wide character; then the other half is blanked. */
static void detach(struct screen *screen, int row, int column)
{
    struct cell *cell = screen_cell(screen, row, column);
    if (!cell)
        return;
    if (cell->width == 2)
        blank(cell + 1, (enum style)cell[1].style);
    if (cell->width == 0) {
        blank(cell - 1, (enum style)cell[-1].style);
        blank(cell, (enum style)cell->style);
    }
}

static void put(struct screen *screen, int row, int column, enum style style, const char *text, size_t size, int width)
{
    struct cell *cell = screen_cell(screen, row, column);
    if (!cell)
        return;
    detach(screen, row, column);
    blank(cell, style);
    size_t kept = 0;
    while (kept < size) {
        size_t step = text_character_size(text + kept, size - kept);
        if (step == 0 || kept + step >= sizeof cell->text)
            break;
        kept += step;
    }
    if (kept > 0) {
        memset(cell->text, 0, sizeof cell->text);
        memcpy(cell->text, text, kept);
    }
    if (width == 2) {
        detach(screen, row, column + 1);
        blank(cell + 1, style);
        cell->width = 2;
        cell[1].width = 0;
        cell[1].text[0] = '\0';
    }
}

/* The number of bytes that fit before an ellipsis, or `size` if all fit; *used is the columns of these bytes. */
static size_t part_that_fits(const char *text, size_t size, int columns, int *used, bool *cut)
{
    size_t at = 0, fits = 0;
    int width = 0, fits_width = 0;
    *cut = false;
    while (at < size) {
        int step_width;
        size_t step = text_cluster(text + at, size - at, &step_width);
        if (width + step_width > columns) {
            *cut = true;
            break;
        }
        at += step;
        width += step_width;
        if (width < columns) {
            fits = at;
            fits_width = width;
        }
    }
    *used = *cut ? fits_width : width;
    return *cut ? fits : at;
}

static int draw(struct screen *screen, int row, int column, int columns, enum style style, const char *text,
                size_t size, bool cut)
{
    int used = 0;
    for (size_t at = 0; at < size;) {
        int width;
        size_t step = text_cluster(text + at, size - at, &width);
        if (width > 0 && column + used >= 0 && column + used + width <= screen->columns)
            put(screen, row, column + used, style, text + at, step, width);
        at += step;
        used += width;
    }
    if (cut && columns > 0) {
        if (screen_cell(screen, row, column + used))
            put(screen, row, column + used, style, ellipsis, sizeof ellipsis - 1, 1);
        used++;
    }
    return used;
}

static int draw_fitted(struct screen *screen, int row, int column, int right, int columns, enum style style,
                       const char *text)
{
    if (row < 0 || row >= screen->rows || columns <= 0)
        return 0;
    struct buffer clean = {0};
    text_sanitise(text, strlen(text), &clean);
    int used = 0;
    if (clean.data && !clean.failed) {
        bool cut;
        size_t size = part_that_fits(clean.data, clean.size, columns, &used, &cut);
        if (right >= 0)
            column = right - used - (cut ? 1 : 0);
        used = draw(screen, row, column, columns, style, clean.data, size, cut);
    }
    buffer_free(&clean);
    return used;
}

int screen_text(struct screen *screen, int row, int column, int columns, enum style style, const char *text)
{
    if (column < 0)
        return 0;
    if (columns > screen->columns - column)
        columns = screen->columns - column;
    return draw_fitted(screen, row, column, -1, columns, style, text);
}

int screen_text_right(struct screen *screen, int row, int right, int columns, enum style style, const char *text)
{
    if (right > screen->columns)
        right = screen->columns;
    if (columns > right)
        columns = right;
    return draw_fitted(screen, row, 0, right, columns, style, text);
}

void screen_fill(struct screen *screen, int row, int column, int columns, enum style style)
{
    for (int i = 0; i < columns; i++) {
        struct cell *cell = screen_cell(screen, row, column + i);
        if (cell) {
            detach(screen, row, column + i);
            blank(cell, style);
        }
    }
}

void screen_restyle(struct screen *screen, int row, int column, int columns, enum style style)
{
    for (int i = 0; i < columns; i++) {
        struct cell *cell = screen_cell(screen, row, column + i);
        if (cell) {
            cell->style = (uint8_t)style;
            cell->link = 0;
        }
    }
}

void screen_link(struct screen *screen, int row, int column, int columns, const char *uri)
{
    size_t size = strlen(uri);
    for (size_t i = 0; i < size; i++)
        if (uri[i] <= ' ' || uri[i] > '~')
            return;
    if (size == 0 || size > LINK_SIZE_MAX || screen->n_links >= SCREEN_LINKS_MAX)
        return;
    char *copy = strdup(uri);
    if (!copy)
        return;
    screen->links[screen->n_links++] = copy;
    for (int i = 0; i < columns; i++) {
        struct cell *cell = screen_cell(screen, row, column + i);
        if (cell)
            cell->link = (uint8_t)screen->n_links;
    }
}

void screen_image(struct screen *screen, const struct image_rect *rect)
{
    if (rect->row < 0 || rect->column < 0 || rect->rows < 1 || rect->columns < 1 ||
        rect->rows > screen->rows - 1 - rect->row || rect->columns > screen->columns - rect->column ||
        screen->n_images >= SCREEN_IMAGES_MAX)
        return;
    screen->images[screen->n_images++] = *rect;
}

static void dump_row(const struct screen *screen, int row, struct buffer *out)
{
    const struct cell *cells = &screen->cells[row * screen->columns];
    int end = screen->columns;
    while (end > 0 && strcmp(cells[end - 1].text, " ") == 0)
        end--;
    for (int i = 0; i < end; i++)
        buffer_add_text(out, cells[i].text);
    buffer_add_byte(out, '\n');
}

void screen_dump_text(const struct screen *screen, struct buffer *out)
{
    for (int row = 0; row < screen->rows; row++)
        dump_row(screen, row, out);
}

void screen_dump(const struct screen *screen, struct buffer *out)
{
    screen_dump_text(screen, out);
    screen_dump_images(screen, out);
    if (screen->cursor_visible)
        buffer_printf(out, "cursor %d %d\n", screen->cursor_row, screen->cursor_column);
}

void screen_dump_images(const struct screen *screen, struct buffer *out)
{
    static const char *const kinds[] = {[IMAGE_COVER] = "cover", [IMAGE_MAP] = "map"};
    for (int i = 0; i < screen->n_images; i++) {
        const struct image_rect *image = &screen->images[i];
        buffer_printf(out, "image %d %d %dx%d %s %lld%s\n", image->row, image->column, image->rows, image->columns,
                      kinds[image->reference.kind], (long long)image->reference.id, image->dimmed ? " dimmed" : "");
    }
}
