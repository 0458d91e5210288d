#include "app/library_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/hash.h"
#include "core/pool.h"
#include "db/import/note.h"
#include "media/file_names.h"

/* A batch ends with a folder, because the files of an album are compared, or at BATCH_MAX. */
enum { BATCH = 256, BATCH_MAX = 1024 };

/* ------------------------------------------------------------------ reading */

static void read_task(void *context, size_t index, int worker)
{
    (void)worker;
    struct read_file *file = (struct read_file *)context + index;
    const char *path = file->entry->file->path;
    struct buffer name = {0};
    int descriptor = -1;
    if (progress_cancelled(file->import->progress)) {
        file->status = STATUS_INTERRUPTED;
        return;
    }
    library_path_text(path, &name);
    if (name.failed) {
        file->status = error_no_memory(&file->error);
        return;
    }
    file->status = music_file_open(&file->import->folder, path, &descriptor, &file->error);
    file->opened = file->status == STATUS_OK;
    if (!file->opened)
        error_prefix(&file->error, "%s", name.data);
    else
        file->status = media_read_safely(descriptor, name.data, &file->tags, NULL, &file->error);
    if (descriptor >= 0)
        close(descriptor);
    if (file->status == STATUS_OK)
        file->from_path = media_tags_from_path(name.data, &file->tags);
    buffer_free(&name);
}

/* ------------------------------------------------------------------ tracks */

/* Some programs give all songs of an album the code of the first, so a track that the album has, or of another length,
 * is not it. */
static enum status find_by_isrc(struct library_import *import, const struct read_file *file, int32_t album,
                                const char *id, int64_t *track, struct error *error)
{
    enum { NEAR_MS = 2000 };
    const int32_t duration = file->tags.duration_ms;
    int64_t known = -1;
    bool has = false;
    enum status status = library_id_find(import->library, false, id, track, error);
    if (status != STATUS_OK || *track == 0)
        return status;
    if (album > 0)
        status = library_track_has_file(import->library, *track, album, file->entry->id, &has, error);
    if (status == STATUS_OK)
        status = library_track_duration(import->library, *track, &known, error);
    if (has || known < 0 || duration < 0 || llabs(known - duration) > NEAR_MS)
        *track = 0;
    return status;
}

static const char *artist_of(const struct media_tags *tags)
{
    return *tags->artist ? tags->artist : "[unknown]";
}

static const char *title_of(const struct media_tags *tags)
{
    return *tags->title ? tags->title : "[unknown]";
}

/* Songs of the same title are not the same song where nothing is known of the artist: such a file is a track of its
 * own. Its key is its path in the folder, behind a hash of the folder's own path. */
static void add_key(struct library_import *import, const struct read_file *file, struct track_metadata *metadata)
{
    buffer_clear(&import->key);
    metadata->of_names = *file->tags.artist != '\0';
    if (metadata->of_names) {
        key_add_names(KEY_TRACK, metadata->title, metadata->artist_name, &import->key);
    } else {
        char folder[33];
        struct hash hash;
        hash_begin(&hash);
        hash_add(&hash, import->folder.path, strlen(import->folder.path));
        hash_end(hash, folder);
        buffer_printf(&import->key, "file:%.8s/", folder);
        library_path_text(file->entry->file->path, &import->key);
    }
    metadata->key = library_key(&import->key);
}

/* By the names; another recording of the same names, with another MusicBrainz id, has that as its key. */
static enum status add_track(struct library_import *import, const struct read_file *file,
                             struct track_metadata *metadata, const char *recording, int32_t *track,
                             struct error *error)
{
    bool other = false;
    add_key(import, file, metadata);
    enum status status = import->key.failed ? error_no_memory(error) : STATUS_OK;
    const int32_t known = ingest_track_find(import->ingest, metadata->key);
    if (status == STATUS_OK && known != 0 && *recording)
        status = library_id_other(import->library, false, known, "musicbrainz:recording:", &other, error);
    if (other) {
        metadata->key = library_text(recording);
        metadata->of_names = false;
    }
    return status == STATUS_OK ? ingest_track(import->ingest, metadata, track, error) : status;
}

static enum status find_or_add_track(struct library_import *import, const struct read_file *file,
                                     struct track_metadata *metadata, int32_t *track, struct error *error)
{
    const struct media_tags *tags = &file->tags;
    char recording[100] = "", isrc[100] = "";
    int64_t found = 0;
    enum status status = STATUS_OK;
    if (*tags->recording) {
        snprintf(recording, sizeof recording, "musicbrainz:recording:%s", tags->recording);
        status = library_id_find(import->library, false, recording, &found, error);
    }
    if (*tags->isrc)
        snprintf(isrc, sizeof isrc, "isrc:%s", tags->isrc);
    if (status == STATUS_OK && *isrc && !*recording)
        status = find_by_isrc(import, file, metadata->album, isrc, &found, error);
    if (status != STATUS_OK)
        return status;
    *track = (int32_t)found;
    status = found > 0 ? ingest_track_complete(import->ingest, metadata, *track, error)
                       : add_track(import, file, metadata, recording, track, error);
    if (status == STATUS_OK && *recording && found == 0)
        status = library_id_add(import->library, false, recording, *track, error);
    if (status == STATUS_OK && *isrc)
        status = library_id_add(import->library, false, isrc, *track, error);
    return status;
}

static enum status write_track(struct library_import *import, const struct read_file *file, int32_t *track,
                               int32_t *album, struct error *error)
{
    const struct media_tags *tags = &file->tags;
    struct track_metadata metadata = {.title = library_text(title_of(tags)),
                                      .artist_name = library_text(artist_of(tags)),
                                      .album_title = library_text(tags->album),
                                      .duration_ms = tags->duration_ms,
                                      .popularity = -1};
    buffer_clear(&import->key);
    key_add_names(KEY_ARTIST, (struct text){0}, metadata.artist_name, &import->key);
    enum status status = import->key.failed ? error_no_memory(error)
                                            : ingest_artist(import->ingest, library_key(&import->key),
                                                            metadata.artist_name, &metadata.artist, error);
    if (status == STATUS_OK)
        status = library_album(import, file, album, error);
    metadata.album = *album;
    if (status == STATUS_OK)
        status = find_or_add_track(import, file, &metadata, track, error);
    if (status == STATUS_OK && *album > 0 && *tags->genre)
        status = ingest_album_genre(import->ingest, *album, library_text(tags->genre), error);
    return status;
}

/* ------------------------------------------------------------------ files */

static void report_file(struct library_import *import, const struct read_file *file, const char *path)
{
    struct import_report *report = import->report;
    const struct media_tags *tags = &file->tags;
    if (file->from_path)
        import_altered(report, "tags missing: taken from the names of the file and its folders", path, "", 0);
    if (!*tags->artist)
        import_altered(report, "artist missing: kept as [unknown]", path, "", 0);
    if (tags->cut)
        import_altered(report, "text longer than 1,000 bytes: cut", path, "", 0);
    if (file->disc_removed)
        import_altered(report, "the number of the disc in an album's title: removed", path, "", 0);
    if (tags->more_artists)
        import_dropped(report, "artists beyond the first of a track", path, "", 0);
    report->files++;
    report->bytes += file->entry->file->size;
}

static enum status write_row(struct library_import *import, const struct read_file *file, int32_t track, int32_t album,
                             struct error *error)
{
    const struct media_tags *tags = &file->tags;
    struct file_entry *entry = file->entry;
    struct library_file row = {.id = entry->id,
                               .path = library_text(entry->file->path),
                               .kind = LIBRARY_MUSIC,
                               .size = entry->file->size,
                               .modified = entry->file->modified,
                               .inode = entry->file->inode,
                               .reason = file->status == STATUS_OK ? "" : file->error.text,
                               .track = track,
                               .album = album,
                               .disc = tags->disc,
                               .number = tags->track,
                               .date = tags->date,
                               .original_date = tags->original_date,
                               .genre = tags->genre,
                               .picture = tags->picture_hash,
                               .front = tags->picture == MEDIA_PICTURE_FRONT};
    enum status status = library_file_write(import->library, &row, error);
    for (int i = 0; i < 2; i++) { /* the album of the file, and the one it was on before */
        const int64_t changed = i == 0 ? album : entry->album != album ? entry->album : 0;
        if (status == STATUS_OK && changed > 0)
            status = library_cover_request(import->library, changed, error);
    }
    entry->id = row.id;
    entry->track = track;
    entry->album = album;
    return status;
}

static enum status write_file(struct library_import *import, const struct read_file *file, struct error *error)
{
    int32_t track = 0, album = 0;
    bool has_file = false;
    buffer_clear(&import->scratch);
    library_path_text(file->entry->file->path, &import->scratch);
    if (import->scratch.failed)
        return error_no_memory(error);
    const char *path = import->scratch.data;
    enum status status = STATUS_OK;
    if (file->status == STATUS_OK) {
        ingest_at(import->ingest, path, "", 0);
        status = write_track(import, file, &track, &album, error);
        if (status == STATUS_OK)
            status = library_track_has_file(import->library, track, 0, file->entry->id, &has_file, error);
        report_file(import, file, path);
        if (has_file && file->entry->track != track) {
            import->report->library.merged++;
            import_altered(import->report, "a song that another file has: both files are one track", path, "", 0);
        }
    } else {
        import_passed_over(import->report, "a music file that cannot be read", file->error.text);
        import->report->library.unreadable++;
        if (!file->opened) /* which may be another time, without a change of the file */
            return STATUS_OK;
    }
    return status == STATUS_OK ? write_row(import, file, track, album, error) : status;
}

static enum status write_batch(struct library_import *import, const struct read_file *files, size_t count,
                               struct error *error)
{
    bool known;
    enum status status = ingest_begin(import->ingest, NULL, &known, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; status == STATUS_OK && i < count; i++)
        status = write_file(import, &files[i], error);
    if (status == STATUS_OK)
        status = library_set_pending(import->library, true, error);
    if (status == STATUS_OK)
        status = ingest_commit(import->ingest, NULL, error);
    if (status != STATUS_OK)
        ingest_rollback(import->ingest);
    return status;
}

/* A file that could not be read for a reason that is not its own stops the import. */
static enum status check_batch(const struct read_file *files, size_t count, struct error *error)
{
    for (size_t i = 0; i < count; i++)
        if (files[i].status != STATUS_OK && files[i].status != STATUS_BAD_DATA) {
            if (error)
                *error = files[i].error;
            return files[i].status;
        }
    return STATUS_OK;
}

/* Selects the next files to read, from entry *next on. */
static size_t take_batch(struct library_import *import, size_t *next, struct read_file *files)
{
    size_t count = 0, folder = 0;
    const char *last = "";
    for (; *next < import->folder.count && count < BATCH_MAX; ++*next) {
        struct file_entry *entry = &import->entries[*next];
        if (entry->file->kind != MUSIC_FILE || entry->state < FILE_NEW)
            continue;
        const bool same =
            library_folder_size(entry->file->path) == folder && memcmp(entry->file->path, last, folder) == 0;
        if (count >= BATCH && !same)
            break;
        last = entry->file->path;
        folder = library_folder_size(last);
        files[count++] = (struct read_file){.entry = entry, .import = import};
    }
    return count;
}

static enum status read_all(struct library_import *import, struct read_file *files, size_t total, struct error *error)
{
    size_t next = 0, done = 0, count;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && (count = take_batch(import, &next, files)) > 0) {
        pool_run(import->pool, count, read_task, files);
        status = progress_cancelled(import->progress) ? STATUS_INTERRUPTED : check_batch(files, count, error);
        if (status == STATUS_OK) {
            library_album_artists(files, count);
            status = write_batch(import, files, count, error);
        }
        done += status == STATUS_OK ? count : 0;
        progress_step(import->progress, (double)done);
        if (status == STATUS_INTERRUPTED)
            error_set(error, status,
                      "stopped after %zu of %zu files, which are in the catalogue; run it again to continue", done,
                      total);
    }
    return status;
}

enum status library_add_tracks(struct library_import *import, struct error *error)
{
    size_t total = 0;
    for (size_t i = 0; i < import->folder.count; i++)
        total += import->entries[i].file->kind == MUSIC_FILE && import->entries[i].state >= FILE_NEW;
    if (total == 0)
        return STATUS_OK;
    struct read_file *files = calloc(BATCH_MAX, sizeof *files);
    if (!files)
        return error_no_memory(error);
    progress_stage(import->progress, "reading music files", "files", (double)total);
    enum status status = read_all(import, files, total, error);
    progress_end(import->progress);
    free(files);
    return status;
}
