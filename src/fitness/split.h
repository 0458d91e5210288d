#ifndef SLEEVE_FITNESS_SPLIT_H
#define SLEEVE_FITNESS_SPLIT_H

#include <stdint.h>

#include "core/status.h"

/* Songs and the playlists that they are on, and their parts: 60 % for training, 20 % for validation, 20 % for the test
 * (Stern 2022). A song has one part, whatever playlists it is on. */

enum fitness_part { FITNESS_TRAINING, FITNESS_VALIDATION, FITNESS_TEST, FITNESS_PARTS };
enum { FITNESS_NO_PART = -1 };

/* Song `song` is on playlist `class`; both from 0. */
struct fitness_pair {
    int32_t song, class;
};

/* Gives a part to each song of a pair that has none (FITNESS_NO_PART) in parts [n_songs]; others keep theirs, so that
 * songs that are added later never move earlier ones. New songs are taken in the order of `hashes` [n_songs], and each
 * gets the part that its playlists lack most. So a playlist whose songs are on no other has the three shares exactly,
 * up to one song, however often songs were added. `pairs` are ordered by song. */
enum status fitness_split(const struct fitness_pair *pairs, int64_t n_pairs, int32_t n_classes, int64_t n_songs,
                          const uint64_t *hashes, int8_t *parts, struct error *error);

#endif
