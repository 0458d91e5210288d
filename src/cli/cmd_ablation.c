#include <stdlib.h>
#include <string.h>

#include "app/ablation.h"
#include "cli/print_ablation.h"
#include "core/file.h"
#include "eval/split.h"

static const char default_models[] = "mf-transformer,fm-transformer,nn-transformer";

static const struct cli_option options[] = {
    {"features", 0, "SET,SET...", "the feature sets, each examined alone; required"},
    {"models", 0, "KIND,KIND...", "kinds of models (default: mf-, fm- and nn-transformer)"},
    {"seeds", 0, "N", "trainings of each, with random seeds 1 to N (default 3)"},
    {"on", 0, "val|test", "playlists to evaluate on (default: val)"},
    {"preset", 0, "NAME", "mpd or small (default: by the catalogue's size)"},
    {"set", 0, "KEY=VALUE", "one setting of all trainings; may be given several times"},
    {"variant", 0, "KEY=VALUE,...", "the same again with these settings for models with features; several times"},
    {"slices", 0, NULL, "also differences by number of seeds and by kind of playlist"},
    {"keep", 0, NULL, "keep the trained models and the permuted sets"},
    {"out", 0, "FILE.tsv|md", "write the result to a file, too"},
};

/* Cuts a list at its commas. */
static enum status read_names(char *text, const char *option, const char **names, size_t most, size_t *count,
                              struct error *error)
{
    for (char *rest = text; rest;) {
        const char *name = strsep(&rest, ",");
        if (*name == '\0')
            return error_set(error, STATUS_USAGE, "--%s takes names with commas between", option);
        if (*count == most)
            return error_set(error, STATUS_USAGE, "--%s takes at most %zu names", option, most);
        names[(*count)++] = name;
    }
    return STATUS_OK;
}

static enum status read_repeated(const struct cli *cli, const char *option, const char **texts, size_t most,
                                 size_t *count, struct error *error)
{
    for (const char *text; (text = cli_value_at(cli, option, (int)*count)); (*count)++) {
        if (*count == most)
            return error_set(error, STATUS_USAGE, "--%s can be given at most %zu times", option, most);
        texts[*count] = text;
    }
    return STATUS_OK;
}

enum format { NO_FILE, FILE_TSV, FILE_MARKDOWN };

static enum status read_format(const char *path, enum format *format, struct error *error)
{
    const char *dot = path ? strrchr(path, '.') : NULL;
    *format = dot && strcmp(dot, ".tsv") == 0 ? FILE_TSV : dot && strcmp(dot, ".md") == 0 ? FILE_MARKDOWN : NO_FILE;
    if (path && *format == NO_FILE)
        return error_set(error, STATUS_USAGE, "--out is a file that ends in .tsv or .md, not \"%.200s\"", path);
    return STATUS_OK;
}

static enum status write_file(const struct ablation_settings *settings, const struct ablation_result *result,
                              enum format format, struct atomic_file *file, struct error *error)
{
    struct buffer out = {0};
    if (format == FILE_TSV)
        print_ablation_tsv(settings, result, &out);
    else
        print_ablation_markdown(settings, result, &out);
    enum status status = out.failed ? error_no_memory(error) : STATUS_OK;
    if (status == STATUS_OK)
        fwrite(out.data, 1, out.size, file->stream); /* the commit reports a failure */
    if (status == STATUS_OK)
        status = atomic_file_commit(file, error);
    buffer_free(&out);
    return status;
}

/* The file is opened first, so that one that cannot be written fails before the work. */
static enum status run_ablation(struct cli *cli, const struct ablation_settings *settings, enum format format,
                                struct error *error)
{
    struct catalogue *catalogue = NULL;
    struct cli_device device;
    struct atomic_file file = {0};
    struct ablation_result result = {0};
    enum status status = cli_open_catalogue(cli, CATALOGUE_WRITE, &catalogue, error);
    cli_device_start(cli, &device);
    if (status == STATUS_OK && format != NO_FILE)
        status = atomic_file_open(cli_value(cli, "out", ""), &file, error);
    if (status == STATUS_OK)
        status = app_ablation(catalogue, &device.use, settings, &cli->progress, &result, error);
    if (status == STATUS_OK && format != NO_FILE)
        status = write_file(settings, &result, format, &file, error);
    if (status == STATUS_OK)
        status = cli->json ? print_ablation_json(settings, &result, error) : print_ablation(settings, &result, error);
    atomic_file_abort(&file);
    ablation_result_free(&result);
    cli_device_end(&device);
    catalogue_close(catalogue);
    return status;
}

static enum status run(struct cli *cli, struct error *error)
{
    const char *models[ABLATION_MODELS_MAX], *features[ABLATION_SETS_MAX], *variants[ABLATION_VARIANTS_MAX],
        *texts[ABLATION_SETTINGS_MAX], *on = cli_value(cli, "on", "val");
    struct ablation_settings settings = {
        .models = models,
        .features = features,
        .variants = variants,
        .settings = texts,
        .preset = cli_value(cli, "preset", NULL),
        .set = split_set_named(on),
        .groups = cli->json || cli_flag(cli, "slices"),
        .keep = cli_flag(cli, "keep"),
    };
    enum format format = NO_FILE;
    int64_t seeds;
    if (!cli_flag(cli, "features"))
        return error_set(error, STATUS_USAGE, "ablation needs --features SET; sleeve features lists the sets");
    if (settings.set != SPLIT_VALIDATION && settings.set != SPLIT_TEST)
        return error_set(error, STATUS_USAGE, "--on is val or test, not \"%.40s\"", on);
    char *kinds = strdup(cli_value(cli, "models", default_models)), *sets = strdup(cli_value(cli, "features", ""));
    enum status status = kinds && sets ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        status = read_names(kinds, "models", models, ABLATION_MODELS_MAX, &settings.n_models, error);
    if (status == STATUS_OK)
        status = read_names(sets, "features", features, ABLATION_SETS_MAX, &settings.n_features, error);
    if (status == STATUS_OK)
        status = read_repeated(cli, "variant", variants, ABLATION_VARIANTS_MAX, &settings.n_variants, error);
    if (status == STATUS_OK)
        status = read_repeated(cli, "set", texts, ABLATION_SETTINGS_MAX, &settings.n_settings, error);
    if (status == STATUS_OK)
        status = cli_integer(cli, "seeds", 1, ABLATION_SEEDS_MAX, 3, &seeds, error);
    if (status == STATUS_OK)
        status = read_format(cli_value(cli, "out", NULL), &format, error);
    if (status == STATUS_OK) {
        settings.n_seeds = (size_t)seeds;
        status = run_ablation(cli, &settings, format, error);
    }
    free(kinds);
    free(sets);
    return status;
}

const struct command cli_command_ablation = {
    .name = "ablation",
    .arguments = "--features SET[,SET]... [--models KIND[,KIND]...] [--seeds N] [--on val|test] [--preset NAME] [--set "
                 "KEY=VALUE]... [--variant KEY=VALUE[,KEY=VALUE]...]... [--slices] [--keep] [--out FILE.tsv|md]",
    .summary = "train models with and without feature sets (covers) and test what the features change",
    .details =
        "Each kind of model is trained without features, with each set, and with the same set whose rows are\n"
        "exchanged among the items: the control that tells what covers add from what more parameters add. All\n"
        "trainings have the same playlists, settings and seeds, and keep their last weights. With --on val they are\n"
        "trained on the training playlists, with --on test on those and the validation playlists.\n"
        "The models recommend alone: seeds that they do not know give popular tracks, not the lists by similarity\n"
        "of sleeve evaluate.\n"
        "Differences are paired by playlist, with the mean over the seeds on each side. P-values in brackets are\n"
        "corrected by Holm's method over all models, sets and metrics. A difference counts as shown where the\n"
        "corrected p of the t-test is below 5 % and it has the same sign with each seed.\n"
        "A run that was stopped or killed continues when the same command is given again.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .run = run,
};
