#include "cli/playlist_duplicates.h"

#include <stdlib.h>

#include "app/duplicates.h"
#include "cli/commands.h"
#include "cli/playlist_sets.h"

static void add_json(const struct duplicate *item, struct json_writer *json)
{
    json_object_begin(json);
    json_pair_integer(json, "song", (int64_t)item->song + 1);
    if (item->entry.playlist_name[0])
        json_pair_text(json, "playlist", item->entry.playlist_name);
    json_pair_integer(json, "entry", (int64_t)item->entry.position + 1);
    cli_json_track(json, item->entry.track);
    json_pair_integer(json, "duration_ms", item->entry.track->duration_ms);
    cli_json_year(json, item->entry.track->year);
    json_pair_text(json, "version", song_version_names[item->version]);
    json_pair_text(json, "relation", duplicate_names[item->kind]);
    json_object_end(json);
}

static enum status print(const struct cli *cli, const struct duplicates *duplicates, struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    if (cli->json)
        json_array_begin(&json);
    else
        buffer_printf(&out, "song\tplaylist\tentry\tversion\trelation\t%s", cli_track_header);
    for (size_t i = 0; i < duplicates->count; i++) {
        const struct duplicate *item = &duplicates->items[i];
        if (cli->json) {
            add_json(item, &json);
            continue;
        }
        buffer_printf(&out, "%zu\t", item->song + 1);
        cli_add_field(&out, item->entry.playlist_name, '\t');
        buffer_printf(&out, "%zu\t%s\t%s\t", item->entry.position + 1, song_version_names[item->version],
                      duplicate_names[item->kind]);
        cli_add_track(&out, item->entry.track);
    }
    if (!cli->json)
        return cli_print_table(&out, error);
    json_array_end(&json);
    buffer_add_byte(&out, '\n');
    return cli_print(&out, error);
}

/* Saves the playlist without the entries that are the same track or recording as another one. */
static enum status remove_all(struct app *app, const struct own_playlist *base, const struct duplicates *duplicates,
                              struct error *error)
{
    struct own_playlist mine = {0}, written = {0};
    enum playlist_outcome outcome;
    size_t kept = 0;
    bool *gone = calloc(base->count + 1, sizeof *gone);
    enum status status =
        gone ? own_playlist_set(&mine, base->id, base->name, base->ids, base->count, error) : error_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i < duplicates->count; i++)
        if (duplicate_removable(duplicates->items[i].kind))
            gone[duplicates->items[i].entry.position] = true;
    for (size_t i = 0; status == STATUS_OK && i < base->count; i++)
        if (!gone[i])
            mine.ids[kept++] = base->ids[i];
    mine.count = status == STATUS_OK ? kept : 0;
    if (status == STATUS_OK)
        status = app_playlist_save(app, base, &mine, &written, &outcome, error);
    if (status == STATUS_OK)
        log_message(LOG_INFO, "removed %zu; `sleeve playlists history` has the version before", base->count - kept);
    own_playlist_free(&mine);
    own_playlist_free(&written);
    free(gone);
    return status;
}

enum status cli_playlist_duplicates(struct cli *cli, struct error *error)
{
    struct app *app = NULL;
    struct duplicates duplicates = {0};
    struct cli_list list = {0};
    const bool one = cli->n_arguments > 1, removing = cli_flag(cli, "remove");
    if (removing && !one)
        return error_set(error, STATUS_USAGE, "--remove needs a playlist: sleeve playlists duplicates KEY --remove");
    enum status status = cli_open_app(cli, removing, &app, error);
    if (status == STATUS_OK && one)
        status = cli_list_open(app, cli->arguments[1], &list, error);
    if (status == STATUS_OK && removing && list.own.id == 0)
        status = error_set(error, STATUS_BAD_DATA,
                           "\"%.200s\" was not made in the explorer and stays as it is; a copy can be changed",
                           cli->arguments[1]);
    const struct duplicate_query query = {.ids = one ? list.ids : NULL, .count = list.count, .across = !one};
    if (status == STATUS_OK)
        status = app_duplicates(app, &query, &duplicates, error);
    if (status == STATUS_OK && duplicates.count == 0 && !cli->quiet)
        log_message(LOG_INFO, one ? "no song is in it twice" : "no song is in two of your playlists");
    if (status == STATUS_OK)
        status = print(cli, &duplicates, error);
    if (status == STATUS_OK && removing && duplicates.n_removable > 0)
        status = remove_all(app, &list.own, &duplicates, error);
    duplicates_free(&duplicates);
    cli_list_free(&list);
    app_close(app);
    return status;
}
