#include "attributes/model_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/safetensors.h"
#include "db/model_folder.h"
#include "features/feature_set.h"

static const char FOLDER[] = "attributes", SUFFIX[] = ".safetensors";

bool attribute_model_name_is_usable(const char *name)
{
    return feature_set_name_is_usable(name);
}

enum status attribute_model_path(const struct catalogue *catalogue, const char *name, const char *suffix,
                                 struct buffer *path, struct error *error)
{
    if (!attribute_model_name_is_usable(name))
        return error_set(error, STATUS_USAGE, "\"%.80s\" cannot be the name of a model of attributes", name);
    return model_folder_path(catalogue, FOLDER, name, suffix, path, error);
}

enum status attribute_model_lock(const struct catalogue *catalogue, const char *name, struct lock_file *lock,
                                 struct error *error)
{
    struct buffer path = {0};
    bool busy = false;
    enum status status = model_folder_make(catalogue, FOLDER, error);
    if (status == STATUS_OK)
        status = attribute_model_path(catalogue, name, ".lock", &path, error);
    if (status == STATUS_OK)
        status = lock_file_take(path.data, lock, &busy, error);
    buffer_free(&path);
    if (status == STATUS_OK && busy)
        status = error_set(error, STATUS_FAILED,
                           "the attributes %s are being trained by another sleeve; wait until that is done", name);
    return status;
}

void attribute_model_free(struct attribute_model *model)
{
    for (int i = 0; i < model->n_networks; i++) {
        struct attribute_network *network = &model->networks[i];
        for (int64_t c = 0; network->classes && c < network->shape.out; c++)
            free(network->classes[c]);
        free(network->classes);
        free(network->weights);
        free(network->thresholds);
    }
    free(model->inputs);
    free(model->left_out);
    free(model->mean);
    free(model->scale);
    free(model->report);
    *model = (struct attribute_model){0};
}

/* ---- writing ---- */

enum { PAIRS = 4 + 4 * ATTRIBUTE_KINDS, TENSORS = 2 + 2 * ATTRIBUTE_KINDS, KEY = 32 };

struct writing {
    struct tensor_source tensors[TENSORS];
    size_t n_tensors;
    struct metadata_pair pairs[PAIRS];
    size_t n_pairs;
    char tensor_names[TENSORS][KEY], keys[PAIRS][KEY];
    struct buffer texts[PAIRS];
};

static void add_tensor(struct writing *writing, const char *owner, const char *what, const float *values, int64_t n)
{
    char *name = writing->tensor_names[writing->n_tensors];
    snprintf(name, KEY, "%s.%s", owner, what);
    writing->tensors[writing->n_tensors++] =
        (struct tensor_source){.name = name, .dtype = "F32", .rank = 2, .shape = {n, 1}, .bytes = values};
}

static struct buffer *add_pair(struct writing *writing, const char *owner, const char *what)
{
    char *key = writing->keys[writing->n_pairs];
    snprintf(key, KEY, "%s%s%s", owner, owner[0] ? "." : "", what);
    return &writing->texts[writing->n_pairs++];
}

static void add_network(struct writing *writing, const struct attribute_network *network)
{
    const char *name = attribute_specs[network->kind].name;
    add_tensor(writing, name, "weights", network->weights, dense_size(&network->shape));
    if (network->thresholds)
        add_tensor(writing, name, "thresholds", network->thresholds, network->shape.out);
    struct buffer *hidden = add_pair(writing, name, "hidden"), *classes = add_pair(writing, name, "classes");
    for (int i = 0; i < network->shape.n_hidden; i++)
        buffer_printf(hidden, "%s%lld", i > 0 ? "," : "", (long long)network->shape.hidden[i]);
    for (int64_t c = 0; c < network->shape.out; c++)
        buffer_printf(classes, "%s%s", c > 0 ? "\n" : "", network->classes[c]);
    buffer_printf(add_pair(writing, name, "mean"), "%.17g", network->mean);
    buffer_printf(add_pair(writing, name, "deviation"), "%.17g", network->deviation);
}

enum status attribute_model_write(struct catalogue *catalogue, const char *name, const struct attribute_model *model,
                                  struct error *error)
{
    struct writing writing = {.n_tensors = 0};
    struct buffer path = {0};
    bool failed = false;
    add_tensor(&writing, "input", "mean", model->mean, model->in);
    add_tensor(&writing, "input", "scale", model->scale, model->in);
    buffer_add_text(add_pair(&writing, "", "name"), name);
    buffer_add_text(add_pair(&writing, "", "inputs"), model->inputs);
    buffer_add_text(add_pair(&writing, "", "left_out"), model->left_out);
    buffer_add_text(add_pair(&writing, "", "report"), model->report);
    for (int i = 0; i < model->n_networks; i++)
        add_network(&writing, &model->networks[i]);
    for (size_t i = 0; i < writing.n_pairs; i++) {
        failed = failed || writing.texts[i].failed;
        writing.pairs[i] = (struct metadata_pair){writing.keys[i], writing.texts[i].data ? writing.texts[i].data : ""};
    }
    enum status status = failed ? error_no_memory(error) : model_folder_make(catalogue, FOLDER, error);
    if (status == STATUS_OK)
        status = attribute_model_path(catalogue, name, SUFFIX, &path, error);
    if (status == STATUS_OK)
        status =
            safetensors_write(path.data, writing.tensors, writing.n_tensors, writing.pairs, writing.n_pairs, error);
    for (size_t i = 0; i < writing.n_pairs; i++)
        buffer_free(&writing.texts[i]);
    buffer_free(&path);
    return status;
}

/* ---- reading ---- */

struct reading {
    const struct safetensors *file;
    const char *name;
};

static enum status damaged(const struct reading *reading, struct error *error)
{
    return error_set(error, STATUS_BAD_DATA,
                     "the attributes %s are not in a file that sleeve wrote; train them again with: sleeve attributes "
                     "train --name %s",
                     reading->name, reading->name);
}

static const char *metadata(const struct reading *reading, const char *owner, const char *what)
{
    char key[KEY];
    snprintf(key, sizeof key, "%s%s%s", owner, owner[0] ? "." : "", what);
    return safetensors_metadata(reading->file, key);
}

static enum status copy_text(const struct reading *reading, const char *key, char **text, struct error *error)
{
    const char *found = metadata(reading, "", key);
    if (!found)
        return damaged(reading, error);
    *text = strdup(found);
    return *text ? STATUS_OK : error_no_memory(error);
}

/* n values that must be finite; n -1: as many as there are. */
static enum status copy_floats(const struct reading *reading, const char *owner, const char *what, int64_t n,
                               float **values, int64_t *count, struct error *error)
{
    char name[KEY];
    const float *found;
    const struct tensor_view *view;
    snprintf(name, sizeof name, "%s.%s", owner, what);
    enum status status = safetensors_floats(reading->file, name, 2, (const int64_t[]){n, 1}, &found, &view, error);
    if (status != STATUS_OK)
        return status;
    *count = view->shape[0];
    for (int64_t i = 0; i < *count; i++)
        if (!isfinite(found[i]))
            return damaged(reading, error);
    *values = malloc(((size_t)*count + 1) * sizeof **values);
    if (!*values)
        return error_no_memory(error);
    memcpy(*values, found, (size_t)*count * sizeof **values);
    return STATUS_OK;
}

static bool read_hidden(const char *text, struct dense_shape *shape)
{
    while (text && *text && shape->n_hidden < DENSE_HIDDEN_MAX) {
        char *end;
        const long long width = strtoll(text, &end, 10);
        if (end == text || width < 1 || width > 65536 || (*end && *end != ','))
            return false;
        shape->hidden[shape->n_hidden++] = width;
        text = *end ? end + 1 : end;
    }
    return text && !*text && shape->n_hidden > 0;
}

static enum status read_classes(const struct reading *reading, const char *text, struct attribute_network *network,
                                struct error *error)
{
    int64_t count = 1;
    for (const char *at = text; *at; at++)
        count += *at == '\n';
    if (count > ATTRIBUTE_CLASSES_MAX)
        return damaged(reading, error);
    network->shape.out = count;
    network->classes = calloc((size_t)count, sizeof *network->classes);
    if (!network->classes)
        return error_no_memory(error);
    for (int64_t c = 0; c < count; c++, text += strcspn(text, "\n") + 1) {
        const size_t size = strcspn(text, "\n");
        if (size == 0 || size > ATTRIBUTE_CLASS_NAME_MAX)
            return damaged(reading, error);
        network->classes[c] = strndup(text, size);
        if (!network->classes[c])
            return error_no_memory(error);
    }
    return STATUS_OK;
}

static bool read_double(const char *text, double *value)
{
    char *end = NULL;
    *value = text ? strtod(text, &end) : 0;
    return text && end != text && !*end && isfinite(*value);
}

static enum status read_network(const struct reading *reading, enum attribute_kind kind, struct attribute_model *model,
                                struct error *error)
{
    const struct attribute_spec *spec = &attribute_specs[kind];
    const char *classes = metadata(reading, spec->name, "classes");
    int64_t count;
    if (!classes)
        return STATUS_OK;
    struct attribute_network *network = &model->networks[model->n_networks++];
    network->kind = kind;
    network->shape.in = model->in;
    if (!read_hidden(metadata(reading, spec->name, "hidden"), &network->shape) ||
        !read_double(metadata(reading, spec->name, "mean"), &network->mean) ||
        !read_double(metadata(reading, spec->name, "deviation"), &network->deviation))
        return damaged(reading, error);
    enum status status = read_classes(reading, classes, network, error);
    const int64_t size = status == STATUS_OK ? dense_size(&network->shape) : -1;
    if (status == STATUS_OK && (size < 0 || (spec->type != ATTRIBUTE_CLASSES && network->shape.out != 1)))
        status = damaged(reading, error);
    if (status == STATUS_OK)
        status = copy_floats(reading, spec->name, "weights", size, &network->weights, &count, error);
    if (status == STATUS_OK && spec->type != ATTRIBUTE_AMOUNT)
        status =
            copy_floats(reading, spec->name, "thresholds", network->shape.out, &network->thresholds, &count, error);
    return status;
}

static enum status read_model(const struct reading *reading, struct attribute_model *model, struct error *error)
{
    int64_t count = 0;
    enum status status = copy_text(reading, "inputs", &model->inputs, error);
    if (status == STATUS_OK)
        status = copy_text(reading, "left_out", &model->left_out, error);
    if (status == STATUS_OK)
        status = copy_text(reading, "report", &model->report, error);
    if (status == STATUS_OK)
        status = copy_floats(reading, "input", "mean", -1, &model->mean, &model->in, error);
    if (status == STATUS_OK)
        status = copy_floats(reading, "input", "scale", model->in, &model->scale, &count, error);
    for (int kind = 0; status == STATUS_OK && kind < ATTRIBUTE_KINDS; kind++)
        status = read_network(reading, (enum attribute_kind)kind, model, error);
    return status == STATUS_OK && (model->n_networks == 0 || model->in < 1) ? damaged(reading, error) : status;
}

enum status attribute_model_open(const struct catalogue *catalogue, const char *name, struct attribute_model *model,
                                 struct error *error)
{
    struct buffer path = {0};
    struct safetensors *file = NULL;
    *model = (struct attribute_model){0};
    enum status status = attribute_model_path(catalogue, name, SUFFIX, &path, error);
    if (status == STATUS_OK && !file_exists(path.data))
        status = error_set(error, STATUS_USAGE,
                           "there are no attributes \"%s\"; train them with: sleeve attributes train", name);
    if (status == STATUS_OK)
        status = safetensors_open(path.data, &file, error);
    if (status == STATUS_OK)
        status = read_model(&(const struct reading){file, name}, model, error);
    safetensors_close(file);
    buffer_free(&path);
    if (status != STATUS_OK)
        attribute_model_free(model);
    return status;
}

/* ---- the folder ---- */

enum status attribute_models_list(const struct catalogue *catalogue, void (*each)(const char *name, void *context),
                                  void *context, struct error *error)
{
    return model_folder_list(catalogue, FOLDER, SUFFIX, attribute_model_name_is_usable, each, context, error);
}

enum status attribute_model_remove(const struct catalogue *catalogue, const char *name, struct error *error)
{
    struct buffer path = {0};
    struct lock_file lock = {0};
    enum status status = attribute_model_path(catalogue, name, SUFFIX, &path, error);
    if (status == STATUS_OK && !file_exists(path.data))
        status = error_set(error, STATUS_USAGE, "there are no attributes \"%s\"; sleeve attributes lists them", name);
    if (status == STATUS_OK)
        status = attribute_model_lock(catalogue, name, &lock, error);
    if (status == STATUS_OK && unlink(path.data) != 0)
        status = error_set(error, STATUS_FAILED, "%s cannot be removed; is its folder writable?", path.data);
    lock_file_release(&lock);
    buffer_free(&path);
    return status;
}

/* ---- applying ---- */

void attribute_inputs_scale(const struct attribute_model *model, int64_t n, float *rows)
{
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < model->in; j++) {
            float *x = &rows[i * model->in + j];
            *x = isfinite(*x) ? (*x - model->mean[j]) * model->scale[j] : 0;
        }
}

enum status attribute_network_apply(struct compute *compute, const struct attribute_network *network, int64_t n,
                                    const float *rows, bool logits, float *out, struct error *error)
{
    const bool amount = attribute_specs[network->kind].type == ATTRIBUTE_AMOUNT;
    enum status status = dense_predict(compute, &network->shape, network->weights, n, rows, out, error);
    for (int64_t i = 0; status == STATUS_OK && i < n * network->shape.out; i++) {
        const double y = (double)out[i];
        const double value = amount ? network->mean + network->deviation * y : logits ? y : 1 / (1 + exp(-y));
        out[i] = (float)(amount && !logits ? fmin(fmax(value, 0), 1) : value);
    }
    return status;
}
