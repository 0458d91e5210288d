#ifndef SLEEVE_DB_TRACK_FACTS_H
#define SLEEVE_DB_TRACK_FACTS_H

#include "db/connection.h"

/* A few facts about many tracks, without the memory of struct track. */

struct track_facts {
    int64_t track;
    const char *title, *artist; /* valid during the call */
    int64_t artist_id;
    int32_t year;  /* of the album's release; 0: unknown */
    int32_t genre; /* number of the album's genre; 0: unknown */
};
/* Calls `each` for the tracks of these numbers, in the order of the numbers; a number that does not exist is left out.
 * `ids` ascending and distinct; NULL: 1..count. An error of `each` ends the reading. */
enum status catalogue_track_facts(struct catalogue *catalogue, const int64_t *ids, size_t count,
                                  enum status (*each)(void *context, const struct track_facts *facts,
                                                      struct error *error),
                                  void *context, struct error *error);

/* The genre of a playlist: the first of its own (playlists of some sources have them); 0: none. */
enum status catalogue_playlist_genre(struct catalogue *catalogue, int64_t playlist_id, int64_t *genre,
                                     struct error *error);

#endif
