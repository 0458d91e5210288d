#include "cli/print_attributes.h"

#include <math.h>
#include <string.h>

#include "attributes/quality.h"
#include "cli/commands.h"
#include "core/json_reader.h"

static bool is_share(int metric)
{
    return metric != QUALITY_RMSE && metric != QUALITY_R2 && metric != QUALITY_AUC;
}

/* "78.1 % (75.2 to 80.9)". */
static void add_estimate(const struct json_value *estimate, int metric, bool sign, struct buffer *out)
{
    const double value = json_get_number(json_member(estimate, "value"), (double)NAN);
    const double low = json_get_number(json_member(estimate, "low"), (double)NAN);
    const double high = json_get_number(json_member(estimate, "high"), (double)NAN);
    const char *format = !is_share(metric) ? (sign ? "%+.4f (%+.4f to %+.4f)" : "%.4f (%.4f to %.4f)")
                                           : (sign ? "%+.1f (%+.1f to %+.1f)" : "%.1f %% (%.1f to %.1f)");
    const double unit = is_share(metric) ? 100 : 1;
    if (isnan(value))
        buffer_add_text(out, "undefined");
    else
        buffer_printf(out, format, unit * value, unit * low, unit * high);
}

static void add_metric(const struct json_value *result, int metric, double within, struct buffer *out)
{
    const struct json_value *values = json_member(result, quality_names[metric]);
    if (!values)
        return;
    cli_add_field(out, json_get_text(json_member(result, "name"), ""), '\t');
    if (metric == QUALITY_WITHIN)
        buffer_printf(out, "error < %.2g\t", within);
    else
        buffer_printf(out, "%s\t", quality_names[metric]);
    add_estimate(json_member(values, "network"), metric, false, out);
    buffer_add_byte(out, '\t');
    add_estimate(json_member(values, "baseline"), metric, false, out);
    buffer_add_byte(out, '\t');
    add_estimate(json_member(values, "difference"), metric, true, out);
    buffer_add_byte(out, '\t');
    if (json_get_integer(json_member(result, "positives"), 0, INT64_MAX, 0) > 0)
        buffer_printf(out, "%lld of ", (long long)json_get_integer(json_member(result, "positives"), 0, INT64_MAX, 0));
    buffer_printf(out, "%lld\n", (long long)json_get_integer(json_member(result, "n"), 0, INT64_MAX, 0));
}

static void add_attribute(const struct json_value *attribute, struct buffer *out)
{
    const struct json_value *results = json_member(attribute, "results");
    const double within = json_get_number(json_member(attribute, "within"), 0);
    for (size_t i = 0; i < json_array_count(results); i++)
        for (int metric = 0; metric < QUALITY_METRICS; metric++)
            add_metric(&results->items[i], metric, within, out);
}

static long long integer(const struct json_value *object, const char *key)
{
    return (long long)json_get_integer(json_member(object, key), 0, INT64_MAX, 0);
}

/* How each was trained, as messages: the table holds results only. */
static void add_training(const struct json_value *attribute, struct buffer *out)
{
    buffer_printf(out,
                  "%s: %lld tracks to train, %lld to validate, %lld for the test; epoch %lld of %lld (%lld steps), "
                  "validation score %.4f; %s regression, lambda %.3g: %.4f\n",
                  json_get_text(json_member(attribute, "name"), ""), integer(attribute, "training"),
                  integer(attribute, "validation"), integer(attribute, "test"), integer(attribute, "best_epoch"),
                  integer(attribute, "epochs"), integer(attribute, "steps"),
                  json_get_number(json_member(attribute, "validation_score"), (double)NAN),
                  json_get_text(json_member(attribute, "baseline"), ""),
                  json_get_number(json_member(attribute, "baseline_lambda"), (double)NAN),
                  json_get_number(json_member(attribute, "baseline_validation_score"), (double)NAN));
}

static void log_lines(const struct json_value *root)
{
    const struct json_value *notes = json_member(root, "notes"), *left_out = json_member(root, "left_out");
    const long long skipped = integer(root, "label_rows_skipped");
    for (size_t i = 0; i < json_array_count(left_out); i++)
        log_message(LOG_INFO, "the column %s of the features was left out: it holds what is to be learned",
                    json_get_text(&left_out->items[i], ""));
    for (size_t i = 0; i < json_array_count(notes); i++)
        log_message(LOG_INFO, "%s", json_get_text(&notes->items[i], ""));
    if (skipped > 0)
        log_message(LOG_WARNING, "%lld rows of labels were skipped; the first: %s", skipped,
                    json_get_text(json_member(root, "first_skipped"), ""));
}

static enum status print_table(const struct json_value *root, struct error *error)
{
    const struct json_value *attributes = json_member(root, "attributes");
    struct buffer out = {0}, training = {0};
    log_lines(root);
    buffer_add_text(&out, "attribute\tmetric\tnetwork\tbaseline\tdifference\ttest tracks\n");
    for (size_t i = 0; i < json_array_count(attributes); i++) {
        add_training(&attributes->items[i], &training);
        add_attribute(&attributes->items[i], &out);
    }
    enum status status = cli_print(&training, error);
    if (status == STATUS_OK)
        return cli_print_table(&out, error);
    buffer_free(&out);
    return status;
}

enum status print_attributes(struct cli *cli, const char *report, struct error *error)
{
    struct json_document document;
    struct buffer out = {0};
    if (cli->json) {
        buffer_printf(&out, "%s\n", report);
        return cli_print(&out, error);
    }
    enum status status = json_read(report, strlen(report), &document, error);
    if (status != STATUS_OK)
        return status;
    status = print_table(&document.root, error);
    json_document_free(&document);
    return status;
}
