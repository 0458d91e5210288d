#include <stdlib.h>

#include "cli/commands.h"

static const struct cli_option options[] = {
    {"album", 0, "KEY", "the album"},
    {"embedding", 0, "SET", "the embedding set (default gist)"},
    {"number", 'n', "K", "how many albums (default 10)"},
};

static enum status print(struct cli *cli, const struct album_list *albums, const float *distances, struct error *error)
{
    struct buffer out = {0};
    if (!cli->json) {
        buffer_add_text(&out, "distance\talbum\tartist\tyear\tkey\n");
        for (size_t i = 0; i < albums->count; i++) {
            buffer_printf(&out, "%.4f\t", (double)distances[i]);
            cli_add_field(&out, albums->items[i].title, '\t');
            cli_add_field(&out, albums->items[i].artist, '\t');
            cli_add_year(&out, albums->items[i].year);
            buffer_add_byte(&out, '\t');
            cli_add_key(&out, albums->items[i].key, '\n');
        }
        return cli_print_table(&out, error);
    }
    struct json_writer json = {.out = &out};
    json_array_begin(&json);
    for (size_t i = 0; i < albums->count; i++) {
        json_object_begin(&json);
        json_pair_text(&json, "key", albums->items[i].key);
        json_pair_text(&json, "album", albums->items[i].title);
        json_pair_text(&json, "artist", albums->items[i].artist);
        cli_json_year(&json, albums->items[i].year);
        json_key(&json, "distance");
        json_float(&json, distances[i]);
        json_object_end(&json);
    }
    json_array_end(&json);
    buffer_add_byte(&out, '\n');
    return cli_print(&out, error);
}

static enum status run(struct cli *cli, struct error *error)
{
    const char *key = cli_value(cli, "album", NULL);
    if (!key)
        return error_set(error, STATUS_USAGE, "usage: sleeve neighbours %s", cli_command_neighbours.arguments);
    const char *set = cli_value(cli, "embedding", "gist");
    int64_t number;
    enum status status = cli_integer(cli, "number", 1, 10000, 10, &number, error);
    struct app *app = NULL;
    int64_t album = 0;
    if (status == STATUS_OK)
        status = cli_open_app(cli, false, &app, error);
    if (status == STATUS_OK)
        status = app_album_find(app, key, &album, error);
    float *distances = malloc(sizeof *distances * ((size_t)number + 1));
    if (status == STATUS_OK && !distances)
        status = error_no_memory(error);
    struct album_list albums = {0};
    if (status == STATUS_OK)
        status = app_neighbours(app, set, album, (size_t)number, &albums, distances, error);
    if (status == STATUS_OK && albums.count == 0)
        log_message(LOG_INFO, "no other album has a cover in the embedding set %s", set);
    if (status == STATUS_OK)
        status = print(cli, &albums, distances, error);
    album_list_free(&albums);
    free(distances);
    app_close(app);
    return status;
}

const struct command cli_command_neighbours = {
    .name = "neighbours",
    .arguments = "--album KEY [--embedding SET] [-n K]",
    .summary = "list the albums with the most similar covers (Euclidean distance)",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .run = run,
};
