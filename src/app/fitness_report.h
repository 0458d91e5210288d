#ifndef SLEEVE_APP_FITNESS_REPORT_H
#define SLEEVE_APP_FITNESS_REPORT_H

#include "app/fitness_songs.h"
#include "core/json.h"
#include "fitness/scores.h"

/* What is measured of a model of fitness beside its baselines. */

enum fitness_side { FITNESS_MODEL, FITNESS_LOGISTIC, FITNESS_LARGEST, FITNESS_CHANCE, FITNESS_SIDES };

/* Scores [n_tracks x n_classes] of songs for the model and logistic regression; names [n_classes]. Writes "validation"
 * and "test" (shares of each side and the paired difference of model and logistic regression), "per_class" of the test,
 * and "size_correlation": Spearman's of a playlist's size and its top-5 share. */
enum status fitness_report_quality(const struct fitness_songs *songs, const char *const *names, const float *model,
                                   const float *logistic, struct json_writer *json, struct error *error);

/* One part alone, as `key`; with names also "per_class" and "size_correlation" of it. */
enum status fitness_report_part(const struct fitness_songs *songs, enum fitness_part part, const char *key,
                                const float *model, const float *logistic, const char *const *names,
                                struct json_writer *json, struct error *error);

#endif
