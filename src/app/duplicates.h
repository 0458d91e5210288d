#ifndef SLEEVE_APP_DUPLICATES_H
#define SLEEVE_APP_DUPLICATES_H

#include "app/app.h"
#include "app/song.h"

/* Songs that are in a playlist more than once, and in several playlists: the same track again, the same recording under
 * another key (another release, edition or key with the same names), and other versions of the song, such as live ones
 * and remixes. Songs are compared by the folded names of title and artist (docs/keys.md, app/song.h). Nothing is
 * removed here. */

enum duplicate_kind {
    DUPLICATE_FIRST,   /* the preferred one of its song: studio first, then by number of playlists */
    DUPLICATE_REPEAT,  /* the same track again */
    DUPLICATE_SAME,    /* the same recording under another key */
    DUPLICATE_LENGTH,  /* the same names, but more than DUPLICATE_SECONDS longer or shorter */
    DUPLICATE_ID,      /* the same names, but another recording by its MusicBrainz id */
    DUPLICATE_VERSION, /* another version: live, a remix */
    DUPLICATE_KINDS
};
enum { DUPLICATE_SECONDS = 10 };
extern const char *const duplicate_names[DUPLICATE_KINDS]; /* "first", "same track", "same recording", ... */
/* Those that are removed on request: the same track or recording as another entry of the song. */
static inline bool duplicate_removable(enum duplicate_kind kind)
{
    return kind == DUPLICATE_REPEAT || kind == DUPLICATE_SAME;
}

struct duplicate_entry {
    const struct track *track;
    bool recording; /* it has the id of a MusicBrainz recording, which only one track has */
    int64_t playlist;
    const char *playlist_name; /* "" for the list in hand */
    size_t position;           /* in its playlist, from 0 */
};
struct duplicate {
    struct duplicate_entry entry;
    size_t song; /* songs are numbered from 0, by their first entries */
    enum song_version version;
    enum duplicate_kind kind;
};
struct duplicates {
    struct duplicate *items; /* by song; of a song, the preferred one first */
    size_t count, n_songs, n_removable;
    struct track_list tracks; /* owns what entries refer to, where app_duplicates filled it */
    struct arena memory;      /* names */
};
void duplicates_free(struct duplicates *duplicates);

/* Finds the songs with more than one entry, or with entries of more than one playlist (`across`). Tracks and names are
 * borrowed. Fills *duplicates ({0}). */
enum status duplicates_find(const struct duplicate_entry *entries, size_t count, bool across,
                            struct duplicates *duplicates, struct error *error);

/* The same for a list of tracks (playlist number `playlist`, 0: not saved), with `across` for it and the person's other
 * playlists: only songs of the list, or of all of them where `ids` is NULL. */
struct duplicate_query {
    const int64_t *ids;
    size_t count;
    int64_t playlist;
    bool across;
};
enum status app_duplicates(struct app *app, const struct duplicate_query *query, struct duplicates *duplicates,
                           struct error *error);

#endif
