#ifndef SLEEVE_MODELS_RTA_NETWORK_H
#define SLEEVE_MODELS_RTA_NETWORK_H

#include "nn/layers.h"

/* The networks of "Represent, Then Aggregate" (Bendada et al. 2023) with the cover adaptor of Laor's extension: a
 * representer φ makes a vector of a track, an aggregator g one of a sequence of tracks, and the score of a track for a
 * playlist is g(φ(t_1), ..., φ(t_k)) · φ(t). */

enum rta_representer { RTA_MF, RTA_FM, RTA_NN, RTA_REPRESENTERS };
enum rta_aggregator { RTA_AVG, RTA_CNN, RTA_GRU, RTA_TRANSFORMER, RTA_POOL, RTA_AGGREGATORS };

/* What a track is known by, each with a table of embeddings: the slots of FM and NN, in this order. */
enum rta_slot { RTA_TRACK, RTA_ALBUM, RTA_ARTIST, RTA_POPULARITY, RTA_DURATION, RTA_SLOTS };
extern const char *const rta_slot_names[RTA_SLOTS];

enum { RTA_CONVOLUTIONS = 3, RTA_KERNEL = 3, RTA_RESIDUAL_EVERY = 3 };

struct rta_shape {
    enum rta_representer representer;
    enum rta_aggregator aggregator;
    int64_t d;                                      /* of the embeddings, 128 */
    int64_t heads, representer_heads;               /* 8 each */
    int64_t representer_feed_forward, feed_forward; /* 1024 and 4096 */
    int64_t hidden;                                 /* of the GRU, 400 */
    int64_t channels;                               /* of the CNN, 444 */
    int64_t window;                                 /* tracks a training window holds, 11: rows of the position table */
    int64_t cover_dim;                              /* length of a cover embedding; 0: no covers */
    int64_t cover_hidden, cover_width;              /* of the adaptor, 300 and 64 */
    bool extra;                                     /* one more linear map over song and cover */
    bool attention;                                 /* of the pool: learned weights, not a plain mean */
    int64_t residual;                               /* of the pool: hidden width of its second path; 0: none */
    float position_init_std;                        /* standard deviation of the position table's initial values */
    float mean_scale;  /* of the pool: factor on its second path's input; 0: a layer norm */
    bool bias;         /* each track has a bias beside its vector */
    float layer_scale; /* of an NN: φ is the track's row + layer_scale · the network's result; 0: that result alone */
};

/* Length of φ: d, and the cover's width when there are covers. */
int64_t rta_width(const struct rta_shape *shape);
int64_t rta_slots(const struct rta_shape *shape); /* 1 (MF) or RTA_SLOTS */

struct rta_network {
    struct rta_shape shape;
    struct parameters parameters;
    struct block representer;
    struct linear representer_mix;
    struct linear adaptor_hidden, adaptor_out, extra;
    struct tensor *positions;
    struct block transformer;
    struct recurrent gru[2];
    struct convolution convolutions[RTA_CONVOLUTIONS];
    struct linear out;   /* of CNN and GRU, to the width of φ */
    struct tensor *pool; /* [1 x width] makes the logits of the pool's weights; a constant would not change them */
    struct norm residual_norm;
    struct linear residual_in, residual_out;
    struct tensor *bias; /* [n_tracks x 1] */
};

/* Declares the parameters: of the aggregator alone when `n_tracks` is 0. */
void rta_network_declare(struct rta_network *network, const struct rta_shape *shape, int64_t n_tracks);

/* φ of n tracks [n x width]. `song`: for MF the tracks' rows, for FM the mean of their five [n x d], for NN the five
 * after one another [n x 5d]. `cover`: their cover embeddings [n x cover_dim], NULL without covers. */
struct tensor *rta_represent(struct tape *tape, const struct rta_network *network, struct tensor *song,
                             struct tensor *cover, struct dropout dropout);

/* g at every position: row t of a sequence from its tracks 0..t. X [batch·length x width]; `positions`: rows of the
 * position table (int32 [batch·length]), for transformers. */
struct tensor *rta_aggregate(struct tape *tape, const struct rta_network *network, struct tensor *x,
                             const struct sequences *sequences, struct compute_slice positions, struct dropout dropout);
/* g of whole sequences [batch x width]; `ends`: the row of each one's last track in X (int32 [batch]). The pool, which
 * has no order, is only made so: q = Σ softmax(u · x) x, and q = Drop(q) + W2 Drop(GELU(W1 Drop'(LN(q)))), W2 = 0
 * at first, so that it starts as the mean. */
struct rta_dropouts {
    struct dropout aggregator; /* of the pool: of its first path */
    float residual;            /* share, of its second path */
};
struct tensor *rta_aggregate_whole(struct tape *tape, const struct rta_network *network, struct tensor *x,
                                   const struct sequences *sequences, struct compute_slice positions,
                                   struct compute_slice ends, const struct rta_dropouts *dropouts);
/* The row of the position table at place t of a sequence of `length`, which a training window (always window - 1 long)
 * and seeds taken as the reference program takes them have in common: aligned to the right end; of a long sequence all
 * but the last window - 1 places share row 1. */
int32_t rta_position(const struct rta_shape *shape, int64_t t, int64_t length);

#endif
