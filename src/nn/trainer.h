#ifndef SLEEVE_NN_TRAINER_H
#define SLEEVE_NN_TRAINER_H

#include "core/progress.h"
#include "nn/checkpoint.h"

/* The training loop of any network: epochs and steps, validation, keeping the best weights, early stopping, divergence,
 * checkpoints, resuming, progress. A training that is interrupted and resumed ends with the same bytes as one that is
 * not, if a step is a function of the state, the epoch and the step's number. */

/* What a validation found. */
struct trainer_score {
    double value;   /* higher is better */
    bool diverged;  /* the weights hold values that are not finite; then nothing else is read */
    char text[160]; /* for the log: "NDCG 3.1 %, recall 5.2 %" */
};

/* A network, as its training sees it. */
struct trainer_network {
    void *context;
    /* Takes step number `step` of epoch `epoch`, both from 0: draws the batch, computes the loss of the weights before
     * the step, moves them, and counts it in *taken. */
    enum status (*step)(void *context, int64_t epoch, int64_t step, double *loss, struct error *error);
    int64_t *taken; /* the optimiser's count of steps; a resumed training sets it */
    /* The arrays that a checkpoint holds. */
    void (*state)(void *context, struct checkpoint_list *list);
    /* Evaluates the weights. Interrupted (STATUS_INTERRUPTED), it is repeated when the training is resumed. NULL: they
     * are not evaluated. */
    enum status (*validate)(void *context, struct trainer_score *score, struct error *error);
    /* Follows each validation: the weights are the best so far and are to be kept, or they are not. */
    enum status (*keep)(void *context, bool better, struct error *error);
    /* Whether the weights that were kept before an interruption are still there; NULL: not checked. */
    enum status (*check_kept)(void *context, struct error *error);
};

struct trainer_settings {
    int64_t epochs, steps;         /* at least one of each; steps of an epoch */
    int64_t validate_every;        /* epochs, at least 1; the last epoch is validated in any case */
    int64_t patience;              /* stops after so many epochs without a better score; 0: never */
    double loss_max;               /* a higher loss is divergence, as one that is not finite; 0: no bound */
    double score_low, score_high;  /* bounds of the score; score_low is below all scores */
    const char *score_name;        /* of a fraction, shown as a percentage: "NDCG"; NULL: without validation data, where
                                    * the newest weights count as the best */
    const char *divergence_advice; /* "a lower learning rate helps" */
    const char *checkpoint;        /* path */
    const char *const *identities; /* see checkpoint_write: the present form first, then earlier ones; ended by NULL */
    bool resume;
    struct progress *progress; /* may be NULL */
};

struct trainer_result {
    int64_t epochs, steps; /* taken */
    double best;           /* score of the weights that were kept */
    int64_t best_epoch;    /* after which, from 1 */
    bool diverged;         /* after best_epoch: the weights kept are those of before */
    bool stopped_early;
    char report[256]; /* sentences for people; "": nothing to say */
};

/* Trains until the epochs are over, the score has not risen for `patience` epochs, or the training diverges after
 * weights were kept. Every minute and on an interruption it writes the checkpoint, which the caller removes when the
 * result is safe. An interruption is STATUS_INTERRUPTED; divergence before any weights were kept is STATUS_FAILED and
 * removes the checkpoint. */
enum status trainer_run(const struct compute *compute, const struct trainer_network *network,
                        const struct trainer_settings *settings, struct trainer_result *result, struct error *error);

#endif
