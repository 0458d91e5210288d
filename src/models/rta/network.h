#ifndef SLEEVE_MODELS_RTA_NETWORK_H
#define SLEEVE_MODELS_RTA_NETWORK_H

#include "nn/layers.h"

/* The networks of "Represent, Then Aggregate" (Bendada et al. 2023) with the cover adaptor of Laor 2024. A representer
 * φ maps a track to a vector, an aggregator g maps a sequence of vectors to one, and the score of track t for a
 * playlist is g(φ(t_1), ..., φ(t_k)) · φ(t). */

enum rta_representer { RTA_MF, RTA_FM, RTA_NN, RTA_REPRESENTERS };
enum rta_aggregator { RTA_AVG, RTA_CNN, RTA_GRU, RTA_TRANSFORMER, RTA_POOL, RTA_AGGREGATORS };

/* The embedding tables of a track. FM and NN use all of them, in this order. */
enum rta_slot { RTA_TRACK, RTA_ALBUM, RTA_ARTIST, RTA_POPULARITY, RTA_DURATION, RTA_SLOTS };
extern const char *const rta_slot_names[RTA_SLOTS];

enum { RTA_SETS_MAX = 7 };

/* How the output of an adaptor becomes the part of φ of its feature set. */
enum rta_fusion {
    RTA_CONCAT, /* as it is (Laor 2024) */
    RTA_NORM,   /* with a layer norm of its own, so that its length does not depend on the features: cover_length /
                 * √cover_width · LN(x), which has the length cover_length at first */
    RTA_GATE, /* x · σ(W p + b), where p describes how popular the track is (RTA_GATE_INPUTS): tracks that few playlists
               * contain can rely on features, and others on their own row */
    RTA_WHITEN, /* as it is, of whitened features (rta/whiten.c) */
};
enum { RTA_GATE_INPUTS = 2 };

/* A feature set that is part of the track vectors. */
struct rta_set_shape {
    int64_t dim; /* width of a row */
    bool masked; /* a track without a row gets zeros; otherwise the adaptor's output for zeros */
};

enum { RTA_CONVOLUTIONS = 3, RTA_KERNEL = 3, RTA_RESIDUAL_EVERY = 3 };

struct rta_shape {
    enum rta_representer representer;
    enum rta_aggregator aggregator;
    int64_t d;                                      /* width of the embeddings, 128 */
    int64_t heads, representer_heads;               /* 8 each */
    int64_t representer_feed_forward, feed_forward; /* 1024 and 4096 */
    int64_t hidden;                                 /* of the GRU, 400 */
    int64_t channels;                               /* of the CNN, 444 */
    int64_t window;                                 /* tracks in a training window, 11; rows of the position table */
    int64_t n_sets;                                 /* feature sets */
    struct rta_set_shape sets[RTA_SETS_MAX];
    int64_t cover_hidden, cover_width; /* of the adaptor of each set, 300 and 64 */
    int64_t fusion;                    /* enum rta_fusion */
    float cover_length;                /* of RTA_NORM */
    bool extra;                        /* one more linear layer over song and features */
    bool attention;                    /* of the pool: learned weights instead of a plain mean */
    int64_t residual;                  /* of the pool: hidden width of its residual path; 0: no such path */
    float position_init_std;           /* standard deviation of the position table's initial values */
    float mean_scale;  /* of the pool: factor on the input of its residual path; 0: a layer norm instead */
    bool bias;         /* each track has a bias in addition to its vector */
    float layer_scale; /* of an NN: φ = the track's row + layer_scale · the network's output; 0: the network's output
                        * alone */
};

/* Width of φ: d, plus an adaptor's width for each feature set. */
int64_t rta_width(const struct rta_shape *shape);
int64_t rta_slots(const struct rta_shape *shape); /* 1 (MF) or RTA_SLOTS */

struct rta_network {
    struct rta_shape shape;
    struct parameters parameters;
    struct block representer;
    struct linear representer_mix;
    struct {
        struct linear hidden, out;
        struct norm norm;   /* of RTA_NORM */
        struct linear gate; /* of RTA_GATE */
    } adaptors[RTA_SETS_MAX];
    struct linear extra;
    struct tensor *positions;
    struct block transformer;
    struct recurrent gru[2];
    struct convolution convolutions[RTA_CONVOLUTIONS];
    struct linear out;   /* of CNN and GRU: to the width of φ */
    struct tensor *pool; /* [1 x width] gives the logits of the pool's weights; a bias would not change the softmax */
    struct norm residual_norm;
    struct linear residual_in, residual_out;
    struct tensor *bias; /* [n_tracks x 1] */
};

/* Declares the parameters; if `n_tracks` is 0, only those of the aggregator. */
void rta_network_declare(struct rta_network *network, const struct rta_shape *shape, int64_t n_tracks);

/* φ of n tracks [n x width]. `song`: for MF the tracks' rows, for FM the mean of their five rows [n x d], for NN their
 * five rows concatenated [n x 5d]. `sets`: their rows of each feature set. φ is the representer's output, followed for
 * each set by W2 ReLU(W1 x + b1) + b2 of its row x, fused (enum rta_fusion). `popularity` [n x RTA_GATE_INPUTS], for
 * RTA_GATE only. */
struct rta_set_rows {
    struct tensor *rows;       /* [n x dim], zeros for tracks without a row */
    struct compute_slice kept; /* of masked sets: int32 [n], the track's own index, or -1 if it has no row */
};
struct tensor *rta_represent(struct tape *tape, const struct rta_network *network, struct tensor *song,
                             const struct rta_set_rows *sets, struct tensor *popularity, struct dropout dropout);

/* g at every position: row t of the result is computed from tracks 0..t of a sequence. X [batch·length x width];
 * `positions`: rows of the position table (int32 [batch·length]), for transformers. */
struct tensor *rta_aggregate(struct tape *tape, const struct rta_network *network, struct tensor *x,
                             const struct sequences *sequences, struct compute_slice positions, struct dropout dropout);
/* g of whole sequences [batch x width]; `ends`: the row in X of each sequence's last track (int32 [batch]). The pool
 * ignores the order, so it has only this form: q = Σ softmax(u · x) x, and q = Drop(q) + W2 Drop(GELU(W1
 * Drop'(LN(q)))). W2 is initialised to 0, so that training starts with the mean. */
struct rta_dropouts {
    struct dropout aggregator; /* of the pool: on its first path */
    float residual;            /* dropout rate of the residual path */
};
struct tensor *rta_aggregate_whole(struct tape *tape, const struct rta_network *network, struct tensor *x,
                                   const struct sequences *sequences, struct compute_slice positions,
                                   struct compute_slice ends, const struct rta_dropouts *dropouts);
/* The row of the position table for index t of a sequence of `length`. Positions are aligned to the right end, so that
 * seeds get the same rows as a training window, which always has window - 1 tracks; in longer sequences all earlier
 * positions share row 1. The reference program does the same. */
int32_t rta_position(const struct rta_shape *shape, int64_t t, int64_t length);

#endif
