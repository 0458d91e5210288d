#include "app/editions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/hash.h"
#include "core/random.h"
#include "core/text.h"

/* Words and phrases of folded text, matched at the limits of words. */
static const struct edition_word {
    const char *text;
    unsigned flag;
    bool album_only; /* says nothing in the title of a track */
} edition_words[] = {
    {"remaster", EDITION_REMASTER, false},
    {"remastered", EDITION_REMASTER, false},
    {"remasterise", EDITION_REMASTER, false},
    {"remasterizado", EDITION_REMASTER, false},
    {"anniversary", EDITION_REISSUE, false},
    {"reissue", EDITION_REISSUE, false},
    {"reissued", EDITION_REISSUE, false},
    {"re-issue", EDITION_REISSUE, false},
    {"rerelease", EDITION_REISSUE, false},
    {"re-release", EDITION_REISSUE, false},
    {"expanded", EDITION_REISSUE, true},
    {"legacy edition", EDITION_REISSUE, true},
    {"collector's edition", EDITION_REISSUE, true},
    {"collectors edition", EDITION_REISSUE, true},
    {"greatest hits", EDITION_COMPILATION, true},
    {"the hits", EDITION_COMPILATION, true},
    {"best of", EDITION_COMPILATION, true},
    {"the very best", EDITION_COMPILATION, true},
    {"essential", EDITION_COMPILATION, true},
    {"essentials", EDITION_COMPILATION, true},
    {"anthology", EDITION_COMPILATION, true},
    {"collection", EDITION_COMPILATION, true},
    {"compilation", EDITION_COMPILATION, true},
    {"the singles", EDITION_COMPILATION, true},
    {"number ones", EDITION_COMPILATION, true},
    {"ultimate", EDITION_COMPILATION, true},
    {"now that's what i call", EDITION_COMPILATION, true},
    {"various artists", EDITION_COMPILATION, true},
};

/* A part of a title that has one of the first words, and none of the second, names an edition of the same recording. */
static const char *const same_recording[] = {
    "remaster",
    "remastered",
    "remasterise",
    "remasterizado",
    "anniversary",
    "reissue",
    "deluxe",
    "expanded",
    "edition",
    "bonus track",
    "mono",
    "stereo",
    "single version",
    "album version",
    "lp version",
    "radio edit",
    "single edit",
    "original version",
    "feat",
    "feat.",
    "ft",
    "ft.",
    "featuring",
    "with",
    "explicit",
    "from the album",
    "digital",
    NULL,
};
static const char *const other_recording[] = {
    "live", "remix", "mix", "acoustic", "demo", "instrumental", "cover", "unplugged", "karaoke", "rehearsal", NULL,
};

static bool in_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

static bool has_phrase(const char *text, size_t size, const char *phrase)
{
    const size_t length = strlen(phrase);
    const char *end = text + size;
    for (const char *at = text; (size_t)(end - at) >= length; at++) {
        at = memmem(at, (size_t)(end - at), phrase, length);
        if (!at)
            return false;
        if ((at == text || !in_word(at[-1])) && (at + length == end || !in_word(at[length])))
            return true;
    }
    return false;
}

static bool has_any(const char *text, size_t size, const char *const *phrases)
{
    for (; *phrases; phrases++)
        if (has_phrase(text, size, *phrases))
            return true;
    return false;
}

/* Most titles of tracks have none of these in any form, so that their words need not be compared one by one. */
static bool may_be_edition(const char *text)
{
    static const char *const stems[] = {"remaster", "anniversary", "issue", "release"};
    for (; *text; text++) {
        const char letter = (char)(*text | 0x20); /* in lower case, if it is a letter */
        if ((unsigned char)*text >= 0x80)
            return true;
        for (size_t i = 0; i < sizeof stems / sizeof stems[0]; i++)
            if (letter == stems[i][0] && strncasecmp(text, stems[i], strlen(stems[i])) == 0)
                return true;
    }
    return false;
}

/* The flags of the words and phrases that begin at `at`, where a word begins. */
static unsigned flags_at(const char *at, const char *end, bool album)
{
    unsigned flags = 0;
    for (size_t i = 0; i < sizeof edition_words / sizeof edition_words[0]; i++) {
        const struct edition_word *word = &edition_words[i];
        if (*at != word->text[0] || (word->album_only && !album))
            continue;
        const size_t length = strlen(word->text);
        if ((size_t)(end - at) >= length && memcmp(at, word->text, length) == 0 &&
            (at + length == end || !in_word(at[length])))
            flags |= word->flag;
    }
    return flags;
}

static unsigned flags_of(const char *text, bool album)
{
    struct buffer folded = {0};
    unsigned flags = 0;
    if (!album && !may_be_edition(text))
        return 0;
    text_fold(text, strlen(text), &folded);
    for (size_t i = 0; !folded.failed && i < folded.size; i++)
        if (i == 0 || !in_word(folded.data[i - 1]))
            flags |= flags_at(folded.data + i, folded.data + folded.size, album);
    buffer_free(&folded);
    return flags;
}

unsigned edition_of_titles(const char *title, const char *album)
{
    return flags_of(title, false) | flags_of(album, true);
}

static bool is_edition(const char *part, size_t size)
{
    return has_any(part, size, same_recording) && !has_any(part, size, other_recording);
}

/* Removes parts in ( ) or [ ] from the text of `size` bytes; returns what is left. An unclosed bracket is kept. */
static size_t drop_brackets(char *text, size_t size)
{
    size_t kept = 0;
    for (size_t i = 0; i < size;) {
        const char close = text[i] == '(' ? ')' : text[i] == '[' ? ']' : '\0';
        const char *end = close ? memchr(text + i, close, size - i) : NULL;
        if (end && is_edition(text + i + 1, (size_t)(end - text) - i - 1))
            i = (size_t)(end - text) + 1;
        else
            text[kept++] = text[i++];
    }
    return kept;
}

static size_t drop_tails(const char *text, size_t size)
{
    for (;;) {
        size_t at = size;
        for (size_t i = 0; i + 3 < size; i++)
            if (memcmp(text + i, " - ", 3) == 0)
                at = i;
        if (at == size || !is_edition(text + at + 3, size - at - 3))
            return size;
        size = at;
    }
}

void edition_base_title(const char *title, struct buffer *out)
{
    const size_t begin = out->size;
    text_fold(title, strlen(title), out);
    if (out->failed || out->size == begin)
        return;
    char *text = out->data + begin;
    const size_t whole = out->size - begin;
    size_t size = drop_tails(text, drop_brackets(text, whole));
    while (size > 0 && text[size - 1] == ' ')
        size--;
    if (size == 0) { /* nothing else: the title itself */
        out->size = begin;
        text_fold(title, strlen(title), out);
        return;
    }
    text[size] = '\0';
    out->size = begin + size;
}

void edition_describe(unsigned flags, char text[EDITION_TEXT_SIZE])
{
    static const char *const words[] = {"remaster", "reissue", "compilation", "earlier release", "earlier decade"};
    size_t at = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
        if (flags & 1U << i && !(1U << i == EDITION_EARLIER && flags & EDITION_DECADE))
            at += (size_t)snprintf(text + at, EDITION_TEXT_SIZE - at, "%s%s", at > 0 ? ", " : "", words[i]);
}

/* ---- the earliest years ---- */

bool edition_years_start(struct edition_years *years, size_t n)
{
    *years = (struct edition_years){.capacity = 64};
    while (years->capacity < n + n / 2)
        years->capacity *= 2;
    years->slots = calloc(years->capacity, sizeof *years->slots);
    return years->slots != NULL;
}

void edition_years_free(struct edition_years *years)
{
    free(years->slots);
    *years = (struct edition_years){0};
}

uint64_t edition_key(const char *title, int64_t artist, struct buffer *scratch)
{
    buffer_clear(scratch);
    edition_base_title(title, scratch);
    const uint64_t key = hash_bytes(scratch->data ? scratch->data : "", scratch->size) ^ random_mix((uint64_t)artist);
    return key ? key : 1;
}

static struct edition_slot *slot_of(const struct edition_years *years, uint64_t key)
{
    size_t at = (size_t)random_mix(key) & (years->capacity - 1);
    while (years->slots[at].key != 0 && years->slots[at].key != key)
        at = (at + 1) & (years->capacity - 1);
    return &years->slots[at];
}

void edition_years_add(struct edition_years *years, uint64_t key, int32_t year)
{
    if (year <= 0)
        return;
    struct edition_slot *slot = slot_of(years, key);
    if (slot->key == 0 || year < slot->year)
        *slot = (struct edition_slot){key, year};
}

int32_t edition_years_find(const struct edition_years *years, uint64_t key)
{
    const struct edition_slot *slot = slot_of(years, key);
    return slot->key == key ? slot->year : 0;
}
