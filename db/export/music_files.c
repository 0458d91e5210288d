#include "db/export/music_files.h"

#include <string.h>

#include "core/text.h"
#include "db/database.h"

/* A path that is one line of UTF-8, as formats of lines need it. */
static bool is_writable(const char *path, size_t size)
{
    return size > 0 && !memchr(path, '\n', size) && !memchr(path, '\r', size) && !memchr(path, '\0', size) &&
           text_is_utf8(path, size);
}

static enum status read_path(struct catalogue *catalogue, sqlite3_stmt *paths, int64_t track, struct arena *memory,
                             const char **file, struct error *error)
{
    bool row = true;
    enum status status = STATUS_OK;
    sqlite3_bind_int64(paths, 1, track);
    while (status == STATUS_OK && row && !*file) {
        status = database_step_row(catalogue, paths, &row, "read the paths of music files", error);
        const char *path = row ? sqlite3_column_blob(paths, 0) : NULL;
        const size_t size = row ? (size_t)sqlite3_column_bytes(paths, 0) : 0;
        if (path && is_writable(path, size)) {
            *file = arena_copy_text(memory, path, size);
            status = *file ? STATUS_OK : error_no_memory(error);
        }
    }
    sqlite3_reset(paths);
    return status;
}

enum status export_music_files(struct catalogue *catalogue, const struct track_list *tracks, struct arena *memory,
                               const char *const **out, struct error *error)
{
    sqlite3_stmt *paths;
    const char **files = arena_alloc(memory, sizeof *files * (tracks->count + 1));
    if (!files)
        return error_no_memory(error);
    enum status status = database_prepare(catalogue,
                                          "SELECT CAST(d.path || '/' || f.path AS BLOB) FROM library_files f"
                                          " JOIN library_folders d ON d.id = f.folder_id"
                                          " WHERE f.track_id = ? AND f.missing = 0 AND f.kind = 1"
                                          " ORDER BY f.size DESC, f.id",
                                          &paths, error);
    for (size_t i = 0; status == STATUS_OK && i < tracks->count; i++) {
        files[i] = NULL;
        status = read_path(catalogue, paths, tracks->items[i].id, memory, &files[i], error);
    }
    sqlite3_finalize(paths);
    *out = files;
    return status;
}
