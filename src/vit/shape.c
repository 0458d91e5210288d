/* What a file of weights says about its image tower. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "vit/tower.h"
#include "vit/tower_rules.h"

const char *vit_family_name(enum vit_family family)
{
    return family == VIT_CLIP ? "clip" : "dinov2";
}

const char *vit_positions_name(enum vit_positions positions)
{
    return positions == POSITIONS_OLD ? "old" : "current";
}

const char *vit_precision_name(enum precision precision)
{
    return precision == PRECISION_BFLOAT16 ? "bfloat16" : "float32";
}

/* In shapes: H hidden, P patch, T tokens of the stored grid, D width of the projection. */
static const struct tower_rules
    families[] =
        {
            [VIT_CLIP] = {.encoder = &clip_encoder_rules,
                          .tower = "vision_model.",
                          .tensors =
                              {
                                  [CLASS_TOKEN] = {"embeddings.class_embedding", NULL, "H"},
                                  [PATCH_WEIGHT] = {"embeddings.patch_embedding.weight", NULL, "H3PP"},
                                  [POSITIONS] = {"embeddings.position_embedding.weight", NULL, "TH"},
                                  [BEFORE_WEIGHT] = {"pre_layrnorm.weight", NULL, "H"}, /* sic */
                                  [BEFORE_BIAS] = {"pre_layrnorm.bias", NULL, "H"},
                                  [AFTER_WEIGHT] = {"post_layernorm.weight", NULL, "H"},
                                  [AFTER_BIAS] = {"post_layernorm.bias", NULL, "H"},
                                  [PROJECTION] = {"visual_projection.weight", NULL, "DH"},
                              }},
            [VIT_DINOV2] = {.encoder = &dinov2_encoder_rules,
                            .tower = "",
                            .tensors =
                                {
                                    [CLASS_TOKEN] = {"embeddings.cls_token", NULL, "11H"},
                                    [PATCH_WEIGHT] = {"embeddings.patch_embeddings.projection.weight", NULL, "H3PP"},
                                    [PATCH_BIAS] = {"embeddings.patch_embeddings.projection.bias", NULL, "H"},
                                    [POSITIONS] = {"embeddings.position_embeddings", NULL, "1TH"},
                                    [AFTER_WEIGHT] = {"layernorm.weight", NULL, "H"},
                                    [AFTER_BIAS] = {"layernorm.bias", NULL, "H"},
                                }},
};
enum { FAMILIES = sizeof families / sizeof *families };

const struct tower_rules *tower_rules_of(enum vit_family family)
{
    return &families[family];
}

const char *tower_prefix_of(const struct vit_shape *shape, enum tower_tensor tensor)
{
    return tensor == PROJECTION ? shape->outer : shape->prefix;
}

struct tensor_sizes tower_sizes_of(const struct vit_shape *shape)
{
    struct tensor_sizes sizes = {{0}};
    sizes.of['H' - 'A'] = shape->encoder.hidden;
    sizes.of['P' - 'A'] = shape->patch;
    sizes.of['T' - 'A'] = shape->stored_grid > 0 ? shape->stored_grid * shape->stored_grid + 1 : 0;
    sizes.of['D' - 'A'] = shape->width;
    return sizes;
}

/* ---- which family ---- */

/* Sets the prefix from the tensor that ends in `name`. Two towers in a file are an error. */
static enum status find_prefix(const struct weights *weights, const char *name, char prefix[64], bool *found,
                               struct error *error)
{
    size_t size = strlen(name);
    *found = false;
    for (size_t i = 0; i < safetensors_count(weights->file); i++) {
        const char *text = safetensors_at(weights->file, i)->name;
        size_t length = strlen(text), before = length - size;
        if (length < size || strcmp(text + before, name) != 0 || (before > 0 && text[before - 1] != '.'))
            continue;
        if (*found || before >= 64)
            return error_set(error, STATUS_BAD_DATA, "%s: has two towers, or names that are too long; tensor %.200s",
                             weights->path, text);
        memcpy(prefix, text, before);
        prefix[before] = 0;
        *found = true;
    }
    return STATUS_OK;
}

static bool has_tensor(const struct weights *weights, const char *name)
{
    return safetensors_find(weights->file, name) != NULL;
}

static enum status unknown_family(const struct weights *weights, struct error *error)
{
    const char *reason = "it has neither CLIP's embeddings.class_embedding nor DINOv2's embeddings.cls_token";
    if (has_tensor(weights, "visual.conv1.weight") || has_tensor(weights, "visual.class_embedding"))
        reason = "its tensors have OpenCLIP's names; get the file that transformers uses";
    else if (has_tensor(weights, "patch_embed.proj.weight"))
        reason = "its tensors have the names of timm or of Facebook's code; get the file that transformers uses";
    return error_set(error, STATUS_BAD_DATA, "%s: is not a CLIP or DINOv2 model: %s", weights->path, reason);
}

/* prefix = outer + the name of the tower, or outer alone. */
static void set_outer(struct vit_shape *shape)
{
    const char *tower = families[shape->family].tower;
    size_t size = strlen(shape->prefix), own = strlen(tower);
    bool nested = size >= own && strcmp(shape->prefix + size - own, tower) == 0;
    memcpy(shape->outer, shape->prefix, sizeof shape->outer);
    shape->outer[nested ? size - own : size] = 0;
}

static enum status find_family(const struct weights *weights, struct vit_shape *shape, struct error *error)
{
    for (int i = 0; i < FAMILIES; i++) {
        bool found;
        enum status status = find_prefix(weights, families[i].tensors[CLASS_TOKEN].name, shape->prefix, &found, error);
        if (status != STATUS_OK)
            return status;
        if (found) {
            shape->family = (enum vit_family)i;
            set_outer(shape);
            return STATUS_OK;
        }
    }
    return unknown_family(weights, error);
}

/* ---- sizes ---- */

static enum status require(struct weights *weights, const struct vit_shape *shape, enum tower_tensor tensor,
                           const struct tensor_view **view, struct error *error)
{
    const struct tensor_sizes sizes = tower_sizes_of(shape);
    return weights_require(weights, tower_prefix_of(shape, tensor), &families[shape->family].tensors[tensor], &sizes,
                           view, error);
}

static enum status read_patches(struct weights *weights, struct vit_shape *shape, struct error *error)
{
    const struct tensor_view *view;
    enum status status = require(weights, shape, PATCH_WEIGHT, &view, error);
    if (status != STATUS_OK)
        return status;
    shape->encoder.hidden = view->shape[0];
    shape->patch = view->shape[2];
    if (view->shape[2] == view->shape[3] && shape->patch <= VIT_PATCH_MAX)
        return STATUS_OK;
    return error_set(error, STATUS_BAD_DATA, "%s: patches of %lld x %lld pixels are not supported", weights->path,
                     (long long)view->shape[2], (long long)view->shape[3]);
}

static enum status read_grid(struct weights *weights, struct vit_shape *shape, struct error *error)
{
    const struct tensor_view *view;
    enum status status = require(weights, shape, POSITIONS, &view, error);
    if (status != STATUS_OK)
        return status;
    int64_t patches = view->shape[view->rank - 2] - 1;
    shape->stored_grid = (int64_t)sqrt((double)patches);
    if (patches >= 1 && shape->stored_grid * shape->stored_grid == patches && shape->stored_grid <= VIT_GRID_MAX)
        return STATUS_OK;
    return error_set(error, STATUS_BAD_DATA,
                     "%s: its %lld position embeddings are not a class token and a square of at most %d x %d patches",
                     weights->path, (long long)patches + 1, (int)VIT_GRID_MAX, (int)VIT_GRID_MAX);
}

static enum status choose_edge(const struct weights *weights, const struct vit_options *options,
                               struct vit_shape *shape, struct error *error)
{
    enum { DINOV2_EDGE = 224 };
    int64_t stored = shape->stored_grid * shape->patch;
    shape->edge = options->edge > 0 ? options->edge : shape->family == VIT_DINOV2 ? DINOV2_EDGE : stored;
    shape->grid = shape->edge / shape->patch;
    if (shape->grid >= 1 && shape->edge <= VIT_EDGE_MAX && vit_tokens(shape) <= VIT_TOKENS_MAX)
        return STATUS_OK;
    return error_set(
        error, options->edge > 0 ? STATUS_USAGE : STATUS_BAD_DATA,
        "%s: pictures of %lld pixels cannot be computed; choose %lld to %d pixels, and at most %d patches, with "
        "edge=N",
        weights->path, (long long)shape->edge, (long long)shape->patch, (int)VIT_EDGE_MAX, (int)VIT_TOKENS_MAX - 1);
}

static enum status read_width(struct weights *weights, struct vit_shape *shape, struct error *error)
{
    const struct tensor_view *view;
    if (shape->family == VIT_DINOV2) {
        shape->width = shape->encoder.hidden;
        return STATUS_OK;
    }
    if (!weights_find(weights, shape->outer, &families[VIT_CLIP].tensors[PROJECTION]))
        return error_set(error, STATUS_BAD_DATA,
                         "%s: has no tensor %svisual_projection.weight: it is CLIP's image tower without the "
                         "projection; get the file of the whole model",
                         weights->path, shape->outer);
    enum status status = require(weights, shape, PROJECTION, &view, error);
    if (status != STATUS_OK)
        return status;
    shape->width = view->shape[0];
    return shape->width <= VIT_WIDTH_MAX
               ? STATUS_OK
               : error_set(error, STATUS_BAD_DATA, "%s: vectors of %lld numbers are not supported, at most %d are",
                           weights->path, (long long)shape->width, (int)VIT_WIDTH_MAX);
}

/* config.json of a whole CLIP model has an object for each tower. */
static const struct json_value *config_of(const struct weights *weights, const struct vit_shape *shape)
{
    const struct json_value *root = &weights->config.root, *vision = json_member(root, "vision_config");
    return shape->family == VIT_CLIP && vision ? vision : root;
}

static enum status check_variant(struct weights *weights, const struct vit_shape *shape, struct error *error)
{
    static const struct tensor_rule registers = {"embeddings.register_tokens", NULL, "1DH"};
    if (!weights_find(weights, shape->prefix, &registers))
        return STATUS_OK;
    return error_set(error, STATUS_BAD_DATA,
                     "%s: is a model with register tokens, which is not supported; use the one without registers",
                     weights->path);
}

enum status vit_shape_read(struct weights *weights, const struct vit_options *options, struct vit_shape *shape,
                           struct error *error)
{
    *shape = (struct vit_shape){0};
    enum status status = find_family(weights, shape, error);
    if (status == STATUS_OK)
        status = check_variant(weights, shape, error);
    if (status == STATUS_OK)
        status = read_patches(weights, shape, error);
    if (status == STATUS_OK)
        status = read_grid(weights, shape, error);
    if (status == STATUS_OK)
        status = choose_edge(weights, options, shape, error);
    if (status == STATUS_OK)
        status = encoder_shape_read(weights, families[shape->family].encoder, shape->prefix, shape->encoder.hidden,
                                    config_of(weights, shape), &shape->encoder, error);
    return status == STATUS_OK ? read_width(weights, shape, error) : status;
}

enum status vit_each_tensor(const struct vit_shape *shape,
                            enum status (*each)(void *context, const char *prefix, const struct tensor_rule *rule,
                                                const struct tensor_sizes *sizes, struct error *error),
                            void *context, struct error *error)
{
    const struct tower_rules *rules = &families[shape->family];
    const struct tensor_sizes sizes = tower_sizes_of(shape);
    for (int i = 0; i < TOWER_TENSORS; i++) {
        const char *prefix = tower_prefix_of(shape, (enum tower_tensor)i);
        enum status status =
            rules->tensors[i].name ? each(context, prefix, &rules->tensors[i], &sizes, error) : STATUS_OK;
        if (status != STATUS_OK)
            return status;
    }
    return encoder_each_tensor(rules->encoder, shape->prefix, &shape->encoder, each, context, error);
}
