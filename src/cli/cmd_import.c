#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "app/import.h"
#include "app/import_library.h"
#include "cli/commands.h"
#include "core/file.h"

/* Written by `prepare` from the table of importers. */
static char arguments[1000], choices[300], preset_names[400], details[8000];

static const struct cli_option options[] = {
    {"preset", 0, preset_names, "csv: the layout of the table (default: found by its header)"},
    {"map", 0, "FIELD=COLUMN,...", "csv: which column holds which field"},
    {"match-only", 0, NULL, "add no tracks: entries that no track fits are left out and listed"},
    {"unmatched", 0, "FILE", "write these entries as a table with the nearest tracks, to be edited"},
    {"matches", 0, "FILE", "read that table with its column match filled in"},
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

enum { LIBRARY_ROWS = 11, SHOWN = 10 }; /* at the end of the report, only of `import library`; entries in messages */

/* Which importers match entries to tracks. */
static bool matches_entries(const struct app_import_result *result)
{
    return result->importer && importer_takes(result->importer, "matches") &&
           (strcmp(result->importer->name, "csv") != 0 || result->report.matches.unmatched > 0 ||
            result->report.matches.by_id + result->report.matches.by_isrc + result->report.matches.by_names > 0);
}

static void log_unmatched(const struct app_import_result *result, const char *file)
{
    const struct unmatched_report *unmatched = &result->unmatched;
    for (size_t i = 0; i < unmatched->n_rows && i < SHOWN; i++) {
        const struct unmatched_row *row = &unmatched->rows[i];
        const struct track *near = row->n_candidates > 0 ? &unmatched->tracks.items[row->candidates[0]] : NULL;
        const bool named = row->entry->title[0] != '\0';
        log_message(LOG_INFO, "no track fits: %s%s%s; %s%s%s%s%s%s", named ? row->entry->artist : row->entry->id,
                    named ? " - " : "", row->entry->title, near ? "nearest: " : "nothing is like it",
                    near ? near->artist : "", near ? " - " : "", near ? near->title : "", near ? ", " : "",
                    near ? near->key : "");
    }
    if (unmatched->entries.count > SHOWN)
        log_message(LOG_INFO, "and %zu more", unmatched->entries.count - SHOWN);
    if (unmatched->entries.left_out > 0)
        log_message(LOG_WARNING, "%" PRId64 " tracks beyond the first %d are not listed", unmatched->entries.left_out,
                    UNMATCHED_MAX);
    if (file && unmatched->entries.count > 0)
        log_message(
            LOG_INFO,
            "fill in the column match of %s, then run this import again with --matches %s instead of --unmatched", file,
            file);
    else if (unmatched->entries.count > 0)
        log_message(LOG_INFO, "to choose by hand, give --unmatched FILE");
}

static void json_unmatched(struct json_writer *json, const struct unmatched_report *unmatched)
{
    json_key(json, "unmatched");
    json_array_begin(json);
    for (size_t i = 0; i < unmatched->n_rows; i++) {
        const struct unmatched_row *row = &unmatched->rows[i];
        json_object_begin(json);
        json_pair_text(json, "playlist", row->entry->playlist);
        json_pair_integer(json, "place", row->entry->place);
        json_pair_integer(json, "entries", row->entry->count);
        json_pair_text(json, "title", row->entry->title);
        json_pair_text(json, "artist", row->entry->artist);
        json_pair_text(json, "album", row->entry->album);
        json_pair_text(json, "id", row->entry->id);
        json_key(json, "candidates");
        json_array_begin(json);
        for (size_t c = 0; c < row->n_candidates; c++) {
            json_object_begin(json);
            cli_json_track(json, &unmatched->tracks.items[row->candidates[c]]);
            json_object_end(json);
        }
        json_array_end(json);
        json_object_end(json);
    }
    json_array_end(json);
}

struct report_row {
    const char *name;
    int64_t value;
};

static void add_rows(struct buffer *out, struct json_writer *json, const struct report_row *rows, size_t n_rows)
{
    for (size_t i = 0; i < n_rows; i++) {
        if (json)
            json_pair_integer(json, rows[i].name, rows[i].value);
        else
            buffer_printf(out, "%s\t%" PRId64 "\n", rows[i].name, rows[i].value);
    }
}

static void add_matches(const struct import_report *report, struct buffer *out, struct json_writer *json)
{
    const struct report_row rows[] = {
        {"matched_by_id", report->matches.by_id},         {"matched_by_isrc", report->matches.by_isrc},
        {"matched_by_mbid", report->matches.by_mbid},     {"matched_by_file", report->matches.by_file},
        {"matched_by_names", report->matches.by_names},   {"matched_by_hand", report->matches.by_hand},
        {"entries_unmatched", report->matches.unmatched}, {"playlists_completed", report->matches.completed},
    };
    add_rows(out, json, rows, sizeof rows / sizeof rows[0]);
}

static enum status print_report(const struct cli *cli, const struct app_import_result *result, struct error *error)
{
    const struct import_report *report = &result->report;
    struct buffer out = {0};
    const struct report_row rows[] = {
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
    const size_t n_rows = sizeof rows / sizeof rows[0] - (result->importer == &importer_library ? 0 : LIBRARY_ROWS);
    struct json_writer json = {.out = &out};
    if (cli->json) {
        json_object_begin(&json);
        json_pair_text(&json, "format", result->importer->name);
        add_rows(NULL, &json, rows, n_rows);
        if (matches_entries(result))
            add_matches(report, NULL, &json);
        if (result->unmatched.n_rows > 0)
            json_unmatched(&json, &result->unmatched);
        json_key(&json, "reasons");
        json_object_begin(&json);
        for (int i = 0; i < report->n_reasons; i++)
            json_pair_integer(&json, report->reasons[i].reason, report->reasons[i].count);
        json_object_end(&json);
        json_pair_number(&json, "seconds", result->seconds);
        json_object_end(&json);
        buffer_add_byte(&out, '\n');
    } else {
        add_rows(&out, NULL, rows, n_rows);
        if (matches_entries(result))
            add_matches(report, &out, NULL);
        buffer_printf(&out, "seconds\t%.2f\n", result->seconds);
    }
    return cli_print(&out, error);
}

static bool is_format(const char *name)
{
    const struct importer *importer;
    return strcmp(name, "auto") == 0 || importer_find(app_importers, name, &importer, NULL) == STATUS_OK;
}

/* `import FILE` is `import auto FILE`, but a word that names neither is an unknown format. */
static bool is_path(const char *name)
{
    return !is_format(name) && (strchr(name, '/') || strchr(name, '.') || file_exists(name));
}

static enum status run(struct cli *cli, struct error *error)
{
    char *catalogue;
    const bool without = is_path(cli->arguments[0]);
    if (!without && cli->n_arguments < 2)
        return error_set(error, STATUS_USAGE, "usage: sleeve import %s", arguments);
    enum status status = cli_catalogue_path(cli, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    const char *unmatched = cli_value(cli, "unmatched", NULL);
    const struct app_import_settings settings = {
        .catalogue = catalogue,
        .format = without ? "auto" : cli->arguments[0],
        .input = {.paths = cli->arguments + !without,
                  .n_paths = (size_t)(cli->n_arguments - !without),
                  .preset = cli_value(cli, "preset", NULL),
                  .map = cli_value(cli, "map", NULL),
                  .match_only = cli_flag(cli, "match-only")},
        .matches = cli_value(cli, "matches", NULL),
        .unmatched = unmatched,
        .list_unmatched = cli->json,
        .candidates = cli->json ? UNMATCHED_MAX : SHOWN,
        .threads = cli->threads,
        .progress = &cli->progress,
    };
    struct app_import_result result;
    status = app_import(&settings, &result, error);
    if (result.importer && strcmp(settings.format, "auto") == 0)
        log_message(LOG_INFO, "%s is read as import %s reads it", settings.input.paths[0], result.importer->name);
    log_reasons(&result.report);
    log_unmatched(&result, unmatched);
    if (status == STATUS_OK && (cli->json || !cli->quiet))
        status = print_report(cli, &result, error);
    else if (status == STATUS_BAD_DATA && cli->json && result.unmatched.n_rows > 0)
        print_report(cli, &result, NULL); /* nothing was imported: the rows are all that there is to work with */
    app_import_result_free(&result);
    free(catalogue);
    return status;
}

static void add_presets(const struct importer *importer, const char *before, struct buffer *names, struct buffer *help)
{
    struct buffer line = {0};
    const struct import_preset *preset;
    for (size_t i = 0; importer->preset && (preset = importer->preset(i)); i++) {
        buffer_printf(names, "%s%s", names->size > 0 ? "|" : "", preset->name);
        buffer_clear(&line);
        buffer_printf(&line, "--preset %s: %s", preset->name, preset->help);
        buffer_add_text(help, before);
        cli_add_wrapped(help, line.data ? line.data : "", "    ");
    }
    buffer_free(&line);
}

static void prepare(void)
{
    struct buffer usage = {0}, formats = {0}, presets = {0}, help = {0}, line = {0};
    for (const struct importer *const *at = app_importers; *at; at++) {
        buffer_printf(&usage, "%s%s %s", at == app_importers ? "" : " | ", (*at)->name, (*at)->arguments);
        buffer_printf(&formats, "%s%s", at == app_importers ? "" : "|", (*at)->name);
        buffer_clear(&line);
        buffer_printf(&line, "%s: %s", (*at)->name, (*at)->help);
        cli_add_wrapped(&help, line.data ? line.data : "", "");
        add_presets(*at, "  ", &presets, &help);
    }
    buffer_free(&line);
    buffer_printf(&usage, " | auto FILE|DIR");
    buffer_printf(&formats, "|auto");
    buffer_add_text(&help, "auto, or no format: found by what the file or folder contains.\n");
    cli_add_wrapped(
        &help,
        "Entries of playlists are matched to tracks of the catalogue by id, ISRC, MusicBrainz recording, music "
        "file, or title and artist; of csv only with --match-only, --matches or --preset services. Others are "
        "added, if they have title and artist.",
        "");
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
    .arguments_min = 1,
    .arguments_max = -1,
    .choices = choices,
    .prepare = prepare,
    .run = run,
};
