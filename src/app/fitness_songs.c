#include "app/fitness_songs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "db/fitness_parts.h"
#include "db/playlists.h"
#include "db/track_file.h"
#include "db/tracks.h"

const char *const fitness_class_names[FITNESS_CLASS_KINDS] = {"playlists", "own", "albums", "folders"};

enum { PLAYLISTS_AT_ONCE = 500, TRACKS_AT_ONCE = 5000 };

/* A playlist while they are collected. */
struct found {
    char *name, *key;
    int32_t *songs; /* [count], from 0 */
    size_t count, capacity;
    int64_t number;
};

struct collecting {
    const bool *present;
    int64_t n_tracks;
    struct found *items;
    size_t count, capacity;
};

static struct found *add_found(struct collecting *all, const char *name, const char *key)
{
    if (all->count == all->capacity) {
        const size_t more = all->capacity > 0 ? 2 * all->capacity : 64;
        struct found *grown = realloc(all->items, more * sizeof *grown);
        if (!grown)
            return NULL;
        all->items = grown;
        all->capacity = more;
    }
    struct found *found = &all->items[all->count];
    *found = (struct found){.name = strdup(name), .key = strdup(key), .number = (int64_t)all->count};
    all->count++;
    return found->name && found->key ? found : NULL;
}

/* Adds track `track` (from 1) where it has inputs. */
static bool add_song(const struct collecting *all, struct found *found, int64_t track)
{
    if (track < 1 || track > all->n_tracks || !all->present[track - 1])
        return true;
    if (found->count == found->capacity) {
        const size_t more = found->capacity > 0 ? 2 * found->capacity : 16;
        int32_t *grown = realloc(found->songs, more * sizeof *grown);
        if (!grown)
            return false;
        found->songs = grown;
        found->capacity = more;
    }
    found->songs[found->count++] = (int32_t)(track - 1);
    return true;
}

/* ------------------------------------------------------------------ playlists */

static enum status add_playlist(struct catalogue *catalogue, struct collecting *all, const struct playlist *playlist,
                                struct error *error)
{
    int64_t *ids = NULL;
    size_t count = 0;
    struct found *found = add_found(all, playlist->name, playlist->key);
    if (!found)
        return error_no_memory(error);
    enum status status = catalogue_playlist_entries(catalogue, playlist->id, &ids, &count, error);
    for (size_t i = 0; status == STATUS_OK && i < count; i++)
        if (!add_song(all, found, ids[i]))
            status = error_no_memory(error);
    free(ids);
    return status;
}

static enum status collect_playlists(struct catalogue *catalogue, bool own, struct collecting *all, struct error *error)
{
    enum status status = STATUS_OK;
    int64_t after = 0;
    for (bool more = true; status == STATUS_OK && more;) {
        struct playlist_list list = {0};
        status = own ? catalogue_playlists_read(catalogue, true, 0, 0, &list, error)
                     : catalogue_playlists_after(catalogue, after, PLAYLISTS_AT_ONCE, &list, error);
        for (size_t i = 0; status == STATUS_OK && i < list.count; i++)
            status = add_playlist(catalogue, all, &list.items[i], error);
        more = status == STATUS_OK && !own && list.count > 0;
        after = more ? list.items[list.count - 1].id : 0;
        playlist_list_free(&list);
    }
    return status;
}

/* ------------------------------------------------------------------ albums */

static enum status collect_albums(struct catalogue *catalogue, struct collecting *all, struct error *error)
{
    struct album_list albums = {0};
    int64_t n_tracks = 0, *artists = NULL, *album_of = NULL;
    enum status status = catalogue_albums_read(catalogue, NULL, 0, &albums, error);
    if (status == STATUS_OK)
        status = catalogue_track_makers(catalogue, &n_tracks, &artists, &album_of, error);
    for (size_t i = 0; status == STATUS_OK && i < albums.count; i++)
        if (!add_found(all, albums.items[i].title, albums.items[i].key))
            status = error_no_memory(error);
    for (int64_t t = 0; status == STATUS_OK && t < n_tracks; t++)
        if (album_of[t] > 0 && album_of[t] <= (int64_t)all->count &&
            !add_song(all, &all->items[album_of[t] - 1], t + 1))
            status = error_no_memory(error);
    free(artists);
    free(album_of);
    album_list_free(&albums);
    return status;
}

/* ------------------------------------------------------------------ folders */

struct file_of {
    char *folder;
    int64_t track;
};
struct files {
    struct file_of *items;
    size_t count, capacity;
};

static enum status add_file(const struct music_file *file, void *context, struct error *error)
{
    struct files *files = context;
    const char *slash = strrchr(file->path, '/');
    if (file->track == 0 || !slash)
        return STATUS_OK;
    if (files->count == files->capacity) {
        const size_t more = files->capacity > 0 ? 2 * files->capacity : 256;
        struct file_of *grown = realloc(files->items, more * sizeof *grown);
        if (!grown)
            return error_no_memory(error);
        files->items = grown;
        files->capacity = more;
    }
    char *folder = strndup(file->path, (size_t)(slash - file->path));
    if (!folder)
        return error_no_memory(error);
    files->items[files->count++] = (struct file_of){folder, file->track};
    return STATUS_OK;
}

static int by_folder(const void *a, const void *b)
{
    const struct file_of *x = a, *y = b;
    const int order = strcmp(x->folder, y->folder);
    return order != 0 ? order : (x->track > y->track) - (x->track < y->track);
}

static enum status collect_folders(struct catalogue *catalogue, struct collecting *all, struct error *error)
{
    struct files files = {0};
    struct found *found = NULL;
    enum status status = catalogue_music_files(catalogue, add_file, &files, error);
    if (files.count > 0)
        qsort(files.items, files.count, sizeof *files.items, by_folder);
    for (size_t i = 0; status == STATUS_OK && i < files.count; i++) {
        const char *folder = files.items[i].folder, *slash = strrchr(folder, '/');
        if (i == 0 || strcmp(folder, files.items[i - 1].folder) != 0)
            found = add_found(all, slash ? slash + 1 : folder, folder);
        if (!found || !add_song(all, found, files.items[i].track))
            status = error_no_memory(error);
    }
    for (size_t i = 0; i < files.count; i++)
        free(files.items[i].folder);
    free(files.items);
    return status;
}

/* ------------------------------------------------------------------ which are used */

static int by_number(const void *a, const void *b)
{
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static void remove_repeats(struct found *found)
{
    size_t kept = 0;
    if (found->count > 0)
        qsort(found->songs, found->count, sizeof *found->songs, by_number);
    for (size_t i = 0; i < found->count; i++)
        if (i == 0 || found->songs[i] != found->songs[i - 1])
            found->songs[kept++] = found->songs[i];
    found->count = kept;
}

static int by_size(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

static int by_place(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

static int by_song(const void *a, const void *b)
{
    const struct fitness_pair *x = a, *y = b;
    return x->song != y->song ? (x->song > y->song) - (x->song < y->song)
                              : (x->class > y->class) - (x->class < y->class);
}

static void add_line(struct buffer *lines, const char *text, bool first)
{
    if (!first)
        buffer_add_byte(lines, '\n');
    for (; *text; text++)
        buffer_add_byte(lines, *text == '\n' || *text == '\r' ? ' ' : *text);
}

static enum status keep(struct collecting *all, int64_t least, int64_t most, struct fitness_songs *songs,
                        struct error *error)
{
    size_t kept = 0, n_pairs = 0;
    for (size_t i = 0; i < all->count; i++)
        remove_repeats(&all->items[i]);
    if (all->count > 0)
        qsort(all->items, all->count, sizeof *all->items, by_size);
    while (kept < all->count && (int64_t)all->items[kept].count >= least)
        kept++;
    songs->n_small = (int64_t)(all->count - kept);
    songs->n_more = (int64_t)kept > most ? (int64_t)kept - most : 0;
    kept -= (size_t)songs->n_more;
    if (kept > 0)
        qsort(all->items, kept, sizeof *all->items, by_place);
    for (size_t i = 0; i < kept; i++)
        n_pairs += all->items[i].count;
    songs->pairs = malloc((n_pairs + 1) * sizeof *songs->pairs);
    songs->sizes = malloc((kept + 1) * sizeof *songs->sizes);
    if (!songs->pairs || !songs->sizes)
        return error_no_memory(error);
    for (size_t i = 0; i < kept; i++) {
        const struct found *found = &all->items[i];
        add_line(&songs->names, found->name, i == 0);
        add_line(&songs->keys, found->key, i == 0);
        songs->sizes[i] = (int64_t)found->count;
        for (size_t j = 0; j < found->count; j++)
            songs->pairs[songs->n_pairs++] = (struct fitness_pair){found->songs[j], (int32_t)i};
    }
    if (n_pairs > 0)
        qsort(songs->pairs, n_pairs, sizeof *songs->pairs, by_song);
    songs->n_classes = (int32_t)kept;
    return songs->names.failed || songs->keys.failed ? error_no_memory(error) : STATUS_OK;
}

/* ------------------------------------------------------------------ parts */

/* Hashes of the tracks' keys: the same songs get the same parts in any catalogue. */
static enum status hash_keys(struct catalogue *catalogue, const struct fitness_songs *songs, uint64_t *hashes,
                             struct error *error)
{
    int64_t *ids = malloc(TRACKS_AT_ONCE * sizeof *ids);
    enum status status = ids ? STATUS_OK : error_no_memory(error);
    for (int64_t i = 0; status == STATUS_OK && i < songs->n_pairs;) {
        struct track_list tracks = {0};
        size_t count = 0;
        for (; i < songs->n_pairs && count < TRACKS_AT_ONCE; i++)
            if (i == 0 || songs->pairs[i].song != songs->pairs[i - 1].song)
                ids[count++] = songs->pairs[i].song + 1;
        status = catalogue_tracks_read(catalogue, ids, count, &tracks, error);
        for (size_t j = 0; status == STATUS_OK && j < tracks.count; j++)
            hashes[ids[j] - 1] = hash_bytes(tracks.items[j].key, strlen(tracks.items[j].key));
        track_list_free(&tracks);
    }
    free(ids);
    return status;
}

static enum status draw_parts(struct catalogue *catalogue, struct fitness_songs *songs, struct error *error)
{
    uint64_t *hashes = calloc((size_t)songs->n_tracks + 1, sizeof *hashes);
    songs->parts = malloc((size_t)songs->n_tracks + 1);
    if (!hashes || !songs->parts) {
        free(hashes);
        return error_no_memory(error);
    }
    enum status status = catalogue_fitness_parts(catalogue, songs->n_tracks, songs->parts, error);
    if (status == STATUS_OK)
        status = hash_keys(catalogue, songs, hashes, error);
    if (status == STATUS_OK)
        status =
            fitness_split(songs->pairs, songs->n_pairs, songs->n_classes, songs->n_tracks, hashes, songs->parts, error);
    if (status == STATUS_OK)
        status = catalogue_fitness_parts_add(catalogue, songs->n_tracks, songs->parts, error);
    free(hashes);
    return status;
}

static enum status check(const struct collecting *all, enum fitness_classes classes, int64_t least,
                         const struct fitness_songs *songs, struct error *error)
{
    if (songs->n_classes >= 2)
        return STATUS_OK;
    const char *name = fitness_class_names[classes];
    if (all->count == 0)
        return error_set(error, STATUS_BAD_DATA,
                         "the catalogue has no %s; --classes takes playlists, own, albums or folders instead",
                         classes == FITNESS_OWN ? "playlists of people" : name);
    return error_set(error, STATUS_BAD_DATA,
                     "fitness needs two %s or more with at least %lld songs that have inputs; %d of %zu have so many "
                     "(--set min_songs=N, --classes playlists, own, albums or folders)",
                     classes == FITNESS_OWN ? "playlists" : name, (long long)least, songs->n_classes, all->count);
}

enum status fitness_songs_load(struct catalogue *catalogue, enum fitness_classes classes, const bool *present,
                               int64_t n_tracks, int64_t least, int64_t most, struct fitness_songs *songs,
                               struct error *error)
{
    struct collecting all = {.present = present, .n_tracks = n_tracks};
    *songs = (struct fitness_songs){.n_tracks = n_tracks};
    enum status status = classes == FITNESS_ALBUMS ? collect_albums(catalogue, &all, error)
                         : classes == FITNESS_FOLDERS
                             ? collect_folders(catalogue, &all, error)
                             : collect_playlists(catalogue, classes == FITNESS_OWN, &all, error);
    if (status == STATUS_OK)
        status = keep(&all, least, most, songs, error);
    if (status == STATUS_OK)
        status = check(&all, classes, least, songs, error);
    if (status == STATUS_OK)
        status = draw_parts(catalogue, songs, error);
    for (size_t i = 0; i < all.count; i++) {
        free(all.items[i].name);
        free(all.items[i].key);
        free(all.items[i].songs);
    }
    free(all.items);
    return status;
}

void fitness_songs_free(struct fitness_songs *songs)
{
    free(songs->pairs);
    free(songs->sizes);
    free(songs->parts);
    buffer_free(&songs->names);
    buffer_free(&songs->keys);
    *songs = (struct fitness_songs){0};
}
