#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/log.h"
#include "models/rta/full_softmax.h"
#include "models/rta/rta.h"

/* The course of a training: epochs, looks at the validation playlists, checkpoints, and what is told of it. */

enum { CHECKPOINT_SECONDS = 60 };

struct training {
    struct model_task *task;
    struct rta_shape shape;
    struct rta_start start;
    bool rest; /* objective: the rest of playlists, not the next track */
    struct rta_sampler sampler;
    struct rta_batch batch;
    struct rta_full_softmax_sampler rest_sampler;
    struct rta_full_softmax_batch rest_batch;
    struct rta_trainer trainer;
    struct rta_progress progress;
    int64_t epochs, steps; /* of an epoch */
    double loss;           /* running mean, for the eye */
    double saved;          /* when the last checkpoint was written */
    char note[96];
};

static double value(const struct model_task *task, const char *key)
{
    return settings_value(task->settings, key);
}

static bool learns_rest(const struct model_task *task)
{
    return rta_kind_of(task->ops->kind).aggregator == RTA_POOL || value(task, "objective") > 0;
}

static enum status make_shape(const struct model_task *task, struct rta_shape *shape, struct error *error)
{
    struct rta_kind kind = rta_kind_of(task->ops->kind);
    const struct side_info *side = task->spec->side;
    *shape = (struct rta_shape){
        .representer = kind.representer,
        .aggregator = kind.aggregator,
        .d = (int64_t)value(task, "factors"),
        .heads = (int64_t)value(task, "heads"),
        .representer_heads = (int64_t)value(task, "representer_heads"),
        .representer_feed_forward = (int64_t)value(task, "representer_feed_forward"),
        .beside = (float)value(task, "beside"),
        .feed_forward = (int64_t)value(task, "feed_forward"),
        .hidden = (int64_t)value(task, "hidden"),
        .channels = (int64_t)value(task, "channels"),
        .window = (int64_t)value(task, "window"),
        .cover_hidden = (int64_t)value(task, "cover_hidden"),
        .cover_width = (int64_t)value(task, "cover_width"),
        .extra = value(task, "extra") > 0,
        .attention = value(task, "weights") > 0,
        .residual = (int64_t)value(task, "residual"),
        .position_spread = (float)value(task, "position_spread"),
        .amplified = (float)value(task, "amplified"),
        .bias = learns_rest(task) && value(task, "bias") > 0,
    };
    if (!side && (task->ops->uses_side_info || task->spec->n_features > 0))
        return error_set(error, STATUS_FAILED, "A model of kind \"%s\" needs to know albums and artists.",
                         task->ops->kind);
    shape->n_sets = (int64_t)task->spec->n_features;
    for (int64_t i = 0; i < shape->n_sets; i++)
        shape->sets[i] = (struct rta_set_shape){side->features[i].width, side->features[i].masked};
    if (kind.representer == RTA_NN && shape->d % shape->representer_heads != 0)
        return error_set(error, STATUS_USAGE, "factors (%lld) must be a multiple of representer_heads (%lld).",
                         (long long)shape->d, (long long)shape->representer_heads);
    if (kind.aggregator == RTA_TRANSFORMER && rta_width(shape) % shape->heads != 0)
        return error_set(error, STATUS_USAGE,
                         "The width of a track's vector (%lld) must be a multiple of heads (%lld).",
                         (long long)rta_width(shape), (long long)shape->heads);
    if (learns_rest(task))
        return STATUS_OK;
    if (value(task, "hard") > value(task, "negatives") || value(task, "easy") > value(task, "negatives") ||
        value(task, "hard") + value(task, "easy") < 1)
        return error_set(error, STATUS_USAGE,
                         "hard and easy must each be at most negatives (%g), and one of them at least 1.",
                         value(task, "negatives"));
    return STATUS_OK;
}

/* A few playlists still make a number of steps. */
static int64_t batch_of(const struct model_task *task)
{
    int64_t asked = (int64_t)value(task, "batch"), share = task->interactions->n_playlists / 16;
    return asked > 0 ? asked : share < 8 ? 8 : share > 128 ? 128 : share;
}

static enum status open_next(struct training *training, struct error *error)
{
    struct model_task *task = training->task;
    if (training->epochs == 0)
        return STATUS_OK; /* nothing is drawn, so any playlists will do */
    enum status status = rta_sampler_open(&training->sampler, task->interactions, batch_of(task),
                                          training->shape.window, (int64_t)value(task, "negatives"), task->seed, error);
    if (status == STATUS_OK)
        status = rta_batch_create(&training->sampler, &training->batch, error);
    if (status == STATUS_OK)
        training->steps = rta_sampler_steps(&training->sampler);
    return status;
}

static enum status open_rest(struct training *training, struct error *error)
{
    struct model_task *task = training->task;
    const struct rta_full_softmax_settings settings = {
        .batch = batch_of(task),
        .most = (int64_t)value(task, "given"),
        .shuffled = value(task, "order") > 0,
        .borrowed = (float)value(task, "borrowed"),
        .neighbours = (int64_t)value(task, "neighbours"),
        .sharpness = (float)value(task, "sharpness"),
        .among = (int64_t)value(task, "among"),
        .seed = task->seed,
    };
    enum status status = rta_full_softmax_sampler_open(
        &training->rest_sampler, task->compute, task->interactions, &settings,
        (struct compute_slice){training->start.inputs.initial[RTA_TRACK], 0}, training->shape.d, error);
    if (status == STATUS_OK)
        status = rta_full_softmax_batch_create(&training->rest_sampler, &training->rest_batch, error);
    if (status == STATUS_OK)
        training->steps = rta_full_softmax_sampler_steps(&training->rest_sampler);
    return status;
}

/* ln(1 + playlists that hold a track): what a popularity model would score. */
static enum status start_bias(struct training *training, struct error *error)
{
    const struct interactions *interactions = training->task->interactions;
    const struct parameters *parameters = &training->trainer.network.parameters;
    float *values = calloc((size_t)interactions->n_tracks, sizeof *values);
    if (!values)
        return error_no_memory(error);
    for (int64_t e = 0; e < interactions->starts[interactions->n_playlists]; e++)
        values[interactions->tracks[e]]++;
    for (int64_t t = 0; t < interactions->n_tracks; t++)
        values[t] = log1pf(values[t]);
    const struct compute *compute = training->task->compute;
    enum status status = compute->ops->buffer_write(compute->stream, parameters->values,
                                                    parameters_find(parameters, "bias")->offset * sizeof *values,
                                                    values, (size_t)interactions->n_tracks * sizeof *values, error);
    free(values);
    return status;
}

static enum status open_training(struct training *training, struct model_task *task, struct error *error)
{
    *training = (struct training){
        .task = task,
        .rest = learns_rest(task),
        .progress = {.best = -1},
        .epochs = (int64_t)value(task, "epochs"),
        .saved = clock_seconds(),
    };
    enum status status = make_shape(task, &training->shape, error);
    if (status == STATUS_OK)
        status = rta_start_make(task, &training->shape, training->rest || !task->spec->resume, &training->start, error);
    if (status == STATUS_OK)
        status = training->rest ? open_rest(training, error) : open_next(training, error);
    if (status != STATUS_OK)
        return status;
    const struct rta_step_settings settings = {
        .n_hard = (int64_t)value(task, "hard"),
        .n_easy = (int64_t)value(task, "easy"),
        .clip = (float)value(task, "clip"),
        .dropout = (float)value(task, "dropout"),
        .representer_dropout = (float)value(task, "representer_dropout"),
        .seed = random_mix(task->seed),
        .adam = training->rest,
    };
    struct schedule schedule;
    schedule_halving(&schedule, (float)value(task, "rate"), -(int64_t)value(task, "halve_early"),
                     (int64_t)value(task, "halve_every"), (float)value(task, "momentum"), (float)value(task, "decay"));
    struct random random;
    random_seed(&random, random_mix(task->seed + 1));
    status = rta_trainer_open(&training->trainer, task->compute, &training->shape, &training->start.inputs, &settings,
                              &schedule, &random, error);
    if (status == STATUS_OK && training->shape.bias)
        status = start_bias(training, error);
    return status;
}

static void close_training(struct training *training)
{
    rta_trainer_close(&training->trainer);
    rta_batch_free(&training->batch);
    rta_full_softmax_batch_free(&training->rest_batch);
    rta_full_softmax_sampler_close(&training->rest_sampler);
    rta_sampler_close(&training->sampler);
    rta_start_free(&training->start);
}

/* Keeps the weights when they are the best so far (or when nobody can evaluate them), and not at all when some are no
 * numbers: rows that no step met since may have run away without the loss telling. `weights` holds what every model
 * carries; it is left as it was. */
static enum status keep(struct training *training, struct model_weights *weights, bool *diverged, struct error *error)
{
    struct rta_progress *progress = &training->progress;
    struct model_scores scores;
    struct rta_weights own;
    size_t others = weights->count;
    double best = progress->best;
    rta_trainer_trim(&training->trainer); /* who evaluates needs memory too */
    enum status status = rta_weights_add(&training->trainer, &own, weights, error);
    if (status == STATUS_OK && !own.runaway)
        status = model_task_keep(training->task, weights, &progress->best, &scores, error);
    model_weights_cut(weights, others);
    rta_weights_free(&own);
    *diverged = own.runaway;
    if (*diverged)
        return STATUS_OK;
    if (status != STATUS_OK)
        return status;
    bool better = !training->task->spec->evaluator || progress->best > best;
    if (better)
        progress->best_epoch = progress->epoch;
    if (training->task->spec->evaluator)
        log_message(
            LOG_INFO,
            "epoch %lld: loss %.4f, validation NDCG %.2f %%, recall %.2f %%, R-precision %.2f %%, clicks %.2f%s",
            (long long)progress->epoch, training->loss, 100 * scores.ndcg, 100 * scores.recall,
            100 * scores.r_precision, scores.clicks, better ? ", the best so far" : "");
    return STATUS_OK;
}

static enum status save(struct training *training, struct error *error)
{
    enum status status = rta_checkpoint_write(training->task, &training->trainer, &training->progress, error);
    training->saved = clock_seconds();
    return status;
}

static enum status stop(struct training *training, struct error *error)
{
    enum status status = save(training, error);
    if (status != STATUS_OK)
        return status;
    return error_set(
        error, STATUS_INTERRUPTED,
        "The training was stopped at step %lld of %lld; the same command with --resume goes on from there.",
        (long long)training->trainer.step, (long long)(training->epochs * training->steps));
}

/* A loss that is no number, or a hundred times what guessing gives, will not come back. */
static bool has_diverged(const struct training *training, double loss)
{
    double guessing = training->rest ? log((double)training->task->interactions->n_tracks) : 2 * log(2);
    return !isfinite(loss) || loss > 100 * guessing;
}

static enum status step_next(struct training *training, double *loss, struct error *error)
{
    struct rta_loss parts = {0};
    rta_batch_draw(&training->sampler, &training->shape, training->task->compute->pool, training->progress.epoch,
                   training->progress.step, &training->batch);
    enum status status =
        rta_trainer_step(&training->trainer, &training->batch, training->sampler.negatives, &parts, error);
    *loss = parts.positive + parts.negative;
    return status;
}

/* The rate falls along half a cosine to 0. */
static enum status step_rest(struct training *training, double *loss, struct error *error)
{
    const struct model_task *task = training->task;
    double done = (double)training->trainer.step / (double)(training->epochs * training->steps);
    const struct rta_full_softmax_step step = {
        .rate = (float)(value(task, "rest_rate") * (1 + cos(3.141592653589793 * done)) / 2),
        .table_decay = (float)value(task, "rest_decay"),
        .network_decay = (float)value(task, "network_decay"),
        .residual_dropout = (float)value(task, "residual_dropout"),
    };
    rta_full_softmax_batch_draw(&training->rest_sampler, &training->shape, training->progress.epoch,
                                training->progress.step, &training->rest_batch);
    return rta_full_softmax_trainer_step(&training->trainer, &training->rest_batch, &step, loss, error);
}

static enum status run_epoch(struct training *training, bool *diverged, struct error *error)
{
    struct model_task *task = training->task;
    struct rta_progress *progress = &training->progress;
    for (; progress->step < training->steps; progress->step++) {
        double loss = 0;
        if (progress_cancelled(task->progress))
            return stop(training, error);
        enum status status = training->rest ? step_rest(training, &loss, error) : step_next(training, &loss, error);
        if (status != STATUS_OK)
            return status;
        *diverged = has_diverged(training, loss);
        if (*diverged)
            return STATUS_OK;
        training->loss = training->loss > 0 ? 0.95 * training->loss + 0.05 * loss : loss;
        snprintf(training->note, sizeof training->note, "epoch %lld/%lld, loss %.3f", (long long)progress->epoch + 1,
                 (long long)training->epochs, training->loss);
        if (task->spec->evaluator && progress->best_epoch > 0)
            snprintf(training->note + strlen(training->note), sizeof training->note - strlen(training->note),
                     ", NDCG %.1f %%", 100 * progress->best);
        if (task->progress)
            task->progress->note = training->note;
        progress_step(task->progress, (double)training->trainer.step);
        if (clock_seconds() - training->saved > CHECKPOINT_SECONDS) {
            progress->step++;
            status = save(training, error);
            progress->step--;
            if (status != STATUS_OK)
                return status;
        }
    }
    progress->step = 0;
    progress->epoch++;
    return STATUS_OK;
}

static void report(struct training *training, bool diverged, int64_t at_step)
{
    struct model_task *task = training->task;
    const struct rta_progress *progress = &training->progress;
    size_t size = 0;
    if (diverged)
        size =
            (size_t)snprintf(task->report, sizeof task->report,
                             "The training diverged at step %lld (a lower rate or a smaller scale helps); the weights "
                             "of epoch %lld were kept.",
                             (long long)at_step, (long long)progress->best_epoch);
    if (task->spec->evaluator && progress->best_epoch > 0 && size < sizeof task->report)
        snprintf(task->report + size, sizeof task->report - size, "%sBest validation NDCG %.2f %% after epoch %lld.",
                 size ? " " : "", 100 * progress->best, (long long)progress->best_epoch);
}

/* A look that is stopped has not been: the training goes on with it. */
static enum status look_at(struct training *training, struct model_weights *weights, bool *diverged,
                           struct error *error)
{
    enum status status = keep(training, weights, diverged, error);
    if (status != STATUS_INTERRUPTED)
        return status;
    training->progress.epoch--;
    training->progress.step = training->steps;
    return stop(training, error);
}

/* Of a training without an epoch. */
static enum status write_start(struct training *training, struct model_weights *weights, struct error *error)
{
    struct rta_weights own;
    size_t others = weights->count;
    enum status status = rta_weights_add(&training->trainer, &own, weights, error);
    if (status == STATUS_OK)
        status = model_task_write(training->task, weights, error);
    model_weights_cut(weights, others);
    rta_weights_free(&own);
    return status;
}

static enum status run(struct training *training, struct model_weights *weights, struct error *error)
{
    struct model_task *task = training->task;
    int64_t every = (int64_t)value(task, "validate_every");
    bool diverged = false;
    enum status status = STATUS_OK;
    if (training->epochs == 0)
        return write_start(training, weights, error);
    progress_stage(task->progress, "training", "steps", (double)(training->epochs * training->steps));
    progress_go_on(task->progress, (double)training->trainer.step);
    while (training->progress.epoch < training->epochs && status == STATUS_OK && !diverged) {
        status = run_epoch(training, &diverged, error);
        bool look = training->progress.epoch % every == 0 || training->progress.epoch == training->epochs;
        if (status == STATUS_OK && !diverged && look)
            status = look_at(training, weights, &diverged, error);
    }
    if (task->progress)
        task->progress->note = NULL;
    progress_end(task->progress);
    if (status == STATUS_OK && diverged && training->progress.best_epoch == 0) {
        rta_checkpoint_remove(task); /* going on from there would end here again */
        status = error_set(error, STATUS_FAILED,
                           "The training diverged at step %lld: the loss is not a usable number. Nothing was kept; a "
                           "lower rate (--set %s=...) or a smaller scale helps.",
                           (long long)training->trainer.step, training->rest ? "rest_rate" : "rate");
    }
    if (status == STATUS_OK) {
        task->kept = true;
        report(training, diverged, training->trainer.step);
    }
    return status;
}

/* From the checkpoint, which must be of a place in this training, and beside which the best weights so far stand. */
static enum status go_on(struct training *training, struct error *error)
{
    const struct model_task *task = training->task;
    struct rta_progress *progress = &training->progress;
    enum status status = rta_checkpoint_read(task, &training->trainer, progress, error);
    if (status != STATUS_OK)
        return status;
    if (progress->epoch > training->epochs || progress->step > training->steps ||
        progress->best_epoch > progress->epoch ||
        training->trainer.step != progress->epoch * training->steps + progress->step)
        return error_set(error, STATUS_BAD_DATA,
                         "The stopped training says that it was at step %lld of epoch %lld, which cannot be; leave "
                         "--resume out to begin anew.",
                         (long long)progress->step, (long long)progress->epoch + 1);
    if (progress->best_epoch == 0)
        return STATUS_OK;
    struct recommender *kept = NULL;
    status = recommender_open_file(task->compute, task->path, &kept, error);
    if (status != STATUS_OK)
        error_prefix(error, "The best weights of the stopped training are gone (leave --resume out to begin anew)");
    recommender_close(kept);
    return status;
}

enum status rta_train(struct model_task *task, struct model_weights *weights, struct error *error)
{
    struct training training;
    enum status status = open_training(&training, task, error);
    if (status == STATUS_OK && task->spec->resume)
        status = go_on(&training, error);
    if (status == STATUS_OK)
        status = run(&training, weights, error);
    close_training(&training);
    return status;
}
