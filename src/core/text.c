#include "core/text.h"

#include <string.h>
#include <utf8proc.h>

enum {
    CLUSTER_BYTES_MAX = 27, /* the capacity of a cell of the screen */
    MARK_BYTES_MAX = 9,     /* after one spacing character, so that a displayed cluster always fits a cell */
    ZERO_WIDTH_JOINER = 0x200d,
    ZERO_WIDTH_NON_JOINER = 0x200c,
    TEXT_STYLE = 0xfe0e,
    EMOJI_STYLE = 0xfe0f,
};

size_t text_character_size(const char *text, size_t size)
{
    const unsigned char *b = (const unsigned char *)text;
    if (size == 0)
        return 0;
    if (b[0] < 0x80)
        return 1;
    size_t length = b[0] >= 0xf0 ? 4 : b[0] >= 0xe0 ? 3 : 2;
    if (b[0] < 0xc2 || b[0] > 0xf4 || length > size)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((b[i] & 0xc0) != 0x80)
            return 0;
    if ((b[0] == 0xe0 && b[1] < 0xa0) || (b[0] == 0xed && b[1] > 0x9f) || (b[0] == 0xf0 && b[1] < 0x90) ||
        (b[0] == 0xf4 && b[1] > 0x8f))
        return 0;
    return length;
}

bool text_is_utf8(const char *text, size_t size)
{
    while (size > 0) {
        size_t step = text_character_size(text, size);
        if (step == 0)
            return false;
        text += step;
        size -= step;
    }
    return true;
}

/* Reads one character; -1 for an invalid byte (which counts as one). */
static size_t read_character(const char *text, size_t size, utf8proc_int32_t *character)
{
    size_t step = text_character_size(text, size);
    *character = -1;
    if (step == 0)
        return 1;
    utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)step, character);
    return step;
}

bool text_ends_with(const char *text, size_t size, const char *end)
{
    size_t length = strlen(end);
    return size >= length && memcmp(text + size - length, end, length) == 0;
}

bool text_ends_in_word(const char *text, const char *end)
{
    const char *begin = end;
    while (begin > text && ((unsigned char)*--begin & 0xc0) == 0x80)
        continue;
    utf8proc_int32_t character;
    read_character(begin, (size_t)(end - begin), &character);
    /* Categories are numbered in groups: letters, marks and numbers come first. */
    utf8proc_category_t category = utf8proc_category(character);
    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO;
}

enum text_class text_class_of(const char *text, size_t size)
{
    utf8proc_int32_t character;
    read_character(text, size, &character);
    utf8proc_category_t category = utf8proc_category(character);
    if (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO)
        return TEXT_WORD;
    bool sign = category == UTF8PROC_CATEGORY_SM && character >= 0x80;
    return sign || category == UTF8PROC_CATEGORY_SO ? TEXT_SYMBOL : TEXT_SEPARATOR;
}

bool text_is_capital(const char *text, size_t size)
{
    utf8proc_int32_t character;
    read_character(text, size, &character);
    return utf8proc_category(character) == UTF8PROC_CATEGORY_LU;
}

static bool is_between(utf8proc_int32_t character, utf8proc_int32_t first, utf8proc_int32_t last)
{
    return first <= character && character <= last;
}

/* The columns by which a terminal without cluster support (xterm, ncurses over the C library) advances. libutf8proc
 * differs in spacing marks, signs that enclose what follows, the later parts of a Hangul syllable and a few blocks of
 * wide characters. */
static int character_width(utf8proc_int32_t character)
{
    if (is_between(character, 0x1160, 0x11ff) || is_between(character, 0xd7b0, 0xd7fb))
        return 0;
    if (is_between(character, 0x302e, 0x302f) || is_between(character, 0x3248, 0x324f) ||
        is_between(character, 0x4dc0, 0x4dff) || is_between(character, 0x16ff0, 0x16ff1))
        return 2;
    const utf8proc_property_t *property = utf8proc_get_property(character);
    if (property->category == UTF8PROC_CATEGORY_MC || property->category == UTF8PROC_CATEGORY_CC ||
        (property->category == UTF8PROC_CATEGORY_CF && property->boundclass == UTF8PROC_BOUNDCLASS_PREPEND))
        return 1;
    return utf8proc_charwidth(character);
}

static bool is_control(utf8proc_int32_t character)
{
    return character < 0x20 || is_between(character, 0x7f, 0x9f);
}

size_t text_cluster(const char *text, size_t size, int *width)
{
    *width = 0;
    if (size == 0)
        return 0;
    utf8proc_int32_t previous;
    size_t used = read_character(text, size, &previous);
    *width = previous < 0 ? 1 : character_width(previous);
    if (is_control(previous)) /* includes invalid bytes */
        return used;
    utf8proc_int32_t state = 0;
    while (used < size) {
        utf8proc_int32_t next;
        size_t step = read_character(text + used, size - used, &next);
        if (next < 0 || is_control(next) || !(next >= 0x300 || previous >= 0x300) || used + step > CLUSTER_BYTES_MAX ||
            utf8proc_grapheme_break_stateful(previous, next, &state))
            break;
        int columns = character_width(next);
        if (*width + columns > 2)
            break;
        *width += columns;
        used += step;
        previous = next;
    }
    return used;
}

/* Iterates over the displayed form of a text, character by character. */
struct shown_walk {
    utf8proc_int32_t previous; /* the last displayed character; 0 at the start */
    utf8proc_int32_t state;
    size_t mark_bytes; /* of zero width since the last spacing character */
};

static bool is_pictograph(utf8proc_int32_t character)
{
    return utf8proc_get_property(character)->boundclass == UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC;
}

/* The displayed form of a character regardless of its neighbours; 0 for nothing. Invisible format characters are
 * dropped, because terminals disagree on them or because they reorder what follows. */
static utf8proc_int32_t shown_alone(utf8proc_int32_t character)
{
    if (is_between(character, '\t', '\r') || character == 0x85)
        return ' ';
    if (character < 0 || is_control(character))
        return 0xfffd;
    const utf8proc_property_t *property = utf8proc_get_property(character);
    switch (property->category) {
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return ' ';
    case UTF8PROC_CATEGORY_CN:
        return 0xfffd; /* its width is unknown */
    case UTF8PROC_CATEGORY_CF:
        if (property->boundclass == UTF8PROC_BOUNDCLASS_PREPEND || character == ZERO_WIDTH_JOINER ||
            character == ZERO_WIDTH_NON_JOINER)
            return character;
        return 0;
    default:
        return character == TEXT_STYLE || character == EMOJI_STYLE ? 0 : character;
    }
}

/* Scripts whose letters change form with their neighbours: Arabic to Mandaic, those of India and Southeast Asia,
 * Mongolian. A joiner has an effect only there. */
static bool joins(utf8proc_int32_t character)
{
    return is_between(character, 0x600, 0x8ff) || is_between(character, 0x900, 0x109f) ||
           is_between(character, 0x1700, 0x18af) || is_between(character, 0x1900, 0x1cff) ||
           is_between(character, 0xa800, 0xabff) || is_between(character, 0x10a00, 0x11fff);
}

/* The displayed form of `character`, with its columns in *width; 0 for nothing. Joined emoji and skin tones are shown
 * separately and without modifiers: only some terminals join them, and a row must have the same width on all. */
static utf8proc_int32_t show(struct shown_walk *walk, utf8proc_int32_t character, int *width)
{
    utf8proc_int32_t shown = shown_alone(character);
    *width = 0;
    if (shown == 0)
        return 0;
    if (walk->previous >= 0x80 && is_pictograph(walk->previous) &&
        (shown == ZERO_WIDTH_JOINER || is_between(shown, 0x1f3fb, 0x1f3ff)))
        return 0;
    utf8proc_int32_t state = walk->state;
    if ((shown == ZERO_WIDTH_JOINER || shown == ZERO_WIDTH_NON_JOINER) && !joins(walk->previous))
        return 0;
    bool apart = walk->previous == 0 || utf8proc_grapheme_break_stateful(walk->previous, shown, &state);
    int columns = character_width(shown);
    if (columns == 0) {
        size_t bytes = shown < 0x800 ? 2 : shown < 0x10000 ? 3 : 4;
        if (apart || walk->mark_bytes + bytes > MARK_BYTES_MAX)
            return 0;
        walk->mark_bytes += bytes;
    } else {
        walk->mark_bytes = 0;
    }
    walk->previous = shown;
    walk->state = state;
    *width = columns;
    return shown;
}

static size_t plain_prefix(const char *text, size_t size)
{
    size_t at = 0;
    while (at < size && text[at] >= 0x20 && text[at] < 0x7f)
        at++;
    return at;
}

int text_width(const char *text, size_t size)
{
    size_t at = plain_prefix(text, size);
    int total = (int)at;
    struct shown_walk walk = {.previous = at > 0 ? (unsigned char)text[at - 1] : 0};
    while (at < size) {
        utf8proc_int32_t character;
        int width;
        at += read_character(text + at, size - at, &character);
        show(&walk, character, &width);
        total += width;
    }
    return total;
}

void text_sanitise(const char *text, size_t size, struct buffer *out)
{
    size_t at = plain_prefix(text, size);
    buffer_add(out, text, at);
    struct shown_walk walk = {.previous = at > 0 ? (unsigned char)text[at - 1] : 0};
    while (at < size) {
        utf8proc_int32_t character;
        int width;
        at += read_character(text + at, size - at, &character);
        utf8proc_int32_t shown = show(&walk, character, &width);
        if (shown != 0) {
            utf8proc_uint8_t bytes[4];
            buffer_add(out, bytes, (size_t)utf8proc_encode_char(shown, bytes));
        }
    }
}

void text_fit(const char *text, size_t size, int columns, bool pad, struct buffer *out)
{
    if (columns <= 0)
        return;
    struct buffer shown = {0};
    text_sanitise(text, size, &shown);
    out->failed |= shown.failed;
    size_t kept = 0; /* bytes before the ellipsis, if one is needed */
    int kept_width = 0;
    int total = 0;
    for (size_t at = 0; at < shown.size && total <= columns;) {
        int width;
        at += text_cluster(shown.data + at, shown.size - at, &width);
        total += width;
        if (total < columns) {
            kept = at;
            kept_width = total;
        }
    }
    if (total <= columns) {
        buffer_add(out, shown.data, shown.size);
    } else {
        buffer_add(out, shown.data, kept);
        buffer_add_text(out, "\xe2\x80\xa6");
        total = kept_width + 1;
    }
    for (; pad && total < columns; total++)
        buffer_add_byte(out, ' ');
    buffer_free(&shown);
}

/* Characters that are invisible or affect their neighbours. */
static bool is_hidden(utf8proc_int32_t character)
{
    if (character == '\n' || character == '\t')
        return false;
    if (is_control(character) || is_between(character, 0xfe00, 0xfe0f) || is_between(character, 0xe0100, 0xe01ef) ||
        is_between(character, 0x180b, 0x180f) || character == 0x034f)
        return true;
    const utf8proc_property_t *property = utf8proc_get_property(character);
    return (property->category == UTF8PROC_CATEGORY_CF && property->boundclass != UTF8PROC_BOUNDCLASS_PREPEND) ||
           property->category == UTF8PROC_CATEGORY_ZL || property->category == UTF8PROC_CATEGORY_ZP;
}

static void add_escaped(utf8proc_int32_t character, const char *text, size_t size, struct buffer *out)
{
    if (character < 0)
        buffer_add_text(out, "\xef\xbf\xbd");
    else if (!is_hidden(character))
        buffer_add(out, text, size);
    else if (character < 0x10000)
        buffer_printf(out, "\\u%04x", (unsigned)character);
    else
        buffer_printf(out, "\\u%04x\\u%04x", 0xd800U + ((unsigned)(character - 0x10000) >> 10),
                      0xdc00U + ((unsigned)(character - 0x10000) & 0x3ffU));
}

void text_escape(const char *text, size_t size, struct buffer *out)
{
    for (size_t at = 0; at < size;) {
        size_t plain = plain_prefix(text + at, size - at);
        buffer_add(out, text + at, plain);
        at += plain;
        if (at == size)
            break;
        utf8proc_int32_t character;
        size_t step = read_character(text + at, size - at, &character);
        if (character != '\r' || at + 1 == size || text[at + 1] != '\n')
            add_escaped(character, text + at, step, out);
        at += step;
    }
}

void text_nest_quotes(char *text)
{
    int depth = 0;
    for (size_t i = 0; text[i]; i++) {
        if (text[i] != '"')
            continue;
        const bool begins = i == 0 || strchr(" (\"'", text[i - 1]),
                   ends = text[i + 1] == '\0' || strchr(" .,;:?!)\"'", text[i + 1]);
        const bool opens = begins && !(depth > 0 && ends);
        if (opens ? depth > 0 : depth > 1)
            text[i] = '\'';
        depth += opens ? 1 : depth > 0 ? -1 : 0;
    }
}
