#include "app/song.h"

#include <string.h>

#include "app/editions.h"

const char *const song_version_names[SONG_VERSIONS] = {
    [SONG_STUDIO] = "studio", [SONG_REMASTER] = "remaster", [SONG_ACOUSTIC] = "acoustic",
    [SONG_LIVE] = "live",     [SONG_REMIX] = "remix",       [SONG_INSTRUMENTAL] = "instrumental",
    [SONG_DEMO] = "demo",     [SONG_COVER] = "cover",       [SONG_OTHER] = "other version",
};

/* Words and phrases of folded text, at the limits of words. Of a part that has several, the first row counts:
 * "(Acoustic Live Demo)" is a demo. */
static const struct {
    const char *text;
    enum song_version version;
} words[] = {
    {"original mix", SONG_VERSIONS}, /* no other version: it is only left out of the title */
    {"karaoke", SONG_COVER},
    {"cover", SONG_COVER},
    {"tribute", SONG_COVER},
    {"demo", SONG_DEMO},
    {"rehearsal", SONG_DEMO},
    {"outtake", SONG_DEMO},
    {"instrumental", SONG_INSTRUMENTAL},
    {"remix", SONG_REMIX},
    {"remixed", SONG_REMIX},
    {"mix", SONG_REMIX},
    {"rework", SONG_REMIX},
    {"bootleg", SONG_REMIX},
    {"dub", SONG_REMIX},
    {"vip", SONG_REMIX},
    {"extended", SONG_REMIX},
    {"live", SONG_LIVE},
    {"en vivo", SONG_LIVE},
    {"ao vivo", SONG_LIVE},
    {"en directo", SONG_LIVE},
    {"in concert", SONG_LIVE},
    {"unplugged", SONG_ACOUSTIC},
    {"acoustic", SONG_ACOUSTIC},
    {"acustico", SONG_ACOUSTIC},
    {"stripped", SONG_ACOUSTIC},
    {"piano version", SONG_ACOUSTIC},
    {"sped up", SONG_OTHER},
    {"slowed", SONG_OTHER},
    {"nightcore", SONG_OTHER},
    {"version", SONG_OTHER},
    {"edit", SONG_OTHER},
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

static enum song_version version_of(const char *part, size_t size)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (has_phrase(part, size, words[i].text))
            return words[i].version;
    return SONG_STUDIO;
}

/* Removes the first part in brackets that names a version; SONG_STUDIO: there is none. */
static enum song_version drop_bracket(char *text, size_t *size)
{
    for (size_t i = 0; i < *size; i++) {
        const char close = text[i] == '(' ? ')' : text[i] == '[' ? ']' : '\0';
        const char *end = close ? memchr(text + i, close, *size - i) : NULL;
        const enum song_version version = end ? version_of(text + i + 1, (size_t)(end - text) - i - 1) : SONG_STUDIO;
        if (version == SONG_STUDIO)
            continue;
        const size_t after = (size_t)(end - text) + 1;
        memmove(text + i, text + after, *size - after);
        *size -= after - i;
        return version;
    }
    return SONG_STUDIO;
}

static enum song_version drop_tail(const char *text, size_t *size)
{
    for (size_t i = *size; i-- > 0;)
        if (i + 3 < *size && memcmp(text + i, " - ", 3) == 0) {
            const enum song_version version = version_of(text + i + 3, *size - i - 3);
            *size = version != SONG_STUDIO ? i : *size;
            return version;
        }
    return SONG_STUDIO;
}

enum song_version song_of_title(const char *title, struct buffer *out)
{
    const size_t begin = out->size;
    enum song_version found = SONG_STUDIO;
    edition_base_title(title, out);
    if (out->failed || out->size == begin)
        return SONG_STUDIO;
    char *text = out->data + begin;
    const size_t whole = out->size - begin;
    size_t size = whole;
    for (enum song_version version = SONG_LIVE; version != SONG_STUDIO;) {
        const size_t before = size;
        version = drop_bracket(text, &size);
        version = version == SONG_STUDIO ? drop_tail(text, &size) : version;
        found = found == SONG_STUDIO && version != SONG_VERSIONS ? version : found;
        if (size == before)
            break;
    }
    while (size > 0 && text[size - 1] == ' ')
        size--;
    if (size == 0) { /* nothing but "(Live)": that is its title */
        out->size = begin;
        edition_base_title(title, out);
        return SONG_STUDIO;
    }
    text[size] = '\0';
    out->size = begin + size;
    return found == SONG_STUDIO && edition_of_titles(title, "") & EDITION_REMASTER ? SONG_REMASTER : found;
}
