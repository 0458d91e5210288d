#include <string.h>

#include "cli/commands.h"

enum { SETTINGS_MAX = 64 };

static const struct cli_option options[] = {
    {"name", 0, "NAME", "name of the model (default: MODEL)"},
    {"preset", 0, "NAME", "mpd or small (default: by the catalogue's size)"},
    {"set", 0, "KEY=VALUE", "one setting; may be given several times"},
    {"on", 0, "train|train+val", "playlists to train on (default: train)"},
    {"seed", 0, "S", "seed of everything random (default 42)"},
};

static enum status run(struct cli *cli, struct error *error)
{
    const char *settings[SETTINGS_MAX];
    struct model_spec spec = {
        .kind = cli->arguments[0],
        .name = cli_value(cli, "name", cli->arguments[0]),
        .preset = cli_value(cli, "preset", NULL),
        .settings = settings,
        .split_sets = SPLIT_TRAIN,
    };
    for (const char *value; (value = cli_value_at(cli, "set", (int)spec.n_settings)); spec.n_settings++) {
        if (spec.n_settings == SETTINGS_MAX)
            return error_set(error, STATUS_USAGE, "more than %d settings were given", SETTINGS_MAX);
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
    struct catalogue *catalogue = NULL;
    if (status == STATUS_OK)
        status = cli_open_catalogue(cli, CATALOGUE_WRITE, &catalogue, error);
    struct compute compute;
    if (status == STATUS_OK) {
        status = cli_open_compute(cli, &compute, error);
        if (status == STATUS_OK) {
            status = model_train(catalogue, &compute, &spec, &cli->progress, error);
            compute_close(&compute);
        }
    }
    catalogue_close(catalogue);
    return status;
}

const struct command cli_command_train = {
    .name = "train",
    .arguments = "MODEL [--name NAME] [--preset NAME] [--set KEY=VALUE]... [--on train|train+val] [--seed S]",
    .summary = "train a model: popularity, als, mf-avg, sknn, vsknn, stan, vstan",
    .details =
        "als: implicit-feedback matrix factorisation; a playlist is folded in by one half-step. mf-avg: the mean of\n"
        "the als factors of a playlist's tracks. sknn, vsknn, stan, vstan: what the k most similar training playlists\n"
        "hold (session-based nearest neighbours). A model that is stopped or fails leaves the earlier one as it was.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
