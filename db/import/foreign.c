#include "db/import/foreign.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/text_number.h"
#include "core/text_reader.h"
#include "db/import/csv_values.h"
#include "db/import/m3u.h"
#include "db/import/note.h"

enum { HELD_MAX = 64 << 20, DURATION_MAX = 1000000000 };

static const char track_uri[] = "sleeve:track:";
static const char recording[] = "musicbrainz.org/recording/";

void foreign_playlist_clear(struct foreign_playlist *playlist)
{
    arena_free(&playlist->memory);
    playlist->memory = (struct arena){0};
    playlist->name = playlist->id = playlist->description = NULL;
    playlist->count = playlist->held = 0;
    playlist->place = 0;
}

void foreign_playlist_free(struct foreign_playlist *playlist)
{
    arena_free(&playlist->memory);
    free(playlist->tracks);
    *playlist = (struct foreign_playlist){0};
}

const char *foreign_text(struct foreign_playlist *playlist, const struct foreign_reading *reading, int64_t place,
                         const char *text, size_t size)
{
    struct buffer clean = {0};
    const int repairs = import_text(text, size, &clean);
    const char *copy = NULL;
    if (repairs & TEXT_NOT_UTF8)
        import_altered(reading->report, "a NUL character or half a surrogate pair: replaced", reading->name,
                       reading->unit, place);
    if (repairs & TEXT_CUT)
        import_altered(reading->report, "text longer than 1,000 bytes: cut", reading->name, reading->unit, place);
    if (clean.size > 0) {
        copy = arena_copy_text(&playlist->memory, clean.data, clean.size);
        playlist->failed |= !copy;
        playlist->held += clean.size + 1;
    }
    playlist->failed |= clean.failed;
    buffer_free(&clean);
    return copy;
}

enum status foreign_add(struct foreign_playlist *playlist, const struct foreign_reading *reading,
                        const struct foreign_track *track, struct error *error)
{
    const char *name = playlist->name ? playlist->name : "";
    playlist->held += sizeof *track;
    if (playlist->count >= IMPORT_PLAYLIST_TRACKS_MAX || playlist->held > HELD_MAX)
        return error_set(error, STATUS_BAD_DATA,
                         "%s, %s %lld: the playlist \"%.100s\" has more than %d tracks or more than %d MB of texts; "
                         "nothing was imported, split it",
                         reading->name, reading->unit, (long long)track->place, name, IMPORT_PLAYLIST_TRACKS_MAX,
                         HELD_MAX >> 20);
    if (playlist->count == playlist->capacity) {
        const size_t capacity = playlist->capacity ? 2 * playlist->capacity : 64;
        struct foreign_track *tracks = realloc(playlist->tracks, capacity * sizeof *tracks);
        if (!tracks)
            return error_no_memory(error);
        playlist->tracks = tracks;
        playlist->capacity = capacity;
    }
    playlist->tracks[playlist->count++] = *track;
    return playlist->failed ? error_no_memory(error) : STATUS_OK;
}

/* ---- identifiers ---- */

/* 8-4-4-4-12 hexadecimal digits. */
static bool is_mbid(const char *text, size_t size)
{
    if (size < 36 || (size > 36 && !strchr("/?#", text[36])))
        return false;
    for (size_t i = 0; i < 36; i++)
        if (i == 8 || i == 13 || i == 18 || i == 23 ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return false;
    return true;
}

/* Two letters of a country, three letters or digits, seven digits; with or without hyphens. */
bool foreign_isrc(const char *text, size_t size, char isrc[FOREIGN_ISRC_SIZE])
{
    size_t n = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '-' || text[i] == ' ')
            continue;
        if (n == 12 || !(n < 2   ? isalpha((unsigned char)text[i])
                         : n < 5 ? isalnum((unsigned char)text[i])
                                 : isdigit((unsigned char)text[i])))
            return false;
        isrc[n++] = (char)toupper((unsigned char)text[i]);
    }
    isrc[n] = '\0';
    return n == 12;
}

static bool begins(const char *text, size_t size, const char *with, const char **rest)
{
    const size_t length = strlen(with);
    if (size < length || strncasecmp(text, with, length) != 0)
        return false;
    *rest = text + length;
    return true;
}

static const char *keep(struct foreign_playlist *playlist, const char *text, size_t size, int (*letter)(int))
{
    char *copy = arena_copy_text(&playlist->memory, text, size);
    playlist->failed |= !copy;
    playlist->held += size + 1;
    for (char *at = copy; copy && letter && *at; at++)
        *at = (char)letter((unsigned char)*at);
    return copy;
}

static void fill(struct foreign_playlist *playlist, const struct foreign_reading *reading, int64_t place,
                 const char *uri, size_t size, enum local_part part, const char **field)
{
    struct buffer text = {0};
    if (!*field && csv_local_part(uri, size, part, &text) && text.size > 0)
        *field = foreign_text(playlist, reading, place, text.data, text.size);
    playlist->failed |= text.failed;
    buffer_free(&text);
}

static void read_local(struct foreign_playlist *playlist, const struct foreign_reading *reading,
                       struct foreign_track *track, const char *uri, size_t size)
{
    const char *seconds = NULL;
    double value;
    fill(playlist, reading, track->place, uri, size, LOCAL_ARTIST, &track->artist);
    fill(playlist, reading, track->place, uri, size, LOCAL_ALBUM, &track->album);
    fill(playlist, reading, track->place, uri, size, LOCAL_TITLE, &track->title);
    fill(playlist, reading, track->place, uri, size, LOCAL_SECONDS, &seconds);
    if (seconds && track->duration_ms < 0 && text_number(seconds, strlen(seconds), ',', &value) && value >= 0 &&
        value < DURATION_MAX / 1000.0)
        track->duration_ms = (int32_t)lround(value * 1000);
}

static bool identify_spotify(struct foreign_playlist *playlist, struct foreign_track *track, struct text text)
{
    struct buffer key = {0};
    /* A bare id of 22 letters and digits is none here: it could be anything. */
    const bool found = memchr(text.data, ':', text.size) || memchr(text.data, '/', text.size)
                           ? key_add_spotify(KEY_TRACK, text, &key)
                           : false;
    if (found && !track->id)
        track->id = keep(playlist, key.data ? key.data : "", key.size, NULL);
    playlist->failed |= key.failed;
    buffer_free(&key);
    return found;
}

bool foreign_identify(struct foreign_playlist *playlist, const struct foreign_reading *reading,
                      struct foreign_track *track, const char *text, size_t size)
{
    char isrc[FOREIGN_ISRC_SIZE];
    const char *rest;
    const struct text whole = {text, size};
    const char *at = size < 36 ? NULL : memmem(text, size, recording, sizeof recording - 1);
    if (size == 0 || size > TEXT_MAX || memchr(text, '\0', size))
        return false;
    if (csv_is_local(text, size)) {
        read_local(playlist, reading, track, text, size);
        return true;
    }
    if (identify_spotify(playlist, track, whole))
        return true;
    if (at)
        rest = at + sizeof recording - 1;
    if (at || begins(text, size, "musicbrainz:recording:", &rest)) {
        if (!is_mbid(rest, size - (size_t)(rest - text)))
            return false;
        track->mbid = track->mbid ? track->mbid : keep(playlist, rest, 36, tolower);
        return true;
    }
    if ((begins(text, size, "isrc:", &rest) || begins(text, size, "urn:isrc:", &rest)) &&
        foreign_isrc(rest, size - (size_t)(rest - text), isrc)) {
        track->isrc = track->isrc ? track->isrc : keep(playlist, isrc, 12, NULL);
        return true;
    }
    if (begins(text, size, track_uri, &rest)) {
        struct buffer id = {0};
        m3u_unescape(rest, &id);
        if (id.size > 0)
            track->id = foreign_text(playlist, reading, track->place, id.data, id.size);
        playlist->failed |= id.failed;
        buffer_free(&id);
        return true;
    }
    return false;
}

int32_t foreign_duration(const struct foreign_reading *reading, int64_t place, const char *text, size_t size,
                         double unit)
{
    double value;
    if (csv_is_unknown(text, size) || (size == 2 && memcmp(text, "-1", 2) == 0))
        return -1;
    if (text_number(text, size, ',', &value) && value >= 0 && value * unit <= DURATION_MAX)
        return (int32_t)lround(value * unit);
    import_dropped(reading->report, "an invalid duration", reading->name, reading->unit, place);
    return -1;
}

/* ---- order ---- */

static int by_position(const void *a, const void *b)
{
    const struct foreign_track *x = a, *y = b;
    if (x->position != y->position)
        return x->position < y->position ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

void foreign_sort(struct foreign_playlist *playlist)
{
    bool sorted = true;
    for (size_t i = 1; sorted && i < playlist->count; i++)
        sorted = playlist->tracks[i - 1].position <= playlist->tracks[i].position;
    if (!sorted)
        qsort(playlist->tracks, playlist->count, sizeof *playlist->tracks, by_position);
}

enum status foreign_lines(const struct foreign_reading *reading, foreign_take_line *take, void *context,
                          struct error *error)
{
    struct text_reader *input;
    struct text_line line;
    bool more = true;
    enum status status = text_reader_open_as(reading->path, reading->name, 0, &input, error);
    if (status != STATUS_OK)
        return status;
    while (status == STATUS_OK &&
           (status = text_reader_line(input, FOREIGN_LINE_MAX, &line, &more, error)) == STATUS_OK && more) {
        status = take(reading, &line, context, error);
        progress_step(reading->progress, (double)text_reader_position(input));
    }
    text_reader_close(input);
    return status;
}
