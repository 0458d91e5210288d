#ifndef SLEEVE_MODELS_RTA_NETWORK_INTERNAL_H
#define SLEEVE_MODELS_RTA_NETWORK_INTERNAL_H

#include "models/rta/network.h"

/* The tables of representers and of aggregators. */

/* What a representer does with the rows of a track, or an aggregator with a sequence of tracks. */
struct rta_representer_ops {
    bool features;                                /* reads every table (enum rta_slot), not only the track's own */
    void (*declare)(struct rta_network *network); /* declares its parameters; NULL: none */
    /* The song's part of φ from the rows of the tables; NULL: the rows unchanged. */
    struct tensor *(*apply)(struct tape *tape, const struct rta_network *network, struct tensor *song,
                            struct dropout dropout);
};
extern const struct rta_representer_ops rta_representers[RTA_REPRESENTERS];

struct rta_aggregator_ops {
    void (*declare)(struct rta_network *network); /* declares its parameters; NULL: none */
    /* g at every position, for aggregators that depend on the order; NULL for others. */
    struct tensor *(*apply)(struct tape *tape, const struct rta_network *network, struct tensor *x,
                            const struct sequences *sequences, struct compute_slice positions, struct dropout dropout);
    /* g of whole sequences; NULL: g at the last position. */
    struct tensor *(*apply_whole)(struct tape *tape, const struct rta_network *network, struct tensor *x,
                                  const struct sequences *sequences, const struct rta_dropouts *dropouts);
};
extern const struct rta_aggregator_ops rta_aggregators[RTA_AGGREGATORS];

#endif
