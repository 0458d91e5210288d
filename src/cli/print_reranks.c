#include "cli/print_reranks.h"

#include <math.h>

#include "cli/commands.h"
#include "core/text_number.h"

/* "+1.25 ± 0.30 %", and a word where the interval excludes 0. */
static void add_difference(const struct rerank_difference *difference, const struct rerank_measure_info *info,
                           struct buffer *out)
{
    double mean = difference->difference * info->scale, ci95 = difference->ci95 * info->scale;
    bool apart = fabs(mean) > ci95 && mean != 0;
    const char *verdict = !apart || info->direction == 0        ? ""
                          : (mean > 0) == (info->direction > 0) ? "better"
                                                                : "worse";
    buffer_printf(out, "%+.2f\t%.2f\t%s\t", text_plain_zero(mean, 2), ci95,
                  apart && info->direction == 0 ? mean > 0 ? "more" : "less" : verdict);
}

static void add_row(const struct reranked *reranked, enum rerank_measure measure, struct buffer *out)
{
    const struct rerank_measure_info *info = &rerank_measure_infos[measure];
    const struct rerank_difference *difference = &reranked->measures[measure];
    cli_add_field(out, reranked->text[0] ? reranked->text : "(none)", '\t');
    buffer_printf(out, "%s%s%s\t", info->label, info->unit[0] ? " " : "", info->unit);
    if (difference->count == 0) {
        buffer_add_text(out, "-\t-\t-\t-\tnot known\t-\t-\n");
        return;
    }
    buffer_printf(out, "%.2f\t%.2f\t", difference->alone * info->scale, difference->reranked * info->scale);
    add_difference(difference, info, out);
    if (measure >= RERANK_MEASURE_COVERAGE_PAGE)
        buffer_add_text(out, "-\t-\n");
    else
        buffer_printf(out, "%zu\t%zu\n", difference->higher, difference->lower);
}

enum status print_reranks(const struct evaluate_rerank_result *result, struct error *error)
{
    struct buffer out = {0};
    log_message(LOG_INFO, "%zu playlists%s%s", result->n_playlists, result->distance[0] ? ", distances in " : "",
                result->distance);
    buffer_add_text(&out, "re-ranking\tmeasure\talone\tre-ranked\tdifference\t± 95 %\t\thigher\tlower\n");
    for (int i = 0; i < result->n_specs; i++)
        for (int measure = 0; measure < RERANK_MEASURE_COUNT; measure++)
            add_row(&result->specs[i], (enum rerank_measure)measure, &out);
    return cli_print_table(&out, error);
}

static void add_measure(const struct rerank_difference *difference, bool paired, struct json_writer *json)
{
    json_object_begin(json);
    json_pair_number(json, "alone", difference->alone);
    json_pair_number(json, "reranked", difference->reranked);
    json_pair_number(json, "difference", difference->difference);
    json_pair_number(json, "ci95", difference->ci95);
    json_pair_integer(json, "n_playlists", (int64_t)difference->count);
    if (paired) {
        json_pair_integer(json, "higher", (int64_t)difference->higher);
        json_pair_integer(json, "equal", (int64_t)difference->equal);
        json_pair_integer(json, "lower", (int64_t)difference->lower);
    }
    json_object_end(json);
}

enum status print_reranks_json(const char *model, const char *on, const struct evaluate_rerank_result *result,
                               struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    json_object_begin(&json);
    json_pair_text(&json, "model", model);
    json_pair_text(&json, "on", on);
    json_pair_integer(&json, "n_playlists", (int64_t)result->n_playlists);
    json_pair_text(&json, "distance", result->distance);
    json_key(&json, "reranks");
    json_array_begin(&json);
    for (int i = 0; i < result->n_specs; i++) {
        const struct reranked *reranked = &result->specs[i];
        json_object_begin(&json);
        json_pair_text(&json, "spec", reranked->text);
        json_pair_number(&json, "ms", reranked->milliseconds);
        json_key(&json, "measures");
        json_object_begin(&json);
        for (int measure = 0; measure < RERANK_MEASURE_COUNT; measure++) {
            if (reranked->measures[measure].count == 0)
                continue;
            json_key(&json, rerank_measure_infos[measure].name);
            add_measure(&reranked->measures[measure], measure < RERANK_MEASURE_COVERAGE_PAGE, &json);
        }
        json_object_end(&json);
        json_object_end(&json);
    }
    json_array_end(&json);
    json_object_end(&json);
    buffer_add_byte(&out, '\n');
    return cli_print(&out, error);
}
