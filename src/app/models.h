#ifndef SLEEVE_APP_MODELS_H
#define SLEEVE_APP_MODELS_H

#include "models/recommender.h"

/* Which models are trained, and whether they can still be used. */

struct model_info {
    const struct model_record *record;
    const char *state;                           /* the state of its file: "ok", "missing" or "unusable" */
    char fault[sizeof((struct error *)0)->text]; /* why, as a sentence, where it is not "ok"; else "" */
};

struct model_infos {
    struct model_info *items;
    size_t count;
    struct model_list records;
};
void model_infos_free(struct model_infos *infos);

/* All models, or with `name` that one: STATUS_FAILED where there is none of this name. Reads the headers of files. */
enum status app_model_infos(struct catalogue *catalogue, const char *name, struct model_infos *infos,
                            struct error *error);
/* Removes the record and the file of a model. STATUS_FAILED where there is none of this name. */
enum status app_model_remove(struct catalogue *catalogue, const char *name, struct error *error);

#endif
