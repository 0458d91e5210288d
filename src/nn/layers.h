#ifndef SLEEVE_NN_LAYERS_H
#define SLEEVE_NN_LAYERS_H

#include "nn/functions.h"
#include "nn/parameters.h"

/* Layers with parameters. A layer is declared, with PyTorch's default initial values, and then applied. */

struct linear {
    struct tensor *weight, *bias;
};
struct linear linear_declare(struct parameters *parameters, const char *prefix, const char *name, int64_t in,
                             int64_t out);
/* The weight normally distributed with variance 2 / in (He et al. 2015). */
struct linear linear_declare_kaiming(struct parameters *parameters, const char *prefix, const char *name, int64_t in,
                                     int64_t out);

/* All zeros. */
struct linear linear_declare_zero(struct parameters *parameters, const char *prefix, const char *name, int64_t in,
                                  int64_t out);

struct norm {
    struct tensor *gain, *bias;
};
struct norm norm_declare(struct parameters *parameters, const char *prefix, const char *name, int64_t width);

/* A transformer block: x <- x + Drop(MHA(x)); x <- LN1(x); x <- LN2(x); x <- x + Drop(W2 Drop(GELU(W1 x)));
 * x <- LN3(x). Attention weights are dropped out too. */
struct block {
    int64_t heads;
    struct linear attention_in, attention_out, forward_in, forward_out;
    struct norm norm1, norm2, norm3;
};
struct block block_declare(struct parameters *parameters, const char *prefix, int64_t width, int64_t heads,
                           int64_t feed_forward);
/* Dropout seeds are derived from `dropout.seed`. */
struct tensor *block_apply(struct tape *tape, const struct block *block, struct tensor *x,
                           const struct sequences *sequences, bool causal, struct dropout dropout);

/* A layer of gated recurrent units. */
struct recurrent {
    struct linear in, state;
};
struct recurrent recurrent_declare(struct parameters *parameters, const char *prefix, const char *name, int64_t in,
                                   int64_t hidden);
struct tensor *recurrent_apply(struct tape *tape, const struct recurrent *recurrent, struct tensor *x,
                               const struct sequences *sequences);

/* A layer of long short-term memory; its gates are in the order i, f, g, o. */
struct recurrent lstm_declare(struct parameters *parameters, const char *prefix, const char *name, int64_t in,
                              int64_t hidden);
struct tensor *lstm_apply(struct tape *tape, const struct recurrent *lstm, struct tensor *x,
                          const struct sequences *sequences);

/* A causal convolution A * σ(B), batch normalisation over the valid positions, dropout. */
struct convolution {
    int64_t kernel;
    struct linear filters; /* [2 channels x kernel·in] */
    struct norm norm;
    struct tensor *running; /* [2 x channels] */
};
struct convolution convolution_declare(struct parameters *parameters, const char *prefix, int number, int64_t kernel,
                                       int64_t in, int64_t channels);
/* Running statistics. Declare them after all trained parameters. */
void convolution_declare_running(struct parameters *parameters, const char *prefix, int number,
                                 struct convolution *convolution);
struct tensor *convolution_apply(struct tape *tape, const struct convolution *convolution, struct tensor *x,
                                 const struct sequences *sequences, struct dropout dropout);

/* The same dropout for elements that follow `before` others: the mask of element i is a function of i · 0x9E3779B1 +
 * seed (gpu/dropout.h). */
static inline struct dropout dropout_after(struct dropout dropout, int64_t before)
{
    return (struct dropout){dropout.rate, dropout.seed + (uint32_t)before * 0x9E3779B1u};
}
/* The nth dropout of a step, with a seed of its own. */
static inline struct dropout dropout_nth(struct dropout dropout, uint32_t n)
{
    return (struct dropout){dropout.rate, dropout_mix(dropout.seed, n)};
}

#endif
