/* Feature sets: safetensors files beside the catalogue. */
#include "features/feature_set.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"
#include "db/model_folder.h"

static const char FOLDER[] = "embeddings", SUFFIX[] = ".safetensors";

const char *feature_item_name(enum feature_item item)
{
    return item == FEATURE_TRACKS ? "tracks" : "albums";
}

/* "song" is the name of the other part of a score. */
bool feature_set_name_is_usable(const char *name)
{
    _Static_assert((int)FEATURE_NAME_MAX == (int)MODEL_FOLDER_NAME_MAX, "as those of models");
    return strcmp(name, "song") != 0 && model_folder_name_is_usable(name);
}

static enum status set_path(const struct catalogue *catalogue, const char *name, struct buffer *path,
                            struct error *error)
{
    if (!feature_set_name_is_usable(name))
        return error_set(error, STATUS_USAGE, "\"%.80s\" cannot be the name of a feature set", name);
    struct buffer relative = {0};
    buffer_printf(&relative, "%s/%s%s", FOLDER, name, SUFFIX);
    if (!relative.failed)
        catalogue_sidecar(catalogue, relative.data, path);
    bool failed = relative.failed || path->failed;
    buffer_free(&relative);
    return failed ? error_no_memory(error) : STATUS_OK;
}

static enum status make_folder(const struct catalogue *catalogue, struct buffer *path, struct error *error)
{
    catalogue_sidecar(catalogue, FOLDER, path);
    return path->failed ? error_no_memory(error) : folder_make(path->data, error);
}

static enum status fingerprint(struct catalogue *catalogue, enum feature_item item, int64_t n, char text[33],
                               struct error *error)
{
    return item == FEATURE_TRACKS ? catalogue_fingerprint(catalogue, n, text, error)
                                  : catalogue_album_fingerprint(catalogue, n, text, error);
}

bool feature_set_has(const struct feature_set *set, int64_t row)
{
    if (set->present)
        return set->present[row];
    const float *values = set->values + row * set->width;
    for (int i = 0; i < set->width; i++)
        if (values[i] != 0.0F)
            return true;
    return false;
}

/* ---- writing ---- */

static enum status list_missing(const struct feature_set *set, int32_t **missing, int64_t *count, struct error *error)
{
    *count = 0;
    *missing = malloc(((size_t)set->n_rows + 1) * sizeof **missing);
    if (!*missing)
        return error_no_memory(error);
    for (int64_t row = 0; row < set->n_rows; row++)
        if (!feature_set_has(set, row))
            (*missing)[(*count)++] = (int32_t)row;
    return STATUS_OK;
}

static void join_columns(const struct feature_set *set, struct buffer *text)
{
    for (int i = 0; set->columns && i < set->width; i++)
        buffer_printf(text, "%s%s", i == 0 ? "" : "\n", set->columns[i]);
}

static enum status write_file(const char *path, const char *name, const struct feature_set *set, const char *print,
                              const int32_t *missing, int64_t n_missing, const struct metadata_pair *more,
                              size_t n_more, struct error *error)
{
    enum { OWN = 7, MORE_MAX = 24 };
    struct tensor_source tensors[3] = {
        {.name = "values", .dtype = "F32", .rank = 2, .shape = {set->n_rows, set->width}, .bytes = set->values},
    };
    size_t n_tensors = 1;
    if (n_missing > 0)
        tensors[n_tensors++] = (struct tensor_source){
            .name = "missing", .dtype = "I32", .rank = 2, .shape = {n_missing, 1}, .bytes = missing};
    if (set->sources)
        tensors[n_tensors++] = (struct tensor_source){
            .name = "sources", .dtype = "I64", .rank = 2, .shape = {set->n_rows, 3}, .bytes = set->sources};
    struct buffer columns = {0};
    join_columns(set, &columns);
    struct metadata_pair pairs[OWN + MORE_MAX] = {
        {"name", name},
        {"item", feature_item_name(set->item)},
        {"keys.fingerprint", print},
        {"extractor", set->extractor},
    };
    size_t count = OWN - 3;
    if (set->made_with)
        pairs[count++] = (struct metadata_pair){"made_with", set->made_with};
    if (set->columns)
        pairs[count++] = (struct metadata_pair){"columns", columns.data};
    if (set->random_weights)
        pairs[count++] = (struct metadata_pair){"random_weights", "true"};
    for (size_t i = 0; i < n_more && i < MORE_MAX; i++)
        pairs[count++] = more[i];
    enum status status =
        columns.failed ? error_no_memory(error) : safetensors_write(path, tensors, n_tensors, pairs, count, error);
    buffer_free(&columns);
    return status;
}

enum status feature_set_write(struct catalogue *catalogue, const char *name, const struct feature_set *set,
                              const struct metadata_pair *more, size_t n_more, struct error *error)
{
    char print[33];
    struct buffer path = {0}, folder = {0};
    int32_t *missing = NULL;
    int64_t n_missing = 0;
    enum status status = fingerprint(catalogue, set->item, set->n_rows, print, error);
    if (status == STATUS_OK)
        status = make_folder(catalogue, &folder, error);
    if (status == STATUS_OK)
        status = set_path(catalogue, name, &path, error);
    if (status == STATUS_OK)
        status = list_missing(set, &missing, &n_missing, error);
    if (status == STATUS_OK)
        status = write_file(path.data, name, set, print, missing, n_missing, more, n_more, error);
    free(missing);
    buffer_free(&folder);
    buffer_free(&path);
    return status;
}

enum status feature_set_lock(const struct catalogue *catalogue, const char *name, struct lock_file *lock,
                             struct error *error)
{
    struct buffer path = {0};
    bool busy = false;
    enum status status = make_folder(catalogue, &path, error);
    buffer_printf(&path, "/%s.lock", name);
    if (status == STATUS_OK && path.failed)
        status = error_no_memory(error);
    if (status == STATUS_OK)
        status = lock_file_take(path.data, lock, &busy, error);
    buffer_free(&path);
    if (status == STATUS_OK && busy)
        status = error_set(error, STATUS_FAILED,
                           "the feature set %s is being made by another sleeve; wait until that is done", name);
    return status;
}

/* The rows of an unfinished run (features/kept_rows.h). */
static enum status remove_partial(const struct catalogue *catalogue, const char *name, struct error *error)
{
    struct buffer relative = {0}, path = {0};
    buffer_printf(&relative, "%s/%s.partial", FOLDER, name);
    if (!relative.failed)
        catalogue_sidecar(catalogue, relative.data, &path);
    bool failed = relative.failed || path.failed;
    if (!failed)
        unlink(path.data);
    buffer_free(&relative);
    buffer_free(&path);
    return failed ? error_no_memory(error) : STATUS_OK;
}

enum status feature_set_remove(struct catalogue *catalogue, const char *name, struct error *error)
{
    struct buffer path = {0};
    struct lock_file lock = {0};
    enum status status = set_path(catalogue, name, &path, error);
    if (status == STATUS_OK && !file_exists(path.data))
        status = error_set(error, STATUS_USAGE, "there is no feature set \"%s\"; sleeve features lists them", name);
    if (status == STATUS_OK)
        status = feature_set_lock(catalogue, name, &lock, error);
    if (status == STATUS_OK && unlink(path.data) != 0)
        status = error_set(error, STATUS_FAILED, "%s cannot be removed; is its folder writable?", path.data);
    if (status == STATUS_OK)
        status = remove_partial(catalogue, name, error);
    lock_file_release(&lock);
    buffer_free(&path);
    return status;
}

/* ---- reading ---- */

struct owner {
    struct safetensors *file;
    bool *present;
    char *names; /* of all columns */
    const char **columns;
};

static void free_owner(struct owner *owner)
{
    if (!owner)
        return;
    safetensors_close(owner->file);
    free(owner->present);
    free(owner->names);
    free(owner->columns);
    free(owner);
}

static enum status not_ours(const char *name, struct error *error)
{
    return error_set(error, STATUS_BAD_DATA,
                     "the feature set %s is not one that sleeve wrote; make it again with `sleeve embed %s`", name,
                     name);
}

static enum feature_item item_of(const struct safetensors *file)
{
    const char *item = safetensors_metadata(file, "item");
    return item && strcmp(item, feature_item_name(FEATURE_TRACKS)) == 0 ? FEATURE_TRACKS : FEATURE_ALBUMS;
}

static enum status check_keys(struct catalogue *catalogue, const char *name, const char *print,
                              const struct feature_set *set, struct error *error)
{
    struct catalogue_counts counts;
    char own[33] = "";
    enum status status = catalogue_count(catalogue, &counts, error);
    int64_t most = set->item == FEATURE_TRACKS ? counts.tracks : counts.albums;
    if (status == STATUS_OK && set->n_rows >= 1 && set->n_rows <= most)
        status = fingerprint(catalogue, set->item, set->n_rows, own, error);
    if (status != STATUS_OK || strcmp(own, print) == 0)
        return status;
    return error_set(error, STATUS_BAD_DATA,
                     "the feature set %s was made from another catalogue's %s; make it again with `sleeve embed %s`",
                     name, feature_item_name(set->item), name);
}

/* Splits "columns" into `width` names. */
static enum status read_columns(struct owner *owner, const char *name, struct feature_set *set, struct error *error)
{
    const char *text = safetensors_metadata(owner->file, "columns");
    if (!text)
        return STATUS_OK;
    int64_t count = 1;
    for (const char *at = text; *at; at++)
        count += *at == '\n';
    if (count != set->width)
        return not_ours(name, error);
    owner->names = strdup(text);
    owner->columns = calloc((size_t)count, sizeof *owner->columns);
    if (!owner->names || !owner->columns)
        return error_no_memory(error);
    char *rest = owner->names;
    for (int64_t i = 0; i < count; i++)
        owner->columns[i] = strsep(&rest, "\n");
    set->columns = owner->columns;
    return STATUS_OK;
}

/* Whether all values are finite, and whether any is not 0. There is no early exit, so that the loop is vectorised. */
static void look_at_row(const float *values, int width, bool *finite, bool *nonzero)
{
    uint32_t infinite = 0, any = 0;
    for (int i = 0; i < width; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        infinite |= (bits & 0x7f800000) == 0x7f800000;
        any |= bits & 0x7fffffff;
    }
    *finite = infinite == 0;
    *nonzero = any != 0;
}

/* Determines which rows are present: those that are not in the list of missing rows or, without a list, those that are
 * not all 0. */
static enum status read_present(struct owner *owner, const char *name, struct feature_set *set, struct error *error)
{
    bool listed = safetensors_metadata(owner->file, "item") != NULL;
    owner->present = malloc((size_t)set->n_rows);
    if (!owner->present)
        return error_no_memory(error);
    for (int64_t row = 0; row < set->n_rows; row++) {
        bool finite, nonzero;
        look_at_row(set->values + row * set->width, set->width, &finite, &nonzero);
        if (!finite && !set->columns)
            return error_set(error, STATUS_BAD_DATA,
                             "the feature set %s holds a value that is not a number (%.5s %lld); make it again with "
                             "`sleeve embed %s`",
                             name, feature_item_name(set->item), (long long)row + 1, name);
        owner->present[row] = listed || nonzero;
    }
    if (safetensors_find(owner->file, "missing")) {
        const struct tensor_view *view;
        const void *missing;
        enum status status =
            safetensors_values(owner->file, "missing", "I32", 2, (const int64_t[]){-1, 1}, &missing, &view, error);
        if (status != STATUS_OK)
            return status;
        for (int64_t i = 0; i < view->shape[0]; i++) {
            int32_t row = ((const int32_t *)missing)[i];
            if (row < 0 || row >= set->n_rows)
                return not_ours(name, error);
            owner->present[row] = false;
        }
    }
    for (int64_t row = 0; row < set->n_rows; row++)
        set->n_present += owner->present[row];
    set->present = owner->present;
    return STATUS_OK;
}

static enum status read_sources(const struct safetensors *file, struct feature_set *set, struct error *error)
{
    set->made_with = safetensors_metadata(file, "made_with");
    if (!safetensors_find(file, "sources"))
        return STATUS_OK;
    const void *sources;
    enum status status =
        safetensors_values(file, "sources", "I64", 2, (const int64_t[]){set->n_rows, 3}, &sources, NULL, error);
    if (status == STATUS_OK)
        set->sources = sources;
    return status;
}

static enum status read_set(struct catalogue *catalogue, const char *name, struct owner *owner, struct feature_set *set,
                            struct error *error)
{
    const struct safetensors *file = owner->file;
    const struct tensor_view *view;
    enum status status = safetensors_floats(file, "values", 2, (const int64_t[]){-1, -1}, &set->values, &view, error);
    if (status != STATUS_OK)
        return status;
    const char *print = safetensors_metadata(file, "keys.fingerprint");
    const char *made_by = safetensors_metadata(file, "extractor");
    print = print ? print : safetensors_metadata(file, "albums.fingerprint");
    made_by = made_by ? made_by : safetensors_metadata(file, "embedder");
    const char *own_name = safetensors_metadata(file, "name");
    own_name = own_name ? own_name : made_by;
    if (!print || view->shape[0] > INT32_MAX || view->shape[1] < 1 || view->shape[1] > INT32_MAX)
        return not_ours(name, error);
    if (own_name && strcmp(own_name, name) != 0)
        return error_set(error, STATUS_BAD_DATA,
                         "the file of the feature set %s holds the set %.80s; make it again with `sleeve embed %s`",
                         name, own_name, name);
    set->item = item_of(file);
    set->n_rows = view->shape[0];
    set->width = (int)view->shape[1];
    set->extractor = made_by ? made_by : "";
    const char *random_weights = safetensors_metadata(file, "random_weights");
    set->random_weights = random_weights && strcmp(random_weights, "true") == 0;
    status = check_keys(catalogue, name, print, set, error);
    if (status == STATUS_OK)
        status = read_sources(file, set, error);
    if (status == STATUS_OK)
        status = read_columns(owner, name, set, error);
    return status == STATUS_OK ? read_present(owner, name, set, error) : status;
}

enum status feature_set_open(struct catalogue *catalogue, const char *name, struct feature_set *set,
                             struct error *error)
{
    *set = (struct feature_set){0};
    struct buffer path = {0};
    struct owner *owner = calloc(1, sizeof *owner);
    enum status status = owner ? set_path(catalogue, name, &path, error) : error_no_memory(error);
    if (status == STATUS_OK && !file_exists(path.data))
        status = error_set(
            error, STATUS_FAILED,
            "the catalogue has no feature set %s; `sleeve embed` makes one, `sleeve features` lists its sets", name);
    if (status == STATUS_OK)
        status = safetensors_open(path.data, &owner->file, error);
    if (status == STATUS_OK)
        status = read_set(catalogue, name, owner, set, error);
    buffer_free(&path);
    set->owner = owner;
    if (status != STATUS_OK)
        feature_set_close(set);
    return status;
}

const char *feature_set_metadata(const struct feature_set *set, const char *key)
{
    const struct owner *owner = set->owner;
    return owner ? safetensors_metadata(owner->file, key) : NULL;
}

void feature_set_close(struct feature_set *set)
{
    free_owner(set->owner);
    *set = (struct feature_set){0};
}

enum status feature_set_metadata_read(const struct catalogue *catalogue, const char *name, const char *key,
                                      struct buffer *text, struct error *error)
{
    struct buffer path = {0};
    struct safetensors *file = NULL;
    enum status status = set_path(catalogue, name, &path, error);
    if (status == STATUS_OK && safetensors_open(path.data, &file, NULL) == STATUS_OK) {
        const char *found = safetensors_metadata(file, key);
        buffer_add_text(text, found ? found : "");
        safetensors_close(file);
    }
    buffer_free(&path);
    return status == STATUS_OK && text->failed ? error_no_memory(error) : status;
}

void feature_set_warn(const struct catalogue *catalogue, const char *name)
{
    struct buffer random = {0};
    if (feature_set_metadata_read(catalogue, name, "random_weights", &random, NULL) == STATUS_OK && random.size > 0)
        log_message(LOG_WARNING, "the feature set %s was made with random weights, not with trained ones", name);
    buffer_free(&random);
}

/* ---- listing ---- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

struct names {
    char **items;
    size_t count;
};

static bool add_name(struct names *names, const char *file)
{
    size_t size = strlen(file), suffix = sizeof SUFFIX - 1;
    if (size <= suffix || strcmp(file + size - suffix, SUFFIX) != 0)
        return true;
    char *name = strndup(file, size - suffix);
    char **grown = name ? realloc(names->items, (names->count + 1) * sizeof *grown) : NULL;
    if (!grown) {
        free(name);
        return false;
    }
    names->items = grown;
    if (feature_set_name_is_usable(name))
        names->items[names->count++] = name;
    else
        free(name);
    return true;
}

static enum status read_names(const struct catalogue *catalogue, struct names *names, struct error *error)
{
    struct buffer folder = {0};
    catalogue_sidecar(catalogue, FOLDER, &folder);
    if (folder.failed)
        return error_no_memory(error);
    DIR *listing = opendir(folder.data);
    buffer_free(&folder);
    bool complete = true;
    for (struct dirent *entry; listing && complete && (entry = readdir(listing));)
        complete = add_name(names, entry->d_name);
    if (listing)
        closedir(listing);
    if (names->count > 0)
        qsort(names->items, names->count, sizeof *names->items, compare_names);
    return complete ? STATUS_OK : error_no_memory(error);
}

static bool is_over(const struct catalogue *catalogue, const char *name, enum feature_item item)
{
    struct buffer path = {0};
    struct safetensors *file = NULL;
    enum feature_item found = FEATURE_ALBUMS;
    if (set_path(catalogue, name, &path, NULL) == STATUS_OK && safetensors_open(path.data, &file, NULL) == STATUS_OK) {
        found = item_of(file);
        safetensors_close(file);
    }
    buffer_free(&path);
    return found == item;
}

static enum status list(struct catalogue *catalogue, const enum feature_item *item,
                        void (*each)(const char *name, void *context), void *context, struct error *error)
{
    struct names names = {0};
    enum status status = read_names(catalogue, &names, error);
    for (size_t i = 0; i < names.count; i++) {
        if (status == STATUS_OK && (!item || is_over(catalogue, names.items[i], *item)))
            each(names.items[i], context);
        free(names.items[i]);
    }
    free(names.items);
    return status;
}

enum status feature_sets_list(struct catalogue *catalogue, void (*each)(const char *name, void *context), void *context,
                              struct error *error)
{
    return list(catalogue, NULL, each, context, error);
}

enum status feature_sets_list_of(struct catalogue *catalogue, enum feature_item item,
                                 void (*each)(const char *name, void *context), void *context, struct error *error)
{
    return list(catalogue, &item, each, context, error);
}
