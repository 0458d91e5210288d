#ifndef SLEEVE_APP_CONTENT_INTERNAL_H
#define SLEEVE_APP_CONTENT_INTERNAL_H

#include "app/content.h"
#include "core/lock_file.h"

/* Shared by the trainings of predictors (app/content.h). */

/* Tracks that the model knows, with vectors that were predicted without them. */
struct content_known {
    int64_t n, out;
    const int32_t *rows;  /* [n] ascending */
    const float *vectors; /* [n x out] */
};

struct content_model {
    struct catalogue *catalogue;
    const char *name;
    struct content_train_result *result;
    char vectors[33]; /* the fingerprint of its vectors */
    const struct content_known *known;
};
/* Before a training: whether the model takes vectors, and their fingerprint. */
enum status content_model_check(struct content_model *model, struct device_use *device, struct error *error);
/* After it: the gain. A model that was trained again meanwhile is STATUS_FAILED. */
enum status content_model_gain(struct content_model *model, struct device_use *device,
                               const struct content_known *known, struct error *error);

/* STATUS_FAILED, with the command that trains it again, for a predictor of other vectors than the model's. */
enum status content_check_vectors(const struct predictor *predictor, const char *name,
                                  const struct recommender *recommender, struct error *error);

/* A lock while a predictor is trained; refused while another process has it. */
enum status content_lock(const struct catalogue *catalogue, const char *name, struct lock_file *lock,
                         struct error *error);

#endif
