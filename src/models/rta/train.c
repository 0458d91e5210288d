#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/network_file.h"
#include "models/rta/full_softmax.h"
#include "models/rta/rta.h"
#include "nn/trainer.h"

/* A training: its batches, its network, and the functions that the training loop (nn/trainer.h) calls. */

struct training {
    struct model_task *task;
    struct model_weights
        *weights; /* the weights that every model has; the network's are added while a file is written */
    struct rta_shape shape;
    struct rta_start start;
    enum rta_objective objective;
    struct rta_sampler sampler;
    struct rta_batch batch;
    struct rta_full_softmax_sampler softmax_sampler;
    struct rta_full_softmax_batch softmax_batch;
    struct rta_trainer trainer;
    int64_t epochs, steps; /* steps of an epoch */
};

static double value(const struct model_task *task, const char *key)
{
    return settings_value(task->settings, key);
}

/* The value of a setting that only some representers and aggregators have; 0 for others. */
static double optional_value(const struct model_task *task, const char *key)
{
    static const char *const optional[] = {"dropout", "residual_dropout", "representer_dropout"};
    size_t i = 0, count = sizeof optional / sizeof *optional;
    while (i < count && strcmp(optional[i], key) != 0)
        i++;
    assert(i < count);
    return settings_has(task->settings, key) ? value(task, key) : 0;
}

static enum status check_shape(const struct rta_shape *shape, struct error *error)
{
    if (shape->representer_heads > 0 && shape->d % shape->representer_heads != 0)
        return error_set(error, STATUS_USAGE, "factors (%lld) must be a multiple of representer_heads (%lld)",
                         (long long)shape->d, (long long)shape->representer_heads);
    if (shape->heads > 0 && rta_width(shape) % shape->heads != 0)
        return error_set(error, STATUS_USAGE, "the width of a track's vector (%lld) must be a multiple of heads (%lld)",
                         (long long)rta_width(shape), (long long)shape->heads);
    return STATUS_OK;
}

static enum status check_negatives(const struct model_task *task, struct error *error)
{
    double negatives = value(task, "negatives"), hard = value(task, "hard"), easy = value(task, "easy");
    if (hard <= negatives && easy <= negatives && hard + easy >= 1)
        return STATUS_OK;
    return error_set(error, STATUS_USAGE,
                     "hard and easy must each be at most negatives (%g), and one of them at least 1", negatives);
}

static enum status read_shape(struct training *training, struct error *error)
{
    const struct model_task *task = training->task;
    const struct setting_source source = settings_source(task->settings);
    const struct side_info *side = task->spec->side;
    struct rta_shape *shape = &training->shape;
    enum status status = rta_shape_read(rta_kind_of(task->ops), &source, true, shape, &training->objective, error);
    if (status != STATUS_OK)
        return status;
    if (!side && (task->ops->uses_side_info || task->spec->n_features > 0))
        return error_set(error, STATUS_FAILED, "a model of kind \"%s\" needs to know albums and artists",
                         task->ops->kind);
    shape->n_sets = (int64_t)task->spec->n_features;
    for (int64_t i = 0; i < shape->n_sets; i++)
        shape->sets[i] = (struct rta_set_shape){side->features[i].width, side->features[i].masked};
    status = check_shape(shape, error);
    if (status == STATUS_OK && training->objective == RTA_NEXT_TRACK)
        status = check_negatives(task, error);
    return status;
}

static enum status open_next_track(struct training *training, struct error *error)
{
    struct model_task *task = training->task;
    if (training->epochs == 0)
        return STATUS_OK; /* no batches are drawn */
    enum status status = rta_sampler_open(&training->sampler, task->interactions,
                                          rta_batch_size(value(task, "batch"), task->interactions->n_playlists),
                                          training->shape.window, (int64_t)value(task, "negatives"), task->seed, error);
    training->sampler.ranks = task->spec->ranks;
    training->sampler.whole = optional_value(task, "representer_dropout") > 0; /* its masks follow the numbers */
    if (status == STATUS_OK)
        status = rta_batch_create(&training->sampler, &training->batch, error);
    if (status == STATUS_OK)
        training->steps = rta_sampler_steps(&training->sampler);
    task->bad_use = BAD_DRAWN;
    return status;
}

static enum status open_full_softmax(struct training *training, struct error *error)
{
    struct model_task *task = training->task;
    const struct rta_full_softmax_settings settings = {
        .batch = rta_batch_size(value(task, "batch"), task->interactions->n_playlists),
        .max_seeds = (int64_t)value(task, "max_seeds"),
        .shuffled = value(task, "order") > 0,
        .neighbour_targets = (float)value(task, "neighbour_targets"),
        .neighbours = (int64_t)value(task, "neighbours"),
        .inverse_temperature = (float)value(task, "inverse_temperature"),
        .softmax_samples = (int64_t)value(task, "softmax_samples"),
        .seed = task->seed,
    };
    enum status status = rta_full_softmax_sampler_open(
        &training->softmax_sampler, task->compute, task->interactions, &settings,
        (struct compute_slice){training->start.inputs.initial[RTA_TRACK], 0}, training->shape.d, error);
    if (status == STATUS_OK)
        status = rta_full_softmax_batch_create(&training->softmax_sampler, &training->softmax_batch, error);
    if (status == STATUS_OK)
        training->steps = rta_full_softmax_sampler_steps(&training->softmax_sampler);
    task->bad_use = BAD_ALREADY;
    return status;
}

/* ln(1 + number of playlists that contain the track): the scores of a popularity model. */
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

static enum status open_trainer(struct training *training, struct error *error)
{
    const struct model_task *task = training->task;
    bool next_track = training->objective == RTA_NEXT_TRACK;
    struct rta_step_settings settings = {
        .n_hard = next_track ? (int64_t)value(task, "hard") : 0,
        .n_easy = next_track ? (int64_t)value(task, "easy") : 0,
        .clip = (float)value(task, "clip_norm"),
        .dropout = (float)optional_value(task, "dropout"),
        .representer_dropout = (float)optional_value(task, "representer_dropout"),
        .cover_dropout = (float)value(task, "cover_dropout"),
        .seed = random_mix(task->seed),
        .ranks = task->spec->ranks,
        .adam = !next_track,
        .sparse = !next_track && value(task, "softmax_samples") > 0 && value(task, "sparse_adam") > 0,
    };
    rta_place_tables(task, &training->shape, &training->start.inputs, &settings);
    struct schedule schedule = {.count = 1}; /* for objective next; the full softmax gets its rate in each step */
    if (next_track)
        schedule_halving(&schedule, (float)value(task, "learning_rate"), -(int64_t)value(task, "halve_early"),
                         (int64_t)value(task, "halve_every"), (float)value(task, "momentum"),
                         (float)value(task, "weight_decay"));
    struct random random;
    random_seed(&random, random_mix(task->seed + 1));
    enum status status = rta_trainer_open(&training->trainer, task->compute, &training->shape, &training->start.inputs,
                                          &settings, &schedule, &random, error);
    if (status == STATUS_OK && training->shape.bias)
        status = start_bias(training, error);
    return status;
}

static enum status open_training(struct training *training, struct model_task *task, struct model_weights *weights,
                                 struct error *error)
{
    *training = (struct training){
        .task = task,
        .weights = weights,
        .epochs = (int64_t)value(task, "epochs"),
    };
    enum status status = read_shape(training, error);
    if (status == STATUS_OK)
        status = rta_start_make(task, &training->shape, training->objective == RTA_FULL_SOFTMAX || !task->spec->resume,
                                &training->start, error);
    if (status == STATUS_OK && training->shape.fusion == RTA_WHITEN)
        status = rta_whiten_sets(task, &training->shape, &training->start, error);
    if (status == STATUS_OK)
        status = training->objective == RTA_FULL_SOFTMAX ? open_full_softmax(training, error)
                                                         : open_next_track(training, error);
    if (status != STATUS_OK)
        return status;
    return open_trainer(training, error);
}
static void close_training(struct training *training)
{
    rta_trainer_close(&training->trainer);
    rta_batch_free(&training->batch);
    rta_full_softmax_batch_free(&training->softmax_batch);
    rta_full_softmax_sampler_close(&training->softmax_sampler);
    rta_sampler_close(&training->sampler);
    rta_start_free(&training->start);
}

/* ---- what the training loop (nn/trainer.h) calls ---- */

static enum status step_next_track(struct training *training, int64_t epoch, int64_t step, double *loss,
                                   struct error *error)
{
    struct rta_loss parts = {0};
    rta_batch_draw(&training->sampler, &training->shape, training->task->compute->pool, epoch, step, &training->batch);
    enum status status =
        rta_trainer_step(&training->trainer, &training->batch, training->sampler.negatives, &parts, error);
    *loss = parts.positive + parts.negative;
    return status;
}

static enum status step_full_softmax(struct training *training, int64_t epoch, int64_t step, double *loss,
                                     struct error *error)
{
    const struct model_task *task = training->task;
    const struct rta_full_softmax_step settings = {
        .rate = schedule_cosine(value(task, "softmax_learning_rate"), training->trainer.step,
                                training->epochs * training->steps),
        .table_decay = (float)value(task, "softmax_weight_decay"),
        .network_decay = (float)value(task, "network_weight_decay"),
        .residual_dropout = (float)optional_value(task, "residual_dropout"),
    };
    rta_full_softmax_batch_draw(&training->softmax_sampler, &training->shape, epoch, step, &training->softmax_batch);
    rta_full_softmax_batch_reduce(task->spec->ranks, &training->softmax_batch);
    return rta_full_softmax_trainer_step(&training->trainer, &training->softmax_batch, &settings, loss, error);
}

static enum status take_step(void *context, int64_t epoch, int64_t step, double *loss, struct error *error)
{
    struct training *training = context;
    return training->objective == RTA_FULL_SOFTMAX ? step_full_softmax(training, epoch, step, loss, error)
                                                   : step_next_track(training, epoch, step, loss, error);
}

static void list_state(void *context, struct checkpoint_list *list)
{
    const struct training *training = context;
    rta_trainer_state(&training->trainer, list);
}

/* Writes a file with the current weights and evaluates it. Weights can diverge without an effect on the loss: those of
 * rows that no recent step used. */
static enum status validate(void *context, struct trainer_score *score, struct error *error)
{
    struct training *training = context;
    struct model_scores scores = {0};
    struct rta_weights own;
    size_t others = training->weights->count;
    rta_trainer_trim(&training->trainer); /* the evaluation needs memory, too */
    enum status status = rta_weights_add(&training->trainer, &own, training->weights, error);
    if (status == STATUS_OK && !own.diverged)
        status = model_task_validate(training->task, training->weights, &scores, error);
    model_weights_cut(training->weights, others);
    rta_weights_free(&own);
    score->diverged = own.diverged;
    network_score(&scores, score);
    const enum status released = rta_trainer_release(&training->trainer, status == STATUS_OK ? error : NULL);
    return status == STATUS_OK ? released : status;
}

/* The other ranks, while rank 0 writes and evaluates. */
static enum status serve(void *context, struct error *error)
{
    struct training *training = context;
    rta_trainer_trim(&training->trainer);
    return rta_trainer_serve(&training->trainer, error);
}

static enum status keep(void *context, bool better, struct error *error)
{
    const struct training *training = context;
    return model_task_keep(training->task, better, error);
}

static enum status check_kept(void *context, struct error *error)
{
    const struct training *training = context;
    return network_check_kept(training->task, error);
}

/* ---- a training ---- */

/* After a loss a hundred times that of random scores, training does not recover. */
static double loss_max(const struct training *training)
{
    return 100 *
           (training->objective == RTA_FULL_SOFTMAX ? log((double)training->task->interactions->n_tracks) : 2 * log(2));
}

static enum status run_epochs(struct training *training, const char *checkpoint, const char *const *identities,
                              struct error *error)
{
    struct model_task *task = training->task;
    const struct trainer_network network = {.context = training,
                                            .step = take_step,
                                            .taken = &training->trainer.step,
                                            .state = list_state,
                                            .validate = validate,
                                            .serve = serve,
                                            .keep = keep,
                                            .check_kept = check_kept};
    const struct trainer_settings settings = {
        .epochs = training->epochs,
        .steps = training->steps,
        .validate_every = (int64_t)value(task, "validate_every"),
        .loss_max = loss_max(training),
        .score_low = -1,
        .score_high = 1,
        .score_name = task->spec->evaluator ? "NDCG" : NULL,
        .divergence_advice = training->objective == RTA_FULL_SOFTMAX
                                 ? "use a lower softmax_learning_rate or a smaller scale"
                                 : "use a lower learning_rate or a smaller scale",
        .checkpoint = checkpoint,
        .identities = identities,
        .resume = task->spec->resume,
        .progress = task->progress,
        .ranks = task->spec->ranks,
    };
    struct trainer_result result;
    enum status status = trainer_run(task->compute, &network, &settings, &result, error);
    if (status == STATUS_OK) {
        task->kept = true;
        snprintf(task->report, sizeof task->report, "%s", result.report);
    }
    return status;
}

/* The model of a training with 0 epochs. */
static enum status write_start(struct training *training, struct error *error)
{
    struct rta_weights own;
    size_t others = training->weights->count;
    if (ranks_rank(training->task->spec->ranks) > 0)
        return rta_trainer_serve(&training->trainer, error);
    enum status status = rta_weights_add(&training->trainer, &own, training->weights, error);
    if (status == STATUS_OK)
        status = model_task_write(training->task, training->weights, error);
    model_weights_cut(training->weights, others);
    rta_weights_free(&own);
    return status == STATUS_OK ? rta_trainer_release(&training->trainer, error) : status;
}

static enum status run(struct training *training, struct error *error)
{
    struct buffer checkpoint = {0}, identity = {0}, earlier = {0};
    model_checkpoint_path(training->task->path, &checkpoint);
    rta_identity(training->task, false, &identity);
    rta_identity(training->task, true, &earlier);
    const char *const identities[] = {identity.data, earlier.data, NULL};
    enum status status = checkpoint.failed || identity.failed || earlier.failed ? error_no_memory(error) : STATUS_OK;
    if (status == STATUS_OK && training->epochs == 0)
        status = write_start(training, error);
    else if (status == STATUS_OK)
        status = run_epochs(training, checkpoint.data, identities, error);
    buffer_free(&checkpoint);
    buffer_free(&identity);
    buffer_free(&earlier);
    return status;
}

enum status rta_train(struct model_task *task, struct model_weights *weights, struct error *error)
{
    struct training training;
    enum status status = open_training(&training, task, weights, error);
    if (status == STATUS_OK)
        status = run(&training, error);
    close_training(&training);
    return status;
}
