#include <stdlib.h>
#include <string.h>

#include "app/compare.h"
#include "app/results_plot.h"
#include "cli/print_comparison.h"

static const struct cli_option options[] = {
    {"reference", 0, "FILE:MODEL", "B is another program's results of MODEL: TSV or .gz"},
    {"seeds", 0, "N", "only playlists that show N seeds"},
    {"held-out", 0, "GROUP", "metrics of these held-out tracks only: known, unknown or cold"},
    {"slice", 0, "NAME=BIN", "only playlists of this slice: BIN is low, middle or high"},
    {"slices", 0, NULL, "also print metrics by number of seeds and by kind of playlist"},
    {"plot", 0, "FILE.png|svg", "draw both sides against the number of seeds"},
    {"largest", 'n', "N", "how many of the largest wins and losses to list (default 5)"},
};

static enum status read_filter(const struct cli *cli, struct result_group *filter, struct error *error)
{
    int64_t seeds;
    const char *slice = cli_value(cli, "slice", NULL);
    enum status status = cli_integer(cli, "seeds", 0, INT32_MAX, SEEDS_ANY, &seeds, error);
    *filter = (struct result_group){.seeds = (int)seeds, .slice = -1};
    if (status != STATUS_OK || !slice || result_group_parse(slice, filter))
        return status;
    struct buffer names = {0};
    for (int i = 0; i < N_SLICES; i++)
        buffer_printf(&names, "%s%s", i == 0 ? "" : i + 1 < N_SLICES ? ", " : " or ", slice_names[i]);
    status = error_set(error, STATUS_USAGE, "--slice is NAME=BIN with NAME %s and BIN low, middle or high, not \"%s\"",
                       names.data ? names.data : "", slice);
    buffer_free(&names);
    return status;
}

static enum status read_settings(const struct cli *cli, struct compare_settings *settings, struct error *error)
{
    int64_t largest;
    const char *held_out = cli_value(cli, "held-out", NULL);
    *settings = (struct compare_settings){
        .a = cli->arguments[0],
        .b = cli->arguments[1],
        .held_out = held_out ? held_out_named(held_out) : HELD_OUT_GROUPS,
        .groups = cli->json || cli_flag(cli, "slices"),
        .plot = cli_value(cli, "plot", NULL),
    };
    if (cli_flag(cli, "reference") == (cli->n_arguments == 2))
        return error_set(error, STATUS_USAGE, "compare needs two models, or one and --reference FILE:MODEL");
    if (held_out && settings->held_out == HELD_OUT_GROUPS)
        return error_set(error, STATUS_USAGE, "--held-out is known, unknown or cold, not \"%s\"", held_out);
    if (held_out && cli_flag(cli, "reference"))
        return error_set(error, STATUS_USAGE, "--held-out needs the results of two models, not --reference");
    enum status status = cli_integer(cli, "largest", 0, 1000, 5, &largest, error);
    settings->largest = (size_t)largest;
    if (status == STATUS_OK)
        status = read_filter(cli, &settings->filter, error);
    if (status == STATUS_OK && settings->plot)
        status = results_plot_check(settings->plot, 2, error);
    return status;
}

/* FILE:MODEL as side b; *file is malloc'ed. */
static enum status read_reference(const char *reference, struct compare_settings *settings, char **file,
                                  struct error *error)
{
    const char *colon = strrchr(reference, ':');
    if (!colon || colon == reference || !colon[1])
        return error_set(error, STATUS_USAGE, "--reference is FILE:MODEL, not \"%s\"", reference);
    *file = strndup(reference, (size_t)(colon - reference));
    settings->reference_file = *file;
    settings->b = colon + 1;
    return *file ? STATUS_OK : error_no_memory(error);
}

static enum status run(struct cli *cli, struct error *error)
{
    const char *reference = cli_value(cli, "reference", NULL);
    struct compare_settings settings;
    struct compare_result result = {0};
    struct catalogue *catalogue = NULL;
    char *file = NULL;
    enum status status = read_settings(cli, &settings, error);
    if (status == STATUS_OK && reference)
        status = read_reference(reference, &settings, &file, error);
    if (status == STATUS_OK)
        status = cli_open_catalogue(cli, CATALOGUE_READ, &catalogue, error);
    if (status == STATUS_OK)
        status = app_compare(catalogue, &settings, &result, error);
    if (status == STATUS_OK && cli->json)
        status = print_comparison_json(&settings, reference ? reference : settings.b, &result, error);
    else if (status == STATUS_OK)
        status = print_comparison(&settings, &result, error);
    compare_result_free(&result);
    catalogue_close(catalogue);
    free(file);
    return status;
}

const struct command cli_command_compare = {
    .name = "compare",
    .arguments = "A[,A2...] (B[,B2...] | --reference FILE:MODEL) [--seeds N] [--held-out GROUP] [--slice NAME=BIN] "
                 "[--slices] [--plot "
                 "FILE.png|svg] [-n N]",
    .summary = "compare two evaluated models on the same playlists: paired differences, tests, wins and losses",
    .details =
        "A side may be several models separated by commas, such as one model trained with three seeds: then their\n"
        "mean on each playlist counts. A win is the better value for A: higher, but lower for clicks and popularity.\n"
        "A is \"better\" or \"worse\" where the 95 % interval of a - b excludes 0, otherwise \"not worse\". Where the\n"
        "two are equal on every playlist, p is 1. For metrics and slices see: sleeve help evaluate.\n"
        "A reference file names its columns in a header; metrics that are missing are not compared:\n"
        "  model, playlist, seeds" METRIC_COMMA_NAMES,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .arguments_min = 1,
    .arguments_max = 2,
    .run = run,
};
