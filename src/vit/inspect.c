#include "vit/inspect.h"

#include <stdio.h>
#include <string.h>

static const struct published {
    const char *name;
    enum vit_family family;
    int64_t parameters, patch, hidden, layers;
} published[] = {
    {"openai/clip-vit-base-patch32", VIT_CLIP, 87849216, 32, 768, 12},
    {"facebook/dinov2-base", VIT_DINOV2, 86580480, 14, 768, 12},
};

struct walk {
    struct weights *weights;
    struct vit_inspection *out;
};

static void add_word(char *text, size_t size, const char *word)
{
    size_t used = strlen(text);
    if (used + strlen(word) + 3 < size)
        snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "", word);
    else if (used + 6 < size && !strstr(text, "..."))
        snprintf(text + used, size - used, ", ...");
}

static enum status check_tensor(void *context, const char *prefix, const struct tensor_rule *rule,
                                const struct tensor_sizes *sizes, struct error *error)
{
    const struct walk *walk = context;
    struct vit_inspection *out = walk->out;
    const struct tensor_view *view;
    struct error fault = {0};
    (void)error;
    out->n_needed++;
    if (weights_require(walk->weights, prefix, rule, sizes, &view, &fault) == STATUS_OK) {
        out->n_found++;
        out->parameters += tensor_numbers(view);
        out->weight_bytes += (uint64_t)tensor_numbers(view) * sizeof(float);
        if (!strstr(out->types, view->dtype))
            add_word(out->types, sizeof out->types, view->dtype);
        return STATUS_OK;
    }
    if (view)
        out->n_wrong++;
    else
        out->n_missing++;
    if (out->n_faults < VIT_FAULTS_MAX)
        out->faults[out->n_faults++] = fault;
    return STATUS_OK;
}

static bool is_of_text_tower(const char *name)
{
    return strstr(name, "text_model.") || strstr(name, "text_projection.") || strcmp(name, "logit_scale") == 0;
}

static void count_others(const struct weights *weights, struct vit_inspection *out)
{
    for (size_t i = 0; i < safetensors_count(weights->file); i++) {
        const struct tensor_view *view = safetensors_at(weights->file, i);
        if (weights->used[i])
            continue;
        if (out->shape.family == VIT_CLIP && is_of_text_tower(view->name)) {
            out->n_text++;
            continue;
        }
        out->n_ignored++;
        add_word(out->ignored, sizeof out->ignored, view->name);
    }
}

static void compare_with_published(struct weights *weights, struct vit_inspection *out)
{
    static const struct tensor_rule mask = {"embeddings.mask_token", NULL, "1H"};
    const struct vit_shape *shape = &out->shape;
    const struct tensor_view *view = shape->family == VIT_DINOV2 ? weights_find(weights, shape->prefix, &mask) : NULL;
    out->parameters += view ? tensor_numbers(view) : 0;
    for (size_t i = 0; i < sizeof published / sizeof *published; i++)
        if (out->parameters == published[i].parameters && shape->family == published[i].family &&
            shape->patch == published[i].patch && shape->encoder.hidden == published[i].hidden &&
            shape->encoder.layers == published[i].layers)
            out->published = published[i].name;
}

enum status vit_inspect(struct weights *weights, const struct vit_options *options, struct vit_inspection *inspection,
                        struct error *error)
{
    struct vit_inspection *out = inspection;
    *out = (struct vit_inspection){.random = weights_are_random(weights),
                                   .has_config = weights->config.root.type == JSON_OBJECT,
                                   .n_tensors = (int64_t)safetensors_count(weights->file)};
    enum status status = vit_shape_read(weights, options, &out->shape, &out->fault);
    if (status == STATUS_USAGE || status == STATUS_FAILED) {
        if (error)
            *error = out->fault;
        return status;
    }
    if (status != STATUS_OK)
        return STATUS_OK;
    out->shape_known = true;
    struct walk walk = {weights, out};
    status = vit_each_tensor(&out->shape, check_tensor, &walk, &out->fault);
    out->usable = status == STATUS_OK && out->n_found == out->n_needed;
    if (!out->usable && out->n_faults > 0)
        out->fault = out->faults[0];
    compare_with_published(weights, out);
    count_others(weights, out);
    out->work_bytes = vit_work_bytes(&out->shape);
    return STATUS_OK;
}
