#include "db/tracks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "db/database.h"
#include "db/summary.h"

#define TRACK_COLUMNS                                                                                                  \
    "SELECT t.id, t.album_id, t.artist_id, t.key, t.title, a.name, b.title, t.duration_ms, b.release_date,"            \
    " t.popularity, c.n_playlists, v.stored, v.colour FROM tracks t JOIN artists a ON a.id = t.artist_id"              \
    " LEFT JOIN albums b ON b.id = t.album_id LEFT JOIN track_counts c ON c.track_id = t.id"                           \
    " LEFT JOIN cover_colours v ON v.album_id = t.album_id "

void track_list_free(struct track_list *list)
{
    arena_free(&list->memory);
    *list = (struct track_list){0};
}

void album_list_free(struct album_list *list)
{
    arena_free(&list->memory);
    *list = (struct album_list){0};
}

/* -1: unknown, or not a possible value. */
static int32_t integer_known(sqlite3_stmt *statement, int column)
{
    if (sqlite3_column_type(statement, column) == SQLITE_NULL)
        return -1;
    int64_t value = sqlite3_column_int64(statement, column);
    return value >= 0 && value <= INT32_MAX ? (int32_t)value : -1;
}

static float number_known(sqlite3_stmt *statement, int column)
{
    if (sqlite3_column_type(statement, column) == SQLITE_NULL)
        return NAN;
    double value = sqlite3_column_double(statement, column);
    return fabs(value) <= 1e9 ? (float)value : NAN;
}

static const char *copy(struct arena *memory, sqlite3_stmt *statement, int column)
{
    const char *text = database_column_text(statement, column);
    return arena_copy_text(memory, text, (size_t)sqlite3_column_bytes(statement, column));
}

/* `column` is `stored` of cover_colours, the next one `colour`. */
static enum cover_origin cover_of(sqlite3_stmt *row, int column, bool generated)
{
    if (sqlite3_column_int(row, column) == 1)
        return COVER_STORED;
    return generated ? COVER_GENERATED : COVER_PLACEHOLDER;
}

static uint32_t colour_of(sqlite3_stmt *row, int column, enum cover_origin cover)
{
    int64_t colour = sqlite3_column_int64(row, column + 1);
    bool known = cover != COVER_PLACEHOLDER && sqlite3_column_type(row, column + 1) == SQLITE_INTEGER;
    return known && colour >= 0 && colour <= 0xffffff ? (uint32_t)colour : COVER_NO_COLOUR;
}

static bool fill_track(struct arena *memory, sqlite3_stmt *row, bool generated, struct track *track)
{
    enum cover_origin cover =
        sqlite3_column_type(row, 1) == SQLITE_NULL ? COVER_PLACEHOLDER : cover_of(row, 11, generated);
    *track = (struct track){
        .id = sqlite3_column_int64(row, 0),
        .album_id = sqlite3_column_int64(row, 1),
        .artist_id = sqlite3_column_int64(row, 2),
        .key = copy(memory, row, 3),
        .title = copy(memory, row, 4),
        .artist = copy(memory, row, 5),
        .album = copy(memory, row, 6),
        .duration_ms = integer_known(row, 7),
        .year = database_year(database_column_text(row, 8)),
        .popularity = integer_known(row, 9),
        .n_playlists = sqlite3_column_int64(row, 10),
        .cover = cover,
        .cover_colour = colour_of(row, 11, cover),
    };
    return track->key && track->title && track->artist && track->album;
}

static enum status read_tracks(struct catalogue *catalogue, const int64_t *ids, size_t count, struct track_list *list,
                               struct error *error)
{
    sqlite3_stmt *statement = NULL;
    bool generated;
    enum status status = catalogue_covers_generated(catalogue, &generated, error);
    if (status == STATUS_OK)
        status = database_prepare(catalogue, TRACK_COLUMNS "WHERE t.id = ?", &statement, error);
    if (status == STATUS_OK) {
        list->items =
            count < SIZE_MAX / sizeof *list->items ? arena_alloc(&list->memory, count * sizeof *list->items) : NULL;
        if (!list->items)
            status = error_no_memory(error);
    }
    for (; status == STATUS_OK && list->count < count; list->count++) {
        sqlite3_bind_int64(statement, 1, ids[list->count]);
        bool row;
        status = database_step_row(catalogue, statement, &row, "read tracks", error);
        if (status == STATUS_OK && !row)
            status = error_set(error, STATUS_FAILED, "there is no track number %lld in %s", (long long)ids[list->count],
                               catalogue->path);
        else if (status == STATUS_OK && !fill_track(&list->memory, statement, generated, &list->items[list->count]))
            status = error_no_memory(error);
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    return status;
}

enum status catalogue_tracks_read(struct catalogue *catalogue, const int64_t *ids, size_t count,
                                  struct track_list *list, struct error *error)
{
    *list = (struct track_list){0};
    bool owned;
    enum status status = database_reading_begin(catalogue, &owned, error);
    if (status == STATUS_OK)
        status = read_tracks(catalogue, ids, count, list, error);
    database_reading_end(catalogue, owned);
    if (status != STATUS_OK)
        track_list_free(list);
    return status;
}

enum status catalogue_track_makers(struct catalogue *catalogue, int64_t *n_tracks, int64_t **artists, int64_t **albums,
                                   struct error *error)
{
    struct catalogue_counts counts;
    sqlite3_stmt *statement = NULL;
    *artists = *albums = NULL;
    *n_tracks = 0;
    enum status status = catalogue_count(catalogue, &counts, error);
    if (status == STATUS_OK)
        status = database_prepare(catalogue, "SELECT artist_id, album_id FROM tracks WHERE id <= ? ORDER BY id",
                                  &statement, error);
    if (status != STATUS_OK)
        return status;
    *artists = malloc(((size_t)counts.tracks + 1) * sizeof **artists);
    *albums = malloc(((size_t)counts.tracks + 1) * sizeof **albums);
    if (!*artists || !*albums)
        status = error_no_memory(error);
    sqlite3_bind_int64(statement, 1, counts.tracks);
    bool row = status == STATUS_OK;
    while (row) {
        status = database_step_row(catalogue, statement, &row, "read tracks", error);
        row = row && status == STATUS_OK && *n_tracks < counts.tracks;
        if (row) {
            (*artists)[*n_tracks] = sqlite3_column_int64(statement, 0);
            (*albums)[(*n_tracks)++] = sqlite3_column_int64(statement, 1);
        }
    }
    sqlite3_finalize(statement);
    if (status != STATUS_OK) {
        free(*artists);
        free(*albums);
        *artists = *albums = NULL;
    }
    return status;
}

/* The numbers that a query with one optional integer parameter gives. */
static enum status read_ids(struct catalogue *catalogue, const char *sql, int64_t parameter, struct buffer *ids,
                            struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(catalogue, sql, &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, parameter);
    bool row = true;
    while (status == STATUS_OK && row) {
        status = database_step_row(catalogue, statement, &row, "read the catalogue", error);
        int64_t id = row ? sqlite3_column_int64(statement, 0) : 0;
        if (row)
            buffer_add(ids, &id, sizeof id);
    }
    sqlite3_finalize(statement);
    return status == STATUS_OK && ids->failed ? error_no_memory(error) : status;
}

enum status catalogue_album_tracks(struct catalogue *catalogue, int64_t album_id, struct track_list *list,
                                   struct error *error)
{
    *list = (struct track_list){0};
    struct buffer ids = {0};
    enum status status =
        read_ids(catalogue, "SELECT id FROM tracks WHERE album_id = ? ORDER BY id", album_id, &ids, error);
    if (status == STATUS_OK)
        status = catalogue_tracks_read(catalogue, (const int64_t *)(const void *)ids.data, ids.size / sizeof(int64_t),
                                       list, error);
    buffer_free(&ids);
    return status;
}

/* ---- albums ---- */

struct album_reader {
    sqlite3_stmt *metadata, *means;
    bool generated; /* covers */
};

static enum status album_reader_open(struct catalogue *catalogue, struct album_reader *reader, struct error *error)
{
    *reader = (struct album_reader){0};
    enum status status = catalogue_covers_generated(catalogue, &reader->generated, error);
    if (status == STATUS_OK)
        status = database_prepare(
            catalogue,
            "SELECT b.id, b.artist_id, b.key, b.title, a.name, g.name, b.release_date, v.stored, v.colour FROM albums b"
            " JOIN artists a ON a.id = b.artist_id LEFT JOIN genres g ON g.id = b.genre_id"
            " LEFT JOIN cover_colours v ON v.album_id = b.id WHERE b.id = ?",
            &reader->metadata, error);
    if (status == STATUS_OK)
        status = database_prepare(
            catalogue,
            "SELECT count(*), avg(f.danceability), avg(f.energy), avg(f.key), avg(f.loudness), avg(f.mode),"
            " avg(f.speechiness), avg(f.acousticness), avg(f.instrumentalness), avg(f.liveness), avg(f.valence),"
            " avg(f.tempo), avg(f.time_signature)"
            " FROM tracks t LEFT JOIN track_audio f ON f.track_id = t.id WHERE t.album_id = ?",
            &reader->means, error);
    return status;
}

static enum status read_album(struct catalogue *catalogue, struct album_reader *reader, int64_t id,
                              struct arena *memory, struct album *album, struct error *error)
{
    bool row;
    sqlite3_bind_int64(reader->metadata, 1, id);
    sqlite3_bind_int64(reader->means, 1, id);
    enum status status = database_step_row(catalogue, reader->metadata, &row, "read albums", error);
    if (status != STATUS_OK)
        return status;
    if (!row)
        return error_set(error, STATUS_FAILED, "there is no album number %lld in %s", (long long)id, catalogue->path);
    *album = (struct album){
        .id = id,
        .artist_id = sqlite3_column_int64(reader->metadata, 1),
        .key = copy(memory, reader->metadata, 2),
        .title = copy(memory, reader->metadata, 3),
        .artist = copy(memory, reader->metadata, 4),
        .genre = copy(memory, reader->metadata, 5),
        .year = database_year(database_column_text(reader->metadata, 6)),
        .cover = cover_of(reader->metadata, 7, reader->generated),
    };
    album->cover_colour = colour_of(reader->metadata, 7, album->cover);
    if (!album->key || !album->title || !album->artist || !album->genre)
        return error_no_memory(error);
    status = database_step_row(catalogue, reader->means, &row, "read albums", error);
    album->n_tracks = row ? sqlite3_column_int(reader->means, 0) : 0;
    for (int i = 0; i < AUDIO_FEATURES; i++)
        album->audio[i] = row ? number_known(reader->means, 1 + i) : NAN;
    return status;
}

static enum status read_albums(struct catalogue *catalogue, const int64_t *ids, size_t count, struct album_list *list,
                               struct error *error)
{
    int64_t all = 0;
    enum status status = STATUS_OK;
    if (!ids) {
        status = database_highest(catalogue, "SELECT max(id) FROM albums", &all, error);
        count = (size_t)all;
    }
    struct album_reader reader = {0};
    if (status == STATUS_OK)
        status = album_reader_open(catalogue, &reader, error);
    if (status == STATUS_OK) {
        list->items =
            count < SIZE_MAX / sizeof *list->items ? arena_alloc(&list->memory, count * sizeof *list->items) : NULL;
        if (!list->items)
            status = error_no_memory(error);
    }
    for (; status == STATUS_OK && list->count < count; list->count++) {
        int64_t id = ids ? ids[list->count] : (int64_t)list->count + 1;
        status = read_album(catalogue, &reader, id, &list->memory, &list->items[list->count], error);
        sqlite3_reset(reader.metadata);
        sqlite3_reset(reader.means);
    }
    sqlite3_finalize(reader.metadata);
    sqlite3_finalize(reader.means);
    return status;
}

enum status catalogue_albums_read(struct catalogue *catalogue, const int64_t *ids, size_t count,
                                  struct album_list *list, struct error *error)
{
    *list = (struct album_list){0};
    bool owned;
    enum status status = database_reading_begin(catalogue, &owned, error);
    if (status == STATUS_OK)
        status = read_albums(catalogue, ids, count, list, error);
    database_reading_end(catalogue, owned);
    if (status != STATUS_OK)
        album_list_free(list);
    return status;
}

/* Adds the second column of `sql` up for each artist, the first one: sums [n_artists + 1]. Artists with a negative sum
 * are left out. Not in SQL, which would sort the tracks for it. */
static enum status add_up(struct catalogue *catalogue, const char *sql, int64_t n_artists, int64_t *sums,
                          struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(catalogue, sql, &statement, error);
    for (bool row = true; status == STATUS_OK && row;) {
        status = database_step_row(catalogue, statement, &row, "read the catalogue", error);
        int64_t artist = row ? sqlite3_column_int64(statement, 0) : 0;
        int64_t entries = row ? sqlite3_column_int64(statement, 1) : 0;
        if (!row || artist < 1 || artist > n_artists || sums[artist] < 0)
            continue;
        if (entries < 0 || __builtin_add_overflow(sums[artist], entries, &sums[artist]))
            status = error_set(error, STATUS_BAD_DATA,
                               "%s is damaged: a track's number of entries is %lld; run 'sleeve doctor' for details",
                               catalogue->path, (long long)entries);
    }
    sqlite3_finalize(statement);
    return status;
}

/* Adds the artists with the largest sums to "1,2,3", until it has `wanted`; ties by number. Their sums become -1. */
static int take_largest(int64_t *sums, int64_t n_artists, int found, int wanted, struct buffer *list)
{
    for (; found < wanted; found++) {
        int64_t best = 0;
        for (int64_t artist = 1; artist <= n_artists; artist++)
            if (sums[artist] > sums[best])
                best = artist;
        if (best == 0)
            break;
        buffer_printf(list, "%s%lld", found > 0 ? "," : "", (long long)best);
        sums[best] = -1;
    }
    return found;
}

/* The artists with the most entries, then those without entries with the most albums (music files without playlists),
 * at most `wanted`, as "1,2,3". */
static enum status top_artists(struct catalogue *catalogue, int wanted, struct buffer *list, struct error *error)
{
    static const char entries[] =
        "SELECT t.artist_id, c.n_entries FROM track_counts c JOIN tracks t ON t.id = c.track_id";
    static const char albums[] = "SELECT artist_id, 1 FROM albums";
    int64_t n_artists;
    int found = 0;
    enum status status = database_highest(catalogue, "SELECT max(id) FROM artists", &n_artists, error);
    int64_t *sums = status == STATUS_OK ? calloc((size_t)n_artists + 1, sizeof *sums) : NULL;
    if (status == STATUS_OK)
        status = sums ? add_up(catalogue, entries, n_artists, sums, error) : error_no_memory(error);
    if (status == STATUS_OK)
        found = take_largest(sums, n_artists, found, wanted, list);
    if (status == STATUS_OK && found < wanted)
        status = add_up(catalogue, albums, n_artists, sums, error);
    if (status == STATUS_OK)
        take_largest(sums, n_artists, found, wanted, list);
    free(sums);
    return status == STATUS_OK && list->failed ? error_no_memory(error) : status;
}

enum status catalogue_top_artist_albums(struct catalogue *catalogue, int n_artists, struct album_list *list,
                                        struct error *error)
{
    *list = (struct album_list){0};
    struct buffer artists = {0}, sql = {0}, ids = {0};
    enum status status = top_artists(catalogue, n_artists, &artists, error);
    buffer_printf(&sql,
                  "SELECT b.id FROM albums b JOIN artists a ON a.id = b.artist_id WHERE b.artist_id IN (%s)"
                  " ORDER BY a.name COLLATE NOCASE, a.id, b.id",
                  artists.data ? artists.data : "");
    if (status == STATUS_OK)
        status = sql.failed ? error_no_memory(error) : read_ids(catalogue, sql.data, 0, &ids, error);
    static const int64_t none;
    const int64_t *numbers = ids.data ? (const int64_t *)(const void *)ids.data : &none;
    if (status == STATUS_OK)
        status = catalogue_albums_read(catalogue, numbers, ids.size / sizeof(int64_t), list, error);
    buffer_free(&artists);
    buffer_free(&sql);
    buffer_free(&ids);
    return status;
}
