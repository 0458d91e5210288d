#include "cli/playlist_history.h"

#include <stdlib.h>

#include "app/playlist_history.h"
#include "cli/commands.h"

/* Opens the app and finds the playlist of the second word. */
static enum status open_playlist(struct cli *cli, bool write, struct app **app, int64_t *id, struct error *error)
{
    enum status status = cli_open_app(cli, write, app, error);
    if (status == STATUS_OK)
        status = app_playlist_find(*app, cli->arguments[1], id, error);
    if (status == STATUS_OK && *id == 0)
        status = error_set(error, STATUS_BAD_DATA,
                           "there is no playlist \"%.200s\"; `sleeve playlists --own` lists "
                           "those that were made in the explorer",
                           cli->arguments[1]);
    return status;
}

static void add_json(const struct playlist_past *past, struct json_writer *json)
{
    json_object_begin(json);
    json_pair_integer(json, "version", past->version);
    json_key(json, "saved");
    if (past->saved > 0)
        json_integer(json, past->saved);
    else
        json_null(json);
    json_pair_text(json, "name", past->name);
    json_pair_integer(json, "tracks", (int64_t)past->tracks.count);
    json_pair_integer(json, "added", (int64_t)past->changes.added);
    json_pair_integer(json, "removed", (int64_t)past->changes.removed);
    json_pair_integer(json, "moved", (int64_t)past->changes.moved);
    json_pair_bool(json, "renamed", past->renamed);
    json_object_end(json);
}

static void add_line(const struct playlist_past *past, struct buffer *out)
{
    char when[PLAYLIST_PAST_TIME], what[PLAYLIST_PAST_TEXT];
    playlist_past_time(past, when);
    playlist_past_describe(past, what);
    buffer_printf(out, "%lld\t%s\t%zu\t%s\t", (long long)past->version, when, past->tracks.count, what);
    cli_add_field(out, past->name, '\n');
}

enum status cli_playlist_history(struct cli *cli, struct error *error)
{
    struct app *app = NULL;
    struct playlist_history history = {0};
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    int64_t id = 0;
    enum status status = open_playlist(cli, false, &app, &id, error);
    if (status == STATUS_OK)
        status = app_playlist_history(app, id, &history, error);
    app_close(app);
    if (status != STATUS_OK)
        return status;
    if (cli->json)
        json_array_begin(&json);
    else
        buffer_add_text(&out, "version\tsaved\ttracks\tchange\tname\n");
    for (size_t i = 0; i < history.count; i++) {
        if (cli->json)
            add_json(&history.items[i], &json);
        else
            add_line(&history.items[i], &out);
    }
    playlist_history_free(&history);
    if (!cli->json)
        return cli_print_table(&out, error);
    json_array_end(&json);
    buffer_add_byte(&out, '\n');
    return cli_print(&out, error);
}

enum status cli_playlist_restore(struct cli *cli, struct error *error)
{
    struct app *app = NULL;
    struct own_playlist restored = {0};
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    int64_t id = 0;
    char *end;
    const long long version = strtoll(cli->arguments[2], &end, 10);
    if (*end || version < 1)
        return error_set(error, STATUS_USAGE, "\"%.60s\" is not a number of `sleeve playlists history`",
                         cli->arguments[2]);
    enum status status = open_playlist(cli, true, &app, &id, error);
    if (status == STATUS_OK)
        status = app_playlist_restore(app, id, version, &restored, error);
    app_close(app);
    if (status != STATUS_OK)
        return status;
    if (cli->json) {
        json_object_begin(&json);
        json_pair_text(&json, "name", restored.name);
        json_pair_integer(&json, "restored", version);
        json_pair_integer(&json, "tracks", (int64_t)restored.count);
        json_object_end(&json);
        buffer_add_byte(&out, '\n');
    } else {
        buffer_printf(&out, "\"%s\" is version %lld again: %zu %s\n", restored.name, version, restored.count,
                      restored.count == 1 ? "track" : "tracks");
    }
    own_playlist_free(&restored);
    return cli_print(&out, error);
}
