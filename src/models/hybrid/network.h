#ifndef SLEEVE_MODELS_HYBRID_NETWORK_H
#define SLEEVE_MODELS_HYBRID_NETWORK_H

#include "nn/layers.h"

/* A network that recommends tracks which no playlist contains, from what is known about them.
 *
 * A track t has a vector with these sections:
 *     learned  v(t) = E[t] + A[artist] + B[album] + W2 GELU(W1 x(t) + b1) + b2,  [d]
 *     bias     w[t] + w3 · GELU(W1 x(t) + b1) + b3,                              [1]
 *     artist   a random unit vector of its artist,                               [artist]
 *     album    a random unit vector of its album,                                [album]
 *     kernel   random Fourier features of its features.                          [kernel]
 * x(t) are its features, their squares, and how often training playlists contain the track, its artist and its album.
 * E, A, B and w are 0 for tracks, artists and albums that no training playlist contains.
 *
 * A playlist with the seeds s_1 .. s_n has the vector
 *     learned  c0 m + W5 Drop(GELU(W4 Drop(y) + b4)) + b5,  m = mean of v(s), y = (scale m, mean of inputs(s), ln n)
 *     bias     1
 *     artist   c1 √n mean, album c2 √n mean, kernel c3 mean of these sections of the seeds
 * where inputs(s) are the features, their squares and whether s is known, and c0 .. c3 are learned numbers. The score
 * of a track is the dot product. Products of random unit vectors are near 1 for the same artist and near 0 for others;
 * products of random Fourier features are near exp(-|x - x'|² / (2 width²)) (Rahimi and Recht 2007). So both compare
 * tracks that training has never seen. */

struct hybrid_shape {
    int64_t d;                     /* length of the learned vectors */
    int64_t inputs;                /* inputs(s): columns of the features and their squares, and 1 */
    int64_t hidden;                /* width of the network over features */
    int64_t residual;              /* hidden width of the playlist's network */
    int64_t artist, album, kernel; /* lengths of the other sections */
    float mean_scale;              /* of m in y */
};

/* x(t) is the inputs, and the logarithms of three counts. */
enum { HYBRID_COUNTS = 3 };

/* What a playlist is multiplied by initially in each section; c1 .. c3 start with 1 and are factors on these. */
enum hybrid_section { HYBRID_ARTIST, HYBRID_ALBUM, HYBRID_KERNEL, HYBRID_SECTIONS };
extern const float hybrid_initial_factors[HYBRID_SECTIONS];
int64_t hybrid_section_width(const struct hybrid_shape *shape, enum hybrid_section section);
int64_t hybrid_fixed_width(const struct hybrid_shape *shape); /* of these three sections */
int64_t hybrid_row(const struct hybrid_shape *shape);         /* of a whole vector */

enum hybrid_table { HYBRID_TRACK_TABLE, HYBRID_ARTIST_TABLE, HYBRID_ALBUM_TABLE, HYBRID_TABLES };
extern const char *const hybrid_table_names[HYBRID_TABLES];

struct hybrid_network {
    struct hybrid_shape shape;
    struct parameters parameters;            /* of the playlist's network, then of the network over features */
    struct parameters tables;                /* E, A, B: for training only */
    struct tensor *table[HYBRID_TABLES + 1]; /* E, A, B and w [n_tracks x 1] */
    struct linear query_in, query_out;
    struct tensor *mean_factor, *section_factors[HYBRID_SECTIONS];
    struct linear features_in, features_out, features_bias;
};

/* Declares the parameters; n_rows NULL: only those of the playlist's network, for recommending. */
void hybrid_network_declare(struct hybrid_network *network, const struct hybrid_shape *shape, const int64_t *n_rows);

/* The learned sections and the biases of n tracks. */
struct hybrid_vectors {
    struct tensor *learned; /* [n x d] */
    struct tensor *bias;    /* [n x 1] */
};
/* The rows of n tracks in a table. */
struct hybrid_rows {
    struct compute_slice rows; /* int32 [n] in the table, -1: none */
    struct tensor *to;         /* collects the gradients: the table, or a tensor of the rows that are trained */
    struct compute_slice gradient_rows; /* int32 [n] in `to`, -1: none */
};
/* x [n x inputs + HYBRID_COUNTS]; rows of E, A, B and w. */
struct hybrid_vectors hybrid_represent(struct tape *tape, const struct hybrid_network *network, struct tensor *x,
                                       const struct hybrid_rows rows[HYBRID_TABLES + 1]);

/* What a playlist's vector is computed from, apart from the learned sections of its seeds; in host memory. */
struct hybrid_sums {
    float *inputs; /* [playlists x inputs + 1] means of inputs(s), then ln n */
    float *fixed;  /* [playlists x fixed width] the three sections, without c1 .. c3 */
};
/* Where the numbers of a playlist's n seeds are. */
struct hybrid_seeds {
    int64_t n;
    const int32_t *rows, *fixed_rows; /* [n] in `inputs` and in `fixed` */
    const float *inputs;              /* [x inputs] */
    const float *fixed;               /* rows with the distance `stride` */
    int64_t stride;
};
/* Adds a playlist at index `at`. */
void hybrid_sums_set(const struct hybrid_shape *shape, const struct hybrid_sums *sums, int64_t at,
                     const struct hybrid_seeds *seeds);
/* The vectors of playlists, in sections. */
struct hybrid_query {
    struct tensor *learned; /* [playlists x d] */
    struct tensor *bias;    /* [playlists x 1] */
    struct tensor *fixed;   /* [playlists x fixed width]; NULL: its width is 0 */
};
/* `mean`: m [playlists x d]. */
struct hybrid_query hybrid_aggregate(struct tape *tape, const struct hybrid_network *network, struct tensor *mean,
                                     const struct hybrid_sums *sums, struct dropout dropout, float mean_dropout);

#endif
