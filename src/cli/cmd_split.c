#include <inttypes.h>
#include <stdio.h>

#include "app/split.h"
#include "cli/commands.h"

static const struct cli_option options[] = {
    {"test", 0, "N", "playlists to test on (default 10000, lowered on small catalogues)"},
    {"val", 0, "N", "playlists to validate on (default: as many as --test)"},
    {"seed", 0, "S", "random seed (default 42)"},
    {"import", 0, "FILE", "take the split from this TSV file: playlist key, set, seeds"},
    {"export", 0, "FILE", "write the stored split to this TSV file"},
};

static enum status print(const struct cli *cli, const struct split_counts *counts, struct error *error)
{
    struct buffer out = {0};
    const char *format =
        cli->json ? "{\"candidates\":%" PRId64 ",\"test\":%" PRId64 ",\"val\":%" PRId64 ",\"train\":%" PRId64 "}\n"
                  : "candidates\t%" PRId64 "\ntest\t%" PRId64 "\nval\t%" PRId64 "\ntrain\t%" PRId64 "\n";
    buffer_printf(&out, format, counts->candidates, counts->test, counts->validation, counts->train);
    return cli_print(&out, error);
}

static enum status read_settings(const struct cli *cli, struct split_settings *settings, struct error *error)
{
    int64_t seed = 0;
    settings->import_file = cli_value(cli, "import", NULL);
    settings->export_file = cli_value(cli, "export", NULL);
    settings->draw = cli_flag(cli, "test") || cli_flag(cli, "val") || cli_flag(cli, "seed") ||
                     (!settings->import_file && !settings->export_file);
    if (settings->import_file && settings->draw)
        return error_set(error, STATUS_USAGE, "a split is either drawn (--test, --val, --seed) or taken from --import");
    enum status status = cli_integer(cli, "test", 0, 100000000, 10000, &settings->test, error);
    if (status == STATUS_OK)
        status = cli_integer(cli, "val", 0, 100000000, settings->test, &settings->validation, error);
    if (status == STATUS_OK)
        status = cli_integer(cli, "seed", 0, INT64_MAX, 42, &seed, error);
    settings->seed = (uint64_t)seed;
    return status;
}

static enum status run(struct cli *cli, struct error *error)
{
    struct split_settings settings = {0};
    struct split_counts counts = {0};
    struct catalogue *catalogue = NULL;
    enum status status = read_settings(cli, &settings, error);
    if (status == STATUS_OK)
        status =
            cli_open_catalogue(cli, split_changes(&settings) ? CATALOGUE_WRITE : CATALOGUE_READ, &catalogue, error);
    if (status == STATUS_OK)
        status = app_split(catalogue, &settings, &counts, error);
    if (counts.train > 0) { /* the split was changed, whether or not it could be exported */
        enum status printed = print(cli, &counts, status == STATUS_OK ? error : NULL);
        status = status == STATUS_OK ? printed : status;
    }
    catalogue_close(catalogue);
    return status;
}

const struct command cli_command_split = {
    .name = "split",
    .arguments = "[--test N] [--val N] [--seed S] [--import FILE] [--export FILE]",
    .summary = "choose the playlists for training, validation and testing",
    .details = "Test and validation playlists are drawn from those with more than 20 distinct tracks. A model sees the "
               "first 1\n"
               "to 10 tracks of each. The split is stored: models are always compared on the same playlists.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .run = run,
};
