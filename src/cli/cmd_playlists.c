#include <stdlib.h>
#include <string.h>

#include "app/lookup.h"
#include "cli/commands.h"
#include "cli/playlist_history.h"

static const struct cli_option options[] = {
    {"own", 0, NULL, "only playlists made in the explorer"},
    {"limit", 'n', "N", "at most N playlists (default: all)"},
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

/* What `playlists` does with single ones: its first word. */
static const struct {
    const char *name;
    enum status (*run)(struct cli *cli, struct error *error);
    int arguments;
} verbs[] = {
    {"history", cli_playlist_history, 2},
    {"restore", cli_playlist_restore, 3},
};

static enum status run(struct cli *cli, struct error *error)
{
    if (cli->n_arguments == 0)
        return list(cli, error);
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(cli->arguments[0], verbs[i].name) == 0 && cli->n_arguments == verbs[i].arguments)
            return verbs[i].run(cli, error);
    return error_set(error, STATUS_USAGE, "usage: sleeve playlists %s", cli->command->arguments);
}

const struct command cli_command_playlists = {
    .name = "playlists",
    .arguments = "[--own] [-n N] | history KEY | restore KEY VERSION",
    .summary = "list the playlists of the catalogue; go back to earlier versions",
    .details =
        "history: the versions of a playlist that was made in the explorer, the newest first. Each save that changes "
        "one\n"
        "is a version, up to 50: the newest 20, the first, and between them those that are spread best over time.\n"
        "restore: makes a version the present one. What it replaces stays in the history.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .arguments_max = 3,
    .choices = "history|restore",
    .run = run,
};
