#include <string.h>
#include <unistd.h>

#include "app/export.h"
#include "cli/commands.h"

/* Written by `prepare` from the table of exporters. */
static char arguments[400], choices[200], details[8000];

static const struct cli_option options[] = {
    {"out", 'o', "FILE|DIR", "write there, completely or not at all (default: standard output)"},
    {"all", 0, NULL, "every playlist; formats of one playlist write a file each into --out"},
    {"model", 0, "NAME", "trec, submission: the model whose lists are written"},
    {"on", 0, "all|train|val|test", "which playlists of the split"},
    {"embedding", 0, "SET", "projector: the feature set"},
    {"points", 0, "N", "projector: points at most (default 10000)"},
    {"challenge", 0, "FILE", "submission: challenge_set.json, whose playlists are continued"},
    {"team", 0, "NAME", "submission: the team"},
    {"email", 0, "ADDRESS", "submission: its address"},
    {"track", 0, "main|creative", "submission: the track (default main)"},
    {"spreadsheet", 0, NULL, "csv: guard fields that a spreadsheet would take for formulas"},
};

/* What was written, where standard output is not the file: {"format", "out", "notes": [...]}. */
static enum status print_notes(const struct cli *cli, const struct exporter *exporter,
                               const struct export_request *input, const struct buffer *notes, struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    const bool as_json = cli->json && input->out;
    json_object_begin(&json);
    json_pair_text(&json, "format", exporter->name);
    json_pair_text(&json, "out", input->out);
    json_key(&json, "notes");
    json_array_begin(&json);
    for (const char *line = notes->data; line && *line;) {
        const size_t size = strcspn(line, "\n");
        if (!as_json)
            log_message(LOG_INFO, "%.*s", (int)size, line);
        json_text_sized(&json, line, size);
        line += size + (line[size] == '\n');
    }
    json_array_end(&json);
    json_object_end(&json);
    buffer_add_byte(&out, '\n');
    if (as_json)
        return cli_print(&out, error);
    buffer_free(&out);
    return STATUS_OK;
}

static enum status check_output(const struct exporter *exporter, const struct export_request *input,
                                struct error *error)
{
    if (!exporter->binary || input->out || !isatty(STDOUT_FILENO))
        return STATUS_OK;
    return error_set(error, STATUS_USAGE, "export %s is not text; write it with --out FILE", exporter->name);
}

static enum status run_export(struct cli *cli, const struct exporter *exporter, const struct export_request *input,
                              struct error *error)
{
    struct catalogue *catalogue = NULL;
    struct cli_device device;
    struct buffer notes = {0};
    enum status status = cli_open_catalogue(cli, CATALOGUE_READ, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    cli_device_start(cli, &device);
    status = app_export(catalogue, &device.use, exporter, input, &cli->progress, &notes, error);
    cli_device_end(&device);
    catalogue_close(catalogue);
    if (status == STATUS_OK)
        status = print_notes(cli, exporter, input, &notes, error);
    buffer_free(&notes);
    return status;
}

static enum status run(struct cli *cli, struct error *error)
{
    const struct exporter *exporter;
    const struct export_request input = {.playlist = cli->n_arguments > 1 ? cli->arguments[1] : NULL,
                                         .all = cli_flag(cli, "all"),
                                         .spreadsheet = cli_flag(cli, "spreadsheet"),
                                         .model = cli_value(cli, "model", NULL),
                                         .on = cli_value(cli, "on", NULL),
                                         .embedding = cli_value(cli, "embedding", NULL),
                                         .challenge = cli_value(cli, "challenge", NULL),
                                         .team = cli_value(cli, "team", NULL),
                                         .email = cli_value(cli, "email", NULL),
                                         .track = cli_value(cli, "track", NULL),
                                         .points = cli_value(cli, "points", NULL),
                                         .out = cli_value(cli, "out", NULL),
                                         .overwrite = true};
    enum status status = app_exporter_find(cli->arguments[0], &exporter, error);
    if (status == STATUS_OK)
        status = app_exporter_check(exporter, &input, error);
    if (status == STATUS_OK)
        status = check_output(exporter, &input, error);
    return status == STATUS_OK ? run_export(cli, exporter, &input, error) : status;
}

static void prepare(void)
{
    struct buffer formats = {0}, usage = {0}, help = {0};
    for (const struct exporter *const *at = app_exporters; *at; at++) {
        buffer_printf(&formats, "%s%s", at == app_exporters ? "" : "|", (*at)->name);
        buffer_printf(&help, "%s %s (%s)\n", (*at)->name, app_exporter_arguments(*at),
                      (*at)->extension[0] == '/' ? "files in the folder --out" : (*at)->extension);
        cli_add_wrapped(&help, (*at)->help, "");
        buffer_add_byte(&help, '\n');
    }
    buffer_printf(&usage, "%s [PLAYLIST|--all|--embedding SET|--model MODEL] [--out FILE|DIR]", formats.data);
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
    .summary = "write playlists, lists of models or embeddings as files of other programs",
    .details = details,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .arguments_min = 1,
    .arguments_max = 2,
    .choices = choices,
    .prepare = prepare,
    .run = run,
};
