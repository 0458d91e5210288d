#include <math.h>
#include <stdio.h>

#include "core/hash.h"
#include "models/hybrid/training.h"
#include "models/network_file.h"
#include "models/rta/rta.h"
#include "nn/trainer.h"

/* A training: the functions that the training loop (nn/trainer.h) calls. */

static enum status validate(void *context, struct trainer_score *score, struct error *error)
{
    struct hybrid_training *training = context;
    struct model_scores scores = {0};
    size_t others = training->weights->count;
    enum status status = hybrid_add_weights(training, error);
    if (status == STATUS_OK && !training->diverged)
        status = model_task_validate(training->task, training->weights, &scores, error);
    model_weights_cut(training->weights, others);
    score->diverged = training->diverged;
    network_score(&scores, score);
    return status;
}

static enum status keep(void *context, bool better, struct error *error)
{
    const struct hybrid_training *training = context;
    return model_task_keep(training->task, better, error);
}

static enum status check_kept(void *context, struct error *error)
{
    const struct hybrid_training *training = context;
    return network_check_kept(training->task, error);
}

static void list_state(void *context, struct checkpoint_list *list)
{
    const struct hybrid_training *training = context;
    const struct parameters *tables = &training->network.tables;
    optimiser_state(&training->optimiser, list);
    checkpoint_add(list, "tables", "", false, tables->values, (int64_t)tables->n_values);
    if (training->sparse) {
        hybrid_sparse_state(training, list);
        return;
    }
    checkpoint_add_moments(list, "tables", ".velocity", tables->velocity, (int64_t)tables->n_values);
    checkpoint_add_moments(list, "tables", ".second", training->table_optimiser.second, (int64_t)tables->n_values);
}

/* In addition to what determines the training of a network, the years and popularities of the tracks. */
static void identify(const struct model_task *task, struct buffer *text)
{
    const struct side_info *side = task->spec->side;
    size_t bytes = (size_t)task->interactions->n_tracks * sizeof *side->years;
    struct hash hash;
    char contents[33];
    hash_begin(&hash);
    hash_add_words(&hash, side->years, bytes);
    hash_add_words(&hash, side->popularity, bytes);
    hash_end(hash, contents);
    rta_identity(task, false, text);
    buffer_printf(text, " metadata=%s", contents);
}

static enum status run(struct hybrid_training *training, const char *checkpoint, const char *identity,
                       struct error *error)
{
    struct model_task *task = training->task;
    const char *const identities[] = {identity, NULL};
    const struct trainer_network network = {.context = training,
                                            .step = hybrid_take_step,
                                            .taken = &training->taken,
                                            .state = list_state,
                                            .validate = validate,
                                            .keep = keep,
                                            .check_kept = check_kept};
    const struct trainer_settings settings = {
        .epochs = training->epochs,
        .steps = training->steps,
        .validate_every = (int64_t)hybrid_setting(training, "validate_every"),
        .loss_max = 100 * log((double)training->tracks.n + 1),
        .score_low = -1,
        .score_high = 1,
        .score_name = task->spec->evaluator ? "NDCG" : NULL,
        .divergence_advice = "use a lower learning_rate or a smaller length",
        .checkpoint = checkpoint,
        .identities = identities,
        .resume = task->spec->resume,
        .progress = task->progress,
    };
    struct trainer_result result;
    enum status status = trainer_run(task->compute, &network, &settings, &result, error);
    if (status == STATUS_OK) {
        task->kept = true;
        snprintf(task->report, sizeof task->report, "%s", result.report);
    }
    return status;
}

enum status hybrid_train(struct model_task *task, struct model_weights *weights, struct error *error)
{
    struct hybrid_training training = {.task = task, .weights = weights};
    struct buffer checkpoint = {0}, identity = {0};
    tape_open(&training.tape, task->compute);
    enum status status = hybrid_training_open(&training, error);
    if (status == STATUS_OK) {
        model_checkpoint_path(task->path, &checkpoint);
        identify(task, &identity);
        status = checkpoint.failed || identity.failed ? error_no_memory(error)
                                                      : run(&training, checkpoint.data, identity.data, error);
    }
    hybrid_training_close(&training);
    buffer_free(&checkpoint);
    buffer_free(&identity);
    return status;
}
