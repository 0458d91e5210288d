#ifndef SLEEVE_APP_NEAREST_TRACKS_H
#define SLEEVE_APP_NEAREST_TRACKS_H

#include "db/search.h"
#include "db/tracks.h"

/* The tracks of a catalogue whose title and artist are most like given ones: for entries of imported playlists that no
 * track fits. Searches for both names, then for the title without what is in brackets or behind a dash, then for either
 * alone, until there are results; those are ranked by the letters that they share (Dice coefficient of trigrams, the
 * title counting 0.6 and the artist 0.4), and results below 0.35 are left out. */

enum { NEAREST_MAX = 5 };

/* ids: [max], best first; max is at most NEAREST_MAX. */
enum status nearest_tracks(struct catalogue *catalogue, struct search_index *index, const char *title,
                           const char *artist, size_t max, int64_t *ids, size_t *count, struct error *error);

#endif
