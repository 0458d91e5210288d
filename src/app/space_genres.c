/* Genres as groups of tracks, in place of playlists. */
#include <stdlib.h>
#include <string.h>

#include "app/space_internal.h"
#include "db/split.h"
#include "db/track_columns.h"

struct genre {
    int64_t id;
    const char *name;
    struct buffer tracks; /* int32, number - 1 */
};

struct genres {
    struct app_space *space;
    struct genre items[SPACE_PLAYLISTS_MAX];
    size_t count;
    bool too_many;
    int64_t *chosen; /* [n_chosen] numbers of the playlists that count, ascending; NULL: all */
    size_t n_chosen;
};

static int by_id(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static bool take_name(int64_t id, const char *name, void *context)
{
    struct genres *genres = context;
    for (size_t i = 0; i < genres->count; i++)
        if (genres->items[i].id == id) {
            genres->items[i].name = arena_copy_text(&genres->space->memory, name, strlen(name));
            return genres->items[i].name != NULL;
        }
    return true;
}

static bool take_playlist(const struct playlist_genre_row *row, void *context)
{
    struct genres *genres = context;
    size_t at = 0;
    if (genres->chosen && !bsearch(&row->playlist, genres->chosen, genres->n_chosen, sizeof row->playlist, by_id))
        return true;
    while (at < genres->count && genres->items[at].id != row->finest)
        at++;
    if (at == SPACE_PLAYLISTS_MAX) {
        genres->too_many = true;
        return true;
    }
    if (at == genres->count)
        genres->items[genres->count++] = (struct genre){.id = row->finest, .name = ""};
    for (size_t i = 0; i < row->count; i++) {
        const int32_t track = row->tracks[i] - 1;
        buffer_add(&genres->items[at].tracks, &track, sizeof track);
    }
    return !genres->items[at].tracks.failed;
}

static int by_name(const void *a, const void *b)
{
    const struct genre *x = a, *y = b;
    return strcmp(x->name, y->name);
}

static int by_number(const void *a, const void *b)
{
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* Distinct tracks after those of the genres before. */
static void add_genre(struct app_space *space, const struct genre *genre)
{
    int32_t *tracks = (int32_t *)(void *)genre->tracks.data;
    const size_t count = genre->tracks.size / sizeof *tracks;
    int64_t end = space->starts[space->n_playlists];
    qsort(tracks, count, sizeof *tracks, by_number);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || tracks[i] != tracks[i - 1])
            space->entries[end++] = tracks[i];
    space->playlists[space->n_playlists] = (struct space_playlist){genre->id, genre->name, genre->name};
    space->starts[++space->n_playlists] = end;
}

static enum status fill(struct genres *genres, struct error *error)
{
    struct app_space *space = genres->space;
    size_t total = 0;
    for (size_t i = 0; i < genres->count; i++)
        total += genres->items[i].tracks.size / sizeof(int32_t);
    space->playlists = calloc(genres->count + 1, sizeof *space->playlists);
    space->starts = calloc(genres->count + 1, sizeof *space->starts);
    space->entries = malloc((total + 1) * sizeof *space->entries);
    if (!space->playlists || !space->starts || !space->entries)
        return error_no_memory(error);
    qsort(genres->items, genres->count, sizeof *genres->items, by_name);
    for (size_t i = 0; i < genres->count; i++)
        if (genres->items[i].tracks.size > 0)
            add_genre(space, &genres->items[i]);
    return STATUS_OK;
}

enum status space_genres_read(struct catalogue *catalogue, int split_sets, struct app_space *space, struct error *error)
{
    struct genres *genres = calloc(1, sizeof *genres);
    if (!genres)
        return error_no_memory(error);
    genres->space = space;
    space->genres = true;
    enum status status = STATUS_OK;
    if (split_sets > 0)
        status = catalogue_split_playlists(catalogue, split_sets, &genres->chosen, &genres->n_chosen, error);
    if (status == STATUS_OK)
        status = catalogue_playlist_genres(catalogue, take_playlist, genres, error);
    if (status == STATUS_OK)
        status = catalogue_genre_names(catalogue, take_name, genres, error);
    if (status == STATUS_OK && genres->count < 2)
        status = error_set(error, STATUS_BAD_DATA, "the playlists of the %s have fewer than two genres",
                           split_sets > 0 ? "split's set" : "catalogue");
    if (status == STATUS_OK && genres->too_many)
        status = error_set(error, STATUS_BAD_DATA, "the playlists of the catalogue have more than %d genres",
                           SPACE_PLAYLISTS_MAX);
    if (status == STATUS_OK)
        status = fill(genres, error);
    for (size_t i = 0; i < genres->count; i++)
        buffer_free(&genres->items[i].tracks);
    free(genres->chosen);
    free(genres);
    return status;
}
