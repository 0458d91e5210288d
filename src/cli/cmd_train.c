#include <stdlib.h>
#include <string.h>

#include "app/training.h"
#include "cli/commands.h"

enum { SET_OPTIONS_MAX = 64, NAMES_MAX = 32 };

/* Written by `prepare` from the kinds of models. */
static char details[8000], choices[600];

static const struct cli_option options[] = {
    {"name", 0, "NAME", "name of the model (default: MODEL)"},
    {"features", 0, "SET,SET...", "feature sets of tracks or albums to train with (mf-..., fm-..., nn-...)"},
    {"covers", 0, "SET", "short for --features SET, for a set of covers"},
    {"members", 0, "NAME,NAME...", "trained models that an ensemble fuses"},
    {"weights", 0, "W,W...", "their weights (default: found on validation playlists)"},
    {"weights-of", 0, "NAME", "the weights of another ensemble of the same kinds of models"},
    {"preset", 0, "NAME", "mpd or small (default: by the catalogue's size)"},
    {"set", 0, "KEY=VALUE", "one setting; may be given several times"},
    {"on", 0, "train|train+val", "playlists to train on (default: train)"},
    {"seed", 0, "S", "random seed (default 42)"},
    {"ratings", 0, NULL, "also train on ratings: good tracks join their playlist, bad ones are negatives"},
    {"resume", 0, NULL, "continue a training that was stopped"},
    {"tables", 0, "auto|replicated|sharded", "of networks under mpirun: all rows on each process, or a part of them"},
};

/* The names in the order of enum table_placement. */
static enum status read_tables(const struct cli *cli, enum table_placement *placement, struct error *error)
{
    static const char *const names[TABLE_PLACEMENTS] = {"auto", "replicated", "sharded"};
    const char *text = cli_value(cli, "tables", names[TABLES_AUTO]);
    for (int i = 0; i < TABLE_PLACEMENTS; i++)
        if (strcmp(text, names[i]) == 0) {
            *placement = (enum table_placement)i;
            return STATUS_OK;
        }
    return error_set(error, STATUS_USAGE, "--tables is auto, replicated or sharded, not \"%.40s\"", text);
}

/* The sets of --features, then that of --covers. `text` is cut into the names. */
static enum status read_features(struct cli *cli, char *text, const char **names, size_t *count, struct error *error)
{
    const char *covers = cli_value(cli, "covers", NULL);
    *count = 0;
    for (char *rest = text; rest;) {
        const char *name = strsep(&rest, ",");
        if (*name == '\0')
            return error_set(error, STATUS_USAGE, "--features takes names of feature sets with commas between");
        if (*count < NAMES_MAX)
            names[(*count)++] = name;
    }
    if (covers && *count < NAMES_MAX)
        names[(*count)++] = covers;
    return STATUS_OK;
}

/* The names of --members. `text` is cut into them. */
static enum status read_members(char *text, const char *names[MODEL_MEMBERS_MAX], size_t *count, struct error *error)
{
    *count = 0;
    for (char *rest = text; rest;) {
        const char *name = strsep(&rest, ",");
        if (*name == '\0')
            return error_set(error, STATUS_USAGE, "--members takes names of models with commas between");
        if (*count == MODEL_MEMBERS_MAX)
            return error_set(error, STATUS_USAGE, "--members takes at most %d models", MODEL_MEMBERS_MAX);
        names[(*count)++] = name;
    }
    return STATUS_OK;
}

/* The numbers of --weights, one for each member. */
static enum status read_weights(const char *text, size_t n_members, double weights[MODEL_MEMBERS_MAX],
                                struct error *error)
{
    size_t count = 0;
    for (char *end = NULL; count < n_members; text = end + 1) {
        weights[count++] = strtod(text, &end);
        if (end == text || (*end != ',' && *end != '\0'))
            return error_set(error, STATUS_USAGE, "--weights takes numbers with commas between, not \"%.40s\"", text);
        if (*end == '\0' && count == n_members)
            return STATUS_OK;
        if (*end == '\0')
            break;
    }
    return error_set(error, STATUS_USAGE, "--weights takes one number for each of the %zu members", n_members);
}

static enum status read_ensemble(const struct cli *cli, char *text, const char *names[MODEL_MEMBERS_MAX],
                                 double weights[MODEL_MEMBERS_MAX], struct model_members *members, struct error *error)
{
    const char *numbers = cli_value(cli, "weights", NULL);
    *members = (struct model_members){.names = names, .weights_of = cli_value(cli, "weights-of", NULL)};
    if (numbers && members->weights_of)
        return error_set(error, STATUS_USAGE, "--weights and --weights-of cannot be given together");
    enum status status = read_members(text, names, &members->count, error);
    if (status == STATUS_OK && numbers) {
        status = read_weights(numbers, members->count, weights, error);
        members->weights = weights;
    }
    return status;
}

static enum status train(struct cli *cli, const struct model_spec *spec, struct error *error)
{
    struct catalogue *catalogue = NULL;
    struct cli_device device;
    enum status status = cli_open_catalogue(cli, CATALOGUE_WRITE, &catalogue, error);
    cli_device_start(cli, &device);
    if (status == STATUS_OK)
        status = app_train(catalogue, &device.use, spec, &cli->progress, error);
    cli_device_end(&device);
    catalogue_close(catalogue);
    return status;
}

static enum status run(struct cli *cli, struct error *error)
{
    const char *settings[SET_OPTIONS_MAX], *names[NAMES_MAX], *members[MODEL_MEMBERS_MAX];
    double weights[MODEL_MEMBERS_MAX];
    struct model_spec spec = {
        .kind = cli->arguments[0],
        .name = cli_value(cli, "name", cli->arguments[0]),
        .preset = cli_value(cli, "preset", NULL),
        .settings = settings,
        .split_sets = SPLIT_TRAIN,
        .features = names,
        .covers = cli_value(cli, "covers", NULL),
        .rated = cli_flag(cli, "ratings"),
        .resume = cli_flag(cli, "resume"),
        .ranks = cli->ranks,
    };
    for (const char *value; (value = cli_value_at(cli, "set", (int)spec.n_settings)); spec.n_settings++) {
        if (spec.n_settings == SET_OPTIONS_MAX)
            return error_set(error, STATUS_USAGE, "more than %d settings were given", SET_OPTIONS_MAX);
        settings[spec.n_settings] = value;
    }
    const char *on = cli_value(cli, "on", "train");
    if (strcmp(on, "train+val") == 0)
        spec.split_sets |= SPLIT_VALIDATION;
    else if (strcmp(on, "train") != 0)
        return error_set(error, STATUS_USAGE, "--on is train or train+val, not \"%s\"", on);
    int64_t seed;
    enum status status = cli_integer(cli, "seed", 0, INT64_MAX, 42, &seed, error);
    spec.seed = (uint64_t)seed;
    if (status == STATUS_OK)
        status = read_tables(cli, &spec.tables, error);
    char *features = cli_flag(cli, "features") ? strdup(cli_value(cli, "features", "")) : NULL;
    char *named = cli_flag(cli, "members") ? strdup(cli_value(cli, "members", "")) : NULL;
    if (status == STATUS_OK && ((cli_flag(cli, "features") && !features) || (cli_flag(cli, "members") && !named)))
        status = error_no_memory(error);
    if (status == STATUS_OK)
        status = read_ensemble(cli, named, members, weights, &spec.members, error);
    if (status == STATUS_OK)
        status = read_features(cli, features, names, &spec.n_features, error);
    if (status == STATUS_OK)
        status = train(cli, &spec, error);
    free(features);
    free(named);
    return status;
}

static void prepare(void)
{
    struct buffer help = {0}, names = {0};
    const char *name;
    model_kinds_help(&help);
    buffer_add_text(
        &help,
        "Models that learn in epochs are evaluated on the validation playlists of the split after each, and the best "
        "is\n"
        "kept; with --on train+val the last one is. Ctrl-C saves the state of the training, and --resume continues to\n"
        "the same result. A training that is stopped or fails leaves the earlier model of that name as it was. An\n"
        "unknown --set key lists all settings.\n"
        "mpirun -n N sleeve train ... divides the work of als, mf-..., fm-... and nn-... (all but -cnn) among N\n"
        "processes, which need the same catalogue in a shared folder. An embedding table of 1 GB and more is sharded:\n"
        "each process has a part of its rows and fetches the others that a step needs. --tables replicated and\n"
        "--tables sharded choose for all tables; the model is the same but for rounding.\n"
        "--ratings trains on what was rated, too (sleeve rate): tracks that are good for a playlist become entries of\n"
        "it, bad ones are taken out, and networks with the objective next draw them as negatives. Ratings of test\n"
        "playlists are left out. Of your own playlists, those with ratings are trained on; as they may be copies of\n"
        "test playlists, evaluations then say that the model may have seen the answers.");
    for (size_t i = 0; (name = model_kind_name(i)); i++)
        buffer_printf(&names, "%s%s", i == 0 ? "" : "|", name);
    cli_keep_text(&help, details, sizeof details);
    cli_keep_text(&names, choices, sizeof choices);
}

const struct command cli_command_train = {
    .name = "train",
    .arguments = "MODEL [--name NAME] [--features SET[,SET]...] [--covers SET] [--members NAME[,NAME]...] [--weights "
                 "W[,W]...] [--weights-of NAME] [--preset NAME] [--set KEY=VALUE]... "
                 "[--on train|train+val] [--ratings] [--seed S] [--resume] "
                 "[--tables auto|replicated|sharded]",
    .summary = "train a model: hybrid, popularity, als, sknn, ..., or {mf,fm,nn}-{avg,cnn,gru,transformer,pool}",
    .details = details,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .arguments_min = 1,
    .arguments_max = 1,
    .many_ranks = true,
    .choices = choices,
    .prepare = prepare,
    .run = run,
};
