#include "fetch/mbid_map.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "vision/cover_map.h"

struct entry {
    const char *key;
    struct mbid mbid;
};

struct mbid_map {
    struct entry *items; /* sorted by key */
    size_t count, capacity;
    struct arena memory;
};

static enum status add(void *context, const char *album, const char *id, long long line, struct error *error)
{
    struct mbid_map *map = context;
    (void)line;
    if (map->count == map->capacity) {
        size_t capacity = 2 * map->capacity + 64;
        struct entry *items = realloc(map->items, capacity * sizeof *items);
        if (!items)
            return error_no_memory(error);
        map->items = items;
        map->capacity = capacity;
    }
    struct entry *entry = &map->items[map->count];
    if (!mbid_read(id, &entry->mbid))
        return error_set(error, STATUS_BAD_DATA,
                         "not the id of a release or release group at MusicBrainz, or its address");
    entry->key = arena_copy_text(&map->memory, album, strlen(album));
    if (!entry->key)
        return error_no_memory(error);
    map->count++;
    return STATUS_OK;
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->key, ((const struct entry *)b)->key);
}

enum status mbid_map_read(const char *path, struct mbid_map **out, struct error *error)
{
    struct mbid_map *map = calloc(1, sizeof *map);
    *out = NULL;
    if (!map)
        return error_no_memory(error);
    enum status status = cover_map_read(path, &cover_map_mbids, add, map, error);
    if (status != STATUS_OK) {
        mbid_map_free(map);
        return status;
    }
    if (map->count > 0)
        qsort(map->items, map->count, sizeof *map->items, compare);
    *out = map;
    return STATUS_OK;
}

void mbid_map_free(struct mbid_map *map)
{
    if (!map)
        return;
    arena_free(&map->memory);
    free(map->items);
    free(map);
}

const struct mbid *mbid_map_find(const struct mbid_map *map, const char *key)
{
    const struct entry wanted = {.key = key};
    const struct entry *found =
        map && map->count > 0 ? bsearch(&wanted, map->items, map->count, sizeof *map->items, compare) : NULL;
    return found ? &found->mbid : NULL;
}
