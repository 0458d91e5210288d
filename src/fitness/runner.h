#ifndef SLEEVE_FITNESS_RUNNER_H
#define SLEEVE_FITNESS_RUNNER_H

#include "fitness/network.h"

/* Logits of a network of fitness. Inputs are computed in pieces that fit into memory. */

enum { FITNESS_PIECE_ROWS = 1024 };
/* Inputs of a piece, at most FITNESS_PIECE_ROWS. */
int64_t fitness_piece_rows(const struct fitness_shape *shape);

struct fitness_runner {
    struct tape tape;
    struct fitness_network *network;
    float *one; /* [piece x classes] */
};
/* Free it after a failure, too. */
enum status fitness_runner_init(struct fitness_runner *runner, struct compute *compute, struct fitness_network *network,
                                struct error *error);
void fitness_runner_free(struct fitness_runner *runner);
/* Writes the mean of the logits of n members to out [rows x classes]. */
void fitness_runner_take(struct fitness_runner *runner, int64_t rows, int64_t n, struct tensor *const *logits,
                         float *out);
/* Logits out [rows x classes] of a piece x [rows x input]. */
enum status fitness_runner_run(struct fitness_runner *runner, const float *x, int64_t rows, float *out,
                               struct error *error);

/* A trained network on a device. `linear` [n_classes x (width + 1)] are the weights of a head's linear discriminant
 * (fitness/discriminant.h), which must outlive it: logits are then the mean of the networks' and of its. NULL: none. */
struct fitness_open;
enum status fitness_open(struct compute *compute, const struct fitness_shape *shape, const float *weights,
                         const float *linear, struct fitness_open **open, struct error *error);
void fitness_open_close(struct fitness_open *open); /* NULL is ignored */
/* Logits [n x n_classes] of inputs [n x input size], in pieces that fit into memory. */
enum status fitness_open_run(struct fitness_open *open, const float *x, int64_t n, float *logits, struct error *error);

#endif
