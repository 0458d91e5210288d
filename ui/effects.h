#ifndef SLEEVE_UI_EFFECTS_H
#define SLEEVE_UI_EFFECTS_H

#include "core/workers.h"
#include "ui/effect.h"

/* Runs effects as jobs and passes results to `take` (on the thread that calls workers_collect). `take` does not own the
 * result, which is freed afterwards. */

enum status effects_create(struct app *app, struct workers *workers, void (*take)(struct result *result, void *context),
                           void *context, struct effects **effects, struct error *error);
/* Call it after workers_destroy. */
void effects_destroy(struct effects *effects);
/* Takes ownership of the effect. */
void effects_post(struct effects *effects, struct effect *effect);
/* Runs result->effect and fills the rest of the result: a job's work on its worker. */
void effects_run(struct effects *effects, struct result *result, const atomic_bool *cancel);
/* The number of jobs whose result has not been taken yet. */
int effects_pending(const struct effects *effects);
/* Takes no more results; call it before workers_destroy. */
void effects_stop(struct effects *effects);

struct effect_world *effects_world(struct effects *effects);
/* The in_order effects: the one that runs (NULL: none), those in the queue, and removing the first of these. */
const struct effect *effects_running(const struct effects *effects);
struct result *effects_waiting(const struct effects *effects, size_t at); /* NULL past the last */
void effects_drop_first(struct effects *effects);

#endif
