#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"

static void add_pair(struct buffer *out, const char *name, const char *value)
{
    buffer_printf(out, "%s\t", name);
    cli_add_field(out, value, '\n');
}

static enum status show_track(struct cli *cli, struct catalogue *catalogue, int64_t id, struct error *error)
{
    struct track_list tracks = {0};
    struct album_list albums = {0};
    enum status status = catalogue_tracks_read(catalogue, &id, 1, &tracks, error);
    if (status == STATUS_OK && tracks.items[0].album_id > 0)
        status = catalogue_albums_read(catalogue, &tracks.items[0].album_id, 1, &albums, error);
    if (status == STATUS_OK && cli->json)
        status = cli_print_tracks(cli, &tracks, error);
    else if (status == STATUS_OK) {
        const struct track *track = &tracks.items[0];
        struct buffer out = {0};
        add_pair(&out, "track", track->title);
        add_pair(&out, "artist", track->artist);
        add_pair(&out, "album", track->album);
        buffer_add_text(&out, "album key\t");
        cli_add_key(&out, albums.count > 0 ? albums.items[0].key : "", '\n');
        buffer_add_text(&out, "time\t");
        cli_add_duration(&out, track->duration_ms);
        buffer_add_text(&out, "\nyear\t");
        cli_add_year(&out, track->year);
        buffer_printf(&out, "\nplaylists\t%lld\n", (long long)track->n_playlists);
        buffer_add_text(&out, "key\t");
        cli_add_key(&out, track->key, '\n');
        status = cli_print(&out, error);
    }
    album_list_free(&albums);
    track_list_free(&tracks);
    return status;
}

static enum status show_album(struct cli *cli, struct catalogue *catalogue, int64_t id, struct error *error)
{
    struct track_list tracks = {0};
    enum status status = catalogue_album_tracks(catalogue, id, &tracks, error);
    if (status == STATUS_OK)
        status = cli_print_tracks(cli, &tracks, error);
    track_list_free(&tracks);
    return status;
}

static enum status show_playlist(struct cli *cli, struct catalogue *catalogue, int64_t id, struct error *error)
{
    int64_t *ids = NULL;
    size_t count = 0;
    struct track_list tracks = {0};
    enum status status = catalogue_playlist_entries(catalogue, id, &ids, &count, error);
    if (status == STATUS_OK)
        status = catalogue_tracks_read(catalogue, ids, count, &tracks, error);
    if (status == STATUS_OK)
        status = cli_print_tracks(cli, &tracks, error);
    track_list_free(&tracks);
    free(ids);
    return status;
}

/* What is written exactly so comes before what is meant in another way. */
static enum status run(struct cli *cli, struct error *error)
{
    const struct {
        enum status (*find)(struct catalogue *, const char *, int64_t *, struct error *);
        enum status (*show)(struct cli *, struct catalogue *, int64_t, struct error *);
    } ways[] = {{catalogue_track_find_exactly, show_track},
                {catalogue_album_find_exactly, show_album},
                {catalogue_playlist_find, show_playlist},
                {catalogue_track_find, show_track},
                {catalogue_album_find, show_album},
                {catalogue_track_find_old, show_track},
                {catalogue_playlist_find_named, show_playlist}};
    const char *key = cli->arguments[0];
    struct catalogue *catalogue = NULL;
    enum status status = cli_open_catalogue(cli, CATALOGUE_READ, &catalogue, error);
    int64_t id = 0;
    for (size_t i = 0; status == STATUS_OK && id == 0 && i < sizeof ways / sizeof *ways; i++) {
        status = ways[i].find(catalogue, key, &id, error);
        if (status == STATUS_OK && id > 0)
            status = ways[i].show(cli, catalogue, id, error);
    }
    if (status == STATUS_OK && id == 0)
        status = error_set(error, STATUS_BAD_DATA, "no track, album or playlist has the key \"%s\"", key);
    catalogue_close(catalogue);
    return status;
}

const struct command cli_command_show = {
    .name = "show",
    .arguments = "KEY",
    .summary = "a track's metadata, an album's or a playlist's tracks",
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};

static const struct cli_option playlist_options[] = {
    {"own", 0, NULL, "only those made in the explorer"},
    {"limit", 'n', "N", "at most so many (default: all)"},
};

static void add_playlist(const struct cli *cli, const struct playlist *playlist, struct buffer *out,
                         struct json_writer *json)
{
    if (cli->json) {
        json_object_begin(json);
        json_pair_text(json, "key", playlist->key);
        json_pair_text(json, "name", playlist->name);
        json_pair_bool(json, "own", playlist->own);
        json_pair_integer(json, "tracks", playlist->n_entries);
        json_pair_integer(json, "duration_ms", playlist->duration_ms);
        json_object_end(json);
        return;
    }
    cli_add_key(out, playlist->key, '\t');
    cli_add_field(out, playlist->name, '\t');
    buffer_printf(out, "%lld\t", (long long)playlist->n_entries);
    cli_add_duration(out, playlist->duration_ms);
    buffer_add_byte(out, '\n');
}

static enum status print_piece(const struct cli *cli, struct buffer *out, struct error *error)
{
    return cli->json ? cli_print(out, error) : cli_print_table(out, error);
}

/* Reads and prints piece by piece, each twice as long as the one before: the first lines of a million come at once. On
 * a terminal each piece has columns of its own. `left` 0: all there are. */
static enum status print_kind(const struct cli *cli, struct catalogue *catalogue, bool own, int64_t *left,
                              struct buffer *out, struct json_writer *json, struct error *error)
{
    const bool limited = *left > 0;
    enum status status = STATUS_OK;
    size_t piece = 1000, offset = 0, count = 0;
    do {
        struct playlist_list list = {0};
        size_t wanted = limited && (int64_t)piece > *left ? (size_t)*left : piece;
        status = catalogue_playlists_read(catalogue, own, wanted, offset, &list, error);
        count = list.count;
        for (size_t i = 0; i < count; i++)
            add_playlist(cli, &list.items[i], out, json);
        playlist_list_free(&list);
        *left -= limited ? (int64_t)count : 0;
        offset += count;
        if (status == STATUS_OK && count == piece) /* the last one is printed with what comes behind it */
            status = print_piece(cli, out, error);
        piece *= 2;
    } while (status == STATUS_OK && count == piece / 2 && (!limited || *left > 0));
    return status;
}

/* Those made in the explorer first, the latest on top. */
static enum status run_playlists(struct cli *cli, struct error *error)
{
    int64_t limit;
    enum status status = cli_integer(cli, "limit", 1, INT64_MAX / 2, 0, &limit, error);
    struct catalogue *catalogue = NULL;
    if (status == STATUS_OK)
        status = cli_open_catalogue(cli, CATALOGUE_READ, &catalogue, error);
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    if (cli->json)
        json_array_begin(&json);
    else
        buffer_add_text(&out, "key\tname\ttracks\ttime\n");
    int64_t left = limit;
    int kinds = cli_flag(cli, "own") ? 1 : 2;
    for (int kind = 0; status == STATUS_OK && kind < kinds && (limit == 0 || left > 0); kind++)
        status = print_kind(cli, catalogue, kind == 0, &left, &out, &json, error);
    if (cli->json) {
        json_array_end(&json);
        buffer_add_byte(&out, '\n');
    }
    catalogue_close(catalogue);
    if (status == STATUS_OK)
        return print_piece(cli, &out, error);
    buffer_free(&out);
    return status;
}

const struct command cli_command_playlists = {
    .name = "playlists",
    .arguments = "[--own] [-n N]",
    .summary = "the playlists of the catalogue",
    .options = playlist_options,
    .n_options = sizeof playlist_options / sizeof playlist_options[0],
    .run = run_playlists,
};

static const struct cli_option export_options[] = {
    {"spreadsheet", 0, NULL, "csv: guard fields that a spreadsheet would compute"},
};

static enum status run_export(struct cli *cli, struct error *error)
{
    static const char *const names[] = {[EXPORT_CSV] = "csv", [EXPORT_M3U8] = "m3u8", [EXPORT_URIS] = "uris"};
    size_t format = 0;
    while (format < 3 && strcmp(names[format], cli->arguments[0]) != 0)
        format++;
    if (format == 3)
        return error_set(error, STATUS_USAGE, "export writes csv, m3u8 or uris, not \"%s\"", cli->arguments[0]);
    if (cli_flag(cli, "spreadsheet")) {
        if (format != EXPORT_CSV)
            return error_set(error, STATUS_USAGE, "--spreadsheet is for csv; %s is not for spreadsheets",
                             names[format]);
        format = EXPORT_SPREADSHEET;
    }
    struct catalogue *catalogue = NULL;
    int64_t id = 0;
    enum status status = cli_open_catalogue(cli, CATALOGUE_READ, &catalogue, error);
    if (status == STATUS_OK)
        status = cli_find_playlist(catalogue, cli->arguments[1], &id, error);
    struct buffer out = {0};
    if (status == STATUS_OK)
        status = export_playlist(catalogue, id, (enum export_format)format, &out, error);
    catalogue_close(catalogue);
    if (status == STATUS_OK)
        return cli_print(&out, error);
    buffer_free(&out);
    return status;
}

const struct command cli_command_export = {
    .name = "export",
    .arguments = "csv|m3u8|uris PLAYLIST [--spreadsheet]",
    .summary = "a playlist as a file, on standard output",
    .details =
        "PLAYLIST is a key, a link or a name that only one has. csv is read again by import csv. A spreadsheet "
        "computes\n"
        "fields that begin with = + - or @: --spreadsheet writes an apostrophe before them (and before those with an\n"
        "apostrophe there already), and a column \"guarded\" by which import csv takes it off again. Files and pipes "
        "get\n"
        "the text as it is; on a terminal control characters and invisible ones are written as \\uXXXX.",
    .options = export_options,
    .n_options = sizeof export_options / sizeof export_options[0],
    .arguments_min = 2,
    .arguments_max = 2,
    .run = run_export,
};
