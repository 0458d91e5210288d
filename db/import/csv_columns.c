#include "db/import/csv_columns.h"

#include <string.h>
#include <strings.h>

#include "db/spreadsheet.h"

/* The names of each field: for --map and in files of the preset `playlists`, and in files of `spotify-songs`. */
static const struct {
    const char *own, *spotify_songs;
} names[CSV_FIELDS] = {
    [FIELD_PLAYLIST] = {"playlist", "playlist_name"},
    [FIELD_PLAYLIST_ID] = {"playlist_id", "playlist_id"},
    [FIELD_POS] = {"pos", NULL},
    [FIELD_TRACK] = {"track", "track_name"},
    [FIELD_TRACK_ID] = {"track_id", "track_id"},
    [FIELD_ARTIST] = {"artist", "track_artist"},
    [FIELD_ARTIST_ID] = {"artist_id", NULL},
    [FIELD_ALBUM] = {"album", "track_album_name"},
    [FIELD_ALBUM_ID] = {"album_id", "track_album_id"},
    [FIELD_RELEASE_DATE] = {"release_date", "track_album_release_date"},
    [FIELD_DURATION_MS] = {"duration_ms", "duration_ms"},
    [FIELD_SECONDS] = {"seconds", NULL},
    [FIELD_POPULARITY] = {"popularity", "track_popularity"},
    [FIELD_GENRE] = {"genre", "playlist_genre"},
    [FIELD_SUBGENRE] = {"subgenre", "playlist_subgenre"},
    [FIELD_GUARDED] = {SPREADSHEET_COLUMN, NULL},
    [FIELD_AUDIO + 0] = {"danceability", "danceability"},
    [FIELD_AUDIO + 1] = {"energy", "energy"},
    [FIELD_AUDIO + 2] = {"key", "key"},
    [FIELD_AUDIO + 3] = {"loudness", "loudness"},
    [FIELD_AUDIO + 4] = {"mode", "mode"},
    [FIELD_AUDIO + 5] = {"speechiness", "speechiness"},
    [FIELD_AUDIO + 6] = {"acousticness", "acousticness"},
    [FIELD_AUDIO + 7] = {"instrumentalness", "instrumentalness"},
    [FIELD_AUDIO + 8] = {"liveness", "liveness"},
    [FIELD_AUDIO + 9] = {"valence", "valence"},
    [FIELD_AUDIO + 10] = {"tempo", "tempo"},
    [FIELD_AUDIO + 11] = {"time_signature", "time_signature"},
};

static int shown(const struct csv_record *header)
{
    return header->n_fields < CSV_FIELDS_MAX ? header->n_fields : CSV_FIELDS_MAX;
}

static int column_named(const struct csv_record *header, const char *name, size_t size)
{
    for (int i = 0; i < shown(header); i++)
        if (header->sizes[i] == size && strncasecmp(header->fields[i], name, size) == 0)
            return i;
    return -1;
}

static bool has(const struct csv_record *header, const char *name)
{
    return column_named(header, name, strlen(name)) >= 0;
}

static int field_named(const char *name, size_t size)
{
    for (int field = 0; field < CSV_FIELDS; field++)
        if (strlen(names[field].own) == size && strncmp(names[field].own, name, size) == 0)
            return field;
    return -1;
}

/* Column names for a message. */
static void list_columns(const struct csv_record *header, struct buffer *out)
{
    for (int i = 0; i < shown(header) && out->size < 400; i++)
        buffer_printf(out, "%s%.40s", i > 0 ? ", " : "", header->fields[i]);
}

static enum status apply_map(const char *path, const struct csv_record *header, const char *map,
                             struct csv_columns *columns, struct error *error)
{
    while (*map) {
        size_t size = strcspn(map, ","), equals = strcspn(map, "=");
        if (equals >= size || equals == 0 || equals + 1 == size)
            return error_set(error, STATUS_USAGE, "--map wants field=column pairs with commas between, not \"%.*s\"",
                             (int)(size < 80 ? size : 80), map);
        int field = field_named(map, equals);
        if (field < 0)
            return error_set(
                error, STATUS_USAGE,
                "--map: there is no field \"%.*s\"; the fields are playlist, playlist_id, pos, track, track_id, "
                "artist, "
                "artist_id, album, album_id, release_date, duration_ms, seconds, popularity, genre, subgenre and "
                "the audio features",
                (int)(equals < 80 ? equals : 80), map);
        columns->column[field] = column_named(header, map + equals + 1, size - equals - 1);
        if (columns->column[field] < 0) {
            struct buffer list = {0};
            list_columns(header, &list);
            error_set(error, STATUS_USAGE, "--map: %s has no column \"%.*s\"; its columns are: %s", path,
                      (int)(size - equals - 1 < 80 ? size - equals - 1 : 80), map + equals + 1,
                      list.data ? list.data : "");
            buffer_free(&list);
            return STATUS_USAGE;
        }
        map += size + (map[size] == ',');
    }
    return STATUS_OK;
}

enum status csv_columns_find(const char *path, const struct csv_record *header, const struct csv_options *options,
                             struct csv_columns *columns, struct error *error)
{
    enum csv_preset preset = options->preset;
    if (preset == CSV_AUTO)
        preset = has(header, "playlist_id") && has(header, "track_name") ? CSV_SPOTIFY_SONGS : CSV_PLAYLISTS;
    if (options->preset == CSV_EXPORTIFY)
        return error_set(
            error, STATUS_USAGE,
            "%s: Exportify tables hold one playlist and no column that names it; add a column playlist and use "
            "--map playlist=playlist,track=\"Track Name\",artist=\"Artist Name(s)\",...",
            path);
    columns->n_columns = header->n_fields;
    columns->na_is_unknown = preset == CSV_SPOTIFY_SONGS;
    for (int field = 0; field < CSV_FIELDS; field++) {
        const char *name = preset == CSV_SPOTIFY_SONGS ? names[field].spotify_songs : names[field].own;
        columns->column[field] = name ? column_named(header, name, strlen(name)) : -1;
    }
    enum status status = options->map ? apply_map(path, header, options->map, columns, error) : STATUS_OK;
    if (status != STATUS_OK)
        return status;
    bool playlist = columns->column[FIELD_PLAYLIST] >= 0 || columns->column[FIELD_PLAYLIST_ID] >= 0;
    if (playlist && columns->column[FIELD_TRACK] >= 0 && columns->column[FIELD_ARTIST] >= 0)
        return STATUS_OK;
    struct buffer list = {0};
    list_columns(header, &list);
    error_set(error, STATUS_BAD_DATA,
              "%s, line %lld: no column is known as %s; the columns are: %s; say which is which with --map "
              "playlist=...,track=...,artist=...",
              path, header->line,
              !playlist                          ? "the playlist"
              : columns->column[FIELD_TRACK] < 0 ? "the track"
                                                 : "the artist",
              list.data ? list.data : "");
    buffer_free(&list);
    return STATUS_BAD_DATA;
}
