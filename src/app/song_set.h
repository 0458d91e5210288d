#ifndef SLEEVE_APP_SONG_SET_H
#define SLEEVE_APP_SONG_SET_H

#include "app/editions.h"
#include "db/tracks.h"

/* The songs of a list, so that none is shown twice: tracks are the same song when their titles without the names of
 * editions (edition_base_title) and their artists' names are equal. A live, remixed or acoustic version is another
 * song, and so is a track without title or artist, of which nothing is known. */

/* All zero is empty. */
struct song_set {
    struct edition_years places; /* of each song, the place of its first track, from 1 */
    struct buffer scratch;
    int32_t count;
};

/* For at most `n` tracks. False when memory ran out. */
bool song_set_start(struct song_set *set, size_t n);
void song_set_free(struct song_set *set);
/* True when the set did not have the track's song yet. Check set->scratch.failed. */
bool song_set_add(struct song_set *set, const struct track *track);

#endif
