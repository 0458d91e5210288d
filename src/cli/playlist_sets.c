/* Playlists compared, merged and subtracted, by their tracks. */
#include "cli/playlist_sets.h"

#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"

void cli_list_free(struct cli_list *list)
{
    free(list->ids);
    own_playlist_free(&list->own);
    *list = (struct cli_list){0};
}

enum status cli_list_open(struct app *app, const char *key, struct cli_list *list, struct error *error)
{
    struct track_list tracks = {0};
    enum status status = app_playlist_find(app, key, &list->id, error);
    if (status == STATUS_OK && list->id == 0)
        status = error_set(error, STATUS_BAD_DATA, "there is no playlist \"%.200s\"; see: sleeve playlists", key);
    if (status == STATUS_OK)
        status = app_own_playlist(app, list->id, &list->own, error);
    if (status == STATUS_OK)
        status = app_playlist_open(app, list->id, &tracks, error);
    list->ids = malloc((tracks.count + 1) * sizeof *list->ids);
    if (status == STATUS_OK && !list->ids)
        status = error_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i < tracks.count; i++)
        list->ids[list->count++] = tracks.items[i].id;
    track_list_free(&tracks);
    return status;
}

/* ---- sets of tracks ---- */

static int by_number(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static bool contains(const int64_t *sorted, size_t count, int64_t id)
{
    return count > 0 && bsearch(&id, sorted, count, sizeof id, by_number);
}

/* Appends the entries of `list` that are (or are not) in `other`, each as often as it is there. `out` may be `other`,
 * which then grows. */
static enum status choose(const struct cli_list *list, const struct cli_list *other, bool wanted, struct cli_list *out,
                          struct error *error)
{
    const size_t n_other = other->count;
    int64_t *sorted = malloc((n_other + 1) * sizeof *sorted);
    int64_t *ids = realloc(out->ids, (out->count + list->count + 1) * sizeof *ids);
    out->ids = ids ? ids : out->ids;
    if (!sorted || !ids) {
        free(sorted);
        return error_no_memory(error);
    }
    if (n_other > 0)
        memcpy(sorted, other->ids, n_other * sizeof *sorted);
    qsort(sorted, n_other, sizeof *sorted, by_number);
    for (size_t i = 0; i < list->count; i++)
        if (contains(sorted, n_other, list->ids[i]) == wanted)
            ids[out->count++] = list->ids[i];
    free(sorted);
    return STATUS_OK;
}

/* ---- compare ---- */

static enum status add_part(const struct cli *cli, struct app *app, const char *where, const struct cli_list *part,
                            struct buffer *out, struct json_writer *json, struct error *error)
{
    struct track_list tracks = {0};
    enum status status = app_tracks(app, part->ids, part->count, &tracks, error);
    if (cli->json) {
        json_key(json, where);
        json_array_begin(json);
    }
    for (size_t i = 0; i < tracks.count; i++) {
        if (cli->json) {
            json_object_begin(json);
            cli_json_track(json, &tracks.items[i]);
            json_object_end(json);
        } else {
            buffer_printf(out, "%s\t", where);
            cli_add_track(out, &tracks.items[i]);
        }
    }
    if (cli->json)
        json_array_end(json);
    track_list_free(&tracks);
    return status;
}

enum status cli_playlist_compare(struct cli *cli, struct error *error)
{
    static const char *const names[] = {"both", "first", "second"};
    struct app *app = NULL;
    struct cli_list a = {0}, b = {0}, parts[3] = {{0}};
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    enum status status = cli_open_app(cli, false, &app, error);
    if (status == STATUS_OK)
        status = cli_list_open(app, cli->arguments[1], &a, error);
    if (status == STATUS_OK)
        status = cli_list_open(app, cli->arguments[2], &b, error);
    for (int i = 0; status == STATUS_OK && i < 3; i++)
        status = choose(i == 2 ? &b : &a, i == 2 ? &a : &b, i == 0, &parts[i], error);
    if (cli->json)
        json_object_begin(&json);
    else
        buffer_printf(&out, "in\t%s", cli_track_header);
    for (int i = 0; status == STATUS_OK && i < 3; i++)
        status = add_part(cli, app, names[i], &parts[i], &out, &json, error);
    if (status == STATUS_OK && !cli->quiet)
        log_message(LOG_INFO, "%zu entries of the first are in both, %zu only in the first, %zu only in the second",
                    parts[0].count, parts[1].count, parts[2].count);
    for (int i = 0; i < 3; i++)
        cli_list_free(&parts[i]);
    cli_list_free(&a);
    cli_list_free(&b);
    app_close(app);
    if (status != STATUS_OK) {
        buffer_free(&out);
        return status;
    }
    if (!cli->json)
        return cli_print_table(&out, error);
    json_object_end(&json);
    buffer_add_byte(&out, '\n');
    return cli_print(&out, error);
}

/* ---- a new playlist of several ---- */

static enum status refuse_taken(struct app *app, const char *name, struct error *error)
{
    struct playlist_list list = {0};
    enum status status = app_playlists(app, true, 0, 0, &list, error);
    for (size_t i = 0; status == STATUS_OK && i < list.count; i++)
        if (strcmp(list.items[i].name, name) == 0)
            status =
                error_set(error, STATUS_USAGE, "you have a playlist \"%.200s\" already; choose another name", name);
    playlist_list_free(&list);
    return status;
}

static enum status save_new(const struct cli *cli, struct app *app, const char *name, const struct cli_list *list,
                            struct error *error)
{
    struct own_playlist none = {0}, mine = {0}, written = {0};
    enum playlist_outcome outcome;
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    enum status status = own_playlist_set(&mine, 0, name, list->ids, list->count, error);
    if (status == STATUS_OK)
        status = app_playlist_save(app, &none, &mine, &written, &outcome, error);
    if (status == STATUS_OK && cli->json) {
        json_object_begin(&json);
        json_pair_text(&json, "name", name);
        json_pair_integer(&json, "tracks", (int64_t)list->count);
        json_object_end(&json);
        buffer_add_byte(&out, '\n');
    } else if (status == STATUS_OK) {
        buffer_printf(&out, "\"%s\": %zu %s\n", name, list->count, list->count == 1 ? "track" : "tracks");
    }
    own_playlist_free(&mine);
    own_playlist_free(&written);
    if (status == STATUS_OK)
        return cli_print(&out, error);
    buffer_free(&out);
    return status;
}

/* The first playlist, then what each further one has besides; or without each further one's. */
static enum status combine(struct cli *cli, bool subtract, struct error *error)
{
    struct app *app = NULL;
    struct cli_list list = {0};
    const char *into = cli_value(cli, "into", NULL);
    if (!into || !into[0])
        return error_set(error, STATUS_USAGE, "--into NAME says what the new playlist is called");
    enum status status = cli_open_app(cli, true, &app, error);
    if (status == STATUS_OK)
        status = refuse_taken(app, into, error);
    for (int i = 1; status == STATUS_OK && i < cli->n_arguments; i++) {
        struct cli_list next = {0}, rest = {0};
        status = cli_list_open(app, cli->arguments[i], &next, error);
        if (status == STATUS_OK && (i == 1 || !subtract)) {
            status = choose(&next, &list, false, &list, error);
        } else if (status == STATUS_OK) {
            status = choose(&list, &next, false, &rest, error);
            cli_list_free(&list);
            list = rest;
        }
        cli_list_free(&next);
    }
    if (status == STATUS_OK)
        status = save_new(cli, app, into, &list, error);
    cli_list_free(&list);
    app_close(app);
    return status;
}

enum status cli_playlist_merge(struct cli *cli, struct error *error)
{
    return combine(cli, false, error);
}

enum status cli_playlist_subtract(struct cli *cli, struct error *error)
{
    return combine(cli, true, error);
}
