#include "ui/terminal/cells.h"

#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
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

enum status grid_copy(const struct grid *grid, struct grid *copy, struct error *error)
{
    enum status status = grid_create(grid->rows, grid->columns, copy, error);
    if (status == STATUS_OK)
        memcpy(copy->tiles, grid->tiles, (size_t)grid->rows * (size_t)grid->columns * sizeof *grid->tiles);
    return status;
}

void grid_fill(struct grid *grid, int row, int column, int rows, int columns, const struct tile *tile)
{
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            *grid_tile(grid, row + i, column + j) = *tile;
}

struct tile *grid_tile(const struct grid *grid, int row, int column)
{
    return &grid->tiles[(size_t)row * (size_t)grid->columns + (size_t)column];
}

bool tile_same(const struct tile *a, const struct tile *b)
{
    return memcmp(a, b, sizeof *a) == 0;
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
        {"─", '-'}, {"━", '='}, {"╸", '-'}, {"┅", '~'},  {"│", '|'},  {"┃", '|'}, {"…", '.'}, {"▸", '>'},
        {"▶", '>'}, {"◂", '<'}, {"·", '-'}, {"█", '#'},  {"▉", '#'},  {"▊", '#'}, {"▋", '#'}, {"▌", '='},
        {"▍", '-'}, {"▎", '-'}, {"▏", '|'}, {"▕", '|'},  {"▒", '%'},  {"░", '.'}, {"▓", '%'}, {"●", '@'},
        {"○", 'o'}, {"–", '-'}, {"—", '-'}, {"’", '\''}, {"‘", '\''}, {"“", '"'}, {"”", '"'}, {"×", 'x'},
        {"→", '>'}, {"←", '<'}, {"↑", '^'}, {"↓", 'v'},  {"▲", '^'},  {"▼", 'v'}, {"■", '#'}, {"□", '='},
        {"◆", '%'}, {"◇", 'o'}, {"✓", '+'}, {"♥", '*'},  {"★", '*'},  {"☆", '*'}, {"▀", '#'},
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

/* Most cells: one ASCII character in a style. */
static bool is_plain(const struct cell *cell)
{
    unsigned char first = (unsigned char)cell->text[0];
    return cell->width == 1 && first >= ' ' && first < 0x7f && cell->text[1] == '\0' && cell->style < STYLE_COUNT &&
           cell->foreground == SCREEN_NO_COLOUR && cell->background == SCREEN_NO_COLOUR;
}

static uint32_t link_of(const struct screen *screen, const struct cell *cell)
{
    if (cell->link == 0 || cell->link > screen->n_links)
        return 0;
    const char *uri = screen->links[cell->link - 1];
    return (uint32_t)hash_bytes(uri, strlen(uri)) | 1;
}

void cells_compose(const struct theme *theme, bool utf8, bool links, const struct screen *screen, struct grid *grid)
{
    struct tile plain[STYLE_COUNT], blank = tile_plain(' ', COLOUR_DEFAULT, COLOUR_DEFAULT);
    for (int style = 0; style < STYLE_COUNT; style++) {
        const struct look *look = &theme->looks[style];
        plain[style] = tile_plain(' ', look->foreground, look->background);
        plain[style].attributes = look->attributes;
    }
    for (int row = 0; row < grid->rows; row++)
        for (int column = 0; column < grid->columns; column++) {
            struct tile *tile = grid_tile(grid, row, column);
            if (row >= screen->rows || column >= screen->columns) {
                *tile = blank;
                continue;
            }
            const struct cell *cell = &screen->cells[(size_t)row * (size_t)screen->columns + (size_t)column];
            if (is_plain(cell)) {
                *tile = plain[cell->style];
                tile->text[0] = cell->text[0];
            } else {
                *tile = compose_cell(theme, utf8, cell);
            }
            if (links)
                tile->link = link_of(screen, cell);
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

struct pen pen_make(struct buffer *out, int colours)
{
    return (struct pen){.out = out, .row = -1, .column = -1, .attributes = -1, .colours = colours};
}

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

/* OSC 8. */
static void pen_link(struct pen *pen, uint32_t link, const char *uri)
{
    if (link == pen->link)
        return;
    buffer_printf(pen->out, "\x1b]8;;%s\x1b\\", link != 0 ? uri : "");
    pen->link = link;
}

void pen_put(struct pen *pen, const struct tile *tile, const char *uri)
{
    pen_style(pen, tile);
    pen_link(pen, uri ? tile->link : 0, uri);
    buffer_add_text(pen->out, tile->text);
    pen->column += tile->width;
    /* Terminals disagree about the width of all but plain characters: set the position of the next one explicitly. */
    bool blocks = memcmp(tile->text, "\xf0\x9f\xac", 3) == 0 && tile->text[4] == '\0'; /* sextants: one column */
    if (tile->width != 1 || (!blocks && ((unsigned char)tile->text[0] >= 0xf0 || strlen(tile->text) > 3)))
        pen->row = -1;
}

void pen_end(struct pen *pen)
{
    pen_link(pen, 0, NULL);
}
