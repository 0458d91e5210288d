#include "cli/print_evaluation.h"

#include <stdlib.h>

#include "cli/print_groups.h"
#include "eval/table.h"

static void add_times(const struct evaluation *evaluation, struct json_writer *json)
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

static void add_model(const struct evaluated_model *model, struct json_writer *json)
{
    json_object_begin(json);
    json_pair_text(json, "name", model->name);
    json_key(json, "metrics");
    json_object_begin(json);
    result_summary_json(&model->summary, json);
    json_pair_number(json, "coverage", model->evaluation.coverage);
    json_object_end(json);
    print_groups_json(&model->groups, true, json);
    add_times(&model->evaluation, json);
    json_pair_integer(json, "unknown_playlists", (int64_t)model->evaluation.n_unknown); /* the model knows none of the
                                                                                         * seeds */
    json_object_end(json);
}

enum status print_evaluation_json(const char *catalogue, const char *on, const struct evaluate_result *result,
                                  struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    json_object_begin(&json);
    json_pair_text(&json, "catalogue", catalogue);
    json_pair_text(&json, "on", on);
    json_pair_integer(&json, "n_playlists", (int64_t)result->n_playlists);
    json_key(&json, "models");
    json_array_begin(&json);
    for (int i = 0; i < result->n_models; i++)
        add_model(&result->models[i], &json);
    json_array_end(&json);
    json_object_end(&json);
    buffer_add_byte(&out, '\n');
    return cli_print(&out, error);
}

static enum status print_groups(const struct evaluate_result *result, struct error *error)
{
    struct buffer out = {0};
    buffer_add_text(&out, "slice\tbin\trange\tplaylists\tmodel");
    print_group_headings(&out);
    buffer_add_byte(&out, '\n');
    for (int g = 0; g < RESULT_GROUPS; g++)
        for (int i = 0; i < result->n_models; i++) {
            const struct group_summary *group = &result->models[i].groups.items[g];
            if (group->summary.count == 0)
                continue;
            print_group_fields(group, &out);
            cli_add_field(&out, result->models[i].name, '\t');
            print_group_values(group, false, &out);
            buffer_add_byte(&out, '\n');
        }
    return cli_print_table(&out, error);
}

enum status print_evaluation(const struct evaluate_result *result, bool groups, struct error *error)
{
    struct buffer out = {0};
    struct table_row *rows = malloc(((size_t)result->n_models + 1) * sizeof *rows);
    if (!rows)
        return error_no_memory(error);
    for (int i = 0; i < result->n_models; i++) {
        const struct evaluated_model *model = &result->models[i];
        const struct evaluation *evaluation = &model->evaluation;
        rows[i] = (struct table_row){
            .name = model->name,
            .summary = model->summary,
            .coverage = evaluation->coverage,
            .milliseconds = evaluation_percentile(evaluation->milliseconds, evaluation->n_timed, 50),
        };
    }
    result_table(rows, (size_t)result->n_models, cli_columns(), cli_bold(), &out);
    free(rows);
    if (groups)
        buffer_add_byte(&out, '\n');
    enum status status = cli_print_shown(&out, error);
    return status == STATUS_OK && groups ? print_groups(result, error) : status;
}
