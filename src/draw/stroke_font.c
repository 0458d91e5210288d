#include "draw/stroke_font.h"

#include <math.h>
#include <string.h>
#include <utf8proc.h>

#include "draw/plot.h"

/* A glyph is a list of strokes, each a sequence of points "xy" (x to the right, y downwards, hexadecimal): capitals
 * extend from 0 to 10, small letters from 3, descenders end at 13. A stroke that begins with ~ is a smooth curve that
 * starts at its first point, ends at its last and bends at those between (a quadratic spline whose knots are half-way
 * between them). */
static const char *const glyphs[] = {
    ['!'] = "0007 0a0a",
    ['"'] = "0003 3033",
    ['#'] = "302a 706a 1383 0777",
    ['$'] = "~6361010565690907 303a",
    ['%'] = "~204044040020 ~76969a5a5676 801a",
    ['&'] = "~8a13105054060a6a86",
    ['\''] = "0003",
    ['('] = "~3003083b",
    [')'] = "~0033380b",
    ['*'] = "3036 0165 6105",
    ['+'] = "3339 0666",
    [','] = "190c",
    ['-'] = "0656",
    ['.'] = "0a0a",
    ['/'] = "600b",
    ['0'] = "~30606a0a0030",
    ['1'] = "02303a",
    ['2'] = "~020060650a 0a6a",
    ['3'] = "~0200606525 ~25656a0a08",
    ['4'] = "5a500777",
    ['5'] = "601005 ~0514646a0a08",
    ['6'] = "~500207 ~34646a0a0434",
    ['7'] = "00602a",
    ['8'] = "~306065050030 ~35656a0a0535",
    ['9'] = "~1a6863 ~306066060030",
    [':'] = "0404 0a0a",
    [';'] = "1414 190c",
    ['<'] = "630669",
    ['='] = "0464 0868",
    ['>'] = "036609",
    ['?'] = "~0200606437 3a3a",
    ['@'] = "~8a0a009096 ~537377373353 ~747896",
    ['A'] = "0a408a 1777",
    ['B'] = "000a ~003060653505 ~0535757a3a0a",
    ['C'] = "~8280000a8a88",
    ['D'] = "000a ~0030808a3a0a",
    ['E'] = "60000a6a 0555",
    ['F'] = "60000a 0555",
    ['G'] = "~8280000a8a85 8545",
    ['H'] = "000a 707a 0575",
    ['I'] = "000a",
    ['J'] = "~50555a0a07",
    ['K'] = "000a 7006 347a",
    ['L'] = "000a6a",
    ['M'] = "0a0047808a",
    ['N'] = "0a007a70",
    ['O'] = "~40808a0a0040",
    ['P'] = "000a ~003070763606",
    ['Q'] = "~40808a0a0040 588b",
    ['R'] = "000a ~003070763606 467a",
    ['S'] = "~72700005757a0a08",
    ['T'] = "0080 404a",
    ['U'] = "~00050a7a7570",
    ['V'] = "004a80",
    ['W'] = "003a527aa0",
    ['X'] = "007a 700a",
    ['Y'] = "004580 454a",
    ['Z'] = "00700a7a",
    ['['] = "30000b3b",
    ['\\'] = "006b",
    [']'] = "00303b0b",
    ['^'] = "043064",
    ['_'] = "0b7b",
    ['`'] = "0022",
    ['a'] = "~33636a0a0333 636a",
    ['b'] = "000a ~33636a0a0333",
    ['c'] = "~6563030a6a68",
    ['d'] = "606a ~33636a0a0333",
    ['e'] = "0666 ~6663030a6a68",
    ['f'] = "~5020232a 0343",
    ['g'] = "~33636a0a0333 ~636a6d0d0c",
    ['h'] = "000a ~060363666a",
    ['i'] = "030a 0000",
    ['j'] = "~232a2d0d 2020",
    ['k'] = "000a 5307 256a",
    ['l'] = "000a",
    ['m'] = "030a ~060353565a ~5653a3a6aa",
    ['n'] = "030a ~060363666a",
    ['o'] = "~33636a0a0333",
    ['p'] = "030d ~33636a0a0333",
    ['q'] = "636d ~33636a0a0333",
    ['r'] = "030a ~060343",
    ['s'] = "~55530306565a0a08",
    ['t'] = "~20282a5a 0353",
    ['u'] = "~03070a6a6763 636a",
    ['v'] = "033a63",
    ['w'] = "032a446a83",
    ['x'] = "036a 630a",
    ['y'] = "033a 632d",
    ['z'] = "03630a6a",
    ['{'] = "~40202605 ~05252b4b",
    ['|'] = "000c",
    ['}'] = "~00202645 ~45252b0b",
    ['~'] = "~07245875",
};

static const char box[] = "00606a0a00";

/* Accents, in a field 8 wide and 3 high above or below the letter. */
static const struct accent {
    utf8proc_int32_t code;
    bool under;
    const char *stroke_font;
} accents[] = {
    {0x300, false, "2052"},
    {0x301, false, "3260"},
    {0x302, false, "224062"},
    {0x303, false, "~1220426070"},
    {0x304, false, "2161"},
    {0x306, false, "~20234360"},
    {0x308, false, "2121 6161"},
    {0x30a, false, "~405052323040"},
    {0x30b, false, "2240 5270"},
    {0x30c, false, "204260"},
    {0x327, true, "4041 ~4161634333"},
    {0x328, true, "~50314353"},
};

/* Characters that do not decompose, with the letters that replace them. */
static const struct {
    utf8proc_int32_t code;
    const char *text;
} plain[] = {
    {0xdf, "ss"}, {0xc6, "AE"}, {0xe6, "ae"},  {0xd8, "O"},   {0xf8, "o"},    {0x110, "D"},   {0x111, "d"},
    {0x131, "i"}, {0x141, "L"}, {0x142, "l"},  {0x152, "OE"}, {0x153, "oe"},  {0x2013, "-"},  {0x2014, "-"},
    {0xa0, " "},  {0xb7, "."},  {0x2018, "'"}, {0x2019, "'"}, {0x201c, "\""}, {0x201d, "\""}, {0x2026, "..."},
};

enum { CAPITAL = 10, GAP = 3, SPACE = 4, CURVE_STEPS = 6, FIELD = 8, ACCENT_HEIGHT = 4, SMALL_TOP = 3 };

struct pen {
    struct image *image; /* NULL: only measures */
    float x, y;          /* where the line starts */
    float unit, weight;
    bool upwards;
    uint32_t colour;
    float at;     /* units from the start to the next letter */
    float middle; /* of the previous letter, for accents */
    float top;    /* of the previous letter */
    bool boxed;   /* a character was shown as a box */
};

static void segment(const struct pen *pen, float x0, float y0, float x1, float y1)
{
    float ax = x0 * pen->unit, ay = (y0 - CAPITAL) * pen->unit, bx = x1 * pen->unit, by = (y1 - CAPITAL) * pen->unit;
    if (pen->upwards)
        plot_line(pen->image, pen->x + ay, pen->y - ax, pen->x + by, pen->y - bx, pen->weight, pen->colour);
    else
        plot_line(pen->image, pen->x + ax, pen->y + ay, pen->x + bx, pen->y + by, pen->weight, pen->colour);
}

static float digit(char c)
{
    return (float)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Draws a quadratic arc as line segments. */
static void arc(const struct pen *pen, const float from[2], const float turn[2], const float to[2])
{
    float before[2] = {from[0], from[1]};
    for (int k = 1; k <= CURVE_STEPS; k++) {
        float t = (float)k / CURVE_STEPS, s = 1 - t, now[2];
        for (int c = 0; c < 2; c++)
            now[c] = s * s * from[c] + 2 * s * t * turn[c] + t * t * to[c];
        segment(pen, before[0], before[1], now[0], now[1]);
        memcpy(before, now, sizeof before);
    }
}

/* Draws a glyph at (x, y) in units and returns its width. */
static float draw_glyph(const struct pen *pen, const char *glyph, float x, float y)
{
    float width = 0;
    while (*glyph) {
        float points[16][2];
        int n = 0;
        bool smooth = *glyph == '~';
        for (glyph += smooth; *glyph && *glyph != ' '; glyph += 2, n++) {
            width = fmaxf(width, digit(glyph[0]));
            points[n][0] = x + digit(glyph[0]);
            points[n][1] = y + digit(glyph[1]);
        }
        glyph += *glyph == ' ';
        if (!pen->image)
            continue;
        if (!smooth)
            for (int k = 1; k < n; k++)
                segment(pen, points[k - 1][0], points[k - 1][1], points[k][0], points[k][1]);
        float from[2] = {points[0][0], points[0][1]}, to[2];
        for (int k = 1; smooth && k < n - 1; k++) {
            for (int c = 0; c < 2; c++)
                to[c] = k == n - 2 ? points[n - 1][c] : (points[k][c] + points[k + 1][c]) / 2;
            arc(pen, from, points[k], to);
            memcpy(from, to, sizeof from);
        }
    }
    return width;
}

static void put_glyph(struct pen *pen, const char *glyph, float top)
{
    float width = draw_glyph(pen, glyph, pen->at, 0);
    pen->middle = pen->at + width / 2;
    pen->top = top;
    pen->at += width + GAP;
}

static void put_ascii(struct pen *pen, char c)
{
    if (c == ' ')
        pen->at += SPACE;
    else if (c > ' ' && c <= '~')
        put_glyph(pen, glyphs[(int)c], strchr("acegmnopqrsuvwxyz", c) ? SMALL_TOP : 0);
    else {
        put_glyph(pen, box, 0);
        pen->boxed = true;
    }
}

static void put_character(struct pen *pen, utf8proc_int32_t code)
{
    for (size_t i = 0; i < sizeof accents / sizeof *accents; i++)
        if (accents[i].code == code) {
            float y = accents[i].under ? CAPITAL : pen->top - ACCENT_HEIGHT;
            draw_glyph(pen, accents[i].stroke_font, pen->middle - FIELD / 2.0F, y);
            return;
        }
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (plain[i].code == code) {
            for (const char *c = plain[i].text; *c; c++)
                put_ascii(pen, *c);
            return;
        }
    if (code < 0x80 || utf8proc_charwidth(code) > 0)
        put_ascii(pen, code >= ' ' && code <= '~' ? (char)code : '\x7f');
}

static void put_text(struct pen *pen, const char *text)
{
    size_t left = strlen(text);
    while (left > 0) {
        utf8proc_int32_t code, parts[8];
        utf8proc_ssize_t size = utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)left, &code);
        if (size < 1) {
            size = 1;
            code = 0x7f;
        }
        int last = 0;
        utf8proc_ssize_t n = utf8proc_decompose_char(code, parts, 8, UTF8PROC_DECOMPOSE, &last);
        for (utf8proc_ssize_t i = 0; i < n && i < 8; i++)
            put_character(pen, parts[i]);
        text += size;
        left -= (size_t)size;
    }
}

bool stroke_font_has(const char *text)
{
    struct pen pen = {.unit = 1};
    put_text(&pen, text);
    return !pen.boxed;
}

float stroke_font_width(const char *text, float height)
{
    struct pen pen = {.unit = height / CAPITAL};
    put_text(&pen, text);
    return fmaxf(pen.at - GAP, 0) * pen.unit;
}

void stroke_font_draw(struct image *image, const char *text, float x, float y, float height, bool upwards,
                      uint32_t colour)
{
    struct pen pen = {.image = image,
                      .x = x,
                      .y = y,
                      .unit = height / CAPITAL,
                      .weight = fmaxf(0.13F * height, 1),
                      .upwards = upwards,
                      .colour = colour};
    put_text(&pen, text);
}
