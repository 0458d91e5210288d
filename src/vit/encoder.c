#include "vit/encoder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD = 64, HIDDEN_MAX = 1 << 14 };

const struct encoder_rules clip_encoder_rules = {
    .layers = "encoder.layers.",
    .tensors =
        {
            [NORM1_WEIGHT] = {"layer_norm1.weight", NULL, "H"},
            [NORM1_BIAS] = {"layer_norm1.bias", NULL, "H"},
            [QUERY_WEIGHT] = {"self_attn.q_proj.weight", NULL, "HH"},
            [QUERY_BIAS] = {"self_attn.q_proj.bias", NULL, "H"},
            [KEY_WEIGHT] = {"self_attn.k_proj.weight", NULL, "HH"},
            [KEY_BIAS] = {"self_attn.k_proj.bias", NULL, "H"},
            [VALUE_WEIGHT] = {"self_attn.v_proj.weight", NULL, "HH"},
            [VALUE_BIAS] = {"self_attn.v_proj.bias", NULL, "H"},
            [OUT_WEIGHT] = {"self_attn.out_proj.weight", NULL, "HH"},
            [OUT_BIAS] = {"self_attn.out_proj.bias", NULL, "H"},
            [NORM2_WEIGHT] = {"layer_norm2.weight", NULL, "H"},
            [NORM2_BIAS] = {"layer_norm2.bias", NULL, "H"},
            [FC1_WEIGHT] = {"mlp.fc1.weight", NULL, "IH"},
            [FC1_BIAS] = {"mlp.fc1.bias", NULL, "I"},
            [FC2_WEIGHT] = {"mlp.fc2.weight", NULL, "HI"},
            [FC2_BIAS] = {"mlp.fc2.bias", NULL, "H"},
        },
};

/* transformers 5 renamed the tensors of the attention. */
const struct encoder_rules dinov2_encoder_rules = {
    .layers = "encoder.layer.",
    .tensors =
        {
            [NORM1_WEIGHT] = {"norm1.weight", NULL, "H"},
            [NORM1_BIAS] = {"norm1.bias", NULL, "H"},
            [QUERY_WEIGHT] = {"attention.attention.query.weight", "attention.q_proj.weight", "HH"},
            [QUERY_BIAS] = {"attention.attention.query.bias", "attention.q_proj.bias", "H"},
            [KEY_WEIGHT] = {"attention.attention.key.weight", "attention.k_proj.weight", "HH"},
            [KEY_BIAS] = {"attention.attention.key.bias", "attention.k_proj.bias", "H"},
            [VALUE_WEIGHT] = {"attention.attention.value.weight", "attention.v_proj.weight", "HH"},
            [VALUE_BIAS] = {"attention.attention.value.bias", "attention.v_proj.bias", "H"},
            [OUT_WEIGHT] = {"attention.output.dense.weight", "attention.o_proj.weight", "HH"},
            [OUT_BIAS] = {"attention.output.dense.bias", "attention.o_proj.bias", "H"},
            [NORM2_WEIGHT] = {"norm2.weight", NULL, "H"},
            [NORM2_BIAS] = {"norm2.bias", NULL, "H"},
            [FC1_WEIGHT] = {"mlp.fc1.weight", NULL, "IH"},
            [FC1_BIAS] = {"mlp.fc1.bias", NULL, "I"},
            [FC2_WEIGHT] = {"mlp.fc2.weight", NULL, "HI"},
            [FC2_BIAS] = {"mlp.fc2.bias", NULL, "H"},
            [LAYER_SCALE1] = {"layer_scale1.lambda1", NULL, "H"},
            [LAYER_SCALE2] = {"layer_scale2.lambda1", NULL, "H"},
        },
};

/* ---- shape ---- */

bool encoder_layer_prefix(const struct encoder_rules *rules, const char *prefix, int64_t layer,
                          char text[LAYER_PREFIX_MAX])
{
    int size = snprintf(text, LAYER_PREFIX_MAX, "%s%s%lld.", prefix, rules->layers, (long long)layer);
    return size > 0 && size < LAYER_PREFIX_MAX;
}

static const struct tensor_view *find_in_layer(struct weights *weights, const struct encoder_rules *rules,
                                               const char *prefix, int64_t layer, const struct tensor_rule *rule)
{
    char text[LAYER_PREFIX_MAX];
    return encoder_layer_prefix(rules, prefix, layer, text) ? weights_find(weights, text, rule) : NULL;
}

static const struct activation_name {
    const char *name;
    enum activation activation;
} activations[] = {{"quick_gelu", ACTIVATION_QUICK_GELU}, {"gelu", ACTIVATION_GELU}, {"relu", ACTIVATION_RELU}};

const char *encoder_activation_name(enum activation activation)
{
    for (size_t i = 0; i < sizeof activations / sizeof *activations; i++)
        if (activations[i].activation == activation)
            return activations[i].name;
    return "identity";
}

static enum status read_activation(const struct weights *weights, const struct json_value *config,
                                   struct encoder_shape *shape, struct error *error)
{
    const char *name = json_get_text(json_member(config, "hidden_act"), NULL);
    for (size_t i = 0; name && i < sizeof activations / sizeof *activations; i++)
        if (strcmp(activations[i].name, name) == 0) {
            shape->activation = activations[i].activation;
            return STATUS_OK;
        }
    return name ? error_set(error, STATUS_BAD_DATA,
                            "%s: config.json beside it names the activation \"%.40s\"; known are gelu, quick_gelu and "
                            "relu",
                            weights->path, name)
                : STATUS_OK;
}

static enum status read_config(const struct weights *weights, const struct json_value *config,
                               struct encoder_shape *shape, struct error *error)
{
    bool own = json_get_integer(json_member(config, "hidden_size"), 1, HIDDEN_MAX, shape->hidden) == shape->hidden;
    enum status status = own ? read_activation(weights, config, shape, error) : STATUS_OK;
    int64_t otherwise = shape->hidden % HEAD == 0 ? shape->hidden / HEAD : 0;
    shape->heads = otherwise;
    if (own) {
        shape->heads = json_get_integer(json_member(config, "num_attention_heads"), 1, HIDDEN_MAX, otherwise);
        double epsilon = json_get_number(json_member(config, "layer_norm_eps"), 0);
        if (epsilon > 0 && epsilon < 1)
            shape->epsilon = (float)epsilon;
    }
    if (status == STATUS_OK && (shape->heads < 1 || shape->hidden % shape->heads != 0))
        status = error_set(error, STATUS_BAD_DATA,
                           "%s: tokens of %lld numbers cannot be divided into heads of 64; put the model's config.json "
                           "beside the file",
                           weights->path, (long long)shape->hidden);
    return status;
}

enum status encoder_shape_read(struct weights *weights, const struct encoder_rules *rules, const char *prefix,
                               int64_t hidden, const struct json_value *config, struct encoder_shape *shape,
                               struct error *error)
{
    bool clip = rules == &clip_encoder_rules;
    *shape = (struct encoder_shape){.hidden = hidden,
                                    .epsilon = clip ? 1e-5F : 1e-6F,
                                    .activation = clip ? ACTIVATION_QUICK_GELU : ACTIVATION_GELU};
    static const struct tensor_rule swiglu = {"mlp.weights_in.weight", NULL, "IH"};
    const struct tensor_rule *fc1 = &rules->tensors[FC1_WEIGHT];
    while (shape->layers <= ENCODER_LAYERS_MAX &&
           find_in_layer(weights, rules, prefix, shape->layers, &rules->tensors[NORM1_WEIGHT]))
        shape->layers++;
    if (shape->layers < 1 || shape->layers > ENCODER_LAYERS_MAX)
        return error_set(error, STATUS_BAD_DATA, "%s: has %s layers %s%s0, ...; 1 to %d are supported", weights->path,
                         shape->layers < 1 ? "no" : "too many", prefix, rules->layers, (int)ENCODER_LAYERS_MAX);
    if (hidden > HIDDEN_MAX)
        return error_set(error, STATUS_BAD_DATA, "%s: tokens of %lld numbers are not supported, at most %d are",
                         weights->path, (long long)hidden, (int)HIDDEN_MAX);
    if (find_in_layer(weights, rules, prefix, 0, &swiglu))
        return error_set(
            error, STATUS_BAD_DATA,
            "%s: is a model with SwiGLU layers (DINOv2 giant), which is not supported; use the small, base "
            "or large model",
            weights->path);
    const struct tensor_view *view = find_in_layer(weights, rules, prefix, 0, fc1);
    if (!view || view->rank != 2 || view->shape[0] < 1)
        return error_set(error, STATUS_BAD_DATA, "%s: has no matrix %s%s0.%s", weights->path, prefix, rules->layers,
                         fc1->name);
    shape->inner = view->shape[0];
    return read_config(weights, config, shape, error);
}

static struct tensor_sizes sizes_of(const struct encoder_shape *shape)
{
    struct tensor_sizes sizes = {{0}};
    sizes.of['H' - 'A'] = shape->hidden;
    sizes.of['I' - 'A'] = shape->inner;
    return sizes;
}

enum status encoder_each_tensor(const struct encoder_rules *rules, const char *prefix,
                                const struct encoder_shape *shape,
                                enum status (*each)(void *context, const char *prefix, const struct tensor_rule *rule,
                                                    const struct tensor_sizes *sizes, struct error *error),
                                void *context, struct error *error)
{
    const struct tensor_sizes sizes = sizes_of(shape);
    for (int64_t layer = 0; layer < shape->layers; layer++) {
        char text[LAYER_PREFIX_MAX];
        if (!encoder_layer_prefix(rules, prefix, layer, text))
            return error_set(error, STATUS_BAD_DATA, "the names of the tensors are too long");
        for (int i = 0; i < LAYER_TENSORS; i++) {
            enum status status =
                rules->tensors[i].name ? each(context, text, &rules->tensors[i], &sizes, error) : STATUS_OK;
            if (status != STATUS_OK)
                return status;
        }
    }
    return STATUS_OK;
}

/* ---- loading ---- */

struct loading {
    const struct tensor_view *views[LAYER_TENSORS]; /* NULL: the family has no such tensor */
    float *scales[2];                               /* of layer scale; NULL: the family has none */
};

static enum status find_views(struct weights *weights, const struct encoder_rules *rules, const char *prefix,
                              int64_t index, const struct encoder_shape *shape, struct loading *loading,
                              struct error *error)
{
    const struct tensor_sizes sizes = sizes_of(shape);
    char text[LAYER_PREFIX_MAX];
    if (!encoder_layer_prefix(rules, prefix, index, text))
        return error_set(error, STATUS_BAD_DATA, "%s: the names of its tensors are too long", weights->path);
    for (int i = 0; i < LAYER_TENSORS; i++) {
        enum status status = rules->tensors[i].name
                                 ? weights_require(weights, text, &rules->tensors[i], &sizes, &loading->views[i], error)
                                 : STATUS_OK;
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static enum status read_scales(int64_t hidden, struct loading *loading, struct error *error)
{
    for (int i = 0; i < 2; i++) {
        const struct tensor_view *view = loading->views[LAYER_SCALE1 + i];
        if (!view)
            continue;
        loading->scales[i] = malloc((size_t)hidden * sizeof(float));
        if (!loading->scales[i])
            return error_no_memory(error);
        tensor_floats(view, 0, hidden, loading->scales[i]);
    }
    return STATUS_OK;
}

static enum status place_layer(const struct loading *loading, const struct encoder *encoder, struct device_weights *own,
                               struct encoder_layer *layer, struct error *error)
{
    const struct tensor_view *const *views = loading->views;
    const struct {
        struct compute_slice *slices;
        int first[3], count; /* the weights of the pieces; their biases follow */
        const float *scale;
    } parts[] = {
        {layer->norm1, {NORM1_WEIGHT}, 1, NULL},
        {layer->qkv, {QUERY_WEIGHT, KEY_WEIGHT, VALUE_WEIGHT}, 3, NULL},
        {layer->out, {OUT_WEIGHT}, 1, loading->scales[0]},
        {layer->norm2, {NORM2_WEIGHT}, 1, NULL},
        {layer->fc1, {FC1_WEIGHT}, 1, NULL},
        {layer->fc2, {FC2_WEIGHT}, 1, loading->scales[1]},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        for (int bias = 0; bias < 2; bias++) {
            struct weight_piece pieces[3] = {{NULL, NULL}};
            for (int p = 0; p < parts[i].count; p++)
                pieces[p] = (struct weight_piece){views[parts[i].first[p] + bias], parts[i].scale};
            size_t count = (size_t)parts[i].count;
            bool dense = pieces[0].view->rank == 2;
            enum status status =
                encoder->packed && dense
                    ? device_weights_pack(own, encoder->precision, pieces, count, &parts[i].slices[bias], error)
                    : device_weights_place(own, pieces, count, &parts[i].slices[bias], error);
            if (status != STATUS_OK)
                return status;
        }
    return STATUS_OK;
}

enum status encoder_load(struct weights *weights, const struct encoder_rules *rules, const char *prefix,
                         const struct encoder_shape *shape, bool pack, enum precision precision,
                         struct device_weights *own, struct encoder *encoder, struct error *error)
{
    bool fits = shape->hidden <= PACKED_IN_MAX && shape->inner <= PACKED_IN_MAX;
    *encoder = (struct encoder){.shape = *shape, .packed = pack && fits, .precision = precision};
    if (!encoder->packed && precision != PRECISION_FLOAT32)
        return error_set(error, STATUS_USAGE,
                         "%s: its layers have more than %d inputs, which is supported only in float32", weights->path,
                         (int)PACKED_IN_MAX);
    encoder->layers = calloc((size_t)shape->layers, sizeof *encoder->layers);
    enum status status = encoder->layers ? STATUS_OK : error_no_memory(error);
    for (int64_t i = 0; i < shape->layers && status == STATUS_OK; i++) {
        struct loading loading = {.views = {0}, .scales = {0}};
        status = find_views(weights, rules, prefix, i, shape, &loading, error);
        if (status == STATUS_OK)
            status = read_scales(shape->hidden, &loading, error);
        if (status == STATUS_OK)
            status = place_layer(&loading, encoder, own, &encoder->layers[i], error);
        free(loading.scales[0]);
        free(loading.scales[1]);
    }
    return status;
}

void encoder_free(struct encoder *encoder)
{
    free(encoder->layers);
    *encoder = (struct encoder){0};
}

/* ---- running ---- */

static int64_t wide_of(const struct encoder_shape *shape)
{
    return shape->inner > 3 * shape->hidden ? shape->inner : 3 * shape->hidden;
}

int64_t encoder_workspace(const struct encoder_shape *shape, int64_t rows)
{
    return rows * (shape->hidden + wide_of(shape));
}

struct running {
    const struct encoder_shape *shape;
    bool packed;
    enum precision precision;
    struct compute *compute;
    int64_t batch, length, rows;
    bool causal;
    struct compute_slice x, narrow, wide; /* [rows x hidden], [rows x hidden], [rows x max(3 hidden, inner)] */
};

static const struct compute_slice none;
static const struct dropout no_dropout;

static enum status dense(const struct running *run, enum activation f, int64_t in, int64_t out, struct compute_slice x,
                         const struct compute_slice weight[2], struct compute_slice y, struct error *error)
{
    const struct compute_ops *ops = run->compute->ops;
    if (run->packed)
        return ops->dense_packed(run->compute->stream, run->precision, f, run->rows, in, out, x, weight[0], weight[1],
                                 none, y, error);
    return ops->network.dense(run->compute->stream, f, run->rows, in, out, x, weight[0], weight[1], no_dropout, none, y,
                              error);
}

/* Adds a layer's result to the tokens; `scratch` does not overlap with its input. */
static enum status add_dense(const struct running *run, int64_t in, struct compute_slice x,
                             const struct compute_slice weight[2], struct compute_slice scratch, struct error *error)
{
    const struct compute_ops *ops = run->compute->ops;
    int64_t hidden = run->shape->hidden;
    if (run->packed)
        return ops->dense_packed(run->compute->stream, run->precision, ACTIVATION_IDENTITY, run->rows, in, hidden, x,
                                 weight[0], weight[1], run->x, run->x, error);
    enum status status = dense(run, ACTIVATION_IDENTITY, in, hidden, x, weight, scratch, error);
    return status == STATUS_OK ? ops->network.residual(run->compute->stream, run->rows, hidden, run->x, scratch, none,
                                                       no_dropout, run->x, error)
                               : status;
}

static enum status normalise(const struct running *run, const struct compute_slice norm[2], struct error *error)
{
    return run->compute->ops->network.layer_norm(run->compute->stream, run->rows, run->shape->hidden,
                                                 run->shape->epsilon, run->x, norm[0], norm[1], none, run->narrow,
                                                 error);
}

static enum status attend(const struct running *run, struct error *error)
{
    const struct encoder_shape *shape = run->shape;
    return run->compute->ops->network.attention(run->compute->stream, run->batch, run->length, shape->heads,
                                                shape->hidden / shape->heads, run->causal, none, run->wide, no_dropout,
                                                none, run->narrow, error);
}

static enum status run_layer(const struct running *run, const struct encoder_layer *layer, struct error *error)
{
    int64_t hidden = run->shape->hidden, inner = run->shape->inner;
    enum status status = normalise(run, layer->norm1, error);
    if (status == STATUS_OK)
        status = dense(run, ACTIVATION_IDENTITY, hidden, 3 * hidden, run->narrow, layer->qkv, run->wide, error);
    if (status == STATUS_OK)
        status = attend(run, error);
    if (status == STATUS_OK)
        status = add_dense(run, hidden, run->narrow, layer->out, run->wide, error);
    if (status == STATUS_OK)
        status = normalise(run, layer->norm2, error);
    if (status == STATUS_OK)
        status = dense(run, run->shape->activation, hidden, inner, run->narrow, layer->fc1, run->wide, error);
    return status == STATUS_OK ? add_dense(run, inner, run->wide, layer->fc2, run->narrow, error) : status;
}

enum status encoder_run(const struct encoder *encoder, struct compute *compute, int64_t first, int64_t last,
                        int64_t batch, int64_t length, bool causal, struct compute_slice x,
                        struct compute_slice workspace, struct error *error)
{
    struct compute_slice wide = workspace;
    wide.offset += (size_t)(batch * length * encoder->shape.hidden);
    const struct running run = {.shape = &encoder->shape,
                                .packed = encoder->packed,
                                .precision = encoder->precision,
                                .compute = compute,
                                .batch = batch,
                                .length = length,
                                .rows = batch * length,
                                .causal = causal,
                                .x = x,
                                .narrow = workspace,
                                .wide = wide};
    enum status status = STATUS_OK;
    for (int64_t i = first; i < last && status == STATUS_OK; i++)
        status = run_layer(&run, &encoder->layers[i], error);
    return status;
}
