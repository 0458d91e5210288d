#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "vision/cover_store.h"

static const struct cli_option options[] = {{"map", 0, "FILE", "add: album and path of each image, TSV or CSV"}};

static enum status add(struct cli *cli, struct error *error)
{
    struct catalogue *catalogue = NULL;
    struct pool *pool = NULL;
    struct covers_report report = {0};
    enum status status = cli_open_catalogue(cli, CATALOGUE_WRITE, &catalogue, error);
    if (status == STATUS_OK)
        status = pool_create(cli->threads, &pool, error);
    if (status == STATUS_OK)
        status =
            covers_add(catalogue, cli->arguments[1], cli_value(cli, "map", NULL), pool, &cli->progress, &report, error);
    pool_destroy(pool);
    catalogue_close(catalogue);
    if (status != STATUS_OK)
        return status;
    struct buffer out = {0};
    buffer_printf(&out,
                  cli->json ? "{\"added\":%" PRId64 ",\"unchanged\":%" PRId64 ",\"bad\":%" PRId64
                              ",\"unmatched\":%" PRId64 "}\n"
                            : "added\t%" PRId64 "\nunchanged\t%" PRId64 "\nbad\t%" PRId64 "\nunmatched\t%" PRId64 "\n",
                  report.added, report.unchanged, report.bad, report.unmatched);
    return cli_print(&out, error);
}

struct listing {
    struct buffer out;
    struct json_writer json;
    bool as_json;
};

static void list_reason(const char *reason, int64_t n_albums, void *context)
{
    struct listing *listing = context;
    const char *name = *reason ? reason : "has a cover";
    if (listing->as_json) {
        json_pair_integer(&listing->json, name, n_albums);
    } else {
        cli_add_field(&listing->out, name, '\t');
        buffer_printf(&listing->out, "%" PRId64 "\n", n_albums);
    }
}

static enum status show_status(struct cli *cli, struct error *error)
{
    struct catalogue *catalogue = NULL;
    enum status status = cli_open_catalogue(cli, CATALOGUE_READ, &catalogue, error);
    struct listing listing = {.as_json = cli->json};
    listing.json.out = &listing.out;
    if (cli->json)
        json_object_begin(&listing.json);
    else
        buffer_add_text(&listing.out, "covers\talbums\n");
    if (status == STATUS_OK)
        status = catalogue_cover_status(catalogue, list_reason, &listing, error);
    if (cli->json) {
        json_object_end(&listing.json);
        buffer_add_byte(&listing.out, '\n');
    }
    char *generated = NULL;
    if (status == STATUS_OK)
        status = catalogue_setting_read(catalogue, "covers.generated", &generated, error);
    if (generated && strcmp(generated, "1") == 0)
        log_message(LOG_INFO, "albums without a cover are shown with generated artwork");
    free(generated);
    catalogue_close(catalogue);
    if (status == STATUS_OK)
        return cli_print_table(&listing.out, error);
    buffer_free(&listing.out);
    return status;
}

static enum status run(struct cli *cli, struct error *error)
{
    if (strcmp(cli->arguments[0], "add") == 0 && cli->n_arguments == 2)
        return add(cli, error);
    if (strcmp(cli->arguments[0], "status") == 0 && cli->n_arguments == 1)
        return show_status(cli, error);
    return error_set(error, STATUS_USAGE, "usage: sleeve covers %s", cli_command_covers.arguments);
}

const struct command cli_command_covers = {
    .name = "covers",
    .arguments = "add DIR [--map FILE] | status",
    .summary = "album covers: add images, count them",
    .details =
        "Images (PNG, JPEG) are named after the album's key, or listed in the map file. A bad file is reported and\n"
        "skipped; status counts the albums by what became of their cover.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .arguments_min = 1,
    .arguments_max = 2,
    .run = run,
};
