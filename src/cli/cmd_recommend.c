#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "app/lookup.h"
#include "cli/commands.h"

static const struct cli_option options[] = {
    {"model", 'm', "NAME", "the model"},
    {"playlist", 0, "KEY", "continue this playlist"},
    {"track", 0, "URI-or-key", "a seed track (may be given several times)"},
    {"number", 'n', "N", "how many tracks (default 500)"},
    {"page", 0, "K", "only page K of ten"},
};

enum { PAGE = 10, SEEDS_MAX = 250 };

static enum status read_playlist(struct cli *cli, struct app *app, const char *key, int64_t **seeds, size_t *count,
                                 struct error *error)
{
    int64_t id;
    struct catalogue *catalogue = NULL;
    enum status status = cli_open_catalogue(cli, CATALOGUE_READ, &catalogue, error);
    if (status == STATUS_OK)
        status = lookup_playlist(catalogue, key, &id, error);
    catalogue_close(catalogue);
    struct track_list tracks = {0};
    if (status == STATUS_OK)
        status = app_playlist_open(app, id, &tracks, error);
    if (status == STATUS_OK) {
        *seeds = malloc(sizeof **seeds * (tracks.count + 1));
        if (!*seeds)
            status = error_no_memory(error);
        for (size_t i = 0; *seeds && i < tracks.count; i++)
            (*seeds)[(*count)++] = tracks.items[i].id;
    }
    track_list_free(&tracks);
    return status;
}

static enum status read_tracks(struct cli *cli, int64_t **seeds, size_t *count, struct error *error)
{
    struct catalogue *catalogue = NULL;
    enum status status = cli_open_catalogue(cli, CATALOGUE_READ, &catalogue, error);
    *seeds = malloc(sizeof **seeds * CLI_VALUES_MAX);
    if (status == STATUS_OK && !*seeds)
        status = error_no_memory(error);
    const char *key;
    for (int i = 0; status == STATUS_OK && (key = cli_value_at(cli, "track", i)); i++) {
        int64_t id;
        status = lookup_track(catalogue, key, &id, error);
        if (status == STATUS_OK)
            (*seeds)[(*count)++] = id;
    }
    catalogue_close(catalogue);
    return status;
}

static enum status print(struct cli *cli, const struct app_answer *answer, const struct recommendation *list,
                         const struct track_list *tracks, size_t first, size_t end, struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    if (cli->json)
        json_array_begin(&json);
    else
        buffer_printf(&out, "rank\tscore\t%s", cli_track_header);
    for (size_t i = first; i < end; i++) {
        if (!cli->json) {
            buffer_printf(&out, "%zu\t%.4g\t", i + 1, (double)list[i].score);
            cli_add_track(&out, &tracks->items[i]);
            continue;
        }
        json_object_begin(&json);
        json_pair_integer(&json, "rank", (int64_t)i + 1);
        cli_json_track(&json, &tracks->items[i]);
        json_key(&json, "score");
        json_float(&json, list[i].score);
        json_key(&json, "parts");
        json_object_begin(&json);
        for (int part = 0; part < answer->parts.count; part++) {
            json_key(&json, answer->parts.names[part]);
            json_float(&json, list[i].parts[part]);
        }
        json_object_end(&json);
        json_pair_text(&json, "answered_by", answer->seeds.popular ? "popularity" : cli_value(cli, "model", ""));
        json_pair_integer(&json, "seeds", (int64_t)answer->seeds.distinct);
        json_pair_integer(&json, "known_seeds", (int64_t)answer->seeds.known);
        json_object_end(&json);
    }
    if (cli->json) {
        json_array_end(&json);
        buffer_add_byte(&out, '\n');
        return cli_print(&out, error);
    }
    return cli_print_table(&out, error);
}

static enum status run(struct cli *cli, struct error *error)
{
    const char *model = cli_value(cli, "model", NULL);
    const char *playlist = cli_value(cli, "playlist", NULL);
    if (!model || !playlist == !cli_value_at(cli, "track", 0))
        return error_set(error, STATUS_USAGE, "usage: sleeve recommend %s", cli_command_recommend.arguments);
    int64_t number;
    int64_t page;
    enum status status = cli_integer(cli, "number", 1, 10000, 500, &number, error);
    if (status == STATUS_OK)
        status = cli_integer(cli, "page", 1, 1000, 0, &page, error);
    struct app *app = NULL;
    if (status == STATUS_OK)
        status = cli_open_app(cli, false, &app, error);
    int64_t *seeds = NULL;
    size_t n_seeds = 0;
    if (status == STATUS_OK)
        status = playlist ? read_playlist(cli, app, playlist, &seeds, &n_seeds, error)
                          : read_tracks(cli, &seeds, &n_seeds, error);
    struct recommendation *list = NULL;
    struct track_list tracks = {0};
    struct app_answer answer = {0};
    if (status == STATUS_OK) {
        list = calloc((size_t)number, sizeof *list);
        status = list ? app_recommend(app, model, seeds, n_seeds, (size_t)number, list, &tracks, &answer, error)
                      : error_no_memory(error);
    }
    if (status == STATUS_OK) {
        size_t first = page > 0 ? (size_t)(page - 1) * PAGE : 0;
        size_t end = page > 0 && first + PAGE < tracks.count ? first + PAGE : tracks.count;
        if (cli->verbose)
            log_message(LOG_INFO, "%zu seeds, %.2f ms", n_seeds, answer.milliseconds);
        if (answer.note[0])
            log_message(LOG_WARNING, "%s", answer.note);
        if (tracks.count == 0)
            log_message(LOG_WARNING, "%s knows no track beside the seeds, so there is nothing to recommend", model);
        status = print(cli, &answer, list, &tracks, first < end ? first : end, end, error);
    }
    track_list_free(&tracks);
    free(list);
    free(seeds);
    app_close(app);
    return status;
}

const struct command cli_command_recommend = {
    .name = "recommend",
    .arguments = "--model NAME (--playlist KEY | --track URI-or-key ...) [-n N] [--page K]",
    .summary = "the tracks that continue a playlist best",
    .details =
        "Tracks that were added after a model's training, or stand in no playlist that it was trained on, tell it\n"
        "nothing. When it knows not all of the seeds, a line on stderr says so; with --json, each row has answered_by\n"
        "(the model, or popularity where the model has none of the seeds), seeds and known_seeds.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .run = run,
};
