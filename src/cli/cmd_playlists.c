#include <limits.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/playlist_duplicates.h"
#include "cli/playlist_history.h"
#include "cli/playlist_sets.h"

static const struct cli_option options[] = {
    {"own", 0, NULL, "only playlists made in the explorer"},
    {"limit", 'n', "N", "at most N playlists (default: all)"},
    {"remove", 0, NULL, "duplicates: remove them from the playlist (your own ones)"},
    {"into", 0, "NAME", "merge and subtract: the name of the new playlist"},
};

static const struct cli_verb verb_options[] = {
    {"", "own|limit"}, {"history", ""},   {"restore", ""},      {"duplicates", "remove"},
    {"compare", ""},   {"merge", "into"}, {"subtract", "into"}, {NULL, NULL},
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

/* Reads and prints in pieces, each twice as long as the one before, so that output starts at once even for a million
 * playlists. On a terminal each piece has its own column widths. `left` 0: all of them. */
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
        if (status == STATUS_OK && count == piece) /* a shorter piece is the last: it stays in `out` for what follows */
            status = print_piece(cli, out, error);
        piece *= 2;
    } while (status == STATUS_OK && count == piece / 2 && (!limited || *left > 0));
    return status;
}

/* Playlists made in the explorer come first, the latest on top. */
static enum status list(struct cli *cli, struct error *error)
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

/* What `playlists` does with single ones: its first word, and how many words there may be. */
static const struct {
    const char *name;
    enum status (*run)(struct cli *cli, struct error *error);
    int least, most;
} verbs[] = {
    {"history", cli_playlist_history, 2, 2},       {"restore", cli_playlist_restore, 3, 3},
    {"duplicates", cli_playlist_duplicates, 1, 2}, {"compare", cli_playlist_compare, 3, 3},
    {"merge", cli_playlist_merge, 3, INT_MAX},     {"subtract", cli_playlist_subtract, 3, INT_MAX},
};

static enum status run(struct cli *cli, struct error *error)
{
    const int count = cli->n_arguments;
    if (count == 0)
        return list(cli, error);
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(cli->arguments[0], verbs[i].name) == 0 && count >= verbs[i].least && count <= verbs[i].most)
            return verbs[i].run(cli, error);
    return error_set(error, STATUS_USAGE, "usage: sleeve playlists %s", cli->command->arguments);
}

const struct command cli_command_playlists = {
    .name = "playlists",
    .arguments = "[history|restore|duplicates|compare|merge|subtract [PLAYLIST...]] [--own] [-n N] [--into NAME]",
    .summary = "list playlists; their versions and duplicates; compare and merge them",
    .details =
        "Without a word, lists the playlists of the catalogue.\n"
        "history PLAYLIST: the versions of a playlist that was made in the explorer, the newest first. Each save that\n"
        "changes one is a version, up to 50: the newest 20, the first, and between them those that are spread best\n"
        "over time.\n"
        "restore PLAYLIST VERSION: makes a version the present one. What it replaces stays in the history.\n"
        "duplicates [PLAYLIST]: songs that are in it more than once, or in several of your playlists: the same track,\n"
        "the same recording under another key, and other versions (live, remix, ...) of the song, the studio\n"
        "recording first. --remove keeps the first of each recording; other versions stay.\n"
        "compare A B: the tracks of both, of the first and of the second only.\n"
        "merge A B... --into NAME: a new playlist of A and what the others have besides.\n"
        "subtract A B... --into NAME: a new playlist of A without the tracks of the others.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .arguments_max = -1,
    .choices = "history|restore|duplicates|compare|merge|subtract",
    .verbs = verb_options,
    .run = run,
};
