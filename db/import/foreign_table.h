#ifndef SLEEVE_DB_IMPORT_FOREIGN_TABLE_H
#define SLEEVE_DB_IMPORT_FOREIGN_TABLE_H

#include "db/import/foreign.h"
#include "db/import/outline.h"

/* Formats of JSON and XML as tables: which place of a document (db/import/outline.h) means what. */

enum foreign_field {
    FOREIGN_PLAYLIST, /* an object or element that is one playlist */
    FOREIGN_TRACK,    /* one that is a track */
    FOREIGN_NAME,
    FOREIGN_PLAYLIST_ID, /* a key, or a URI that `export` wrote */
    FOREIGN_DESCRIPTION,
    FOREIGN_TITLE,
    FOREIGN_ARTIST,
    FOREIGN_ALBUM,
    FOREIGN_ID,   /* any identifier (foreign_identify); others than the known ones are not counted */
    FOREIGN_FILE, /* an identifier, else the address of a music file */
    FOREIGN_ALBUM_ID,
    FOREIGN_ARTIST_ID,
    FOREIGN_MILLISECONDS,
    FOREIGN_POSITION,
    FOREIGN_OTHER, /* an object that is no music: an episode, an audio book */
};

struct foreign_place {
    const char *place;
    enum foreign_field field;
};

struct foreign_table {
    enum outline_kind kind;
    const struct foreign_place *places;
    size_t n_places;
    const char *root; /* a place that every such document has; others are refused as another kind of file */
};

/* Hands every playlist of the document to reading->playlist. A document without `root` is STATUS_BAD_DATA. */
enum status foreign_table_read(const struct foreign_table *table, const char *what,
                               const struct foreign_reading *reading, struct error *error);

#endif
