#ifndef SLEEVE_APP_CONTENT_CHECK_H
#define SLEEVE_APP_CONTENT_CHECK_H

#include "core/buffer.h"
#include "db/catalogue.h"
#include "gpu/compute.h"

/* Whether the files of new songs (content/predictor.h, models/new_tracks.h) can be used, and what is left of models
 * that were removed or trained again. */

struct content_visitor {
    /* Called with the name of each predictor and what is wrong with it: STATUS_BAD_DATA, the file is damaged;
     * STATUS_FAILED, its model does not exist or has other vectors by now. */
    void (*predictor)(void *context, const char *name, enum status status, const struct error *why);
    /* The same for the vectors of new songs that a model was given, by the model's name. */
    void (*new_songs)(void *context, const char *model, enum status status, const struct error *why);
    void *context;
};
/* Opens the models of the files. */
enum status app_content_check(struct catalogue *catalogue, struct compute *compute,
                              const struct content_visitor *visitor, struct error *error);
/* Appends the names of a model's predictors, with commas between; damaged files are left out. */
enum status app_content_predictors_of(struct catalogue *catalogue, const char *model, struct buffer *names,
                                      struct error *error);

#endif
