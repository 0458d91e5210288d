#include "app/ablation_internal.h"

#include <math.h>
#include <stdlib.h>

#include "eval/pairs.h"

/* The comparisons of an ablation: means over the random seeds, paired differences, corrected p-values. */

const char *const ablation_questions[ABLATION_QUESTIONS] = {
    [ABLATION_FEATURES] = "features - without",
    [ABLATION_CONTROLLED] = "features - permuted",
    [ABLATION_PARAMETERS] = "permuted - without",
    [ABLATION_VARIANT] = "variant - plain",
};

/* ---- means ---- */

static const struct ablation_run *runs_of(const struct ablation_plan *plan, int model, int arm)
{
    return &plan->runs[((size_t)model * plan->n_arms + (size_t)arm) * plan->settings->n_seeds];
}

static enum status take_mean(const struct ablation_plan *plan, int model, int arm, struct ablation_mean *mean,
                             struct error *error)
{
    const struct ablation_run *runs = runs_of(plan, model, arm);
    size_t n_seeds = plan->settings->n_seeds;
    struct result_list lists[ABLATION_SEEDS_MAX];
    *mean = (struct ablation_mean){.model = model, .arm = arm};
    for (size_t i = 0; i < n_seeds; i++) {
        lists[i] = runs[i].results;
        mean->coverage += runs[i].coverage / (double)n_seeds;
    }
    enum status status = result_mean(lists, n_seeds, &mean->results, error);
    if (status == STATUS_OK)
        result_summarise(mean->results.items, mean->results.count, &mean->summary);
    return status;
}

/* ---- the pairs of arms ---- */

struct arm_pair {
    enum ablation_question question;
    int a, b;
};

static int find_arm(const struct ablation_plan *plan, int set, int variant, bool permuted)
{
    for (size_t i = 0; i < plan->n_arms; i++)
        if (plan->arms[i].set == set && plan->arms[i].variant == variant && plan->arms[i].permuted == permuted)
            return (int)i;
    return -1;
}

/* Lists the pairs [at most 3 per arm]; returns their number. */
static size_t list_pairs(const struct ablation_plan *plan, struct arm_pair *pairs)
{
    size_t count = 0;
    for (int i = 1; i < (int)plan->n_arms; i++) {
        const struct ablation_arm *arm = &plan->arms[i];
        if (arm->permuted) {
            pairs[count++] = (struct arm_pair){ABLATION_PARAMETERS, i, 0};
            continue;
        }
        pairs[count++] = (struct arm_pair){ABLATION_FEATURES, i, 0};
        pairs[count++] = (struct arm_pair){ABLATION_CONTROLLED, i, find_arm(plan, arm->set, arm->variant, true)};
        if (arm->variant >= 0)
            pairs[count++] = (struct arm_pair){ABLATION_VARIANT, i, find_arm(plan, arm->set, -1, false)};
    }
    return count;
}

/* ---- one pair of arms of a model ---- */

static double mean_of(const struct result_list *list, enum metric metric)
{
    double sum = 0;
    for (size_t i = 0; i < list->count; i++)
        sum += list->items[i].values[metric];
    return list->count > 0 ? sum / (double)list->count : 0;
}

static enum status compare_metric(const struct ablation_plan *plan, const struct result_list *paired,
                                  struct ablation_difference *difference, struct error *error)
{
    enum { RESAMPLES = 10000, BOOTSTRAP_SEED = 42 };
    struct comparison *comparison = &difference->comparison;
    const struct ablation_run *a = runs_of(plan, difference->model, difference->a),
                              *b = runs_of(plan, difference->model, difference->b);
    enum metric metric = difference->metric;
    double *values = malloc((paired->count + 1) * sizeof *values);
    if (!values)
        return error_no_memory(error);
    for (size_t i = 0; i < paired->count; i++)
        values[i] = paired->items[i].values[metric];
    enum status status = compare_differences(values, paired->count, RESAMPLES, BOOTSTRAP_SEED, comparison, error);
    if (status == STATUS_OK && metric_infos[metric].direction < 0) {
        size_t wins = comparison->losses;
        comparison->losses = comparison->wins;
        comparison->wins = wins;
    }
    for (size_t i = 0; i < plan->settings->n_seeds; i++)
        difference->by_seed[i] = mean_of(&a[i].results, metric) - mean_of(&b[i].results, metric);
    free(values);
    return status;
}

static enum status compare_arms(const struct ablation_plan *plan, int model, const struct arm_pair *pair,
                                const struct slice_table *slices, struct ablation_result *result, struct error *error)
{
    const struct ablation_mean *means = result->means + (size_t)model * plan->n_arms;
    struct result_pairs paired = {0};
    enum status status = result_pairs_make(&means[pair->a].results, &means[pair->b].results, &paired, error);
    for (int metric = 0; status == STATUS_OK && metric < METRICS; metric++) {
        struct ablation_difference *difference = &result->differences[result->n_differences++];
        *difference = (struct ablation_difference){
            .question = pair->question, .model = model, .a = pair->a, .b = pair->b, .metric = (enum metric)metric};
        status = compare_metric(plan, &paired.difference, difference, error);
    }
    if (status == STATUS_OK && plan->settings->groups) {
        struct ablation_groups *groups = &result->groups[result->n_groups++];
        *groups = (struct ablation_groups){.question = pair->question, .model = model, .a = pair->a, .b = pair->b};
        status = result_groups_summarise(&paired.difference, slices, &groups->groups, error);
    }
    result_pairs_free(&paired);
    return status;
}

/* ---- corrected p-values ---- */

/* The t-test takes the seeds as they are, so a difference also needs the same sign with each of them. */
static bool is_shown(const struct ablation_difference *difference, size_t n_seeds)
{
    bool shown = difference->t_holm < 0.05;
    for (size_t i = 0; i < n_seeds; i++)
        shown = shown && difference->by_seed[i] * difference->comparison.mean > 0;
    return shown;
}

/* Less popular lists are neither better nor worse. */
static const char *verdict_of(const struct ablation_difference *difference, size_t n_seeds)
{
    double mean = difference->comparison.mean;
    if (!is_shown(difference, n_seeds))
        return "no difference shown";
    if (difference->metric == METRIC_POPULARITY)
        return mean > 0 ? "higher" : "lower";
    return metric_infos[difference->metric].direction * mean > 0 ? "better" : "worse";
}

/* The tests of one question are a family. */
static enum status correct(struct ablation_result *result, enum ablation_question question, size_t n_seeds,
                           struct error *error)
{
    size_t n = result->n_differences, count = 0;
    double *p = malloc((2 * n + 1) * sizeof *p), *wilcoxon = p ? p + n : NULL;
    if (!p)
        return error_no_memory(error);
    for (size_t i = 0; i < n; i++)
        if (result->differences[i].question == question) {
            p[count] = result->differences[i].comparison.t_p;
            wilcoxon[count++] = result->differences[i].comparison.wilcoxon_p;
        }
    enum status status = compare_holm(p, count, p, error);
    if (status == STATUS_OK)
        status = compare_holm(wilcoxon, count, wilcoxon, error);
    for (size_t i = 0, at = 0; status == STATUS_OK && i < n; i++) {
        struct ablation_difference *difference = &result->differences[i];
        if (difference->question != question)
            continue;
        difference->t_holm = p[at];
        difference->wilcoxon_holm = wilcoxon[at++];
        difference->verdict = verdict_of(difference, n_seeds);
    }
    free(p);
    return status;
}

/* ---- all of them ---- */

static enum status allocate(const struct ablation_plan *plan, size_t n_pairs, struct ablation_result *result,
                            struct error *error)
{
    size_t n_models = plan->settings->n_models;
    result->means = calloc(n_models * plan->n_arms + 1, sizeof *result->means);
    result->differences = calloc(n_models * n_pairs * METRICS + 1, sizeof *result->differences);
    result->groups = calloc(n_models * n_pairs + 1, sizeof *result->groups);
    return result->means && result->differences && result->groups ? STATUS_OK : error_no_memory(error);
}

static enum status compare_all(const struct ablation_plan *plan, const struct arm_pair *pairs, size_t n_pairs,
                               const struct slice_table *slices, struct ablation_result *result, struct error *error)
{
    int n_models = (int)plan->settings->n_models, n_arms = (int)plan->n_arms;
    enum status status = allocate(plan, n_pairs, result, error);
    for (int model = 0; model < n_models; model++)
        for (int arm = 0; status == STATUS_OK && arm < n_arms; arm++)
            status = take_mean(plan, model, arm, &result->means[result->n_means++], error);
    for (int model = 0; model < n_models; model++)
        for (size_t i = 0; status == STATUS_OK && i < n_pairs; i++)
            status = compare_arms(plan, model, &pairs[i], slices, result, error);
    for (int question = 0; status == STATUS_OK && question < ABLATION_QUESTIONS; question++)
        status = correct(result, (enum ablation_question)question, plan->settings->n_seeds, error);
    return status;
}

enum status ablation_compare(struct catalogue *catalogue, const struct ablation_plan *plan,
                             struct ablation_result *result, struct error *error)
{
    struct slice_table slices = {0};
    struct arm_pair *pairs = calloc(3 * plan->n_arms + 1, sizeof *pairs);
    enum status status = pairs ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK && plan->settings->groups)
        status = slice_table_load(catalogue, plan->settings->set, &slices, error);
    if (status == STATUS_OK)
        status = compare_all(plan, pairs, list_pairs(plan, pairs), &slices, result, error);
    slice_table_free(&slices);
    free(pairs);
    return status;
}
