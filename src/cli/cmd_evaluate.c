#include <stdlib.h>
#include <string.h>

#include "app/evaluate.h"
#include "app/results_plot.h"
#include "cli/print_evaluation.h"
#include "cli/print_reranks.h"
#include "eval/split.h"

static const struct cli_option options[] = {
    {"model", 'm', "NAME[,NAME...]", "the models"},
    {"on", 0, "val|test", "playlists to evaluate on (default test)"},
    {"titles", 0, NULL, "give the models the titles of the playlists, too"},
    {"slices", 0, NULL, "also print metrics by number of seeds and by kind of playlist"},
    {"plot", 0, "FILE.png|svg", "draw the metrics against the number of seeds, one line per model"},
    {"run", 0, "FILE", "write the lists as a TREC run (one model)"},
    {"rerank", 0, "SPEC[;SPEC...]", "compare re-rankings of one model's lists with the lists (stores nothing)"},
    {"distance", 0, "SET", "with --rerank: the feature set of distances (default audio)"},
};

/* Cuts `names` at its commas. */
static enum status split_names(char *names, const char *models[EVALUATE_MODELS_MAX], int *count, struct error *error)
{
    *count = 0;
    for (char *rest = NULL, *name = strtok_r(names, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
        if (*count == EVALUATE_MODELS_MAX)
            return error_set(error, STATUS_USAGE, "at most %d models are evaluated in one call", EVALUATE_MODELS_MAX);
        for (int i = 0; i < *count; i++)
            if (strcmp(models[i], name) == 0)
                return error_set(error, STATUS_USAGE, "--model names %s twice", name);
        models[(*count)++] = name;
    }
    return *count > 0 ? STATUS_OK : error_set(error, STATUS_USAGE, "evaluate needs --model NAME[,NAME...]");
}

static enum status read_settings(const struct cli *cli, const char *const *models, int n_models,
                                 struct evaluate_settings *settings, struct error *error)
{
    const char *on = cli_value(cli, "on", "test");
    *settings = (struct evaluate_settings){
        .models = models,
        .n_models = n_models,
        .set = split_set_named(on),
        .titles = cli_flag(cli, "titles"),
        .groups = cli->json || cli_flag(cli, "slices"),
        .run_file = cli_value(cli, "run", NULL),
        .plot = cli_value(cli, "plot", NULL),
        .ranks = cli->ranks,
    };
    if (settings->set != SPLIT_VALIDATION && settings->set != SPLIT_TEST)
        return error_set(error, STATUS_USAGE, "--on is val or test, not \"%s\"", on);
    if (settings->run_file && n_models != 1)
        return error_set(error, STATUS_USAGE, "--run takes the lists of one model, not of %d", n_models);
    return settings->plot ? results_plot_check(settings->plot, n_models, error) : STATUS_OK;
}

static enum status evaluate(struct cli *cli, const struct evaluate_settings *settings, struct error *error)
{
    struct catalogue *catalogue = NULL;
    struct cli_device device;
    struct evaluate_result result = {0};
    enum status status = cli_open_catalogue(cli, CATALOGUE_WRITE, &catalogue, error);
    cli_device_start(cli, &device);
    if (status == STATUS_OK)
        status = app_evaluate(catalogue, &device.use, settings, &cli->progress, &result, error);
    cli_device_end(&device);
    const bool prints = status == STATUS_OK && ranks_rank(cli->ranks) == 0;
    if (prints && cli->json)
        status = print_evaluation_json(catalogue_path(catalogue), split_set_name(settings->set), &result, error);
    else if (prints)
        status = print_evaluation(&result, settings->groups, error);
    evaluate_result_free(&result);
    catalogue_close(catalogue);
    return status;
}

/* ---- re-rankings ---- */

/* Cuts `text` at its semicolons. */
static enum status read_specs(char *text, struct rerank_spec specs[EVALUATE_RERANKS_MAX], int *count,
                              struct error *error)
{
    enum status status = STATUS_OK;
    *count = 0;
    for (char *rest = NULL, *spec = strtok_r(text, ";", &rest); spec && status == STATUS_OK;
         spec = strtok_r(NULL, ";", &rest)) {
        if (*count == EVALUATE_RERANKS_MAX)
            return error_set(error, STATUS_USAGE, "at most %d re-rankings are compared in one call",
                             EVALUATE_RERANKS_MAX);
        status = rerank_spec_read(spec, &specs[(*count)++], error);
    }
    if (status == STATUS_OK && *count == 0)
        status = error_set(error, STATUS_USAGE, "--rerank is empty; it takes re-rankings such as artists=2,new=0.3");
    return status;
}

static enum status evaluate_reranks(struct cli *cli, const struct evaluate_settings *plain, struct error *error)
{
    struct rerank_spec specs[EVALUATE_RERANKS_MAX];
    struct evaluate_rerank_settings settings = {.model = plain->models[0],
                                                .set = plain->set,
                                                .titles = plain->titles,
                                                .specs = specs,
                                                .distance = cli_value(cli, "distance", NULL)};
    struct evaluate_rerank_result result;
    struct catalogue *catalogue = NULL;
    struct cli_device device;
    if (plain->ranks)
        return error_set(error, STATUS_USAGE, "--rerank is evaluated by one process; start it without mpirun");
    if (plain->n_models != 1 || plain->run_file || plain->plot || cli_flag(cli, "slices"))
        return error_set(error, STATUS_USAGE, "--rerank takes one model, without --run, --plot and --slices");
    char *text = strdup(cli_value(cli, "rerank", ""));
    enum status status = text ? read_specs(text, specs, &settings.n_specs, error) : error_no_memory(error);
    free(text);
    if (status == STATUS_OK)
        status = cli_open_catalogue(cli, CATALOGUE_READ, &catalogue, error);
    cli_device_start(cli, &device);
    if (status == STATUS_OK)
        status = app_evaluate_reranks(catalogue, &device.use, &settings, &cli->progress, &result, error);
    cli_device_end(&device);
    catalogue_close(catalogue);
    if (status != STATUS_OK)
        return status;
    return cli->json ? print_reranks_json(settings.model, split_set_name(settings.set), &result, error)
                     : print_reranks(&result, error);
}

static enum status run(struct cli *cli, struct error *error)
{
    const char *models[EVALUATE_MODELS_MAX];
    struct evaluate_settings settings;
    int n_models;
    char *names = strdup(cli_value(cli, "model", ""));
    if (!names)
        return error_no_memory(error);
    enum status status = split_names(names, models, &n_models, error);
    if (status == STATUS_OK)
        status = read_settings(cli, models, n_models, &settings, error);
    bool reranks = cli_value(cli, "rerank", NULL) != NULL;
    if (status == STATUS_OK && !reranks && cli_value(cli, "distance", NULL))
        status = error_set(error, STATUS_USAGE, "--distance is for --rerank");
    if (status == STATUS_OK)
        status = reranks ? evaluate_reranks(cli, &settings, error) : evaluate(cli, &settings, error);
    free(names);
    return status;
}

const struct command cli_command_evaluate = {
    .name = "evaluate",
    .arguments = "--model NAME[,NAME...] [--on val|test] [--titles] [--slices] [--plot FILE.png|svg] [--run FILE] "
                 "[--rerank SPEC[;SPEC...] [--distance SET]]",
    .summary = "evaluate models on the playlists that the split holds out",
    .details =
        "Prints means with 95 % intervals, from 500 recommendations per playlist. The results of each playlist are\n"
        "stored for compare. All models are evaluated on the same playlists. A warning names each model that was\n"
        "trained on them; `sleeve models show` prints what a model was trained on.\n"
        "Metrics, with their names in --json; R is the number of held-out tracks:\n" METRIC_HELP
        "Where some held-out tracks are in no training playlist, a second table has the metrics for each of these\n"
        "groups apart, from the same lists: other tracks count as misses, and playlists without such a track are\n"
        "left out. Above it are the highest recall that lists of known tracks can have, that of random tracks, and\n"
        "the mean share of the shown tracks that a model knows.\n" HELD_OUT_HELP
        "Slices are thirds (low, middle, high; equal values stay together) of the evaluated playlists by\n" SLICE_HELP
        "Hidden tracks are the held-out tracks, which the models do not see.\n"
        "--rerank shows what re-rankings (sleeve help recommend) of a model's 500 tracks cost and bring, each paired\n"
        "with the list as the model gives it; nothing is stored. Popularity and new=... count training playlists.\n"
        "Differences have 95 % intervals over playlists; those of coverage are by the jackknife. "
        "Measures:\n" RERANK_MEASURE_HELP "No track is lost, so recall and coverage of all 500 stay the same.\n"
        "mpirun -n N sleeve evaluate divides the playlists among N processes, with exactly the same results.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .many_ranks = true,
    .run = run,
};
