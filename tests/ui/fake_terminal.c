#include "fake_terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/text.h"
#include "ui/terminal/sixel.h"

enum { GROUND, ESCAPE, CSI, STRING, STRING_ESCAPE };

void fake_create(struct fake_terminal *fake, int rows, int columns, int cell_width, int cell_height)
{
    *fake = (struct fake_terminal){
        .rows = rows, .columns = columns, .cell_width = cell_width, .cell_height = cell_height, .cursor_visible = true};
    fake->cells = calloc((size_t)rows * (size_t)columns, sizeof *fake->cells);
    for (int i = 0; i < rows * columns; i++)
        fake->cells[i] = (struct fake_cell){.text = "?", .width = 1}; /* left by an earlier program */
}

void fake_free(struct fake_terminal *fake)
{
    free(fake->cells);
    buffer_free(&fake->sequence);
}

void fake_count(struct fake_terminal *fake)
{
    fake->n_text = fake->n_drawn = 0;
}

static void broken(struct fake_terminal *fake, const char *rule)
{
    if (fake->broken++ == 0)
        snprintf(fake->first_broken, sizeof fake->first_broken, "%s at %d,%d", rule, fake->row, fake->column);
}

static struct fake_cell *cell_at(const struct fake_terminal *fake, int row, int column)
{
    return &fake->cells[row * fake->columns + column];
}

const struct fake_cell *fake_cell(const struct fake_terminal *fake, int row, int column)
{
    return cell_at(fake, row, column);
}

static void print(struct fake_terminal *fake, const char *text, size_t size)
{
    int width;
    text_cluster(text, size, &width);
    if (fake->column + width > fake->columns) {
        broken(fake, "text beyond the right edge");
        return;
    }
    struct fake_cell *cell = cell_at(fake, fake->row, fake->column);
    bool space = size == 1 && text[0] == ' ';
    for (int i = 0; i < width; i++)
        if (cell[i].image != 0 && !space)
            broken(fake, "text over a picture that was not erased");
    *cell = (struct fake_cell){.width = width};
    memcpy(cell->text, text, size);
    if (width == 2)
        cell[1] = (struct fake_cell){.width = 0};
    fake->column += width;
    fake->n_text++;
}

static void draw_sixel(struct fake_terminal *fake)
{
    const char *data = fake->sequence.data;
    const char *raster = strstr(data, "q\"1;1;");
    int width = 0;
    int height = 0;
    if (!raster || sscanf(raster, "q\"1;1;%d;%d", &width, &height) != 2 || width <= 0 || height <= 0) {
        broken(fake, "a picture that does not tell its size");
        return;
    }
    if (fake->sequence.size + 4 >= SIXEL_BYTES_MAX)
        broken(fake, "a picture of more than 900 KB");
    if (data[fake->sequence.size - 1] == '-')
        broken(fake, "a line feed at a picture's end");
    if (width % fake->cell_width || height % fake->cell_height)
        broken(fake, "a picture of broken cells");
    struct fake_image image = {fake->row, fake->column, height / fake->cell_height, width / fake->cell_width,
                               hash_bytes(data, fake->sequence.size)};
    if (image.row + image.rows >= fake->rows || image.column + image.columns > fake->columns) {
        broken(fake, "a picture that touches the last row or the edge");
        return;
    }
    int number = ++fake->n_images;
    fake->images[number & 1023] = image;
    for (int row = image.row; row < image.row + image.rows; row++)
        for (int column = image.column; column < image.column + image.columns; column++) {
            struct fake_cell *cell = cell_at(fake, row, column);
            if (strcmp(cell->text, " ") != 0)
                broken(fake, "a picture over text");
            const struct fake_image *old = &fake->images[cell->image & 1023];
            if (cell->image != 0 && (old->row != image.row || old->column != image.column || old->rows != image.rows ||
                                     old->columns != image.columns))
                broken(fake, "a picture partly over another");
            cell->image = number;
        }
    fake->row = image.row + image.rows; /* terminals leave the cursor somewhere below */
    fake->column = 0;
    fake->n_drawn++;
}

static void set_mode(struct fake_terminal *fake, int mode, bool on)
{
    if (mode == 2026) {
        fake->synchronised += on ? 1 : -1;
        if (fake->synchronised > 1)
            broken(fake, "a synchronised update inside another");
        if (fake->synchronised < 0)
            fake->synchronised = 0;
    } else if (mode == 25) {
        fake->cursor_visible = on;
    } else if (mode == 1049) {
        fake->alternate = on;
    } else if (mode == 2004) {
        fake->paste = on;
    } else if (mode == 1000) {
        fake->mouse = on;
    } else if (mode == 7) {
        fake->wrap_off = !on;
    }
}

static void run_csi(struct fake_terminal *fake, char final)
{
    const char *text = fake->sequence.data ? fake->sequence.data : "";
    int first = 0;
    int second = 0;
    if (final == 'H') {
        int count = sscanf(text, "%d;%d", &first, &second);
        fake->row = count > 0 && first > 0 ? first - 1 : 0;
        fake->column = count > 1 && second > 0 ? second - 1 : 0;
        if (fake->row >= fake->rows || fake->column >= fake->columns) {
            broken(fake, "the cursor outside the screen");
            fake->row = fake->column = 0;
        }
    } else if (strchr("ABCDGd", final)) {
        int count = sscanf(text, "%d", &first) == 1 && first > 0 ? first : 1;
        fake->row += final == 'B' ? count : final == 'A' ? -count : final == 'd' ? count - 1 - fake->row : 0;
        fake->column += final == 'C' ? count : final == 'D' ? -count : final == 'G' ? count - 1 - fake->column : 0;
        if (fake->row < 0 || fake->row >= fake->rows || fake->column < 0 || fake->column >= fake->columns) {
            broken(fake, "the cursor outside the screen");
            fake->row = fake->column = 0;
        }
    } else if ((final == 'h' || final == 'l') && sscanf(text, "?%d;%d", &first, &second) >= 1) {
        set_mode(fake, first, final == 'h');
    } else if (final == 'm' && text[0] != '>') {
        fake->coloured =
            fake->coloured || strstr(text, "38;") || strstr(text, "48;") || (text[0] == '3' && strcmp(text, "39") != 0);
    } else if (final == 'J') {
        for (int i = 0; i < fake->rows * fake->columns; i++)
            fake->cells[i] = (struct fake_cell){.text = " ", .width = 1};
    } else if (final == 'K') {
        for (int column = fake->column; column < fake->columns; column++)
            *cell_at(fake, fake->row, column) = (struct fake_cell){.text = " ", .width = 1};
    }
}

static void end_string(struct fake_terminal *fake)
{
    const char *text = fake->sequence.data ? fake->sequence.data : "";
    if (text[0] == 'P' && text[1 + strspn(text + 1, "0123456789;")] == 'q')
        draw_sixel(fake);
}

static size_t feed_ground(struct fake_terminal *fake, const char *bytes, size_t size)
{
    if (bytes[0] == '\x1b') {
        fake->state = ESCAPE;
    } else if (bytes[0] == '\r') {
        fake->column = 0;
    } else if ((unsigned char)bytes[0] >= ' ' && bytes[0] != 0x7f) {
        int width;
        size_t length = text_cluster(bytes, size, &width);
        if (text_character_size(bytes, size) == 0 || width == 0 || length >= sizeof fake->cells->text) {
            broken(fake, "bytes that are no text");
            return 1;
        }
        print(fake, bytes, length);
        return length;
    } else {
        broken(fake, "a control character");
    }
    return 1;
}

void fake_feed(struct fake_terminal *fake, const char *bytes, size_t size)
{
    for (size_t at = 0; at < size;) {
        char byte = bytes[at];
        if (fake->state == GROUND) {
            at += feed_ground(fake, bytes + at, size - at);
            continue;
        }
        at++;
        switch (fake->state) {
        case ESCAPE:
            buffer_clear(&fake->sequence);
            fake->state = byte == '[' ? CSI : byte == 'P' || byte == ']' || byte == '_' ? STRING : GROUND;
            if (fake->state == STRING)
                buffer_add_byte(&fake->sequence, byte);
            if (byte == '7')
                fake->saved_row = fake->row, fake->saved_column = fake->column;
            else if (byte == '8')
                fake->row = fake->saved_row, fake->column = fake->saved_column;
            break;
        case CSI:
            if (byte >= '@' && byte <= '~') {
                fake->state = GROUND;
                run_csi(fake, byte);
            } else {
                buffer_add_byte(&fake->sequence, byte);
            }
            break;
        case STRING:
            if (byte == '\x1b')
                fake->state = STRING_ESCAPE;
            else
                buffer_add_byte(&fake->sequence, byte);
            break;
        default:
            fake->state = GROUND;
            end_string(fake);
            break;
        }
    }
}

bool fake_shows_image(const struct fake_terminal *fake, int row, int column, int rows, int columns)
{
    int number = cell_at(fake, row, column)->image;
    const struct fake_image *image = &fake->images[number & 1023];
    if (number == 0 || image->row != row || image->column != column || image->rows != rows || image->columns != columns)
        return false;
    for (int r = row; r < row + rows; r++)
        for (int c = column; c < column + columns; c++)
            if (cell_at(fake, r, c)->image != number)
                return false;
    return true;
}

int fake_image_cells(const struct fake_terminal *fake)
{
    int count = 0;
    for (int i = 0; i < fake->rows * fake->columns; i++)
        count += fake->cells[i].image != 0;
    return count;
}
