#ifndef SLEEVE_MODELS_RTA_NETWORK_INTERNAL_H
#define SLEEVE_MODELS_RTA_NETWORK_INTERNAL_H

#include "models/rta/network.h"

/* The tables of representers and of aggregators. */

/* What a representer or an aggregator does with the song's part of a track, or with a sequence of tracks. */
struct rta_representer_ops {
    bool features;                                /* reads every slot (enum rta_slot), not the track's alone */
    void (*declare)(struct rta_network *network); /* its parameters; NULL: none */
    /* The song's part of φ from the rows of the slots; NULL: those rows as they are. */
    struct tensor *(*apply)(struct tape *tape, const struct rta_network *network, struct tensor *song,
                            struct dropout dropout);
};
extern const struct rta_representer_ops rta_representers[RTA_REPRESENTERS];

struct rta_aggregator_ops {
    void (*declare)(struct rta_network *network); /* its parameters; NULL: none */
    /* g at every position, for aggregators that read tracks in order; NULL for others. */
    struct tensor *(*apply)(struct tape *tape, const struct rta_network *network, struct tensor *x,
                            const struct sequences *sequences, struct compute_slice positions, struct dropout dropout);
    /* g of whole sequences; NULL: that of the last position. */
    struct tensor *(*apply_whole)(struct tape *tape, const struct rta_network *network, struct tensor *x,
                                  const struct sequences *sequences, const struct rta_dropouts *dropouts);
};
extern const struct rta_aggregator_ops rta_aggregators[RTA_AGGREGATORS];

#endif
