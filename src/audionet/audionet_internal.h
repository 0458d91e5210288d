#ifndef SLEEVE_AUDIONET_AUDIONET_INTERNAL_H
#define SLEEVE_AUDIONET_AUDIONET_INTERNAL_H

#include "audionet/audionet.h"
#include "gpu/dropout.h"

/* Internal to audionet. */

#define AUDIONET_EPSILON 1e-3 /* of TensorFlow's batch_normalization */

/* The largest log10(10000 x + 1) that a patch can hold: x is a float16, at most 65504. */
#define AUDIONET_INPUT_MAX 8.9

/* A published layer's tensors on the host. */
struct host_norm {
    float *scale, *shift; /* [width] y = scale x + shift */
    int64_t width;
};

struct host_filters {
    float *kernel, *bias; /* kernel [time x frequency x in x out], bias [out] */
    int64_t time, frequency, in, out;
};

/* y = gain x + bias for each column, as batch normalisation of columns with mean 0 and variance 1. */
struct column_scale {
    int64_t width;
    struct compute_slice gain, bias, unit;
};

struct audionet_ops;

struct audionet {
    struct audionet_shape shape;
    struct weights weights;
    struct compute *compute;
    struct device_weights own;
    unsigned cut; /* mapped_files_cut when it was opened */
    const struct audionet_ops *ops;
    void *state; /* the family's */
    float input_scale, input_shift;
    int64_t batch;  /* patches computed together */
    int64_t padded; /* rows of a patch on the device: frames and rows of zeros */
    struct compute_slice input, lengths, embedding, logits;
    float *staged; /* [batch x padded x mels] */
    char **tags;
    int64_t n_computed, n_filters;
};

struct audionet_ops {
    int64_t padding;    /* rows of zeros after a patch */
    int64_t batch_host; /* patches together on the CPU */
    int64_t batch_device;
    enum status (*load)(struct audionet *net, struct error *error);
    /* Computes net->embedding and net->logits from net->input, for n patches. */
    enum status (*run)(struct audionet *net, int64_t n, struct error *error);
    void (*free)(void *state);
};
extern const struct audionet_ops audionet_musicnn, audionet_vgg;

/* ---- reading (audionet_read.c); free what was read after a failure, too ---- */
struct tensor_rule; /* vit/weights.h */
enum status audionet_read(struct audionet *net, const char *name, float **values, int64_t *count, struct error *error);
enum status audionet_read_norm(struct audionet *net, int number, struct host_norm *norm, struct error *error);
enum status audionet_read_filters(struct audionet *net, const char *name, struct host_filters *filters,
                                  struct error *error);
void host_norm_free(struct host_norm *norm);
void host_filters_free(struct host_filters *filters);

/* ---- on the device ---- */
enum status audionet_memory(struct audionet *net, int64_t floats, struct compute_slice *slice, struct error *error);
enum status audionet_upload(struct audionet *net, const float *values, int64_t count, struct compute_slice *slice,
                            struct error *error);
enum status audionet_scale_load(struct audionet *net, const float *gain, const float *bias, int64_t width,
                                struct column_scale *scale, struct error *error);
/* Y = gain X + bias for n patches of net->padded rows; rows after the frames become 0. May be in place. */
enum status audionet_scale_run(struct audionet *net, int64_t n, const struct column_scale *scale,
                               struct compute_slice x, struct compute_slice y, struct error *error);

static inline struct compute_slice slice_at(struct compute_slice slice, int64_t offset)
{
    return (struct compute_slice){slice.buffer, slice.offset + (size_t)offset};
}

static const struct compute_slice slice_none;
static const struct dropout no_dropout;

#endif
