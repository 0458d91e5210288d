#ifndef SLEEVE_NN_TRAINER_H
#define SLEEVE_NN_TRAINER_H

#include "core/progress.h"
#include "nn/checkpoint.h"
#include "ranks/ranks.h"

/* The training loop of any network: epochs and steps, validation, keeping the best weights, early stopping, detection
 * of divergence, checkpoints, resuming, progress. A training that is interrupted and resumed gives the same bytes as
 * one that is not, provided that a step is a function of the state, the epoch and the step's number. */

/* The result of a validation. */
struct trainer_score {
    double value;   /* higher is better */
    bool diverged;  /* the weights contain NaN or infinity; the other members are then not read */
    char text[160]; /* for the log: "NDCG 3.1 %, recall 5.2 %" */
};

/* What the training loop needs of a network. */
struct trainer_network {
    void *context;
    /* Takes step number `step` of epoch `epoch`, both from 0: draws the batch, computes the loss before the update,
     * updates the weights and increments *taken. */
    enum status (*step)(void *context, int64_t epoch, int64_t step, double *loss, struct error *error);
    int64_t *taken; /* the optimiser's step count; set when a training is resumed */
    /* Lists the arrays that a checkpoint stores. */
    void (*state)(void *context, struct checkpoint_list *list);
    /* Evaluates the weights. A validation that is interrupted (STATUS_INTERRUPTED) is repeated when the training is
     * resumed. NULL: no validation. */
    enum status (*validate)(void *context, struct trainer_score *score, struct error *error);
    /* Called on the other ranks while rank 0 is in `validate`, which may need them: returns when rank 0 has released
     * them. NULL: it does not need them. */
    enum status (*serve)(void *context, struct error *error);
    /* Called after each validation. `better`: the weights are the best so far and should be kept; otherwise discarded.
     */
    enum status (*keep)(void *context, bool better, struct error *error);
    /* Whether the weights that were kept before an interruption still exist; NULL: not checked. */
    enum status (*check_kept)(void *context, struct error *error);
};

struct trainer_settings {
    int64_t epochs, steps;         /* number of epochs, and of steps in each; both at least 1 */
    int64_t validate_every;        /* epochs between validations, at least 1; the last epoch is always validated */
    int64_t patience;              /* epochs without a better score after which training stops; 0: never stops early */
    double loss_max;               /* a higher loss is divergence, as NaN and infinity always are; 0: no bound */
    double score_low, score_high;  /* range of the score; score_low is below every score */
    const char *score_name;        /* "NDCG", for a fraction that is shown as a percentage; NULL: there is no validation
                                    * data, and the newest weights count as the best */
    const char *divergence_advice; /* added to the message: "a lower learning rate helps" */
    const char *checkpoint;        /* path of its file */
    const char *const *identities; /* see checkpoint_expected */
    double aside_min; /* optimiser's moments of at least so many bytes are not in memory during a validation, which
                       * reads them from the checkpoint again; 0: 64 MB */
    bool resume;
    bool keep_checkpoint;      /* also when the training is finished, so that it can be resumed at its end */
    struct progress *progress; /* may be NULL */
    struct ranks *ranks; /* that train together: all take the steps, which leave equal states but for sharded arrays;
                          * rank 0 alone writes, reads, evaluates and keeps. NULL: one process */
};

struct trainer_result {
    int64_t epochs, steps; /* taken */
    double best;           /* best validation score */
    int64_t best_epoch;    /* epoch of that score, from 1 */
    bool diverged;         /* after best_epoch, whose weights were kept */
    bool stopped_early;
    char report[256]; /* messages for the user; "": none */
};

/* Trains until the last epoch, until the score has not improved for `patience` epochs, or until the training diverges
 * after weights were kept. Writes the checkpoint every minute (less often where that takes more than three seconds) and
 * on an interruption; the caller removes it once the result is stored. An interruption is STATUS_INTERRUPTED.
 * Divergence before any weights were kept is STATUS_FAILED and removes the checkpoint. */
enum status trainer_run(const struct compute *compute, const struct trainer_network *network,
                        const struct trainer_settings *settings, struct trainer_result *result, struct error *error);

#endif
