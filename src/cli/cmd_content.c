#include <stdlib.h>
#include <string.h>

#include "app/content_plot.h"
#include "cli/content_sound.h"
#include "cli/features_fit.h"

/* ---- train ---- */

static enum status print_training(const struct cli *cli, const struct feature_fit_settings *settings,
                                  const struct content_train_result *result, struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    if (!cli->json) {
        features_fit_table(settings, &result->fit, &out);
        content_gain_table(result, &out);
        return cli_print_table(&out, error);
    }
    json_object_begin(&json);
    features_fit_json(settings, &result->fit, &json);
    content_gain_json(result, &json);
    json_object_end(&json);
    buffer_add_byte(&out, '\n');
    return cli_print(&out, error);
}

static enum status train(struct cli *cli, const char *set, struct error *error)
{
    const char *texts[SETTINGS_GIVEN_MAX];
    struct feature_fit_settings settings = {.set = set, .model = cli_value(cli, "model", NULL)};
    struct catalogue *catalogue = NULL;
    struct content_train_result result;
    struct cli_device device;
    settings.name = cli_value(cli, "name", settings.model);
    if (!settings.model)
        return error_set(error, STATUS_USAGE, "content train needs --model MODEL");
    if (cli_value(cli, "network", NULL))
        return set ? error_set(error, STATUS_USAGE, "content train takes a feature set or --network, not both")
                   : content_train_sound(cli, error);
    if (!set || cli_value(cli, "seconds", NULL))
        return error_set(error, STATUS_USAGE,
                         set ? "--seconds is for --network"
                             : "content train needs a feature set, or --network NETWORK");
    enum status status = features_fit_options(cli, texts, &settings, error);
    if (status == STATUS_OK)
        status = cli_open_catalogue(cli, CATALOGUE_WRITE, &catalogue, error);
    cli_device_start(cli, &device);
    if (status == STATUS_OK)
        status = app_content_train(catalogue, &device.use, &settings, &cli->progress, &result, error);
    if (status == STATUS_OK)
        status = print_training(cli, &settings, &result, error);
    cli_device_end(&device);
    catalogue_close(catalogue);
    if (status == STATUS_OK)
        content_say_apply(settings.name, settings.model);
    return status;
}

/* ---- apply ---- */

static const char *const seeds_words[NEW_SEEDS_CHOICES] = {
    [NEW_SEEDS_NEVER] = "never: as unknown to the model",
    [NEW_SEEDS_BESIDE] = "beside seeds that the model knows",
    [NEW_SEEDS_ALWAYS] = "always",
};

static enum status print_applied(const struct cli *cli, const char *name, const struct content_apply_result *result,
                                 struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    if (!cli->json) {
        buffer_printf(&out, "predictor\t%s\nmodel\t%s\nfeature set\t%s\ntracks\t%lld\n", name, result->model,
                      result->set, (long long)result->n_tracks);
        buffer_printf(&out, "unknown to the model\t%lld\nnow with a vector\t%lld\nwithout features\t%lld\ngain\t%.4g\n",
                      (long long)result->n_unknown, (long long)result->n_new,
                      (long long)(result->n_unknown - result->n_new), result->gain);
        buffer_printf(&out, "as seeds\t%s\n", seeds_words[result->seeds]);
        for (int i = 0; i < NEW_SEEDS_CHOICES && result->chosen; i++)
            buffer_printf(&out, "NDCG on validation playlists, %s\t%.2f %%\n", new_tracks_seeds_names[i],
                          100 * result->ndcg[i]);
        return cli_print_table(&out, error);
    }
    json_object_begin(&json);
    json_pair_text(&json, "name", name);
    json_pair_text(&json, "model", result->model);
    json_pair_text(&json, "set", result->set);
    json_pair_integer(&json, "tracks", result->n_tracks);
    json_pair_integer(&json, "unknown", result->n_unknown);
    json_pair_integer(&json, "new", result->n_new);
    json_pair_number(&json, "gain", result->gain);
    json_pair_text(&json, "seeds", new_tracks_seeds_names[result->seeds]);
    json_key(&json, "validation_ndcg");
    json_object_begin(&json);
    for (int i = 0; i < NEW_SEEDS_CHOICES && result->chosen; i++)
        json_pair_number(&json, new_tracks_seeds_names[i], result->ndcg[i]);
    json_object_end(&json);
    json_object_end(&json);
    buffer_add_byte(&out, '\n');
    return cli_print(&out, error);
}

/* NEW_SEEDS_CHOICES: the best on validation playlists. */
static enum status read_seeds(const struct cli *cli, enum new_tracks_seeds *seeds, struct error *error)
{
    const char *word = cli_value(cli, "seeds", "auto");
    int choice = 0;
    while (choice < NEW_SEEDS_CHOICES && strcmp(word, new_tracks_seeds_names[choice]) != 0)
        choice++;
    *seeds = (enum new_tracks_seeds)choice;
    if (choice == NEW_SEEDS_CHOICES && strcmp(word, "auto") != 0)
        return error_set(error, STATUS_USAGE, "--seeds is auto, always, beside or never, not \"%.80s\"", word);
    return STATUS_OK;
}

static enum status apply(struct cli *cli, const char *name, struct error *error)
{
    struct catalogue *catalogue = NULL;
    struct content_apply_result result = {0};
    struct cli_device device;
    enum new_tracks_seeds seeds;
    enum status status = read_seeds(cli, &seeds, error);
    if (status == STATUS_OK)
        status = cli_open_catalogue(cli, CATALOGUE_WRITE, &catalogue, error);
    cli_device_start(cli, &device);
    if (status == STATUS_OK)
        status = app_content_apply(catalogue, &device.use, name, seeds, &cli->progress, &result, error);
    if (status == STATUS_OK)
        status = print_applied(cli, name, &result, error);
    cli_device_end(&device);
    catalogue_close(catalogue);
    if (status == STATUS_OK && result.n_unknown > result.n_new)
        log_message(LOG_INFO,
                    "%lld tracks that %s does not know have no row in %s and stay unknown; `sleeve embed` makes the "
                    "set again",
                    (long long)(result.n_unknown - result.n_new), result.model, result.set);
    if (status == STATUS_OK && result.evaluated)
        log_message(LOG_INFO, "the metrics of %s were deleted, because its lists are others now; evaluate it again",
                    result.model);
    return status;
}

/* ---- show ---- */

struct showing {
    const struct cli *cli;
    struct catalogue *catalogue;
    struct buffer out;
    struct json_writer json;
};

static enum status add_predictor(void *context, const char *name, struct error *error)
{
    struct showing *showing = context;
    struct predictor predictor;
    struct error why = {0};
    (void)error;
    if (predictor_open(showing->catalogue, name, &predictor, &why) != STATUS_OK) {
        log_message(LOG_WARNING, "the predictor %s is left out: %s", name, why.text);
        return STATUS_OK;
    }
    if (!showing->cli->json) {
        cli_add_field(&showing->out, name, '\t');
        cli_add_field(&showing->out, predictor.model, '\t');
        cli_add_field(&showing->out, predictor.set, '\t');
        buffer_printf(&showing->out, "%lld x %lld\t%.4g\t", (long long)predictor.in, (long long)predictor.out,
                      predictor.gain);
        cli_add_field(&showing->out, predictor.method, '\t');
        cli_add_field(&showing->out, predictor.settings, '\n');
    } else {
        struct json_writer *json = &showing->json;
        json_object_begin(json);
        json_pair_text(json, "name", name);
        json_pair_text(json, "model", predictor.model);
        json_pair_text(json, "set", predictor.set);
        json_pair_integer(json, "in", predictor.in);
        json_pair_integer(json, "out", predictor.out);
        json_pair_number(json, "gain", predictor.gain);
        json_pair_text(json, "method", predictor.method);
        json_pair_text(json, "settings", predictor.settings);
        json_pair_text(json, "figures", predictor.figures);
        if (predictor.spec)
            content_network_json(&predictor, json);
        json_object_end(json);
    }
    predictor_close(&predictor);
    return STATUS_OK;
}

static enum status show(struct cli *cli, const char *name, struct error *error)
{
    struct showing showing = {.cli = cli};
    showing.json.out = &showing.out;
    enum status status = cli_open_catalogue(cli, CATALOGUE_READ, &showing.catalogue, error);
    struct predictor one = {0};
    if (status == STATUS_OK && name)
        status = predictor_open(showing.catalogue, name, &one, error);
    if (cli->json)
        json_array_begin(&showing.json);
    else
        buffer_add_text(&showing.out, "name\tmodel\tfeature set\tweights\tgain\tmethod\tsettings\n");
    if (status == STATUS_OK)
        status = name ? add_predictor(&showing, name, error)
                      : predictors_list(showing.catalogue, add_predictor, &showing, error);
    catalogue_close(showing.catalogue);
    if (status != STATUS_OK) {
        buffer_free(&showing.out);
    } else if (cli->json) {
        json_array_end(&showing.json);
        buffer_add_byte(&showing.out, '\n');
        status = cli_print(&showing.out, error);
    } else {
        status = cli_print_table(&showing.out, error);
        if (status == STATUS_OK && one.spec)
            status = content_print_curve(&one, error);
    }
    predictor_close(&one);
    return status;
}

/* ---- figures and removal ---- */

static enum status plot(struct cli *cli, const char *name, struct error *error)
{
    struct catalogue *catalogue = NULL;
    struct cli_device device;
    const char *figure = cli_value(cli, "figure", "curve");
    int64_t layer;
    struct content_plot_settings settings = {
        .name = name, .song = cli_value(cli, "song", NULL), .path = cli_value(cli, "plot", NULL)};
    if (!name || !settings.path)
        return error_set(error, STATUS_USAGE, "a figure is of one predictor: content show NAME --plot FILE.png|svg");
    while (settings.figure < CONTENT_FIGURES && strcmp(content_figure_names[settings.figure], figure) != 0)
        settings.figure++;
    if (settings.figure == CONTENT_FIGURES)
        return error_set(error, STATUS_USAGE, "--figure is curve, factors, filters or activations, not \"%.80s\"",
                         figure);
    enum status status = cli_integer(cli, "layer", 1, 100, 1, &layer, error);
    settings.layer = (int)layer;
    if (status == STATUS_OK)
        status = cli_open_catalogue(cli, CATALOGUE_READ, &catalogue, error);
    cli_device_start(cli, &device);
    if (status == STATUS_OK)
        status = app_content_plot(catalogue, &device.use, &settings, error);
    cli_device_end(&device);
    catalogue_close(catalogue);
    return status;
}

static enum status show_or_plot(struct cli *cli, const char *name, struct error *error)
{
    const bool figure = cli_value(cli, "plot", NULL) || cli_value(cli, "figure", NULL) ||
                        cli_value(cli, "layer", NULL) || cli_value(cli, "song", NULL);
    return figure ? plot(cli, name, error) : show(cli, name, error);
}

static enum status remove_predictor(struct cli *cli, const char *name, struct error *error)
{
    struct catalogue *catalogue = NULL;
    enum status status = cli_open_catalogue(cli, CATALOGUE_WRITE, &catalogue, error);
    if (status == STATUS_OK)
        status = predictor_remove(catalogue, name, error);
    catalogue_close(catalogue);
    return status;
}

/* ---- the command ---- */

static const struct cli_option options[] = {
    {"model", 0, "MODEL", "train, compare: a model whose scores are products of vectors (als, mf-...)"},
    {"name", 0, "NAME", "train: name of the predictor (default: the model's)"},
    {"method", 0, "ridge|network", "train: ridge regression (default), or a network with hidden layers"},
    {"network", 0, "NETWORK", "train: a network over sound in place of a feature set (sleeve content networks)"},
    {"seconds", 0, "6|18|60", "train: length of the inputs of --network (default 6)"},
    {"weights", 0, "FILE", "train: published weights of a network of transfer (safetensors)"},
    {"set", 0, "KEY=VALUE", "train: one setting; may be given several times (sleeve help features)"},
    {"seed", 0, "S", "train: random seed of the folds and of the network (default 42)"},
    {"resume", 0, NULL, "train: continue the training of a network that was stopped"},
    {"seeds", 0, "auto|always|beside|never", "apply: whether new songs count as seeds (default: what validation says)"},
    {"plot", 0, "FILE.png|svg", "show: draw a figure of the predictor"},
    {"figure", 0, "curve|factors|filters|activations", "show: which (default curve)"},
    {"layer", 0, "N", "show: the convolution of filters and activations (default 1)"},
    {"song", 0, "SONG", "show: the song of activations"},
    {"number", 'n', "N", "compare: tracks in a list (default 10)"},
    {"out", 0, "FILE", "compare: all lists as .csv, or one as .m3u8, .xspf, .jspf or .txt (links)"},
    {"list", 0, "NAME", "compare: the list of --out (default the first)"},
};

static const struct cli_verb verb_options[] = {
    {"train", "model|name|method|network|seconds|weights|set|seed|resume"},
    {"apply", "seeds"},
    {"rm", ""},
    {"show", "plot|figure|layer|song"},
    {"networks", ""},
    {"compare", "model|number|out|list"},
    {NULL, NULL},
};

static enum status run(struct cli *cli, struct error *error)
{
    const char *action = cli->n_arguments > 0 ? cli->arguments[0] : "";
    const char *name = cli->n_arguments > 1 ? cli->arguments[1] : NULL;
    static const struct {
        const char *name;
        enum status (*run)(struct cli *cli, const char *name, struct error *error);
        bool alone;
    } actions[] = {{"train", train, true},
                   {"apply", apply, false},
                   {"show", show_or_plot, true},
                   {"rm", remove_predictor, false},
                   {"networks", content_networks, true},
                   {"compare", content_compare, false}};
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (strcmp(action, actions[i].name) == 0 && (name || actions[i].alone))
            return actions[i].run(cli, name, error);
    return error_set(error, STATUS_USAGE, "usage: sleeve content %s", cli_command_content.arguments);
}

static char details[5000];

static void prepare(void)
{
    struct buffer help = {0};
    buffer_add_text(
        &help,
        "A model learns nothing about tracks that are in no training playlist. train fits a predictor: from a\n"
        "feature set of tracks to the vectors that the model learned, on the tracks that it knows. Of these, two of\n"
        "ten are held out, on which the predictor is evaluated, and one of ten chooses lambda or the epoch, and the\n"
        "gain. apply gives the model the vectors of all tracks that it does not know and that have features: they\n"
        "are in its lists (recommend, evaluate, the explorer), marked as new, until the model is trained again.\n"
        "As seeds, new songs count by their vectors: always, beside seeds that the model knows, or never, whichever\n"
        "has the highest NDCG on the validation playlists (--seeds names one). Where they do not count and no seed is\n"
        "known, the list is by features and artists.\n"
        "The gain is the factor by which predicted vectors are multiplied: with it the known tracks that were used\n"
        "to choose it get as many of the first 500 suggestions (or a tenth of the known tracks) for\n"
        "validation playlists, else for halves of training playlists, by their predicted vectors as by their learned\n"
        "ones.\n"
        "train --network trains a network on the spectrograms of `sleeve audio compute` instead, with the same folds.\n"
        "networks lists them (after Pohl's thesis), with the parameters that they train for 200 factors and 4,000\n"
        "tones. vgg, choi and xception begin with published weights (--weights). A training that was stopped is\n"
        "continued with --resume.\n"
        "show lists the predictors; with NAME it adds the training curve of a network. compare shows the songs\n"
        "nearest to a song by cosine, side by side: by its learned vector (the true list), then by the vector of each\n"
        "predictor of the model; --out writes the lists as files.\n"
        "show NAME --plot draws the figures of the thesis: the training curve, the factors before and after scaling,\n"
        "the filters of a convolution and what they give of a song.\n"
        "Settings of networks over sound, beside those of features fit that both methods have:\n");
    content_sound_help(&help);
    while (help.size > 0 && help.data[help.size - 1] == '\n')
        help.data[--help.size] = '\0';
    cli_keep_text(&help, details, sizeof details);
}

const struct command cli_command_content = {
    .name = "content",
    .arguments = "train SET --model MODEL [--name NAME] [--method ridge|network] [--set KEY=VALUE]... [--seed S] "
                 "[--resume] | train --network NETWORK [--seconds 6|18|60] --model MODEL [...] | apply NAME [--seeds "
                 "auto|always|beside|never] | rm NAME | show [NAME] [--plot "
                 "FILE.png|svg] [...] | networks | compare SONG --model MODEL [-n N]",
    .summary = "predict a model's vectors of new songs from their features",
    .details = details,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .arguments_max = 2,
    .choices = "train|apply|rm|show|networks|compare",
    .verbs = verb_options,
    .prepare = prepare,
    .run = run,
};
