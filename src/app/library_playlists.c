/* M3U files become playlists. Their entries are files of the folder, or songs by artist and title. */
#include "app/library_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/text.h"
#include "db/import/m3u.h"
#include "db/import/note.h"
#include "db/playlists.h"

/* Tracks by the paths of their files: as they are (NFC), and as text_key folds them. */
struct track_paths {
    struct id_map exact, folded;
    struct buffer exact_tracks, folded_tracks; /* int32_t by number - 1; -1: several tracks */
};

struct playlists {
    struct library_import *import;
    struct track_paths paths;
    struct buffer path, text, key, tracks;
};

/* ------------------------------------------------------------------ paths */

static bool add_path(struct id_map *map, struct buffer *tracks, struct text path, int32_t track)
{
    const int32_t before = map->count, number = id_map_add(map, path.data, path.size);
    if (number > before)
        buffer_add(tracks, &track, sizeof track);
    else if (number > 0 && ((int32_t *)(void *)tracks->data)[number - 1] != track)
        ((int32_t *)(void *)tracks->data)[number - 1] = -1; /* several */
    return number > 0 && !tracks->failed;
}

static enum status add_file(struct playlists *playlists, const char *path, int64_t track, struct error *error)
{
    struct track_paths *paths = &playlists->paths;
    if (track < 1 || track > ingest_track_count(playlists->import->ingest))
        return STATUS_OK;
    buffer_clear(&playlists->text);
    buffer_clear(&playlists->key);
    library_path_text(path, &playlists->text);
    if (playlists->text.size == 0 || playlists->text.failed)
        return error_no_memory(error);
    text_key(playlists->text.data, playlists->text.size, &playlists->key);
    const bool added = add_path(&paths->exact, &paths->exact_tracks, library_key(&playlists->text), (int32_t)track) &&
                       add_path(&paths->folded, &paths->folded_tracks, library_key(&playlists->key), (int32_t)track);
    return added && !playlists->key.failed ? STATUS_OK : error_no_memory(error);
}

/* Files that are missing count, too: a playlist keeps their songs. */
static enum status index_files(struct playlists *playlists, struct error *error)
{
    struct library_import *import = playlists->import;
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < import->folder.count; i++)
        if (import->entries[i].file->kind == MUSIC_FILE)
            status = add_file(playlists, import->entries[i].file->path, import->entries[i].track, error);
    for (int32_t i = 0; status == STATUS_OK && i < import->paths.count; i++) {
        const struct known_file *known = &import->known[i];
        if (known->kind != LIBRARY_MUSIC || known->seen)
            continue;
        size_t size;
        const char *path = id_map_key(&import->paths, i + 1, &size);
        buffer_clear(&playlists->path);
        buffer_add(&playlists->path, path, size);
        status = playlists->path.failed ? error_no_memory(error)
                                        : add_file(playlists, playlists->path.data, known->track, error);
    }
    return status;
}

/* ------------------------------------------------------------------ entries */

static int32_t track_at(const struct id_map *map, const struct buffer *tracks, const struct buffer *path)
{
    const int32_t number = path->size > 0 ? id_map_find(map, path->data, path->size) : 0;
    const int32_t track = number > 0 ? ((const int32_t *)(const void *)tracks->data)[number - 1] : 0;
    return track > 0 ? track : 0;
}

/* A path from the folder on. */
static int32_t find_path(struct playlists *playlists, const char *path)
{
    const struct track_paths *paths = &playlists->paths;
    buffer_clear(&playlists->text);
    buffer_clear(&playlists->key);
    library_path_text(path, &playlists->text);
    const int32_t track = track_at(&paths->exact, &paths->exact_tracks, &playlists->text);
    if (track != 0 || playlists->text.size == 0)
        return track;
    text_key(playlists->text.data, playlists->text.size, &playlists->key);
    return track_at(&paths->folded, &paths->folded_tracks, &playlists->key);
}

/* A path of this or another machine: without its first folders it may be one from the folder on. */
static int32_t find_end(struct playlists *playlists, const char *path)
{
    int32_t track = 0;
    for (; track == 0 && path; path = strchr(path, '/')) {
        path += strspn(path, "/");
        track = *path ? find_path(playlists, path) : 0;
    }
    return track;
}

static int32_t find_location(struct playlists *playlists, const char *file, const char *location)
{
    enum m3u_form form;
    struct buffer path = {0}, folder = {0}, whole = {0};
    int32_t track = 0;
    if (m3u_path(location, &path, &form)) {
        if (form == M3U_RELATIVE) {
            library_path_text(file, &folder);
            folder.size = folder.data ? library_folder_size(folder.data) : 0;
            if (folder.data)
                folder.data[folder.size] = '\0';
            if (m3u_join(folder.data ? folder.data : "", path.data, &whole))
                track = find_path(playlists, whole.data);
        }
        if (track == 0) /* absolute, or relative to another place */
            track = find_end(playlists, path.data);
    }
    buffer_free(&path);
    buffer_free(&folder);
    buffer_free(&whole);
    return track;
}

static int32_t find_names(struct playlists *playlists, const struct m3u_entry *entry)
{
    buffer_clear(&playlists->key);
    if (!*entry->artist || !*entry->title)
        return 0;
    key_add_names(KEY_TRACK, library_text(entry->title), library_text(entry->artist), &playlists->key);
    return ingest_track_find(playlists->import->ingest, library_key(&playlists->key));
}

static int32_t find_entry(struct playlists *playlists, const char *file, const struct m3u_entry *entry)
{
    int32_t track = find_location(playlists, file, entry->location);
    if (track == 0 && strchr(entry->location, '%')) { /* percent signs although it is no URI */
        struct buffer plain = {0};
        m3u_unescape(entry->location, &plain);
        track = plain.failed ? 0 : find_location(playlists, file, plain.data);
        buffer_free(&plain);
    }
    if (track == 0) /* as `export m3u8` writes them */
        track = ingest_track_find(playlists->import->ingest, library_text(entry->location));
    return track != 0 ? track : find_names(playlists, entry);
}

static bool find_entries(struct playlists *playlists, const char *file, const char *name, const struct m3u *m3u)
{
    struct library_import *import = playlists->import;
    buffer_clear(&playlists->tracks);
    for (size_t i = 0; i < m3u->count; i++) {
        const int32_t track = find_entry(playlists, file, &m3u->entries[i]);
        if (track != 0) {
            buffer_add(&playlists->tracks, &track, sizeof track);
        } else {
            import_skipped(import->report, "an entry of a playlist that is not a file of the folder", name, "line",
                           m3u->entries[i].line);
            import->report->library.unmatched++;
        }
    }
    return !playlists->tracks.failed && !playlists->text.failed && !playlists->key.failed;
}

/* ------------------------------------------------------------------ playlists */

/* The key is the path in the folder, with a number if a playlist with other tracks has it. One with the same tracks is
 * taken over: the folder may have been imported from another place. */
static enum status add_playlist(struct playlists *playlists, struct text name, const char *path, int64_t *id,
                                struct error *error)
{
    struct library_import *import = playlists->import;
    const int32_t *tracks = (const int32_t *)(const void *)playlists->tracks.data;
    const size_t count = playlists->tracks.size / sizeof *tracks;
    struct playlist_metadata metadata = {
        .name = name, .modified = -1, .followers = -1, .edits = -1, .collaborative = -1};
    bool known = true, same = false;
    enum status status = STATUS_OK;
    for (int number = 1; status == STATUS_OK && known && !same && number < 1000; number++) {
        buffer_clear(&playlists->key);
        buffer_printf(&playlists->key, strncmp(path, "own:", 4) == 0 ? "./%.400s" : "%.400s", path);
        if (number > 1)
            buffer_printf(&playlists->key, " #%d", number);
        metadata.key = library_key(&playlists->key);
        status = playlists->key.failed
                     ? error_no_memory(error)
                     : ingest_playlist_known(import->ingest, metadata.key, (struct text){0}, &known, error);
        if (status == STATUS_OK && known)
            status = ingest_playlist_is(import->ingest, &metadata, tracks, count, &same, error);
    }
    *id = 0;
    if (status == STATUS_OK && same)
        return catalogue_playlist_find(import->catalogue, playlists->key.data, id, error);
    return status == STATUS_OK ? ingest_playlist(import->ingest, &metadata, tracks, count, id, error) : status;
}

static enum status change_playlist(struct playlists *playlists, struct text name, int64_t id, struct error *error)
{
    struct library_import *import = playlists->import;
    const int32_t *tracks = (const int32_t *)(const void *)playlists->tracks.data;
    bool changed;
    enum status status =
        ingest_playlist_replace(import->ingest, id, name, tracks, playlists->tracks.size / 4, &changed, error);
    import->report->library.playlists_changed += status == STATUS_OK && changed;
    return status;
}

static enum status write_row(struct playlists *playlists, struct file_entry *entry, const char *reason,
                             struct error *error)
{
    struct library_file row = {.id = entry->id,
                               .path = library_text(entry->file->path),
                               .kind = LIBRARY_PLAYLIST,
                               .size = entry->file->size,
                               .modified = entry->file->modified,
                               .inode = entry->file->inode,
                               .reason = reason,
                               .playlist = entry->playlist};
    return library_file_write(playlists->import->library, &row, error);
}

static void name_of(const char *path, const struct m3u *m3u, char *name, size_t size)
{
    const char *base = path + library_folder_size(path), *dot = strrchr(base, '.');
    if (*m3u->name)
        snprintf(name, size, "%s", m3u->name);
    else
        snprintf(name, size, "%.*s", dot && dot > base ? (int)(dot - base) : (int)strlen(base), base);
}

static enum status write_playlist(struct playlists *playlists, struct file_entry *entry, const char *path,
                                  const struct m3u *m3u, struct error *error)
{
    char raw[1200];
    struct buffer name = {0};
    const char *reason = "";
    enum status status = STATUS_OK;
    name_of(path, m3u, raw, sizeof raw);
    import_text(raw, strlen(raw), &name);
    if (!find_entries(playlists, entry->file->path, path, m3u) || name.failed)
        status = error_no_memory(error);
    else if (playlists->tracks.size == 0)
        import_passed_over(playlists->import->report, reason = "a playlist of which no entry is a file of the folder",
                           path);
    else if (entry->playlist > 0)
        status = change_playlist(playlists, library_key(&name), entry->playlist, error);
    else
        status = add_playlist(playlists, library_key(&name), path, &entry->playlist, error);
    buffer_free(&name);
    return status == STATUS_OK ? write_row(playlists, entry, reason, error) : status;
}

/* A playlist that cannot be read is remembered; one that was imported before stays as it is. */
static enum status read_playlist(struct playlists *playlists, struct file_entry *entry, struct error *error)
{
    struct library_import *import = playlists->import;
    struct buffer path = {0};
    struct m3u m3u = {.name = ""};
    struct error reason = {0};
    char opened[40];
    int descriptor = -1;
    library_path_text(entry->file->path, &path);
    enum status status = path.failed ? error_no_memory(error) : STATUS_OK;
    if (status == STATUS_OK) {
        status = music_file_open(&import->folder, entry->file->path, &descriptor, &reason);
        snprintf(opened, sizeof opened, "/proc/self/fd/%d", descriptor);
        if (status == STATUS_OK)
            status = m3u_read(opened, path.data, &m3u, &reason);
        if (status == STATUS_OK) {
            status = write_playlist(playlists, entry, path.data, &m3u, error);
        } else if (status == STATUS_BAD_DATA) {
            if (descriptor < 0)
                error_prefix(&reason, "%s", path.data);
            import_passed_over(import->report, "a playlist that cannot be read", reason.text);
            status = descriptor < 0 ? STATUS_OK : write_row(playlists, entry, reason.text, error);
        } else if (error) {
            *error = reason;
        }
    }
    if (descriptor >= 0)
        close(descriptor);
    m3u_free(&m3u);
    buffer_free(&path);
    return status;
}

static bool has_work(const struct library_import *import, bool all)
{
    for (size_t i = 0; i < import->folder.count; i++)
        if (import->entries[i].file->kind == MUSIC_PLAYLIST && (all || import->entries[i].state != FILE_UNCHANGED))
            return true;
    return false;
}

static enum status write_all(struct playlists *playlists, bool all, struct error *error)
{
    struct library_import *import = playlists->import;
    bool known;
    enum status status = ingest_begin(import->ingest, NULL, &known, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; status == STATUS_OK && i < import->folder.count; i++) {
        struct file_entry *entry = &import->entries[i];
        if (entry->file->kind == MUSIC_PLAYLIST && (all || entry->state != FILE_UNCHANGED))
            status = read_playlist(playlists, entry, error);
        if (status == STATUS_OK && progress_cancelled(import->progress))
            status = error_set(error, STATUS_INTERRUPTED, "stopped while reading playlists; run it again to continue");
    }
    if (status == STATUS_OK)
        status = library_set_pending(import->library, false, error);
    if (status == STATUS_OK)
        status = ingest_commit(import->ingest, NULL, error);
    if (status != STATUS_OK)
        ingest_rollback(import->ingest);
    return status;
}

enum status library_add_playlists(struct library_import *import, struct error *error)
{
    struct playlists playlists = {.import = import};
    bool all; /* entries may have become files */
    enum status status = library_pending(import->library, &all, error);
    if (status != STATUS_OK || !has_work(import, all))
        return status;
    progress_stage(import->progress, "reading playlists", "files", 0);
    status = index_files(&playlists, error);
    if (status == STATUS_OK)
        status = write_all(&playlists, all, error);
    progress_end(import->progress);
    id_map_free(&playlists.paths.exact);
    id_map_free(&playlists.paths.folded);
    buffer_free(&playlists.paths.exact_tracks);
    buffer_free(&playlists.paths.folded_tracks);
    buffer_free(&playlists.path);
    buffer_free(&playlists.text);
    buffer_free(&playlists.key);
    buffer_free(&playlists.tracks);
    return status;
}
