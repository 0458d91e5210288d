#ifndef SLEEVE_TESTS_MODELS_MODEL_EDITOR_H
#define SLEEVE_TESTS_MODELS_MODEL_EDITOR_H

#include "training_case.h"

/* Shared by the tests of damaged files: copies of a file with a change. */

/* Copies a safetensors file with some of its tensors and metadata changed. `change` returns false to omit a tensor. */
struct editor {
    bool (*change)(struct editor *editor, struct tensor_source *tensor);
    const char *tensor;             /* name of a tensor to find */
    struct metadata_pair pairs[64]; /* read from the file; count of them */
    size_t n_pairs;
    float *copy; /* of a tensor's values, freed afterwards */
};

static inline void edit(const struct buffer *original, const char *path, struct editor *editor)
{
    struct safetensors *file = NULL;
    struct tensor_source tensors[64];
    size_t count = 0;
    must(safetensors_parse(original->data, original->size, "original", &file, &error));
    for (size_t i = 0; i < safetensors_count(file); i++) {
        const struct tensor_view *view = safetensors_at(file, i);
        struct tensor_source *tensor = &tensors[count];
        *tensor =
            (struct tensor_source){.name = view->name, .dtype = view->dtype, .rank = view->rank, .bytes = view->bytes};
        memcpy(tensor->shape, view->shape, sizeof tensor->shape);
        count += !editor->change || editor->change(editor, tensor);
    }
    must(safetensors_write(path, tensors, count, editor->pairs, editor->n_pairs, &error));
    safetensors_close(file);
    free(editor->copy);
    editor->copy = NULL;
}

/* The original's metadata under these keys, with another value for one of them (NULL: without it). */
static inline void keep_metadata(struct editor *editor, const struct safetensors *file, const char *const *keys,
                                 size_t n_keys, const char *other_key, const char *other)
{
    editor->n_pairs = 0;
    for (size_t i = 0; i < n_keys; i++) {
        const char *value = safetensors_metadata(file, keys[i]);
        if (other_key && strcmp(keys[i], other_key) == 0)
            value = other;
        if (value)
            editor->pairs[editor->n_pairs++] = (struct metadata_pair){keys[i], value};
    }
}

static inline bool leave_out(struct editor *editor, struct tensor_source *tensor)
{
    return strcmp(tensor->name, editor->tensor) != 0;
}

static inline bool spoil(struct editor *editor, struct tensor_source *tensor, float bad, bool last)
{
    if (strcmp(tensor->name, editor->tensor) != 0)
        return true;
    size_t n = 1;
    for (int i = 0; i < tensor->rank; i++)
        n *= (size_t)tensor->shape[i];
    editor->copy = malloc(n * sizeof *editor->copy);
    memcpy(editor->copy, tensor->bytes, n * sizeof *editor->copy);
    editor->copy[last ? n - 1 : 0] = bad;
    tensor->bytes = editor->copy;
    return true;
}

static inline bool put_nan(struct editor *editor, struct tensor_source *tensor)
{
    return spoil(editor, tensor, NAN, true);
}

static inline bool shorten(struct editor *editor, struct tensor_source *tensor)
{
    if (strcmp(tensor->name, editor->tensor) == 0)
        tensor->shape[0]--;
    return true;
}

static inline bool transpose(struct editor *editor, struct tensor_source *tensor)
{
    if (strcmp(tensor->name, editor->tensor) == 0)
        for (int i = 0; i < tensor->rank; i++)
            tensor->shape[i] = i == 0 ? tensor->shape[0] * tensor->shape[1] : 1;
    return true;
}

static inline void refuses_to_open(const struct training_case *training_case, const char *what)
{
    struct recommender *model = NULL;
    struct error error = {0};
    enum status status = recommender_open_file(&compute, training_case->path, &model, &error);
    if (status != STATUS_BAD_DATA || strlen(error.text) < 20)
        fail_msg("%s, %s: status %d, \"%s\"", training_case->spec.kind, what, (int)status, error.text);
    assert_null(model);
}

enum { KEYS_MAX = 4 + SETTINGS_MAX };

/* All metadata of a model's file. */
static inline size_t list_keys(const char *kind, char names[KEYS_MAX][64], const char *keys[KEYS_MAX])
{
    static const char *const first[] = {"kind", "fingerprint", "n_tracks", "settings"};
    struct setting_rule rules[SETTINGS_MAX];
    size_t n_rules = settings_list(&model_kind_find(kind)->settings, rules);
    for (size_t i = 0; i < 4 + n_rules; i++) {
        if (i < 4)
            snprintf(names[i], 64, "%s", first[i]);
        else
            snprintf(names[i], 64, "setting.%s", rules[i - 4].key);
        keys[i] = names[i];
    }
    return 4 + n_rules;
}

#endif
