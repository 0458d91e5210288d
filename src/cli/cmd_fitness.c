#include <math.h>
#include <string.h>

#include "app/fitness.h"
#include "cli/commands.h"
#include "cli/list_models.h"
#include "cli/print_fitness.h"

enum { SETTINGS_GIVEN_MAX = 64 };

static const struct cli_option options[] = {
    {"name", 'n', "NAME", "name of the model (default fitness)"},
    {"model", 'm', "head|cnn", "train: head over vectors (default), or the published network"},
    {"features", 'f', "SET[,SET...]", "train: feature sets of tracks (default musicnn,musicnn-max), or bands"},
    {"classes", 0, "KIND", "train: playlists (default), own, albums or folders"},
    {"set", 0, "KEY=VALUE", "train: one setting; may be given several times"},
    {"seed", 0, "S", "train: random seed of the network (default 42)"},
    {"folds", 0, "K", "train: evaluate by cross-validation with K parts instead of making a model"},
    {"resume", 0, NULL, "train: continue an interrupted training"},
    {"top", 'k', "N", "apply: playlists of each song (default 10)"},
    {"plot", 0, "FILE", "show: the training curve, .png or .svg"},
    {"sizes", 0, "FILE", "show, train: a picture of the accuracy against the playlists' sizes, .png or .svg"},
    {"all", 'a', NULL, "show: all playlists"},
};
static const struct cli_verb verb_options[] = {{"", ""},
                                               {"train", "name|model|features|classes|set|seed|folds|sizes|resume"},
                                               {"apply", "name|top"},
                                               {"show", "name|plot|sizes|all"},
                                               {"rm", "name"},
                                               {NULL, NULL}};

/* ---- train ---- */

static enum status read_train(const struct cli *cli, const char **texts, struct fitness_train_settings *settings,
                              struct error *error)
{
    const char *text, *classes = cli_value(cli, "classes", fitness_class_names[FITNESS_PLAYLISTS]);
    int64_t seed = 0, folds = 0;
    int kind = 0;
    while (kind < FITNESS_CLASS_KINDS && strcmp(classes, fitness_class_names[kind]) != 0)
        kind++;
    if (kind == FITNESS_CLASS_KINDS)
        return error_set(error, STATUS_USAGE, "--classes is playlists, own, albums or folders, not \"%.40s\"", classes);
    settings->classes = (enum fitness_classes)kind;
    while ((text = cli_value_at(cli, "set", (int)settings->n_settings))) {
        if (settings->n_settings == SETTINGS_GIVEN_MAX)
            return error_set(error, STATUS_USAGE, "more than %d settings were given", SETTINGS_GIVEN_MAX);
        texts[settings->n_settings++] = text;
    }
    enum status status = cli_integer(cli, "seed", 0, INT64_MAX, 42, &seed, error);
    settings->seed = (uint64_t)seed;
    if (status == STATUS_OK && cli_value(cli, "folds", NULL))
        status = cli_integer(cli, "folds", 3, 100, 5, &folds, error);
    settings->folds = (int)folds;
    return status;
}

static enum status train(struct cli *cli, const char *name, struct error *error)
{
    const char *texts[SETTINGS_GIVEN_MAX];
    struct fitness_train_settings settings = {
        .name = name,
        .kind = cli_value(cli, "model", "head"),
        .features = cli_value(cli, "features", NULL),
        .settings = texts,
        .resume = cli_flag(cli, "resume"),
    };
    const char *sizes = cli_value(cli, "sizes", NULL);
    struct catalogue *catalogue = NULL;
    struct cli_device device;
    struct buffer report = {0};
    enum status status = read_train(cli, texts, &settings, error);
    if (status == STATUS_OK && sizes)
        status = app_fitness_plot_check(FITNESS_SIZES, sizes, error);
    if (status == STATUS_OK)
        status = cli_open_catalogue(cli, CATALOGUE_WRITE, &catalogue, error);
    cli_device_start(cli, &device);
    if (status == STATUS_OK)
        status = app_fitness_train(catalogue, &device.use, &settings, &cli->progress, &report, error);
    if (status == STATUS_OK && sizes)
        status = app_fitness_plot(report.data, FITNESS_SIZES, sizes, error);
    if (status == STATUS_OK)
        status = print_fitness(cli, report.data, false, error);
    buffer_free(&report);
    cli_device_end(&device);
    catalogue_close(catalogue);
    return status;
}

/* ---- apply ---- */

struct applied {
    const struct cli *cli;
    const struct fitness_model *model;
    struct buffer out;
    struct json_writer json;
    int64_t top;
};

static double fitness_of(float logit)
{
    return 1 / (1 + exp(-(double)logit));
}

static enum status print_one(const struct fitness_ranked *ranked, void *context, struct error *error)
{
    struct applied *applied = context;
    const struct fitness_model *model = applied->model;
    const int64_t n = applied->top < model->shape.n_classes ? applied->top : model->shape.n_classes;
    if (applied->cli->json) {
        json_object_begin(&applied->json);
        json_pair_text(&applied->json, "song", ranked->song);
        json_key(&applied->json, "playlists");
        json_array_begin(&applied->json);
    }
    for (int64_t i = 0; i < n; i++) {
        const int32_t class = ranked->order[i];
        if (applied->cli->json) {
            json_object_begin(&applied->json);
            json_pair_text(&applied->json, "name", model->names[class]);
            json_pair_text(&applied->json, "key", model->key_of[class]);
            json_pair_number(&applied->json, "fitness", fitness_of(ranked->logits[class]));
            json_object_end(&applied->json);
            continue;
        }
        cli_add_key(&applied->out, ranked->song, '\t');
        buffer_printf(&applied->out, "%lld\t", (long long)i + 1);
        cli_add_field(&applied->out, model->names[class], '\t');
        buffer_printf(&applied->out, "%.3f\t", fitness_of(ranked->logits[class]));
        cli_add_key(&applied->out, model->key_of[class], '\n');
    }
    if (applied->cli->json) {
        json_array_end(&applied->json);
        json_object_end(&applied->json);
    }
    return applied->out.failed ? error_no_memory(error) : STATUS_OK;
}

static enum status apply_model(struct cli *cli, struct catalogue *catalogue, const struct fitness_model *model,
                               struct error *error)
{
    struct applied applied = {.cli = cli, .model = model};
    struct cli_device device;
    applied.json.out = &applied.out;
    enum status status = cli_integer(cli, "top", 1, FITNESS_CLASSES_MAX, 10, &applied.top, error);
    if (status != STATUS_OK)
        return status;
    if (cli->json)
        json_array_begin(&applied.json);
    else
        buffer_add_text(&applied.out, "song\trank\tplaylist\tfitness\tkey\n");
    cli_device_start(cli, &device);
    status = app_fitness_apply(catalogue, &device.use, model, cli->arguments + 1, (size_t)cli->n_arguments - 1,
                               &cli->progress, print_one, &applied, error);
    cli_device_end(&device);
    if (status != STATUS_OK) {
        buffer_free(&applied.out);
        return status;
    }
    if (!cli->json)
        return cli_print_table(&applied.out, error);
    json_array_end(&applied.json);
    buffer_add_byte(&applied.out, '\n');
    return cli_print(&applied.out, error);
}

static enum status apply(struct cli *cli, const char *name, struct error *error)
{
    struct catalogue *catalogue = NULL;
    struct fitness_model model;
    if (cli->n_arguments < 2)
        return error_set(error, STATUS_USAGE, "fitness apply needs a music file or the key of a track, or several");
    enum status status = cli_open_catalogue(cli, CATALOGUE_READ, &catalogue, error);
    if (status == STATUS_OK)
        status = fitness_model_open(catalogue, name, &model, error);
    if (status == STATUS_OK) {
        status = apply_model(cli, catalogue, &model, error);
        fitness_model_free(&model);
    }
    catalogue_close(catalogue);
    return status;
}

/* ---- show, list, rm ---- */

static enum status show(struct cli *cli, struct catalogue *catalogue, const char *name, struct error *error)
{
    const char *plot = cli_value(cli, "plot", NULL), *sizes = cli_value(cli, "sizes", NULL);
    struct fitness_model model;
    enum status status = fitness_model_open(catalogue, name, &model, error);
    if (status != STATUS_OK)
        return status;
    if (plot)
        status = app_fitness_plot(model.report, FITNESS_CURVE, plot, error);
    if (status == STATUS_OK && sizes)
        status = app_fitness_plot(model.report, FITNESS_SIZES, sizes, error);
    if (status == STATUS_OK)
        status = print_fitness(cli, model.report, cli_flag(cli, "all"), error);
    fitness_model_free(&model);
    return status;
}

static enum status read_listed(const struct catalogue *catalogue, const char *name, struct listed_model *listed,
                               struct error *error)
{
    struct fitness_model model;
    enum status status = fitness_model_open(catalogue, name, &model, error);
    if (status != STATUS_OK)
        return status;
    buffer_add_text(&listed->what, model.shape.kind == FITNESS_CNN ? "cnn" : "head");
    buffer_add_text(&listed->features, model.inputs);
    listed->classes = model.shape.n_classes;
    fitness_model_free(&model);
    return STATUS_OK;
}

static const struct model_lister lister = {"model", "playlists", fitness_models_list, read_listed};

/* ---- the command ---- */

static enum status run(struct cli *cli, struct error *error)
{
    const char *action = cli->n_arguments > 0 ? cli->arguments[0] : "";
    const char *name = cli_value(cli, "name", "fitness");
    const bool removes = strcmp(action, "rm") == 0;
    struct catalogue *catalogue = NULL;
    if (strcmp(action, "apply") == 0)
        return apply(cli, name, error);
    if (cli->n_arguments > 1)
        return error_set(error, STATUS_USAGE, "fitness %s takes no further arguments; name a model with --name",
                         action);
    if (strcmp(action, "train") == 0)
        return train(cli, name, error);
    enum status status = cli_open_catalogue(cli, removes ? CATALOGUE_WRITE : CATALOGUE_READ, &catalogue, error);
    if (status == STATUS_OK)
        status = !*action  ? list_models(cli, catalogue, &lister, error)
                 : removes ? fitness_model_remove(catalogue, name, error)
                           : show(cli, catalogue, name, error);
    catalogue_close(catalogue);
    return status;
}

static char details[6000];

static void prepare(void)
{
    struct buffer help = {0};
    buffer_add_text(
        &help, "A model learns from the songs of playlists and ranks the playlists for a new song. Songs are drawn "
               "into three\n"
               "parts, 60 % for training, 20 % for validation and 20 % for the test, in these shares for each "
               "playlist; a song\n"
               "keeps its part when others are added. show prints how often the right playlist is among the first 1, 3 "
               "and 5,\n"
               "with 95 % intervals, beside logistic regression on the same inputs, the largest playlists and chance.\n"
               "head: small networks and a linear discriminant over feature sets of tracks, such as musicnn (sleeve "
               "embed), or over bands, the "
               "means and\n"
               "deviations of the log-mel bands (sleeve audio compute --preset musicnn).\n"
               "cnn: four convolutions over the first 120 seconds, as published (Stern 2022), after\n"
               "sleeve audio compute --preset fitness.\n"
               "apply takes music files and keys of tracks. The fitness of a playlist is the sigmoid of the network's "
               "output. It\n"
               "is a probability only with loss=binary.\n"
               "--folds 5 evaluates every song by a model that was trained without its part, beside logistic "
               "regression whose\n"
               "penalty is chosen within the other parts, with the interval of the paired difference; K is 3 or more.\n"
               "Without playlists of people, albums or folders of music files can be learned.\n");
    fitness_help(&help);
    while (help.size > 0 && help.data[help.size - 1] == '\n')
        help.data[--help.size] = '\0';
    cli_keep_text(&help, details, sizeof details);
}

const struct command cli_command_fitness = {
    .name = "fitness",
    .arguments = "[train | apply SONG... | show | rm]",
    .summary = "rank the playlists for a new song",
    .details = details,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .arguments_max = -1,
    .choices = "train|apply|show|rm",
    .verbs = verb_options,
    .prepare = prepare,
    .run = run,
};
