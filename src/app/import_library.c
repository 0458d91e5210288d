#include "app/import_library.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/library_internal.h"
#include "core/file.h"
#include "core/lock_file.h"
#include "db/import/note.h"

static void skipped(void *context, const char *path, const char *reason)
{
    struct library_import *import = context;
    struct buffer name = {0};
    library_path_text(path, &name);
    buffer_printf(&name, " (%s)", reason);
    if (!name.failed)
        import_passed_over(import->report, "a folder or file that was not followed or opened", name.data);
    buffer_free(&name);
}

/* One import at a time: two would add the same files. A process that an import which was killed had just started may
 * hold the lock for a moment. */
static enum status lock(struct catalogue *catalogue, struct lock_file *held, struct error *error)
{
    struct buffer path = {0};
    bool busy = false;
    catalogue_sidecar(catalogue, "", &path);
    enum status status = path.failed ? error_no_memory(error) : folder_make(path.data, error);
    buffer_add_text(&path, "library.lock");
    if (status == STATUS_OK && path.failed)
        status = error_no_memory(error);
    for (int tries = 0; status == STATUS_OK && tries < 20; tries++) {
        status = lock_file_take(path.data, held, &busy, error);
        if (!busy)
            break;
        usleep(50000);
    }
    buffer_free(&path);
    return status == STATUS_OK && busy
               ? error_set(error, STATUS_FAILED,
                           "another sleeve is importing music files into this catalogue; wait until it is done")
               : status;
}

static enum status check_outcome(const struct library_import *import, struct error *error)
{
    const struct import_report *report = import->report;
    size_t music = 0;
    for (size_t i = 0; i < import->folder.count; i++)
        music += import->folder.items[i].kind == MUSIC_FILE;
    if (music == 0 && report->library.missing == 0)
        return error_set(error, STATUS_BAD_DATA,
                         "%s contains no music files (folders searched: %" PRId64 ", files of other kinds: %" PRId64
                         ")",
                         import->folder.path, import->folder.n_folders, import->folder.n_other);
    if (report->files == 0 && report->files_skipped == 0 && report->library.unreadable > 0)
        return error_set(error, STATUS_BAD_DATA, "%s: none of %" PRId64 " music files can be read", import->folder.path,
                         report->library.unreadable);
    return STATUS_OK;
}

static enum status import_all(struct library_import *import, struct error *error)
{
    enum status status = library_find_place(import, error);
    if (status == STATUS_OK)
        status = library_open(import->catalogue, import->folder.path, &import->library, error);
    if (status == STATUS_OK)
        status = ingest_open(import->catalogue, import->report, &import->ingest, error);
    if (status == STATUS_OK)
        status = library_compare(import, error);
    if (status == STATUS_OK)
        status = library_write_places(import, error);
    if (status == STATUS_OK)
        status = library_add_tracks(import, error);
    if (status == STATUS_OK)
        status = library_add_playlists(import, error);
    if (status == STATUS_OK)
        status = library_add_covers(import, error);
    return status == STATUS_OK ? check_outcome(import, error) : status;
}

static enum status run(struct catalogue *catalogue, const struct import_input *input, struct pool *pool,
                       struct progress *progress, struct import_report *report, struct error *error)
{
    struct library_import import = {.catalogue = catalogue, .pool = pool, .progress = progress, .report = report};
    struct lock_file held = {0};
    *report = (struct import_report){0};
    enum status status = music_folder_open(input->paths[0], skipped, &import, &import.folder, error);
    if (status == STATUS_OK)
        status = lock(catalogue, &held, error);
    if (status == STATUS_OK)
        status = import_all(&import, error);
    ingest_close(import.ingest);
    library_close(import.library);
    lock_file_release(&held);
    music_folder_close(&import.folder);
    id_map_free(&import.paths);
    id_map_free(&import.by_path);
    free(import.known);
    free(import.entries);
    buffer_free(&import.key);
    buffer_free(&import.scratch);
    return status;
}

const struct importer importer_library = {
    .name = "library",
    .arguments = "DIR",
    .help = "a folder of music files (MP3, FLAC, Ogg, Opus, M4A, WAV, AIFF, WMA, Monkey's Audio, WavPack): their tags, "
            "the\n"
            "covers in them or in their folders, and M3U playlists. A later import reads only what has changed.",
    .options = "",
    .run = run,
};
