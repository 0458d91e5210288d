#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "core/text.h"

enum { ZERO_WIDTH_NON_JOINER = 0x200c, ZERO_WIDTH_JOINER = 0x200d, IOTA_SUBSCRIPT = 0x345 };

/* Invisible characters that change no letter: soft hyphen, grapheme joiner, marks of direction, zero-width space, word
 * joiner, byte order mark, variation selectors, annotation marks, language tag. The tags of flags (U+E0020 and up) are
 * kept, because flags differ in nothing else. */
static const struct {
    utf8proc_int32_t first, last;
} invisible[] = {
    {0x00ad, 0x00ad}, {0x034f, 0x034f},   {0x061c, 0x061c},   {0x180b, 0x180f}, {0x200b, 0x200b},
    {0x200e, 0x200f}, {0x202a, 0x202e},   {0x2060, 0x206f},   {0xfe00, 0xfe0f}, {0xfeff, 0xfeff},
    {0xfff9, 0xfffb}, {0xe0001, 0xe0001}, {0xe0100, 0xe01ef},
};

static bool is_invisible(utf8proc_int32_t character)
{
    for (size_t i = 0; i < sizeof invisible / sizeof *invisible && character >= invisible[i].first; i++)
        if (character <= invisible[i].last)
            return true;
    return false;
}

static bool is_space(utf8proc_int32_t character)
{
    if (character <= ' ' || character == 0x85)
        return character == ' ' || character == 0x85 || (character >= '\t' && character <= '\r');
    utf8proc_category_t category = utf8proc_category(character);
    return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;
}

static bool is_ascii(const char *text, size_t size)
{
    const uint64_t highs = 0x8080808080808080U;
    for (; size >= 8; text += 8, size -= 8) {
        uint64_t word;
        memcpy(&word, text, 8);
        if (word & highs)
            return false;
    }
    for (; size > 0; text++, size--)
        if ((unsigned char)*text >= 0x80)
            return false;
    return true;
}

struct visible {
    struct buffer out;
    bool any, space, greek;
    utf8proc_int32_t joiner; /* kept only between two visible characters; 0: none */
};

static void add_character(struct visible *visible, utf8proc_int32_t character)
{
    utf8proc_uint8_t bytes[4];
    buffer_add(&visible->out, bytes, (size_t)utf8proc_encode_char(character, bytes));
}

static void add_visible(struct visible *visible, utf8proc_int32_t character)
{
    if (visible->any && visible->space)
        buffer_add_byte(&visible->out, ' ');
    else if (visible->any && visible->joiner)
        add_character(visible, visible->joiner);
    visible->any = true;
    visible->space = false;
    visible->joiner = 0;
    visible->greek |= character == IOTA_SUBSCRIPT || (character >= 0x1f80 && character <= 0x1fff);
    add_character(visible, character);
}

/* Appends the visible characters of the text, each run of white space as one space. */
static void keep_visible(const char *text, size_t size, struct visible *visible)
{
    for (size_t at = 0; at < size;) {
        size_t step = text_character_size(text + at, size - at);
        utf8proc_int32_t character = 0xfffd;
        if (step > 0)
            utf8proc_iterate((const utf8proc_uint8_t *)text + at, (utf8proc_ssize_t)step, &character);
        at += step > 0 ? step : 1;
        if (is_space(character))
            visible->space = true;
        else if (character == ZERO_WIDTH_JOINER || character == ZERO_WIDTH_NON_JOINER)
            visible->joiner = character;
        else if (character >= ' ' && (character < 0x7f || character > 0x9f) && !is_invisible(character))
            add_visible(visible, character);
    }
}

/* The text mapped by libutf8proc, appended to `out`. */
static void add_mapped(const char *text, size_t size, int options, struct buffer *out)
{
    utf8proc_uint8_t *mapped = NULL;
    utf8proc_ssize_t length = utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)size, &mapped,
                                           (utf8proc_option_t)(UTF8PROC_STABLE | options));
    if (length >= 0)
        buffer_add(out, mapped, (size_t)length);
    else
        out->failed = true; /* the text is well-formed: only memory can run out */
    free(mapped);
}

/* Folding turns the iota below a Greek vowel into a letter, so the marks around it must be ordered before. */
static void order_marks(struct buffer *text)
{
    struct buffer ordered = {0};
    add_mapped(text->data, text->size, UTF8PROC_DECOMPOSE, &ordered);
    buffer_free(text);
    *text = ordered;
}

void text_key(const char *text, size_t size, struct buffer *out)
{
    const size_t begin = out->size;
    if (is_ascii(text, size)) {
        text_fold(text, size, out);
    } else {
        struct visible visible = {0};
        keep_visible(text, size, &visible);
        if (visible.greek && !visible.out.failed)
            order_marks(&visible.out);
        if (visible.out.size > 0 && !visible.out.failed)
            add_mapped(visible.out.data, visible.out.size, UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD, out);
        out->failed |= visible.out.failed;
        buffer_free(&visible.out);
    }
    if (out->size == begin) /* no visible character: compare its bytes */
        buffer_add(out, text, size);
}

void text_compose(const char *text, size_t size, struct buffer *out)
{
    if (is_ascii(text, size) || !text_is_utf8(text, size))
        buffer_add(out, text, size);
    else
        add_mapped(text, size, UTF8PROC_COMPOSE, out);
}

void text_decompose(const char *text, size_t size, struct buffer *out)
{
    if (is_ascii(text, size) || !text_is_utf8(text, size))
        buffer_add(out, text, size);
    else
        add_mapped(text, size, UTF8PROC_DECOMPOSE, out);
}
