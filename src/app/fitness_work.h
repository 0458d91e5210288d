#ifndef SLEEVE_APP_FITNESS_WORK_H
#define SLEEVE_APP_FITNESS_WORK_H

#include "app/fitness_inputs.h"
#include "app/fitness_songs.h"
#include "core/json.h"
#include "fitness/discriminant.h"
#include "fitness/regression.h"
#include "models/settings.h"

/* What the parts of app_fitness_train share. */

extern const struct setting_rules fitness_rules_of[]; /* [enum fitness_kind] */

struct fitness_work {
    struct catalogue *catalogue;
    const struct fitness_train_settings *wanted;
    struct progress *progress;
    enum fitness_kind kind;
    const char *features;
    struct settings settings;
    struct fitness_songs_inputs inputs;
    struct fitness_songs songs;
    struct fitness_model model;
    struct fitness_fit_settings fit;
    struct fitness_fitted fitted;
    struct regression_result logistic;
    float *scores, *logistic_scores; /* [n_tracks x n_classes] */
    float *bands;                    /* [n_tracks x 2 bands]: what logistic regression sees of spectrograms */
    struct buffer checkpoint, identity, report;
    float *fold_lambdas; /* [folds] of logistic regression */
};

static inline double fitness_setting(const struct fitness_work *work, const char *key)
{
    return settings_value(&work->settings, key);
}

/* Whether a head has a linear discriminant. One that was trained as the networks are with loss=binary would be no
 * probability. */
static inline bool fitness_has_discriminant(const struct fitness_work *work)
{
    return work->kind == FITNESS_HEAD && work->fit.loss == FITNESS_SOFTMAX && fitness_setting(work, "discriminant") > 0;
}
/* These songs with the inputs, as both linear models take them; borrowed. */
static inline struct regression_data fitness_regression_data(const struct fitness_work *work,
                                                             const struct fitness_songs *songs)
{
    return (struct regression_data){.n = songs->n_tracks,
                                    .in = work->inputs.width,
                                    .out = songs->n_classes,
                                    .x = work->inputs.values,
                                    .pairs = songs->pairs,
                                    .n_pairs = songs->n_pairs,
                                    .parts = songs->parts};
}
/* Trains it on the inputs of these songs, which are standardised: work->model.linear. scale: see fitness_discriminant.
 */
enum status fitness_fit_discriminant(struct fitness_work *work, struct compute *compute,
                                     const struct fitness_songs *songs, double *scale, struct error *error);
/* How many numbers are trained. */
int64_t fitness_count_parameters(const struct fitness_work *work);

/* Standardises rows [n_tracks x width] by the training songs: means and scales. Constant columns become 0. */
void fitness_standardise(const struct fitness_songs *songs, int64_t width, float *rows, float *mean, float *scale);
/* Writes "settings". */
void fitness_write_settings(const struct fitness_work *work, struct json_writer *json);

/* Cross-validation: each fold's songs are scored by a model and by logistic regression that were trained with all
 * other folds. The penalty of logistic regression and the scale of the discriminant are chosen on the fold that
 * follows, with the rest as training songs; then all learn from all other folds. Folds are stratified by playlist, and
 * a function of seed and song. Writes scores and logistic_scores of all songs. */
enum status fitness_cross_validate(struct fitness_work *work, struct compute *compute, struct error *error);
/* fold [n_tracks]: that of each song that is in a pair; others stay. */
enum status fitness_draw_folds(const struct fitness_songs *songs, int folds, uint64_t seed, int8_t *fold,
                               struct error *error);
/* The report of a cross-validation, as JSON. */
enum status fitness_folds_report(struct fitness_work *work, struct error *error);

#endif
