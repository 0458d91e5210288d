#ifndef SLEEVE_AUDIONET_MUSICNN_H
#define SLEEVE_AUDIONET_MUSICNN_H

#include "audionet/audionet_internal.h"

/* Internal to audionet: musicnn on a device. Features of the front end are [patches x padded x C], where a patch has
 * rows of zeros behind it and there are as many before the first patch, so that a convolution over time is a sum of
 * matrix products with shifted rows: the zeros between two patches are the padding of both.
 *
 * Weight decay makes many filters of trained networks vanish (MSD_musicnn: 355 of 408 timbral filters). The response of
 * such a filter cannot differ from its bias by a number that float32 could tell, so it is not computed: its constant
 * goes into what follows, the first layer of the middle (with its zero padding, so the sum depends on the row) and the
 * dense layer. */

enum {
    MUSICNN_BANKS = 5,
    MUSICNN_MIDDLE = 3,
    MUSICNN_KERNEL = 7,                   /* of the middle, frames */
    MUSICNN_PADDING = MUSICNN_KERNEL / 2, /* rows */
    MUSICNN_PARTS = 1 + MUSICNN_MIDDLE,   /* features that are pooled */
};

/* A filter is left out if its response after batch normalisation varies by less than this. */
#define MUSICNN_VARIES_LEAST 1e-10

struct musicnn_bank {
    int64_t time, frequency, filters, first; /* `first`: column of its first feature */
    struct compute_slice kernel;             /* [time x frequency x filters], negated where the norm's scale is */
};

struct musicnn {
    int64_t features, middle; /* computed features of the front end, filters of the middle */
    struct musicnn_bank banks[MUSICNN_BANKS];
    struct column_scale sign, norm; /* of the features: sign x + bias; then, after ReLU, the norm */
    struct compute_slice bias_rows; /* [padded x middle] of the first layer, with the constant features */
    struct compute_slice kernels[MUSICNN_MIDDLE], biases[MUSICNN_MIDDLE];
    struct column_scale middle_norms[MUSICNN_MIDDLE];
    struct compute_slice dense, dense_bias, out, out_bias; /* [width x pooled], [tags x width] */
    struct column_scale last_norm;
    /* Working memory; parts have MUSICNN_PADDING rows of zeros before them. */
    struct compute_slice parts[MUSICNN_PARTS], raw, other, means, pooled, hidden;
};

/* musicnn_load.c */
enum status musicnn_load(struct audionet *net, struct error *error);

#endif
