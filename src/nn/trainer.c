#include "nn/trainer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "nn/exchange.h"

enum { CHECKPOINT_SECONDS = 60, WRITING_PART = 20, ASIDE_BYTES = 64 << 20 };

struct run {
    const struct compute *compute;
    const struct trainer_network *network;
    const struct trainer_settings *settings;
    struct checkpoint_position at; /* all but `taken`, which the network counts */
    double loss;                   /* running mean, for display */
    double last_loss;              /* of the last step */
    double saved, writing;         /* time of the last checkpoint, and the seconds that it took */
    bool diverged, sharded;        /* sharded: some arrays of the state are */
    char note[96];
};

/* ---- checkpoints ---- */

static enum status save(struct run *run, struct error *error)
{
    const struct trainer_settings *settings = run->settings;
    struct checkpoint_list list = {0};
    const double begin = run->saved = clock_seconds();
    if (ranks_rank(settings->ranks) > 0 && !run->sharded)
        return STATUS_OK;
    run->network->state(run->network->context, &list);
    if (ranks_rank(settings->ranks) > 0)
        return checkpoint_send(run->compute, &list, error);
    run->at.taken = *run->network->taken;
    enum status status =
        checkpoint_write(run->compute, settings->checkpoint, settings->identities[0], &list, &run->at, error);
    run->saved = clock_seconds();
    run->writing = run->saved - begin;
    return status;
}

static enum status interrupt(struct run *run, struct error *error)
{
    enum status status = save(run, error);
    if (status != STATUS_OK)
        return status;
    return error_set(error, STATUS_INTERRUPTED,
                     "the training was stopped at step %lld of %lld; the same command with --resume resumes it",
                     (long long)*run->network->taken, (long long)(run->settings->epochs * run->settings->steps));
}

/* Rank 0 reads the checkpoint. */
static enum status read_state(struct run *run, struct error *error)
{
    const struct trainer_settings *settings = run->settings;
    struct checkpoint_list list = {0};
    enum status status = STATUS_OK;
    run->network->state(run->network->context, &list);
    const struct checkpoint_expected expected = {settings->identities, settings->score_low, settings->score_high};
    if (ranks_rank(settings->ranks) == 0)
        status = checkpoint_read(run->compute, settings->checkpoint, &expected, &list, &run->at, error);
    else
        status = checkpoint_receive(run->compute, &list, error);
    if (status == STATUS_OK)
        status = ranks_broadcast(settings->ranks, &run->at, sizeof run->at, error);
    for (size_t i = 0; i < list.count && status == STATUS_OK; i++)
        if (!list.items[i].shards)
            status = exchange_broadcast(settings->ranks, run->compute, list.items[i].buffer,
                                        (size_t)list.items[i].count * sizeof(float), error);
    return status;
}

/* Continues from the checkpoint. Its position must lie within this training, and the best weights must still exist. */
static enum status resume(struct run *run, struct error *error)
{
    const struct trainer_settings *settings = run->settings;
    const struct trainer_network *network = run->network;
    struct checkpoint_position *at = &run->at;
    enum status status = read_state(run, error);
    if (status != STATUS_OK)
        return status;
    *network->taken = at->taken;
    if (at->epoch > settings->epochs || at->step > settings->steps || at->best_epoch > at->epoch ||
        at->taken != at->epoch * settings->steps + at->step)
        return error_set(error, STATUS_BAD_DATA,
                         "the checkpoint's position, step %lld of epoch %lld, is out of range; leave --resume out to "
                         "start over",
                         (long long)at->step, (long long)at->epoch + 1);
    if (at->best_epoch == 0 || !network->check_kept || ranks_rank(settings->ranks) > 0)
        return STATUS_OK;
    status = network->check_kept(network->context, error);
    if (status != STATUS_OK)
        error_prefix(error,
                     "the best weights of the interrupted training are missing (leave --resume out to start over)");
    return status;
}

/* ---- steps ---- */

static void show(struct run *run)
{
    const struct trainer_settings *settings = run->settings;
    struct progress *progress = settings->progress;
    snprintf(run->note, sizeof run->note, "epoch %lld/%lld, loss %.3f", (long long)run->at.epoch + 1,
             (long long)settings->epochs, run->loss);
    size_t size = strlen(run->note);
    if (settings->score_name && run->at.best_epoch > 0)
        snprintf(run->note + size, sizeof run->note - size, ", %s %.1f %%", settings->score_name, 100 * run->at.best);
    if (progress)
        progress->note = run->note;
    progress_step(progress, (double)*run->network->taken);
}

/* Rank 0 decides when. */
static enum status save_in_time(struct run *run, struct error *error)
{
    bool due = clock_seconds() - run->saved > fmax(CHECKPOINT_SECONDS, WRITING_PART * run->writing);
    enum status status = run->sharded ? ranks_broadcast(run->settings->ranks, &due, sizeof due, error) : STATUS_OK;
    if (status != STATUS_OK || !due)
        return status;
    run->at.step++;
    status = save(run, error);
    run->at.step--;
    return status;
}

static enum status run_epoch(struct run *run, struct error *error)
{
    const struct trainer_settings *settings = run->settings;
    for (; run->at.step < settings->steps; run->at.step++) {
        double loss = 0;
        enum status status = progress_cancelled(settings->progress) ? STATUS_INTERRUPTED : STATUS_OK;
        if (ranks_agree(settings->ranks, status, error) == STATUS_INTERRUPTED)
            return interrupt(run, error);
        status = run->network->step(run->network->context, run->at.epoch, run->at.step, &loss, error);
        if (status != STATUS_OK)
            return status;
        run->last_loss = loss;
        run->diverged = !isfinite(loss) || (settings->loss_max > 0 && loss > settings->loss_max);
        if (run->diverged)
            return STATUS_OK;
        run->loss = run->loss > 0 ? 0.95 * run->loss + 0.05 * loss : loss;
        show(run);
        status = save_in_time(run, error);
        if (status != STATUS_OK)
            return status;
    }
    run->at.step = 0;
    run->at.epoch++;
    return STATUS_OK;
}

/* ---- validation ---- */

/* A training that is resumed where an epoch ends has taken no step yet, and knows no loss. */
static void log_score(const struct run *run, const char *score, bool better)
{
    char loss[32] = "";
    if (run->loss > 0)
        snprintf(loss, sizeof loss, "loss %.4f, ", run->loss);
    log_message(LOG_INFO, "epoch %lld: %svalidation %s%s", (long long)run->at.epoch, loss, score,
                better ? ", the best so far" : "");
}

/* Lists the optimiser's moments, if they are many. Those of sharded tables stay. */
static bool list_aside(const struct run *run, struct checkpoint_list *aside)
{
    struct checkpoint_list all = {0};
    double bytes = 0;
    if (run->sharded)
        return false;
    run->network->state(run->network->context, &all);
    for (size_t i = 0; i < all.count; i++)
        if (all.items[i].moments) {
            aside->items[aside->count++] = all.items[i];
            bytes += (double)all.items[i].count * sizeof(float);
        }
    return run->compute->ops->buffer_discard &&
           bytes >= (run->settings->aside_min > 0 ? run->settings->aside_min : ASIDE_BYTES);
}

/* Writes a checkpoint, in which this validation is still to be done, and frees the moments' memory. */
static enum status put_aside(struct run *run, const struct checkpoint_list *aside, struct error *error)
{
    struct checkpoint_position after = run->at;
    run->at.epoch--;
    run->at.step = run->settings->steps;
    enum status status = save(run, error);
    run->at = after;
    for (size_t i = 0; i < aside->count && status == STATUS_OK; i++)
        run->compute->ops->buffer_discard(aside->items[i].buffer);
    return status;
}

static enum status bring_back(struct run *run, const struct checkpoint_list *aside, struct error *error)
{
    const struct trainer_settings *settings = run->settings;
    const struct checkpoint_expected expected = {settings->identities, settings->score_low, settings->score_high};
    struct checkpoint_position at;
    return checkpoint_read(run->compute, settings->checkpoint, &expected, aside, &at, error);
}

/* After a validation that failed, too, because an interrupted training is saved. */
static enum status validate_alone(struct run *run, struct trainer_score *score, struct error *error)
{
    const struct trainer_network *network = run->network;
    struct checkpoint_list aside = {0};
    if (!list_aside(run, &aside))
        return network->validate(network->context, score, error);
    enum status status = put_aside(run, &aside, error);
    if (status != STATUS_OK)
        return status;
    status = network->validate(network->context, score, error);
    enum status back = bring_back(run, &aside, status == STATUS_OK ? error : NULL);
    return status == STATUS_OK || back != STATUS_OK ? back : status;
}

/* By rank 0, for all: they have the same status and score afterwards. */
static enum status evaluate(struct run *run, struct trainer_score *score, struct error *error)
{
    const struct trainer_network *network = run->network;
    struct ranks *ranks = run->settings->ranks;
    enum status status = STATUS_OK;
    if (network->validate && ranks_rank(ranks) == 0)
        status = validate_alone(run, score, error);
    else if (network->validate && network->serve && ranks_rank(ranks) > 0)
        status = network->serve(network->context, error);
    status = ranks_agree(ranks, score->diverged ? STATUS_OK : status, error);
    return status == STATUS_OK ? ranks_broadcast(ranks, score, sizeof *score, error) : status;
}

static enum status validate(struct run *run, struct error *error)
{
    const struct trainer_network *network = run->network;
    struct checkpoint_position *at = &run->at;
    struct trainer_score score = {0};
    enum status status = evaluate(run, &score, error);
    run->diverged = score.diverged;
    if (run->diverged)
        return STATUS_OK;
    if (status == STATUS_INTERRUPTED) { /* an interrupted validation is repeated */
        at->epoch--;
        at->step = run->settings->steps;
        return interrupt(run, error);
    }
    if (status != STATUS_OK)
        return status;
    bool scored = run->settings->score_name, better = !scored || score.value > at->best;
    if (ranks_rank(run->settings->ranks) == 0)
        status = network->keep(network->context, better, error);
    if (status != STATUS_OK)
        return status;
    if (better) {
        at->best = score.value;
        at->best_epoch = at->epoch;
    }
    if (scored)
        log_score(run, score.text, better);
    return STATUS_OK;
}

/* ---- the loop ---- */

static bool is_out_of_patience(const struct run *run)
{
    return run->settings->patience > 0 && run->at.step == 0 &&
           run->at.epoch - run->at.best_epoch >= run->settings->patience;
}

static bool is_over(const struct run *run)
{
    return run->diverged || run->at.epoch >= run->settings->epochs || is_out_of_patience(run);
}

static enum status run_epochs(struct run *run, struct error *error)
{
    const struct trainer_settings *settings = run->settings;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && !is_over(run)) {
        status = run_epoch(run, error);
        bool due = run->at.epoch % settings->validate_every == 0 || run->at.epoch == settings->epochs;
        if (status == STATUS_OK && !run->diverged && due)
            status = validate(run, error);
    }
    return status;
}

static void describe(const struct run *run, struct trainer_result *result)
{
    const struct trainer_settings *settings = run->settings;
    *result = (struct trainer_result){.epochs = run->at.epoch,
                                      .steps = *run->network->taken,
                                      .best = run->at.best,
                                      .best_epoch = run->at.best_epoch,
                                      .diverged = run->diverged,
                                      .stopped_early = run->at.epoch < settings->epochs && !run->diverged};
    char *text = result->report;
    size_t size = sizeof result->report;
    if (run->diverged)
        snprintf(text, size, "training diverged at step %lld (%s); the weights of epoch %lld were kept; ",
                 (long long)result->steps, settings->divergence_advice, (long long)result->best_epoch);
    if (result->stopped_early)
        snprintf(text, size, "stopped after epoch %lld, as no score was better in %lld epochs; ",
                 (long long)result->epochs, (long long)settings->patience);
    if (settings->score_name && result->best_epoch > 0)
        snprintf(text + strlen(text), size - strlen(text), "best validation %s %.2f %% after epoch %lld",
                 settings->score_name, 100 * result->best, (long long)result->best_epoch);
    else if (text[0])
        text[strlen(text) - 2] = '\0';
}

static enum status check_result(const struct run *run, struct error *error)
{
    if (run->at.best_epoch > 0)
        return STATUS_OK;
    if (!run->diverged)
        return error_set(error, STATUS_FAILED, "no validation of the training gave a usable score; nothing was kept");
    unlink(run->settings->checkpoint); /* a resumed training would diverge again */
    char what[64] = "the weights or the loss are NaN or infinite";
    const double most = run->settings->loss_max;
    if (isfinite(run->last_loss) && most > 0 && run->last_loss > most)
        snprintf(what, sizeof what, "the loss is %.3g, where at most %.3g is expected", run->last_loss, most);
    return error_set(error, STATUS_FAILED, "the training diverged at step %lld: %s, and nothing was saved; %s",
                     (long long)*run->network->taken, what, run->settings->divergence_advice);
}

enum status trainer_run(const struct compute *compute, const struct trainer_network *network,
                        const struct trainer_settings *settings, struct trainer_result *result, struct error *error)
{
    struct run run = {.compute = compute,
                      .network = network,
                      .settings = settings,
                      .at = {.best = settings->score_low},
                      .saved = clock_seconds()};
    struct checkpoint_list list = {0};
    network->state(network->context, &list);
    run.sharded = checkpoint_is_sharded(&list);
    enum status status = settings->resume ? resume(&run, error) : STATUS_OK;
    if (status != STATUS_OK)
        return status;
    progress_stage(settings->progress, "training", "steps", (double)(settings->epochs * settings->steps));
    progress_resume(settings->progress, (double)*network->taken);
    status = run_epochs(&run, error);
    if (settings->progress)
        settings->progress->note = NULL;
    progress_end(settings->progress);
    if (status == STATUS_OK)
        status = check_result(&run, error);
    if (status == STATUS_OK && settings->keep_checkpoint)
        status = save(&run, error);
    if (status == STATUS_OK)
        describe(&run, result);
    return status;
}
