#include "db/import/groups.h"

#include <stdlib.h>
#include <string.h>

#include "db/import/m3u.h"

enum { HELD_MAX = 384 << 20 };

static struct group *group_at(struct foreign_groups *groups, int32_t number)
{
    return (struct group *)(void *)groups->groups.data + number - 1;
}

void foreign_groups_free(struct foreign_groups *groups)
{
    const size_t count = groups->groups.size / sizeof(struct group);
    for (size_t i = 0; i < count; i++)
        buffer_free(&group_at(groups, (int32_t)i + 1)->entries);
    buffer_free(&groups->groups);
    id_map_free(&groups->playlists);
    id_map_free(&groups->items);
}

const char *foreign_unescaped(const char *text, struct buffer *scratch)
{
    buffer_clear(scratch);
    m3u_unescape(text, scratch);
    return scratch->data ? scratch->data : "";
}

static int32_t number_of(struct foreign_groups *groups, struct id_map *map, const char *id)
{
    const size_t size = strlen(id);
    const int32_t number = id_map_find(map, id, size);
    if (number != 0)
        return number;
    groups->held += 2 * size + 64;
    return id_map_add(map, id, size);
}

enum status foreign_groups_add(struct foreign_groups *groups, const struct foreign_reading *reading,
                               const char *playlist, const char *item, double position, long long line,
                               struct error *error)
{
    const int32_t before = groups->playlists.count, number = number_of(groups, &groups->playlists, playlist);
    const struct group fresh = {0};
    if (number > before) {
        buffer_add(&groups->groups, &fresh, sizeof fresh);
        groups->held += sizeof fresh;
    }
    const struct group_entry entry = {position, number_of(groups, &groups->items, item),
                                      line < INT32_MAX ? (int32_t)line : INT32_MAX};
    if (number == 0 || entry.item == 0 || groups->groups.failed)
        return error_no_memory(error);
    struct group *group = group_at(groups, number);
    groups->held += 24;
    if (groups->held > HELD_MAX || group->entries.size / sizeof entry >= IMPORT_PLAYLIST_TRACKS_MAX)
        return error_set(
            error, STATUS_BAD_DATA,
            "%s, line %lld: more entries than are imported together (%d MB, or %d in one playlist); nothing "
            "was imported, split the file",
            reading->name, line, HELD_MAX >> 20, IMPORT_PLAYLIST_TRACKS_MAX);
    buffer_add(&group->entries, &entry, sizeof entry);
    return group->entries.failed ? error_no_memory(error) : STATUS_OK;
}

static int by_position(const void *a, const void *b)
{
    const struct group_entry *x = a, *y = b;
    if (x->position != y->position)
        return x->position < y->position ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

static enum status add_entry(struct foreign_groups *groups, const struct foreign_reading *reading,
                             const struct group_items *items, const struct group_entry *entry,
                             struct foreign_playlist *playlist, struct error *error)
{
    size_t size;
    const char *id = id_map_key(&groups->items, entry->item, &size);
    struct foreign_track track = {.duration_ms = -1, .position = (int64_t)playlist->count, .place = entry->line};
    if (items->describe)
        items->describe(items->context, entry->item, &track);
    if (!foreign_identify(playlist, reading, &track, id, size))
        track.id = foreign_text(playlist, reading, entry->line, id, size);
    return foreign_add(playlist, reading, &track, error);
}

static enum status hand_on(struct foreign_groups *groups, const struct foreign_reading *reading,
                           const struct group_items *items, int32_t number, struct foreign_playlist *playlist,
                           struct error *error)
{
    struct group *group = group_at(groups, number);
    struct group_entry *entries = (struct group_entry *)(void *)group->entries.data;
    const size_t count = group->entries.size / sizeof *entries;
    struct buffer id = {0};
    size_t size;
    const char *key = id_map_key(&groups->playlists, number, &size);
    foreign_playlist_clear(playlist);
    buffer_add_text(&id, items->prefix ? items->prefix : "");
    buffer_add(&id, key, size);
    playlist->place = count > 0 ? entries[0].line : 0;
    playlist->id = foreign_text(playlist, reading, playlist->place, id.data ? id.data : "", id.size);
    playlist->name = group->name ? group->name : playlist->id;
    enum status status = id.failed || playlist->failed ? error_no_memory(error) : STATUS_OK;
    buffer_free(&id);
    qsort(entries, count, sizeof *entries, by_position);
    for (size_t i = 0; status == STATUS_OK && i < count; i++)
        status = add_entry(groups, reading, items, &entries[i], playlist, error);
    return status == STATUS_OK ? reading->playlist(reading->context, playlist, error) : status;
}

enum status foreign_groups_end(struct foreign_groups *groups, const struct foreign_reading *reading,
                               const struct group_items *items, struct error *error)
{
    struct foreign_playlist playlist = {0};
    enum status status = STATUS_OK;
    for (int32_t number = 1; status == STATUS_OK && number <= groups->playlists.count; number++)
        status = hand_on(groups, reading, items, number, &playlist, error);
    foreign_playlist_free(&playlist);
    return status;
}
