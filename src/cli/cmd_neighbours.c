#include <stdlib.h>

#include "app/twins.h"
#include "cli/commands.h"

static const struct cli_option options[] = {
    {"album", 0, "KEY", "the album"},
    {"twins", 0, NULL, "the nearest pairs of albums by different artists instead"},
    {"identical", 0, NULL, "the albums whose rows in the set are equal bit by bit instead"},
    {"embedding", 0, "SET", "the embedding set (default gist)"},
    {"number", 'n', "K", "how many albums or pairs (default 10)"},
};

static void add_album(const struct album *album, char end, struct buffer *out)
{
    cli_add_field(out, album->title, '\t');
    cli_add_field(out, album->artist, '\t');
    cli_add_year(out, album->year);
    buffer_add_byte(out, '\t');
    cli_add_key(out, album->key, end);
}

static void add_album_members(const struct album *album, struct json_writer *json)
{
    json_pair_text(json, "key", album->key);
    json_pair_text(json, "album", album->title);
    json_pair_text(json, "artist", album->artist);
    cli_json_year(json, album->year);
}

static void add_album_object(const struct album *album, struct json_writer *json)
{
    json_object_begin(json);
    add_album_members(album, json);
    json_object_end(json);
}

static void add_distance(float distance, struct json_writer *json)
{
    json_key(json, "distance");
    json_float(json, distance);
}

/* ---- the neighbours of an album ---- */

static enum status print_neighbours(struct cli *cli, const struct album_list *albums, const float *distances,
                                    struct error *error)
{
    struct buffer out = {0};
    if (!cli->json) {
        buffer_add_text(&out, "distance\talbum\tartist\tyear\tkey\n");
        for (size_t i = 0; i < albums->count; i++) {
            buffer_printf(&out, "%.4f\t", (double)distances[i]);
            add_album(&albums->items[i], '\n', &out);
        }
        return cli_print_table(&out, error);
    }
    struct json_writer json = {.out = &out};
    json_array_begin(&json);
    for (size_t i = 0; i < albums->count; i++) {
        json_object_begin(&json);
        add_album_members(&albums->items[i], &json);
        add_distance(distances[i], &json);
        json_object_end(&json);
    }
    json_array_end(&json);
    buffer_add_byte(&out, '\n');
    return cli_print(&out, error);
}

static enum status find_neighbours(struct cli *cli, struct app *app, const char *set, size_t number,
                                   struct error *error)
{
    int64_t album = 0;
    struct album_list albums = {0};
    float *distances = malloc(sizeof *distances * (number + 1));
    enum status status = app_album_find(app, cli_value(cli, "album", ""), &album, error);
    if (status == STATUS_OK && !distances)
        status = error_no_memory(error);
    if (status == STATUS_OK)
        status = app_neighbours(app, set, album, number, &albums, distances, error);
    if (status == STATUS_OK)
        app_warn_of_set(app, set);
    if (status == STATUS_OK && albums.count == 0)
        log_message(LOG_INFO, "no other album has a cover in the embedding set %s", set);
    if (status == STATUS_OK)
        status = print_neighbours(cli, &albums, distances, error);
    album_list_free(&albums);
    free(distances);
    return status;
}

/* ---- twin covers ---- */

static void print_pairs(const struct app_twins *twins, struct buffer *out)
{
    buffer_add_text(out, "distance\talbum\tartist\tyear\tkey\tother album\tother artist\tother year\tother key\n");
    for (size_t i = 0; i < twins->count; i++) {
        buffer_printf(out, "%.4f\t", (double)twins->distances[i]);
        add_album(&twins->albums.items[2 * i], '\t', out);
        add_album(&twins->albums.items[2 * i + 1], '\n', out);
    }
}

static void print_identical(const struct app_twins *twins, struct buffer *out)
{
    buffer_add_text(out, "group\talbum\tartist\tyear\tkey\n");
    for (size_t i = 0; i < twins->identical.count; i++) {
        buffer_printf(out, "%lld\t", (long long)twins->identical_groups[i] + 1);
        add_album(&twins->identical.items[i], '\n', out);
    }
}

static void print_twins_json(const struct app_twins *twins, struct buffer *out)
{
    struct json_writer json = {.out = out};
    json_object_begin(&json);
    json_pair_bool(&json, "random_weights", twins->random_weights);
    json_key(&json, "pairs");
    json_array_begin(&json);
    for (size_t i = 0; i < twins->count; i++) {
        json_object_begin(&json);
        add_distance(twins->distances[i], &json);
        json_key(&json, "albums");
        json_array_begin(&json);
        add_album_object(&twins->albums.items[2 * i], &json);
        add_album_object(&twins->albums.items[2 * i + 1], &json);
        json_array_end(&json);
        json_object_end(&json);
    }
    json_array_end(&json);
    json_key(&json, "identical");
    json_array_begin(&json);
    for (size_t i = 0; i < twins->identical.count; i++) {
        if (i == 0 || twins->identical_groups[i] != twins->identical_groups[i - 1])
            json_array_begin(&json);
        add_album_object(&twins->identical.items[i], &json);
        if (i + 1 == twins->identical.count || twins->identical_groups[i + 1] != twins->identical_groups[i])
            json_array_end(&json);
    }
    json_array_end(&json);
    json_object_end(&json);
    buffer_add_byte(out, '\n');
}

static enum status find_twins(struct cli *cli, struct app *app, const char *set, size_t number, struct error *error)
{
    struct app_twins twins;
    struct buffer out = {0};
    const bool identical = cli_flag(cli, "identical");
    enum status status = app_twins(app, set, cli_flag(cli, "twins") ? number : 0, &cli->progress, &twins, error);
    if (status != STATUS_OK)
        return status;
    if (twins.random_weights)
        log_message(LOG_WARNING, "%s was made with random weights: its distances say nothing about covers", set);
    if (!identical && twins.identical.count > 0)
        log_message(LOG_INFO,
                    "%zu albums in %zu group%s have the same row bit by bit and are not among these pairs; --identical "
                    "lists them",
                    twins.identical.count, twins.n_groups, twins.n_groups == 1 ? "" : "s");
    if (cli->json)
        print_twins_json(&twins, &out);
    else
        (identical ? print_identical : print_pairs)(&twins, &out);
    app_twins_free(&twins);
    return cli->json ? cli_print(&out, error) : cli_print_table(&out, error);
}

static enum status run(struct cli *cli, struct error *error)
{
    const bool pairs = cli_flag(cli, "twins"), identical = cli_flag(cli, "identical");
    const char *set = cli_value(cli, "embedding", "gist");
    if ((cli_value(cli, "album", NULL) != NULL) + pairs + identical != 1)
        return error_set(error, STATUS_USAGE, "usage: sleeve neighbours %s", cli_command_neighbours.arguments);
    int64_t number;
    enum status status = cli_integer(cli, "number", 1, 10000, 10, &number, error);
    struct app *app = NULL;
    if (status == STATUS_OK)
        status = cli_open_app(cli, false, &app, error);
    if (status == STATUS_OK)
        status = (pairs || identical ? find_twins : find_neighbours)(cli, app, set, (size_t)number, error);
    app_close(app);
    return status;
}

const struct command cli_command_neighbours = {
    .name = "neighbours",
    .arguments = "--album KEY|--twins|--identical [--embedding SET] [-n K]",
    .summary = "list the albums with the most similar covers (Euclidean distance), or twin covers",
    .details =
        "Twin covers are the nearest pairs of albums by different artists, of all pairs. --twins leaves out pairs\n"
        "whose rows are equal bit by bit; --identical lists these.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .run = run,
};
