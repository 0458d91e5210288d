#ifndef SLEEVE_FITNESS_NETWORK_H
#define SLEEVE_FITNESS_NETWORK_H

#include "fitness/shape.h"
#include "nn/image_layers.h"

/* The networks of fitness/shape.h on a tape. */

struct fitness_network {
    struct fitness_shape shape;
    struct parameters parameters;
    struct filters filters[FITNESS_LAYERS];
    struct linear out;
    struct linear first[FITNESS_MEMBERS_MAX], last[FITNESS_MEMBERS_MAX];
};

/* Declares the parameters of a zeroed network of a valid shape; then call parameters_create. Must not be moved. */
void fitness_network_declare(struct fitness_network *network, const struct fitness_shape *shape);

/* `dropout` is that of the hidden layers. Logits of n inputs [n x input size]: of each member in logits[members], which
 * are one for a CNN. Returns their number.
 */
int64_t fitness_network_apply(struct tape *tape, struct fitness_network *network, struct tensor *x, int64_t n,
                              struct dropout dropout, struct tensor *logits[FITNESS_MEMBERS_MAX]);

#endif
