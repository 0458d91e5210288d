#include "app/ablation_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "eval/slices.h"
#include "models/kind.h"

/* Which models an ablation trains, and their names. */

void ablation_arm_name(const struct ablation_settings *settings, const struct ablation_arm *arm,
                       char text[ABLATION_ARM_NAME])
{
    const char *variant = arm->variant < 0 ? NULL : settings->variants[arm->variant];
    if (arm->set < 0)
        snprintf(text, ABLATION_ARM_NAME, "without");
    else
        snprintf(text, ABLATION_ARM_NAME, "%s%s%s%s", settings->features[arm->set], arm->permuted ? " permuted" : "",
                 variant ? " " : "", variant ? variant : "");
}

/* ---- the settings of a run ---- */

static enum status too_many(struct error *error)
{
    return error_set(error, STATUS_USAGE, "more than %d settings were given", ABLATION_SETTINGS_MAX);
}

enum status ablation_run_settings_make(const struct ablation_plan *plan, const struct ablation_run *run,
                                       struct ablation_run_settings *out, struct error *error)
{
    const struct ablation_settings *settings = plan->settings;
    int variant = plan->arms[run->arm].variant;
    *out = (struct ablation_run_settings){0};
    if (settings->n_settings > ABLATION_SETTINGS_MAX)
        return too_many(error);
    for (size_t i = 0; i < settings->n_settings; i++)
        out->items[out->count++] = settings->settings[i];
    if (variant < 0)
        return STATUS_OK;
    out->text = strdup(settings->variants[variant]);
    if (!out->text)
        return error_no_memory(error);
    for (char *rest = out->text; rest;) {
        if (out->count == ABLATION_SETTINGS_MAX)
            return too_many(error);
        out->items[out->count++] = strsep(&rest, ",");
    }
    return STATUS_OK;
}

void ablation_run_settings_free(struct ablation_run_settings *settings)
{
    free(settings->text);
    *settings = (struct ablation_run_settings){0};
}

/* ---- checks ---- */

static enum status check_counts(const struct ablation_settings *settings, struct error *error)
{
    const struct {
        const char *what;
        size_t count, most;
    } counts[] = {
        {"models", settings->n_models, ABLATION_MODELS_MAX},
        {"feature sets", settings->n_features, ABLATION_SETS_MAX},
        {"random seeds", settings->n_seeds, ABLATION_SEEDS_MAX},
    };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (counts[i].count < 1 || counts[i].count > counts[i].most)
            return error_set(error, STATUS_USAGE, "an ablation has 1 to %zu %s, not %zu", counts[i].most,
                             counts[i].what, counts[i].count);
    if (settings->n_variants > ABLATION_VARIANTS_MAX)
        return error_set(error, STATUS_USAGE, "an ablation has at most %d variants, not %zu", ABLATION_VARIANTS_MAX,
                         settings->n_variants);
    return STATUS_OK;
}

static enum status check_distinct(const char *const *names, size_t count, const char *what, struct error *error)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(names[i], names[k]) == 0)
                return error_set(error, STATUS_USAGE, "the %s \"%.80s\" is named twice", what, names[i]);
    return STATUS_OK;
}

/* The kind must take features, accept the settings, and be trained. */
static enum status check_run(const struct ablation_plan *plan, const struct ablation_run *run, int64_t n_tracks,
                             struct error *error)
{
    const char *kind = plan->settings->models[run->model];
    const struct recommender_ops *ops = model_kind_find(kind);
    struct ablation_run_settings texts = {0};
    struct settings values;
    if (!ops)
        return model_kind_unknown(kind, error);
    if (!ops->takes_features)
        return error_set(error, STATUS_USAGE, "a model of kind \"%s\" takes no feature sets", kind);
    enum status status = ablation_run_settings_make(plan, run, &texts, error);
    if (status == STATUS_OK)
        status =
            settings_read(&values, &ops->settings, plan->settings->preset, n_tracks, texts.items, texts.count, error);
    if (status == STATUS_OK && settings_has(&values, "epochs") && settings_value(&values, "epochs") == 0)
        status = error_set(error, STATUS_USAGE,
                           "%s has 0 epochs in preset \"%s\", so it would not learn how to use features; add --set "
                           "epochs=8, or leave it out",
                           kind, values.preset);
    ablation_run_settings_free(&texts);
    return status;
}

/* ---- names ---- */

/* What the names of all runs depend on. */
struct identity {
    char fingerprint[33]; /* of the catalogue's tracks */
    char trained_on[33];
    char values[ABLATION_SETS_MAX][33]; /* of each feature set */
};

static enum status hash_set(struct catalogue *catalogue, const char *name, char text[33], struct error *error)
{
    struct feature_set set;
    struct hash hash;
    enum status status = feature_set_open(catalogue, name, &set, error);
    if (status != STATUS_OK)
        return status;
    hash_begin(&hash);
    hash_add_words(&hash, set.values, (size_t)set.n_rows * (size_t)set.width * sizeof *set.values);
    for (int64_t row = 0; row < set.n_rows; row++) {
        unsigned char has = feature_set_has(&set, row);
        hash_add(&hash, &has, 1);
    }
    hash_end(hash, text);
    feature_set_close(&set);
    return STATUS_OK;
}

static enum status identify(struct catalogue *catalogue, const struct ablation_plan *plan, struct identity *identity,
                            struct error *error)
{
    struct interactions interactions = {0};
    enum status status = catalogue_interactions_load(catalogue, plan->training_sets, &interactions, error);
    if (status == STATUS_OK)
        model_training_fingerprint(&interactions, identity->trained_on);
    interactions_free(&interactions);
    if (status == STATUS_OK)
        status = catalogue_fingerprint(catalogue, 0, identity->fingerprint, error);
    for (size_t i = 0; status == STATUS_OK && i < plan->settings->n_features; i++)
        status = hash_set(catalogue, plan->settings->features[i], identity->values[i], error);
    return status;
}

/* The permuted set depends on the seed, so that no single permutation decides the comparison. */
static void name_set(const struct ablation_plan *plan, const struct identity *identity, struct ablation_run *run)
{
    const struct ablation_arm *arm = &plan->arms[run->arm];
    if (arm->set < 0)
        return;
    if (arm->permuted)
        snprintf(run->set, sizeof run->set, "ablation-%.8s-%llu", identity->values[arm->set],
                 (unsigned long long)run->seed);
    else
        snprintf(run->set, sizeof run->set, "%s", plan->settings->features[arm->set]);
}

static enum status name_run(const struct ablation_plan *plan, const struct identity *identity, struct ablation_run *run,
                            struct error *error)
{
    const struct ablation_arm *arm = &plan->arms[run->arm];
    const char *kind = plan->settings->models[run->model], *preset = plan->settings->preset;
    struct ablation_run_settings settings;
    struct buffer text = {0};
    struct hash hash;
    char digits[33];
    enum status status = ablation_run_settings_make(plan, run, &settings, error);
    name_set(plan, identity, run);
    buffer_printf(&text, "%s %s %s %s %s %s", kind, preset ? preset : "", identity->fingerprint, identity->trained_on,
                  run->set, arm->set < 0 ? "" : identity->values[arm->set]);
    for (size_t i = 0; status == STATUS_OK && i < settings.count; i++)
        buffer_printf(&text, " %s", settings.items[i]);
    if (status == STATUS_OK && text.failed)
        status = error_no_memory(error);
    if (status == STATUS_OK) {
        hash_begin(&hash);
        hash_add(&hash, text.data, text.size);
        hash_end(hash, digits);
        snprintf(run->name, sizeof run->name, "ablation-%.24s-%.8s-%llu", kind, digits, (unsigned long long)run->seed);
    }
    buffer_free(&text);
    ablation_run_settings_free(&settings);
    return status;
}

/* ---- the plan ---- */

static enum status list_runs(struct ablation_plan *plan, struct error *error)
{
    const struct ablation_settings *settings = plan->settings;
    plan->runs = calloc(settings->n_models * plan->n_arms * settings->n_seeds + 1, sizeof *plan->runs);
    if (!plan->runs)
        return error_no_memory(error);
    for (size_t model = 0; model < settings->n_models; model++)
        for (size_t arm = 0; arm < plan->n_arms; arm++)
            for (size_t seed = 1; seed <= settings->n_seeds; seed++)
                plan->runs[plan->n_runs++] =
                    (struct ablation_run){.model = (int)model, .arm = (int)arm, .seed = (uint64_t)seed};
    return STATUS_OK;
}

static enum status check_split(struct catalogue *catalogue, enum split_set set, struct error *error)
{
    struct split_totals totals;
    enum status status = catalogue_split_count(catalogue, &totals, error);
    if (status != STATUS_OK || (set == SPLIT_TEST ? totals.test : totals.validation) > 0)
        return status;
    return error_set(error, STATUS_FAILED, "there are no %s playlists; make a split that has some: sleeve split",
                     set == SPLIT_TEST ? "test" : "validation");
}

enum status ablation_plan_make(struct catalogue *catalogue, const struct ablation_settings *settings,
                               const struct ablation_arm *arms, size_t n_arms, struct ablation_plan *plan,
                               struct error *error)
{
    struct identity identity = {0};
    struct catalogue_counts counts = {0};
    *plan = (struct ablation_plan){
        .settings = settings, .arms = arms, .n_arms = n_arms, .training_sets = slice_training_sets(settings->set)};
    enum status status = check_counts(settings, error);
    if (status == STATUS_OK)
        status = check_distinct(settings->models, settings->n_models, "model", error);
    if (status == STATUS_OK)
        status = check_distinct(settings->features, settings->n_features, "feature set", error);
    if (status == STATUS_OK)
        status = check_distinct(settings->variants, settings->n_variants, "variant", error);
    if (status == STATUS_OK)
        status = check_split(catalogue, settings->set, error);
    if (status == STATUS_OK)
        status = list_runs(plan, error);
    if (status == STATUS_OK)
        status = catalogue_count(catalogue, &counts, error);
    for (size_t i = 0; status == STATUS_OK && i < plan->n_runs; i++)
        status = check_run(plan, &plan->runs[i], counts.tracks, error);
    if (status == STATUS_OK)
        status = identify(catalogue, plan, &identity, error);
    for (size_t i = 0; status == STATUS_OK && i < plan->n_runs; i++)
        status = name_run(plan, &identity, &plan->runs[i], error);
    if (status != STATUS_OK)
        ablation_plan_free(plan);
    return status;
}

void ablation_plan_free(struct ablation_plan *plan)
{
    for (size_t i = 0; i < plan->n_runs; i++)
        result_list_free(&plan->runs[i].results);
    free(plan->runs);
    *plan = (struct ablation_plan){0};
}
