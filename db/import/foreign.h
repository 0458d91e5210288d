#ifndef SLEEVE_DB_IMPORT_FOREIGN_H
#define SLEEVE_DB_IMPORT_FOREIGN_H

#include "core/arena.h"
#include "db/import/importer.h"

/* Playlists as other programs describe them. The reader of a format collects one playlist after the other in this form
 * and hands it on; what becomes of it (which tracks of the catalogue they are, what is added) is the same for all
 * formats (db/import/foreign_write.h). */

struct foreign_track {
    /* NULL: not given. Texts are well-formed UTF-8 without NUL, trimmed, at most TEXT_MAX bytes. */
    const char *title, *artist, *album, *date;
    const char *id;      /* a key: a Spotify URI, or what `export` writes */
    const char *written; /* a key if the catalogue has it, otherwise nothing */
    const char *isrc;    /* in capitals */
    const char *mbid;    /* of the MusicBrainz recording, in small letters */
    const char *album_id, *artist_id;
    const char *file;    /* the path or address of the music file */
    int32_t duration_ms; /* -1: unknown */
    int64_t position;    /* orders the tracks; those of the same position stay in the order of the file */
    int64_t place;       /* line, byte or number in the file */
};

struct foreign_playlist {
    const char *name, *id, *description; /* NULL: not given */
    struct foreign_track *tracks;
    size_t count, capacity;
    struct arena memory; /* owns the texts */
    size_t held;         /* bytes of texts and tracks */
    int64_t place;
    bool failed; /* memory ran out */
};

/* What is read, and where it goes. */
struct foreign_reading {
    const char *path; /* to open */
    const char *name; /* in notes: the file without its folder */
    const char *unit; /* of places: "line", "byte" */
    struct import_report *report;
    struct progress *progress;
    enum status (*playlist)(void *context, struct foreign_playlist *playlist, struct error *error);
    void *context;
};

/* A format of files with playlists. */
struct foreign_format {
    const char *name; /* of its importer */
    const char *what; /* "an XSPF playlist", in messages */
    const char *unit;
    /* Calls reading->playlist with each playlist, which may change it; the caller of it frees nothing. */
    enum status (*read)(const struct foreign_reading *reading, struct error *error);
};

/* Calls `take` with each line of the file; longer ones than FOREIGN_LINE_MAX bytes are an error. */
enum { FOREIGN_LINE_MAX = 4096 };
struct text_line;
typedef enum status foreign_take_line(const struct foreign_reading *reading, const struct text_line *line,
                                      void *context, struct error *error);
enum status foreign_lines(const struct foreign_reading *reading, foreign_take_line *take, void *context,
                          struct error *error);

void foreign_playlist_free(struct foreign_playlist *playlist);
/* Begins another playlist in the same memory. */
void foreign_playlist_clear(struct foreign_playlist *playlist);

/* A copy of the text as import_text cleans it, in the playlist's memory; NULL when nothing is left. What was repaired
 * is counted in the report. */
const char *foreign_text(struct foreign_playlist *playlist, const struct foreign_reading *reading, int64_t place,
                         const char *text, size_t size);
/* Adds a copy of the track; its texts must be of foreign_text, or live as long. STATUS_BAD_DATA: more than 100,000
 * tracks, or more than 64 MB of texts. */
enum status foreign_add(struct foreign_playlist *playlist, const struct foreign_reading *reading,
                        const struct foreign_track *track, struct error *error);
/* An identifier in any of the usual forms: a Spotify URI or link, a MusicBrainz recording, an ISRC, a URI that `export`
 * wrote ("sleeve:track:..."). Those that say nothing about the catalogue are left. False when the text is none of them.
 * A local file of Spotify fills names that are not given. */
bool foreign_identify(struct foreign_playlist *playlist, const struct foreign_reading *reading,
                      struct foreign_track *track, const char *text, size_t size);
/* "us-rc1-76-07839" as "USRC17607839"; false for anything else than two letters, three letters or digits, seven digits.
 */
enum { FOREIGN_ISRC_SIZE = 13 };
bool foreign_isrc(const char *text, size_t size, char isrc[FOREIGN_ISRC_SIZE]);
/* A duration in milliseconds or seconds; -1, and counted as dropped, when it is no such number. */
int32_t foreign_duration(const struct foreign_reading *reading, int64_t place, const char *text, size_t size,
                         double unit);
/* Sorts by position; see above. */
void foreign_sort(struct foreign_playlist *playlist);

/* Imports the file: one transaction. Adds to the report. */
enum status foreign_import(struct catalogue *catalogue, const struct foreign_format *format,
                           const struct import_input *input, struct progress *progress, struct import_report *report,
                           struct error *error);

/* The importer of a format: `format_NAME` and `importer_NAME`. */
#define FOREIGN_OPTIONS "match-only matches unmatched"
#define FOREIGN_IMPORTER(id, description, place, recognise, reader, usage, text)                                       \
    const struct foreign_format format_##id = {.name = #id, .what = description, .unit = place, .read = reader};       \
    static enum status run_##id(struct catalogue *catalogue, const struct import_input *input, struct pool *pool,      \
                                struct progress *progress, struct import_report *report, struct error *error)          \
    {                                                                                                                  \
        (void)pool;                                                                                                    \
        *report = (struct import_report){0};                                                                           \
        return foreign_import(catalogue, &format_##id, input, progress, report, error);                                \
    }                                                                                                                  \
    const struct importer importer_##id = {.name = #id,                                                                \
                                           .arguments = usage,                                                         \
                                           .help = text,                                                               \
                                           .options = FOREIGN_OPTIONS,                                                 \
                                           .recognises = recognise,                                                    \
                                           .run = run_##id};

#define FORMAT_DECLARE(name) extern const struct foreign_format format_##name;
FORMAT_DECLARE(xspf)
FORMAT_DECLARE(jspf)
FORMAT_DECLARE(m3u)
FORMAT_DECLARE(itunes)
FORMAT_DECLARE(account_data)
FORMAT_DECLARE(challenge)
FORMAT_DECLARE(uris)
FORMAT_DECLARE(trec)
FORMAT_DECLARE(recbole)
#undef FORMAT_DECLARE

#endif
