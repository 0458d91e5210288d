#include <inttypes.h>
#include <stdio.h>

#include "cli/commands.h"
#include "eval/split.h"

static const struct cli_option options[] = {
    {"test", 0, "N", "playlists to test on (default 10000, lowered on small catalogues)"},
    {"val", 0, "N", "playlists to validate on (default: as many as --test)"},
    {"seed", 0, "S", "seed of the draw (default 42)"},
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

static enum status run(struct cli *cli, struct error *error)
{
    const char *import = cli_value(cli, "import", NULL);
    const char *export = cli_value(cli, "export", NULL);
    bool draw = cli_flag(cli, "test") || cli_flag(cli, "val") || cli_flag(cli, "seed") || (!import && !export);
    if (import && draw)
        return error_set(error, STATUS_USAGE, "a split is either drawn (--test, --val, --seed) or taken from --import");
    int64_t test;
    int64_t validation = 0;
    int64_t seed = 0;
    enum status status = cli_integer(cli, "test", 0, 100000000, 10000, &test, error);
    if (status == STATUS_OK)
        status = cli_integer(cli, "val", 0, 100000000, test, &validation, error);
    if (status == STATUS_OK)
        status = cli_integer(cli, "seed", 0, INT64_MAX, 42, &seed, error);
    struct catalogue *catalogue = NULL;
    if (status == STATUS_OK)
        status = cli_open_catalogue(cli, import || draw ? CATALOGUE_WRITE : CATALOGUE_READ, &catalogue, error);
    struct split_counts counts = {0};
    if (status == STATUS_OK && import)
        status = split_import(catalogue, import, &counts, error);
    else if (status == STATUS_OK && draw)
        status = split_make(catalogue, test, validation, (uint64_t)seed, &counts, error);
    if (status == STATUS_OK && (import || draw))
        status = print(cli, &counts, error);
    if (status == STATUS_OK && export)
        status = split_export(catalogue, export, error);
    catalogue_close(catalogue);
    return status;
}

const struct command cli_command_split = {
    .name = "split",
    .arguments = "[--test N] [--val N] [--seed S] [--import FILE] [--export FILE]",
    .summary = "which playlists train, validate and test",
    .details =
        "Test and validation playlists are drawn from those with more than 20 distinct tracks, and show a model their\n"
        "first 1 to 10 tracks. The split is stored: models are always compared on the same playlists.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .run = run,
};
