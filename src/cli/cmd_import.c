#include <inttypes.h>
#include <stdlib.h>

#include "app/import.h"
#include "cli/commands.h"

/* Written by `prepare` from the table of importers. */
static char arguments[1000], choices[200], preset_names[400], details[6000];

static const struct cli_option options[] = {
    {"preset", 0, preset_names, "csv: the layout of the table (default: found by its header)"},
    {"map", 0, "FIELD=COLUMN,...", "csv: which column holds which field"},
};

static void log_reasons(const struct import_report *report)
{
    static const char *const kinds[IMPORT_KINDS] = {[IMPORT_SKIPPED] = "skipped",
                                                    [IMPORT_ALTERED] = "altered",
                                                    [IMPORT_DROPPED] = "dropped",
                                                    [IMPORT_IGNORED] = "ignored",
                                                    [IMPORT_PASSED] = "passed over"};
    for (int i = 0; i < report->n_reasons; i++) {
        const char *detail = report->reasons[i].detail;
        log_message(LOG_WARNING, "%" PRId64 " %s: %s%s%s (first at %s)", report->reasons[i].count,
                    kinds[report->reasons[i].kind], report->reasons[i].reason, *detail ? ": " : "", detail,
                    report->reasons[i].first);
    }
    if (report->files_skipped > 0)
        log_message(LOG_INFO, "already imported and not read again: %" PRId64 " of %" PRId64 " files",
                    report->files_skipped, report->files_skipped + report->files);
    if (report->library.missing > 0)
        log_message(LOG_INFO,
                    "files that have disappeared: %" PRId64
                    "; their tracks, covers and playlists stay in the catalogue",
                    report->library.missing);
}

enum { LIBRARY_ROWS = 11 }; /* at the end of the report, only of `import library` */

static enum status print_report(const struct cli *cli, const struct app_import_result *result, struct error *error)
{
    const struct import_report *report = &result->report;
    struct buffer out = {0};
    const struct {
        const char *name;
        int64_t value;
    } rows[] = {
        {"files", report->files},
        {"files_skipped", report->files_skipped},
        {"bytes", report->bytes},
        {"playlists", report->playlists},
        {"entries", report->entries},
        {"repeats", report->repeats},
        {"new_tracks", report->new_tracks},
        {"new_albums", report->new_albums},
        {"new_artists", report->new_artists},
        {"skipped", report->skipped},
        {"altered", report->altered},
        {"dropped", report->dropped},
        {"ignored", report->ignored},
        {"passed_over", report->passed_over},
        {"files_moved", report->library.moved},
        {"files_missing", report->library.missing},
        {"files_returned", report->library.returned},
        {"files_unreadable", report->library.unreadable},
        {"files_merged", report->library.merged},
        {"covers_embedded", report->library.covers_embedded},
        {"covers_folder", report->library.covers_folder},
        {"covers_kept", report->library.covers_kept},
        {"covers_none", report->library.covers_none},
        {"playlists_changed", report->library.playlists_changed},
        {"entries_unmatched", report->library.unmatched},
    };
    const size_t n_rows = sizeof rows / sizeof rows[0] - (result->library ? 0 : LIBRARY_ROWS);
    struct json_writer json = {.out = &out};
    if (cli->json) {
        json_object_begin(&json);
        for (size_t i = 0; i < n_rows; i++)
            json_pair_integer(&json, rows[i].name, rows[i].value);
        json_key(&json, "reasons");
        json_object_begin(&json);
        for (int i = 0; i < report->n_reasons; i++)
            json_pair_integer(&json, report->reasons[i].reason, report->reasons[i].count);
        json_object_end(&json);
        json_pair_number(&json, "seconds", result->seconds);
        json_object_end(&json);
        buffer_add_byte(&out, '\n');
    } else {
        for (size_t i = 0; i < n_rows; i++)
            buffer_printf(&out, "%s\t%" PRId64 "\n", rows[i].name, rows[i].value);
        buffer_printf(&out, "seconds\t%.2f\n", result->seconds);
    }
    return cli_print(&out, error);
}

static enum status run(struct cli *cli, struct error *error)
{
    char *catalogue;
    enum status status = cli_catalogue_path(cli, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    const struct app_import_settings settings = {
        .catalogue = catalogue,
        .format = cli->arguments[0],
        .input = {.paths = cli->arguments + 1,
                  .n_paths = (size_t)cli->n_arguments - 1,
                  .preset = cli_value(cli, "preset", NULL),
                  .map = cli_value(cli, "map", NULL)},
        .threads = cli->threads,
        .progress = &cli->progress,
    };
    struct app_import_result result;
    status = app_import(&settings, &result, error);
    log_reasons(&result.report);
    if (status == STATUS_OK && (cli->json || !cli->quiet))
        status = print_report(cli, &result, error);
    free(catalogue);
    return status;
}

static void add_presets(const struct importer *importer, const char *before, struct buffer *names, struct buffer *help)
{
    const struct import_preset *preset;
    for (size_t i = 0; importer->preset && (preset = importer->preset(i)); i++) {
        buffer_printf(names, "%s%s", names->size > 0 ? "|" : "", preset->name);
        buffer_printf(help, "%s--preset %s: %s\n", before, preset->name, preset->help);
    }
}

static void prepare(void)
{
    struct buffer usage = {0}, formats = {0}, presets = {0}, help = {0};
    for (const struct importer *const *at = app_importers; *at; at++) {
        buffer_printf(&usage, "%s%s %s", at == app_importers ? "" : " | ", (*at)->name, (*at)->arguments);
        buffer_printf(&formats, "%s%s", at == app_importers ? "" : "|", (*at)->name);
        buffer_printf(&help, "%s: %s\n", (*at)->name, (*at)->help);
        add_presets(*at, "  ", &presets, &help);
    }
    buffer_add_text(&help, "With -v every file that is passed over is named, with -q only errors are printed.");
    cli_keep_text(&usage, arguments, sizeof arguments);
    cli_keep_text(&formats, choices, sizeof choices);
    cli_keep_text(&presets, preset_names, sizeof preset_names);
    cli_keep_text(&help, details, sizeof details);
}

const struct command cli_command_import = {
    .name = "import",
    .arguments = arguments,
    .summary = "import playlists, or a folder of music files, into the catalogue",
    .details = details,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .arguments_min = 2,
    .arguments_max = -1,
    .choices = choices,
    .prepare = prepare,
    .run = run,
};
