#ifndef SLEEVE_VIT_ENCODER_H
#define SLEEVE_VIT_ENCODER_H

#include "vit/weights.h"

/* The layers of a transformer that normalises first (Dosovitskiy et al. 2021, section 3.1), as CLIP's image and text
 * towers and DINOv2 have them:
 *
 *     x += scale1 · (Attention(LN1 x) Wᵀ + b);  x += scale2 · (f(LN2 x W1ᵀ + b1) W2ᵀ + b2)
 *
 * The layer scales (Touvron et al. 2021) are folded into the weights before them when a file is loaded, and the weights
 * of query, key and value are joined. */

enum layer_tensor {
    NORM1_WEIGHT,
    NORM1_BIAS,
    QUERY_WEIGHT,
    QUERY_BIAS,
    KEY_WEIGHT,
    KEY_BIAS,
    VALUE_WEIGHT,
    VALUE_BIAS,
    OUT_WEIGHT,
    OUT_BIAS,
    NORM2_WEIGHT,
    NORM2_BIAS,
    FC1_WEIGHT,
    FC1_BIAS,
    FC2_WEIGHT,
    FC2_BIAS,
    LAYER_SCALE1,
    LAYER_SCALE2,
    LAYER_TENSORS
};

/* Names of the layers' tensors. In shapes, H is the width of the tokens and I that of the feed-forward network. */
struct encoder_rules {
    const char *layers; /* "encoder.layers.": followed by the layer's number and a dot */
    struct tensor_rule tensors[LAYER_TENSORS];
};
extern const struct encoder_rules clip_encoder_rules; /* of both towers */
extern const struct encoder_rules dinov2_encoder_rules;

enum { ENCODER_LAYERS_MAX = 256, LAYER_PREFIX_MAX = 600 };

struct encoder_shape {
    int64_t layers, hidden, inner, heads;
    float epsilon; /* of layer norms */
    enum activation activation;
};

struct encoder_layer {
    /* Weight [out x in] and bias [out]; gain and bias of norms. */
    struct compute_slice norm1[2], qkv[2], out[2], norm2[2], fc1[2], fc2[2];
};

struct encoder {
    struct encoder_shape shape;
    bool packed;                  /* the weights of dense layers are packed (gpu/ops/inference.h) */
    enum precision precision;     /* of the dense layers */
    struct encoder_layer *layers; /* [shape.layers] */
};

/* As in config.json: "quick_gelu", "gelu", "relu". */
const char *encoder_activation_name(enum activation activation);

/* Writes "PREFIXencoder.layers.N."; false if it does not fit. */
bool encoder_layer_prefix(const struct encoder_rules *rules, const char *prefix, int64_t layer,
                          char text[LAYER_PREFIX_MAX]);
/* Reads the number of layers and `inner` from a file whose tokens have `hidden` numbers. Heads have 64 dimensions, the
 * activation is that of the family, unless config.json has other ones for a model of this width (`config` is its
 * object for the tower; NULL if there is none). */
enum status encoder_shape_read(struct weights *weights, const struct encoder_rules *rules, const char *prefix,
                               int64_t hidden, const struct json_value *config, struct encoder_shape *shape,
                               struct error *error);
/* Calls `each` for every tensor of the layers until it fails. */
enum status encoder_each_tensor(const struct encoder_rules *rules, const char *prefix,
                                const struct encoder_shape *shape,
                                enum status (*each)(void *context, const char *prefix, const struct tensor_rule *rule,
                                                    const struct tensor_sizes *sizes, struct error *error),
                                void *context, struct error *error);

/* Places the layers' weights on own->compute; they live until `own` is freed. Free the encoder after a failure, too.
 * pack: a copy of the weights is made for fast products; worthwhile for more than a few texts or pictures. Without it,
 * the precision is float32. */
enum status encoder_load(struct weights *weights, const struct encoder_rules *rules, const char *prefix,
                         const struct encoder_shape *shape, bool pack, enum precision precision,
                         struct device_weights *own, struct encoder *encoder, struct error *error);
void encoder_free(struct encoder *encoder);

/* Floats of workspace for `rows` tokens. */
int64_t encoder_workspace(const struct encoder_shape *shape, int64_t rows);
/* Layers first .. last - 1 on X [batch · length x hidden] in place. causal: a token sees itself and earlier ones. */
enum status encoder_run(const struct encoder *encoder, struct compute *compute, int64_t first, int64_t last,
                        int64_t batch, int64_t length, bool causal, struct compute_slice x,
                        struct compute_slice workspace, struct error *error);

#endif
