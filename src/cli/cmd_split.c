#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/split.h"
#include "cli/commands.h"

static const struct cli_option options[] = {
    {"test", 0, "N", "playlists to test on (default 10000, lowered on small catalogues)"},
    {"val", 0, "N", "playlists to validate on (default: as many as --test)"},
    {"seeds", 0, "LIST", "seeds shown, an equal group of playlists for each: 0,1,5 or 1-10 (default 1-10)"},
    {"cold", 0, "SHARE", "take this share of all tracks out of training and validation playlists, as 0.1"},
    {"cold-after", 0, "DATE", "take out the tracks released after YYYY, YYYY-MM or YYYY-MM-DD"},
    {"seed", 0, "S", "random seed (default 42)"},
    {"import", 0, "FILE", "take the split from this TSV file: playlist key, set, seeds"},
    {"export", 0, "FILE", "write the stored split to this TSV file"},
};

static enum status print(const struct cli *cli, const struct split_counts *counts, struct error *error)
{
    const struct {
        const char *name;
        int64_t count;
    } rows[] = {{"candidates", counts->candidates},
                {"test", counts->test},
                {"val", counts->validation},
                {"train", counts->train},
                {"cold", counts->cold}};
    struct buffer out = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (cli->json)
            buffer_printf(&out, "%s\"%s\":%" PRId64, i == 0 ? "{" : ",", rows[i].name, rows[i].count);
        else
            buffer_printf(&out, "%s\t%" PRId64 "\n", rows[i].name, rows[i].count);
    if (cli->json)
        buffer_add_text(&out, "}\n");
    return cli_print(&out, error);
}

/* Options that do not go with --import: the first that was given, else NULL. */
static const char *drawing_option(const struct cli *cli)
{
    static const char *const names[] = {"test", "val", "seeds", "seed"};
    bool cold = cli_flag(cli, "cold"); /* drawn with --seed */
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (cli_flag(cli, names[i]) && !(cold && strcmp(names[i], "seed") == 0))
            return names[i];
    return NULL;
}

static enum status read_cold(const struct cli *cli, struct split_cold *cold, struct error *error)
{
    cold->after = cli_value(cli, "cold-after", NULL);
    if (!cli_flag(cli, "cold"))
        return STATUS_OK;
    if (cold->after)
        return error_set(error, STATUS_USAGE, "cold tracks are either drawn (--cold) or chosen by --cold-after");
    enum status status = cli_number(cli, "cold", 0, 1, 0, &cold->share, error);
    if (status == STATUS_OK && !(cold->share > 0 && cold->share < 1))
        status = error_set(error, STATUS_USAGE, "--cold is a share between 0 and 1, such as 0.1, not \"%s\"",
                           cli_value(cli, "cold", ""));
    return status;
}

static enum status read_settings(const struct cli *cli, struct split_settings *settings, struct error *error)
{
    struct split_options *drawn = &settings->options;
    int64_t seed = 0;
    settings->import_file = cli_value(cli, "import", NULL);
    settings->export_file = cli_value(cli, "export", NULL);
    bool any = drawing_option(cli) || cli_flag(cli, "seed") || cli_flag(cli, "cold") || cli_flag(cli, "cold-after");
    settings->draw = !settings->import_file && (any || !settings->export_file);
    if (settings->import_file && drawing_option(cli))
        return error_set(error, STATUS_USAGE, "a split is either drawn (--%s) or taken from --import",
                         drawing_option(cli));
    enum status status = cli_integer(cli, "test", 0, 100000000, 10000, &drawn->test, error);
    if (status == STATUS_OK)
        status = cli_integer(cli, "val", 0, 100000000, drawn->test, &drawn->validation, error);
    if (status == STATUS_OK)
        status = cli_integer(cli, "seed", 0, INT64_MAX, 42, &seed, error);
    if (status == STATUS_OK && cli_flag(cli, "seeds"))
        status = split_seeds_parse(cli_value(cli, "seeds", ""), drawn->seeds, &drawn->n_seeds, error);
    drawn->seed = (uint64_t)seed;
    return status == STATUS_OK ? read_cold(cli, &drawn->cold, error) : status;
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
    .arguments = "[--test N] [--val N] [--seeds LIST] [--cold SHARE | --cold-after DATE] [--seed S] [--import FILE] "
                 "[--export FILE]",
    .summary = "choose the playlists for training, validation and testing",
    .details =
        "Test and validation playlists are drawn from those with more than 20 distinct tracks. A model sees the "
        "first 1\n"
        "to 10 tracks of each, or as many as --seeds says; 0 shows none. The split is stored: models are always\n"
        "compared on the same playlists.\n"
        "--cold is for evaluating on tracks that training never saw: they are taken out of all training and\n"
        "validation playlists. The test playlists are the same as without --cold and keep these tracks, so some of\n"
        "the seeds are tracks that no model knows. With --import, --cold and --cold-after choose cold tracks for the\n"
        "split of the file, unless it has rows with a track's key, the set cold and 0 seeds.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .run = run,
};
