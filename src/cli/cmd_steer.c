#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/lookup.h"
#include "app/playlist_sort.h"
#include "app/steer.h"
#include "cli/commands.h"
#include "cli/steer_sort.h"
#include "db/artists.h"
#include "db/steering.h"

static const struct cli_option options[] = {
    {"item", 0, "track|album|artist", "what KEY names (default track); an artist also by name"},
    {"playlist", 0, "PLAYLIST", "only for this playlist (list: what applies to it)"},
    {"by", 0, "tempo|energy|year|similarity|path", "sort: what to sort by"},
    {"set", 0, "SET", "sort: the feature set of similarity and path (default audio)"},
    {"lock", 0, "N[,N...]", "sort: entries that keep their positions, from 1"},
    {"descending", 0, NULL, "sort: the largest first"},
    {"save", 0, NULL, "sort: save the playlist in this order (your own ones)"},
};

static const struct cli_verb verb_options[] = {
    {"never", "item|playlist"},
    {"more", "item|playlist"},
    {"less", "item|playlist"},
    {"list", "playlist"},
    {"rm", ""},
    {"sort", "by|set|lock|descending|save"},
    {NULL, NULL},
};

/* ---- wishes ---- */

static enum status find_item(struct catalogue *catalogue, enum steering_item item, const char *key, int64_t *id,
                             struct error *error)
{
    struct track_list tracks = {0};
    if (item == STEERING_TRACK)
        return lookup_track(catalogue, key, id, error);
    if (item == STEERING_ALBUM)
        return lookup_album(catalogue, key, id, error);
    enum status status = catalogue_artist_find(catalogue, key, id, error);
    int64_t track = 0;
    if (status == STATUS_OK && *id == 0) /* that of a track */
        status = catalogue_track_find(catalogue, key, &track, error);
    if (status == STATUS_OK && track > 0)
        status = catalogue_tracks_read(catalogue, &track, 1, &tracks, error);
    if (status == STATUS_OK && track > 0)
        *id = tracks.items[0].artist_id;
    track_list_free(&tracks);
    if (status == STATUS_OK && *id == 0)
        status = error_set(
            error, STATUS_BAD_DATA,
            "there is no artist \"%.200s\"; give a name as `sleeve search` prints it, or the key of a track", key);
    return status;
}

static void add_json(const struct steering_entry *entry, struct json_writer *json)
{
    json_object_begin(json);
    json_pair_integer(json, "id", entry->id);
    json_pair_text(json, "wish", steering_wish_name(entry->wish));
    json_pair_text(json, "item", steering_item_name(entry->item));
    json_pair_text(json, "key", entry->key);
    json_pair_text(json, "name", entry->name);
    if (entry->playlist > 0)
        json_pair_text(json, "playlist", entry->playlist_name);
    json_pair_integer(json, "changed", entry->changed);
    json_object_end(json);
}

static enum status print_list(const struct cli *cli, const struct steering_list *list, struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    if (cli->json)
        json_array_begin(&json);
    else
        buffer_add_text(&out, "number\twish\titem\tname\tplaylist\tkey\n");
    for (size_t i = 0; i < list->count; i++) {
        const struct steering_entry *entry = &list->items[i];
        if (cli->json) {
            add_json(entry, &json);
            continue;
        }
        buffer_printf(&out, "%lld\t%s\t%s\t", (long long)entry->id, steering_wish_name(entry->wish),
                      steering_item_name(entry->item));
        cli_add_field(&out, entry->name, '\t');
        cli_add_field(&out, entry->playlist > 0 ? entry->playlist_name : "all", '\t');
        cli_add_key(&out, entry->key, '\n');
    }
    if (!cli->json)
        return cli_print_table(&out, error);
    json_array_end(&json);
    buffer_add_byte(&out, '\n');
    return cli_print(&out, error);
}

/* Prints what was stored, as `list` prints it. */
static enum status print_one(const struct cli *cli, struct catalogue *catalogue, int64_t id, struct error *error)
{
    struct steering_list list = {0}, one = {0};
    enum status status = catalogue_steering_read(catalogue, &list, error);
    for (size_t i = 0; i < list.count; i++)
        if (list.items[i].id == id)
            one = (struct steering_list){.items = &list.items[i], .count = 1};
    if (status == STATUS_OK)
        status = print_list(cli, &one, error);
    steering_list_free(&list);
    return status;
}

static enum status set(struct cli *cli, enum steering_wish wish, struct error *error)
{
    struct catalogue *catalogue = NULL;
    const char *item = cli_value(cli, "item", "track"), *playlist = cli_value(cli, "playlist", NULL);
    struct steering_entry entry = {.wish = wish, .item = steering_item_named(item), .changed = (int64_t)time(NULL)};
    if (cli->n_arguments != 2)
        return error_set(error, STATUS_USAGE,
                         "usage: sleeve steer %s KEY [--item track|album|artist] [--playlist PLAYLIST]",
                         steering_wish_name(wish));
    if (entry.item == STEERING_ITEMS)
        return error_set(error, STATUS_USAGE, "--item is track, album or artist, not \"%.60s\"", item);
    enum status status = cli_open_catalogue(cli, CATALOGUE_WRITE, &catalogue, error);
    if (status == STATUS_OK && playlist)
        status = lookup_playlist(catalogue, playlist, &entry.playlist, error);
    if (status == STATUS_OK)
        status = find_item(catalogue, entry.item, cli->arguments[1], &entry.item_id, error);
    if (status == STATUS_OK)
        status = catalogue_steering_set(catalogue, &entry, &entry.id, error);
    if (status == STATUS_OK)
        status = print_one(cli, catalogue, entry.id, error);
    if (status == STATUS_OK && wish != STEERING_NEVER)
        log_message(LOG_INFO, "this counts in lists with --rerank wishes=0.5, and in the explorer (z)");
    catalogue_close(catalogue);
    return status;
}

static enum status list(struct cli *cli, struct error *error)
{
    struct catalogue *catalogue = NULL;
    struct steering_list wishes = {0};
    const char *playlist = cli_value(cli, "playlist", NULL);
    int64_t id = 0;
    enum status status = cli_open_catalogue(cli, CATALOGUE_READ, &catalogue, error);
    if (status == STATUS_OK && playlist)
        status = lookup_playlist(catalogue, playlist, &id, error);
    if (status == STATUS_OK)
        status = playlist ? catalogue_steering_read_for(catalogue, id, &wishes, error)
                          : catalogue_steering_read(catalogue, &wishes, error);
    if (status == STATUS_OK)
        status = print_list(cli, &wishes, error);
    steering_list_free(&wishes);
    catalogue_close(catalogue);
    return status;
}

static enum status remove_wishes(struct cli *cli, struct error *error)
{
    struct catalogue *catalogue = NULL;
    struct buffer out = {0};
    int count = cli->n_arguments - 1;
    if (count < 1)
        return error_set(error, STATUS_USAGE, "usage: sleeve steer rm NUMBER...; `sleeve steer list` has the numbers");
    int64_t *ids = calloc((size_t)count, sizeof *ids);
    enum status status = ids ? STATUS_OK : error_no_memory(error);
    for (int i = 0; i < count && status == STATUS_OK; i++) {
        char *end;
        ids[i] = strtoll(cli->arguments[i + 1], &end, 10);
        if (*end || end == cli->arguments[i + 1])
            status = error_set(error, STATUS_USAGE, "\"%.60s\" is not a number of `sleeve steer list`",
                               cli->arguments[i + 1]);
    }
    if (status == STATUS_OK)
        status = cli_open_catalogue(cli, CATALOGUE_WRITE, &catalogue, error);
    if (status == STATUS_OK)
        status = catalogue_steering_remove(catalogue, ids, (size_t)count, error);
    catalogue_close(catalogue);
    free(ids);
    if (status != STATUS_OK)
        return status;
    buffer_printf(&out, cli->json ? "{\"removed\": %d}\n" : "%d removed\n", count);
    return cli_print(&out, error);
}

static enum status run(struct cli *cli, struct error *error)
{
    const char *verb = cli->arguments[0];
    enum steering_wish wish = steering_wish_named(verb);
    if (wish != STEERING_WISHES)
        return set(cli, wish, error);
    if (strcmp(verb, "list") == 0 && cli->n_arguments == 1)
        return list(cli, error);
    if (strcmp(verb, "rm") == 0)
        return remove_wishes(cli, error);
    if (strcmp(verb, "sort") == 0)
        return cli_steer_sort(cli, error);
    return error_set(error, STATUS_USAGE, "usage: sleeve steer %s", cli_command_steer.arguments);
}

#define SORT_HELP(NAME, name, help) "  " #name ": " help "\n"

const struct command cli_command_steer = {
    .name = "steer",
    .arguments = "never|more|less KEY | list | rm NUMBER... | sort PLAYLIST --by KEY [--lock N,...] [--save]",
    .summary = "what is never suggested, or wanted more or less; sort a playlist",
    .details =
        "never: tracks of it are left out of suggestions, in the explorer and by `sleeve recommend`; the next ones\n"
        "follow. more and less: what re-rankings with wishes=... prefer and avoid. Without --playlist they are for "
        "all\n"
        "playlists; a wish for a playlist is stronger. There is one wish for each item: a later one replaces it.\n"
        "sort prints a playlist in another order; locked entries keep their positions. --by is:\n" PLAYLIST_SORTS(
            SORT_HELP) "A path is found by the nearest neighbour rule and local search (2-opt, or-opt), and is never "
                       "longer than\n"
                       "before; its lengths are sums of distances in the feature set, from 0 to 2 for each pair of "
                       "neighbours.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .arguments_min = 1,
    .arguments_max = -1,
    .choices = "never|more|less|list|rm|sort",
    .verbs = verb_options,
    .run = run,
};
