#include "cli/print_comparison.h"

#include <math.h>
#include <stdio.h>

#include "cli/print_groups.h"
#include "core/text_number.h"

/* ---- JSON ---- */

static void add_interval_json(const char *key, const struct interval *interval, struct json_writer *json)
{
    json_key(json, key);
    json_object_begin(json);
    json_pair_number(json, "mean", interval->mean);
    json_pair_number(json, "ci95", interval->ci95);
    json_object_end(json);
}

static void add_welch_json(const struct welch *welch, struct json_writer *json)
{
    json_pair_number(json, "welch_t", welch->t);
    json_pair_number(json, "welch_freedom", welch->freedom);
    json_pair_number(json, "welch_p", welch->p);
}

static void add_unpaired_json(const struct compared_metric *compared, struct json_writer *json)
{
    json_key(json, metric_infos[compared->metric].name);
    json_object_begin(json);
    json_pair_number(json, "mean", compared->a.mean - compared->b.mean);
    json_pair_number(json, "ci95", compared->welch.ci95);
    add_interval_json("a", &compared->a, json);
    add_interval_json("b", &compared->b, json);
    add_welch_json(&compared->welch, json);
    json_pair_number(json, "welch_p_holm", compared->t_holm);
    json_pair_text(json, "verdict", compared->verdict);
    json_pair_bool(json, "descriptive", compare_is_descriptive(compared->metric));
    json_object_end(json);
}

static void add_metric_json(const struct compared_metric *compared, struct json_writer *json)
{
    const struct comparison *c = &compared->comparison;
    json_key(json, metric_infos[compared->metric].name);
    json_object_begin(json);
    json_pair_number(json, "mean", c->mean);
    json_pair_number(json, "ci95", c->ci95);
    add_interval_json("a", &compared->a, json);
    add_interval_json("b", &compared->b, json);
    json_pair_number(json, "bootstrap_low", c->bootstrap_low);
    json_pair_number(json, "bootstrap_high", c->bootstrap_high);
    json_pair_integer(json, "wins", (int64_t)c->wins);
    json_pair_integer(json, "ties", (int64_t)c->ties);
    json_pair_integer(json, "losses", (int64_t)c->losses);
    json_pair_number(json, "t", c->t); /* null where the test does not apply */
    json_pair_number(json, "t_p", c->t_p);
    json_pair_number(json, "wilcoxon_z", c->wilcoxon_z);
    json_pair_number(json, "wilcoxon_p", c->wilcoxon_p);
    json_pair_number(json, "t_p_holm", compared->t_holm);
    json_pair_number(json, "wilcoxon_p_holm", compared->wilcoxon_holm);
    add_welch_json(&compared->welch, json);
    json_pair_text(json, "verdict", compared->verdict);
    json_pair_bool(json, "descriptive", compare_is_descriptive(compared->metric));
    json_object_end(json);
}

static void add_playlist_json(enum metric by, const struct compared_playlist *playlist, struct json_writer *json)
{
    json_object_begin(json);
    json_pair_text(json, "playlist", playlist->key);
    json_pair_text(json, "name", playlist->name);
    json_pair_integer(json, "seeds", playlist->seeds);
    json_pair_number(json, metric_infos[by].name, playlist->difference);
    json_pair_number(json, "a", playlist->a);
    json_pair_number(json, "b", playlist->b);
    json_object_end(json);
}

enum status print_comparison_json(const struct compare_settings *settings, const char *b,
                                  const struct compare_result *result, struct error *error)
{
    const struct result_group *filter = &settings->filter;
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    json_object_begin(&json);
    json_pair_text(&json, "a", settings->a);
    json_pair_text(&json, "b", b);
    if (settings->held_out < HELD_OUT_GROUPS)
        json_pair_text(&json, "only_held_out", held_out_names[settings->held_out]);
    if (filter->seeds != SEEDS_ANY)
        json_pair_integer(&json, "only_seeds", filter->seeds);
    if (filter->slice >= 0) {
        json_pair_text(&json, "only_slice", slice_names[filter->slice]);
        json_pair_text(&json, "only_bin", slice_bin_names[filter->bin]);
    }
    json_pair_text(&json, "a_seen_answers", seen_answers_name(result->seen_a));
    json_pair_text(&json, "b_seen_answers", seen_answers_name(result->seen_b));
    json_pair_bool(&json, "paired", !settings->unpaired);
    json_pair_integer(&json, "n_playlists", (int64_t)result->n_playlists);
    if (settings->unpaired) {
        json_pair_integer(&json, "n_a", (int64_t)result->n_a);
        json_pair_integer(&json, "n_b", (int64_t)result->n_b);
    }
    json_key(&json, "metrics");
    json_object_begin(&json);
    for (int i = 0; i < result->n_metrics; i++)
        (settings->unpaired ? add_unpaired_json : add_metric_json)(&result->metrics[i], &json);
    json_object_end(&json);
    print_groups_json(&result->groups, false, &json);
    json_pair_text(&json, "largest_by", metric_infos[result->by].name);
    json_key(&json, "largest");
    json_array_begin(&json);
    for (size_t i = 0; i < result->n_largest; i++)
        add_playlist_json(result->by, &result->largest[i], &json);
    json_array_end(&json);
    json_object_end(&json);
    buffer_add_byte(&out, '\n');
    return cli_print(&out, error);
}

/* ---- tables ---- */

/* A test that does not apply has no p-value. */
static void add_p(double p, struct buffer *out)
{
    if (isnan(p))
        buffer_add_text(out, "-\t");
    else
        buffer_printf(out, "%.3g\t", p);
}

static void add_metric(const struct compared_metric *compared, struct buffer *out)
{
    const struct comparison *c = &compared->comparison;
    const struct metric_info *info = &metric_infos[compared->metric];
    double scale = info->scale;
    buffer_printf(out, "%s%s%s\t%.2f\t%.2f\t%+.2f ± %.2f\t%+.2f to %+.2f\t%zu / %zu / %zu\t", info->name,
                  *info->unit ? " " : "", info->unit, scale * compared->a.mean, scale * compared->b.mean,
                  text_plain_zero(scale * c->mean, 2), scale * c->ci95, text_plain_zero(scale * c->bootstrap_low, 2),
                  text_plain_zero(scale * c->bootstrap_high, 2), c->wins, c->ties, c->losses);
    add_p(c->t_p, out);
    add_p(c->wilcoxon_p, out);
    add_p(compared->t_holm, out);
    buffer_printf(out, "%s\n", compare_verdict(compared));
}

static enum status print_metrics(const struct compare_result *result, struct error *error)
{
    struct buffer out = {0};
    bool applies = true;
    buffer_add_text(&out,
                    "metric\ta\tb\ta - b\tbootstrap 95 %\twin / tie / loss\tt-test p\tWilcoxon p\tHolm p\ta is\n");
    for (int i = 0; i < result->n_metrics; i++) {
        add_metric(&result->metrics[i], &out);
        applies = applies && !isnan(result->metrics[i].comparison.t_p);
    }
    if (!applies)
        log_message(LOG_INFO, "no p-value (-): all differences are equal, so the t-test does not apply");
    return cli_print_table(&out, error);
}

static enum status print_groups(const struct group_summaries *groups, struct error *error)
{
    struct buffer out = {0};
    buffer_add_text(&out, "a - b\tbin\trange\tplaylists");
    print_group_headings(&out);
    buffer_add_byte(&out, '\n');
    for (size_t g = 0; g < groups->count; g++) {
        if (groups->items[g].summary.count == 0)
            continue;
        print_group_fields(&groups->items[g], &out);
        print_group_values(&groups->items[g].summary, true, &out);
        buffer_add_byte(&out, '\n');
    }
    puts("");
    return cli_print_table(&out, error);
}

static enum status print_largest(const struct compare_result *result, struct error *error)
{
    const struct metric_info *info = &metric_infos[result->by];
    struct buffer out = {0};
    if (result->n_largest == 0)
        return STATUS_OK;
    buffer_printf(&out, "playlist\tseeds\t%s%s%s difference\tname\n", info->label, *info->unit ? " " : "", info->unit);
    for (size_t i = 0; i < result->n_largest; i++) {
        const struct compared_playlist *playlist = &result->largest[i];
        cli_add_key(&out, playlist->key, '\t');
        buffer_printf(&out, "%d\t%+.2f\t", playlist->seeds, text_plain_zero(info->scale * playlist->difference, 2));
        cli_add_field(&out, playlist->name, '\n');
    }
    puts("");
    return cli_print_table(&out, error);
}

static enum status print_unpaired(const struct compare_result *result, struct error *error)
{
    struct buffer out = {0};
    buffer_add_text(&out, "metric\ta\tb\ta - b\tt\tfreedom\tWelch p\tHolm p\ta is\n");
    for (int i = 0; i < result->n_metrics; i++) {
        const struct compared_metric *compared = &result->metrics[i];
        const struct metric_info *info = &metric_infos[compared->metric];
        double scale = info->scale;
        buffer_printf(&out, "%s%s%s\t%.2f ± %.2f\t%.2f ± %.2f\t%+.2f ± %.2f\t%.3g\t%.1f\t", info->name,
                      *info->unit ? " " : "", info->unit, scale * compared->a.mean, scale * compared->a.ci95,
                      scale * compared->b.mean, scale * compared->b.ci95,
                      text_plain_zero(scale * (compared->a.mean - compared->b.mean), 2), scale * compared->welch.ci95,
                      compared->welch.t, compared->welch.freedom);
        add_p(compared->welch.p, &out);
        add_p(compared->t_holm, &out);
        buffer_printf(&out, "%s\n", compare_verdict(compared));
    }
    log_message(LOG_INFO, "unpaired: %zu playlists of a, %zu of b; Welch's test of their means", result->n_a,
                result->n_b);
    return cli_print_table(&out, error);
}

static void warn_of_answers(const char *name, enum seen_answers seen)
{
    if (seen != SEEN_NO)
        log_message(LOG_WARNING, "%s %s: its values say nothing about playlists that it does not know", name,
                    seen_answers_text(seen));
}

enum status print_comparison(const struct compare_settings *settings, const struct compare_result *result,
                             struct error *error)
{
    warn_of_answers(settings->a, result->seen_a);
    warn_of_answers(settings->b, result->seen_b);
    if (settings->unpaired)
        return print_unpaired(result, error);
    enum status status = print_metrics(result, error);
    if (status == STATUS_OK && settings->groups)
        status = print_groups(&result->groups, error);
    return status == STATUS_OK && settings->largest > 0 ? print_largest(result, error) : status;
}
