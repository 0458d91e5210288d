#include "app/ablation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/ablation_internal.h"
#include "app/training.h"
#include "core/log.h"
#include "eval/evaluate.h"
#include "features/permuted.h"

/* ---- progress: each stage says which training it belongs to ---- */

struct run_progress {
    struct progress inner; /* the first member */
    struct progress *outer;
    char run[128], stage[256];
};

static void report(struct progress *progress)
{
    struct run_progress *own = (struct run_progress *)progress;
    struct progress *outer = own->outer;
    void (*shown)(struct progress *) = outer->report;
    bool (*cancelled)(struct progress *) = outer->cancelled;
    *outer = own->inner;
    outer->report = shown;
    outer->cancelled = cancelled;
    if (own->inner.stage) {
        snprintf(own->stage, sizeof own->stage, "%s: %s", own->run, own->inner.stage);
        outer->stage = own->stage;
    }
    if (shown)
        shown(outer);
}

static bool cancelled(struct progress *progress)
{
    const struct run_progress *own = (const struct run_progress *)progress;
    return own->outer->cancelled && own->outer->cancelled(own->outer);
}

/* ---- one run ---- */

struct ablation {
    struct catalogue *catalogue;
    struct device_use *device;
    struct ablation_plan plan;
    struct interactions evaluated;
    struct track_stats stats;
    struct run_progress progress;
    struct ablation_result *result;
};

static enum status find_model(struct catalogue *catalogue, const char *name, bool *found, struct error *error)
{
    struct model_list records = {0};
    enum status status = catalogue_model_find(catalogue, name, &records, error);
    bool missing = false;
    *found = status == STATUS_OK && records.count > 0 &&
             model_check(catalogue, &records.items[0], &missing, NULL) == STATUS_OK;
    model_list_free(&records);
    return status;
}

static enum status train(struct ablation *ablation, const struct ablation_run *run, struct error *error)
{
    const struct ablation_settings *settings = ablation->plan.settings;
    struct ablation_run_settings texts;
    const char *set = run->set;
    enum status status = ablation_run_settings_make(&ablation->plan, run, &texts, error);
    struct model_spec spec = {.kind = settings->models[run->model],
                              .name = run->name,
                              .preset = settings->preset,
                              .settings = texts.items,
                              .n_settings = texts.count,
                              .seed = run->seed,
                              .split_sets = ablation->plan.training_sets,
                              .features = &set,
                              .n_features = set[0] ? 1 : 0,
                              .resume = model_is_half_trained(ablation->catalogue, run->name)};
    struct training training = {.catalogue = ablation->catalogue, .spec = &spec, .progress = &ablation->progress.inner};
    const struct device_work work = training_work(&training);
    if (status == STATUS_OK && ablation->plan.arms[run->arm].permuted)
        status = feature_set_permute(ablation->catalogue, settings->features[ablation->plan.arms[run->arm].set], set,
                                     run->seed, error);
    if (status == STATUS_OK)
        status = device_run(ablation->device, &work, error);
    if (spec.resume && (status == STATUS_USAGE || status == STATUS_BAD_DATA)) { /* its checkpoint cannot be used */
        spec.resume = training.again = false;
        status = device_run(ablation->device, &work, error);
    }
    ablation_run_settings_free(&texts);
    return status;
}

struct evaluating {
    struct ablation *ablation;
    struct ablation_run *run;
};

static enum status evaluate(void *context, struct compute *compute, struct error *error)
{
    const struct evaluating *work = context;
    struct ablation *ablation = work->ablation;
    struct recommender *recommender = NULL;
    struct evaluation evaluation = {0};
    enum status status = recommender_open_alone(ablation->catalogue, compute, work->run->name, &recommender, error);
    if (status == STATUS_OK)
        status = evaluate_recommender(recommender, &ablation->evaluated, NULL, &ablation->stats, NULL,
                                      &ablation->progress.inner, &evaluation, error);
    if (status == STATUS_OK) {
        work->run->results = evaluation.results;
        work->run->coverage = evaluation.coverage;
        evaluation.results = (struct result_list){0};
    }
    evaluation_free(&evaluation);
    recommender_close(recommender);
    return status;
}

static enum status do_run(struct ablation *ablation, struct ablation_run *run, struct error *error)
{
    struct evaluating evaluating = {ablation, run};
    const struct device_work work = {evaluate, &evaluating};
    bool found = false;
    enum status status = find_model(ablation->catalogue, run->name, &found, error);
    if (status == STATUS_OK && !found)
        status = train(ablation, run, error);
    if (status == STATUS_OK)
        status = device_run(ablation->device, &work, error);
    *(found ? &ablation->result->n_reused : &ablation->result->n_trained) += 1;
    return status;
}

static enum status stopped(const struct ablation *ablation, size_t done, struct error *error)
{
    return error_set(error, STATUS_INTERRUPTED,
                     "stopped after %zu of %zu trainings; give the same command again to continue", done,
                     ablation->plan.n_runs);
}

static enum status do_runs(struct ablation *ablation, struct error *error)
{
    struct ablation_plan *plan = &ablation->plan;
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < plan->n_runs; i++) {
        struct ablation_run *run = &plan->runs[i];
        char arm[ABLATION_ARM_NAME];
        ablation_arm_name(plan->settings, &plan->arms[run->arm], arm);
        snprintf(ablation->progress.run, sizeof ablation->progress.run, "%zu of %zu, %s, %.60s, seed %llu", i + 1,
                 plan->n_runs, plan->settings->models[run->model], arm, (unsigned long long)run->seed);
        log_message(LOG_INFO, "training %s", ablation->progress.run);
        status = progress_cancelled(&ablation->progress.inner) ? STATUS_INTERRUPTED : do_run(ablation, run, error);
        if (status == STATUS_INTERRUPTED)
            status = stopped(ablation, i, error);
        else if (status != STATUS_OK)
            status = error_prefix(error, "%s", ablation->progress.run);
    }
    return status;
}

/* ---- what is left at the end ---- */

/* Models and permuted sets of the plan; those that cannot be removed are reported. */
static void clean(struct ablation *ablation)
{
    const struct ablation_plan *plan = &ablation->plan;
    struct error why;
    for (size_t i = 0; i < plan->n_runs; i++) {
        const struct ablation_run *run = &plan->runs[i];
        if (model_remove(ablation->catalogue, run->name, &why) != STATUS_OK)
            log_message(LOG_WARNING, "%s", why.text);
    }
    for (size_t i = 0; i < plan->n_runs; i++) {
        const struct ablation_run *run = &plan->runs[i];
        if (plan->arms[run->arm].permuted) /* several runs have the same set */
            feature_set_remove(ablation->catalogue, run->set, NULL);
    }
}

/* ---- the ablation ---- */

static enum status make_arms(const struct ablation_settings *settings, struct ablation_result *result,
                             struct error *error)
{
    result->arms = calloc(2 * settings->n_features * (settings->n_variants + 1) + 1, sizeof *result->arms);
    if (!result->arms)
        return error_no_memory(error);
    result->arms[result->n_arms++] = (struct ablation_arm){-1, -1, false};
    for (int set = 0; set < (int)settings->n_features; set++)
        for (int variant = -1; variant < (int)settings->n_variants; variant++)
            for (int permuted = 0; permuted < 2; permuted++)
                result->arms[result->n_arms++] = (struct ablation_arm){set, variant, permuted > 0};
    return STATUS_OK;
}

static enum status run_all(struct ablation *ablation, const struct ablation_settings *settings, struct error *error)
{
    struct ablation_result *result = ablation->result;
    enum status status =
        ablation_plan_make(ablation->catalogue, settings, result->arms, result->n_arms, &ablation->plan, error);
    if (status == STATUS_OK)
        status = catalogue_interactions_load(ablation->catalogue, (int)settings->set, &ablation->evaluated, error);
    if (status == STATUS_OK)
        status = track_stats_load(ablation->catalogue, ablation->plan.training_sets, &ablation->stats, error);
    if (status == STATUS_OK)
        status = do_runs(ablation, error);
    if (status == STATUS_OK)
        status = ablation_compare(ablation->catalogue, &ablation->plan, result, error);
    if (status == STATUS_OK)
        result->n_playlists = result->means[0].results.count;
    if (status == STATUS_OK && !settings->keep)
        clean(ablation);
    track_stats_free(&ablation->stats);
    interactions_free(&ablation->evaluated);
    ablation_plan_free(&ablation->plan);
    return status;
}

enum status app_ablation(struct catalogue *catalogue, struct device_use *device,
                         const struct ablation_settings *settings, struct progress *progress,
                         struct ablation_result *result, struct error *error)
{
    struct progress none = {0};
    struct ablation ablation = {
        .catalogue = catalogue,
        .device = device,
        .progress = {.inner = {.report = report, .cancelled = cancelled}, .outer = progress ? progress : &none},
        .result = result,
    };
    *result = (struct ablation_result){0};
    enum status status = make_arms(settings, result, error);
    for (size_t i = 0; i < settings->n_features && status == STATUS_OK; i++)
        feature_set_warn(catalogue, settings->features[i]);
    if (status == STATUS_OK)
        status = run_all(&ablation, settings, error);
    if (status != STATUS_OK)
        ablation_result_free(result);
    return status;
}

void ablation_result_free(struct ablation_result *result)
{
    for (size_t i = 0; i < result->n_means; i++)
        result_list_free(&result->means[i].results);
    for (size_t i = 0; i < result->n_groups; i++)
        group_summaries_free(&result->groups[i].groups);
    free(result->arms);
    free(result->means);
    free(result->differences);
    free(result->groups);
    *result = (struct ablation_result){0};
}
