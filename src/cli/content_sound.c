#include "cli/content_sound.h"

#include "cli/features_fit.h"
#include "content/networks.h"

/* ---- every training ---- */

void content_gain_table(const struct content_train_result *result, struct buffer *out)
{
    const struct new_tracks_gain *gain = &result->gain;
    buffer_printf(out, "gain\t%.4g\t%s\n", gain->gain, gain->at_end ? "no gain gives as many rows" : "");
    buffer_printf(out, "rows of %lld with it\t%.2f\t%.2f by learned vectors, %.2f without gain; %lld %s playlists\n",
                  (long long)gain->depth, gain->predicted, gain->learned, gain->unscaled, (long long)gain->n_lists,
                  result->validated ? "validation" : "training");
}

void content_gain_json(const struct content_train_result *result, struct json_writer *json)
{
    const struct new_tracks_gain *gain = &result->gain;
    json_key(json, "gain");
    json_object_begin(json);
    json_pair_number(json, "value", gain->gain);
    json_pair_integer(json, "depth", gain->depth);
    json_pair_number(json, "rows", gain->predicted);
    json_pair_number(json, "rows_learned", gain->learned);
    json_pair_number(json, "rows_without", gain->unscaled);
    json_pair_integer(json, "playlists", gain->n_lists);
    json_pair_text(json, "of", result->validated ? "validation" : "training");
    json_object_end(json);
}

void content_say_apply(const char *name, const char *model)
{
    log_message(LOG_INFO, "`sleeve content apply %s` gives %s the vectors of the tracks that it does not know", name,
                model);
}

/* ---- networks over sound ---- */

static void add_sound(const struct content_sound_settings *settings, const struct content_sound_result *result,
                      struct buffer *out)
{
    const struct feature_fit_result *fit = &result->train.fit;
    buffer_printf(out, "network\t%s\t%lld seconds\nparameters\t%lld\t%lld inputs to train\n", settings->network,
                  (long long)settings->seconds, (long long)result->parameters, (long long)result->n_inputs);
    if (result->tones > 0)
        buffer_printf(out, "tones\t%lld\t\n", (long long)result->tones);
    for (int64_t e = 0; e < fit->epochs; e++)
        buffer_printf(out, "epoch %lld\t%.4f\tvalidation %.4f%s\n", (long long)e + 1, (double)result->curve[e].training,
                      (double)result->curve[e].validation, e + 1 == fit->best_epoch ? ", the best" : "");
}

static void json_curve(const struct sound_epoch *curve, int64_t epochs, struct json_writer *json)
{
    json_key(json, "curve");
    json_array_begin(json);
    for (int64_t e = 0; e < epochs; e++) {
        json_object_begin(json);
        json_pair_number(json, "training", (double)curve[e].training);
        json_pair_number(json, "validation", (double)curve[e].validation);
        json_object_end(json);
    }
    json_array_end(json);
}

static enum status print_sound(const struct cli *cli, const struct content_sound_settings *settings,
                               const struct content_sound_result *result, struct error *error)
{
    const struct feature_fit_settings shown = {.set = sound_spec_find(settings->network)->preset,
                                               .model = settings->model,
                                               .name = settings->name,
                                               .method = FIT_NETWORK,
                                               .seed = settings->seed};
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    if (!cli->json) {
        features_fit_table(&shown, &result->train.fit, &out);
        add_sound(settings, result, &out);
        content_gain_table(&result->train, &out);
        return cli_print_table(&out, error);
    }
    json_object_begin(&json);
    features_fit_json(&shown, &result->train.fit, &json);
    json_pair_text(&json, "network", settings->network);
    json_pair_integer(&json, "seconds", settings->seconds);
    json_pair_integer(&json, "parameters", result->parameters);
    json_pair_integer(&json, "inputs", result->n_inputs);
    if (result->tones > 0)
        json_pair_integer(&json, "tones", result->tones);
    json_curve(result->curve, result->train.fit.epochs, &json);
    content_gain_json(&result->train, &json);
    json_object_end(&json);
    buffer_add_byte(&out, '\n');
    return cli_print(&out, error);
}

static enum status read_sound(const struct cli *cli, const char *texts[SETTINGS_GIVEN_MAX],
                              struct content_sound_settings *settings, struct error *error)
{
    struct feature_fit_settings read = {0};
    if (cli_value(cli, "method", NULL))
        return error_set(error, STATUS_USAGE, "--method is for feature sets, not for --network");
    enum status status = features_fit_settings(cli, texts, &read, error);
    if (status == STATUS_OK)
        status = cli_integer(cli, "seconds", 1, 3600, 6, &settings->seconds, error);
    settings->settings = read.settings;
    settings->n_settings = read.n_settings;
    settings->seed = read.seed;
    settings->resume = read.resume;
    return status;
}

enum status content_train_sound(struct cli *cli, struct error *error)
{
    const char *texts[SETTINGS_GIVEN_MAX];
    struct content_sound_settings settings = {.network = cli_value(cli, "network", NULL),
                                              .model = cli_value(cli, "model", NULL),
                                              .weights = cli_value(cli, "weights", NULL)};
    struct catalogue *catalogue = NULL;
    struct content_sound_result result = {0};
    struct cli_device device;
    settings.name = cli_value(cli, "name", settings.model);
    enum status status = read_sound(cli, texts, &settings, error);
    if (status == STATUS_OK)
        status = cli_open_catalogue(cli, CATALOGUE_WRITE, &catalogue, error);
    cli_device_start(cli, &device);
    if (status == STATUS_OK)
        status = app_content_train_sound(catalogue, &device.use, &settings, &cli->progress, &result, error);
    if (status == STATUS_OK)
        status = print_sound(cli, &settings, &result, error);
    content_sound_result_free(&result);
    cli_device_end(&device);
    catalogue_close(catalogue);
    if (status == STATUS_OK)
        content_say_apply(settings.name, settings.model);
    return status;
}

/* ---- show ---- */

enum status content_print_curve(const struct predictor *predictor, struct error *error)
{
    const struct sound_shape shape = predictor_shape(predictor);
    struct buffer out = {0};
    buffer_printf(&out, "\nmean squared error\ttraining\tvalidation\t%lld parameters\n",
                  (long long)sound_parameters(&shape));
    for (int64_t e = 0; e < predictor->epochs; e++)
        buffer_printf(&out, "epoch %lld\t%.4f\t%.4f\t%s\n", (long long)e + 1, (double)predictor->curve[e].training,
                      (double)predictor->curve[e].validation, e + 1 == predictor->best_epoch ? "the best" : "");
    return cli_print_table(&out, error);
}

void content_network_json(const struct predictor *predictor, struct json_writer *json)
{
    const struct sound_shape shape = predictor_shape(predictor);
    json_pair_text(json, "network", predictor->spec->name);
    json_pair_integer(json, "seconds", predictor->seconds);
    json_pair_integer(json, "parameters", sound_parameters(&shape));
    json_pair_integer(json, "best_epoch", predictor->best_epoch);
    json_curve(predictor->curve, predictor->epochs, json);
}

/* ---- the table ---- */

enum { THESIS_TONES = 4000, THESIS_FACTORS = 200 };

enum status content_networks(struct cli *cli, const char *name, struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    const struct sound_spec *spec;
    (void)name;
    if (cli->json)
        json_array_begin(&json);
    else
        buffer_add_text(&out, "network\tparameters\twhat it is\n");
    for (size_t i = 0; (spec = sound_spec_at(i)); i++) {
        const struct sound_shape shape = sound_shape_of(spec, 1, THESIS_TONES, THESIS_FACTORS);
        const int64_t parameters = sound_parameters(&shape);
        if (!cli->json) {
            buffer_printf(&out, "%s\t%lld\t%s\n", spec->name, (long long)parameters, spec->about);
            continue;
        }
        json_object_begin(&json);
        json_pair_text(&json, "name", spec->name);
        json_pair_integer(&json, "parameters", parameters);
        json_pair_text(&json, "about", spec->about);
        json_pair_text(&json, "preset", spec->preset);
        json_object_end(&json);
    }
    if (!cli->json)
        return cli_print_table(&out, error);
    json_array_end(&json);
    buffer_add_byte(&out, '\n');
    return cli_print(&out, error);
}
