#ifndef SLEEVE_DB_EXPORT_OTHER_IDS_H
#define SLEEVE_DB_EXPORT_OTHER_IDS_H

#include "db/tracks.h"

/* The ids of tracks that are not their keys, and those that their keys are, in the form that other programs know. */

struct export_ids {
    const char *spotify; /* "spotify:track:..."; NULL: none */
    const char *mbid;    /* of the recording */
    const char *isrc;
    const char *release; /* MusicBrainz id of the album */
    const char *key;     /* the key, where it is neither of these nor made of the names */
};

/* ids [tracks->count] in `memory`. */
enum status export_other_ids(struct catalogue *catalogue, const struct track_list *tracks, struct arena *memory,
                             const struct export_ids **ids, struct error *error);

/* Appends "SCHEME" and the text with every byte that a URI does not take as %XX; `keep`: bytes that stay, besides
 * letters, digits and -._~ */
void export_add_uri(struct buffer *out, const char *scheme, const char *text, const char *keep);

#endif
