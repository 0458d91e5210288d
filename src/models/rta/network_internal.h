#ifndef SLEEVE_MODELS_RTA_NETWORK_INTERNAL_H
#define SLEEVE_MODELS_RTA_NETWORK_INTERNAL_H

#include "models/rta/network.h"

/* Declares the parameters of the aggregator. */
void rta_aggregator_declare(struct rta_network *network);

#endif
