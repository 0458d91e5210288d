#ifndef SLEEVE_DB_BROWSE_H
#define SLEEVE_DB_BROWSE_H

#include "db/connection.h"

/* What the catalogue can be browsed by. */
enum browse_kind { BROWSE_ARTISTS, BROWSE_ALBUMS, BROWSE_GENRES, BROWSE_YEARS, BROWSE_KINDS };

struct browse_row {
    const char *name;   /* of the artist, album or genre; the year */
    const char *artist; /* of an album, if all its tracks are by one; else "" */
    int64_t count;      /* tracks; of a genre: playlists */
};
/* Calls `each` for all of a kind: those with the most tracks or playlists first, years in reverse. Texts are valid
 * during the call; an error of `each` ends the reading. */
enum status catalogue_browse(struct catalogue *catalogue, enum browse_kind kind,
                             enum status (*each)(const struct browse_row *row, void *context, struct error *error),
                             void *context, struct error *error);

#endif
