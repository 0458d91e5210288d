/* `covers add`: files into prepared covers. Files are read, decoded and fitted in parallel, a batch at a time; each
 * batch is one transaction, so that work that is stopped is valid and goes on where it was. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "vision/cover_files.h"
#include "vision/cover_store.h"
#include "vision/image_codec.h"

enum {
    BATCH = 64,
    /* Flat artwork stays exact as PNG; what PNG cannot hold in this many bytes is a photograph, and kept as JPEG
     * without colour subsampling at a fifth of the size. */
    PNG_MAX = 48 << 10,
    JPEG_QUALITY = 92,
};

struct prepared {
    const struct cover_file *file;
    struct buffer bytes; /* empty where it failed */
    const char *reason;
    struct error error;
};

static const char *prepare(struct prepared *cover)
{
    struct image fitted = {0};
    struct error *error = &cover->error;
    const char *reason = NULL;
    if (image_load_fitted(cover->file->path, COVER_EDGE, &fitted, error) != STATUS_OK)
        reason = "the file is not an image that can be used";
    else if (image_encode_png(&fitted, &cover->bytes, error) != STATUS_OK)
        reason = "out of memory";
    if (!reason && cover->bytes.size > PNG_MAX) {
        buffer_clear(&cover->bytes);
        if (image_encode_jpeg(&fitted, JPEG_QUALITY, &cover->bytes, error) != STATUS_OK)
            reason = "out of memory";
    }
    image_free(&fitted);
    return reason;
}

static void prepare_task(void *context, size_t index, int worker)
{
    (void)worker;
    struct prepared *cover = (struct prepared *)context + index;
    cover->reason = prepare(cover);
}

static enum status store(struct catalogue *catalogue, struct prepared *cover, struct covers_report *report,
                         struct error *error)
{
    struct buffer old = {0};
    bool found = false;
    int64_t album = cover->file->album_id;
    enum status status = catalogue_cover_read(catalogue, album, &old, &found, error);
    if (status == STATUS_OK && cover->reason) {
        log_message(LOG_WARNING, "%s", cover->error.text);
        report->bad++;
        if (!found)
            status = catalogue_cover_write(catalogue, album, NULL, 0, cover->reason, error);
    } else if (status == STATUS_OK && found && old.size == cover->bytes.size &&
               memcmp(old.data, cover->bytes.data, old.size) == 0) {
        report->unchanged++;
    } else if (status == STATUS_OK) {
        status = catalogue_cover_write(catalogue, album, cover->bytes.data, cover->bytes.size, NULL, error);
        if (status == STATUS_OK)
            report->added++;
    }
    buffer_free(&old);
    return status;
}

/* Whoever keeps thumbnails made from the covers sees by this number that some have changed. */
static enum status raise_version(struct catalogue *catalogue, struct error *error)
{
    char *text = NULL;
    enum status status = catalogue_setting_read(catalogue, "covers.version", &text, error);
    if (status != STATUS_OK)
        return status;
    char next[24];
    snprintf(next, sizeof next, "%llu", (text ? strtoull(text, NULL, 10) : 0) + 1);
    free(text);
    return catalogue_setting_write(catalogue, "covers.version", next, error);
}

static enum status add_batch(struct catalogue *catalogue, struct prepared *covers, size_t count, struct pool *pool,
                             struct covers_report *report, struct error *error)
{
    pool_run(pool, count, prepare_task, covers);
    struct covers_report before = *report;
    enum status status = catalogue_begin(catalogue, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        status = store(catalogue, &covers[i], report, error);
    if (status == STATUS_OK && report->added > before.added)
        status = raise_version(catalogue, error);
    if (status == STATUS_OK)
        status = catalogue_commit(catalogue, error);
    if (status != STATUS_OK) {
        catalogue_rollback(catalogue);
        *report = before;
    }
    return status;
}

enum status covers_add(struct catalogue *catalogue, const char *folder, const char *map_file, struct pool *pool,
                       struct progress *progress, struct covers_report *report, struct error *error)
{
    *report = (struct covers_report){0};
    if (!folder && !map_file)
        return error_set(error, STATUS_USAGE, "covers are added from a folder or from a map of albums and files");
    struct cover_files files = {0};
    enum status status = map_file ? cover_files_from_map(catalogue, map_file, folder, &files, error)
                                  : cover_files_from_folder(catalogue, folder, &files, error);
    report->unmatched = files.unmatched;
    struct prepared *covers = calloc(BATCH, sizeof *covers);
    if (status == STATUS_OK && !covers)
        status = error_no_memory(error);
    if (status == STATUS_OK)
        progress_stage(progress, "adding covers", "files", (double)files.count);
    for (size_t first = 0; status == STATUS_OK && first < files.count; first += BATCH) {
        size_t count = files.count - first < BATCH ? files.count - first : BATCH;
        for (size_t i = 0; i < count; i++)
            covers[i] = (struct prepared){.file = &files.items[first + i]};
        status = add_batch(catalogue, covers, count, pool, report, error);
        for (size_t i = 0; i < count; i++)
            buffer_free(&covers[i].bytes);
        progress_step(progress, (double)(first + count));
        if (status == STATUS_OK && progress_cancelled(progress))
            status = error_set(error, STATUS_INTERRUPTED,
                               "stopped after %zu of %zu files; what was added stays, and the same command goes on",
                               first + count, files.count);
    }
    if (status == STATUS_OK)
        progress_end(progress);
    free(covers);
    cover_files_free(&files);
    return status;
}
