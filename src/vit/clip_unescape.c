#include "vit/clip_unescape.h"

#include <string.h>
#include <utf8proc.h>

/* The names of U+00A0 to U+00FF, in order. */
static const char *const latin1[96] = {
    "nbsp",   "iexcl",  "cent",   "pound",  "curren", "yen",    "brvbar", "sect",   "uml",    "copy",   "ordf",
    "laquo",  "not",    "shy",    "reg",    "macr",   "deg",    "plusmn", "sup2",   "sup3",   "acute",  "micro",
    "para",   "middot", "cedil",  "sup1",   "ordm",   "raquo",  "frac14", "frac12", "frac34", "iquest", "Agrave",
    "Aacute", "Acirc",  "Atilde", "Auml",   "Aring",  "AElig",  "Ccedil", "Egrave", "Eacute", "Ecirc",  "Euml",
    "Igrave", "Iacute", "Icirc",  "Iuml",   "ETH",    "Ntilde", "Ograve", "Oacute", "Ocirc",  "Otilde", "Ouml",
    "times",  "Oslash", "Ugrave", "Uacute", "Ucirc",  "Uuml",   "Yacute", "THORN",  "szlig",  "agrave", "aacute",
    "acirc",  "atilde", "auml",   "aring",  "aelig",  "ccedil", "egrave", "eacute", "ecirc",  "euml",   "igrave",
    "iacute", "icirc",  "iuml",   "eth",    "ntilde", "ograve", "oacute", "ocirc",  "otilde", "ouml",   "divide",
    "oslash", "ugrave", "uacute", "ucirc",  "uuml",   "yacute", "thorn",  "yuml",
};

static const struct {
    const char *name;
    int character;
    bool bare; /* also without a semicolon */
} others[] = {
    {"amp", '&', true},        {"lt", '<', true},        {"gt", '>', true},         {"quot", '"', true},
    {"apos", '\'', false},     {"ndash", 0x2013, false}, {"mdash", 0x2014, false},  {"lsquo", 0x2018, false},
    {"rsquo", 0x2019, false},  {"sbquo", 0x201a, false}, {"ldquo", 0x201c, false},  {"rdquo", 0x201d, false},
    {"bdquo", 0x201e, false},  {"bull", 0x2022, false},  {"hellip", 0x2026, false}, {"lsaquo", 0x2039, false},
    {"rsaquo", 0x203a, false}, {"euro", 0x20ac, false},  {"trade", 0x2122, false},  {"hearts", 0x2665, false},
    {"minus", 0x2212, false},  {"OElig", 0x0152, false}, {"oelig", 0x0153, false},  {"Scaron", 0x0160, false},
    {"scaron", 0x0161, false}, {"AMP", '&', true},       {"LT", '<', true},         {"GT", '>', true},
    {"QUOT", '"', true},
};

/* A reference at the start of a text. */
struct reference {
    size_t size; /* 0: none */
    int character;
};

int clip_windows_1252(int character)
{
    static const int table[32] = {0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                  0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d,   0x017d, 0x8f,
                                  0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                  0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178};
    return character >= 0x80 && character < 0xa0 ? table[character - 0x80] : character;
}

static int digit_value(char byte, int base)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    int letter = byte | 0x20;
    return base == 16 && letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

static struct reference read_number(const char *text, size_t size, bool lenient)
{
    int base = size > 2 && (text[2] | 0x20) == 'x' ? 16 : 10;
    size_t start = base == 16 ? 3 : 2;
    size_t at = start;
    int character = 0;
    for (int digit; at < size && (digit = digit_value(text[at], base)) >= 0; at++)
        character = character > UINT16_MAX * 17 ? character : character * base + digit;
    bool closed = at < size && text[at] == ';';
    if (at == start || !(closed || lenient))
        return (struct reference){0};
    bool valid = character > 0 && character < 0x110000 && utf8proc_codepoint_valid(character);
    return (struct reference){at + closed, valid ? clip_windows_1252(character) : 0xfffd};
}

static void match_name(const char *text, size_t size, const char *name, int character, bool bare,
                       struct reference *best)
{
    size_t length = strlen(name);
    if (length >= size || memcmp(text + 1, name, length) != 0)
        return;
    bool closed = length + 1 < size && text[length + 1] == ';';
    size_t used = length + 1 + closed;
    if ((closed || bare) && used > best->size)
        *best = (struct reference){used, character};
}

static struct reference read_reference(const char *text, size_t size, bool lenient)
{
    struct reference best = {0};
    if (size > 1 && text[1] == '#')
        return read_number(text, size, lenient);
    for (int i = 0; i < 96; i++)
        match_name(text, size, latin1[i], 0xa0 + i, lenient, &best);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        match_name(text, size, others[i].name, others[i].character, lenient && others[i].bare, &best);
    return best;
}

bool clip_unescape(const char *text, size_t size, bool lenient, struct buffer *out)
{
    bool any = false;
    for (size_t at = 0; at < size;) {
        struct reference reference = {0};
        if (text[at] == '&')
            reference = read_reference(text + at, size - at, lenient);
        if (reference.size == 0) {
            buffer_add_byte(out, text[at++]);
            continue;
        }
        utf8proc_uint8_t bytes[4];
        buffer_add(out, bytes, (size_t)utf8proc_encode_char(reference.character, bytes));
        at += reference.size;
        any = true;
    }
    return any;
}
