#include "audionet/inspect.h"

#include <string.h>

#include "audionet/audionet_rules.h"

const char *audionet_published(const char *sha256)
{
    static const struct {
        const char *sha256, *name;
    } published[] = {
        {"70ccb47328868c7a981fe22bda5d0f035b4a181d7949b1f218e49a368c54c93a", "MSD_musicnn of musicnn 0.1.0"},
        {"ecb1905ebfa71b19665ab171caeff2745e745067d0e007e982c402ec2d66d894", "MSD_vgg of musicnn 0.1.0"},
        {"2b0a71e3c4a9d723086a0dddb71de7ffccf97498a2a5d9c2671d6c894560b89f", "MTT_musicnn of musicnn 0.1.0"},
        {"ea37661f331c2bd35b4f8604f3c2736aee0b5d85e5b0c4f9bbb471a7fcf18e88", "MTT_vgg of musicnn 0.1.0"},
    };
    for (size_t i = 0; i < sizeof published / sizeof *published; i++)
        if (strcmp(published[i].sha256, sha256) == 0)
            return published[i].name;
    return NULL;
}

struct walk {
    struct weights *weights;
    struct audionet_inspection *out;
};

static enum status check_tensor(void *context, const char *prefix, const struct tensor_rule *rule,
                                const struct tensor_sizes *sizes, struct error *error)
{
    const struct walk *walk = context;
    struct audionet_inspection *out = walk->out;
    const struct tensor_view *view;
    struct error fault = {0};
    (void)error;
    out->n_needed++;
    if (weights_require(walk->weights, prefix, rule, sizes, &view, &fault) == STATUS_OK) {
        out->n_found++;
        out->parameters += tensor_numbers(view);
        return STATUS_OK;
    }
    out->n_wrong += view != NULL;
    out->n_missing += view == NULL;
    if (out->n_faults < AUDIONET_FAULTS_MAX)
        out->faults[out->n_faults++] = fault;
    return STATUS_OK;
}

enum status audionet_inspect(struct weights *weights, struct audionet_inspection *inspection, struct error *error)
{
    struct audionet_inspection *out = inspection;
    *out = (struct audionet_inspection){.random = weights_are_random(weights),
                                        .n_tensors = (int64_t)safetensors_count(weights->file),
                                        .has_tags = safetensors_metadata(weights->file, "tags") != NULL};
    enum status status = audionet_shape_read(weights, &out->shape, &out->fault);
    if (status != STATUS_OK && status != STATUS_BAD_DATA) {
        if (error)
            *error = out->fault;
        return status;
    }
    out->shape_known = out->shape.family != AUDIONET_FAMILIES;
    struct walk walk = {weights, out};
    if (out->shape_known)
        audionet_each_tensor(&out->shape, check_tensor, &walk, NULL);
    out->usable = status == STATUS_OK && out->n_found == out->n_needed;
    return STATUS_OK;
}
