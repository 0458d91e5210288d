/* Duplicates in lists of the catalogue. */
#include <stdlib.h>
#include <string.h>

#include "app/app_internal.h"
#include "app/duplicates.h"
#include "db/track_ids.h"

/* The entries of all lists, as numbers and names; tracks are read together. */
struct gathered {
    int64_t *ids;
    struct duplicate_entry *entries;
    size_t count, capacity, own; /* the first `own` are those of the list that is checked */
};

static enum status gather(struct gathered *all, int64_t playlist, const char *name, const int64_t *ids, size_t count,
                          struct error *error)
{
    if (all->count + count > all->capacity) {
        const size_t capacity = 2 * (all->count + count);
        int64_t *more_ids = realloc(all->ids, capacity * sizeof *more_ids);
        if (!more_ids)
            return error_no_memory(error);
        all->ids = more_ids;
        struct duplicate_entry *entries = realloc(all->entries, capacity * sizeof *entries);
        if (!entries)
            return error_no_memory(error);
        all->entries = entries;
        all->capacity = capacity;
    }
    for (size_t i = 0; i < count; i++) {
        all->ids[all->count] = ids[i];
        all->entries[all->count++] =
            (struct duplicate_entry){.playlist = playlist, .playlist_name = name, .position = i};
    }
    return STATUS_OK;
}

static enum status gather_others(struct catalogue *catalogue, int64_t besides, struct gathered *all,
                                 struct arena *memory, struct error *error)
{
    struct playlist_list list = {0};
    enum status status = catalogue_playlists_read(catalogue, true, 0, 0, &list, error);
    for (size_t i = 0; status == STATUS_OK && i < list.count; i++) {
        int64_t *ids = NULL;
        size_t count = 0;
        const struct playlist *playlist = &list.items[i];
        const char *name = arena_copy_text(memory, playlist->name, strlen(playlist->name));
        if (playlist->id == besides)
            continue;
        status =
            name ? catalogue_playlist_entries(catalogue, playlist->id, &ids, &count, error) : error_no_memory(error);
        if (status == STATUS_OK)
            status = gather(all, playlist->id, name, ids, count, error);
        free(ids);
    }
    playlist_list_free(&list);
    return status;
}

/* Leaves out songs without an entry of the list that was asked about. */
static void keep_own(struct duplicates *duplicates, int64_t playlist)
{
    size_t kept = 0, songs = 0;
    duplicates->n_removable = 0;
    for (size_t i = 0, end; i < duplicates->count; i = end) {
        bool own = false;
        for (end = i; end < duplicates->count && duplicates->items[end].song == duplicates->items[i].song; end++)
            own |= duplicates->items[end].entry.playlist == playlist;
        for (size_t k = i; own && k < end; k++) {
            duplicates->items[kept] = duplicates->items[k];
            duplicates->n_removable += duplicate_removable(duplicates->items[kept].kind);
            duplicates->items[kept++].song = songs;
        }
        songs += own;
    }
    duplicates->count = kept;
    duplicates->n_songs = songs;
}

static enum status read(struct catalogue *catalogue, const struct duplicate_query *query, struct gathered *all,
                        struct duplicates *duplicates, struct error *error)
{
    enum status status = STATUS_OK;
    if (query->ids)
        status = gather(all, query->playlist, "", query->ids, query->count, error);
    if (status == STATUS_OK && query->across)
        status = gather_others(catalogue, query->ids ? query->playlist : 0, all, &duplicates->memory, error);
    if (status == STATUS_OK)
        status = catalogue_tracks_read(catalogue, all->ids, all->count, &duplicates->tracks, error);
    for (size_t i = 0; status == STATUS_OK && i < all->count; i++)
        all->entries[i].track = &duplicates->tracks.items[i];
    if (status == STATUS_OK)
        status = catalogue_tracks_recordings(catalogue, all->ids, all->count, &all->entries[0].recording,
                                             sizeof *all->entries, error);
    return status;
}

enum status app_duplicates(struct app *app, const struct duplicate_query *query, struct duplicates *duplicates,
                           struct error *error)
{
    struct catalogue *catalogue;
    struct gathered all = {0};
    *duplicates = (struct duplicates){0};
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = gather(&all, 0, "", NULL, 0, error);
    all.entries = all.entries ? all.entries : calloc(1, sizeof *all.entries);
    if (status == STATUS_OK && !all.entries)
        status = error_no_memory(error);
    if (status == STATUS_OK)
        status = read(catalogue, query, &all, duplicates, error);
    app_return(app, catalogue);
    if (status == STATUS_OK)
        status = duplicates_find(all.entries, all.count, query->across, duplicates, error);
    if (status == STATUS_OK && query->ids && query->across)
        keep_own(duplicates, query->playlist);
    free(all.ids);
    free(all.entries);
    if (status != STATUS_OK)
        duplicates_free(duplicates);
    return status;
}
