#include <stdlib.h>
#include <string.h>

#include "app/demo.h"
#include "cli/commands.h"
#include "core/file.h"
#include "core/paths.h"

static const struct cli_option options[] = {
    {"dir", 0, "DIR", "folder of the demo catalogue (default: the data folder's sleeve)"},
    {"no-explore", 0, NULL, "make it, do not open it"},
};

static bool is_foreign(const char *path)
{
    struct catalogue *catalogue;
    if (!file_exists(path))
        return false;
    if (catalogue_open(path, CATALOGUE_READ, &catalogue, NULL) != STATUS_OK)
        return true;
    char *demo = NULL;
    struct catalogue_counts counts = {0};
    bool foreign = catalogue_setting_read(catalogue, "demo", &demo, NULL) != STATUS_OK ||
                   catalogue_count(catalogue, &counts, NULL) != STATUS_OK || (!demo && counts.tracks > 0);
    free(demo);
    catalogue_close(catalogue);
    return foreign;
}

/* DIR/catalogue.db; without --dir the data folder's, or its demo/ when a catalogue of the person's own stands there. */
static enum status choose_path(const struct cli *cli, struct buffer *path, struct error *error)
{
    const char *folder = cli_value(cli, "dir", NULL);
    if (folder && !*folder)
        return error_set(error, STATUS_USAGE, "--dir needs the name of a folder");
    if (cli->catalogue)
        return error_set(error, STATUS_USAGE,
                         "the demo makes a catalogue of its own; name its folder with --dir in place of --catalogue");
    enum status status = STATUS_OK;
    if (folder)
        buffer_add_text(path, folder);
    else
        status = path_data_folder(path, error);
    if (status != STATUS_OK)
        return status;
    size_t folder_size = path->size;
    buffer_add_text(path, "/catalogue.db");
    if (!path->failed && !folder && is_foreign(path->data)) {
        path->size = folder_size;
        buffer_add_text(path, "/demo");
        folder_size = path->size;
        buffer_add_text(path, "/catalogue.db");
        if (!path->failed)
            log_message(LOG_INFO, "your own catalogue is the default one, so the demo goes to %s", path->data);
    }
    if (path->failed)
        return error_no_memory(error);
    path->data[folder_size] = '\0';
    status = folder_make(path->data, error);
    path->data[folder_size] = '/';
    return status;
}

static enum status run(struct cli *cli, struct error *error)
{
    struct buffer path = {0};
    enum status status = choose_path(cli, &path, error);
    if (status == STATUS_OK)
        status = demo_make(path.data, cli->device, cli->threads, &cli->progress, error);
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
        "popularity, als and mf-avg. A demo that was stopped half-way goes on where it stopped.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .run = run,
};
