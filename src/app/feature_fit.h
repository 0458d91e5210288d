#ifndef SLEEVE_APP_FEATURE_FIT_H
#define SLEEVE_APP_FEATURE_FIT_H

#include "app/device.h"
#include "app/fit_measures.h"
#include "core/progress.h"
#include "features/feature_set.h"
#include "features/projection.h"
#include "models/settings.h"

/* From features to a model's vectors: a feature set of albums or tracks (covers, audio) is mapped to the vectors that a
 * model learned from playlists (features/projection.h), for items that no playlist contains, too. The result is another
 * feature set.
 *
 * Known items have a row in the set and at least `min_entries` entries in the playlists that the model was trained on.
 * The vector of an album is the mean of those of its tracks that are in such playlists. Before anything is fitted, a
 * share of the known items is held out at random; it is used only to evaluate the result. */

enum fit_method { FIT_RIDGE, FIT_NETWORK, FIT_METHODS };
extern const char *const fit_method_names[FIT_METHODS]; /* "ridge", "network" */

/* What was fitted, for those who do not want a set of it. */
struct feature_fitted {
    const struct feature_set *set;
    int64_t out;                             /* width of a vector */
    const struct column_statistics *columns; /* [set->width] of the training items: they standardise the inputs */
    const double *mean, *deviation;          /* [out] of the training items' vectors: they undo the standardisation */
    const float *predicted;                  /* [set->n_rows x out] as the model's vectors; zeros without a row */
    const int32_t *validation;               /* [n_validation] items, ascending */
    const float *validated;                  /* [n_validation x out] predicted without the validation items */
    int64_t n_validation;
    const int32_t *held_out; /* [n_held_out] items, ascending */
    int64_t n_held_out;
    const char *settings, *figures; /* "key=value key=value"; how well held-out items are predicted, JSON */
    const struct projection_weights *weights;
    struct projection_network_settings network; /* of method network: what its shape depends on */
};
struct feature_fit_sink {
    enum status (*take)(void *context, const struct feature_fitted *fitted, struct error *error);
    void *context;
    const char *checkpoint; /* the path of a network's checkpoint */
};

struct feature_fit_settings {
    const char *set;   /* the feature set */
    const char *model; /* als, hybrid or a network */
    const char *name;  /* of the new set */
    enum fit_method method;
    const char *const *settings; /* "key=value" */
    size_t n_settings;
    uint64_t seed;
    bool resume;                         /* continue an interrupted training (network) */
    const struct feature_fit_sink *sink; /* takes what was fitted, and no set is stored; NULL: none */
};

/* Fits, evaluates, and stores the set, with rows of length 1 (so that Euclidean distances order as cosines do). Its
 * metadata are "fit.set", "fit.model", "fit.kind", "fit.trained_on" (the fingerprint of the model's playlists),
 * "fit.method", "fit.settings", "fit.seed" and "fit.held_out" (the figures, JSON). A set of that name that was not made
 * here is not replaced: STATUS_USAGE. Warns where the model was itself trained with the set. */
enum status app_feature_fit(struct catalogue *catalogue, struct device_use *device,
                            const struct feature_fit_settings *settings, struct progress *progress,
                            struct feature_fit_result *result, struct error *error);

/* Settings of all methods, ended by a rule without a key: min_entries, held_out, validation, split. */
extern const struct setting_rule fit_common_rules[];

/* A description of the settings of both methods, for help. */
void feature_fit_help(struct buffer *out);

#endif
