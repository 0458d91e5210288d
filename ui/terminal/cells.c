#include "ui/terminal/cells.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"

enum status grid_create(int rows, int columns, struct grid *grid, struct error *error)
{
    *grid = (struct grid){.rows = rows, .columns = columns};
    size_t count = (size_t)(rows > 0 ? rows : 0) * (size_t)(columns > 0 ? columns : 0);
    grid->tiles = calloc(count > 0 ? count : 1, sizeof *grid->tiles);
    return grid->tiles ? STATUS_OK : error_no_memory(error);
}

void grid_free(struct grid *grid)
{
    free(grid->tiles);
    *grid = (struct grid){0};
}

struct tile *grid_tile(const struct grid *grid, int row, int column)
{
    return &grid->tiles[(size_t)row * (size_t)grid->columns + (size_t)column];
}

struct tile tile_plain(char character, uint32_t foreground, uint32_t background)
{
    return (struct tile){.text = {character}, .foreground = foreground, .background = background, .width = 1};
}

/* ------------------------------------------------------------------ composing */

static char ascii_for(const char *text)
{
    static const struct {
        const char *text;
        char ascii;
    } table[] = {
        {"─", '-'}, {"━", '-'}, {"│", '|'}, {"┃", '|'}, {"…", '.'}, {"▸", '>'}, {"▶", '>'}, {"◂", '<'},  {"·", '-'},
        {"█", '#'}, {"▉", '#'}, {"▊", '#'}, {"▋", '#'}, {"▌", '='}, {"▍", '-'}, {"▎", '-'}, {"▏", '|'},  {"▕", '|'},
        {"▒", '%'}, {"░", '.'}, {"▓", '%'}, {"●", '*'}, {"○", 'o'}, {"–", '-'}, {"—", '-'}, {"’", '\''}, {"‘", '\''},
        {"“", '"'}, {"”", '"'}, {"×", 'x'}, {"→", '>'}, {"←", '<'}, {"↑", '^'}, {"↓", 'v'}, {"▲", '^'},  {"▼", 'v'},
        {"■", '#'}, {"□", 'o'}, {"◆", '*'}, {"◇", 'o'}, {"✓", '+'}, {"♥", '*'}, {"★", '*'}, {"☆", '*'},  {"▀", '#'},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(text, table[i].text) == 0)
            return table[i].ascii;
    if (strncmp(text, "\xe2\x94", 2) == 0 || strncmp(text, "\xe2\x95", 2) == 0) /* the other box drawings */
        return '+';
    struct buffer folded = {0};
    text_fold(text, strlen(text), &folded);
    char plain = folded.size > 0 && folded.data[0] > ' ' && folded.data[0] <= '~' ? folded.data[0] : '?';
    buffer_free(&folded);
    return plain;
}

static void set_text(struct tile *tile, const char *text)
{
    size_t size = strnlen(text, sizeof tile->text - 1);
    memcpy(tile->text, text, size);
}

static struct tile compose_cell(const struct theme *theme, bool utf8, const struct cell *cell)
{
    const struct look *look = &theme->looks[cell->style < STYLE_COUNT ? cell->style : STYLE_TEXT];
    struct tile tile = {.foreground = look->foreground,
                        .background = look->background,
                        .attributes = look->attributes,
                        .width = cell->width == 2 ? 2 : 1};
    if (cell->foreground != SCREEN_NO_COLOUR)
        tile.foreground = theme_colour(theme, cell->foreground);
    if (cell->background != SCREEN_NO_COLOUR)
        tile.background = theme_colour(theme, cell->background);
    unsigned char first = (unsigned char)cell->text[0];
    if (first == '\0' && cell->width == 0)
        tile.width = 0;
    else if (first < ' ' || first == 0x7f || (first < 0x80 && cell->text[1] == '\0' && cell->width == 2))
        tile.text[0] = ' ', tile.width = 1;
    else if (first < 0x80 && cell->text[1] == '\0')
        tile.text[0] = (char)first;
    else if (utf8)
        set_text(&tile, cell->text);
    else
        tile.text[0] = ascii_for(cell->text), tile.width = 1;
    return tile;
}

void cells_compose(const struct theme *theme, bool utf8, const struct screen *screen, struct grid *grid)
{
    for (int row = 0; row < grid->rows; row++)
        for (int column = 0; column < grid->columns; column++) {
            struct tile *tile = grid_tile(grid, row, column);
            if (row >= screen->rows || column >= screen->columns)
                *tile = tile_plain(' ', COLOUR_DEFAULT, COLOUR_DEFAULT);
            else
                *tile =
                    compose_cell(theme, utf8, &screen->cells[(size_t)row * (size_t)screen->columns + (size_t)column]);
        }
    cells_repair(grid);
}

static void make_blank(struct tile *tile)
{
    memset(tile->text, 0, sizeof tile->text);
    tile->text[0] = ' ';
    tile->width = 1;
}

void cells_repair(struct grid *grid)
{
    for (int row = 0; row < grid->rows; row++) {
        for (int column = 0; column < grid->columns; column++) {
            struct tile *tile = grid_tile(grid, row, column);
            if (tile->image)
                continue;
            bool follows = column + 1 < grid->columns && tile[1].width == 0 && !tile[1].image;
            if (tile->width == 2 && follows)
                column++;
            else if (tile->width != 1)
                make_blank(tile);
        }
    }
}

/* ------------------------------------------------------------------ writing */

void pen_move(struct pen *pen, int row, int column)
{
    if (pen->row == row && pen->column == column)
        return;
    buffer_printf(pen->out, "\x1b[%d;%dH", row + 1, column + 1);
    pen->row = row;
    pen->column = column;
}

static void put_colour(struct buffer *out, uint32_t colour, int base, int colours)
{
    uint32_t number = colour & 0xffffff;
    if (colour == COLOUR_DEFAULT)
        buffer_printf(out, ";%d", base + 9);
    else if (!(colour & COLOUR_INDEXED))
        buffer_printf(out, ";%d;2;%u;%u;%u", base + 8, number >> 16, number >> 8 & 255, number & 255);
    else if (colours >= 256)
        buffer_printf(out, ";%d;5;%u", base + 8, number);
    else if (number >= 8)
        buffer_printf(out, ";%u", (unsigned)base + 60 + number - 8);
    else
        buffer_printf(out, ";%u", (unsigned)base + number);
}

static void pen_style(struct pen *pen, const struct tile *tile)
{
    static const char *const codes[] = {";1", ";2", ";4", ";7"};
    bool reset = pen->attributes != tile->attributes;
    if (!reset && pen->foreground == tile->foreground && pen->background == tile->background)
        return;
    buffer_add_text(pen->out, "\x1b[");
    size_t begin = pen->out->size;
    if (reset) {
        buffer_add_text(pen->out, ";0");
        for (int i = 0; i < 4; i++)
            if (tile->attributes & 1 << i)
                buffer_add_text(pen->out, codes[i]);
        pen->foreground = pen->background = COLOUR_DEFAULT;
    }
    if (pen->foreground != tile->foreground)
        put_colour(pen->out, tile->foreground, 30, pen->colours);
    if (pen->background != tile->background)
        put_colour(pen->out, tile->background, 40, pen->colours);
    if (!pen->out->failed) { /* every part added a ';' */
        memmove(pen->out->data + begin, pen->out->data + begin + 1, pen->out->size - begin);
        pen->out->size--;
    }
    buffer_add_byte(pen->out, 'm');
    pen->foreground = tile->foreground;
    pen->background = tile->background;
    pen->attributes = tile->attributes;
}

void pen_put(struct pen *pen, const struct tile *tile)
{
    pen_style(pen, tile);
    buffer_add_text(pen->out, tile->text);
    pen->column += tile->width;
    /* Terminals disagree about the width of all but plain characters: set the position of the next one explicitly. */
    if (tile->width != 1 || (unsigned char)tile->text[0] >= 0xf0 || strlen(tile->text) > 3)
        pen->row = -1;
}

static bool same(const struct tile *a, const struct tile *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static bool is_blank(const struct tile *tile)
{
    return !tile->unknown && tile->text[0] == ' ' && tile->text[1] == '\0' && tile->attributes == 0 &&
           tile->background == COLOUR_DEFAULT;
}

void cells_write(struct pen *pen, struct grid *shown, const struct grid *wanted)
{
    struct tile blank = tile_plain(' ', COLOUR_DEFAULT, COLOUR_DEFAULT);
    for (int row = 0; row < wanted->rows; row++)
        for (int column = 0; column < wanted->columns; column++) {
            struct tile *old = grid_tile(shown, row, column);
            const struct tile *new = grid_tile(wanted, row, column);
            bool wide = new->width == 2;
            if (same(old, new) && (!wide || same(old + 1, new + 1))) {
                column += wide;
                continue;
            }
            if (!new->image || !(old->image || is_blank(old))) {
                pen_move(pen, row, column);
                pen_put(pen, new->image ? &blank : new);
            }
            *old = *new;
            if (wide) {
                old[1] = new[1];
                column++;
            }
        }
}
