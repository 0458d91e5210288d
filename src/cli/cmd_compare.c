#include <stdlib.h>
#include <string.h>

#include "app/compare.h"
#include "app/compare_lists.h"
#include "app/results_plot.h"
#include "cli/print_comparison.h"
#include "cli/print_lists.h"

static const struct cli_option options[] = {
    {"reference", 0, "FILE:MODEL", "B is another program's results of MODEL: TSV or .gz"},
    {"seeds", 0, "N", "only playlists that show N seeds"},
    {"held-out", 0, "GROUP", "metrics of these held-out tracks only: known, unknown or cold"},
    {"slice", 0, "NAME=BIN", "only playlists of this slice: BIN is low, middle or high"},
    {"slices", 0, NULL, "also print metrics by number of seeds and by kind of playlist"},
    {"unpaired", 0, NULL, "all playlists of each side by Welch's test, instead of paired differences"},
    {"plot", 0, "FILE.png|svg", "draw both sides against the number of seeds"},
    {"by", 0, "METRIC", "the metric of the largest wins and losses (default ndcg)"},
    {"largest", 'n', "N", "list N of the largest wins and losses (default 5), or suggestions (10)"},
    {"playlist", 0, "PLAYLIST", "instead: both models' suggestions for this playlist, side by side"},
    {"track", 0, "URI-or-key", "instead: the same for these seeds (may be given several times)"},
    {"title", 0, "TEXT", "with --track, or alone: the title of the playlist"},
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
        .groups = (cli->json || cli_flag(cli, "slices")) && !cli_flag(cli, "unpaired"),
        .unpaired = cli_flag(cli, "unpaired"),
        .by = cli_value(cli, "by", NULL),
        .plot = cli_value(cli, "plot", NULL),
    };
    if (cli_flag(cli, "reference") == (cli->n_arguments == 2))
        return error_set(error, STATUS_USAGE, "compare needs two models, or one and --reference FILE:MODEL");
    if (settings->by && metric_named(settings->by) == METRICS)
        return error_set(error, STATUS_USAGE, "--by is one of the metrics, such as ndcg or clicks, not \"%s\"",
                         settings->by);
    if (settings->unpaired && (cli_flag(cli, "slices") || settings->by))
        return error_set(error, STATUS_USAGE,
                         "--unpaired has no differences of playlists: leave out --slices and --by");
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

static enum status compare_results(struct cli *cli, struct error *error)
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

/* ---- the suggestions for one playlist ---- */

static bool is_of_lists(const struct cli *cli)
{
    return cli_flag(cli, "playlist") || cli_flag(cli, "track") || cli_flag(cli, "title");
}

/* What only makes sense for results. */
static enum status check_lists(const struct cli *cli, struct error *error)
{
    static const char *const of_results[] = {"reference", "seeds",    "held-out", "slice",
                                             "slices",    "unpaired", "plot",     "by"};
    for (size_t i = 0; i < sizeof of_results / sizeof of_results[0]; i++)
        if (cli_flag(cli, of_results[i]))
            return error_set(error, STATUS_USAGE, "--%s is for results over playlists, not for the lists of one",
                             of_results[i]);
    if (cli_flag(cli, "playlist") && (cli_flag(cli, "track") || cli_flag(cli, "title")))
        return error_set(error, STATUS_USAGE, "give --playlist, or --track and --title, not both");
    if (cli->n_arguments != 2 || strchr(cli->arguments[0], ',') || strchr(cli->arguments[1], ','))
        return error_set(error, STATUS_USAGE,
                         "the lists of exactly two models can be compared: compare A B --playlist KEY");
    const char *title = cli_value(cli, "title", NULL);
    if (title && !title[0])
        return error_set(error, STATUS_USAGE, "--title is empty; name the playlist, or leave --title out");
    return STATUS_OK;
}

static enum status compare_lists(struct cli *cli, struct error *error)
{
    const char *keys[CLI_VALUES_MAX];
    size_t n_keys = 0;
    int64_t rows;
    struct app *app = NULL;
    struct compared_lists lists = {0};
    enum status status = check_lists(cli, error);
    while (n_keys < CLI_VALUES_MAX && (keys[n_keys] = cli_value_at(cli, "track", (int)n_keys)))
        n_keys++;
    if (status == STATUS_OK)
        status = cli_integer(cli, "largest", 1, METRICS_LENGTH, cli->json ? METRICS_LENGTH : 10, &rows, error);
    if (status == STATUS_OK)
        status = cli_open_app(cli, false, &app, error);
    const struct compare_named named = {.playlist = cli_value(cli, "playlist", NULL),
                                        .tracks = keys,
                                        .n_tracks = n_keys,
                                        .title = cli_value(cli, "title", NULL)};
    if (status == STATUS_OK)
        status = app_compare_named(app, cli->arguments[0], cli->arguments[1], &named, &lists, error);
    if (status == STATUS_OK)
        status = (cli->json ? print_lists_json : print_lists)(&lists, (size_t)rows, error);
    compared_lists_free(&lists);
    app_close(app);
    return status;
}

static enum status run(struct cli *cli, struct error *error)
{
    return is_of_lists(cli) ? compare_lists(cli, error) : compare_results(cli, error);
}

const struct command cli_command_compare = {
    .name = "compare",
    .arguments = "A[,A2...] (B[,B2...] | --reference FILE:MODEL) [--seeds N] [--held-out GROUP] [--slice NAME=BIN] "
                 "[--slices] [--unpaired] "
                 "[--plot FILE.png|svg] [--by METRIC] [-n N] | A B (--playlist PLAYLIST | --track URI-or-key ... "
                 "[--title TEXT]) [-n N]",
    .summary = "compare two models on the same playlists: differences, tests, wins and losses, or two lists",
    .details =
        "A side may be several models separated by commas, such as one model trained with three seeds: then their\n"
        "mean on each playlist counts. A win is the better value for A: higher, but lower for clicks and popularity.\n"
        "A is \"better\" or \"worse\" where the 95 % interval of a - b excludes 0, otherwise \"not worse\"; "
        "popularity\n"
        "is \"lower\" or \"higher\", because neither is better by itself. Intervals of differences are 1.96 standard\n"
        "errors on each side, and those of fewer than 30 playlists Student's t; the means of A and B have intervals "
        "as\n"
        "evaluate prints them. Where the two are equal on every playlist, p is 1. Holm's p is that of the\n"
        "t-test, corrected for the number of metrics. For metrics and slices see: sleeve help evaluate.\n"
        "With --playlist or --track, both models' suggestions are listed beside each other: for each track whether it\n"
        "is held out, and how far it moves from A's list to B's (up 3, down 12, or only in one). Of a test or\n"
        "validation playlist the models get the seeds, as in an evaluation, of another one all tracks.\n"
        "A reference file names its columns in a header; metrics that are missing are not compared:\n"
        "  model, playlist, seeds" METRIC_COMMA_NAMES,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .arguments_min = 1,
    .arguments_max = 2,
    .run = run,
};
