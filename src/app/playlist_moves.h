#ifndef SLEEVE_APP_PLAYLIST_MOVES_H
#define SLEEVE_APP_PLAYLIST_MOVES_H

#include <stdbool.h>

#include "app/track_numbers.h"

/* Merging two lists that were both reordered (used by playlist_merge). The entries that a side moved are those outside
 * a longest run of entries that are still in their order. `theirs` gets the moves, removals and additions of `mine`:
 * each entry that mine moved or added comes after the entry that precedes it in mine and that theirs did not move.
 * *conflict: both sides moved the same entry; then nothing is written. `out->ids` has space for all entries of both.
 * False when memory ran out. */
bool playlist_merge_moves(const struct track_numbers *base, const struct track_numbers *theirs,
                          const struct track_numbers *mine, struct track_numbers *out, bool *conflict);

#endif
