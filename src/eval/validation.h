#ifndef SLEEVE_EVAL_VALIDATION_H
#define SLEEVE_EVAL_VALIDATION_H

#include "eval/evaluate.h"

/* The evaluator of a training: the validation playlists of the catalogue's split. */
struct validation {
    struct interactions evaluated;
    struct track_stats stats;
    struct model_evaluator evaluator;
};

/* *found is false, and there is nothing to close, when the catalogue has no validation playlists. `validation` must not
 * be moved. */
enum status validation_open(struct catalogue *catalogue, struct validation *validation, bool *found,
                            struct error *error);
void validation_close(struct validation *validation);

#endif
