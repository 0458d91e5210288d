#ifndef SLEEVE_APP_FIND_TRACKS_H
#define SLEEVE_APP_FIND_TRACKS_H

#include "app/app.h"

/* The tracks that a text names, as people copy lists: one a line, as a link, URI, id or key of a track, or as
 * "artist - title" or "title - artist" (also with a tab or a long dash). Several links may share a line. Numbers at the
 * start of lines and the lines of M3U files are understood. Names are compared as in the search; a title may have more
 * in the catalogue, such as "(feat. ...)". */

struct found_tracks {
    struct track_list tracks; /* in the order of the text, repeats included */
    size_t missing;           /* names of which the catalogue has no track */
    char first_missing[128];  /* the first of these */
};

static inline void found_tracks_free(struct found_tracks *found)
{
    track_list_free(&found->tracks);
    *found = (struct found_tracks){0};
}

/* Fills `found` ({0}). */
enum status app_find_tracks(struct app *app, const char *text, struct found_tracks *found, const atomic_bool *cancel,
                            struct error *error);

#endif
