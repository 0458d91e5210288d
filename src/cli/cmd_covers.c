#include <inttypes.h>
#include <string.h>

#include "app/covers.h"
#include "cli/commands.h"
#include "cli/covers_fetch.h"

static const struct cli_option options[] = {
    {"map", 0, "FILE", "add: a table of album keys and image files; fetch: of album keys and MusicBrainz ids"},
    {"from", 0, "SOURCE", "fetch: spotify, coverartarchive or auto (default): both, as far as they can be used"},
    {"limit", 0, "N", "fetch: look for at most N albums at each source"},
    {"retry", 0, NULL, "fetch: also look for albums that are known to have no cover there"},
    {"concurrency", 0, "N", "fetch: images that are transferred at the same time, 1 to 16 (default 8)"},
    {"missing", 0, NULL, "status: list the albums without a cover, with their keys"},
};

static const struct cli_verb verb_options[] = {
    {"add", "map"},
    {"fetch", "map|from|limit|retry|concurrency"},
    {"status", "missing"},
    {NULL, NULL},
};

static enum status print_report(const struct cli *cli, const struct covers_report *report, struct error *error)
{
    const struct {
        const char *name;
        int64_t count;
    } rows[] = {
        {"images", report->images},
        {"folders", report->folders},
        {"added", report->added},
        {"unchanged", report->unchanged},
        {"bad", report->bad},
        {"unmatched", report->unmatched},
        {"duplicates", report->duplicates},
        {"other_files", report->other_files},
        {"skipped_folders", report->skipped_folders},
    };
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    if (cli->json)
        json_object_begin(&json);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (cli->json)
            json_pair_integer(&json, rows[i].name, rows[i].count);
        else
            buffer_printf(&out, "%s\t%" PRId64 "\n", rows[i].name, rows[i].count);
    }
    if (cli->json) {
        json_object_end(&json);
        buffer_add_byte(&out, '\n');
    }
    return cli_print(&out, error);
}

static enum status add(struct cli *cli, struct error *error)
{
    const struct covers_add_settings settings = {.folder = cli->arguments[1],
                                                 .map = cli_value(cli, "map", NULL),
                                                 .threads = cli->threads,
                                                 .progress = &cli->progress};
    struct covers_add_result result = {0};
    struct catalogue *catalogue = NULL;
    enum status status = cli_open_catalogue(cli, CATALOGUE_WRITE, &catalogue, error);
    if (status == STATUS_OK)
        status = app_covers_add(catalogue, &settings, &result, error);
    catalogue_close(catalogue);
    if (result.complete && (cli->json || !cli->quiet)) {
        enum status printed = print_report(cli, &result.report, status == STATUS_OK ? error : NULL);
        status = status == STATUS_OK ? printed : status;
    }
    if (status == STATUS_OK && result.report.unmatched > 0)
        log_message(LOG_INFO, "%s", app_covers_advice(settings.map != NULL));
    return status;
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
    bool generated = false;
    enum status status = cli_open_catalogue(cli, CATALOGUE_READ, &catalogue, error);
    struct listing listing = {.as_json = cli->json};
    listing.json.out = &listing.out;
    if (cli->json)
        json_object_begin(&listing.json);
    else
        buffer_add_text(&listing.out, "covers\talbums\n");
    if (status == STATUS_OK)
        status = app_covers_count(catalogue, list_reason, &listing, &generated, error);
    catalogue_close(catalogue);
    if (cli->json) {
        json_object_end(&listing.json);
        buffer_add_byte(&listing.out, '\n');
    }
    if (status == STATUS_OK && generated)
        log_message(LOG_INFO, "albums without a cover are shown with generated artwork");
    if (status == STATUS_OK)
        return cli_print_table(&listing.out, error);
    buffer_free(&listing.out);
    return status;
}

static enum status list_missing(struct cli *cli, struct error *error)
{
    const struct album_filter filter = {.without_cover = true};
    int64_t count;
    enum status status = cli_print_albums(cli, &filter, &count, error);
    if (status == STATUS_OK && count == 0 && !cli->quiet)
        log_message(LOG_INFO, "every album has a cover");
    return status;
}

static enum status status_or_missing(struct cli *cli, struct error *error)
{
    return cli_flag(cli, "missing") ? list_missing(cli, error) : show_status(cli, error);
}

static enum status run(struct cli *cli, struct error *error)
{
    static const struct {
        const char *name;
        int n_arguments;
        enum status (*run)(struct cli *cli, struct error *error);
    } commands[] = {{"add", 2, add}, {"fetch", 1, cli_covers_fetch}, {"status", 1, status_or_missing}};
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(cli->arguments[0], commands[i].name) == 0 && cli->n_arguments == commands[i].n_arguments)
            return commands[i].run(cli, error);
    return error_set(error, STATUS_USAGE, "usage: sleeve covers %s", cli_command_covers.arguments);
}

const struct command cli_command_covers = {
    .name = "covers",
    .arguments = "add DIR [--map FILE] | fetch [--from SOURCE] [--map FILE] | status [--missing]",
    .summary = "add album covers, fetch them from the network, or count them",
    .details =
        "Images (PNG, JPEG, WebP) are searched for in DIR and the folders in it. An image belongs to an album if it "
        "is\n"
        "named after the album's key, or \"Artist - Album\", or is called cover, folder, front or album in a folder\n"
        "Artist/Album. Case, spaces and punctuation of names do not matter.\n"
        "--map FILE is a table of two columns, the album's key and an image file, separated by tabs, commas or\n"
        "semicolons. It may have a header, which names the columns \"key\" (or \"album\") and \"path\"; then their "
        "order is\n"
        "free and other columns are ignored. Relative paths start from DIR, not from the map's folder.\n"
        "Images and lines that are not used are counted, and the first five of each kind are listed with the reason.\n"
        "status counts the albums with a cover, and those without one by reason. status --missing lists those without\n"
        "one, by artist, with their keys: with a column \"path\" added, that table is a map.\n" COVERS_FETCH_HELP,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .arguments_min = 1,
    .arguments_max = 2,
    .choices = "add|fetch|status",
    .verbs = verb_options,
    .run = run,
};
