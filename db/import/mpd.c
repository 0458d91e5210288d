#include "db/import/import.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "db/import/mpd_pipe.h"
#include "db/import/note.h"
#include "db/ingest.h"

/* ---- which files ---- */

struct file_list {
    char **paths;
    size_t count;
    double bytes;
};

static void file_list_free(struct file_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->paths[i]);
    free(list->paths);
}

static bool file_list_add(struct file_list *list, const char *folder, const char *name)
{
    char **paths = realloc(list->paths, (list->count + 1) * sizeof *paths);
    if (!paths)
        return false;
    list->paths = paths;
    struct buffer path = {0};
    buffer_printf(&path, "%s%s%s", folder, *folder ? "/" : "", name);
    struct stat facts;
    if (!path.failed && stat(path.data, &facts) == 0)
        list->bytes += (double)facts.st_size;
    paths[list->count] = path.data;
    list->count += !path.failed;
    return !path.failed;
}

static int is_slice(const struct dirent *entry)
{
    return fnmatch("mpd.slice.*.json", entry->d_name, 0) == 0 || fnmatch("mpd.slice.*.json.gz", entry->d_name, 0) == 0;
}

/* 0-999 comes before 1000-1999. */
static int by_slice(const struct dirent **a, const struct dirent **b)
{
    return strverscmp((*a)->d_name, (*b)->d_name);
}

static enum status list_files(const char *const *paths, size_t n_paths, struct file_list *list, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < n_paths; i++) {
        struct stat facts;
        if (stat(paths[i], &facts) != 0)
            return error_set(error, STATUS_FAILED, "%s cannot be read (%s); give slices or a folder that holds them",
                             paths[i], strerror(errno));
        if (!S_ISDIR(facts.st_mode)) {
            status = file_list_add(list, "", paths[i]) ? STATUS_OK : error_no_memory(error);
            continue;
        }
        struct dirent **entries;
        int count = scandir(paths[i], &entries, is_slice, by_slice);
        if (count < 0)
            return error_set(error, STATUS_FAILED, "the folder %s cannot be read (%s)", paths[i], strerror(errno));
        if (count == 0)
            status = error_set(error, STATUS_FAILED,
                               "the folder %s holds no mpd.slice.*.json; give the one with the slices", paths[i]);
        for (int k = 0; k < count; k++) {
            if (status == STATUS_OK && !file_list_add(list, paths[i], entries[k]->d_name))
                status = error_no_memory(error);
            free(entries[k]);
        }
        free(entries);
    }
    if (status == STATUS_OK && list->count == 0)
        status = error_set(error, STATUS_USAGE, "import mpd wants slices or a folder that holds them");
    return status;
}

/* ---- writing ---- */

struct writer {
    struct ingest *ingest;
    struct import_report *report;
    const struct file_list *files;
    struct mpd_pipe *pipe;
    struct buffer tracks;          /* int32 numbers of one playlist */
    struct buffer keys[KEY_KINDS]; /* of one track, where they are not written as they are kept */
    bool open;                     /* a transaction is */
    struct import_file file;
    char hash[33];
    double done, before; /* bytes of the files so far, and of those before this one */
};

static struct text text_at(const struct mpd_batch *batch, struct span span)
{
    return (struct text){batch->texts.data ? batch->texts.data + span.at : "", span.size};
}

static struct text text_or_unknown(const struct mpd_batch *batch, struct span span)
{
    static const struct text unknown = {"[unknown]", 9};
    return span.size > 0 ? text_at(batch, span) : unknown;
}

/* The key of an id, which is nearly always written as it is kept. */
static struct text key_at(struct writer *writer, const struct mpd_batch *batch, enum key_kind kind, struct span span)
{
    struct text id = text_at(batch, span);
    if (id.size > 8 && memcmp(id.data, "spotify:", 8) == 0 && !memchr(id.data, '?', id.size))
        return id;
    struct buffer *key = &writer->keys[kind];
    buffer_clear(key);
    key_add_id(kind, id, key);
    return (struct text){key->data ? key->data : "", key->size};
}

static enum status write_artist(struct writer *writer, const struct mpd_batch *batch, const struct mpd_track *track,
                                int32_t *artist, struct error *error)
{
    struct text name = text_or_unknown(batch, track->artist), key;
    if (track->artist_uri.size > 0) {
        key = key_at(writer, batch, KEY_ARTIST, track->artist_uri);
    } else {
        struct buffer *out = &writer->keys[KEY_ARTIST];
        buffer_clear(out);
        key_add_names(KEY_ARTIST, (struct text){0}, name, out);
        key = (struct text){out->data ? out->data : "", out->size};
    }
    return writer->keys[KEY_ARTIST].failed ? error_no_memory(error)
                                           : ingest_artist(writer->ingest, key, name, artist, error);
}

static enum status write_track(struct writer *writer, const struct mpd_batch *batch, const struct mpd_track *track,
                               int32_t *id, struct error *error)
{
    struct track_facts facts = {.key = key_at(writer, batch, KEY_TRACK, track->uri),
                                .title = text_at(batch, track->title),
                                .artist_name = text_at(batch, track->artist),
                                .album_title = text_at(batch, track->album),
                                .duration_ms = track->duration_ms,
                                .popularity = -1};
    if (writer->keys[KEY_TRACK].failed)
        return error_no_memory(error);
    ingest_at(writer->ingest, writer->file.name, "byte", track->byte);
    *id = ingest_track_find(writer->ingest, facts.key);
    int tells = (track->album_uri.size > 0 ? LACKS_ALBUM : 0) | (track->duration_ms >= 0 ? LACKS_DURATION : 0);
    if (*id != 0 && (ingest_track_lacks(writer->ingest, *id) & tells) == 0)
        return ingest_track_compare(writer->ingest, &facts, *id, error);
    enum status status = write_artist(writer, batch, track, &facts.artist, error);
    if (status == STATUS_OK && track->album_uri.size > 0) {
        const struct album_facts album = {.key = key_at(writer, batch, KEY_ALBUM, track->album_uri),
                                          .title = text_or_unknown(batch, track->album),
                                          .artist = facts.artist};
        status = writer->keys[KEY_ALBUM].failed ? error_no_memory(error)
                                                : ingest_album(writer->ingest, &album, &facts.album, error);
    }
    if (status != STATUS_OK)
        return status;
    if (*id == 0)
        facts.title = text_or_unknown(batch, track->title);
    return ingest_track(writer->ingest, &facts, id, error);
}

static enum status write_playlist(struct writer *writer, const struct mpd_batch *batch,
                                  const struct mpd_playlist *playlist, struct error *error)
{
    const struct mpd_track *tracks = (const struct mpd_track *)(const void *)batch->tracks.data + playlist->first_track;
    struct text key = text_at(batch, playlist->key);
    enum status status = STATUS_OK;
    if (key.size >= 4 && memcmp(key.data, "own:", 4) == 0) {
        import_skipped(writer->report, "a playlist key that begins with own: (kept for the explorer's)",
                       writer->file.name, "byte", playlist->byte);
        return STATUS_OK;
    }
    buffer_clear(&writer->tracks);
    for (size_t i = 0; status == STATUS_OK && i < playlist->n_tracks; i++) {
        int32_t id;
        status = write_track(writer, batch, &tracks[i], &id, error);
        buffer_add(&writer->tracks, &id, sizeof id);
    }
    if (status != STATUS_OK)
        return status;
    if (writer->tracks.failed)
        return error_no_memory(error);
    const struct playlist_facts facts = {
        .key = key,
        .name = playlist->name.size > 0 ? text_at(batch, playlist->name) : key,
        .description = playlist->has_description ? text_at(batch, playlist->description) : (struct text){NULL, 0},
        .modified = playlist->modified,
        .followers = playlist->followers,
        .edits = playlist->edits,
        .collaborative = playlist->collaborative,
    };
    int64_t id;
    status = ingest_playlist(writer->ingest, &facts, (const int32_t *)(const void *)writer->tracks.data,
                             playlist->n_tracks, &id, error);
    if (status == STATUS_OK && id == 0)
        import_skipped(writer->report, "a playlist whose pid is in the catalogue already", writer->file.name, "byte",
                       playlist->byte);
    return status;
}

static enum status begin_file(struct writer *writer, const struct mpd_batch *batch, struct error *error)
{
    memcpy(writer->hash, batch->hash, sizeof writer->hash);
    writer->file = (struct import_file){.format = "mpd",
                                        .name = import_base_name(writer->files->paths[batch->file]),
                                        .size = batch->size,
                                        .hash = writer->hash};
    bool known;
    enum status status = ingest_known(writer->ingest, &writer->file, &known, error);
    if (status == STATUS_OK && !known)
        status = ingest_begin(writer->ingest, &writer->file, &known, error);
    writer->open = status == STATUS_OK && !known;
    if (status == STATUS_OK && known) {
        writer->report->files_skipped++;
        mpd_pipe_skip(writer->pipe, batch->file);
    }
    return status;
}

static enum status write_batch(struct writer *writer, const struct mpd_batch *batch, struct error *error)
{
    enum status status = batch->begins && batch->status == STATUS_OK ? begin_file(writer, batch, error) : STATUS_OK;
    if (status != STATUS_OK)
        return status;
    if (batch->status != STATUS_OK) {
        if (error)
            *error = batch->error;
        return batch->status;
    }
    if (!writer->open)
        return STATUS_OK;
    import_notes_merge(writer->report, &batch->notes);
    const struct mpd_playlist *playlists = (const struct mpd_playlist *)(const void *)batch->playlists.data;
    for (size_t i = 0; status == STATUS_OK && i < batch->playlists.size / sizeof *playlists; i++)
        status = write_playlist(writer, batch, &playlists[i], error);
    if (status == STATUS_OK && batch->ends) {
        status = ingest_commit(writer->ingest, &writer->file, error);
        writer->open = status != STATUS_OK;
    }
    return status;
}

static enum status write_all(struct writer *writer, struct progress *progress, struct error *error)
{
    enum status status = STATUS_OK;
    progress_stage(progress, "importing slices", "bytes", writer->files->bytes);
    struct mpd_batch *batch;
    while (status == STATUS_OK && (batch = mpd_pipe_take(writer->pipe))) {
        status = write_batch(writer, batch, error);
        if (batch->begins) {
            writer->before = writer->done;
            writer->done += (double)batch->size;
        }
        progress_step(progress, writer->before + (double)batch->position);
        mpd_pipe_return(writer->pipe, batch);
        if (status == STATUS_OK && progress_cancelled(progress))
            status =
                error_set(error, STATUS_INTERRUPTED,
                          "stopped after %lld of %zu slices, which are in the catalogue; run it again to go on",
                          (long long)(writer->report->files + writer->report->files_skipped), writer->files->count);
    }
    if (writer->open)
        ingest_rollback(writer->ingest);
    progress_end(progress);
    return status;
}

enum status import_mpd(struct catalogue *catalogue, const char *const *paths, size_t n_paths, struct pool *pool,
                       struct progress *progress, struct import_report *report, struct error *error)
{
    (void)pool;
    *report = (struct import_report){0};
    struct file_list files = {0};
    struct writer writer = {.report = report, .files = &files};
    enum status status = list_files(paths, n_paths, &files, error);
    if (status == STATUS_OK)
        status = ingest_open(catalogue, report, &writer.ingest, error);
    if (status == STATUS_OK)
        status = mpd_pipe_open((const char *const *)files.paths, files.count, &writer.pipe, error);
    if (status == STATUS_OK)
        status = write_all(&writer, progress, error);
    mpd_pipe_close(writer.pipe);
    ingest_close(writer.ingest);
    buffer_free(&writer.tracks);
    for (int kind = 0; kind < KEY_KINDS; kind++)
        buffer_free(&writer.keys[kind]);
    file_list_free(&files);
    return status;
}
