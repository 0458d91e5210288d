#ifndef SLEEVE_APP_ABLATION_H
#define SLEEVE_APP_ABLATION_H

#include "app/device.h"
#include "core/progress.h"
#include "eval/compare.h"
#include "eval/groups.h"

/* What feature sets (covers) change in models: an ablation. Every kind of model is trained without features, with each
 * feature set, and with the same set whose rows are exchanged among the items (features/permuted.h). The last is the
 * control: the same inputs and parameters, but the wrong covers. All trainings of a kind have the same playlists,
 * settings, number of epochs and random seeds, and keep their last weights, so that no playlist chooses an epoch.
 *
 * The lists are the models' own (recommender_open_alone). Differences are paired by playlist, with the mean over the
 * seeds on each side (eval/pairs.h). P-values are corrected by Holm's method over all models, sets and metrics of one
 * question. */

enum {
    ABLATION_MODELS_MAX = 16,
    ABLATION_SETS_MAX = 8,
    ABLATION_VARIANTS_MAX = 8,
    ABLATION_SEEDS_MAX = 16,
    ABLATION_SETTINGS_MAX = 64,
};

struct ablation_settings {
    const char *const *models; /* [n_models] kinds */
    size_t n_models;
    const char *const *features; /* [n_features] feature sets, each examined alone */
    size_t n_features;
    /* [n_variants] "key=value,key=value": the same again with these settings, which a model without features does not
     * get; such as "fusion=norm" */
    const char *const *variants;
    size_t n_variants;
    const char *preset;          /* NULL: by the catalogue's size */
    const char *const *settings; /* [n_settings] "key=value", of all trainings */
    size_t n_settings;
    size_t n_seeds;     /* random seeds 1..n_seeds */
    enum split_set set; /* evaluated on validation playlists, trained on the others; or on test playlists, trained on
                         * training and validation playlists */
    bool groups;        /* also by number of seeds and by slice */
    bool keep;          /* the models and permuted sets stay in the catalogue */
};

/* One way to train a kind of model. */
struct ablation_arm {
    int set;       /* index in `features`; -1: without features */
    int variant;   /* index in `variants`; -1: none */
    bool permuted; /* the control */
};
/* "without", "gist", "gist permuted", "gist fusion=norm". */
enum { ABLATION_ARM_NAME = 256 };
void ablation_arm_name(const struct ablation_settings *settings, const struct ablation_arm *arm,
                       char text[ABLATION_ARM_NAME]);

/* A model with an arm: the means over the seeds on each playlist. */
struct ablation_mean {
    int model, arm;
    struct result_list results;
    struct result_summary summary;
    double coverage; /* mean over the seeds */
};

/* What two arms are compared for. */
enum ablation_question {
    ABLATION_FEATURES,   /* with features - without */
    ABLATION_CONTROLLED, /* with features - with the permuted set */
    ABLATION_PARAMETERS, /* with the permuted set - without: what the parameters alone change */
    ABLATION_VARIANT,    /* with the variant's settings - with the plain ones */
    ABLATION_QUESTIONS
};
extern const char *const ablation_questions[ABLATION_QUESTIONS]; /* "features - without", ... */

struct ablation_difference {
    enum ablation_question question;
    int model, a, b; /* a - b: arms */
    enum metric metric;
    struct comparison comparison;
    double t_holm, wilcoxon_holm; /* corrected p-values; NAN where the test does not apply */
    double by_seed[ABLATION_SEEDS_MAX];
    /* "better" or "worse" (of popularity "higher" or "lower") if t_holm < 0.05 and the difference has the same sign
     * with each seed, otherwise "no difference shown" */
    const char *verdict;
};

/* The differences of two arms by groups of playlists. */
struct ablation_groups {
    enum ablation_question question;
    int model, a, b;
    struct group_summaries groups;
};

struct ablation_result {
    size_t n_playlists;
    struct ablation_arm *arms; /* [n_arms] the first one is without features */
    size_t n_arms;
    struct ablation_mean *means; /* [n_models * n_arms] by model, then arm */
    size_t n_means;
    struct ablation_difference *differences;
    size_t n_differences;
    struct ablation_groups *groups; /* if the settings ask for them */
    size_t n_groups;
    size_t n_trained, n_reused; /* trainings, and models of an earlier run that was stopped */
};
void ablation_result_free(struct ablation_result *result);

/* Runs all trainings that are missing, then evaluates. A trained model is stored under a name that its kind, settings,
 * playlists, features and seed determine ("ablation-KIND-1234abcd-SEED"), so that a run that was stopped or killed
 * continues when it is repeated. At the end these models and the permuted sets are removed unless `keep`. Kinds that
 * take no features, or that are not trained with these settings (0 epochs), are STATUS_USAGE. On any error `result` is
 * empty. */
enum status app_ablation(struct catalogue *catalogue, struct device_use *device,
                         const struct ablation_settings *settings, struct progress *progress,
                         struct ablation_result *result, struct error *error);

#endif
