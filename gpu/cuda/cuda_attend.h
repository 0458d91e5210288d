#ifndef SLEEVE_GPU_CUDA_ATTEND_H
#define SLEEVE_GPU_CUDA_ATTEND_H

#include "gpu/cuda/cuda_layers.h"

/* Attention for inference, over sequences of any length: without dropout, and without storing its weights. */

struct cuda_attend {
    int64_t pairs, heads, length, stride; /* pairs of a sequence and a head; stride: of a row of qkv */
    int d;
    bool causal;
    float scale;
    const int32_t *lengths; /* or NULL */
    const float *qkv;
    float *y;
};

/* Whether cuda_attend_run supports the shape and is faster than cuda_attention.cu's own kernel. */
bool cuda_attend_fits(int64_t length, int64_t d);
enum status cuda_attend_run(struct compute_stream *stream, const struct cuda_attend *attend, struct error *error);

#endif
