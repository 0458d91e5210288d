#ifndef SLEEVE_APP_FITNESS_SONGS_H
#define SLEEVE_APP_FITNESS_SONGS_H

#include "app/fitness.h"
#include "fitness/split.h"

/* The playlists that fitness is learned of, and the songs on them. */

struct fitness_songs {
    int64_t n_tracks;
    struct fitness_pair *pairs; /* [n_pairs] by song (track number - 1), each once */
    int64_t n_pairs;
    int32_t n_classes;
    struct buffer names, keys; /* a line for each class */
    int64_t *sizes;            /* [n_classes] songs */
    int64_t n_small, n_more;   /* left out: with too few songs, and beyond the largest number of classes */
    int8_t *parts;             /* [n_tracks] enum fitness_part, or FITNESS_NO_PART */
};

/* Playlists of at least `least` songs that are `present` [n_tracks], at most the `most` largest. Their songs get parts,
 * which are stored. Fewer than two playlists, or none with a song in each part, are STATUS_BAD_DATA. Free it after a
 * failure, too. */
enum status fitness_songs_load(struct catalogue *catalogue, enum fitness_classes classes, const bool *present,
                               int64_t n_tracks, int64_t least, int64_t most, struct fitness_songs *songs,
                               struct error *error);
void fitness_songs_free(struct fitness_songs *songs);

#endif
