/* The nearest pairs of all covers. */
#include <stdatomic.h>
#include <stdio.h>

#include "ui/effect.h"
#include "ui/views/gallery/gallery.h"
#include "ui/views/gallery/twins.h"

static void free_output(void *output)
{
    app_twins_free(output);
}

/* How far the search on a worker is, in thousandths: one is searched for at a time. */
static atomic_int searched;

static void report(struct progress *progress)
{
    atomic_store(&searched, progress->total > 0 ? (int)(1000 * progress->done / progress->total) : 0);
}

float twins_searched(void)
{
    return (float)atomic_load(&searched) / 1000;
}

static enum status run(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                       struct error *error)
{
    struct gallery_progress work = gallery_progress(cancel);
    work.progress.report = report;
    atomic_store(&searched, 0);
    return app_twins(world->app, result->effect.text, TWINS_MAX, &work.progress, result->output, error);
}

static void take(struct state *state, struct effect_list *effects, struct result *result)
{
    struct twins_state *mine = twins_of(state);
    (void)effects;
    if (result->error.status == STATUS_INTERRUPTED)
        return;
    snprintf(mine->failure, sizeof mine->failure, "%s", result->error.status != STATUS_OK ? result->error.text : "");
    if (result->error.status != STATUS_OK)
        return;
    app_twins_free(&mine->twins);
    mine->twins = *(struct app_twins *)result->output;
    *(struct app_twins *)result->output = (struct app_twins){0};
    mine->found = true;
}

const struct effect_ops effect_twins = {
    .name = "twin covers",
    .urgency = 40,
    .latest_only = true,
    .output_size = sizeof(struct app_twins),
    .free_output = free_output,
    .run = run,
    .take = take,
};
