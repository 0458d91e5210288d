#ifndef SLEEVE_NN_OPTIMISER_H
#define SLEEVE_NN_OPTIMISER_H

#include "nn/checkpoint.h"
#include "nn/parameters.h"

/* Optimisers of a network's dense parameters. Weight decay is added to the gradient (L2) after it has been clipped to
 * its largest norm; the operations' definitions are in gpu/compute_network.h. */

enum optimiser_kind {
    OPTIMISER_NESTEROV, /* stochastic gradient descent with Nesterov momentum (Sutskever et al. 2013) */
    OPTIMISER_ADAM,     /* Kingma and Ba 2015, with bias correction */
};

struct optimiser_settings {
    enum optimiser_kind kind;
    float momentum;     /* of Nesterov */
    float beta1, beta2; /* of Adam; both 0: 0.9 and 0.999 */
    float weight_decay; /* not of parameters with no_decay (nn/parameters.h) */
    float clip_norm;    /* largest norm of the gradient; 0: any */
};

struct optimiser {
    struct parameters *parameters; /* whose `velocity` is the momentum of Nesterov, the first moment of Adam */
    struct optimiser_settings settings;
    struct compute_buffer *second; /* Adam's second moment; owned */
    int64_t step;                  /* taken so far */
};

/* Of parameters that are created for training; they must outlive the optimiser. */
enum status optimiser_open(struct optimiser *optimiser, struct parameters *parameters,
                           const struct optimiser_settings *settings, struct error *error);
void optimiser_close(struct optimiser *optimiser);

/* One step with the gradients that tape_backward left. Failures are kept by the tape. */
void optimiser_step(struct optimiser *optimiser, struct tape *tape, float learning_rate);

/* The same in parts, for networks that also have parameters elsewhere (embedding tables), which count in the norm of
 * the gradient: completes the gradients and adds their squares to `squares` (a double); then moves the parameters with
 * the norm √squares. The caller counts the step. */
void optimiser_add_squares(struct optimiser *optimiser, struct tape *tape, struct compute_slice squares);
void optimiser_move(struct optimiser *optimiser, struct tape *tape, float learning_rate, struct compute_slice squares);

/* Parameters and moments, as "parameters", "velocity" and "second". */
void optimiser_state(const struct optimiser *optimiser, struct checkpoint_list *list);

#endif
