/* Covers of albums: one in their music files, or an image in their folder. */
#include "app/library_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/hash.h"
#include "core/pool.h"
#include "db/covers.h"
#include "vision/cover_prepare.h"
#include "vision/image.h"
#include "vision/image_edges.h"

enum { BATCH = 32, CANDIDATES = 6 };

/* A picture that may be the album's cover, in the order in which they are tried. */
struct candidate {
    const struct music_entry *file; /* an image, or a music file that contains it */
    char hash[33];                  /* of a picture in a music file: the same one is in most files of an album */
};

struct album_cover {
    struct library_import *import;
    int64_t album;
    struct candidate candidates[CANDIDATES];
    int count;
    const char *folder;               /* path of a file in the folder whose images were added last */
    const struct music_entry *chosen; /* NULL: none can be used */
    struct prepared_cover cover;
    enum status status; /* STATUS_BAD_DATA: no candidate can be used */
    struct error error;
};

/* ------------------------------------------------------------------ candidates */

/* The best image of the folder that these first bytes of a path name; NULL: there is none. */
static const struct music_entry *picture_in(const struct library_import *import, size_t from, size_t folder)
{
    const char *path = import->folder.items[from].path;
    const struct music_entry *best = NULL;
    size_t first = from;
    int best_rank = 0;
    while (first > 0 && strncmp(import->folder.items[first - 1].path, path, folder) == 0)
        first--;
    for (size_t i = first; i < import->folder.count; i++) {
        const struct music_entry *file = &import->folder.items[i];
        if (strncmp(file->path, path, folder) != 0 || library_folder_size(file->path) != folder)
            break; /* the folder's own files come first */
        const int rank = file->kind == MUSIC_PICTURE ? music_picture_rank(file->path + folder) : 0;
        if (rank > 0 && (!best || rank < best_rank)) {
            best = file;
            best_rank = rank;
        }
    }
    return best;
}

static void add_candidate(struct album_cover *cover, const struct music_entry *file, const char *hash)
{
    for (int i = 0; i < cover->count; i++)
        if (*hash ? strcmp(cover->candidates[i].hash, hash) == 0 : cover->candidates[i].file == file)
            return;
    if (cover->count == CANDIDATES)
        return;
    struct candidate *candidate = &cover->candidates[cover->count++];
    candidate->file = file;
    memcpy(candidate->hash, hash, strlen(hash) + 1);
}

static const struct file_entry *entry_of(const struct library_import *import, struct text path)
{
    const int32_t number = id_map_find(&import->by_path, path.data, path.size);
    return number > 0 ? &import->entries[number - 1] : NULL;
}

static enum status add_embedded(const struct library_file *file, void *context, struct error *error)
{
    struct album_cover *cover = context;
    const struct file_entry *entry = entry_of(cover->import, file->path);
    (void)error;
    if (entry && strlen(file->picture) == 32 && cover->count < CANDIDATES - 2)
        add_candidate(cover, entry->file, file->picture);
    return STATUS_OK;
}

static bool is_in_same_folder(const char *path, const char *other)
{
    const size_t folder = library_folder_size(path);
    return other && library_folder_size(other) == folder && memcmp(path, other, folder) == 0;
}

/* Images in the folder of the file, or in the folder around that of a disc. */
static enum status add_images(const struct library_file *file, void *context, struct error *error)
{
    struct album_cover *cover = context;
    const struct library_import *import = cover->import;
    const struct file_entry *entry = entry_of(import, file->path);
    (void)error;
    if (!entry || is_in_same_folder(entry->file->path, cover->folder))
        return STATUS_OK;
    cover->folder = entry->file->path;
    const size_t from = (size_t)(entry - import->entries);
    const size_t folders[2] = {library_folder_size(entry->file->path), library_album_folder_size(entry->file->path)};
    for (int i = 0; i < 2; i++) {
        const struct music_entry *image =
            i == 0 || folders[1] != folders[0] ? picture_in(import, from, folders[i]) : NULL;
        if (image && library_is_folder_of(import, from, folders[i], cover->album))
            add_candidate(cover, image, "");
    }
    return STATUS_OK;
}

static enum status find_candidates(struct album_cover *cover, struct error *error)
{
    struct library *library = cover->import->library;
    enum status status = library_album_files(library, cover->album, add_embedded, cover, error);
    return status == STATUS_OK ? library_album_files(library, cover->album, add_images, cover, error) : status;
}

/* ------------------------------------------------------------------ the choice */

static enum status read_candidate(const struct album_cover *cover, const struct candidate *candidate,
                                  struct buffer *bytes, struct error *error)
{
    struct media_tags tags;
    int descriptor;
    const char *path = candidate->file->path;
    enum status status = music_file_open(&cover->import->folder, path, &descriptor, error);
    if (status != STATUS_OK)
        return status;
    if (*candidate->hash) {
        status = media_read_safely(descriptor, path, &tags, bytes, error);
    } else if (candidate->file->size > IMAGE_FILE_MAX) {
        status = error_set(error, STATUS_BAD_DATA, "larger than %d MB", IMAGE_FILE_MAX >> 20);
    } else if (!buffer_reserve(bytes, (size_t)candidate->file->size)) {
        status = error_no_memory(error);
    } else {
        const size_t size = (size_t)candidate->file->size;
        ssize_t got = 1;
        while (bytes->size < size && got > 0) {
            got = pread(descriptor, bytes->data + bytes->size, size - bytes->size, (off_t)bytes->size);
            bytes->size += got > 0 ? (size_t)got : 0;
        }
        if (got < 0)
            status = error_set(error, STATUS_BAD_DATA, "it cannot be read: %s", strerror(errno));
    }
    close(descriptor);
    return status;
}

static int edge_of(const struct buffer *bytes)
{
    int width, height;
    if (!image_edges(bytes->data, bytes->size, &width, &height))
        return 0;
    return width < height ? width : height;
}

/* Whether the cover was made, or the work has to stop. A picture that cannot be used is no reason for that. */
static bool prepare(struct album_cover *cover, const struct candidate *candidate, const struct buffer *bytes)
{
    cover->status = cover_prepare(bytes, candidate->file->path, &cover->cover, &cover->error);
    cover->chosen = candidate->file;
    return cover->status != STATUS_BAD_DATA;
}

/* The largest of the pictures that are left; -1: none is. */
static int largest(const int *edges, int count)
{
    int best = -1;
    for (int i = 0; i < count; i++)
        if (edges[i] > 0 && (best < 0 || edges[i] > edges[best]))
            best = i;
    return best;
}

/* The first picture that is large enough for a cover, otherwise the largest: in files before those in folders, because
 * they are tagged as covers of the music beside them. */
static void choose(struct album_cover *cover, struct buffer *bytes)
{
    int edges[CANDIDATES] = {0};
    for (int i = 0; i < cover->count; i++) {
        cover->status = read_candidate(cover, &cover->candidates[i], &bytes[i], &cover->error);
        if (cover->status != STATUS_OK && cover->status != STATUS_BAD_DATA)
            return;
        edges[i] = cover->status == STATUS_OK ? edge_of(&bytes[i]) : 0;
        if (edges[i] >= COVER_EDGE && prepare(cover, &cover->candidates[i], &bytes[i]))
            return;
        edges[i] = edges[i] < COVER_EDGE ? edges[i] : 0;
    }
    cover->status = STATUS_BAD_DATA;
    for (int best; (best = largest(edges, cover->count)) >= 0; edges[best] = 0)
        if (prepare(cover, &cover->candidates[best], &bytes[best]))
            return;
}

static void choose_task(void *context, size_t index, int worker)
{
    (void)worker;
    struct album_cover *cover = (struct album_cover *)context + index;
    struct buffer bytes[CANDIDATES] = {0};
    if (!progress_cancelled(cover->import->progress))
        choose(cover, bytes);
    if (progress_cancelled(cover->import->progress))
        cover->status = STATUS_INTERRUPTED;
    for (int i = 0; i < CANDIDATES; i++)
        buffer_free(&bytes[i]);
}

/* ------------------------------------------------------------------ storing */

static void hash_of(const struct buffer *bytes, char text[33])
{
    struct hash hash;
    hash_begin(&hash);
    hash_add_words(&hash, bytes->data, bytes->size);
    hash_end(hash, text);
}

/* Whether the album has a cover that somebody added in another way. */
static enum status is_foreign(struct album_cover *cover, bool *has, bool *foreign, struct error *error)
{
    struct buffer old = {0};
    char stored[33], hash[33];
    *foreign = false;
    enum status status = catalogue_cover_read(cover->import->catalogue, cover->album, &old, has, error);
    if (status == STATUS_OK && *has) {
        hash_of(&old, hash);
        status = library_cover_stored(cover->import->library, cover->album, stored, error);
        *foreign = strcmp(hash, stored) != 0;
    }
    buffer_free(&old);
    return status;
}

static enum status write_reason(struct album_cover *cover, struct error *error)
{
    const char *reason =
        cover->count > 0 ? cover_refusal(STATUS_BAD_DATA) : "neither in the music files nor in their folder";
    cover->import->report->library.covers_none++;
    return catalogue_cover_write(cover->import->catalogue, cover->album, NULL, 0, reason, error);
}

static enum status store(struct album_cover *cover, bool *changed, struct error *error)
{
    struct library_import *import = cover->import;
    char hash[33];
    bool has = false, foreign = false, stored = false;
    enum status status = is_foreign(cover, &has, &foreign, error);
    if (status != STATUS_OK)
        return status;
    if (foreign) {
        import->report->library.covers_kept++;
        return library_cover_write(import->library, cover->album, "", error);
    }
    if (cover->status != STATUS_OK) {
        status = has ? STATUS_OK : write_reason(cover, error);
        if (status == STATUS_OK) /* the earlier one stays, and is still ours */
            status = library_cover_stored(import->library, cover->album, hash, error);
        return status == STATUS_OK ? library_cover_write(import->library, cover->album, hash, error) : status;
    }
    status = cover_store(import->catalogue, cover->album, &cover->cover, &stored, error);
    hash_of(&cover->cover.bytes, hash);
    if (status == STATUS_OK)
        status = library_cover_write(import->library, cover->album, hash, error);
    ++*(cover->chosen->kind == MUSIC_FILE ? &import->report->library.covers_embedded
                                          : &import->report->library.covers_folder);
    *changed |= stored;
    return status;
}

static enum status store_batch(struct library_import *import, struct album_cover *covers, int count,
                               struct error *error)
{
    bool changed = false;
    for (int i = 0; i < count; i++)
        if (covers[i].status != STATUS_OK && covers[i].status != STATUS_BAD_DATA) {
            if (error)
                *error = covers[i].error;
            return covers[i].status == STATUS_INTERRUPTED
                       ? error_set(error, STATUS_INTERRUPTED, "stopped while adding covers; run it again to continue")
                       : covers[i].status;
        }
    enum status status = catalogue_begin(import->catalogue, error);
    if (status != STATUS_OK)
        return status;
    for (int i = 0; status == STATUS_OK && i < count; i++)
        status = store(&covers[i], &changed, error);
    if (status == STATUS_OK && changed)
        status = covers_raise_version(import->catalogue, error);
    if (status == STATUS_OK)
        status = catalogue_commit(import->catalogue, error);
    if (status != STATUS_OK)
        catalogue_rollback(import->catalogue);
    return status;
}

static enum status index_paths(struct library_import *import, struct error *error)
{
    for (size_t i = 0; i < import->folder.count; i++)
        if (id_map_add(&import->by_path, import->folder.items[i].path, strlen(import->folder.items[i].path)) == 0)
            return error_no_memory(error);
    return STATUS_OK;
}

enum status library_add_covers(struct library_import *import, struct error *error)
{
    struct album_cover *covers = calloc(BATCH, sizeof *covers);
    int64_t albums[BATCH], last = 0;
    int count = 0;
    double done = 0;
    enum status status = covers ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        status = library_covers_pending(import->library, 0, 1, albums, &count, error);
    if (status == STATUS_OK && count > 0)
        status = index_paths(import, error);
    progress_stage(import->progress, "choosing covers", "albums", 0);
    while (status == STATUS_OK && count > 0) {
        status = library_covers_pending(import->library, last, BATCH, albums, &count, error);
        for (int i = 0; status == STATUS_OK && i < count; i++) {
            covers[i] = (struct album_cover){.import = import, .album = albums[i]};
            status = find_candidates(&covers[i], error);
        }
        if (status != STATUS_OK || count == 0)
            break;
        last = albums[count - 1];
        pool_run(import->pool, (size_t)count, choose_task, covers);
        status = store_batch(import, covers, count, error);
        for (int i = 0; i < count; i++)
            prepared_cover_free(&covers[i].cover);
        progress_step(import->progress, done += count);
    }
    progress_end(import->progress);
    free(covers);
    return status;
}
