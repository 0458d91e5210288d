#include "cli/steer_sort.h"

#include <math.h>
#include <stdlib.h>

#include "app/playlist_sort.h"
#include "cli/commands.h"

/* "1,5": positions from 1 of `count`. */
static enum status read_locks(const char *text, size_t count, bool *locked, struct error *error)
{
    for (const char *next = text; *next;) {
        char *end;
        unsigned long long number = strtoull(next, &end, 10);
        if (end == next || (*end && *end != ',') || number < 1 || number > count)
            return error_set(error, STATUS_USAGE,
                             "--lock takes entries from 1 to %zu with commas between, not \"%.60s\"", count, text);
        locked[number - 1] = true;
        next = *end ? end + 1 : end;
    }
    return STATUS_OK;
}

static enum status print_sorted(const struct cli *cli, const struct track_list *tracks, const bool *locked,
                                const struct playlist_sort_result *result, struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    if (!cli->json)
        buffer_printf(&out, "position\tbefore\t%s", cli_track_header);
    else
        json_object_begin(&json);
    if (cli->json && !isnan(result->before)) {
        json_pair_number(&json, "length_before", result->before);
        json_pair_number(&json, "length_after", result->after);
    }
    if (cli->json) {
        json_pair_text(&json, "set", result->set);
        json_pair_integer(&json, "unknown", (int64_t)result->n_unknown);
        json_key(&json, "tracks");
        json_array_begin(&json);
    }
    for (size_t i = 0; i < tracks->count; i++) {
        size_t from = (size_t)result->order[i];
        if (!cli->json) {
            buffer_printf(&out, "%zu\t%zu\t", i + 1, from + 1);
            cli_add_track(&out, &tracks->items[from]);
            continue;
        }
        json_object_begin(&json);
        json_pair_integer(&json, "position", (int64_t)i + 1);
        json_pair_integer(&json, "before", (int64_t)from + 1);
        json_pair_bool(&json, "locked", locked[from]);
        cli_json_track(&json, &tracks->items[from]);
        json_object_end(&json);
    }
    if (!cli->json)
        return cli_print_table(&out, error);
    json_array_end(&json);
    json_object_end(&json);
    buffer_add_byte(&out, '\n');
    return cli_print(&out, error);
}

static void report(const struct playlist_sort_result *result)
{
    if (!isnan(result->before))
        log_message(LOG_INFO, "the path in %s is %.2f long; it was %.2f", result->set, result->after, result->before);
    if (result->n_unknown > 0)
        log_message(LOG_WARNING, "nothing is known of %zu of the tracks%s%s", result->n_unknown,
                    result->set[0] ? " in " : "", result->set);
}

static enum status save(struct app *app, int64_t id, const int64_t *ids, const struct playlist_sort_result *result,
                        struct error *error)
{
    struct own_playlist base = {0}, mine = {0}, written = {0};
    enum playlist_outcome outcome;
    enum status status = app_own_playlist(app, id, &base, error);
    if (status == STATUS_OK && base.id == 0)
        status = error_set(error, STATUS_USAGE, "only playlists made in the explorer can be changed; leave --save out");
    if (status == STATUS_OK)
        status = own_playlist_set(&mine, base.id, base.name, base.ids, base.count, error);
    for (size_t i = 0; i < mine.count; i++)
        mine.ids[i] = ids[result->order[i]];
    if (status == STATUS_OK)
        status = app_playlist_save(app, &base, &mine, &written, &outcome, error);
    own_playlist_free(&base);
    own_playlist_free(&mine);
    own_playlist_free(&written);
    return status;
}

static enum status read_entries(struct app *app, const char *key, int64_t *id, struct track_list *tracks,
                                struct error *error)
{
    enum status status = app_playlist_find(app, key, id, error);
    if (status == STATUS_OK && *id == 0)
        status = error_set(error, STATUS_BAD_DATA, "there is no playlist \"%.200s\"; see: sleeve playlists", key);
    return status == STATUS_OK ? app_playlist_open(app, *id, tracks, error) : status;
}

static enum status sort_entries(struct cli *cli, struct app *app, struct playlist_sort_settings *settings,
                                struct error *error)
{
    struct track_list tracks = {0};
    struct playlist_sort_result result = {0};
    int64_t id = 0;
    enum status status = read_entries(app, cli->arguments[1], &id, &tracks, error);
    bool *locked = calloc(tracks.count + 1, sizeof *locked);
    int64_t *ids = calloc(tracks.count + 1, sizeof *ids);
    if (status == STATUS_OK && (!locked || !ids))
        status = error_no_memory(error);
    for (size_t i = 0; i < tracks.count && ids; i++)
        ids[i] = tracks.items[i].id;
    if (status == STATUS_OK)
        status = read_locks(cli_value(cli, "lock", ""), tracks.count, locked, error);
    settings->locked = locked;
    if (status == STATUS_OK)
        status = app_playlist_sort(app, ids, tracks.count, settings, &result, error);
    if (status == STATUS_OK && cli_flag(cli, "save"))
        status = save(app, id, ids, &result, error);
    if (status == STATUS_OK) {
        report(&result);
        status = print_sorted(cli, &tracks, locked, &result, error);
    }
    playlist_sort_result_free(&result);
    track_list_free(&tracks);
    free(locked);
    free(ids);
    return status;
}

enum status cli_steer_sort(struct cli *cli, struct error *error)
{
    const char *by = cli_value(cli, "by", "");
    struct app *app = NULL;
    struct playlist_sort_settings settings = {
        .by = playlist_sort_named(by), .set = cli_value(cli, "set", NULL), .descending = cli_flag(cli, "descending")};
    if (cli->n_arguments != 2 || !by[0])
        return error_set(error, STATUS_USAGE,
                         "usage: sleeve steer sort PLAYLIST --by tempo|energy|year|similarity|path [--lock N,...]");
    if (settings.by == PLAYLIST_SORT_COUNT)
        return error_set(error, STATUS_USAGE, "--by is tempo, energy, year, similarity or path, not \"%.60s\"", by);
    if (settings.set && !playlist_sort_has_space(settings.by))
        return error_set(error, STATUS_USAGE, "--set is for --by similarity and path");
    if (settings.descending && settings.by == PLAYLIST_SORT_PATH)
        return error_set(error, STATUS_USAGE, "a path has no direction; leave --descending out");
    enum status status = cli_open_app(cli, cli_flag(cli, "save"), &app, error);
    if (status == STATUS_OK)
        status = sort_entries(cli, app, &settings, error);
    app_close(app);
    return status;
}
