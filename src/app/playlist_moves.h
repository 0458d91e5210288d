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

/* What changed from one list to another: the nth occurrence of a track stays the nth; moved are the entries outside a
 * longest run of common entries that are still in their order. `is_added` [after->count] and `is_removed`
 * [before->count] say which. False when memory ran out. */
struct playlist_changes {
    size_t added, removed, moved;
};
bool playlist_find_changes(const struct track_numbers *before, const struct track_numbers *after,
                           struct playlist_changes *changes, bool *is_added, bool *is_removed);

#endif
