/* `covers add`: converts files to stored covers. Files are read, decoded and resized in parallel, a batch at a time;
 * each batch is one transaction, so that an interrupted run is valid and can be continued. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "core/log.h"
#include "vision/cover_files.h"
#include "vision/cover_prepare.h"
#include "vision/cover_store.h"

enum { BATCH = 64 };

/* The files of one album, of which the first usable one is taken. */
struct prepared {
    const struct cover_file *files;
    size_t n_files;
    size_t n_bad;                /* number of leading files that cannot be used */
    struct buffer reasons;       /* the reasons, NUL-terminated */
    struct prepared_cover cover; /* empty if no file can be used */
    const char *reason;          /* of the last bad file, for `covers status` */
    enum status stopped;         /* STATUS_OK, or why the remaining files were not read */
    struct error error;          /* if stopped */
    struct progress *progress;
};

struct adding {
    struct catalogue *catalogue;
    struct pool *pool;
    struct progress *progress;
    const char *map_file; /* NULL: files were found in folders */
    struct cover_tally bad, duplicates;
    struct covers_report *report;
};

static enum status prepare_file(struct prepared *cover, const char *path, struct error *error)
{
    int descriptor;
    if (progress_cancelled(cover->progress))
        return STATUS_INTERRUPTED;
    enum status status = file_open_input(path, &descriptor, NULL, error);
    cover->reason = cover_refusal(status == STATUS_OK ? STATUS_BAD_DATA : status);
    if (status != STATUS_OK)
        return STATUS_BAD_DATA;
    close(descriptor);
    return cover_prepare_file(path, &cover->cover, error);
}

static void prepare_task(void *context, size_t index, int worker)
{
    (void)worker;
    struct prepared *cover = (struct prepared *)context + index;
    while (cover->n_bad < cover->n_files) {
        struct error error = {0};
        enum status status = prepare_file(cover, cover->files[cover->n_bad].path, &error);
        if (status == STATUS_OK)
            return;
        if (status != STATUS_BAD_DATA) {
            cover->stopped = status;
            cover->error = error;
            return;
        }
        cover->n_bad++;
        buffer_add(&cover->reasons, error.text, strlen(error.text) + 1);
    }
}

/* A file of a map is named by its line, too. */
static void report_bad(struct adding *adding, const struct cover_file *file, const char *reason)
{
    if (file->line > 0)
        cover_tally_add(&adding->bad, LOG_WARNING, "%s, line %lld: %s", adding->map_file, file->line, reason);
    else
        cover_tally_add(&adding->bad, LOG_WARNING, "%s", reason);
}

static void report_duplicate(struct adding *adding, const struct cover_file *file, const struct cover_file *used)
{
    if (file->line > 0)
        cover_tally_add(&adding->duplicates, LOG_WARNING,
                        "%s, line %lld: %s is not used, because line %lld is for the same album", adding->map_file,
                        file->line, file->path, used->line);
    else
        cover_tally_add(&adding->duplicates, LOG_WARNING, "%s: not used, because %s is for the same album", file->path,
                        used->path);
}

/* Reports the files that were not used. */
static void report_files(struct adding *adding, const struct prepared *cover)
{
    const struct cover_file *file = cover->files;
    for (size_t at = 0; at < cover->reasons.size; at += strlen(cover->reasons.data + at) + 1)
        report_bad(adding, file++, cover->reasons.data + at);
    for (size_t i = cover->n_bad + 1; i < cover->n_files; i++)
        report_duplicate(adding, &cover->files[i], &cover->files[cover->n_bad]);
}

/* A reason does not replace a cover. */
static enum status store_reason(struct adding *adding, const struct prepared *cover, struct error *error)
{
    struct buffer old = {0};
    bool found = false;
    int64_t album = cover->files[0].album_id;
    enum status status = catalogue_cover_read(adding->catalogue, album, &old, &found, error);
    if (status == STATUS_OK && !found)
        status = catalogue_cover_write(adding->catalogue, album, NULL, 0, cover->reason, error);
    buffer_free(&old);
    return status;
}

static enum status store(struct adding *adding, const struct prepared *cover, struct error *error)
{
    bool changed;
    if (cover->stopped != STATUS_OK)
        return STATUS_OK;
    report_files(adding, cover);
    if (cover->cover.bytes.size == 0)
        return store_reason(adding, cover, error);
    enum status status = cover_store(adding->catalogue, cover->files[0].album_id, &cover->cover, &changed, error);
    if (status == STATUS_OK)
        ++*(changed ? &adding->report->added : &adding->report->unchanged);
    return status;
}

static enum status add_batch(struct adding *adding, struct prepared *covers, size_t count, struct error *error)
{
    pool_run(adding->pool, count, prepare_task, covers);
    struct covers_report before = *adding->report;
    enum status status = catalogue_begin(adding->catalogue, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        status = store(adding, &covers[i], error);
    if (status == STATUS_OK && adding->report->added > before.added)
        status = covers_raise_version(adding->catalogue, error);
    if (status == STATUS_OK)
        status = catalogue_commit(adding->catalogue, error);
    if (status != STATUS_OK) {
        catalogue_rollback(adding->catalogue);
        *adding->report = before;
    }
    return status;
}

/* Selects the files of the next albums, from file number *next on; returns the number of albums. */
static size_t take_batch(const struct cover_files *files, size_t *next, struct progress *progress,
                         struct prepared *covers)
{
    size_t count = 0;
    for (; count < BATCH && *next < files->count; count++) {
        const struct cover_file *first = &files->items[*next];
        covers[count] = (struct prepared){.files = first, .progress = progress};
        while (*next < files->count && files->items[*next].album_id == first->album_id) {
            covers[count].n_files++;
            ++*next;
        }
    }
    return count;
}

/* The error of the first album that was stopped by something other than the user, such as no decoder. */
static enum status find_failure(const struct prepared *covers, size_t count, struct error *error)
{
    for (size_t i = 0; i < count; i++)
        if (covers[i].stopped != STATUS_OK && covers[i].stopped != STATUS_INTERRUPTED) {
            *error = covers[i].error;
            return covers[i].stopped;
        }
    return STATUS_OK;
}

static enum status add_all(struct adding *adding, const struct cover_files *files, struct error *error)
{
    struct prepared covers[BATCH];
    enum status status = STATUS_OK;
    size_t next = 0, done = 0, count;
    while (status == STATUS_OK && (count = take_batch(files, &next, adding->progress, covers)) > 0) {
        status = add_batch(adding, covers, count, error);
        if (status == STATUS_OK)
            status = find_failure(covers, count, error);
        for (size_t i = 0; i < count; i++) {
            done += covers[i].stopped == STATUS_OK;
            prepared_cover_free(&covers[i].cover);
            buffer_free(&covers[i].reasons);
        }
        progress_step(adding->progress, (double)done);
        if (status == STATUS_OK && progress_cancelled(adding->progress))
            status =
                error_set(error, STATUS_INTERRUPTED,
                          "stopped after %zu of %" PRId64 " albums; added covers stay, and the same command continues",
                          done, files->n_albums);
    }
    return status;
}

enum status covers_add(struct catalogue *catalogue, const char *folder, const char *map_file, struct pool *pool,
                       struct progress *progress, struct covers_report *report, struct error *error)
{
    *report = (struct covers_report){0};
    if (!folder && !map_file)
        return error_set(error, STATUS_USAGE, "covers are added from a folder or from a map of albums and files");
    struct adding adding = {
        .catalogue = catalogue, .pool = pool, .progress = progress, .map_file = map_file, .report = report};
    struct cover_files files = {0};
    enum status status = map_file ? cover_files_from_map(catalogue, map_file, folder, &files, error)
                                  : cover_files_from_folder(catalogue, folder, &files, error);
    cover_tally_end(&files.unmatched, LOG_WARNING, map_file ? "lines with unknown albums" : "images of no album");
    cover_tally_end(&files.skipped, LOG_WARNING, "folders that were skipped");
    if (status == STATUS_OK) {
        progress_stage(progress, "adding covers", "albums", (double)files.n_albums);
        status = add_all(&adding, &files, error);
    }
    if (status == STATUS_OK)
        progress_end(progress);
    cover_tally_end(&adding.bad, LOG_WARNING, "files that cannot be used");
    cover_tally_end(&adding.duplicates, LOG_WARNING, "files that are not used");
    report->images = files.n_images;
    report->folders = files.n_folders;
    report->bad = adding.bad.count;
    report->duplicates = adding.duplicates.count;
    report->unmatched = files.unmatched.count;
    report->other_files = files.other.count;
    report->skipped_folders = files.skipped.count;
    cover_files_free(&files);
    return status;
}
