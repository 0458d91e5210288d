#include <math.h>
#include <string.h>

#include "app/attribute_curve.h"
#include "app/attributes.h"
#include "cli/commands.h"
#include "cli/list_models.h"
#include "cli/print_attributes.h"

enum { SETTINGS_GIVEN_MAX = 64 };

static const struct cli_option options[] = {
    {"name", 'n', "NAME", "name of the model (default attributes)"},
    {"features", 'f', "SET[,SET...]", "train: feature sets, model:NAME, artists:SET or artists:model:NAME"},
    {"labels", 'l', "FILE|catalogue|explorer", "train: where labels come from (default catalogue)"},
    {"attribute", 'a', "NAME", "genre, energy, valence, vocalness or music; curve: also genre:NAME (default energy)"},
    {"set", 0, "KEY=VALUE", "train: one setting; may be given several times"},
    {"seed", 0, "S", "train: random seed of the parts and the networks (default 42)"},
    {"resume", 0, NULL, "train: continue a training that was stopped or killed"},
    {"test-only", 0, NULL, "apply: only tracks of the test's artists, which nothing was fitted to"},
    {"tiles", 0, "FILE", "curve: a .npy matrix, one row of features for each part of the track"},
    {"hop", 0, "SECONDS", "curve: from one row to the next (default 10)"},
    {"audio", 0, "FILE", "curve: a music file instead, for features of a network of music"},
    {"plot", 0, "FILE", "curve: draw it to a .png or .svg file"},
    {"into", 0, "SET", "apply: name of the feature set (default attributes)"},
};

static const struct cli_verb verb_options[] = {{"", ""},
                                               {"train", "name|features|labels|attribute|set|seed|resume"},
                                               {"apply", "name|test-only|into"},
                                               {"curve", "name|attribute|tiles|hop|audio|plot"},
                                               {"show", "name"},
                                               {"rm", "name"},
                                               {NULL, NULL}};

/* ---- train ---- */

static enum status read_train(const struct cli *cli, const char **texts, struct attribute_train_settings *settings,
                              struct error *error)
{
    enum attribute_kind kind;
    int64_t seed = 0;
    const char *text;
    if (!settings->features)
        return error_set(error, STATUS_USAGE,
                         "attributes train needs --features SET[,SET...]; sleeve features lists the sets");
    for (int i = 0; (text = cli_value_at(cli, "attribute", i)); i++) {
        if (!attribute_kind_named(text, &kind))
            return error_set(error, STATUS_USAGE,
                             "--attribute is genre, energy, valence, vocalness or music, not \"%.40s\"", text);
        settings->wanted[kind] = true;
    }
    while ((text = cli_value_at(cli, "set", (int)settings->n_settings))) {
        if (settings->n_settings == SETTINGS_GIVEN_MAX)
            return error_set(error, STATUS_USAGE, "more than %d settings were given", SETTINGS_GIVEN_MAX);
        texts[settings->n_settings++] = text;
    }
    enum status status = cli_integer(cli, "seed", 0, INT64_MAX, 42, &seed, error);
    settings->seed = (uint64_t)seed;
    return status;
}

static enum status train(struct cli *cli, const char *name, struct error *error)
{
    const char *texts[SETTINGS_GIVEN_MAX];
    struct attribute_train_settings settings = {
        .name = name,
        .features = cli_value(cli, "features", NULL),
        .labels = cli_value(cli, "labels", "catalogue"),
        .settings = texts,
        .resume = cli_flag(cli, "resume"),
    };
    struct catalogue *catalogue = NULL;
    struct cli_device device;
    struct buffer report = {0};
    enum status status = read_train(cli, texts, &settings, error);
    if (status == STATUS_OK)
        status = cli_open_catalogue(cli, CATALOGUE_WRITE, &catalogue, error);
    cli_device_start(cli, &device);
    if (status == STATUS_OK)
        status = app_attributes_train(catalogue, &device.use, &settings, &cli->progress, &report, error);
    if (status == STATUS_OK)
        status = print_attributes(cli, report.data, error);
    buffer_free(&report);
    cli_device_end(&device);
    catalogue_close(catalogue);
    return status;
}

/* ---- apply ---- */

static enum status apply(struct cli *cli, const char *name, struct error *error)
{
    const char *set = cli_value(cli, "into", ATTRIBUTE_SET);
    struct catalogue *catalogue = NULL;
    struct attribute_applied applied = {0};
    struct cli_device device;
    struct buffer out = {0};
    enum status status = cli_open_catalogue(cli, CATALOGUE_WRITE, &catalogue, error);
    cli_device_start(cli, &device);
    if (status == STATUS_OK)
        status = app_attributes_apply(catalogue, &device.use, name, set, cli_flag(cli, "test-only"), &cli->progress,
                                      &applied, error);
    if (status == STATUS_OK && cli->json) {
        struct json_writer json = {.out = &out};
        json_object_begin(&json);
        json_pair_text(&json, "set", set);
        json_pair_integer(&json, "columns", applied.columns);
        json_pair_integer(&json, "tracks", applied.tracks);
        json_pair_integer(&json, "tracks_of_catalogue", applied.n_tracks);
        json_object_end(&json);
        buffer_add_byte(&out, '\n');
    } else if (status == STATUS_OK) {
        buffer_printf(&out, "%s: %d attributes of %lld of %lld tracks; %s.logits: the same before limits\n", set,
                      applied.columns, (long long)applied.tracks, (long long)applied.n_tracks, set);
    }
    if (status == STATUS_OK)
        status = cli_print(&out, error);
    buffer_free(&out);
    cli_device_end(&device);
    catalogue_close(catalogue);
    return status;
}

/* ---- curve ---- */

static void json_curve(const struct attribute_curve *curve, const char *attribute, struct buffer *out)
{
    struct json_writer json = {.out = out};
    json_object_begin(&json);
    json_pair_text(&json, "attribute", attribute);
    json_pair_number(&json, "track", curve->peak);
    json_key(&json, "consistency");
    if (curve->consistent)
        json_number(&json, curve->consistency);
    else
        json_null(&json);
    json_key(&json, "segments");
    json_array_begin(&json);
    for (int64_t i = 0; i < curve->n; i++)
        json_float(&json, curve->values[i]);
    json_array_end(&json);
    json_object_end(&json);
    buffer_add_byte(out, '\n');
}

static enum status curve_of_file(struct cli *cli, struct catalogue *catalogue, struct device_use *device,
                                 const char *name, const char *attribute, struct attribute_curve *found,
                                 struct error *error)
{
    struct attribute_model model;
    enum status status = attribute_model_open(catalogue, name, &model, error);
    if (status != STATUS_OK)
        return status;
    status = app_attribute_curve_of_file(catalogue, device, &model, attribute, cli_value(cli, "audio", ""),
                                         &cli->progress, found, error);
    attribute_model_free(&model);
    return status;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static enum status curve(struct cli *cli, const char *name, struct error *error)
{
    const char *attribute = cli_value(cli, "attribute", "energy"), *path = cli_value(cli, "tiles", NULL);
    const char *audio = cli_value(cli, "audio", NULL), *plot = cli_value(cli, "plot", NULL);
    const bool of_file = audio != NULL;
    struct catalogue *catalogue = NULL;
    struct attribute_curve found = {0};
    struct cli_device device;
    struct buffer out = {0};
    double hop = 0;
    enum status status = (path != NULL) != of_file
                             ? cli_number(cli, "hop", 0.001, 3600, 10, &hop, error)
                             : error_set(error, STATUS_USAGE,
                                         "attributes curve needs --audio FILE, or --tiles FILE.npy, a row for each "
                                         "part of a track");
    if (status == STATUS_OK && plot)
        status = attribute_curve_plot_check(plot, error);
    if (status == STATUS_OK)
        status = cli_open_catalogue(cli, CATALOGUE_READ, &catalogue, error);
    cli_device_start(cli, &device);
    if (status == STATUS_OK)
        status = of_file ? curve_of_file(cli, catalogue, &device.use, name, attribute, &found, error)
                         : app_attribute_curve(catalogue, &device.use, name, attribute, path, hop, &found, error);
    if (status == STATUS_OK && plot)
        status = attribute_curve_plot(&found, attribute, base_name(of_file ? audio : path), plot, error);
    if (status == STATUS_OK && cli->json) {
        json_curve(&found, attribute, &out);
    } else if (status == STATUS_OK) {
        attribute_curve_draw(&found, cli_columns(), &out);
        buffer_printf(&out, "\n%s of the track %.3f, consistency ", attribute, found.peak);
        if (found.consistent)
            buffer_printf(&out, "%.3f", found.consistency);
        else
            buffer_add_text(&out, "undefined");
        buffer_printf(&out, ", %lld segments of ten seconds\n", (long long)found.n);
    }
    if (status == STATUS_OK)
        status = cli_print(&out, error);
    attribute_curve_free(&found);
    buffer_free(&out);
    cli_device_end(&device);
    catalogue_close(catalogue);
    return status;
}

/* ---- show, list, rm ---- */

static enum status show(struct cli *cli, struct catalogue *catalogue, const char *name, struct error *error)
{
    struct attribute_model model;
    enum status status = attribute_model_open(catalogue, name, &model, error);
    if (status == STATUS_OK) {
        status = print_attributes(cli, model.report, error);
        attribute_model_free(&model);
    }
    return status;
}

static enum status read_listed(const struct catalogue *catalogue, const char *name, struct listed_model *listed,
                               struct error *error)
{
    struct attribute_model model;
    enum status status = attribute_model_open(catalogue, name, &model, error);
    if (status != STATUS_OK)
        return status;
    for (int i = 0; i < model.n_networks; i++)
        buffer_printf(&listed->what, "%s%s", i > 0 ? ", " : "", attribute_specs[model.networks[i].kind].name);
    buffer_add_text(&listed->features, model.inputs);
    attribute_model_free(&model);
    return STATUS_OK;
}

static const struct model_lister lister = {"attributes", NULL, attribute_models_list, read_listed};

static enum status with_catalogue(struct cli *cli, const char *action, const char *name, struct error *error)
{
    const bool removes = action && strcmp(action, "rm") == 0;
    struct catalogue *catalogue = NULL;
    enum status status = cli_open_catalogue(cli, removes ? CATALOGUE_WRITE : CATALOGUE_READ, &catalogue, error);
    if (status == STATUS_OK)
        status = !action   ? list_models(cli, catalogue, &lister, error)
                 : removes ? attribute_model_remove(catalogue, name, error)
                           : show(cli, catalogue, name, error);
    catalogue_close(catalogue);
    return status;
}

/* ---- the command ---- */

static enum status run(struct cli *cli, struct error *error)
{
    const char *action = cli->n_arguments > 0 ? cli->arguments[0] : NULL;
    const char *name = cli->n_arguments > 1 ? cli->arguments[1] : cli_value(cli, "name", ATTRIBUTE_SET);
    if (action && strcmp(action, "train") == 0)
        return train(cli, name, error);
    if (action && strcmp(action, "apply") == 0)
        return apply(cli, name, error);
    if (action && strcmp(action, "curve") == 0)
        return curve(cli, name, error);
    return with_catalogue(cli, action, name, error);
}

static char details[4000];

static void prepare(void)
{
    struct buffer help = {0};
    buffer_add_text(
        &help,
        "Attributes that people understand are learned from labels of some tracks and predicted for all: genre (any\n"
        "number a track), energy, valence, vocalness, and music (or speech, noise, rain). The labels come from the\n"
        "catalogue (audio features and playlists' genres, as spotify_songs has them), from the explorer (:label), or\n"
        "from a table with the column track (keys), or title and artist, and any of energy and valence (low, middle,\n"
        "high, or 0 to 1), vocalness and music (no, yes) and genre (several with ; between). Artists are drawn into\n"
        "three parts: one to train, one that chooses the epoch and the thresholds of classes, and one for the test,\n"
        "whose figures `show` prints beside those of ridge or logistic regression on the same inputs, with 95 %\n"
        "intervals over artists.\n"
        "Columns of the features that hold what is to be learned are left out.\n"
        "apply writes the predictions as a feature set of tracks, for searches (energy>0.8 genre:metal), recipes, the\n"
        "explorer and `sleeve space`.\n"
        "curve applies a model to the parts of one track (--audio: its patches of 3 seconds): rows are averaged over "
        "ten\n"
        "seconds; the track's value is the largest mean of a sixth of the track (three segments at least), and\n"
        "consistency is 1 less the changes of the moving average divided by its sum.\n");
    attributes_help(&help);
    while (help.size > 0 && help.data[help.size - 1] == '\n')
        help.data[--help.size] = '\0';
    cli_keep_text(&help, details, sizeof details);
}

const struct command cli_command_attributes = {
    .name = "attributes",
    .arguments = "[train --features SET[,SET...] [--labels FILE|catalogue|explorer] [--attribute NAME]... | apply | "
                 "curve --audio FILE | show | rm] [NAME]",
    .summary = "genre, energy, valence, vocalness, music or not: learn, predict, show",
    .details = details,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .arguments_max = 2,
    .choices = "train|apply|curve|show|rm",
    .verbs = verb_options,
    .prepare = prepare,
    .run = run,
};
