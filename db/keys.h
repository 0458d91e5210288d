#ifndef SLEEVE_DB_KEYS_H
#define SLEEVE_DB_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buffer.h"

/* Keys of tracks, albums and artists. One with an id has the id as its key, a Spotify id always in the form of its URI.
 * One without has a key made from its names as text_key (core/text.h) compares them: "title / artist", "album / artist"
 * or "artist". */
enum key_kind { KEY_TRACK, KEY_ALBUM, KEY_ARTIST, KEY_KINDS, KEY_PLAYLIST = KEY_KINDS /* only its id */ };

struct text {
    const char *data;
    size_t size;
};

enum { KEY_MAX = 500 }; /* bytes; a longer key ends in a hash of it */

/* Appends "spotify:KIND:ID" when `id` names a Spotify item of this kind: as a URI, as a link (open.spotify.com or
 * play.spotify.com, with or without scheme, country, "embed/" and query) or as its bare 22 characters. False, and
 * nothing appended, when it does not. */
bool key_add_spotify(enum key_kind kind, struct text id, struct buffer *out);
/* Appends the key of an id: its Spotify URI, else the text itself. */
void key_add_id(enum key_kind kind, struct text id, struct buffer *out);
/* Appends the key of a playlist: the bare id of a Spotify link or URI, where `is_id`, else the text in NFC. */
void key_add_playlist(struct text written, bool is_id, struct buffer *out);
/* Appends the key of names: title and artist of a track, title and artist of an album, only the artist's name of an
 * artist. */
void key_add_names(enum key_kind kind, struct text title, struct text artist, struct buffer *out);
/* The key that version 0.1 made: tracks are compared as in search, albums and artists byte by byte. */
void key_add_old_names(enum key_kind kind, struct text title, struct text artist, struct buffer *out);
/* True when `id` was made from the names and is not an id: this version's key, that of 0.1, or this version's followed
 * by a number (db/ingest.h). Exports write keys as ids, so files contain both. `scratch` is overwritten; its `failed`
 * is set where memory ran out. */
bool key_is_of_names(enum key_kind kind, struct text id, struct text title, struct text artist, struct buffer *scratch);

#endif
