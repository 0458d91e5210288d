#ifndef SLEEVE_DB_IMPORT_NAMES_INDEX_H
#define SLEEVE_DB_IMPORT_NAMES_INDEX_H

#include "db/keys.h"
#include "db/tracks.h"

/* The tracks of a catalogue by title and artist, compared as keys of names are (db/keys.h), whatever their keys. Of
 * several tracks with the same names it gives the one in most playlists. It takes about 32 bytes a track, and a second
 * to make for two million tracks; so it is made when the first entry needs it. */
struct names_index;

enum status names_index_make(struct catalogue *catalogue, struct names_index **index, struct error *error);
void names_index_free(struct names_index *index);
/* A track that was added since. */
enum status names_index_add(struct names_index *index, int32_t track, struct text title, struct text artist,
                            struct error *error);
/* *track is 0 when there is none; *several: other tracks have the same names. */
enum status names_index_find(struct names_index *index, struct text title, struct text artist, int32_t *track,
                             bool *several, struct error *error);

#endif
