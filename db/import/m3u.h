#ifndef SLEEVE_DB_IMPORT_M3U_H
#define SLEEVE_DB_IMPORT_M3U_H

#include <stdbool.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/buffer.h"
#include "core/status.h"

/* M3U and M3U8 playlists, as players write them: an address on each line, and comments of which #EXTINF, #PLAYLIST,
 * #EXTALB and #EXTART (the artist, where #EXTINF begins with it) are used. Encodings and line ends are those of
 * core/text_reader.h. */

struct m3u_entry {
    const char *location;       /* as written: a path or URI */
    const char *artist, *title; /* of the #EXTINF before it; "": unknown */
    int32_t seconds;            /* the same; -1: unknown */
    const char *album;          /* of #EXTALB; "": unknown */
    long long line;
};

struct m3u {
    const char *name; /* "": the file does not say */
    struct m3u_entry *entries;
    size_t count, capacity;
    struct arena memory;
};

/* `name` is used in messages. STATUS_BAD_DATA: not a text, a line of more than 16 KB, or more than 100,000 entries. */
enum status m3u_read(const char *path, const char *name, struct m3u *m3u, struct error *error);
void m3u_free(struct m3u *m3u);

/* Appends the path that a location means: slashes for back-slashes, a file: URI without scheme and host and with its
 * percent signs decoded. False for another URI (a stream). */
enum m3u_form { M3U_RELATIVE, M3U_ABSOLUTE };
bool m3u_path(const char *location, struct buffer *path, enum m3u_form *form);
/* Appends the text with %41 as A. */
void m3u_unescape(const char *text, struct buffer *out);
/* Appends `path` behind `folder` ("" or with a slash at its end) without "." and "..". False if it leads out. */
bool m3u_join(const char *folder, const char *path, struct buffer *out);

#endif
