#ifndef SLEEVE_MODELS_RTA_EXCHANGE_H
#define SLEEVE_MODELS_RTA_EXCHANGE_H

#include "models/rta/trainer_internal.h"

/* Several ranks train one network: each has all parameters, and all rows of a table or, if it is sharded, its own
 * (nn/table.h). Each computes the gradients of its part of a batch. */

/* Adds the gradients of all ranks: the parameters', and the tables' sums. Of a table whose rows are listed, only these
 * rows are exchanged. The lists become those of all ranks, and every rank has the same afterwards; of a sharded table
 * they become the rows that this rank has, counted from its first one. */
void rta_exchange_gradients(struct rta_trainer *trainer, struct tape *tape, struct rta_gradients *gradients);

/* After that: adds the squared norm of the whole gradient to `squares` (double [1]), the same on all ranks. */
void rta_add_squares(struct rta_trainer *trainer, struct tape *tape, const struct rta_gradients *gradients,
                     struct compute_slice squares);

#endif
