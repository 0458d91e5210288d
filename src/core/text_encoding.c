#include "core/text_encoding.h"

#include <stdint.h>
#include <string.h>

#include "core/text.h"

/* 0x80 to 0x9f; 0 for undefined. The rest are the first 256 characters of Unicode. */
static const uint16_t windows_1252[32] = {0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                          0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017d, 0,
                                          0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                          0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

static const char contains_nul[] = "a byte 0, which no text has";

static uint32_t from_windows_1252(unsigned char byte)
{
    return byte >= 0x80 && byte < 0xa0 ? windows_1252[byte - 0x80] : byte;
}

/* ---- start of a file ---- */

/* Western text in UTF-16 has a zero in nearly every second byte and none between. */
static enum text_encoding guess_utf16(const unsigned char *bytes, size_t size)
{
    size_t zeros[2] = {0}, pairs = (size < 4096 ? size : 4096) / 2;
    for (size_t i = 0; i < 2 * pairs; i++)
        zeros[i % 2] += bytes[i] == 0;
    if (pairs < 2)
        return ENCODING_OPEN;
    if (zeros[0] == 0 && zeros[1] > pairs / 2)
        return ENCODING_UTF16_LE;
    return zeros[1] == 0 && zeros[0] > pairs / 2 ? ENCODING_UTF16_BE : ENCODING_OPEN;
}

enum text_encoding text_encoding_detect(const void *bytes, size_t size, size_t *mark)
{
    static const struct {
        const char *mark;
        size_t size;
        enum text_encoding encoding;
    } marks[] = {
        {"\xef\xbb\xbf", 3, ENCODING_UTF8}, {"\xff\xfe", 2, ENCODING_UTF16_LE}, {"\xfe\xff", 2, ENCODING_UTF16_BE}};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        *mark = marks[i].size;
        if (size >= *mark && memcmp(bytes, marks[i].mark, *mark) == 0)
            return marks[i].encoding;
    }
    *mark = 0;
    return guess_utf16(bytes, size);
}

/* ---- UTF-8 or Windows-1252 ---- */

struct survey {
    size_t good, bad;     /* well-formed multi-byte sequences, and bytes outside of them */
    size_t in_runs;       /* bytes from 128 on in runs of three or more: letters of a script that is not Latin */
    size_t signs_in_word; /* bytes that are signs in Windows-1252 between two letters: those of another code page */
    size_t first_bad, first_undefined, first_control; /* SIZE_MAX: none */
};

static bool is_letter(unsigned char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

/* An apostrophe or a dash may be between letters, other signs not. */
static bool is_sign(unsigned char byte)
{
    return byte >= 0x80 && byte < 0xc0 && !memchr("\x8a\x8c\x8e\x91\x92\x96\x97\x9a\x9c\x9e\x9f\xad\xb4\xb7", byte, 14);
}

static void see_byte(struct survey *survey, const unsigned char *bytes, size_t size, size_t at)
{
    unsigned char byte = bytes[at];
    if (byte < 0x20 && !memchr("\t\n\v\f\r\x1a", byte, 6) && survey->first_control == SIZE_MAX)
        survey->first_control = at;
    if (byte < 0x80)
        return;
    if (from_windows_1252(byte) == 0 && survey->first_undefined == SIZE_MAX)
        survey->first_undefined = at;
    bool before = at > 0 && bytes[at - 1] >= 0x80, behind = at + 1 < size && bytes[at + 1] >= 0x80;
    survey->in_runs += (before && behind) || (before && at > 1 && bytes[at - 2] >= 0x80) ||
                       (behind && at + 2 < size && bytes[at + 2] >= 0x80);
    survey->signs_in_word +=
        is_sign(byte) && at > 0 && is_letter(bytes[at - 1]) && at + 1 < size && is_letter(bytes[at + 1]);
}

static struct survey look_at(const char *bytes, size_t size, bool ends)
{
    struct survey survey = {.first_bad = SIZE_MAX, .first_undefined = SIZE_MAX, .first_control = SIZE_MAX};
    for (size_t at = 0; at < size; at++)
        see_byte(&survey, (const unsigned char *)bytes, size, at);
    for (size_t at = 0, step; at < size; at += step) {
        step = text_character_size(bytes + at, size - at);
        survey.good += step > 1;
        if (step > 0)
            continue;
        step = 1;
        if (!ends && size - at < 4) /* may be incomplete */
            break;
        survey.bad++;
        if (survey.first_bad == SIZE_MAX)
            survey.first_bad = at;
    }
    return survey;
}

bool text_encoding_decide(const char *bytes, size_t size, bool ends, enum text_encoding *encoding, const char **reason,
                          size_t *at)
{
    struct survey survey = look_at(bytes, size, ends);
    *encoding = survey.bad == 0 ? ENCODING_UTF8 : ENCODING_WINDOWS_1252;
    *reason = NULL;
    if (survey.bad == 0)
        return true;
    *at = survey.first_bad;
    if (10 * survey.good > survey.bad) {
        *reason = "a byte that is not UTF-8, in a file that is UTF-8 elsewhere; fix that line";
    } else if (survey.first_undefined < size || survey.first_control < size) {
        *at = survey.first_undefined < survey.first_control ? survey.first_undefined : survey.first_control;
        *reason = "a byte that neither UTF-8 nor Windows-1252 has; save the file as UTF-8";
    } else if (2 * survey.in_runs > survey.bad || 3 * survey.signs_in_word > survey.bad) {
        *reason = "text that is neither UTF-8 nor sensible as Windows-1252; save the file as UTF-8";
    }
    return *reason == NULL;
}

/* ---- decoding ---- */

static void add_character(struct buffer *out, uint32_t c)
{
    char bytes[4];
    size_t size = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char leads[5] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = size; i-- > 1; c >>= 6)
        bytes[i] = (char)(0x80 | (c & 0x3f));
    bytes[0] = (char)(leads[size] | c);
    buffer_add(out, bytes, size);
}

/* The length of the ASCII prefix, without NUL. */
static size_t ascii_size(const char *bytes, size_t size)
{
    const uint64_t ones = 0x0101010101010101U, highs = 0x8080808080808080U;
    size_t at = 0;
    for (; size - at >= 8; at += 8) {
        uint64_t word;
        memcpy(&word, bytes + at, 8);
        if ((word | (word - ones)) & highs) /* a byte from 128 on or a NUL */
            break;
    }
    while (at < size && (unsigned char)bytes[at] - 1U < 127U)
        at++;
    return at;
}

static size_t decode_ascii(const char *bytes, size_t size, struct buffer *out, const char **wrong)
{
    size_t at = ascii_size(bytes, size);
    buffer_add(out, bytes, at);
    *wrong = at < size && bytes[at] == '\0' ? contains_nul : NULL;
    return at;
}

/* Whether the end splits a character that is valid so far. */
static bool is_cut(const char *bytes, size_t size)
{
    unsigned char lead = (unsigned char)bytes[0];
    size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || size >= length)
        return false;
    for (size_t i = 1; i < size; i++)
        if (((unsigned char)bytes[i] & 0xc0) != 0x80)
            return false;
    return true;
}

static size_t decode_utf8(const char *bytes, size_t size, struct buffer *out, const char **wrong)
{
    size_t at = 0;
    *wrong = NULL;
    while (at < size) {
        at += ascii_size(bytes + at, size - at);
        if (at == size)
            break;
        size_t step = bytes[at] ? text_character_size(bytes + at, size - at) : 0;
        if (step == 0) {
            if (!is_cut(bytes + at, size - at))
                *wrong = bytes[at] ? "a byte that is not UTF-8; save the file as UTF-8" : contains_nul;
            break;
        }
        at += step;
    }
    buffer_add(out, bytes, at);
    return at;
}

static size_t decode_windows_1252(const char *bytes, size_t size, struct buffer *out, const char **wrong)
{
    *wrong = NULL;
    for (size_t at = 0; at < size;) {
        size_t plain = ascii_size(bytes + at, size - at);
        buffer_add(out, bytes + at, plain);
        at += plain;
        if (at == size)
            break;
        uint32_t character = from_windows_1252((unsigned char)bytes[at]);
        if (character == 0) {
            *wrong =
                bytes[at] ? "a byte that neither UTF-8 nor Windows-1252 has; save the file as UTF-8" : contains_nul;
            return at;
        }
        add_character(out, character);
        at++;
    }
    return size;
}

static uint32_t utf16_unit(const char *bytes, bool big)
{
    unsigned char first = (unsigned char)bytes[0], second = (unsigned char)bytes[1];
    return big ? (uint32_t)(first << 8 | second) : (uint32_t)(second << 8 | first);
}

static size_t decode_utf16(const char *bytes, size_t size, bool big, struct buffer *out, const char **wrong)
{
    *wrong = NULL;
    size_t at = 0;
    while (size - at >= 2) {
        uint32_t unit = utf16_unit(bytes + at, big);
        size_t step = 2;
        if (unit >= 0xd800 && unit < 0xdc00) {
            if (size - at < 4)
                break;
            uint32_t low = utf16_unit(bytes + at + 2, big);
            step = low >= 0xdc00 && low < 0xe000 ? 4 : 0;
            unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        } else if (unit >= 0xdc00 && unit < 0xe000) {
            step = 0;
        }
        if (step == 0 || unit == 0) {
            *wrong = step ? contains_nul : "half of a UTF-16 surrogate pair; save the file as UTF-8";
            break;
        }
        add_character(out, unit);
        at += step;
    }
    return at;
}

size_t text_encoding_decode(enum text_encoding encoding, const char *bytes, size_t size, struct buffer *out,
                            const char **wrong)
{
    switch (encoding) {
    case ENCODING_UTF8:
        return decode_utf8(bytes, size, out, wrong);
    case ENCODING_UTF16_LE:
    case ENCODING_UTF16_BE:
        return decode_utf16(bytes, size, encoding == ENCODING_UTF16_BE, out, wrong);
    case ENCODING_WINDOWS_1252:
        return decode_windows_1252(bytes, size, out, wrong);
    default:
        return decode_ascii(bytes, size, out, wrong);
    }
}
