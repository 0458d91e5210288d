#ifndef SLEEVE_APP_ABLATION_INTERNAL_H
#define SLEEVE_APP_ABLATION_INTERNAL_H

#include "app/ablation.h"
#include "models/recommender.h"

/* The trainings of an ablation, and the comparisons. */

enum { ABLATION_NAME_MAX = 65 };

/* A training and its evaluation. */
struct ablation_run {
    int model, arm;
    uint64_t seed;
    char name[ABLATION_NAME_MAX]; /* of the model */
    char set[ABLATION_NAME_MAX];  /* its feature set; "": none */
    struct result_list results;
    double coverage;
};

/* All runs: those of one model and arm are adjacent, in the order of the seeds. */
struct ablation_plan {
    const struct ablation_settings *settings;
    const struct ablation_arm *arms;
    size_t n_arms;
    struct ablation_run *runs; /* [n_models * n_arms * n_seeds] */
    size_t n_runs;
    int training_sets; /* the sets of the split that models are trained on */
};

/* The settings of a run: those of all trainings, then those of its variant. `text` holds the latter. */
struct ablation_run_settings {
    const char *items[ABLATION_SETTINGS_MAX];
    size_t count;
    char *text;
};
enum status ablation_run_settings_make(const struct ablation_plan *plan, const struct ablation_run *run,
                                       struct ablation_run_settings *settings, struct error *error);
void ablation_run_settings_free(struct ablation_run_settings *settings);

/* ---- ablation_plan.c ---- */
/* Checks the settings and names all runs. The plan's `runs` are malloc'ed; their results are empty. */
enum status ablation_plan_make(struct catalogue *catalogue, const struct ablation_settings *settings,
                               const struct ablation_arm *arms, size_t n_arms, struct ablation_plan *plan,
                               struct error *error);
void ablation_plan_free(struct ablation_plan *plan);

/* ---- ablation_compare.c ---- */
/* Fills means, differences and groups from the runs' results. */
enum status ablation_compare(struct catalogue *catalogue, const struct ablation_plan *plan,
                             struct ablation_result *result, struct error *error);

#endif
