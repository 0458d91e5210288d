#ifndef SLEEVE_MODELS_RTA_EXCHANGE_H
#define SLEEVE_MODELS_RTA_EXCHANGE_H

#include "models/rta/trainer_internal.h"

/* Several ranks train one network: each has all parameters and tables, and computes the gradients of its part of a
 * batch. */

/* Adds the gradients of all ranks: the parameters', and the tables' sums. Of a table whose rows are listed, only these
 * rows are exchanged, and the lists become those of all ranks. Every rank has the same afterwards. */
void rta_exchange_gradients(struct rta_trainer *trainer, struct tape *tape, struct rta_gradients *gradients);

#endif
