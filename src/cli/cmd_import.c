#include <inttypes.h>
#include <string.h>

#include "cli/commands.h"
#include "core/clock.h"
#include "db/import/import.h"
#include "db/search.h"

static const struct cli_option options[] = {
    {"preset", 0, "NAME", "csv: spotify-songs, playlists or exportify (default: found by the header)"},
    {"map", 0, "FIELD=COLUMN,...", "csv: columns by name"},
};

static void tell_reasons(const struct import_report *report)
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
}

static enum status print_report(const struct cli *cli, const struct import_report *report, double seconds,
                                struct error *error)
{
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
    };
    struct json_writer json = {.out = &out};
    if (cli->json) {
        json_object_begin(&json);
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
            json_pair_integer(&json, rows[i].name, rows[i].value);
        json_key(&json, "reasons");
        json_object_begin(&json);
        for (int i = 0; i < report->n_reasons; i++)
            json_pair_integer(&json, report->reasons[i].reason, report->reasons[i].count);
        json_object_end(&json);
        json_pair_number(&json, "seconds", seconds);
        json_object_end(&json);
        buffer_add_byte(&out, '\n');
    } else {
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
            buffer_printf(&out, "%s\t%" PRId64 "\n", rows[i].name, rows[i].value);
        buffer_printf(&out, "seconds\t%.2f\n", seconds);
    }
    return cli_print(&out, error);
}

static enum status read_preset(const struct cli *cli, enum csv_preset *preset, struct error *error)
{
    static const char *const names[] = {[CSV_AUTO] = "auto",
                                        [CSV_SPOTIFY_SONGS] = "spotify-songs",
                                        [CSV_PLAYLISTS] = "playlists",
                                        [CSV_EXPORTIFY] = "exportify"};
    const char *name = cli_value(cli, "preset", "auto");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0) {
            *preset = (enum csv_preset)i;
            return STATUS_OK;
        }
    }
    return error_set(error, STATUS_USAGE, "--preset is spotify-songs, playlists or exportify, not \"%s\"", name);
}

static enum status run(struct cli *cli, struct error *error)
{
    const char *format = cli->arguments[0];
    bool csv = strcmp(format, "csv") == 0;
    if (!csv && strcmp(format, "mpd") != 0)
        return error_set(error, STATUS_USAGE, "import reads mpd and csv, not \"%s\"", format);
    if (!csv && (cli_flag(cli, "preset") || cli_flag(cli, "map")))
        return error_set(error, STATUS_USAGE, "--preset and --map are for csv; slices of the dataset need neither");
    struct csv_options csv_options = {.map = cli_value(cli, "map", NULL)};
    enum status status = read_preset(cli, &csv_options.preset, error);
    if (status == STATUS_OK && csv && cli->n_arguments != 2)
        status =
            error_set(error, STATUS_USAGE, "usage: sleeve import csv FILE [--preset NAME] [--map field=column,...]");
    struct catalogue *catalogue = NULL;
    struct pool *pool = NULL;
    if (status == STATUS_OK)
        status = cli_open_catalogue(cli, CATALOGUE_CREATE, &catalogue, error);
    if (status == STATUS_OK)
        status = pool_create(cli->threads, &pool, error);
    struct import_report report = {0};
    double begin = clock_seconds();
    if (status == STATUS_OK)
        status = csv ? import_csv(catalogue, cli->arguments[1], &csv_options, pool, &cli->progress, &report, error)
                     : import_mpd(catalogue, cli->arguments + 1, (size_t)cli->n_arguments - 1, pool, &cli->progress,
                                  &report, error);
    if (status == STATUS_OK && report.entries > 0)
        status = search_index_build(catalogue, pool, error);
    double seconds = clock_seconds() - begin;
    tell_reasons(&report);
    if (status == STATUS_OK && (cli->json || !cli->quiet))
        status = print_report(cli, &report, seconds, error);
    pool_destroy(pool);
    catalogue_close(catalogue);
    return status;
}

const struct command cli_command_import = {
    .name = "import",
    .arguments = "mpd PATH... | csv FILE [--preset NAME] [--map FIELD=COLUMN,...]",
    .summary = "bring playlists into the catalogue",
    .details =
        "mpd: Million Playlist Dataset slices, files or folders; an import that was stopped goes on behind the last\n"
        "whole slice. csv: one row a playlist entry, with commas, tabs or semicolons, .gz read as it is, - is "
        "standard\n"
        "input; all or nothing. Presets: playlists (playlist, pos, track, artist, album, seconds or duration_ms, "
        "ids),\n"
        "spotify-songs, exportify (tables of exportify.app and exportify.net in any language: one playlist, named "
        "after\n"
        "the file). With -q only errors are written.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .arguments_min = 2,
    .arguments_max = -1,
    .run = run,
};
