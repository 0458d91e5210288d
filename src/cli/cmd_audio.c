#include <inttypes.h>
#include <string.h>

#include "app/audio.h"
#include "cli/commands.h"

static const struct cli_option options[] = {
    {"preset", 'p', "NAME", "compute: the settings of the spectrograms: thesis (default), musicnn or fitness"},
    {"all", 'a', NULL, "status: all files that cannot be read, not only the first twenty"},
};

static const struct cli_verb verb_options[] = {{"compute", "preset"}, {"status", "all"}, {NULL, NULL}};

enum { LISTED = 20 };

/* ------------------------------------------------------------------ compute */

static enum status print_report(const struct cli *cli, const char *preset, const struct audio_report *report,
                                struct error *error)
{
    const struct {
        const char *name;
        int64_t count;
    } rows[] = {{"tracks", report->tracks},
                {"computed", report->computed},
                {"kept", report->kept},
                {"unreadable", report->unreadable},
                {"missing", report->missing}};
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    if (cli->json) {
        json_object_begin(&json);
        json_pair_text(&json, "preset", preset);
    }
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

static enum status compute(struct cli *cli, struct error *error)
{
    const char *preset = cli_value(cli, "preset", "thesis");
    struct cli_device device;
    const struct audio_settings settings = {.spectrogram = spectrogram_preset(preset),
                                            .threads = cli->threads,
                                            .device = &device.use,
                                            .progress = &cli->progress};
    struct audio_report report = {0};
    struct catalogue *catalogue = NULL;
    if (!settings.spectrogram)
        return error_set(error, STATUS_USAGE, "--preset must be thesis, musicnn or fitness, not \"%s\"", preset);
    cli_device_start(cli, &device);
    enum status status = cli_open_catalogue(cli, CATALOGUE_READ, &catalogue, error);
    if (status == STATUS_OK)
        status = app_audio_compute(catalogue, &settings, &report, error);
    catalogue_close(catalogue);
    cli_device_end(&device);
    if (report.tracks > 0 && status != STATUS_FAILED && (cli->json || !cli->quiet)) {
        enum status printed = print_report(cli, preset, &report, status == STATUS_OK ? error : NULL);
        status = status == STATUS_OK ? printed : status;
    }
    return status;
}

/* ------------------------------------------------------------------ status */

static void json_caches(struct json_writer *json, const struct audio_status *found)
{
    json_key(json, "spectrograms");
    json_array_begin(json);
    for (size_t i = 0; i < found->n_caches; i++) {
        const struct audio_cache_summary *cache = &found->caches[i];
        json_object_begin(json);
        json_pair_text(json, "preset", cache->settings->name);
        json_pair_integer(json, "tracks", cache->tracks);
        json_pair_integer(json, "unreadable", cache->unreadable);
        json_pair_number(json, "hours", cache->seconds / 3600);
        json_pair_integer(json, "bytes", (int64_t)cache->bytes);
        if (cache->damage)
            json_pair_text(json, "damage", cache->damage);
        json_object_end(json);
    }
    json_array_end(json);
}

static void json_status(struct json_writer *json, const struct audio_status *found)
{
    json_object_begin(json);
    json_pair_integer(json, "with_file", found->with_file);
    json_pair_integer(json, "readable", found->readable);
    json_pair_integer(json, "untried", found->untried);
    json_caches(json, found);
    json_key(json, "unreadable");
    json_array_begin(json);
    for (size_t i = 0; i < found->n_problems; i++) {
        json_object_begin(json);
        json_pair_text(json, "file", found->problems[i].path);
        json_pair_text(json, "reason", found->problems[i].reason);
        json_object_end(json);
    }
    json_array_end(json);
    json_object_end(json);
}

static enum status print_counts(const struct audio_status *found, struct error *error)
{
    struct buffer out = {0};
    buffer_printf(&out,
                  "sound\ttracks\nhave a file\t%" PRId64 "\ncan be read\t%" PRId64 "\nnot read yet\t%" PRId64
                  "\nfiles that cannot be read\t%zu\n",
                  found->with_file, found->readable, found->untried, found->n_problems);
    return cli_print_table(&out, error);
}

static enum status print_caches(const struct audio_status *found, struct error *error)
{
    struct buffer out = {0};
    buffer_add_text(&out, "spectrograms\ttracks\thours\tMB\tsettings\n");
    for (size_t i = 0; i < found->n_caches; i++) {
        const struct audio_cache_summary *cache = &found->caches[i];
        buffer_printf(&out, "%s\t%" PRId64 "\t%.1f\t%.1f\t", cache->settings->name, cache->tracks,
                      cache->seconds / 3600, (double)cache->bytes / 1e6);
        cli_add_field(&out, cache->damage ? cache->damage : cache->settings->about, '\n');
    }
    return cli_print_table(&out, error);
}

static enum status print_problems(const struct cli *cli, const struct audio_status *found, struct error *error)
{
    struct buffer out = {0};
    const size_t shown = cli_flag(cli, "all") || found->n_problems < LISTED ? found->n_problems : LISTED;
    buffer_add_text(&out, "cannot be read\treason\n");
    for (size_t i = 0; i < shown; i++) {
        cli_add_key(&out, found->problems[i].path, '\t');
        cli_add_field(&out, found->problems[i].reason, '\n');
    }
    if (shown < found->n_problems)
        log_message(LOG_INFO, "%zu more cannot be read; --all lists them", found->n_problems - shown);
    return cli_print_table(&out, error);
}

static enum status print_status(const struct cli *cli, const struct audio_status *found, struct error *error)
{
    if (cli->json) {
        struct buffer out = {0};
        struct json_writer json = {.out = &out};
        json_status(&json, found);
        buffer_add_byte(&out, '\n');
        return cli_print(&out, error);
    }
    enum status status = print_counts(found, error);
    if (status == STATUS_OK && found->n_caches > 0)
        status = print_caches(found, error);
    if (status == STATUS_OK && found->n_problems > 0)
        status = print_problems(cli, found, error);
    if (status == STATUS_OK && found->with_file == 0)
        log_message(LOG_INFO, "`sleeve import library FOLDER` finds the files of a folder");
    else if (status == STATUS_OK && found->untried > 0)
        log_message(LOG_INFO, "`sleeve audio compute` reads the files that were not read yet");
    return status;
}

static enum status show_status(struct cli *cli, struct error *error)
{
    struct audio_status found = {0};
    struct catalogue *catalogue = NULL;
    enum status status = cli_open_catalogue(cli, CATALOGUE_READ, &catalogue, error);
    if (status == STATUS_OK)
        status = app_audio_status(catalogue, &found, error);
    catalogue_close(catalogue);
    if (status == STATUS_OK)
        status = print_status(cli, &found, error);
    app_audio_status_free(&found);
    return status;
}

static enum status run(struct cli *cli, struct error *error)
{
    return strcmp(cli->arguments[0], "compute") == 0 ? compute(cli, error) : show_status(cli, error);
}

const struct command cli_command_audio = {
    .name = "audio",
    .arguments = "compute [--preset NAME] | status",
    .summary = "spectrograms of tracks, and whose files are readable",
    .details =
        "compute decodes the files of all tracks that `import library` found, on all cores, and keeps their\n"
        "spectrograms beside the catalogue, where training reads them without decoding again. Files that have not\n"
        "changed are not decoded twice, and a run that was stopped is continued by the same command. Files that hold\n"
        "no sound that can be decoded are skipped, counted and named; they are tried again when they have changed.\n"
        "status says how many tracks have a file, what is kept, and which files cannot be read and why.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .arguments_min = 1,
    .arguments_max = 1,
    .choices = "compute|status",
    .verbs = verb_options,
    .run = run,
};
