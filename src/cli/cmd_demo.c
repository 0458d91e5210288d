#include "app/demo.h"
#include "cli/commands.h"

static const struct cli_option options[] = {
    {"dir", 0, "DIR", "folder of the demo catalogue (default: the data folder's sleeve)"},
    {"no-explore", 0, NULL, "make the demo, but do not open it"},
};

static enum status run(struct cli *cli, struct error *error)
{
    const struct demo_settings settings = {
        .folder = cli_value(cli, "dir", NULL),
        .device = {cli->device, cli->threads, NULL},
        .progress = &cli->progress,
    };
    if (settings.folder && !*settings.folder)
        return error_set(error, STATUS_USAGE, "--dir needs the name of a folder");
    if (cli->catalogue)
        return error_set(error, STATUS_USAGE,
                         "the demo makes a catalogue of its own; name its folder with --dir in place of --catalogue");
    struct buffer path = {0};
    enum status status = demo_make(&settings, &path, error);
    if (status == STATUS_OK) {
        cli->catalogue = path.data;
        if (cli_flag(cli, "no-explore"))
            log_message(LOG_INFO, "the demo catalogue is %s (its covers are generated)", path.data);
        else
            status = cli_command_explore.run(cli, error);
    }
    buffer_free(&path);
    return status;
}

const struct command cli_command_demo = {
    .name = "demo",
    .arguments = "[--dir DIR] [--no-explore]",
    .summary = "make the demo catalogue (once) and open it",
    .details =
        "471 real Spotify playlists of 2020 (TidyTuesday), generated covers, embedding sets gray16 and gist, models\n"
        "popularity, als, sknn, mf-avg and demo (the hybrid), of which demo and als are evaluated. A demo that was\n"
        "interrupted continues where it stopped.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .run = run,
};
