#ifndef SLEEVE_UI_EFFECTS_H
#define SLEEVE_UI_EFFECTS_H

#include "core/workers.h"
#include "ui/effect.h"

/* Runs effects as jobs and hands results to `take` (on the thread that calls workers_collect), which owns nothing: the
 * result is freed after it. */

enum status effects_create(struct app *app, struct workers *workers, void (*take)(struct result *result, void *context),
                           void *context, struct effects **effects, struct error *error);
/* After workers_destroy. */
void effects_destroy(struct effects *effects);
/* Takes the effect over. */
void effects_post(struct effects *effects, struct effect *effect);
/* Runs result->effect and fills the rest of the result: what a job does on its worker. */
void effects_run(struct effects *effects, struct result *result, const atomic_bool *cancel);
/* Jobs whose result has not been taken yet. */
int effects_pending(const struct effects *effects);
/* Stops giving results; called before workers_destroy. */
void effects_stop(struct effects *effects);

struct effect_world *effects_world(struct effects *effects);
/* Effects that are in_order: the one that runs (NULL: none), those that wait, and the removal of the first of these. */
const struct effect *effects_running(const struct effects *effects);
struct result *effects_waiting(const struct effects *effects, size_t at); /* NULL past the last */
void effects_drop_first(struct effects *effects);

#endif
