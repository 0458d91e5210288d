#include "cli/features_fit.h"
#include "core/text_number.h"

#include <math.h>
#include <string.h>

/* ---- printing ---- */

static void add_count(const struct feature_fit_result *result, struct buffer *out)
{
    const char *item = feature_item_name(result->item);
    buffer_printf(out, "%s known\t%lld\tto train %lld, to validate %lld, held out %lld\n", item,
                  (long long)result->n_known, (long long)result->n_training, (long long)result->n_validation,
                  (long long)result->n_held_out);
    buffer_printf(out, "%s in the new set\t%lld\t%d features to %d numbers\n", item, (long long)result->n_rows,
                  result->in, result->out);
}

static void add_choice(enum fit_method method, const struct feature_fit_result *result, struct buffer *out)
{
    if (method == FIT_NETWORK)
        buffer_printf(out, "epochs\t%lld\tbest %lld, validation R2 %.4f\n", (long long)result->epochs,
                      (long long)result->best_epoch, result->validation_r2);
    else if (isnan(result->validation_r2))
        buffer_printf(out, "lambda\t%.4g\tas given\n", result->lambda);
    else
        buffer_printf(out, "lambda\t%.4g\tvalidation R2 %.4f%s\n", result->lambda,
                      text_plain_zero(result->validation_r2, 4),
                      result->lambda_at_end ? "; the best of those tried is the last one" : "");
}

static void add_share(const char *name, int depth, struct interval interval, double chance, struct buffer *out)
{
    if (!isnan(interval.mean))
        buffer_printf(out, "%s@%lld\t%.2f ± %.2f %%\t%.2f %%\n", name, (long long)retrieval_depths[depth],
                      100 * interval.mean, 100 * interval.ci95, 100 * chance);
}

static void add_retrieval(const struct retrieval *retrieval, struct buffer *out)
{
    buffer_printf(out, "median rank of %lld\t%.1f (%.1f to %.1f)\t%.1f\n", (long long)retrieval->n,
                  retrieval->median_rank, retrieval->median_low, retrieval->median_high, retrieval->median_chance);
    buffer_printf(out, "mean reciprocal rank\t%.4f ± %.4f\t%.4f\n", retrieval->reciprocal_rank.mean,
                  retrieval->reciprocal_rank.ci95, retrieval->reciprocal_chance);
    for (int depth = 0; depth < RETRIEVAL_DEPTHS; depth++)
        add_share("recall", depth, retrieval->recall[depth], retrieval->recall_chance[depth], out);
    for (int depth = 0; depth < RETRIEVAL_DEPTHS; depth++)
        add_share("overlap by cosine", depth, retrieval->cosine[depth], retrieval->overlap_chance[depth], out);
    for (int depth = 0; depth < RETRIEVAL_DEPTHS; depth++)
        add_share("overlap by product", depth, retrieval->dot[depth], retrieval->overlap_chance[depth], out);
}

void features_fit_table(const struct feature_fit_settings *settings, const struct feature_fit_result *result,
                        struct buffer *out)
{
    buffer_add_text(out, "held-out items\tvalue\tchance, or note\n");
    add_count(result, out);
    add_choice(settings->method, result, out);
    buffer_printf(out, "mean squared error\t%.4f\t%.4f for the mean\n", result->loss, result->loss_of_mean);
    buffer_printf(out, "R2\t%.4f (%.4f to %.4f)\t0 for the mean\n", text_plain_zero(result->r2, 4),
                  text_plain_zero(result->r2_low, 4), text_plain_zero(result->r2_high, 4));
    add_retrieval(&result->retrieval, out);
}

static void json_depths(struct json_writer *json, const char *key, const struct interval *intervals,
                        const double *chances)
{
    json_key(json, key);
    json_array_begin(json);
    for (int depth = 0; depth < RETRIEVAL_DEPTHS; depth++) {
        if (isnan(intervals[depth].mean))
            continue;
        json_object_begin(json);
        json_pair_integer(json, "k", retrieval_depths[depth]);
        json_pair_number(json, "mean", intervals[depth].mean);
        json_pair_number(json, "ci95", intervals[depth].ci95);
        json_pair_number(json, "chance", chances[depth]);
        json_object_end(json);
    }
    json_array_end(json);
}

static void json_retrieval(struct json_writer *json, const struct retrieval *retrieval)
{
    json_pair_integer(json, "n_compared", retrieval->n);
    json_key(json, "median_rank");
    json_object_begin(json);
    json_pair_number(json, "value", retrieval->median_rank);
    json_pair_number(json, "low", retrieval->median_low);
    json_pair_number(json, "high", retrieval->median_high);
    json_pair_number(json, "chance", retrieval->median_chance);
    json_object_end(json);
    json_key(json, "reciprocal_rank");
    json_object_begin(json);
    json_pair_number(json, "mean", retrieval->reciprocal_rank.mean);
    json_pair_number(json, "ci95", retrieval->reciprocal_rank.ci95);
    json_pair_number(json, "chance", retrieval->reciprocal_chance);
    json_object_end(json);
    json_depths(json, "recall", retrieval->recall, retrieval->recall_chance);
    json_depths(json, "overlap_cosine", retrieval->cosine, retrieval->overlap_chance);
    json_depths(json, "overlap_product", retrieval->dot, retrieval->overlap_chance);
}

void features_fit_json(const struct feature_fit_settings *settings, const struct feature_fit_result *result,
                       struct json_writer *json)
{
    json_pair_text(json, "name", settings->name);
    json_pair_text(json, "set", settings->set);
    json_pair_text(json, "model", settings->model);
    json_pair_text(json, "method", fit_method_names[settings->method]);
    json_pair_text(json, "item", feature_item_name(result->item));
    json_pair_integer(json, "seed", (int64_t)settings->seed);
    json_pair_integer(json, "rows", result->n_rows);
    json_pair_integer(json, "width", result->out);
    json_pair_integer(json, "known", result->n_known);
    json_pair_integer(json, "training", result->n_training);
    json_pair_integer(json, "validation", result->n_validation);
    json_pair_integer(json, "held_out", result->n_held_out);
    if (settings->method == FIT_RIDGE)
        json_pair_number(json, "lambda", result->lambda);
    else
        json_pair_integer(json, "best_epoch", result->best_epoch);
    json_pair_number(json, "validation_r2", result->validation_r2);
    json_pair_number(json, "loss", result->loss);
    json_pair_number(json, "loss_of_mean", result->loss_of_mean);
    json_key(json, "r2");
    json_object_begin(json);
    json_pair_number(json, "value", result->r2);
    json_pair_number(json, "low", result->r2_low);
    json_pair_number(json, "high", result->r2_high);
    json_object_end(json);
    json_retrieval(json, &result->retrieval);
}

static enum status print(const struct cli *cli, const struct feature_fit_settings *settings,
                         const struct feature_fit_result *result, struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    if (!cli->json) {
        features_fit_table(settings, result, &out);
        return cli_print_table(&out, error);
    }
    json_object_begin(&json);
    features_fit_json(settings, result, &json);
    json_object_end(&json);
    buffer_add_byte(&out, '\n');
    return cli_print(&out, error);
}

/* ---- the options ---- */

static enum status read_method(const char *text, enum fit_method *method, struct error *error)
{
    for (int i = 0; i < FIT_METHODS; i++)
        if (strcmp(text, fit_method_names[i]) == 0) {
            *method = (enum fit_method)i;
            return STATUS_OK;
        }
    return error_set(error, STATUS_USAGE, "--method is ridge or network, not \"%.40s\"", text);
}

enum status features_fit_settings(const struct cli *cli, const char *texts[SETTINGS_GIVEN_MAX],
                                  struct feature_fit_settings *settings, struct error *error)
{
    int64_t seed;
    settings->settings = texts;
    settings->resume = cli_flag(cli, "resume");
    for (const char *text; (text = cli_value_at(cli, "set", (int)settings->n_settings));) {
        if (settings->n_settings == SETTINGS_GIVEN_MAX)
            return error_set(error, STATUS_USAGE, "more than %d settings were given", SETTINGS_GIVEN_MAX);
        texts[settings->n_settings++] = text;
    }
    enum status status = cli_integer(cli, "seed", 0, INT64_MAX, 42, &seed, error);
    if (status == STATUS_OK)
        settings->seed = (uint64_t)seed;
    return status;
}

enum status features_fit_options(const struct cli *cli, const char *texts[SETTINGS_GIVEN_MAX],
                                 struct feature_fit_settings *settings, struct error *error)
{
    enum status status = read_method(cli_value(cli, "method", "ridge"), &settings->method, error);
    if (status == STATUS_OK && cli_flag(cli, "resume") && settings->method != FIT_NETWORK)
        status = error_set(error, STATUS_USAGE, "--resume is for --method network");
    return status == STATUS_OK ? features_fit_settings(cli, texts, settings, error) : status;
}

enum status features_fit(struct cli *cli, const char *set, struct error *error)
{
    const char *texts[SETTINGS_GIVEN_MAX];
    struct feature_fit_settings settings = {
        .set = set,
        .model = cli_value(cli, "model", NULL),
        .name = cli_value(cli, "name", NULL),
    };
    struct catalogue *catalogue = NULL;
    struct feature_fit_result result;
    struct cli_device device;
    if (!settings.model || !settings.name)
        return error_set(error, STATUS_USAGE, "features fit needs --model MODEL and --name NEW");
    enum status status = features_fit_options(cli, texts, &settings, error);
    if (status == STATUS_OK)
        status = cli_open_catalogue(cli, CATALOGUE_WRITE, &catalogue, error);
    cli_device_start(cli, &device);
    if (status == STATUS_OK)
        status = app_feature_fit(catalogue, &device.use, &settings, &cli->progress, &result, error);
    if (status == STATUS_OK)
        status = print(cli, &settings, &result, error);
    cli_device_end(&device);
    catalogue_close(catalogue);
    return status;
}
