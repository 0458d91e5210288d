#include "fake_terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sixel.h>

#include "core/hash.h"
#include "core/text.h"
#include "ui/terminal/sixel.h"

enum { GROUND, ESCAPE, CSI, STRING, STRING_ESCAPE };

void fake_create(struct fake_terminal *fake, int rows, int columns, int cell_width, int cell_height)
{
    *fake = (struct fake_terminal){.rows = rows,
                                   .columns = columns,
                                   .cell_width = cell_width,
                                   .cell_height = cell_height,
                                   .cursor_visible = true,
                                   .foreground = SCREEN_NO_COLOUR,
                                   .background = SCREEN_NO_COLOUR};
    fake->cells = calloc((size_t)rows * (size_t)columns, sizeof *fake->cells);
    for (int i = 0; i < rows * columns; i++)
        fake->cells[i] = (struct fake_cell){.text = "?", .width = 1}; /* left by an earlier program */
}

void fake_free(struct fake_terminal *fake)
{
    free(fake->cells);
    for (int i = 0; i < 1024; i++)
        image_free(&fake->images[i].pixels);
    fake_pictures_free(&fake->pictures);
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

static bool covers(int at_row, int at_column, int rows, int columns, int row, int column)
{
    return row >= at_row && row < at_row + rows && column >= at_column && column < at_column + columns;
}

static const struct fake_placement *placement_over(const struct fake_terminal *fake, int row, int column)
{
    for (int i = 0; i < fake->pictures.n_placements; i++) {
        const struct fake_placement *at = &fake->pictures.placements[i];
        if (covers(at->row, at->column, at->rows, at->columns, row, column))
            return at;
    }
    return NULL;
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
    if (!space && placement_over(fake, fake->row, fake->column))
        broken(fake, "text under a picture");
    *cell = (struct fake_cell){.width = width,
                               .foreground = fake->foreground,
                               .background = fake->background,
                               .bold = fake->bold,
                               .reverse = fake->reverse,
                               .link = fake->link};
    memcpy(cell->text, text, size);
    if (width == 2) {
        cell[1] = *cell;
        cell[1].text[0] = '\0';
        cell[1].width = 0;
    }
    fake->column += width;
    fake->n_text++;
}

static void show_image(struct fake_terminal *fake, const struct fake_image *shown);

/* The string without its introducer, as libsixel's decoder wants it. */
static bool decode_sixel(const struct fake_terminal *fake, struct image *image)
{
    struct buffer whole = {0};
    unsigned char *indices = NULL, *palette = NULL;
    int width, height, colours;
    struct error error;
    buffer_add_byte(&whole, '\x1b');
    buffer_add(&whole, fake->sequence.data, fake->sequence.size);
    buffer_add_text(&whole, "\x1b\\");
    bool good = SIXEL_SUCCEEDED(sixel_decode_raw((unsigned char *)whole.data, (int)whole.size, &indices, &width,
                                                 &height, &palette, &colours, NULL)) &&
                image_create(width, height, image, &error) == STATUS_OK;
    for (int i = 0; good && i < width * height; i++)
        memcpy(image->rgb + 3 * i, palette + 3 * indices[i], 3);
    free(indices);
    free(palette);
    buffer_free(&whole);
    return good;
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
    struct fake_image image = {.row = fake->row,
                               .column = fake->column,
                               .rows = height / fake->cell_height,
                               .columns = width / fake->cell_width,
                               .hash = hash_bytes(data, fake->sequence.size)};
    if (fake->keeps_pixels && !decode_sixel(fake, &image.pixels))
        broken(fake, "a sixel picture that cannot be read");
    show_image(fake, &image);
}

/* Puts a picture of sixel or iTerm2 at its cells; owns its pixels then. */
static void show_image(struct fake_terminal *fake, const struct fake_image *shown)
{
    struct fake_image image = *shown;
    if (image.row + image.rows >= fake->rows || image.column + image.columns > fake->columns) {
        broken(fake, "a picture that touches the last row or the edge");
        image_free(&image.pixels);
        return;
    }
    int number = ++fake->n_images;
    image_free(&fake->images[number & 1023].pixels);
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
    } else if (mode == 1004) {
        fake->focus = on;
    } else if (mode == 7) {
        fake->wrap_off = !on;
    }
}

/* 38 or 48 and what follows: "5;N" or "2;R;G;B"; returns how many numbers it took. */
static int take_colour(const int *numbers, int count, uint32_t *colour)
{
    if (count > 2 && numbers[1] == 5) {
        *colour = FAKE_INDEXED | (uint32_t)numbers[2];
        return 3;
    }
    if (count > 4 && numbers[1] == 2) {
        *colour = (uint32_t)numbers[2] << 16 | (uint32_t)numbers[3] << 8 | (uint32_t)numbers[4];
        return 5;
    }
    return 1;
}

static void set_rendition(struct fake_terminal *fake, const char *text)
{
    int numbers[32] = {0}, count = 0;
    for (const char *at = text; count < 32; at++) {
        numbers[count++] = (int)strtol(at, (char **)&at, 10);
        if (*at != ';' && *at != ':')
            break;
    }
    for (int i = 0; i < count; i++) {
        int number = numbers[i];
        if (number == 0) {
            fake->bold = fake->reverse = false;
            fake->foreground = fake->background = SCREEN_NO_COLOUR;
        } else if (number == 1 || number == 22) {
            fake->bold = number == 1;
        } else if (number == 7 || number == 27) {
            fake->reverse = number == 7;
        } else if (number == 38 || number == 48) {
            i += take_colour(numbers + i, count - i, number == 38 ? &fake->foreground : &fake->background) - 1;
        } else if (number == 39 || number == 49) {
            *(number == 39 ? &fake->foreground : &fake->background) = SCREEN_NO_COLOUR;
        } else if ((number >= 30 && number < 38) || (number >= 90 && number < 98)) {
            fake->foreground = FAKE_INDEXED | (uint32_t)(number < 90 ? number - 30 : number - 82);
        } else if ((number >= 40 && number < 48) || (number >= 100 && number < 108)) {
            fake->background = FAKE_INDEXED | (uint32_t)(number < 100 ? number - 40 : number - 92);
        }
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
        set_rendition(fake, text);
        fake->coloured = fake->coloured || fake->foreground != SCREEN_NO_COLOUR || fake->background != SCREEN_NO_COLOUR;
    } else if (final == 'J') {
        for (int i = 0; i < fake->rows * fake->columns; i++)
            fake->cells[i] = (struct fake_cell){.text = " ", .width = 1};
    } else if (final == 'K') {
        for (int column = fake->column; column < fake->columns; column++)
            *cell_at(fake, fake->row, column) = (struct fake_cell){.text = " ", .width = 1};
    }
}

/* A placement must be inside, and its cells blank. */
static void check_placement(struct fake_terminal *fake, const struct fake_placement *at)
{
    if (at->row + at->rows >= fake->rows || at->column + at->columns > fake->columns) {
        broken(fake, "a picture that touches the last row or the edge");
        fake->pictures.n_placements--;
        return;
    }
    for (int row = at->row; row < at->row + at->rows; row++)
        for (int column = at->column; column < at->column + at->columns; column++)
            if (strcmp(cell_at(fake, row, column)->text, " ") != 0)
                broken(fake, "a picture over text");
}

static void run_kitty(struct fake_terminal *fake, const char *text, bool passed_on)
{
    bool placed;
    if (passed_on != fake->inside_tmux)
        broken(fake, passed_on ? "a string for a tmux that is not there" : "a string that tmux takes for a title");
    const char *rule = fake_kitty(&fake->pictures, text, fake->row, fake->column, &placed);
    if (rule)
        broken(fake, rule);
    if (placed) {
        if (passed_on)
            broken(fake, "a placement at a place that tmux does not know");
        fake->n_drawn++;
        check_placement(fake, &fake->pictures.placements[fake->pictures.n_placements - 1]);
    }
}

/* What tmux passes on: its ESC were doubled, and fake_feed has undone that. */
static void run_passed_on(struct fake_terminal *fake)
{
    char *text = fake->sequence.data + strlen("Ptmux;\x1b_");
    size_t size = strlen(text);
    if (size < 2 || strcmp(text + size - 2, "\x1b\\") != 0) {
        broken(fake, "a string passed on that does not end");
        return;
    }
    text[size - 2] = '\0';
    run_kitty(fake, text, true);
}

static void draw_iterm(struct fake_terminal *fake)
{
    struct fake_image image = {
        .row = fake->row, .column = fake->column, .hash = hash_bytes(fake->sequence.data, fake->sequence.size)};
    const char *rule = fake_iterm(fake->sequence.data + 1, &image.rows, &image.columns, &image.pixels);
    if (rule)
        broken(fake, rule);
    else
        show_image(fake, &image);
}

static void end_string(struct fake_terminal *fake)
{
    const char *text = fake->sequence.data ? fake->sequence.data : "";
    if (strncmp(text, "]8;", 3) == 0)
        fake->link = strchr(text + 3, ';') && strchr(text + 3, ';')[1];
    else if (text[0] == '_')
        run_kitty(fake, text + 1, false);
    else if (strncmp(text, "]1337;File", 10) == 0)
        draw_iterm(fake);
    else if (strncmp(text, "Ptmux;\x1b_", 8) == 0)
        run_passed_on(fake);
    else if (text[0] == 'P' && text[1 + strspn(text + 1, "0123456789;")] == 'q')
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

static void save_cursor(struct fake_terminal *fake, bool save)
{
    struct fake_cursor *saved = &fake->saved;
    if (save) {
        *saved = (struct fake_cursor){fake->row,     fake->column,     fake->bold,
                                      fake->reverse, fake->foreground, fake->background};
        return;
    }
    fake->row = saved->row;
    fake->column = saved->column;
    fake->bold = saved->bold;
    fake->reverse = saved->reverse;
    fake->foreground = saved->foreground;
    fake->background = saved->background;
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
                save_cursor(fake, true);
            else if (byte == '8')
                save_cursor(fake, false);
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
            if (byte == '\x1b') { /* doubled, for tmux */
                buffer_add_byte(&fake->sequence, byte);
                fake->state = STRING;
                break;
            }
            fake->state = GROUND;
            end_string(fake);
            break;
        }
    }
}

/* The character, and the row and column of its diacritics. */
static bool read_placeholder(const struct fake_cell *cell, int *row, int *column)
{
    unsigned characters[3] = {0};
    size_t at = 0, size = strlen(cell->text);
    for (int i = 0; i < 3 && at < size; i++) {
        size_t length = text_character_size(cell->text + at, size - at);
        unsigned first = (unsigned char)cell->text[at];
        characters[i] = length == 4 ? first & 7 : length == 3 ? first & 15 : length == 2 ? first & 31 : first;
        for (size_t j = 1; j < length; j++)
            characters[i] = characters[i] << 6 | ((unsigned char)cell->text[at + j] & 63);
        at += length;
    }
    *row = fake_diacritic(characters[1]);
    *column = fake_diacritic(characters[2]);
    return characters[0] == 0x10eeee;
}

static struct fake_stored *stored_of_cell(const struct fake_terminal *fake, const struct fake_cell *cell)
{
    for (int i = 0; i < fake->pictures.n_stored; i++)
        if ((fake->pictures.stored[i].id & 0xffffff) == (cell->foreground & 0xffffff))
            return (struct fake_stored *)&fake->pictures.stored[i];
    return NULL;
}

static bool shows_placeholders(const struct fake_terminal *fake, int row, int column, int rows, int columns)
{
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++) {
            const struct fake_cell *cell = cell_at(fake, row + r, column + c);
            const struct fake_stored *stored = stored_of_cell(fake, cell);
            int at_row, at_column;
            if (!read_placeholder(cell, &at_row, &at_column) || at_row != r || at_column != c || !stored ||
                stored->virtual_rows != rows || stored->virtual_columns != columns ||
                cell->foreground != cell_at(fake, row, column)->foreground)
                return false;
        }
    return true;
}

static bool shows_placement(const struct fake_terminal *fake, int row, int column, int rows, int columns)
{
    int found = 0;
    for (int i = 0; i < fake->pictures.n_placements; i++) {
        const struct fake_placement *at = &fake->pictures.placements[i];
        struct fake_stored *stored = fake_stored((struct fake_pictures *)&fake->pictures, at->id);
        found += stored->alpha == 255 && at->row == row && at->column == column && at->rows == rows &&
                 at->columns == columns;
    }
    return found == 1;
}

bool fake_shows_image(const struct fake_terminal *fake, int row, int column, int rows, int columns)
{
    if (shows_placement(fake, row, column, rows, columns) || shows_placeholders(fake, row, column, rows, columns))
        return true;
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
        count += fake->cells[i].image != 0 || placement_over(fake, i / fake->columns, i % fake->columns);
    return count;
}
