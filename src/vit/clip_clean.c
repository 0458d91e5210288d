#include "vit/clip_clean.h"

#include <string.h>
#include <utf8proc.h>

#include "core/text.h"
#include "vit/clip_unescape.h"

enum { PASSES_MAX = 16 }; /* of decoding references to references */

/* The character at *at, which is moved past it; U+FFFD for an invalid byte. */
static utf8proc_int32_t next_character(const char *text, size_t size, size_t *at)
{
    utf8proc_int32_t character = 0xfffd;
    size_t length = text_character_size(text + *at, size - *at);
    if (length > 0)
        utf8proc_iterate((const utf8proc_uint8_t *)text + *at, (utf8proc_ssize_t)length, &character);
    *at += length > 0 ? length : 1;
    return character;
}

static void add_character(struct buffer *out, utf8proc_int32_t character)
{
    utf8proc_uint8_t bytes[4];
    buffer_add(out, bytes, (size_t)utf8proc_encode_char(character, bytes));
}

static bool is_dropped(utf8proc_int32_t c)
{
    bool control = (c < 0x20 && c != '\t' && c != '\n' && c != '\f' && c != '\r') || c == 0x7f;
    return control || (c >= 0x206a && c <= 0x206f) || (c >= 0xfff9 && c <= 0xfffc) || c == 0xfeff;
}

/* Latin digraphs and ligatures, full-width and half-width forms. */
static bool has_compatible_form(utf8proc_int32_t c)
{
    return c == 0x132 || c == 0x133 || c == 0x149 || (c >= 0x1c4 && c <= 0x1cc) || (c >= 0x1f1 && c <= 0x1f3) ||
           c == 0x3000 || (c >= 0xfb00 && c <= 0xfb06 && c != 0xfb05) || (c >= 0xff01 && c <= 0xffee);
}

static utf8proc_int32_t straight_quote(utf8proc_int32_t c)
{
    if (c == 0x2bc || (c >= 0x2018 && c <= 0x201b))
        return '\'';
    return c >= 0x201c && c <= 0x201f ? '"' : c;
}

static void add_fixed(struct buffer *out, utf8proc_int32_t character)
{
    character = clip_windows_1252(character);
    if (character == 0xfb05) { /* its compatible form would lose the long s */
        buffer_add_text(out, "\xc5\xbft");
        return;
    }
    enum { PARTS_MAX = 32 };
    utf8proc_int32_t parts[PARTS_MAX] = {character};
    utf8proc_ssize_t count = 1;
    int last_class = 0;
    if (has_compatible_form(character))
        count = utf8proc_decompose_char(character, parts, PARTS_MAX, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT, &last_class);
    for (utf8proc_ssize_t i = 0; i < count && i < PARTS_MAX; i++)
        if (!is_dropped(parts[i]))
            add_character(out, straight_quote(parts[i]));
}

/* One pass over single characters, then NFC. */
static void fix_characters(const struct buffer *text, struct buffer *scratch, struct buffer *out)
{
    buffer_clear(scratch);
    buffer_clear(out);
    for (size_t at = 0; at < text->size;)
        add_fixed(scratch, next_character(text->data, text->size, &at));
    if (scratch->size > 0)
        text_compose(scratch->data, scratch->size, out);
}

static void swap(struct buffer *a, struct buffer *b)
{
    struct buffer c = *a;
    *a = *b;
    *b = c;
}

static bool unescape(struct buffer *text, struct buffer *scratch, bool lenient)
{
    buffer_clear(scratch);
    bool any = text->size > 0 && clip_unescape(text->data, text->size, lenient, scratch);
    if (any)
        swap(text, scratch);
    return any;
}

static bool is_space(utf8proc_int32_t c)
{
    utf8proc_category_t category = utf8proc_category(c);
    return (c >= '\t' && c <= '\r') || c == 0x85 || category == UTF8PROC_CATEGORY_ZS ||
           category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;
}

static bool is_cased(utf8proc_int32_t c)
{
    utf8proc_category_t category = utf8proc_category(c);
    return category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LL || category == UTF8PROC_CATEGORY_LT;
}

static bool is_case_ignorable(utf8proc_int32_t c)
{
    utf8proc_category_t category = utf8proc_category(c);
    return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME || category == UTF8PROC_CATEGORY_CF ||
           category == UTF8PROC_CATEGORY_LM || category == UTF8PROC_CATEGORY_SK || c == '\'' || c == '.' || c == ':' ||
           c == 0xb7 || c == 0x2019;
}

/* Unicode's condition Final_Sigma after the character: no cased letter follows in this word. */
static bool ends_word(const char *text, size_t size, size_t at)
{
    while (at < size) {
        utf8proc_int32_t c = next_character(text, size, &at);
        if (!is_case_ignorable(c))
            return !is_cased(c);
    }
    return true;
}

/* White space and lower case. */
static void add_lower(const char *text, size_t size, struct buffer *out)
{
    bool space = false, any = false, in_word = false;
    for (size_t at = 0; at < size;) {
        utf8proc_int32_t c = next_character(text, size, &at);
        if (is_space(c)) {
            space = true;
            in_word = false;
            continue;
        }
        if (space && any)
            buffer_add_byte(out, ' ');
        space = false;
        any = true;
        if (c == 0x130) /* the capital I with a dot is two characters in lower case */
            buffer_add_text(out, "i\xcc\x87");
        else if (c == 0x3a3)
            add_character(out, in_word && ends_word(text, size, at) ? 0x3c2 : 0x3c3);
        else
            add_character(out, utf8proc_tolower(c));
        in_word = is_cased(c) || (in_word && is_case_ignorable(c));
    }
}

void clip_clean(const char *text, size_t size, struct buffer *out)
{
    struct buffer current = {0}, scratch = {0}, fixed = {0};
    buffer_add(&current, text, size);
    bool markup = size > 0 && memchr(text, '<', size); /* ftfy decodes no references in what looks like HTML */
    for (int pass = 0; pass < PASSES_MAX; pass++) {
        bool decoded = !markup && unescape(&current, &scratch, false);
        fix_characters(&current, &scratch, &fixed);
        bool same =
            fixed.size == current.size && (fixed.size == 0 || memcmp(fixed.data, current.data, fixed.size) == 0);
        swap(&current, &fixed);
        if (same && !decoded)
            break;
    }
    for (int pass = 0; pass < 2; pass++)
        unescape(&current, &scratch, true);
    if (current.size > 0)
        add_lower(current.data, current.size, out);
    out->failed |= current.failed || scratch.failed || fixed.failed;
    buffer_free(&current);
    buffer_free(&scratch);
    buffer_free(&fixed);
}
