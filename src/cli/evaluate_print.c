#include <stdlib.h>

#include "cli/evaluated.h"
#include "eval/table.h"

void evaluated_add_metrics(struct json_writer *json, const struct result_summary *summary)
{
    for (int metric = 0; metric < METRICS; metric++) {
        json_key(json, metric_infos[metric].name);
        json_object_begin(json);
        json_pair_number(json, "mean", summary->metrics[metric].mean);
        json_pair_number(json, "ci95", summary->metrics[metric].ci95);
        json_object_end(json);
    }
}

void evaluated_add_group(struct json_writer *json, const struct result_group *group, const struct slice_table *slices,
                         size_t count)
{
    if (group->slice < 0) {
        json_pair_integer(json, "seeds", group->seeds);
        json_pair_integer(json, "n_playlists", (int64_t)count);
        return;
    }
    json_pair_text(json, "slice", slice_names[group->slice]);
    json_pair_text(json, "bin", slice_bin_names[group->bin]);
    json_pair_number(json, "from", slices->ranges[group->slice][group->bin].from);
    json_pair_number(json, "to", slices->ranges[group->slice][group->bin].to);
    json_pair_integer(json, "n", (int64_t)count);
}

void evaluated_add_group_fields(struct buffer *tsv, const struct result_group *group, const struct slice_table *slices,
                                size_t count)
{
    char number[16];
    buffer_printf(tsv, "%s\t%s\t", result_group_slice(group), result_group_bin(group, number));
    if (group->slice >= 0) {
        double from = slices->ranges[group->slice][group->bin].from, to = slices->ranges[group->slice][group->bin].to;
        if (group->slice == SLICE_LENGTH)
            buffer_printf(tsv, "%.0f to %.0f", from, to);
        else if (from < to)
            buffer_printf(tsv, "%.0f to %.0f %%", 100 * from, 100 * to);
        else
            buffer_printf(tsv, "%.0f %%", 100 * from);
    }
    buffer_printf(tsv, "\t%zu\t", count);
}

/* All groups of seeds, or all of slices, as members of an array; `kept` has room for all results. */
static void add_groups(struct json_writer *json, const struct result_list *results, const struct slice_table *slices,
                       bool of_slices, struct result_row *kept)
{
    struct result_group groups[RESULT_GROUPS];
    result_groups(groups);
    json_array_begin(json);
    for (int g = 0; g < RESULT_GROUPS; g++) {
        struct result_summary summary;
        size_t count = (groups[g].slice >= 0) == of_slices ? result_group_take(&groups[g], slices, results, kept) : 0;
        if (count == 0)
            continue;
        result_summarise(kept, count, &summary);
        json_object_begin(json);
        evaluated_add_group(json, &groups[g], slices, count);
        if (of_slices) {
            json_key(json, "metrics");
            json_object_begin(json);
        }
        evaluated_add_metrics(json, &summary);
        if (of_slices)
            json_object_end(json);
        json_object_end(json);
    }
    json_array_end(json);
}

static void add_times(struct json_writer *json, const struct evaluation *evaluation)
{
    double mean = 0;
    for (size_t i = 0; i < evaluation->n_timed; i++)
        mean += evaluation->milliseconds[i] / (double)evaluation->n_timed;
    json_key(json, "ms_per_playlist");
    json_object_begin(json);
    json_pair_number(json, "mean", mean);
    json_pair_number(json, "p50", evaluation_percentile(evaluation->milliseconds, evaluation->n_timed, 50));
    json_pair_number(json, "p95", evaluation_percentile(evaluation->milliseconds, evaluation->n_timed, 95));
    json_pair_number(json, "p99", evaluation_percentile(evaluation->milliseconds, evaluation->n_timed, 99));
    json_object_end(json);
}

static enum status add_model(struct json_writer *json, const struct evaluated *evaluated,
                             const struct slice_table *slices, struct error *error)
{
    struct result_row *kept = malloc((evaluated->evaluation.results.count + 1) * sizeof *kept);
    if (!kept)
        return error_no_memory(error);
    struct result_summary summary;
    result_summarise(evaluated->evaluation.results.items, evaluated->evaluation.results.count, &summary);
    json_object_begin(json);
    json_pair_text(json, "name", evaluated->name);
    json_key(json, "metrics");
    json_object_begin(json);
    evaluated_add_metrics(json, &summary);
    json_pair_number(json, "coverage", evaluated->evaluation.coverage);
    json_object_end(json);
    json_key(json, "by_seeds");
    add_groups(json, &evaluated->evaluation.results, slices, false, kept);
    json_key(json, "slices");
    add_groups(json, &evaluated->evaluation.results, slices, true, kept);
    add_times(json, &evaluated->evaluation);
    json_pair_integer(json, "unknown_playlists",
                      (int64_t)evaluated->evaluation.n_unknown); /* no shown track is known */
    json_object_end(json);
    free(kept);
    return STATUS_OK;
}

enum status evaluated_print_json(const char *catalogue, const char *on, const struct slice_table *slices,
                                 const struct evaluated *models, int count, struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    json_object_begin(&json);
    json_pair_text(&json, "catalogue", catalogue);
    json_pair_text(&json, "on", on);
    json_pair_integer(&json, "n_playlists", (int64_t)models[0].evaluation.results.count);
    json_key(&json, "models");
    json_array_begin(&json);
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < count; i++)
        status = add_model(&json, &models[i], slices, error);
    json_array_end(&json);
    json_object_end(&json);
    buffer_add_byte(&out, '\n');
    if (status == STATUS_OK)
        return cli_print(&out, error);
    buffer_free(&out);
    return status;
}

static enum status print_groups(const struct slice_table *slices, const struct evaluated *models, int count,
                                struct error *error)
{
    static const enum metric shown[] = {METRIC_RECALL, METRIC_R_PRECISION, METRIC_NDCG, METRIC_CLICKS};
    struct result_group groups[RESULT_GROUPS];
    result_groups(groups);
    struct result_row *kept = malloc((models[0].evaluation.results.count + 1) * sizeof *kept);
    if (!kept)
        return error_no_memory(error);
    struct buffer out = {0};
    buffer_add_text(&out, "slice\tbin\trange\tplaylists\tmodel\trecall %\tR-precision %\tNDCG %\tclicks\n");
    for (int g = 0; g < RESULT_GROUPS; g++)
        for (int i = 0; i < count; i++) {
            struct result_summary summary;
            size_t n = result_group_take(&groups[g], slices, &models[i].evaluation.results, kept);
            if (n == 0)
                continue;
            result_summarise(kept, n, &summary);
            evaluated_add_group_fields(&out, &groups[g], slices, n);
            cli_add_field(&out, models[i].name, '\t');
            for (size_t s = 0; s < sizeof shown / sizeof *shown; s++) {
                double scale = metric_infos[shown[s]].scale;
                buffer_printf(&out, "%.2f±%.2f%c", scale * summary.metrics[shown[s]].mean,
                              scale * summary.metrics[shown[s]].ci95, shown[s] == METRIC_CLICKS ? '\n' : '\t');
            }
        }
    free(kept);
    return cli_print_table(&out, error);
}

enum status evaluated_print_tables(const struct slice_table *slices, const struct evaluated *models, int count,
                                   struct error *error)
{
    struct buffer out = {0};
    struct table_row *rows = malloc((size_t)count * sizeof *rows);
    if (!rows)
        return error_no_memory(error);
    for (int i = 0; i < count; i++) {
        const struct evaluation *evaluation = &models[i].evaluation;
        rows[i].name = models[i].name;
        rows[i].coverage = evaluation->coverage;
        rows[i].milliseconds = evaluation_percentile(evaluation->milliseconds, evaluation->n_timed, 50);
        result_summarise(models[i].evaluation.results.items, models[i].evaluation.results.count, &rows[i].summary);
    }
    result_table(rows, (size_t)count, cli_columns(), cli_bold(), &out);
    free(rows);
    if (slices)
        buffer_add_byte(&out, '\n');
    enum status status = cli_print_shown(&out, error);
    return status == STATUS_OK && slices ? print_groups(slices, models, count, error) : status;
}
