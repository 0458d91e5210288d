#include "cli/print_evaluation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/print_groups.h"
#include "core/text.h"
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

/* The groups of held-out tracks that there are. */
static void add_held_out(const struct evaluated_model *model, struct json_writer *json)
{
    json_key(json, "held_out");
    json_object_begin(json);
    for (int group = 0; group < HELD_OUT_GROUPS; group++) {
        if (model->held_out[group].count == 0)
            continue;
        json_key(json, held_out_names[group]);
        json_object_begin(json);
        json_pair_integer(json, "n_playlists", (int64_t)model->held_out[group].count);
        result_summary_json(&model->held_out[group], json);
        json_object_end(json);
    }
    json_object_end(json);
}

static void add_known_seeds(const struct evaluation *evaluation, struct json_writer *json)
{
    json_key(json, "known_seeds");
    json_object_begin(json);
    json_pair_number(json, "mean", evaluation->known_seeds);
    json_pair_integer(json, "n_playlists", (int64_t)evaluation->n_seeded);
    json_pair_integer(json, "n_without", (int64_t)evaluation->n_unknown);
    json_object_end(json);
}

static void add_model(const struct evaluated_model *model, struct json_writer *json)
{
    json_object_begin(json);
    json_pair_text(json, "name", model->name);
    json_pair_text(json, "seen_answers", seen_answers_name(model->seen));
    json_key(json, "metrics");
    json_object_begin(json);
    result_summary_json(&model->summary, json);
    json_pair_number(json, "coverage", model->evaluation.coverage);
    json_object_end(json);
    print_groups_json(&model->groups, true, json);
    add_times(&model->evaluation, json);
    json_pair_integer(json, "unknown_playlists", (int64_t)model->evaluation.n_unknown); /* the model knows none of the
                                                                                         * seeds */
    json_key(json, "answered_by");
    json_object_begin(json);
    for (int i = 0; i < ANSWERS; i++)
        json_pair_integer(json, answer_name((enum answer)i), (int64_t)model->evaluation.answered[i]);
    json_object_end(json);
    add_known_seeds(&model->evaluation, json);
    add_held_out(model, json);
    json_object_end(json);
}

static void add_totals(const struct held_out_totals *totals, struct json_writer *json)
{
    json_key(json, "held_out");
    json_object_begin(json);
    json_pair_integer(json, "tracks", totals->n_held_out);
    for (int group = 0; group < HELD_OUT_GROUPS; group++)
        json_pair_integer(json, held_out_names[group], totals->tracks[group]);
    json_key(json, "recall_ceiling");
    json_object_begin(json);
    json_pair_number(json, "mean", totals->ceiling.mean);
    json_pair_number(json, "ci95", totals->ceiling.ci95);
    json_object_end(json);
    json_pair_number(json, "recall_chance", totals->chance);
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
    add_totals(&result->held_out, &json);
    json_key(&json, "models");
    json_array_begin(&json);
    for (int i = 0; i < result->n_models; i++)
        add_model(&result->models[i], &json);
    json_array_end(&json);
    json_object_end(&json);
    buffer_add_byte(&out, '\n');
    return cli_print(&out, error);
}

/* "als", or "als!" for a model that has seen the answers: as in the explorer. */
enum { LABEL_SIZE = 80 };

static const char *label_of(const struct evaluated_model *model, char text[LABEL_SIZE])
{
    snprintf(text, LABEL_SIZE, "%.70s%s", model->name, model->seen != SEEN_NO ? "!" : "");
    return text;
}

static enum status print_groups(const struct evaluate_result *result, struct error *error)
{
    struct buffer out = {0};
    char label[LABEL_SIZE];
    puts("");
    buffer_add_text(&out, "slice\tbin\trange\tplaylists\tmodel");
    print_group_headings(&out);
    buffer_add_byte(&out, '\n');
    for (size_t g = 0; g < result->models[0].groups.count; g++) /* all models have the same playlists */
        for (int i = 0; i < result->n_models; i++) {
            const struct group_summary *group = &result->models[i].groups.items[g];
            if (group->summary.count == 0)
                continue;
            print_group_fields(group, &out);
            cli_add_field(&out, label_of(&result->models[i], label), '\t');
            print_group_values(&group->summary, false, &out);
            buffer_add_byte(&out, '\n');
        }
    return cli_print_table(&out, error);
}

static void add_totals_text(const struct evaluate_result *result, struct buffer *out)
{
    const struct held_out_totals *totals = &result->held_out;
    struct buffer text = {0};
    char label[LABEL_SIZE];
    buffer_printf(&text,
                  "Held-out tracks: %.1f %% are in a playlist that models may be trained on (known). So the recall of "
                  "lists of known tracks is at most %.1f %%; that of 500 random tracks is %.1f %% on average. "
                  "Shown tracks that a model knows: ",
                  100 * (double)totals->tracks[HELD_OUT_KNOWN] / (double)totals->n_held_out, 100 * totals->ceiling.mean,
                  100 * totals->chance);
    for (int i = 0; i < result->n_models; i++)
        buffer_printf(&text, "%s%s %.1f %%", i > 0 ? ", " : "", label_of(&result->models[i], label),
                      100 * result->models[i].evaluation.known_seeds);
    buffer_add_byte(&text, '.');
    buffer_add_byte(out, '\n');
    result_table_wrap(text.data ? text.data : "", cli_columns(), out);
    buffer_add_byte(out, '\n');
    out->failed |= text.failed;
    buffer_free(&text);
}

/* Columns of the table of held-out tracks: group, playlists, model, and the metrics with a priority. */
enum { GROUP_WIDTH = 9, PLAYLISTS_WIDTH = 9, METRIC_WIDTH = 12, NAME_LEAST = 12 };

static int name_width(const struct evaluate_result *result)
{
    int others = GROUP_WIDTH + PLAYLISTS_WIDTH + 1, longest = NAME_LEAST;
    char label[LABEL_SIZE];
    for (int metric = 0; metric < METRICS; metric++)
        others += metric_infos[metric].priority > 0 ? METRIC_WIDTH : 0;
    for (int i = 0; i < result->n_models; i++) {
        label_of(&result->models[i], label);
        int width = text_width(label, strlen(label));
        longest = width > longest ? width : longest;
    }
    int left = cli_columns() - others;
    return left < NAME_LEAST ? NAME_LEAST : left < longest ? left : longest;
}

static void add_right(const char *text, struct buffer *out)
{
    buffer_printf(out, "%*s%s", METRIC_WIDTH - text_width(text, strlen(text)), "", text);
}

static void add_group(const struct evaluate_result *result, int group, int names, struct buffer *out)
{
    char text[48], label[LABEL_SIZE];
    for (int i = 0; result->held_out.tracks[group] > 0 && i < result->n_models; i++) {
        const struct evaluated_model *model = &result->models[i];
        buffer_printf(out, "%-*s%*zu ", GROUP_WIDTH, held_out_names[group], PLAYLISTS_WIDTH,
                      result->held_out.playlists[group]);
        label_of(model, label);
        text_fit(label, strlen(label), names, true, out);
        for (int metric = 0; metric < METRICS; metric++) {
            const struct interval *interval = &model->held_out[group].metrics[metric];
            double scale = metric_infos[metric].scale;
            snprintf(text, sizeof text, "%.2f±%.2f", scale * interval->mean, scale * interval->ci95);
            if (metric_infos[metric].priority > 0)
                add_right(text, out);
        }
        buffer_add_byte(out, '\n');
    }
}

/* The groups of held-out tracks apart, where a model cannot know all of them. */
static void add_groups(const struct evaluate_result *result, struct buffer *out)
{
    char text[48];
    int names = name_width(result);
    if (result->held_out.tracks[HELD_OUT_UNKNOWN] == 0)
        return;
    add_totals_text(result, out);
    buffer_printf(out, "%-*s%*s %-*s", GROUP_WIDTH, "held out", PLAYLISTS_WIDTH, "playlists", names, "model");
    for (int metric = 0; metric < METRICS; metric++) {
        const struct metric_info *info = &metric_infos[metric];
        snprintf(text, sizeof text, "%s%s%s", info->brief, *info->unit ? " " : "", info->unit);
        if (info->priority > 0)
            add_right(text, out);
    }
    buffer_add_byte(out, '\n');
    for (int group = 0; group < HELD_OUT_GROUPS; group++)
        add_group(result, group, names, out);
}

/* Models that have seen the answers come last. Their labels are in `labels`. */
static void fill_rows(const struct evaluate_result *result, char (*labels)[LABEL_SIZE], struct table_row *rows)
{
    int count = 0;
    for (int seen = 0; seen < 2; seen++)
        for (int i = 0; i < result->n_models; i++) {
            const struct evaluated_model *model = &result->models[i];
            const struct evaluation *evaluation = &model->evaluation;
            if ((model->seen != SEEN_NO) != seen)
                continue;
            rows[count++] = (struct table_row){
                .name = label_of(model, labels[i]),
                .summary = model->summary,
                .coverage = evaluation->coverage,
                .milliseconds = evaluation_percentile(evaluation->milliseconds, evaluation->n_timed, 50),
            };
        }
}

static void add_seen_note(const struct evaluate_result *result, struct buffer *out)
{
    enum seen_answers worst = SEEN_NO;
    for (int i = 0; i < result->n_models; i++)
        worst = result->models[i].seen > worst ? result->models[i].seen : worst;
    if (worst != SEEN_NO)
        buffer_printf(out, "!: %s\n", seen_answers_text(worst));
}

enum status print_evaluation(const struct evaluate_result *result, bool groups, struct error *error)
{
    struct buffer out = {0};
    struct table_row *rows = malloc(((size_t)result->n_models + 1) * sizeof *rows);
    char(*labels)[LABEL_SIZE] = malloc(((size_t)result->n_models + 1) * sizeof *labels);
    if (!rows || !labels) {
        free(rows);
        free(labels);
        return error_no_memory(error);
    }
    fill_rows(result, labels, rows);
    result_table(rows, (size_t)result->n_models, cli_columns(), cli_bold(), &out);
    free(rows);
    free(labels);
    add_seen_note(result, &out);
    add_groups(result, &out);
    enum status status = cli_print_shown(&out, error);
    return status == STATUS_OK && groups ? print_groups(result, error) : status;
}
