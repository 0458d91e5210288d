/* Embedding sets: made from the covers in parallel, kept in a safetensors file beside the catalogue. */
#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/lock_file.h"
#include "core/log.h"
#include "core/safetensors.h"
#include "vision/cover_store.h"
#include "vision/embedder.h"

enum {
    CHUNK = 128,     /* albums between two looks at the progress and the wish to stop */
    DRAWN_EDGE = 32, /* generated covers are drawn at no less than this before they are embedded */
    NAME_MAX_SIZE = 64,
};

static const char SUFFIX[] = ".safetensors";

static bool is_name(const char *name)
{
    size_t size = strlen(name);
    return size > 0 && size <= NAME_MAX_SIZE && name[0] != '.' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == size;
}

static enum status set_path(struct catalogue *catalogue, const char *name, struct buffer *path, struct error *error)
{
    if (!is_name(name))
        return error_set(error, STATUS_USAGE, "\"%s\" cannot be the name of an embedding set", name);
    struct buffer relative = {0};
    buffer_printf(&relative, "embeddings/%s%s", name, SUFFIX);
    if (!relative.failed)
        catalogue_sidecar(catalogue, relative.data, path);
    bool failed = relative.failed || path->failed;
    buffer_free(&relative);
    return failed ? error_no_memory(error) : STATUS_OK;
}

struct making {
    struct catalogue *catalogue;
    pthread_mutex_t lock; /* one connection is not for two threads */
    const struct embedder *const *embedders;
    size_t n_embedders;
    int edge; /* the largest that an embedder looks at */
    const struct album *albums;
    size_t first;
    bool generated;
    float *values[EMBEDDERS_MAX];
    atomic_size_t n_stored, n_generated;
    struct error error; /* of the first album that failed for a reason that is not its cover's */
    atomic_bool failed;
};

static void fail(struct making *making, const struct error *error)
{
    pthread_mutex_lock(&making->lock);
    if (!atomic_exchange(&making->failed, true))
        making->error = *error;
    pthread_mutex_unlock(&making->lock);
}

/* The album's picture; `found` false where it has none to embed. */
static enum status cover_to_embed(struct making *making, const struct album *album, struct image *image, bool *found,
                                  struct error *error)
{
    struct buffer bytes = {0};
    pthread_mutex_lock(&making->lock);
    enum status status = catalogue_cover_read(making->catalogue, album->id, &bytes, found, error);
    pthread_mutex_unlock(&making->lock);
    if (status == STATUS_OK && *found) {
        struct error why;
        if (cover_decode(&bytes, image, &why) == STATUS_OK) {
            atomic_fetch_add(&making->n_stored, 1);
        } else {
            log_message(LOG_WARNING, "album %s: %s; its row stays zero", album->key, why.text);
            *found = false;
        }
    } else if (status == STATUS_OK && making->generated) {
        status = artwork_draw(album, making->edge, image, error);
        *found = status == STATUS_OK;
        atomic_fetch_add(&making->n_generated, 1);
    }
    buffer_free(&bytes);
    return status;
}

static void embed_one(void *context, size_t index, int worker)
{
    (void)worker;
    struct making *making = context;
    const struct album *album = &making->albums[making->first + index];
    if (atomic_load(&making->failed))
        return;
    struct image image = {0};
    bool found = false;
    struct error error;
    enum status status = cover_to_embed(making, album, &image, &found, &error);
    for (size_t i = 0; status == STATUS_OK && found && i < making->n_embedders; i++) {
        const struct embedder *embedder = making->embedders[i];
        status = embedder->embed(&image, making->values[i] + (making->first + index) * (size_t)embedder->dim, &error);
    }
    if (status != STATUS_OK)
        fail(making, &error);
    image_free(&image);
}

static enum status embed_all(struct making *making, size_t count, struct pool *pool, struct progress *progress,
                             struct error *error)
{
    progress_stage(progress, making->n_embedders == 1 ? making->embedders[0]->name : "embedding", "covers",
                   (double)count);
    for (making->first = 0; making->first < count; making->first += CHUNK) {
        size_t left = count - making->first;
        pool_run(pool, left < CHUNK ? left : CHUNK, embed_one, making);
        if (atomic_load(&making->failed)) {
            if (error)
                *error = making->error;
            return making->error.status;
        }
        progress_step(progress, (double)(making->first + (left < CHUNK ? left : CHUNK)));
        if (progress_cancelled(progress))
            return error_set(error, STATUS_INTERRUPTED,
                             "stopped before the embedding set %s was whole; nothing was changed",
                             making->embedders[0]->name);
    }
    progress_end(progress);
    return STATUS_OK;
}

static enum status write_set(const struct making *making, size_t which, size_t count, struct error *error)
{
    const struct embedder *embedder = making->embedders[which];
    struct buffer path = {0}, folder = {0};
    char print[33], texts[3][24];
    enum status status = catalogue_album_fingerprint(making->catalogue, (int64_t)count, print, error);
    if (status != STATUS_OK)
        return status;
    size_t stored = atomic_load(&making->n_stored), generated = atomic_load(&making->n_generated);
    struct tensor_source tensor = {
        .name = "values",
        .dtype = "F32",
        .rank = 2,
        .shape = {(int64_t)count, embedder->dim},
        .bytes = making->values[which],
    };
    snprintf(texts[0], sizeof texts[0], "%zu", stored);
    snprintf(texts[1], sizeof texts[1], "%zu", generated);
    snprintf(texts[2], sizeof texts[2], "%zu", count - stored - generated);
    const struct metadata_pair metadata[] = {
        {"albums.fingerprint", print},  {"embedder", embedder->name}, {"covers.stored", texts[0]},
        {"covers.generated", texts[1]}, {"covers.none", texts[2]},
    };
    catalogue_sidecar(making->catalogue, "embeddings", &folder);
    status = folder.failed ? error_no_memory(error) : folder_make(folder.data, error);
    if (status == STATUS_OK)
        status = set_path(making->catalogue, embedder->name, &path, error);
    if (status == STATUS_OK)
        status = safetensors_write(path.data, &tensor, 1, metadata, sizeof metadata / sizeof metadata[0], error);
    buffer_free(&folder);
    buffer_free(&path);
    return status;
}

/* Locks the set against others who make it at the same time. */
static enum status lock_set(const struct catalogue *catalogue, const char *name, struct lock_file *lock,
                            struct error *error)
{
    struct buffer path = {0};
    bool busy = false;
    catalogue_sidecar(catalogue, "embeddings", &path);
    enum status status = path.failed ? error_no_memory(error) : folder_make(path.data, error);
    buffer_printf(&path, "/%s.lock", name);
    if (status == STATUS_OK && path.failed)
        status = error_no_memory(error);
    if (status == STATUS_OK)
        status = lock_file_take(path.data, lock, &busy, error);
    buffer_free(&path);
    if (status == STATUS_OK && busy)
        status = error_set(error, STATUS_FAILED,
                           "the embedding set %s is being made by another sleeve; wait until that is done", name);
    return status;
}

static enum status make_sets(struct catalogue *catalogue, const struct embedder *const wanted[], size_t n_wanted,
                             struct pool *pool, struct progress *progress, struct error *error)
{
    struct album_list albums = {0};
    char *setting = NULL;
    struct making making = {.catalogue = catalogue, .embedders = wanted, .n_embedders = n_wanted, .edge = DRAWN_EDGE};
    pthread_mutex_init(&making.lock, NULL);
    enum status status = catalogue_albums_read(catalogue, NULL, 0, &albums, error);
    if (status == STATUS_OK && albums.count == 0)
        status = error_set(error, STATUS_FAILED, "the catalogue has no albums to embed; import playlists first");
    if (status == STATUS_OK)
        status = catalogue_setting_read(catalogue, "covers.generated", &setting, error);
    making.albums = albums.items;
    making.generated = setting && strcmp(setting, "1") == 0;
    for (size_t i = 0; status == STATUS_OK && i < n_wanted; i++) {
        making.edge = wanted[i]->edge > making.edge ? wanted[i]->edge : making.edge;
        making.values[i] = calloc(albums.count * (size_t)wanted[i]->dim, sizeof(float));
        if (!making.values[i])
            status = error_no_memory(error);
    }
    if (status == STATUS_OK)
        status = embed_all(&making, albums.count, pool, progress, error);
    for (size_t i = 0; status == STATUS_OK && i < n_wanted; i++)
        status = write_set(&making, i, albums.count, error);
    for (size_t i = 0; i < n_wanted; i++)
        free(making.values[i]);
    free(setting);
    album_list_free(&albums);
    pthread_mutex_destroy(&making.lock);
    return status;
}

enum status embedding_sets_make(struct catalogue *catalogue, const struct embedder *const wanted[], size_t n_wanted,
                                struct pool *pool, struct progress *progress, struct error *error)
{
    struct lock_file locks[EMBEDDERS_MAX] = {0};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < n_wanted && status == STATUS_OK; i++)
        status = lock_set(catalogue, wanted[i]->name, &locks[i], error);
    if (status == STATUS_OK)
        status = make_sets(catalogue, wanted, n_wanted, pool, progress, error);
    for (size_t i = 0; i < n_wanted; i++)
        lock_file_release(&locks[i]);
    return status;
}

/* The row of the first value that is no finite number; -1 when all are. An exponent of all ones is an infinity or no
 * number; without an early end in a row the loop becomes vector code. */
static int64_t first_bad_row(const float *values, int64_t rows, int64_t columns)
{
    for (int64_t row = 0; row < rows; row++) {
        uint32_t bad = 0;
        for (int64_t i = row * columns; i < (row + 1) * columns; i++) {
            uint32_t bits;
            memcpy(&bits, &values[i], sizeof bits);
            bad |= (bits & 0x7f800000) == 0x7f800000;
        }
        if (bad)
            return row;
    }
    return -1;
}

static enum status check_set(struct catalogue *catalogue, struct safetensors *file, const char *name,
                             struct embedding_set *set, struct error *error)
{
    const struct tensor_view *view;
    enum status status = safetensors_floats(file, "values", 2, (const int64_t[]){-1, -1}, &set->values, &view, error);
    if (status != STATUS_OK)
        return status;
    const char *print = safetensors_metadata(file, "albums.fingerprint");
    const char *made_by = safetensors_metadata(file, "embedder");
    const struct embedder *embedder = made_by ? embedder_find(made_by) : NULL;
    if (!print || (embedder && embedder->dim != view->shape[1]) || view->shape[1] < 1 || view->shape[1] > INT32_MAX)
        return error_set(error, STATUS_BAD_DATA,
                         "the embedding set %s is not one that sleeve wrote; make it again with `sleeve embed %s`",
                         name, name);
    if (embedder && embedder_find(name) && embedder != embedder_find(name))
        return error_set(error, STATUS_BAD_DATA,
                         "the file of the embedding set %s holds the set %s; make it again with `sleeve embed %s`",
                         name, made_by, name);
    struct catalogue_counts counts;
    char own[33] = "";
    bool fits = false;
    status = catalogue_count(catalogue, &counts, error);
    if (status == STATUS_OK && view->shape[0] >= 1 && view->shape[0] <= counts.albums) {
        status = catalogue_album_fingerprint(catalogue, view->shape[0], own, error);
        fits = strcmp(own, print) == 0;
    }
    if (status != STATUS_OK)
        return status;
    if (!fits)
        return error_set(error, STATUS_BAD_DATA,
                         "the embedding set %s was made from another catalogue's albums; make it again with `sleeve "
                         "embed %s`",
                         name, name);
    int64_t bad = first_bad_row(set->values, view->shape[0], view->shape[1]);
    if (bad >= 0)
        return error_set(
            error, STATUS_BAD_DATA,
            "the embedding set %s contains NaN or infinity (album %lld); make it again with `sleeve embed %s`", name,
            (long long)bad + 1, name);
    set->n_albums = view->shape[0];
    set->dim = (int)view->shape[1];
    return STATUS_OK;
}

enum status embedding_set_open(struct catalogue *catalogue, const char *name, struct embedding_set *set,
                               struct error *error)
{
    *set = (struct embedding_set){0};
    struct buffer path = {0};
    struct safetensors *file = NULL;
    enum status status = set_path(catalogue, name, &path, error);
    if (status == STATUS_OK && !file_exists(path.data))
        status = error_set(error, STATUS_FAILED,
                           "the catalogue has no embedding set %s; make it with `sleeve embed %s`", name, name);
    if (status == STATUS_OK)
        status = safetensors_open(path.data, &file, error);
    if (status == STATUS_OK)
        status = check_set(catalogue, file, name, set, error);
    buffer_free(&path);
    if (status != STATUS_OK) {
        safetensors_close(file);
        *set = (struct embedding_set){0};
        return status;
    }
    set->owner = file;
    return STATUS_OK;
}

void embedding_set_close(struct embedding_set *set)
{
    safetensors_close(set->owner);
    *set = (struct embedding_set){0};
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

enum status embedding_sets_list(struct catalogue *catalogue, void (*each)(const char *name, void *context),
                                void *context, struct error *error)
{
    struct buffer folder = {0};
    catalogue_sidecar(catalogue, "embeddings", &folder);
    if (folder.failed)
        return error_no_memory(error);
    DIR *listing = opendir(folder.data);
    buffer_free(&folder);
    if (!listing)
        return STATUS_OK;
    char **names = NULL;
    size_t count = 0;
    bool failed = false;
    for (struct dirent *entry; !failed && (entry = readdir(listing));) {
        size_t size = strlen(entry->d_name), suffix = sizeof SUFFIX - 1;
        if (size <= suffix || strcmp(entry->d_name + size - suffix, SUFFIX) != 0)
            continue;
        char *name = strndup(entry->d_name, size - suffix);
        char **grown = name ? realloc(names, (count + 1) * sizeof *names) : NULL;
        if (!grown) {
            free(name);
            failed = true;
            break;
        }
        names = grown;
        if (is_name(name))
            names[count++] = name;
        else
            free(name);
    }
    closedir(listing);
    if (count > 0)
        qsort(names, count, sizeof *names, compare_names);
    for (size_t i = 0; i < count; i++) {
        if (!failed)
            each(names[i], context);
        free(names[i]);
    }
    free(names);
    return failed ? error_no_memory(error) : STATUS_OK;
}
