#ifndef SLEEVE_FETCH_MBID_MAP_H
#define SLEEVE_FETCH_MBID_MAP_H

#include "fetch/musicbrainz.h"

/* A table of album keys and MusicBrainz ids (vision/cover_map.h), which is kept in memory. */
struct mbid_map;

enum status mbid_map_read(const char *path, struct mbid_map **map, struct error *error);
void mbid_map_free(struct mbid_map *map);
/* NULL if the map is NULL or does not have the key. */
const struct mbid *mbid_map_find(const struct mbid_map *map, const char *key);

#endif
