#include <string.h>
#include <utf8proc.h>

#include "core/text.h"

/* Letters and signs that Unicode does not decompose but that people type as a plain letter. */
static const struct {
    utf8proc_int32_t character;
    const char *plain;
} plain_forms[] = {
    {0x00ab, "\""}, {0x00b4, "'"}, {0x00bb, "\""}, {0x00e6, "ae"}, {0x00f0, "d"},  {0x00f8, "o"},  {0x00fe, "th"},
    {0x0111, "d"},  {0x0127, "h"}, {0x0131, "i"},  {0x0138, "k"},  {0x0142, "l"},  {0x014b, "n"},  {0x0153, "oe"},
    {0x0167, "t"},  {0x0180, "b"}, {0x0192, "f"},  {0x019a, "l"},  {0x0237, "j"},  {0x0268, "i"},  {0x02bb, "'"},
    {0x02bc, "'"},  {0x2010, "-"}, {0x2011, "-"},  {0x2012, "-"},  {0x2013, "-"},  {0x2014, "-"},  {0x2015, "-"},
    {0x2018, "'"},  {0x2019, "'"}, {0x201a, "'"},  {0x201b, "'"},  {0x201c, "\""}, {0x201d, "\""}, {0x201e, "\""},
    {0x201f, "\""}, {0x2032, "'"}, {0x2033, "\""}, {0x2039, "'"},  {0x203a, "'"},  {0x2212, "-"},
};

static const char *plain_form(utf8proc_int32_t character)
{
    size_t low = 0;
    size_t high = sizeof plain_forms / sizeof *plain_forms;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (plain_forms[middle].character < character)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < sizeof plain_forms / sizeof *plain_forms && plain_forms[low].character == character;
    return found ? plain_forms[low].plain : NULL;
}

/* A space is added only if something follows it, so that there is none at the ends. */
struct folded {
    struct buffer *out;
    bool any;
    bool space;
};

static void add_folded(struct folded *folded, const void *bytes, size_t size)
{
    if (folded->space && folded->any)
        buffer_add_byte(folded->out, ' ');
    folded->space = false;
    folded->any = true;
    buffer_add(folded->out, bytes, size);
}

static void add_decomposed(struct folded *folded, utf8proc_int32_t character)
{
    const char *plain = plain_form(character);
    if (plain) {
        add_folded(folded, plain, strlen(plain));
        return;
    }
    const utf8proc_property_t *property = utf8proc_get_property(character);
    switch (property->category) {
    case UTF8PROC_CATEGORY_MN:
        /* Accents have a combining class of 10 or more; vowel signs, nukta, voicing marks and virama are parts of
         * letters. */
        if (property->combining_class >= 10 || (character >= 0xfe00 && character <= 0xfe0f))
            return;
        break;
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
        return;
    case UTF8PROC_CATEGORY_CC:
        folded->space |= (character >= '\t' && character <= '\r') || character == 0x85;
        return;
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        folded->space = true;
        return;
    default:
        break;
    }
    utf8proc_uint8_t bytes[4];
    add_folded(folded, bytes, (size_t)utf8proc_encode_char(character, bytes));
}

static void add_character(struct folded *folded, utf8proc_int32_t character)
{
    if (plain_form(character)) { /* before the acute accent decomposes into a space and a mark */
        add_decomposed(folded, character);
        return;
    }
    enum { PARTS_MAX = 32 }; /* the longest decomposition has 18 */
    utf8proc_int32_t parts[PARTS_MAX];
    int last_class = 0;
    utf8proc_ssize_t count = utf8proc_decompose_char(
        character, parts, PARTS_MAX, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD, &last_class);
    for (utf8proc_ssize_t i = 0; i < count && i < PARTS_MAX; i++)
        add_decomposed(folded, parts[i]);
}

/* Copies an ASCII prefix folded; returns its length. */
static size_t add_ascii(struct folded *folded, const char *text, size_t size)
{
    struct buffer *out = folded->out;
    if (!buffer_reserve(out, size + 1))
        return size;
    char *end = out->data + out->size;
    size_t at = 0;
    for (; at < size && (unsigned char)text[at] < 0x80; at++) {
        char byte = text[at];
        if (byte > ' ' && byte != 0x7f) {
            if (folded->space && folded->any)
                *end++ = ' ';
            folded->space = false;
            folded->any = true;
            *end++ = byte >= 'A' && byte <= 'Z' ? (char)(byte + ('a' - 'A')) : byte;
        } else {
            folded->space |= byte == ' ' || (byte >= '\t' && byte <= '\r');
        }
    }
    *end = '\0';
    out->size = (size_t)(end - out->data);
    return at;
}

void text_fold(const char *text, size_t size, struct buffer *out)
{
    struct folded folded = {.out = out};
    for (size_t at = 0; at < size;) {
        if ((unsigned char)text[at] < 0x80) {
            at += add_ascii(&folded, text + at, size - at);
            continue;
        }
        size_t step = text_character_size(text + at, size - at);
        if (step > 0) {
            utf8proc_int32_t character;
            utf8proc_iterate((const utf8proc_uint8_t *)text + at, (utf8proc_ssize_t)step, &character);
            add_character(&folded, character);
        }
        at += step > 0 ? step : 1;
    }
}
