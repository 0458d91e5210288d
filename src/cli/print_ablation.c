#include "cli/print_ablation.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/print_groups.h"
#include "core/text_number.h"
#include "eval/split.h"

static const char *arm_text(const struct ablation_settings *settings, const struct ablation_result *result, int arm,
                            char text[ABLATION_ARM_NAME])
{
    ablation_arm_name(settings, &result->arms[arm], text);
    return text;
}

static const struct ablation_mean *mean_of(const struct ablation_result *result, int model, int arm)
{
    return &result->means[(size_t)model * result->n_arms + (size_t)arm];
}

/* ---- tables, as lines with tabs ---- */

static void add_unit(const struct metric_info *info, struct buffer *out)
{
    buffer_printf(out, "%s%s%s%s%s", info->label, info->variant && !strstr(info->label, info->variant) ? ", " : "",
                  info->variant && !strstr(info->label, info->variant) ? info->variant : "", *info->unit ? " " : "",
                  info->unit);
}

static void add_means(const struct ablation_settings *settings, const struct ablation_result *result,
                      struct buffer *out)
{
    char arm[ABLATION_ARM_NAME];
    buffer_add_text(out, "model\tfeatures");
    for (int metric = 0; metric < METRICS; metric++) {
        buffer_add_byte(out, '\t');
        add_unit(&metric_infos[metric], out);
    }
    buffer_add_text(out, "\tcoverage %\n");
    for (size_t i = 0; i < result->n_means; i++) {
        const struct ablation_mean *mean = &result->means[i];
        cli_add_field(out, settings->models[mean->model], '\t');
        cli_add_field(out, arm_text(settings, result, mean->arm, arm), '\t');
        for (int metric = 0; metric < METRICS; metric++) {
            struct interval interval = mean->summary.metrics[metric];
            double scale = metric_infos[metric].scale;
            buffer_printf(out, "%.2f ± %.2f\t", scale * interval.mean, scale * interval.ci95);
        }
        buffer_printf(out, "%.1f\n", 100 * mean->coverage);
    }
}

static void add_p(double p, double corrected, struct buffer *out)
{
    if (isnan(p))
        buffer_add_text(out, "-\t");
    else
        buffer_printf(out, "%.2g (%.2g)\t", p, corrected);
}

static void add_difference(const struct ablation_settings *settings, const struct ablation_result *result,
                           const struct ablation_difference *difference, struct buffer *out)
{
    char arm[ABLATION_ARM_NAME];
    const struct comparison *c = &difference->comparison;
    const struct metric_info *info = &metric_infos[difference->metric];
    double scale = info->scale;
    buffer_printf(out, "%s\t", ablation_questions[difference->question]);
    cli_add_field(out, settings->models[difference->model], '\t');
    cli_add_field(out, arm_text(settings, result, difference->a, arm), '\t');
    add_unit(info, out);
    buffer_printf(out, "\t%+.2f ± %.2f\t%+.2f to %+.2f\t", text_plain_zero(scale * c->mean, 2), scale * c->ci95,
                  text_plain_zero(scale * c->bootstrap_low, 2), text_plain_zero(scale * c->bootstrap_high, 2));
    for (size_t i = 0; i < settings->n_seeds; i++)
        buffer_printf(out, "%s%+.2f", i > 0 ? " " : "", text_plain_zero(scale * difference->by_seed[i], 2));
    buffer_printf(out, "\t%zu / %zu / %zu\t", c->wins, c->ties, c->losses);
    add_p(c->t_p, difference->t_holm, out);
    add_p(c->wilcoxon_p, difference->wilcoxon_holm, out);
    buffer_printf(out, "%s\n", difference->verdict);
}

static void add_differences(const struct ablation_settings *settings, const struct ablation_result *result,
                            struct buffer *out)
{
    buffer_add_text(out, "a - b\tmodel\ta\tmetric\tmean\tbootstrap 95 %\tby seed\twin / tie / loss\tt-test p (Holm)\t"
                         "Wilcoxon p (Holm)\ta is\n");
    for (int question = 0; question < ABLATION_QUESTIONS; question++)
        for (size_t i = 0; i < result->n_differences; i++)
            if ((int)result->differences[i].question == question)
                add_difference(settings, result, &result->differences[i], out);
}

static void add_groups(const struct ablation_settings *settings, const struct ablation_result *result,
                       struct buffer *out)
{
    char arm[ABLATION_ARM_NAME];
    buffer_add_text(out, "a - b\tmodel\ta\tslice\tbin\trange\tplaylists");
    print_group_headings(out);
    buffer_add_byte(out, '\n');
    for (size_t i = 0; i < result->n_groups; i++) {
        const struct ablation_groups *groups = &result->groups[i];
        for (size_t g = 0; g < groups->groups.count; g++) {
            const struct group_summary *group = &groups->groups.items[g];
            if (group->summary.count == 0)
                continue;
            buffer_printf(out, "%s\t", ablation_questions[groups->question]);
            cli_add_field(out, settings->models[groups->model], '\t');
            cli_add_field(out, arm_text(settings, result, groups->a, arm), '\t');
            print_group_fields(group, out);
            print_group_values(&group->summary, true, out);
            buffer_add_byte(out, '\n');
        }
    }
}

enum status print_ablation(const struct ablation_settings *settings, const struct ablation_result *result,
                           struct error *error)
{
    struct buffer out = {0};
    add_means(settings, result, &out);
    enum status status = cli_print_table(&out, error);
    if (status != STATUS_OK)
        return status;
    puts("");
    out = (struct buffer){0};
    add_differences(settings, result, &out);
    status = cli_print_table(&out, error);
    if (status != STATUS_OK || result->n_groups == 0)
        return status;
    puts("");
    out = (struct buffer){0};
    add_groups(settings, result, &out);
    return cli_print_table(&out, error);
}

/* ---- Markdown ---- */

/* Lines with tabs as a table. A bar in a field is escaped. */
static void add_markdown_table(const struct buffer *tsv, struct buffer *out)
{
    size_t columns = 1;
    bool header = true;
    buffer_add_text(out, "| ");
    for (size_t i = 0; i < tsv->size; i++) {
        char byte = tsv->data[i];
        if (byte == '\t') {
            columns += header;
            buffer_add_text(out, " | ");
        } else if (byte == '\n') {
            buffer_add_text(out, " |\n");
            for (size_t column = 0; header && column < columns; column++)
                buffer_add_text(out, "|---");
            buffer_add_text(out, header ? "|\n" : "");
            header = false;
            buffer_add_text(out, i + 1 < tsv->size ? "| " : "");
        } else {
            buffer_add_text(out, byte == '|' ? "\\" : "");
            buffer_add_byte(out, byte);
        }
    }
}

static void add_section(const struct ablation_settings *settings, const struct ablation_result *result,
                        const char *title,
                        void (*add)(const struct ablation_settings *, const struct ablation_result *, struct buffer *),
                        struct buffer *out)
{
    struct buffer table = {0};
    add(settings, result, &table);
    buffer_printf(out, "\n## %s\n\n", title);
    if (!table.failed)
        add_markdown_table(&table, out);
    out->failed |= table.failed;
    buffer_free(&table);
}

static void add_list(const char *const *items, size_t count, const char *separator, struct buffer *out)
{
    for (size_t i = 0; i < count; i++)
        buffer_printf(out, "%s%s", i > 0 ? separator : "", items[i]);
}

void print_ablation_markdown(const struct ablation_settings *settings, const struct ablation_result *result,
                             struct buffer *out)
{
    buffer_add_text(out, "# Ablation of features\n\nModels ");
    add_list(settings->models, settings->n_models, ", ", out);
    buffer_add_text(out, "; features ");
    add_list(settings->features, settings->n_features, ", ", out);
    buffer_printf(out, "; random seeds 1 to %zu; %zu %s playlists; preset %s%s", settings->n_seeds, result->n_playlists,
                  settings->set == SPLIT_TEST ? "test" : "validation",
                  settings->preset ? settings->preset : "by the catalogue's size",
                  settings->n_settings > 0 ? "; settings " : "");
    add_list(settings->settings, settings->n_settings, ", ", out);
    buffer_add_text(out, ".\nEach model keeps its last weights and recommends without lists for unknown seeds. "
                         "\"Permuted\" has the same features at the wrong items.\nDifferences are paired by playlist, "
                         "means over the seeds; ± is half of the 95 % interval. P-values in brackets are corrected\n"
                         "by Holm's method over all models, features and metrics of one question. A difference is "
                         "shown where the corrected p of\nthe t-test is below 5 % and it has the same sign with each "
                         "seed.\n");
    add_section(settings, result, "Means", add_means, out);
    add_section(settings, result, "Differences", add_differences, out);
    if (result->n_groups > 0)
        add_section(settings, result, "Differences by group of playlists", add_groups, out);
}

/* ---- TSV ---- */

void print_ablation_tsv(const struct ablation_settings *settings, const struct ablation_result *result,
                        struct buffer *out)
{
    char arm[ABLATION_ARM_NAME];
    buffer_add_text(out, "question\tmodel\ta\tb\tmetric\tplaylists\tmean_a\tmean_b\tdifference\tci95\tbootstrap_low\t"
                         "bootstrap_high\twins\tties\tlosses\tt_p\tt_p_holm\twilcoxon_p\twilcoxon_p_holm\tverdict");
    for (size_t seed = 1; seed <= settings->n_seeds; seed++)
        buffer_printf(out, "\tdifference_seed_%zu", seed);
    buffer_add_byte(out, '\n');
    for (size_t i = 0; i < result->n_differences; i++) {
        const struct ablation_difference *d = &result->differences[i];
        const struct comparison *c = &d->comparison;
        buffer_printf(out, "%s\t", ablation_questions[d->question]);
        cli_add_field(out, settings->models[d->model], '\t');
        cli_add_field(out, arm_text(settings, result, d->a, arm), '\t');
        cli_add_field(out, arm_text(settings, result, d->b, arm), '\t');
        buffer_printf(out, "%s\t%zu\t%.9g\t%.9g\t%.9g\t%.9g\t%.9g\t%.9g\t%zu\t%zu\t%zu\t%.9g\t%.9g\t%.9g\t%.9g\t%s",
                      metric_infos[d->metric].name, c->count,
                      mean_of(result, d->model, d->a)->summary.metrics[d->metric].mean,
                      mean_of(result, d->model, d->b)->summary.metrics[d->metric].mean, c->mean, c->ci95,
                      c->bootstrap_low, c->bootstrap_high, c->wins, c->ties, c->losses, c->t_p, d->t_holm,
                      c->wilcoxon_p, d->wilcoxon_holm, d->verdict);
        for (size_t seed = 0; seed < settings->n_seeds; seed++)
            buffer_printf(out, "\t%.9g", d->by_seed[seed]);
        buffer_add_byte(out, '\n');
    }
}

/* ---- JSON ---- */

static void json_texts(struct json_writer *json, const char *key, const char *const *items, size_t count)
{
    json_key(json, key);
    json_array_begin(json);
    for (size_t i = 0; i < count; i++)
        json_text(json, items[i]);
    json_array_end(json);
}

static void json_mean(const struct ablation_settings *settings, const struct ablation_result *result,
                      const struct ablation_mean *mean, struct json_writer *json)
{
    char arm[ABLATION_ARM_NAME];
    json_object_begin(json);
    json_pair_text(json, "model", settings->models[mean->model]);
    json_pair_text(json, "features", arm_text(settings, result, mean->arm, arm));
    json_key(json, "metrics");
    json_object_begin(json);
    result_summary_json(&mean->summary, json);
    json_pair_number(json, "coverage", mean->coverage);
    json_object_end(json);
    json_object_end(json);
}

static void json_sides(const struct ablation_settings *settings, const struct ablation_result *result,
                       enum ablation_question question, int model, int a, int b, struct json_writer *json)
{
    char arm[ABLATION_ARM_NAME];
    json_pair_text(json, "question", ablation_questions[question]);
    json_pair_text(json, "model", settings->models[model]);
    json_pair_text(json, "a", arm_text(settings, result, a, arm));
    json_pair_text(json, "b", arm_text(settings, result, b, arm));
}

static void json_difference(const struct ablation_settings *settings, const struct ablation_result *result,
                            const struct ablation_difference *difference, struct json_writer *json)
{
    const struct comparison *c = &difference->comparison;
    json_object_begin(json);
    json_sides(settings, result, difference->question, difference->model, difference->a, difference->b, json);
    json_pair_text(json, "metric", metric_infos[difference->metric].name);
    json_pair_number(json, "mean", c->mean);
    json_pair_number(json, "ci95", c->ci95);
    json_pair_number(json, "bootstrap_low", c->bootstrap_low);
    json_pair_number(json, "bootstrap_high", c->bootstrap_high);
    json_pair_integer(json, "wins", (int64_t)c->wins);
    json_pair_integer(json, "ties", (int64_t)c->ties);
    json_pair_integer(json, "losses", (int64_t)c->losses);
    json_pair_number(json, "t_p", c->t_p);
    json_pair_number(json, "t_p_holm", difference->t_holm);
    json_pair_number(json, "wilcoxon_p", c->wilcoxon_p);
    json_pair_number(json, "wilcoxon_p_holm", difference->wilcoxon_holm);
    json_pair_text(json, "verdict", difference->verdict);
    json_key(json, "by_seed");
    json_array_begin(json);
    for (size_t seed = 0; seed < settings->n_seeds; seed++)
        json_number(json, difference->by_seed[seed]);
    json_array_end(json);
    json_object_end(json);
}

enum status print_ablation_json(const struct ablation_settings *settings, const struct ablation_result *result,
                                struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    json_object_begin(&json);
    json_pair_text(&json, "on", split_set_name(settings->set));
    json_pair_integer(&json, "n_playlists", (int64_t)result->n_playlists);
    json_pair_integer(&json, "n_seeds", (int64_t)settings->n_seeds);
    json_texts(&json, "models", settings->models, settings->n_models);
    json_texts(&json, "features", settings->features, settings->n_features);
    json_texts(&json, "variants", settings->variants, settings->n_variants);
    json_texts(&json, "settings", settings->settings, settings->n_settings);
    json_key(&json, "means");
    json_array_begin(&json);
    for (size_t i = 0; i < result->n_means; i++)
        json_mean(settings, result, &result->means[i], &json);
    json_array_end(&json);
    json_key(&json, "differences");
    json_array_begin(&json);
    for (size_t i = 0; i < result->n_differences; i++)
        json_difference(settings, result, &result->differences[i], &json);
    json_array_end(&json);
    json_key(&json, "groups");
    json_array_begin(&json);
    for (size_t i = 0; i < result->n_groups; i++) {
        const struct ablation_groups *groups = &result->groups[i];
        json_object_begin(&json);
        json_sides(settings, result, groups->question, groups->model, groups->a, groups->b, &json);
        print_groups_json(&groups->groups, false, &json);
        json_object_end(&json);
    }
    json_array_end(&json);
    json_object_end(&json);
    buffer_add_byte(&out, '\n');
    return cli_print(&out, error);
}
