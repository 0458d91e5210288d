#include "app/export.h"
#include "cli/commands.h"

/* Written by `prepare` from the table of exporters. */
static char arguments[400], choices[200], details[4000];

static const struct cli_option options[] = {
    {"spreadsheet", 0, NULL, "csv: guard fields that a spreadsheet would take for formulas"},
};

static enum status run(struct cli *cli, struct error *error)
{
    struct app_export_settings settings = {.playlist = cli->arguments[1], .spreadsheet = cli_flag(cli, "spreadsheet")};
    enum status status = exporter_find(cli->arguments[0], settings.spreadsheet, &settings.exporter, error);
    struct catalogue *catalogue = NULL;
    struct buffer out = {0};
    if (status == STATUS_OK)
        status = cli_open_catalogue(cli, CATALOGUE_READ, &catalogue, error);
    if (status == STATUS_OK)
        status = app_export(catalogue, &settings, &out, error);
    catalogue_close(catalogue);
    if (status == STATUS_OK)
        return cli_print(&out, error);
    buffer_free(&out);
    return status;
}

static void prepare(void)
{
    struct buffer formats = {0}, usage = {0}, help = {0};
    for (const struct exporter *const *at = exporters; *at; at++) {
        buffer_printf(&formats, "%s%s", at == exporters ? "" : "|", (*at)->name);
        buffer_printf(&help, "%s (%s): %s\n", (*at)->name, (*at)->extension, (*at)->help);
    }
    buffer_printf(&usage, "%s PLAYLIST [--spreadsheet]", formats.data);
    buffer_add_text(
        &help,
        "PLAYLIST is a key, a link, or a name that only one playlist has. Files and pipes get the text as it is; on a\n"
        "terminal control characters and invisible ones are written as \\uXXXX.");
    cli_keep_text(&usage, arguments, sizeof arguments);
    cli_keep_text(&formats, choices, sizeof choices);
    cli_keep_text(&help, details, sizeof details);
}

const struct command cli_command_export = {
    .name = "export",
    .arguments = arguments,
    .summary = "write a playlist as a file to standard output",
    .details = details,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .arguments_min = 2,
    .arguments_max = 2,
    .choices = choices,
    .prepare = prepare,
    .run = run,
};
