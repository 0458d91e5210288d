#include "ui/effects.h"

#include <stdlib.h>
#include <string.h>

struct effect_job {
    struct job job; /* first: workers return this pointer */
    struct effects *effects;
    struct effect_job *next; /* in the queue */
    bool ran;                /* false: it was cancelled before it ran */
    struct result result;
};

struct effects {
    struct effect_world world;
    struct workers *workers;
    void (*take)(struct result *result, void *context);
    void *context;
    bool stopped;
    int pending;
    struct effect_job *latest[EFFECT_COUNT]; /* the running jobs of latest_only effects */
    struct effect_job *queue;                /* in_order effects, in the order of the requests */
    struct effect_job *running;              /* the job of the queue that runs */
    bool queue_runs;
};

void effects_run(struct effects *effects, struct result *result, const atomic_bool *cancel)
{
    const struct effect_ops *ops = effect_ops(result->effect.type);
    if (!result->output && ops->output_size > 0)
        result->output = calloc(1, ops->output_size);
    if (result->output || ops->output_size == 0)
        result->error.status = ops->run(&effects->world, result, cancel, &result->error);
    else
        error_no_memory(&result->error);
    app_device(effects->world.app, &result->device);
}

static void run(struct job *job)
{
    struct effect_job *mine = (struct effect_job *)job;
    mine->ran = true;
    effects_run(mine->effects, &mine->result, &job->cancelled);
}

static void free_job(struct effect_job *job)
{
    result_free(&job->result);
    free(job);
}

static void run_queue(struct effects *effects)
{
    struct effect_job *next = effects->queue;
    effects->queue_runs = next != NULL;
    effects->running = next;
    if (!next)
        return;
    effects->queue = next->next;
    const struct effect_ops *ops = effect_ops(next->result.effect.type);
    if (ops->prepare)
        ops->prepare(&effects->world, &next->result.effect);
    workers_post(effects->workers, &next->job);
}

static void finish(struct job *job, void *user)
{
    (void)user;
    struct effect_job *mine = (struct effect_job *)job;
    struct effects *effects = mine->effects;
    enum effect_type type = mine->result.effect.type;
    const struct effect_ops *ops = effect_ops(type);
    effects->pending--;
    if (!mine->ran) {
        mine->result.error.status = STATUS_INTERRUPTED;
        app_device(effects->world.app, &mine->result.device);
    }
    if (effects->latest[type] == mine)
        effects->latest[type] = NULL;
    if (effects->running == mine)
        effects->running = NULL;
    if (ops->record && mine->result.output)
        ops->record(effects, &mine->result);
    if (effects->stopped && ops->must_run && (!mine->ran || mine->result.error.status != STATUS_OK)) {
        mine->next = effects->queue;
        effects->queue = mine;
        return;
    }
    if (!effects->stopped)
        effects->take(&mine->result, effects->context);
    if (ops->in_order && !effects->stopped)
        run_queue(effects);
    free_job(mine);
}

enum status effects_create(struct app *app, struct workers *workers, void (*take)(struct result *result, void *context),
                           void *context, struct effects **out, struct error *error)
{
    struct effects *effects = calloc(1, sizeof *effects);
    if (!effects)
        return error_no_memory(error);
    effects->world.app = app;
    effects->workers = workers;
    effects->take = take;
    effects->context = context;
    enum status status = STATUS_OK;
    for (int type = 0; type < EFFECT_COUNT && status == STATUS_OK; type++)
        if (effect_ops((enum effect_type)type)->open)
            status = effect_ops((enum effect_type)type)->open(&effects->world, error);
    if (status == STATUS_OK)
        *out = effects;
    else
        effects_destroy(effects);
    return status;
}

void effects_destroy(struct effects *effects)
{
    if (!effects)
        return;
    while (effects->queue)
        effects_drop_first(effects);
    for (int type = 0; type < EFFECT_COUNT; type++)
        if (effect_ops((enum effect_type)type)->close && effects->world.memory[type])
            effect_ops((enum effect_type)type)->close(&effects->world);
    free(effects);
}

void effects_stop(struct effects *effects)
{
    effects->stopped = true;
    for (int type = 0; type < EFFECT_COUNT; type++)
        if (effects->latest[type])
            workers_cancel(effects->workers, &effects->latest[type]->job);
}

int effects_pending(const struct effects *effects)
{
    return effects->pending;
}

struct effect_world *effects_world(struct effects *effects)
{
    return &effects->world;
}

const struct effect *effects_running(const struct effects *effects)
{
    return effects->running ? &effects->running->result.effect : NULL;
}

struct result *effects_waiting(const struct effects *effects, size_t at)
{
    struct effect_job *job = effects->queue;
    for (; job && at > 0; at--)
        job = job->next;
    return job ? &job->result : NULL;
}

void effects_drop_first(struct effects *effects)
{
    struct effect_job *first = effects->queue;
    effects->queue = first->next;
    free_job(first);
}

void effects_post(struct effects *effects, struct effect *effect)
{
    const struct effect_ops *ops = effect_ops(effect->type);
    struct effect_job *job = calloc(1, sizeof *job);
    if (!job) {
        effect_free(effect);
        return;
    }
    job->job = (struct job){.run = run, .finish = finish, .urgency = ops->urgency};
    job->effects = effects;
    job->result.effect = *effect;
    memset(effect, 0, sizeof *effect);
    effects->pending++;
    if (ops->latest_only) {
        struct effect_job **latest = &effects->latest[job->result.effect.type];
        if (*latest)
            workers_cancel(effects->workers, &(*latest)->job);
        *latest = job;
    }
    if (!ops->in_order) {
        workers_post(effects->workers, &job->job);
        return;
    }
    struct effect_job **end = &effects->queue;
    while (*end)
        end = &(*end)->next;
    *end = job;
    if (!effects->queue_runs)
        run_queue(effects);
}
