/* The metrics of two sides: intervals, tests, verdicts, and the playlists on which they differ most. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/compare_internal.h"
#include "core/log.h"

enum { RESAMPLES = 10000, BOOTSTRAP_SEED = 42 };

bool compare_is_descriptive(enum metric metric)
{
    return metric_infos[metric].note != NULL;
}

const char *compare_verdict(const struct compared_metric *compared)
{
    if (!compare_is_descriptive(compared->metric))
        return compared->verdict;
    bool higher_is_better = metric_infos[compared->metric].direction > 0;
    return strcmp(compared->verdict, "better") == 0  ? (higher_is_better ? "higher" : "lower")
           : strcmp(compared->verdict, "worse") == 0 ? (higher_is_better ? "lower" : "higher")
                                                     : "no different";
}

static size_t count_unknown(const struct result_list *list, int metric)
{
    size_t unknown = 0;
    for (size_t i = 0; i < list->count; i++)
        unknown += isnan(list->items[i].values[metric]) ? 1 : 0;
    return unknown;
}

/* A metric that is unknown for some playlists only is left out with a warning. */
static bool is_comparable(const struct result_list *list, int metric)
{
    size_t unknown = count_unknown(list, metric);
    if (unknown > 0 && unknown < list->count)
        log_message(LOG_WARNING, "%s is unknown for %zu of the %zu playlists and is not compared; evaluate again",
                    metric_infos[metric].name, unknown, list->count);
    return unknown == 0;
}

static const char *verdict_of(enum metric metric, double mean, double ci95)
{
    double better = metric_infos[metric].direction * mean;
    return better - ci95 > 0 ? "better" : better + ci95 < 0 ? "worse" : "not worse";
}

/* The values of one metric in a row. */
static void take(const struct result_list *list, enum metric metric, double *values)
{
    for (size_t i = 0; i < list->count; i++)
        values[i] = list->items[i].values[metric];
}

static void turn(struct comparison *comparison)
{
    size_t wins = comparison->losses;
    comparison->losses = comparison->wins;
    comparison->wins = wins;
}

static enum status compare_metric(const struct compare_settings *settings, const struct result_pairs *pairs,
                                  enum metric metric, struct compared_metric *compared, struct error *error)
{
    size_t count = pairs->difference.count;
    struct comparison *comparison = &compared->comparison;
    double *values = malloc((2 * count + 1) * sizeof *values);
    if (!values)
        return error_no_memory(error);
    *compared = (struct compared_metric){.metric = metric, .verdict = ""};
    take(&pairs->a, metric, values);
    take(&pairs->b, metric, values + count);
    compared->a = metrics_interval(values, count, 1);
    compared->b = metrics_interval(values + count, count, 1);
    compare_welch(values, count, values + count, count, &compared->welch);
    take(&pairs->difference, metric, values);
    enum status status = compare_differences(values, count, 0, 0, comparison, error);
    if (status == STATUS_OK && !settings->quick)
        status = compare_bootstrap(values, count, RESAMPLES, BOOTSTRAP_SEED, settings->cancel, comparison, error);
    if (status == STATUS_OK) {
        compared->verdict = verdict_of(metric, comparison->mean, comparison->ci95);
        if (metric_infos[metric].direction < 0)
            turn(comparison);
    }
    free(values);
    return status;
}

static enum status correct(struct compare_result *result, struct error *error)
{
    double t[METRICS], wilcoxon[METRICS];
    size_t n = (size_t)result->n_metrics;
    for (size_t i = 0; i < n; i++) {
        t[i] = result->metrics[i].comparison.t_p;
        wilcoxon[i] = result->metrics[i].comparison.wilcoxon_p;
    }
    enum status status = compare_holm(t, n, t, error);
    if (status == STATUS_OK)
        status = compare_holm(wilcoxon, n, wilcoxon, error);
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        result->metrics[i].t_holm = t[i];
        result->metrics[i].wilcoxon_holm = wilcoxon[i];
    }
    return status;
}

enum status compare_metrics(const struct compare_settings *settings, const struct result_pairs *pairs,
                            struct compare_result *result, struct error *error)
{
    enum status status = STATUS_OK;
    for (int metric = 0; status == STATUS_OK && metric < METRICS; metric++)
        if (is_comparable(&pairs->difference, metric))
            status = compare_metric(settings, pairs, (enum metric)metric, &result->metrics[result->n_metrics++], error);
    return status == STATUS_OK ? correct(result, error) : status;
}

/* ---- unpaired ---- */

static enum status compare_metric_unpaired(const struct result_list *a, const struct result_list *b, enum metric metric,
                                           struct compared_metric *compared, struct error *error)
{
    double *values = malloc((a->count + b->count + 1) * sizeof *values);
    if (!values)
        return error_no_memory(error);
    *compared = (struct compared_metric){.metric = metric};
    take(a, metric, values);
    take(b, metric, values + a->count);
    compared->a = metrics_interval(values, a->count, 1);
    compared->b = metrics_interval(values + a->count, b->count, 1);
    compare_welch(values, a->count, values + a->count, b->count, &compared->welch);
    compared->verdict = verdict_of(metric, compared->a.mean - compared->b.mean, compared->welch.ci95);
    free(values);
    return STATUS_OK;
}

static enum status correct_unpaired(struct compare_result *result, struct error *error)
{
    double p[METRICS];
    for (int i = 0; i < result->n_metrics; i++)
        p[i] = result->metrics[i].welch.p;
    enum status status = compare_holm(p, (size_t)result->n_metrics, p, error);
    for (int i = 0; status == STATUS_OK && i < result->n_metrics; i++)
        result->metrics[i].t_holm = p[i];
    return status;
}

enum status compare_metrics_unpaired(const struct result_list *a, const struct result_list *b,
                                     struct compare_result *result, struct error *error)
{
    enum status status = STATUS_OK;
    for (int metric = 0; status == STATUS_OK && metric < METRICS; metric++)
        if (is_comparable(a, metric) && is_comparable(b, metric))
            status = compare_metric_unpaired(a, b, (enum metric)metric, &result->metrics[result->n_metrics++], error);
    return status == STATUS_OK ? correct_unpaired(result, error) : status;
}

/* ---- the largest differences ---- */

/* A difference with the place of its pair. */
struct gain {
    double gain; /* above 0: a is better */
    size_t at;
};

static int largest_first(const void *left, const void *right)
{
    const struct gain *a = left, *b = right;
    if (a->gain != b->gain)
        return a->gain < b->gain ? 1 : -1;
    return (a->at > b->at) - (a->at < b->at);
}

/* Chooses the wanted wins and losses; a playlist is never both. */
static size_t choose(const struct gain *gains, size_t count, size_t wanted, size_t *n_wins)
{
    size_t wins = 0, losses = 0;
    while (wins < wanted && wins < count && gains[wins].gain > 0)
        wins++;
    while (losses < wanted && losses < count && gains[count - 1 - losses].gain < 0)
        losses++;
    *n_wins = wins;
    return wins + losses;
}

enum status compare_choose_largest(const struct result_pairs *pairs, size_t wanted, struct compare_result *result,
                                   struct error *error)
{
    size_t count = count_unknown(&pairs->difference, (int)result->by) == 0 ? pairs->difference.count : 0;
    struct gain *gains = malloc((count + 1) * sizeof *gains);
    if (!gains)
        return error_no_memory(error);
    for (size_t i = 0; i < count; i++)
        gains[i] = (struct gain){metric_infos[result->by].direction * pairs->difference.items[i].values[result->by], i};
    qsort(gains, count, sizeof *gains, largest_first);
    size_t chosen = choose(gains, count, wanted, &result->n_wins);
    result->largest = arena_alloc(&result->memory, (chosen + 1) * sizeof *result->largest);
    for (size_t i = 0; result->largest && i < chosen; i++) {
        size_t at = gains[i < result->n_wins ? i : count - chosen + i].at;
        result->largest[result->n_largest++] = (struct compared_playlist){
            .id = pairs->difference.items[at].playlist_id,
            .key = "",
            .name = "",
            .seeds = pairs->difference.items[at].seeds,
            .a = pairs->a.items[at].values[result->by],
            .b = pairs->b.items[at].values[result->by],
            .difference = pairs->difference.items[at].values[result->by],
        };
    }
    free(gains);
    return result->largest ? STATUS_OK : error_no_memory(error);
}
