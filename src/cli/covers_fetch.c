#include "cli/covers_fetch.h"

#include <inttypes.h>
#include <string.h>

#include "app/covers.h"
#include "cli/commands.h"

static enum status read_source(const char *name, enum fetch_from *from, struct error *error)
{
    static const char *const names[] = {
        [FETCH_AUTO] = "auto", [FETCH_SPOTIFY] = "spotify", [FETCH_ARCHIVE] = "coverartarchive"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0) {
            *from = (enum fetch_from)i;
            return STATUS_OK;
        }
    return error_set(error, STATUS_USAGE, "--from is auto, spotify or coverartarchive, not \"%s\"", name);
}

struct row {
    const char *name;
    int64_t count;
};

static void add_rows(struct buffer *out, struct json_writer *json, const struct row *rows, size_t count, bool as_json)
{
    for (size_t i = 0; i < count; i++)
        if (as_json)
            json_pair_integer(json, rows[i].name, rows[i].count);
        else
            buffer_printf(out, "%s\t%" PRId64 "\n", rows[i].name, rows[i].count);
}

static void add_reasons(struct buffer *out, struct json_writer *json, const struct fetch_report *report, bool as_json)
{
    if (as_json) {
        json_key(json, "reasons");
        json_object_begin(json);
    }
    for (int reason = FETCH_STORED + 1; reason < FETCH_REASONS; reason++) {
        const struct row row = {fetch_reason_text((enum fetch_reason)reason), report->by_reason[reason]};
        if (row.count > 0)
            add_rows(out, json, &row, 1, as_json);
    }
    if (as_json)
        json_object_end(json);
}

static enum status print_report(const struct cli *cli, const struct fetch_report *report, struct error *error)
{
    const struct row rows[] = {
        {"already_there", report->already},
        {"known_without", report->known},
        {"other_keys", report->foreign},
        {"looked_for", report->looked_for},
        {"fetched", report->by_reason[FETCH_STORED]},
        {"same_image", report->shared},
        {"left", report->left},
        {"requests", report->requests},
        {"bytes", report->bytes},
    };
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    if (cli->json)
        json_object_begin(&json);
    add_rows(&out, &json, rows, sizeof rows / sizeof rows[0], cli->json);
    if (cli->json)
        json_pair_number(&json, "limited_seconds", report->limited_seconds);
    else
        buffer_printf(&out, "limited_seconds\t%.1f\n", report->limited_seconds);
    add_reasons(&out, &json, report, cli->json);
    if (cli->json) {
        json_object_end(&json);
        buffer_add_byte(&out, '\n');
    }
    return cli_print(&out, error);
}

enum status cli_covers_fetch(struct cli *cli, struct error *error)
{
    struct fetch_settings settings = {.map = cli_value(cli, "map", NULL),
                                      .retry = cli_flag(cli, "retry"),
                                      .threads = cli->threads,
                                      .progress = &cli->progress};
    struct fetch_report report = {0};
    struct catalogue *catalogue = NULL;
    int64_t concurrency = 8;
    enum status status = read_source(cli_value(cli, "from", "auto"), &settings.from, error);
    if (status == STATUS_OK)
        status = cli_integer(cli, "limit", 1, INT64_MAX, 0, &settings.limit, error);
    if (status == STATUS_OK)
        status = cli_integer(cli, "concurrency", 1, FETCH_CONCURRENCY_MAX, 8, &concurrency, error);
    settings.concurrency = (int)concurrency;
    if (status == STATUS_OK)
        status = cli_open_catalogue(cli, CATALOGUE_WRITE, &catalogue, error);
    if (status == STATUS_OK)
        status = app_covers_fetch(catalogue, &settings, &report, error);
    catalogue_close(catalogue);
    if (status == STATUS_OK && report.foreign > 0)
        log_message(LOG_WARNING,
                    "albums whose key is not an id of Spotify: %" PRId64
                    "; to look for them at the Cover Art Archive, set SLEEVE_CONTACT (`sleeve help covers`)",
                    report.foreign);
    bool ran = status == STATUS_OK || report.looked_for > 0;
    if (ran && (cli->json || !cli->quiet)) {
        progress_end(&cli->progress);
        enum status printed = print_report(cli, &report, status == STATUS_OK ? error : NULL);
        status = status == STATUS_OK ? printed : status;
    }
    return status;
}
