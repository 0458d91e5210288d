#ifndef SLEEVE_APP_SEARCH_SCOPES_H
#define SLEEVE_APP_SEARCH_SCOPES_H

#include <stdbool.h>

#include "core/buffer.h"
#include "core/status.h"
#include "db/track_audio.h"

/* A search with scopes, as people type it:
 *
 *     love artist:"the beatles" year:1960..1969 genre:rock energy>0.8
 *
 * artist:, album: and title: take words, or several in quotes, which all must be in that field; artist="Air" is the
 * whole of it. year: takes a year, the
 * beginning of one (199 is 1990 to 1999), or a range of which either end may be missing. genre: takes the beginning of
 * a word of a genre's name. Audio attributes (danceability, energy, ..., tempo) take <, <=, >, >=, = or a range after a
 * colon; so does `playlists`, in how many training playlists a track is. A scope without a value, which is being typed,
 * says nothing. Other words, those with colons too, are searched for as before. */

enum search_scope_kind { SCOPE_TITLE, SCOPE_ARTIST, SCOPE_ALBUM, SCOPE_GENRE, SCOPE_YEAR, SCOPE_ATTRIBUTE };
enum { SEARCH_SCOPES_MAX = 16, SEARCH_SCOPE_TEXT = 256 };

struct search_scope {
    enum search_scope_kind kind;
    char text[SEARCH_SCOPE_TEXT]; /* of SCOPE_TITLE to SCOPE_GENRE: folded words */
    bool whole;                   /* of these: it is the whole text, not words of it */
    int attribute;                /* of SCOPE_ATTRIBUTE: its number for search_attribute_name */
    double low, high;             /* of the others: what is allowed, without the ends where they are open */
    bool low_open, high_open;
};
struct search_scopes {
    struct search_scope items[SEARCH_SCOPES_MAX];
    int count;
    struct buffer words; /* everything that is searched for in the texts, those of the scopes too */
    bool columns;        /* years, genres or attributes are asked about */
    bool sorted;         /* by the attribute `sort_by`, which may be SEARCH_YEAR */
    bool smallest_first;
    int sort_by;
};

/* The attributes of searches: those of track_audio_names, then these. */
enum { SEARCH_PLAYLISTS = AUDIO_FEATURES, SEARCH_VOCALNESS, SEARCH_ATTRIBUTES, SEARCH_YEAR = SEARCH_ATTRIBUTES };
/* NULL for one that is no amount (key, mode, time signature), and past the last. */
const char *search_attribute_name(int attribute);

/* Fills *scopes, which is to be freed also after a failure. STATUS_USAGE: a value is not possible; the message says
 * what is. */
enum status search_scopes_read(const char *text, struct search_scopes *scopes, struct error *error);
void search_scopes_free(struct search_scopes *scopes);
/* Whether the value is allowed; NAN is not. */
bool search_scope_allows(const struct search_scope *scope, double value);

#endif
