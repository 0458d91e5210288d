#include "db/import/unmatched.h"

#include <stdlib.h>
#include <string.h>

void unmatched_free(struct unmatched *unmatched)
{
    free(unmatched->items);
    id_map_free(&unmatched->known);
    arena_free(&unmatched->memory);
    *unmatched = (struct unmatched){0};
}

void unmatched_key(const char *title, const char *artist, const char *album, const char *id, struct buffer *key)
{
    const char *const parts[] = {title, artist, album, id};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        buffer_add_text(key, parts[i] ? parts[i] : "");
        buffer_add_byte(key, '\0');
    }
}

static const char *copy(struct unmatched *unmatched, const char *text)
{
    return text ? arena_copy_text(&unmatched->memory, text, strlen(text)) : "";
}

static enum status append(struct unmatched *unmatched, const char *playlist, const struct foreign_track *track,
                          struct error *error)
{
    if (unmatched->count == unmatched->capacity) {
        const size_t capacity = unmatched->capacity ? 2 * unmatched->capacity : 64;
        struct unmatched_track *items = realloc(unmatched->items, capacity * sizeof *items);
        if (!items)
            return error_no_memory(error);
        unmatched->items = items;
        unmatched->capacity = capacity;
    }
    const struct unmatched_track item = {.playlist = copy(unmatched, playlist),
                                         .title = copy(unmatched, track->title),
                                         .artist = copy(unmatched, track->artist),
                                         .album = copy(unmatched, track->album),
                                         .id = copy(unmatched, track->id),
                                         .place = track->place,
                                         .count = 1};
    unmatched->items[unmatched->count++] = item;
    return item.playlist && item.title && item.artist && item.album && item.id ? STATUS_OK : error_no_memory(error);
}

enum status unmatched_add(struct unmatched *unmatched, const char *playlist, const struct foreign_track *track,
                          struct error *error)
{
    struct buffer key = {0};
    const int32_t before = unmatched->known.count;
    unmatched_key(track->title, track->artist, track->album, track->id, &key);
    int32_t number = key.failed ? 0 : id_map_find(&unmatched->known, key.data, key.size);
    const bool full = number == 0 && unmatched->count == UNMATCHED_MAX;
    if (number == 0 && !full && !key.failed)
        number = id_map_add(&unmatched->known, key.data, key.size);
    buffer_free(&key);
    unmatched->left_out += full;
    if (full)
        return STATUS_OK;
    if (number == 0)
        return error_no_memory(error);
    if (number <= before) {
        unmatched->items[number - 1].count++;
        return STATUS_OK;
    }
    return append(unmatched, playlist, track, error);
}
