#include "media/media_tags.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/text_encoding.h"

enum kind { KIND_TEXT, KIND_NAMES, KIND_ID, KIND_UUID, KIND_ISRC, KIND_NUMBER, KIND_FLAG };

/* Names are compared by their letters and digits, in lower case. Several names may fill one field. */
static const struct {
    const char *name;
    enum kind kind;
    size_t at, size;
} known[] = {
#define FIELD(field) offsetof(struct media_tags, field), sizeof((struct media_tags *)NULL)->field
    {"title", KIND_TEXT, FIELD(title)},
    {"artist", KIND_NAMES, FIELD(artist)},
    {"album", KIND_TEXT, FIELD(album)},
    {"albumartist", KIND_NAMES, FIELD(album_artist)},
    {"genre", KIND_NAMES, FIELD(genre)},
    {"date", KIND_ID, FIELD(date)},
    {"year", KIND_ID, FIELD(date)},
    {"wmyear", KIND_ID, FIELD(date)},
    {"originaldate", KIND_ID, FIELD(original_date)},
    {"originalyear", KIND_ID, FIELD(original_date)},
    {"tdor", KIND_ID, FIELD(original_date)},
    {"tory", KIND_ID, FIELD(original_date)},
    {"wmoriginalreleasetime", KIND_ID, FIELD(original_date)},
    {"wmoriginalreleaseyear", KIND_ID, FIELD(original_date)},
    {"musicbrainztrackid", KIND_UUID, FIELD(recording)}, /* the recording; that of the track is another */
    {"musicbrainzrecordingid", KIND_UUID, FIELD(recording)},
    {"musicbrainzalbumid", KIND_UUID, FIELD(release)},
    {"musicbrainzreleaseid", KIND_UUID, FIELD(release)},
    {"isrc", KIND_ISRC, FIELD(isrc)},
    {"tsrc", KIND_ISRC, FIELD(isrc)},
    {"wmisrc", KIND_ISRC, FIELD(isrc)},
    {"track", KIND_NUMBER, FIELD(track)},
    {"disc", KIND_NUMBER, FIELD(disc)},
    {"wmpartofset", KIND_NUMBER, FIELD(disc)},
    {"compilation", KIND_FLAG, FIELD(compilation)},
    {"tcmp", KIND_FLAG, FIELD(compilation)},
    {"wmiscompilation", KIND_FLAG, FIELD(compilation)},
#undef FIELD
};

static bool same_name(const char *name, const char *plain)
{
    for (; *name; name++) {
        if (!isalnum((unsigned char)*name))
            continue;
        if (tolower((unsigned char)*name) != *plain)
            return false;
        plain++;
    }
    return !*plain;
}

static bool is_blank(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* Copies a text, trimmed and cut to fit. */
static void copy_text(struct media_tags *tags, const char *value, size_t size, char *out, size_t room)
{
    struct buffer decoded = {0};
    if (!text_is_utf8(value, size)) {
        const char *wrong;
        text_encoding_decode(ENCODING_WINDOWS_1252, value, size, &decoded, &wrong);
        value = decoded.data ? decoded.data : "";
        size = text_is_utf8(value, decoded.size) ? decoded.size : 0;
    }
    while (size > 0 && is_blank(value[size - 1]))
        size--;
    for (; size > 0 && is_blank(*value); size--)
        value++;
    size_t keep = size < room ? size : room - 1;
    while (keep < size && keep > 0 && ((unsigned char)value[keep] & 0xc0) == 0x80)
        keep--;
    tags->cut |= keep < size && room == MEDIA_TEXT;
    memcpy(out, value, keep);
    out[keep] = '\0';
    buffer_free(&decoded);
}

/* The first of several values. libavformat joins those of Vorbis comments with semicolons, as people do. */
static size_t first_value(const char *value)
{
    const size_t size = strcspn(value, ";");
    return size > 0 ? size : strlen(value);
}

static void copy_uuid(const char *value, char *out)
{
    enum { SIZE = 36 };
    for (size_t i = 0; i < SIZE; i++)
        if (i == 8 || i == 13 || i == 18 || i == 23 ? value[i] != '-' : !isxdigit((unsigned char)value[i]))
            return;
    if (isalnum((unsigned char)value[SIZE])) /* several ids are separated by other characters */
        return;
    for (size_t i = 0; i < SIZE; i++)
        out[i] = (char)tolower((unsigned char)value[i]);
    out[SIZE] = '\0';
}

/* Two letters, three letters or digits, seven digits (ISO 3901), perhaps with hyphens. */
static void copy_isrc(const char *value, char *out)
{
    enum { SIZE = 12 };
    char isrc[SIZE + 1];
    size_t size = 0;
    for (; *value && *value != ';' && *value != '/' && size <= SIZE; value++)
        if (*value != '-' && *value != ' ') {
            const int c = toupper((unsigned char)*value);
            if (size >= SIZE || !(size < 2 ? isalpha(c) : size < 5 ? isalnum(c) : isdigit(c)))
                return;
            isrc[size++] = (char)c;
        }
    isrc[size] = '\0';
    if (size == SIZE)
        memcpy(out, isrc, sizeof isrc);
}

/* "3", "03/12" */
static void copy_number(const char *value, int32_t *out)
{
    const long number = strtol(value, NULL, 10);
    if (*out == 0 && number > 0 && number < 100000)
        *out = (int32_t)number;
}

static void set(struct media_tags *tags, enum kind kind, const char *value, char *field, size_t size)
{
    switch (kind) {
    case KIND_NUMBER:
        copy_number(value, (int32_t *)(void *)field);
        break;
    case KIND_FLAG:
        *field = (char)(value[strspn(value, " ")] == '1' || tolower((unsigned char)*value) == 't');
        break;
    case KIND_UUID:
        copy_uuid(value + strspn(value, " "), field);
        break;
    case KIND_ISRC:
        copy_isrc(value, field);
        break;
    case KIND_NAMES:
    case KIND_TEXT:
    case KIND_ID:
        copy_text(tags, value, kind == KIND_NAMES ? first_value(value) : strlen(value), field, size);
        break;
    }
}

void media_tags_add(struct media_tags *tags, const char *name, const char *value)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (same_name(name, known[i].name)) {
            char *field = (char *)tags + known[i].at;
            const bool free = known[i].kind == KIND_NUMBER || !*field;
            if (free && known[i].kind == KIND_NAMES && field == tags->artist)
                tags->more_artists = value[first_value(value)] == ';';
            if (free)
                set(tags, known[i].kind, value, field, known[i].size);
            return;
        }
}

void media_tags_add_id3(struct media_tags *tags, const uint8_t *bytes, size_t size)
{
    static const char owner[] = "http://musicbrainz.org"; /* with its NUL */
    enum { OWNER = sizeof owner, HEADER = 10, UUID = 36 };
    const uint8_t *at = memmem(bytes, size, owner, OWNER);
    if (!at || at - bytes < HEADER || (size_t)(bytes + size - at) < OWNER + UUID ||
        (memcmp(at - HEADER, "UFID", 4) != 0 && memcmp(at - 6, "UFI", 3) != 0))
        return;
    char id[UUID + 1] = {0};
    memcpy(id, at + OWNER, UUID);
    media_tags_add(tags, "MusicBrainz Track Id", id);
}
