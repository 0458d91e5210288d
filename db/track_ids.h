#ifndef SLEEVE_DB_TRACK_IDS_H
#define SLEEVE_DB_TRACK_IDS_H

#include "db/connection.h"

/* Which of these tracks have the id of a MusicBrainz recording. An id is of one track only, so two tracks that have one
 * are different recordings. `known` is the first of `count` bools, `stride` bytes apart. */
enum status catalogue_tracks_recordings(struct catalogue *catalogue, const int64_t *ids, size_t count, bool *known,
                                        size_t stride, struct error *error);

#endif
