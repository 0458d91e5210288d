#include "fitness/model_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "core/safetensors.h"
#include "db/model_folder.h"
#include "fitness/network.h"

static const char FOLDER[] = "fitness", SUFFIX[] = ".safetensors";
static const char *const kinds[] = {[FITNESS_CNN] = "cnn", [FITNESS_HEAD] = "head"};

enum { SIZE_MAX_OF_ONE = 1 << 20, WEIGHTS_MAX = 1 << 29 };

enum status fitness_model_path(const struct catalogue *catalogue, const char *name, const char *suffix,
                               struct buffer *path, struct error *error)
{
    if (!model_folder_name_is_usable(name))
        return error_set(error, STATUS_USAGE,
                         "\"%.80s\" cannot be the name of a model; use letters, digits, \"_\", \".\" and \"-\"", name);
    return model_folder_path(catalogue, FOLDER, name, suffix, path, error);
}

enum status fitness_model_lock(const struct catalogue *catalogue, const char *name, struct lock_file *lock,
                               struct error *error)
{
    struct buffer path = {0};
    bool busy = false;
    enum status status = fitness_model_path(catalogue, name, ".lock", &path, error);
    if (status == STATUS_OK)
        status = model_folder_make(catalogue, FOLDER, error);
    if (status == STATUS_OK)
        status = lock_file_take(path.data, lock, &busy, error);
    buffer_free(&path);
    if (status == STATUS_OK && busy)
        status = error_set(error, STATUS_FAILED,
                           "the fitness model %s is being trained by another sleeve; wait until that is done", name);
    return status;
}

void fitness_model_free(struct fitness_model *model)
{
    free(model->weights);
    free(model->linear);
    free(model->mean);
    free(model->scale);
    free(model->inputs);
    free(model->loss);
    free(model->classes);
    free(model->keys);
    free(model->names);
    free(model->key_of);
    free(model->name_text);
    free(model->key_text);
    free(model->report);
    *model = (struct fitness_model){0};
}

/* ---- writing ---- */

enum status fitness_model_write(struct catalogue *catalogue, const char *name, const struct fitness_model *model,
                                struct error *error)
{
    const struct fitness_shape *shape = &model->shape;
    struct tensor_source tensors[4] = {
        {.name = "weights",
         .dtype = "F32",
         .rank = 2,
         .shape = {(int64_t)model->n_weights, 1},
         .bytes = model->weights},
        {.name = "input.mean", .dtype = "F32", .rank = 2, .shape = {shape->width, 1}, .bytes = model->mean},
        {.name = "input.scale", .dtype = "F32", .rank = 2, .shape = {shape->width, 1}, .bytes = model->scale},
    };
    size_t n_tensors = model->mean ? 3 : 1;
    char sizes[160];
    struct buffer path = {0};
    if (model->linear)
        tensors[n_tensors++] = (struct tensor_source){.name = "linear",
                                                      .dtype = "F32",
                                                      .rank = 2,
                                                      .shape = {shape->n_classes, shape->width + 1},
                                                      .bytes = model->linear};
    snprintf(sizes, sizeof sizes, "%lld %lld %lld %lld %lld %lld %lld", (long long)shape->n_classes,
             (long long)shape->frames, (long long)shape->bands, (long long)shape->channels, (long long)shape->width,
             (long long)shape->hidden, (long long)shape->members);
    const struct metadata_pair pairs[] = {
        {"name", name},
        {"kind", kinds[shape->kind]},
        {"sizes", sizes},
        {"inputs", model->inputs},
        {"classes", model->classes},
        {"keys", model->keys},
        {"report", model->report},
        {"loss", model->loss},
    };
    enum status status = model_folder_make(catalogue, FOLDER, error);
    if (status == STATUS_OK)
        status = fitness_model_path(catalogue, name, SUFFIX, &path, error);
    if (status == STATUS_OK)
        status = safetensors_write(path.data, tensors, n_tensors, pairs, sizeof pairs / sizeof *pairs, error);
    buffer_free(&path);
    return status;
}

/* ---- reading ---- */

struct reading {
    const struct safetensors *file;
    const char *name;
};

static enum status damaged(const char *name, struct error *error)
{
    return error_set(
        error, STATUS_BAD_DATA,
        "the fitness model %s is not in a file that sleeve wrote; train it again with: sleeve fitness train "
        "--name %s",
        name, name);
}

static enum status copy_text(const struct reading *reading, const char *key, char **text, struct error *error)
{
    const char *found = safetensors_metadata(reading->file, key);
    if (!found)
        return damaged(reading->name, error);
    *text = strdup(found);
    return *text ? STATUS_OK : error_no_memory(error);
}

/* Exactly rows x columns values, which must be finite. */
static enum status copy_floats(const struct reading *reading, const char *name, int64_t rows, int64_t columns,
                               float **values, struct error *error)
{
    const int64_t n = rows * columns;
    const float *found;
    const struct tensor_view *view;
    enum status status =
        safetensors_floats(reading->file, name, 2, (const int64_t[]){rows, columns}, &found, &view, error);
    if (status != STATUS_OK)
        return status;
    for (int64_t i = 0; i < n; i++)
        if (!isfinite(found[i]))
            return damaged(reading->name, error);
    *values = malloc(((size_t)n + 1) * sizeof **values);
    if (!*values)
        return error_no_memory(error);
    memcpy(*values, found, (size_t)n * sizeof **values);
    return STATUS_OK;
}

static bool read_shape(const struct reading *reading, struct fitness_shape *shape)
{
    const char *kind = safetensors_metadata(reading->file, "kind"),
               *sizes = safetensors_metadata(reading->file, "sizes");
    int64_t n_classes = 0, *const places[] = {&n_classes,    &shape->frames, &shape->bands,  &shape->channels,
                                              &shape->width, &shape->hidden, &shape->members};
    if (!kind || !sizes)
        return false;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char *end;
        const long long value = strtoll(sizes, &end, 10);
        if (end == sizes || value < 0 || value > SIZE_MAX_OF_ONE)
            return false;
        *places[i] = value;
        sizes = end;
    }
    shape->n_classes = (int32_t)n_classes;
    shape->kind = strcmp(kind, kinds[FITNESS_CNN]) == 0 ? FITNESS_CNN : FITNESS_HEAD;
    const bool sound = shape->kind == FITNESS_CNN
                           ? shape->frames > 0 && shape->bands > 0 && shape->channels > 0 && shape->channels <= 1024
                           : strcmp(kind, kinds[FITNESS_HEAD]) == 0 && shape->width > 0 && shape->members > 0 &&
                                 shape->members <= FITNESS_MEMBERS_MAX;
    return sound && n_classes >= 2 && n_classes <= FITNESS_CLASSES_MAX && *sizes == '\0';
}

static int64_t count_weights(const struct fitness_shape *shape)
{
    struct fitness_network *network = calloc(1, sizeof *network);
    if (!network)
        return -1;
    fitness_network_declare(network, shape);
    const size_t count = network->parameters.misdeclared ? 0 : network->parameters.n_values;
    free(network);
    return count > WEIGHTS_MAX ? 0 : (int64_t)count;
}

static enum status split_lines(const char *text, int32_t n, char **copy, const char ***lines, struct error *error)
{
    *copy = strdup(text);
    *lines = calloc((size_t)n, sizeof **lines);
    if (!*copy || !*lines)
        return error_no_memory(error);
    char *at = *copy;
    for (int32_t i = 0; i < n; i++) {
        char *end = strchr(at, '\n');
        (*lines)[i] = at;
        if ((end == NULL) != (i == n - 1))
            return error_set(error, STATUS_BAD_DATA, "the names of the playlists are incomplete");
        if (end) {
            *end = '\0';
            at = end + 1;
        }
    }
    return STATUS_OK;
}

enum status fitness_model_split_names(struct fitness_model *model, struct error *error)
{
    enum status status = split_lines(model->classes, model->shape.n_classes, &model->name_text, &model->names, error);
    return status == STATUS_OK
               ? split_lines(model->keys, model->shape.n_classes, &model->key_text, &model->key_of, error)
               : status;
}

static enum status read_model(const struct reading *reading, struct fitness_model *model, struct error *error)
{
    const struct {
        const char *key;
        char **text;
    } texts[] = {{"inputs", &model->inputs},
                 {"classes", &model->classes},
                 {"keys", &model->keys},
                 {"loss", &model->loss},
                 {"report", &model->report}};
    if (!read_shape(reading, &model->shape))
        return damaged(reading->name, error);
    const int64_t count = count_weights(&model->shape);
    enum status status = count < 0 ? error_no_memory(error) : count == 0 ? damaged(reading->name, error) : STATUS_OK;
    model->n_weights = (size_t)count;
    for (size_t i = 0; status == STATUS_OK && i < sizeof texts / sizeof *texts; i++)
        status = copy_text(reading, texts[i].key, texts[i].text, error);
    if (status == STATUS_OK)
        status = copy_floats(reading, "weights", count, 1, &model->weights, error);
    if (status == STATUS_OK && model->shape.kind == FITNESS_HEAD)
        status = copy_floats(reading, "input.mean", model->shape.width, 1, &model->mean, error);
    if (status == STATUS_OK && model->shape.kind == FITNESS_HEAD)
        status = copy_floats(reading, "input.scale", model->shape.width, 1, &model->scale, error);
    if (status == STATUS_OK && model->shape.kind == FITNESS_HEAD && safetensors_find(reading->file, "linear"))
        status = copy_floats(reading, "linear", model->shape.n_classes, model->shape.width + 1, &model->linear, error);
    return status == STATUS_OK ? fitness_model_split_names(model, error) : status;
}

enum status fitness_model_open(const struct catalogue *catalogue, const char *name, struct fitness_model *model,
                               struct error *error)
{
    struct buffer path = {0};
    struct safetensors *file = NULL;
    *model = (struct fitness_model){0};
    enum status status = fitness_model_path(catalogue, name, SUFFIX, &path, error);
    if (status == STATUS_OK && !file_exists(path.data))
        status = error_set(error, STATUS_USAGE, "there is no fitness model \"%s\"; train it with: sleeve fitness train",
                           name);
    if (status == STATUS_OK)
        status = safetensors_open(path.data, &file, error);
    if (status == STATUS_OK)
        status = read_model(&(const struct reading){file, name}, model, error);
    safetensors_close(file);
    buffer_free(&path);
    if (status != STATUS_OK)
        fitness_model_free(model);
    return status;
}

/* ---- the folder ---- */

enum status fitness_models_list(const struct catalogue *catalogue, void (*each)(const char *name, void *context),
                                void *context, struct error *error)
{
    return model_folder_list(catalogue, FOLDER, SUFFIX, model_folder_name_is_usable, each, context, error);
}

enum status fitness_model_remove(const struct catalogue *catalogue, const char *name, struct error *error)
{
    struct buffer path = {0};
    struct lock_file lock = {0};
    enum status status = fitness_model_path(catalogue, name, SUFFIX, &path, error);
    if (status == STATUS_OK && !file_exists(path.data))
        status = error_set(error, STATUS_USAGE, "there is no fitness model \"%s\"; sleeve fitness lists them", name);
    if (status == STATUS_OK)
        status = fitness_model_lock(catalogue, name, &lock, error);
    if (status == STATUS_OK && unlink(path.data) != 0)
        status = error_set(error, STATUS_FAILED, "%s cannot be removed; is its folder writable?", path.data);
    lock_file_release(&lock);
    buffer_free(&path);
    return status;
}

void fitness_inputs_scale(const struct fitness_model *model, int64_t n, float *rows)
{
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < model->shape.width; j++) {
            float *x = &rows[i * model->shape.width + j];
            *x = isfinite(*x) ? (*x - model->mean[j]) * model->scale[j] : 0;
        }
}
