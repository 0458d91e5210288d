#ifndef SLEEVE_DB_ARTISTS_H
#define SLEEVE_DB_ARTISTS_H

#include "db/connection.h"

/* An artist by key, else by name, else by name in another case (of ASCII letters); *id is 0 when there is none. Reads
 * all names where no key fits. STATUS_BAD_DATA where more than one has the name: the message has their keys. */
enum status catalogue_artist_find(struct catalogue *catalogue, const char *key, int64_t *id, struct error *error);

#endif
