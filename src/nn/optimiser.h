#ifndef SLEEVE_NN_OPTIMISER_H
#define SLEEVE_NN_OPTIMISER_H

#include "nn/checkpoint.h"
#include "nn/parameters.h"

/* Optimisers of a network's dense parameters. The gradient is clipped to its maximum norm, then weight decay (L2) is
 * added; gpu/ops/network.h defines the operations. */

enum optimiser_kind {
    OPTIMISER_NESTEROV, /* stochastic gradient descent with Nesterov momentum (Sutskever et al. 2013) */
    OPTIMISER_ADAM,     /* Kingma and Ba 2015, with bias correction */
    OPTIMISER_ADAGRAD,  /* Duchi, Hazan and Singer 2011 */
};

struct optimiser_settings {
    enum optimiser_kind kind;
    float momentum;     /* of Nesterov */
    float beta1, beta2; /* of Adam; both 0: 0.9 and 0.999 */
    float epsilon;      /* of Adam and Adagrad; 0: 1e-8 */
    float first_sum;    /* of Adagrad: the squares that its sums start with; 0: 0.1, as in TensorFlow */
    float weight_decay; /* not applied to parameters with no_decay (nn/parameters.h) */
    float clip_norm;    /* maximum norm of the gradient; 0: no clipping */
};

struct optimiser {
    struct parameters *parameters; /* their `velocity` is Nesterov's momentum, Adam's first moment or Adagrad's sums */
    struct optimiser_settings settings;
    struct compute_buffer *second; /* Adam's second moment; owned */
    int64_t step;                  /* steps taken */
};

/* For parameters that are created for training; they must outlive the optimiser. */
enum status optimiser_open(struct optimiser *optimiser, struct parameters *parameters,
                           const struct optimiser_settings *settings, struct error *error);
void optimiser_close(struct optimiser *optimiser);

/* One step with the gradients that tape_backward computed. The tape keeps any failure. */
void optimiser_step(struct optimiser *optimiser, struct tape *tape, float learning_rate);

/* The same in two parts, for networks with more parameters (embedding tables), whose gradients count in the norm. The
 * first function completes the gradients and adds their squares to `squares` (a double). The second updates the
 * parameters, given the sum of all squares. The caller increments `step`. */
void optimiser_add_squares(struct optimiser *optimiser, struct tape *tape, struct compute_slice squares);
void optimiser_move(struct optimiser *optimiser, struct tape *tape, float learning_rate, struct compute_slice squares);

/* Parameters and moments, as "parameters", "velocity" and "second". */
void optimiser_state(const struct optimiser *optimiser, struct checkpoint_list *list);

#endif
