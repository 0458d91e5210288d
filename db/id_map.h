#ifndef SLEEVE_DB_ID_MAP_H
#define SLEEVE_DB_ID_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"

/* Maps keys to numbers 1..count, in the order of adding. Start with `{0}`. Grows with the keys it holds:
 * their bytes and about 24 bytes each. */
struct id_map {
    struct buffer texts;
    size_t *starts;  /* [capacity of numbers + 1] */
    uint64_t *slots; /* upper half: of the hash, lower half: the number; 0: free */
    size_t n_slots;
    int32_t count;
};

void id_map_free(struct id_map *map);
/* 0 when there is no such key. */
int32_t id_map_find(const struct id_map *map, const char *key, size_t size);
/* Gives the key the next number; 0 when memory or numbers ran out. A key that was added twice keeps its
 * first number. */
int32_t id_map_add(struct id_map *map, const char *key, size_t size);
/* The hash that the map uses, all 64 bits mixed. */
uint64_t id_map_hash(const char *key, size_t size);
const char *id_map_key(const struct id_map *map, int32_t number, size_t *size);

#endif
