/* What a file of weights says about its network. */
#include <stdlib.h>
#include <string.h>

#include "audionet/audionet_rules.h"

#define NORM(number, width)                                                                                            \
    {"batch_normalization" number "/gamma", NULL, width}, {"batch_normalization" number "/beta", NULL, width},         \
        {"batch_normalization" number "/moving_mean", NULL, width},                                                    \
    {                                                                                                                  \
        "batch_normalization" number "/moving_variance", NULL, width                                                   \
    }
#define LAYER(name, kernel, width)                                                                                     \
    {name "/kernel", NULL, kernel},                                                                                    \
    {                                                                                                                  \
        name "/bias", NULL, width                                                                                      \
    }

static const struct tensor_rule musicnn_tensors[] = {
    NORM("", "1"),
    LAYER("conv2d", "7A1F", "F"),
    NORM("_1", "F"),
    LAYER("conv2d_1", "7B1G", "G"),
    NORM("_2", "G"),
    LAYER("conv2d_2", "P11S", "S"),
    NORM("_3", "S"),
    LAYER("conv2d_3", "Q11T", "T"),
    NORM("_4", "T"),
    LAYER("conv2d_4", "R11U", "U"),
    NORM("_5", "U"),
    LAYER("conv2d_5", "7C1M", "M"),
    NORM("_6", "M"),
    LAYER("conv2d_6", "7M1M", "M"),
    NORM("_7", "M"),
    LAYER("conv2d_7", "7M1M", "M"),
    NORM("_8", "M"),
    NORM("_9", "D"),
    LAYER("dense", "DE", "E"),
    NORM("_10", "E"),
    LAYER("dense_1", "EN", "N"),
};

static const struct tensor_rule vgg_tensors[] = {
    NORM("", "1"),   LAYER("1CNN", "331F", "F"), NORM("_1", "F"), LAYER("2CNN", "33FF", "F"),
    NORM("_2", "F"), LAYER("3CNN", "33FF", "F"), NORM("_3", "F"), LAYER("4CNN", "33FF", "F"),
    NORM("_4", "F"), LAYER("5CNN", "33FF", "F"), NORM("_5", "F"), LAYER("dense", "DN", "N"),
};

static int64_t *size_at(struct audionet_shape *shape, char letter)
{
    return &shape->sizes.of[letter - 'A'];
}

static int64_t size_of(const struct audionet_shape *shape, char letter)
{
    return shape->sizes.of[letter - 'A'];
}

static enum status does_not_fit(const struct weights *weights, const char *what, int64_t found, int64_t expected,
                                struct error *error)
{
    return error_set(error, STATUS_BAD_DATA, "%s: %s is %lld; its other tensors need %lld", weights->path, what,
                     (long long)found, (long long)expected);
}

static enum status too_large(const struct weights *weights, const char *what, int64_t found, int64_t most,
                             struct error *error)
{
    return error_set(error, STATUS_BAD_DATA, "%s: %s is %lld; at most %lld is supported", weights->path, what,
                     (long long)found, (long long)most);
}

/* Banks of filters fit the device's working memory. */
static enum status check_banks(const struct weights *weights, const struct audionet_shape *shape, struct error *error)
{
    static const struct {
        char filters, time, bands; /* letters; 0: 7 frames, 1 band */
    } banks[] = {{'F', 0, 'A'}, {'G', 0, 'B'}, {'S', 'P', 0}, {'T', 'Q', 0}, {'U', 'R', 0}};
    for (size_t i = 0; i < sizeof banks / sizeof *banks; i++) {
        int64_t time = banks[i].time ? size_of(shape, banks[i].time) : 7;
        int64_t numbers =
            time * (banks[i].bands ? size_of(shape, banks[i].bands) : 1) * size_of(shape, banks[i].filters);
        if (time > AUDIONET_KERNEL_MAX)
            return too_large(weights, "the length of a filter", time, AUDIONET_KERNEL_MAX, error);
        if (numbers > AUDIONET_WEIGHTS_MAX)
            return too_large(weights, "the size of a kernel", numbers, AUDIONET_WEIGHTS_MAX, error);
    }
    return STATUS_OK;
}

static enum status complete_musicnn(const struct weights *weights, struct audionet_shape *shape, struct error *error)
{
    int64_t features = 0;
    for (const char *bank = "FGSTU"; *bank; bank++)
        features += size_of(shape, *bank);
    int64_t pooled = 2 * (features + 3 * size_of(shape, 'M'));
    if (size_of(shape, 'C') != features)
        return does_not_fit(weights, "the height of conv2d_5/kernel", size_of(shape, 'C'), features, error);
    if (size_of(shape, 'D') != pooled)
        return does_not_fit(weights, "the number of pooled features", size_of(shape, 'D'), pooled, error);
    if (size_of(shape, 'A') > shape->mels || size_of(shape, 'B') > shape->mels)
        return does_not_fit(weights, "the number of mel bands", shape->mels,
                            size_of(shape, 'A') > size_of(shape, 'B') ? size_of(shape, 'A') : size_of(shape, 'B'),
                            error);
    shape->width = size_of(shape, 'E');
    if (shape->frames * features > AUDIONET_PATCH_MAX)
        return too_large(weights, "the number of features of a patch", shape->frames * features, AUDIONET_PATCH_MAX,
                         error);
    return check_banks(weights, shape, error);
}

static enum status complete_vgg(const struct weights *weights, struct audionet_shape *shape, struct error *error)
{
    /* Pools of (4, 1), (2, 2), (2, 2), (2, 2), (4, 4) with strides of 2, 2, 2, 2 and 4. */
    int64_t time = shape->frames < 4 ? 0 : (shape->frames - 4) / 2 + 1, bands = (shape->mels + 1) / 2;
    time /= 32, bands /= 32;
    int64_t pooled = time * bands * size_of(shape, 'F');
    if (pooled == 0 || pooled != size_of(shape, 'D'))
        return does_not_fit(weights, "the height of dense/kernel", size_of(shape, 'D'), pooled, error);
    shape->width = pooled;
    int64_t largest = shape->frames * shape->mels * size_of(shape, 'F');
    return largest <= AUDIONET_PATCH_MAX
               ? STATUS_OK
               : too_large(weights, "the size of a layer's results", largest, AUDIONET_PATCH_MAX, error);
}

const struct audionet_rules audionet_rules_of[AUDIONET_FAMILIES] = {
    [AUDIONET_MUSICNN] = {"conv2d_5/kernel", musicnn_tensors, sizeof musicnn_tensors / sizeof *musicnn_tensors,
                          complete_musicnn},
    [AUDIONET_VGG] = {"5CNN/kernel", vgg_tensors, sizeof vgg_tensors / sizeof *vgg_tensors, complete_vgg},
};

const char *audionet_family_name(enum audionet_family family)
{
    return family == AUDIONET_VGG ? "vgg" : "musicnn";
}

static bool has_family(const struct weights *weights, enum audionet_family family)
{
    return safetensors_find(weights->file, audionet_rules_of[family].recognised_by) != NULL;
}

bool audionet_is_recognised(const struct weights *weights)
{
    return has_family(weights, AUDIONET_MUSICNN) || has_family(weights, AUDIONET_VGG);
}

enum status audionet_each_tensor(const struct audionet_shape *shape,
                                 enum status (*each)(void *context, const char *prefix, const struct tensor_rule *rule,
                                                     const struct tensor_sizes *sizes, struct error *error),
                                 void *context, struct error *error)
{
    const struct audionet_rules *rules = &audionet_rules_of[shape->family];
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < rules->n_tensors; i++)
        status = each(context, "", &rules->tensors[i], &shape->sizes, error);
    return status;
}

/* Learns the sizes of a tensor's dimensions that no other tensor has set. */
static enum status learn_sizes(const struct weights *weights, const struct tensor_view *view, const char *dimensions,
                               struct audionet_shape *shape, struct error *error)
{
    for (int i = 0; i < view->rank; i++) {
        if (dimensions[i] < 'A' || dimensions[i] > 'Z')
            continue;
        if (view->shape[i] > (dimensions[i] == 'D' ? 1 << 20 : AUDIONET_FILTERS_MAX))
            return error_set(error, STATUS_BAD_DATA, "%s: tensor %s is too large (%lld)", weights->path, view->name,
                             (long long)view->shape[i]);
        *size_at(shape, dimensions[i]) = view->shape[i];
    }
    return STATUS_OK;
}

static enum status read_sizes(struct weights *weights, struct audionet_shape *shape, struct error *error)
{
    const struct audionet_rules *rules = &audionet_rules_of[shape->family];
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < rules->n_tensors; i++) {
        const struct tensor_view *view;
        status = weights_require(weights, "", &rules->tensors[i], &shape->sizes, &view, error);
        if (status == STATUS_OK)
            status = learn_sizes(weights, view, rules->tensors[i].shape, shape, error);
    }
    return status;
}

static enum status read_number(const struct weights *weights, const char *key, int64_t most, int64_t *number,
                               struct error *error)
{
    const char *text = safetensors_metadata(weights->file, key);
    if (!text)
        return STATUS_OK;
    char *end;
    long value = strtol(text, &end, 10);
    if (*end || end == text || value < 1 || value > most)
        return error_set(error, STATUS_BAD_DATA, "%s: metadata \"%s\" is \"%.20s\"; expected a number from 1 to %lld",
                         weights->path, key, text, (long long)most);
    *number = value;
    return STATUS_OK;
}

enum status audionet_shape_read(struct weights *weights, struct audionet_shape *shape, struct error *error)
{
    *shape = (struct audionet_shape){.family = AUDIONET_FAMILIES, .frames = AUDIONET_FRAMES, .mels = AUDIONET_MELS};
    for (int family = 0; family < AUDIONET_FAMILIES; family++)
        if (has_family(weights, (enum audionet_family)family))
            shape->family = (enum audionet_family)family;
    if (shape->family == AUDIONET_FAMILIES)
        return error_set(error, STATUS_BAD_DATA,
                         "%s: is not a musicnn or vgg network: it has neither conv2d_5/kernel nor 5CNN/kernel; "
                         "scripts/get-musicnn makes such files",
                         weights->path);
    enum status status = read_number(weights, "frames", AUDIONET_FRAMES_MAX, &shape->frames, error);
    if (status == STATUS_OK)
        status = read_number(weights, "mels", AUDIONET_MELS_MAX, &shape->mels, error);
    if (status == STATUS_OK)
        status = read_sizes(weights, shape, error);
    if (status != STATUS_OK)
        return status;
    shape->tags = size_of(shape, 'N');
    if (shape->tags > AUDIONET_TAGS_MAX)
        return error_set(error, STATUS_BAD_DATA, "%s: has %lld tags; %d are supported", weights->path,
                         (long long)shape->tags, (int)AUDIONET_TAGS_MAX);
    return audionet_rules_of[shape->family].complete(weights, shape, error);
}
