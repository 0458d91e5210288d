#include "db/id_map.h"

#include <stdlib.h>
#include <string.h>

#include "core/random.h"

uint64_t id_map_hash(const char *key, size_t size)
{
    uint64_t hash = size, word;
    for (; size >= 8; key += 8, size -= 8) {
        memcpy(&word, key, 8);
        hash = (hash ^ word) * 0x9e3779b97f4a7c15U;
        hash ^= hash >> 32;
    }
    word = 0;
    if (size > 0)
        memcpy(&word, key, size);
    return random_mix(hash ^ word);
}

void id_map_free(struct id_map *map)
{
    buffer_free(&map->texts);
    free(map->starts);
    free(map->slots);
    *map = (struct id_map){0};
}

const char *id_map_key(const struct id_map *map, int32_t number, size_t *size)
{
    *size = map->starts[number] - map->starts[number - 1];
    return map->texts.data + map->starts[number - 1];
}

/* The slot that holds the key, or the free one where it belongs. */
static size_t probe(const struct id_map *map, const char *key, size_t size, uint64_t hash)
{
    size_t mask = map->n_slots - 1, at = hash & mask;
    for (; map->slots[at] != 0; at = (at + 1) & mask) {
        if (map->slots[at] >> 32 != hash >> 32)
            continue;
        size_t there;
        const char *text = id_map_key(map, (int32_t)(map->slots[at] & 0xffffffffU), &there);
        if (there == size && memcmp(text, key, size) == 0)
            break;
    }
    return at;
}

int32_t id_map_find(const struct id_map *map, const char *key, size_t size)
{
    if (map->count == 0)
        return 0;
    return (int32_t)(map->slots[probe(map, key, size, id_map_hash(key, size))] & 0xffffffffU);
}

static bool grow(struct id_map *map)
{
    size_t n_slots = map->n_slots > 0 ? 2 * map->n_slots : 1024;
    uint64_t *slots = calloc(n_slots, sizeof *slots);
    size_t *starts = realloc(map->starts, (n_slots / 2 + 1) * sizeof *starts);
    if (starts)
        map->starts = starts;
    if (!slots || !starts) {
        free(slots);
        return false;
    }
    free(map->slots);
    map->slots = slots;
    map->n_slots = n_slots;
    starts[0] = 0;
    for (int32_t number = 1; number <= map->count; number++) {
        size_t size, at;
        const char *key = id_map_key(map, number, &size);
        uint64_t hash = id_map_hash(key, size);
        for (at = hash & (n_slots - 1); slots[at] != 0; at = (at + 1) & (n_slots - 1))
            ;
        slots[at] = (hash >> 32) << 32 | (uint32_t)number;
    }
    return true;
}

int32_t id_map_add(struct id_map *map, const char *key, size_t size)
{
    if (map->count == INT32_MAX - 1 || ((size_t)map->count + 1 > map->n_slots / 2 && !grow(map)))
        return 0;
    buffer_add(&map->texts, key, size);
    if (map->texts.failed)
        return 0;
    uint64_t hash = id_map_hash(key, size);
    size_t at = probe(map, key, size, hash);
    map->starts[++map->count] = map->texts.size;
    if (map->slots[at] == 0)
        map->slots[at] = (hash >> 32) << 32 | (uint32_t)map->count;
    return map->count;
}
