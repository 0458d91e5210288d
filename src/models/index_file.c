#include "models/index_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "gpu/index_layout.h"
#include "models/factors.h"
#include "models/finite.h"

/* A matrix with an index: that of the model, or of one of an ensemble's members. */
struct searched {
    struct factors *factors;
    const struct recommender *model;
    int64_t bytes; /* of the index */
    char name[32]; /* of the tensor */
    char of[32];   /* key of the checksum of the model's values */
    char made[32]; /* key of the checksum of the index */
};

static void add_searched(const struct recommender *model, size_t at, struct searched list[MODEL_MEMBERS_MAX],
                         size_t *count)
{
    struct factors *factors = model->ops->searched ? model->ops->searched(model) : NULL;
    const size_t bytes = factors ? factors_index_bytes(factors) : 0;
    if (bytes == 0)
        return;
    struct searched *searched = &list[(*count)++];
    *searched = (struct searched){.factors = factors, .model = model, .bytes = (int64_t)bytes};
    snprintf(searched->name, sizeof searched->name, "index.%zu", at);
    snprintf(searched->of, sizeof searched->of, "values.%zu", at);
    snprintf(searched->made, sizeof searched->made, "checksum.%zu", at);
}

static size_t list_searched(const struct recommender *recommender, struct searched list[MODEL_MEMBERS_MAX])
{
    size_t count = 0, n_members = 0;
    struct recommender *const *members =
        recommender->ops->members ? recommender->ops->members(recommender, &n_members) : NULL;
    for (size_t i = 0; i < n_members; i++)
        add_searched(members[i], i + 1, list, &count);
    if (n_members == 0)
        add_searched(recommender, 0, list, &count);
    return count;
}

void model_index_path(const char *model, struct buffer *path)
{
    buffer_printf(path, "%s.index", model);
}

static void write_sum(uint64_t sum, char text[17])
{
    snprintf(text, 17, "%016" PRIx64, sum);
}

static bool has_sum(const struct safetensors *file, const char *key, uint64_t sum)
{
    char text[17];
    const char *stored = safetensors_metadata(file, key);
    write_sum(sum, text);
    return stored && strcmp(stored, text) == 0;
}

/* ---- opening ------------------------------------------------------------------------------------------------- */

/* Whether every row has one place: a search reads the items at these rows. */
static enum status check_rows(const int32_t *rows, int64_t n, struct error *error)
{
    unsigned char *seen = calloc((size_t)n / 8 + 1, 1);
    if (!seen)
        return error_no_memory(error);
    bool sound = true;
    for (int64_t i = 0; i < n && sound; i++) {
        sound = rows[i] >= 0 && rows[i] < n && !(seen[rows[i] / 8] >> rows[i] % 8 & 1);
        if (sound)
            seen[rows[i] / 8] |= (unsigned char)(1 << rows[i] % 8);
    }
    free(seen);
    return sound ? STATUS_OK : error_set(error, STATUS_BAD_DATA, "it is damaged: a row is missing");
}

static enum status check_index(const struct safetensors *file, const struct searched *searched, const void **index,
                               struct error *error)
{
    const char *layout = safetensors_metadata(file, "layout");
    char now[16];
    snprintf(now, sizeof now, "%d", INDEX_LAYOUT);
    if (!layout || strcmp(layout, now) != 0)
        return error_set(error, STATUS_BAD_DATA, "it is of another version of sleeve");
    if (!has_sum(file, searched->of, *searched->model->checksum))
        return error_set(error, STATUS_BAD_DATA, "it is of another model or training");
    const int64_t shape[1] = {searched->bytes};
    enum status status = safetensors_values(file, searched->name, "U8", 1, shape, index, NULL, error);
    if (status != STATUS_OK)
        return status;
    const struct factors *factors = searched->factors;
    if ((uintptr_t)*index % INDEX_ALIGNMENT != 0 ||
        !has_sum(file, searched->made, checksum_of(factors->compute->pool, *index, (size_t)searched->bytes)))
        return error_set(error, STATUS_BAD_DATA, "it is damaged: its checksum is another one");
    const char *rows = (const char *)*index + index_parts_of(factors->n, factors->d).rows;
    return check_rows((const int32_t *)(const void *)rows, factors->n, error);
}

static enum status use_file(const struct searched *list, size_t count, struct safetensors *file, struct error *error)
{
    const void *index[MODEL_MEMBERS_MAX];
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        status = check_index(file, &list[i], &index[i], error);
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        status = factors_use_index(list[i].factors, index[i], error);
    for (size_t i = 0; i < count && status == STATUS_DEVICE; i++)
        factors_drop_index(list[i].factors);
    return status;
}

enum index_state model_index_open(struct recommender *recommender, const char *model, struct error *why)
{
    struct searched list[MODEL_MEMBERS_MAX];
    const size_t count = list_searched(recommender, list);
    struct buffer path = {0};
    struct safetensors *file = NULL;
    if (count == 0 || recommender->index)
        return count == 0 ? INDEX_NOT_NEEDED : INDEX_IN_USE;
    model_index_path(model, &path);
    enum index_state state = path.failed ? INDEX_UNUSABLE : file_exists(path.data) ? INDEX_IN_USE : INDEX_MISSING;
    enum status status = path.failed ? error_no_memory(why) : STATUS_OK;
    if (state == INDEX_IN_USE)
        status = safetensors_open(path.data, &file, why);
    if (file && status == STATUS_OK) {
        status = use_file(list, count, file, why);
        if (status == STATUS_OK)
            recommender->index = file;
        else
            safetensors_close(file);
    }
    if (status != STATUS_OK && path.data && strncmp(why->text, path.data, path.size) != 0)
        error_prefix(why, "%s", path.data);
    buffer_free(&path);
    if (status == STATUS_DEVICE) /* searches read the items */
        return INDEX_NOT_NEEDED;
    return status == STATUS_OK ? state : INDEX_UNUSABLE;
}

/* ---- making -------------------------------------------------------------------------------------------------- */

struct built {
    struct compute_buffer *buffer;
    void *copy;        /* of a device whose buffers the host cannot read; NULL: none */
    const void *bytes; /* of the index */
    char of[17], made[17];
};

static enum status build(const struct searched *searched, struct built *built, struct error *error)
{
    const struct compute *compute = searched->factors->compute;
    const size_t bytes = (size_t)searched->bytes;
    enum status status = factors_build_index(searched->factors, &built->buffer, error);
    if (status == STATUS_OK)
        status = compute->ops->stream_synchronise(compute->stream, error);
    if (status != STATUS_OK)
        return status;
    built->bytes = compute->ops->buffer_host(built->buffer);
    if (!built->bytes) {
        built->copy = malloc(bytes);
        status = built->copy ? compute->ops->buffer_read(compute->stream, built->buffer, 0, built->copy, bytes, error)
                             : error_no_memory(error);
        built->bytes = built->copy;
    }
    if (status == STATUS_OK) {
        write_sum(*searched->model->checksum, built->of);
        write_sum(checksum_of(compute->pool, built->bytes, bytes), built->made);
    }
    return status;
}

static enum status write_file(const char *path, const struct searched *list, const struct built *built, size_t count,
                              struct error *error)
{
    struct tensor_source tensors[MODEL_MEMBERS_MAX];
    struct metadata_pair pairs[1 + 2 * MODEL_MEMBERS_MAX];
    char layout[16];
    snprintf(layout, sizeof layout, "%d", INDEX_LAYOUT);
    pairs[0] = (struct metadata_pair){"layout", layout};
    for (size_t i = 0; i < count; i++) {
        tensors[i] = (struct tensor_source){
            .name = list[i].name, .dtype = "U8", .rank = 1, .shape = {list[i].bytes}, .bytes = built[i].bytes};
        pairs[1 + 2 * i] = (struct metadata_pair){list[i].of, built[i].of};
        pairs[2 + 2 * i] = (struct metadata_pair){list[i].made, built[i].made};
    }
    return safetensors_write(path, tensors, count, pairs, 1 + 2 * count, error);
}

enum status model_index_make(struct recommender *recommender, const char *model, struct error *error)
{
    struct searched list[MODEL_MEMBERS_MAX];
    struct built built[MODEL_MEMBERS_MAX] = {0};
    const size_t count = list_searched(recommender, list);
    struct buffer path = {0};
    if (count == 0 || recommender->index)
        return STATUS_OK;
    model_index_path(model, &path);
    enum status status = path.failed ? error_no_memory(error) : STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        status = build(&list[i], &built[i], error);
    if (status == STATUS_OK)
        status = write_file(path.data, list, built, count, error);
    for (size_t i = 0; i < count; i++) {
        if (built[i].buffer)
            list[i].factors->compute->ops->buffer_destroy(built[i].buffer);
        free(built[i].copy);
    }
    buffer_free(&path);
    struct error why = {0};
    const enum index_state state = status == STATUS_OK ? model_index_open(recommender, model, &why) : INDEX_IN_USE;
    return state == INDEX_MISSING || state == INDEX_UNUSABLE ? error_set(error, STATUS_FAILED, "%s", why.text) : status;
}
