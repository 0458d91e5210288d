#include "ui/terminal/kitty.h"

#include <string.h>
#include <unistd.h>

#include "core/base64.h"

/* ------------------------------------------------------------------ control strings */

/* tmux passes on what stands in its own control string, with every ESC doubled. */
static void begin_string(const struct kitty *kitty, struct buffer *out)
{
    buffer_add_text(out, kitty->placeholders ? "\x1bPtmux;\x1b\x1b_G" : "\x1b_G");
}

static void end_string(const struct kitty *kitty, struct buffer *out)
{
    buffer_add_text(out, kitty->placeholders ? "\x1b\x1b\\\x1b\\" : "\x1b\\");
}

#define ADD_STRING(kitty, out, ...) (begin_string(kitty, out), buffer_printf(out, __VA_ARGS__), end_string(kitty, out))

/* An id's low byte is the picture's number, its high byte is that of the process, so that two explorers in one terminal
 * do not share ids. */
static uint32_t process_byte(void)
{
    return (uint32_t)getpid() % 255 + 1;
}

static uint32_t id_of(uint32_t number)
{
    return process_byte() << 24 | number;
}

enum { FIRST_NUMBER = 16, SHADE_NUMBER = 255 };

/* A placement's number is its place, so that it can be removed without a list. */
static unsigned placement_of(const struct placed_image *place)
{
    return ((unsigned)place->row * 4096U + (unsigned)place->column + 1) & 0x7fffffff;
}

/* ------------------------------------------------------------------ pictures */

static struct kitty_picture *find(const struct kitty *kitty, uint64_t serial)
{
    for (int i = 0; i < kitty->count; i++)
        if (kitty->pictures[i].serial == serial)
            return (struct kitty_picture *)&kitty->pictures[i];
    return NULL;
}

static void forget(struct kitty *kitty, struct kitty_picture *picture)
{
    kitty->pixels -= picture->pixels;
    *picture = kitty->pictures[--kitty->count];
}

void kitty_begin(struct kitty *kitty, bool placeholders)
{
    if (placeholders != kitty->placeholders) {
        *kitty = (struct kitty){.frame = kitty->frame, .lost = true};
        kitty->placeholders = placeholders;
    }
    for (int i = kitty->count - 1; i >= 0; i--)
        if (kitty->pictures[i].new) /* the last frame failed before its upload; the picture may be gone */
            forget(kitty, &kitty->pictures[i]);
    kitty->frame++;
}

static uint32_t free_number(const struct kitty *kitty)
{
    bool used[FIRST_NUMBER + KITTY_PICTURES_MAX + 1] = {false};
    for (int i = 0; i < kitty->count; i++)
        used[kitty->pictures[i].number] = true;
    uint32_t number = FIRST_NUMBER;
    while (used[number])
        number++;
    return number;
}

/* The last version of a moving map, if this is the next one. Its number stays, so that its placeholders do, too. */
static struct kitty_picture *find_map(struct kitty *kitty, const struct image_rect *rect)
{
    for (int i = 0; kitty->placeholders && rect->reference.kind == IMAGE_MAP && i < kitty->count; i++) {
        struct kitty_picture *picture = &kitty->pictures[i];
        if (picture->map == rect->reference.id && picture->used + 1 == kitty->frame && picture->rows == rect->rows &&
            picture->columns == rect->columns)
            return picture;
    }
    return NULL;
}

static struct kitty_picture *add(struct kitty *kitty)
{
    if (kitty->count == KITTY_PICTURES_MAX)
        return NULL;
    uint32_t number = free_number(kitty);
    struct kitty_picture *picture = &kitty->pictures[kitty->count++];
    *picture = (struct kitty_picture){.number = number};
    return picture;
}

bool kitty_need(struct kitty *kitty, const struct encoded_image *picture, const struct image_rect *rect)
{
    struct kitty_picture *known = find(kitty, picture->serial);
    if (!known) {
        struct kitty_picture *before = find_map(kitty, rect);
        known = before ? before : add(kitty);
        if (!known)
            return false;
        kitty->pixels -= known->pixels;
        known->pixels = (size_t)picture->width * (size_t)picture->height;
        kitty->pixels += known->pixels;
        known->serial = picture->serial;
        known->new = picture;
        known->replaces = before != NULL;
    }
    if (kitty->lost)
        known->new = picture;
    known->map = rect->reference.kind == IMAGE_MAP ? rect->reference.id : 0;
    known->rows = rect->rows;
    known->columns = rect->columns;
    known->used = kitty->frame;
    return true;
}

static void upload(const struct kitty *kitty, const char *keys, const char *bytes, size_t size, struct buffer *out)
{
    enum { CHUNK_BYTES = KITTY_CHUNK / 4 * 3 };
    for (size_t at = 0; at == 0 || at < size; at += CHUNK_BYTES) {
        size_t left = size - at;
        begin_string(kitty, out);
        buffer_printf(out, "%sq=2,m=%d;", at == 0 ? keys : "", left > CHUNK_BYTES);
        base64_add(bytes + at, left < CHUNK_BYTES ? left : CHUNK_BYTES, out);
        end_string(kitty, out);
    }
}

static void delete_number(const struct kitty *kitty, uint32_t number, struct buffer *out)
{
    ADD_STRING(kitty, out, "a=d,d=I,q=2,i=%u", id_of(number));
}

static void upload_picture(const struct kitty *kitty, struct kitty_picture *picture, struct buffer *out)
{
    struct buffer keys = {0};
    uint32_t id = id_of(picture->number);
    if (picture->replaces)
        delete_number(kitty, picture->number, out);
    picture->replaces = false;
    buffer_printf(&keys, "a=t,f=100,i=%u,", id);
    if (!keys.failed)
        upload(kitty, keys.data, picture->new->bytes.data, picture->new->bytes.size, out);
    else
        out->failed = true;
    buffer_free(&keys);
    if (kitty->placeholders)
        ADD_STRING(kitty, out, "a=p,U=1,q=2,i=%u,c=%d,r=%d", id, picture->columns, picture->rows);
    picture->new = NULL;
}

/* A pixel of the page's colour that covers half: placed over a picture it dims it. */
static void upload_shade(struct kitty *kitty, uint32_t background, struct buffer *out)
{
    char pixel[] = {(char)(background >> 16), (char)(background >> 8), (char)background, (char)0x80};
    struct buffer keys = {0};
    buffer_printf(&keys, "a=t,f=32,s=1,v=1,i=%u,", id_of(SHADE_NUMBER));
    if (!keys.failed)
        upload(kitty, keys.data, pixel, sizeof pixel, out);
    buffer_free(&keys);
    kitty->has_shade = true;
    kitty->shade = background;
}

/* Deletes all that may be left, and forgets what is not uploaded again. */
static void delete_lost(struct kitty *kitty, struct buffer *out)
{
    ADD_STRING(kitty, out, "a=d,d=A,q=2");
    for (int i = kitty->count - 1; i >= 0; i--) {
        delete_number(kitty, kitty->pictures[i].number, out);
        if (!kitty->pictures[i].new)
            forget(kitty, &kitty->pictures[i]);
    }
    kitty->has_shade = kitty->lost = false;
}

void kitty_upload(struct kitty *kitty, uint32_t background, struct buffer *out)
{
    if (kitty->lost)
        delete_lost(kitty, out);
    bool any = false;
    for (int i = 0; i < kitty->count; i++)
        any = any || kitty->pictures[i].new;
    if (any && !kitty->placeholders && !(kitty->has_shade && kitty->shade == background))
        upload_shade(kitty, background, out);
    for (int i = 0; i < kitty->count; i++)
        if (kitty->pictures[i].new)
            upload_picture(kitty, &kitty->pictures[i], out);
}

void kitty_trim(struct kitty *kitty, struct buffer *out)
{
    enum { KEPT = KITTY_PICTURES_MAX - SCREEN_IMAGES_MAX }; /* there is always a number left for every rectangle */
    while (kitty->count > KEPT || kitty->pixels > KITTY_PIXELS_MAX) {
        struct kitty_picture *oldest = NULL;
        for (int i = 0; i < kitty->count; i++)
            if (kitty->pictures[i].used != kitty->frame && (!oldest || kitty->pictures[i].used < oldest->used))
                oldest = &kitty->pictures[i];
        if (!oldest)
            return;
        delete_number(kitty, oldest->number, out);
        forget(kitty, oldest);
    }
}

void kitty_delete_all(struct kitty *kitty, struct buffer *out)
{
    for (int i = 0; i < kitty->count; i++)
        delete_number(kitty, kitty->pictures[i].number, out);
    if (kitty->has_shade)
        delete_number(kitty, SHADE_NUMBER, out);
    *kitty = (struct kitty){.frame = kitty->frame, .placeholders = kitty->placeholders};
}

/* ------------------------------------------------------------------ placements */

static void place(const struct kitty *kitty, uint32_t number, const struct placed_image *place, int depth,
                  struct buffer *out)
{
    ADD_STRING(kitty, out, "a=p,q=2,C=1,i=%u,p=%u,c=%d,r=%d,z=%d", id_of(number), placement_of(place), place->columns,
               place->rows, depth);
}

static void unplace(const struct kitty *kitty, uint32_t number, const struct placed_image *place, struct buffer *out)
{
    ADD_STRING(kitty, out, "a=d,d=i,q=2,i=%u,p=%u", id_of(number), placement_of(place));
}

void kitty_place(const struct kitty *kitty, const struct placed_image *at, int depth, struct buffer *out)
{
    const struct kitty_picture *picture = find(kitty, at->serial);
    if (!picture)
        return;
    place(kitty, picture->number, at, 2 * depth, out);
    if (at->dimmed)
        place(kitty, SHADE_NUMBER, at, 2 * depth + 1, out);
}

void kitty_remove(const struct kitty *kitty, const struct placed_image *at, const struct placed_image *by,
                  struct buffer *out)
{
    const struct kitty_picture *picture = find(kitty, at->serial);
    if (picture && !(by && by->serial == at->serial))
        unplace(kitty, picture->number, at, out);
    if (at->dimmed && !(by && by->dimmed))
        unplace(kitty, SHADE_NUMBER, at, out);
}

/* ------------------------------------------------------------------ placeholders */

/* The 297 combining characters of class 230 of Unicode 6.0 that no normalisation changes, as runs. */
static const struct run {
    uint32_t first;
    int count;
} diacritics[] = {
    {0x0305, 1}, {0x030d, 2},  {0x0310, 1},  {0x0312, 1},  {0x033d, 3},  {0x0346, 1},  {0x034a, 3},  {0x0350, 3},
    {0x0357, 1}, {0x035b, 1},  {0x0363, 13}, {0x0483, 5},  {0x0592, 4},  {0x0597, 3},  {0x059c, 6},  {0x05a8, 2},
    {0x05ab, 2}, {0x05af, 1},  {0x05c4, 1},  {0x0610, 8},  {0x0657, 5},  {0x065d, 2},  {0x06d6, 7},  {0x06df, 4},
    {0x06e4, 1}, {0x06e7, 2},  {0x06eb, 2},  {0x0730, 1},  {0x0732, 2},  {0x0735, 2},  {0x073a, 1},  {0x073d, 1},
    {0x073f, 3}, {0x0743, 1},  {0x0745, 1},  {0x0747, 1},  {0x0749, 2},  {0x07eb, 7},  {0x07f3, 1},  {0x0816, 4},
    {0x081b, 9}, {0x0825, 3},  {0x0829, 5},  {0x0951, 1},  {0x0953, 2},  {0x0f82, 2},  {0x0f86, 2},  {0x135d, 3},
    {0x17dd, 1}, {0x193a, 1},  {0x1a17, 1},  {0x1a75, 8},  {0x1b6b, 1},  {0x1b6d, 7},  {0x1cd0, 3},  {0x1cda, 2},
    {0x1ce0, 1}, {0x1dc0, 2},  {0x1dc3, 7},  {0x1dcb, 2},  {0x1dd1, 22}, {0x1dfe, 1},  {0x20d0, 2},  {0x20d4, 4},
    {0x20db, 2}, {0x20e1, 1},  {0x20e7, 1},  {0x20e9, 1},  {0x20f0, 1},  {0x2cef, 3},  {0x2de0, 32}, {0xa66f, 1},
    {0xa67c, 2}, {0xa6f0, 2},  {0xa8e0, 18}, {0xaab0, 1},  {0xaab2, 2},  {0xaab7, 2},  {0xaabe, 2},  {0xaac1, 1},
    {0xfe20, 7}, {0x10a0f, 1}, {0x10a38, 1}, {0x1d185, 5}, {0x1d1aa, 4}, {0x1d242, 3},
};

static uint32_t diacritic(int number)
{
    size_t i = 0;
    while (i + 1 < sizeof diacritics / sizeof diacritics[0] && number >= diacritics[i].count)
        number -= diacritics[i++].count;
    return diacritics[i].first + (uint32_t)number;
}

static size_t put_utf8(uint32_t character, char *text)
{
    size_t size = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    static const uint8_t heads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = size - 1; i > 0; i--, character >>= 6)
        text[i] = (char)(0x80 | (character & 63));
    text[0] = (char)(heads[size] | character);
    return size;
}

void kitty_placeholders(const struct kitty *kitty, uint64_t serial, const struct image_rect *rect, struct grid *grid)
{
    const struct kitty_picture *picture = find(kitty, serial);
    for (int row = 0; picture && row < rect->rows; row++)
        for (int column = 0; column < rect->columns; column++) {
            struct tile tile = {
                .foreground = COLOUR_INDEXED | picture->number, .background = COLOUR_DEFAULT, .width = 1};
            size_t size = put_utf8(0x10eeee, tile.text);
            size += put_utf8(diacritic(row), tile.text + size);
            size += put_utf8(diacritic(column), tile.text + size);
            put_utf8(diacritic((int)process_byte()), tile.text + size);
            *grid_tile(grid, rect->row + row, rect->column + column) = tile;
        }
}

/* ------------------------------------------------------------------ iTerm2 */

void iterm_add(const struct encoded_image *picture, int rows, int columns, struct buffer *out)
{
    buffer_printf(out, "\x1b]1337;File=inline=1;size=%zu;width=%d;height=%d;preserveAspectRatio=0;doNotMoveCursor=1:",
                  picture->bytes.size, columns, rows);
    base64_add(picture->bytes.data, picture->bytes.size, out);
    buffer_add_text(out, "\x1b\\");
}
