#include "db/import/importer.h"

#include <stdlib.h>
#include <string.h>

#include "db/import/mpd_files.h"
#include "db/import/mpd_pipe.h"
#include "db/import/note.h"
#include "db/ingest.h"

struct writer {
    struct ingest *ingest;
    struct import_report *report;
    const struct mpd_files *files;
    struct mpd_pipe *pipe;
    struct buffer tracks;          /* int32 numbers of one playlist */
    struct buffer keys[KEY_KINDS]; /* of one track, where they are not written in normal form */
    bool open;                     /* a transaction is open */
    int64_t n_read, written;       /* playlists of the file */
    struct import_file file;
    char hash[33];
    double done, before; /* bytes read so far, and those of the files before this one */
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

/* The key of an id, which is nearly always written in normal form. */
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
    struct track_metadata metadata = {.key = key_at(writer, batch, KEY_TRACK, track->uri),
                                      .title = text_at(batch, track->title),
                                      .artist_name = text_at(batch, track->artist),
                                      .album_title = text_at(batch, track->album),
                                      .duration_ms = track->duration_ms,
                                      .popularity = -1};
    if (writer->keys[KEY_TRACK].failed)
        return error_no_memory(error);
    ingest_at(writer->ingest, writer->file.name, "byte", track->byte);
    *id = ingest_track_find(writer->ingest, metadata.key);
    int gives = (track->album_uri.size > 0 ? LACKS_ALBUM : 0) | (track->duration_ms >= 0 ? LACKS_DURATION : 0);
    if (*id != 0 && (ingest_track_lacks(writer->ingest, *id) & gives) == 0)
        return ingest_track_compare(writer->ingest, &metadata, *id, error);
    enum status status = write_artist(writer, batch, track, &metadata.artist, error);
    if (status == STATUS_OK && track->album_uri.size > 0) {
        const struct album_metadata album = {.key = key_at(writer, batch, KEY_ALBUM, track->album_uri),
                                             .title = text_or_unknown(batch, track->album),
                                             .artist = metadata.artist};
        status = writer->keys[KEY_ALBUM].failed ? error_no_memory(error)
                                                : ingest_album(writer->ingest, &album, &metadata.album, error);
    }
    if (status != STATUS_OK)
        return status;
    if (*id == 0)
        metadata.title = text_or_unknown(batch, track->title);
    return ingest_track(writer->ingest, &metadata, id, error);
}

static enum status add_tracks(struct writer *writer, const struct mpd_batch *batch, const struct mpd_playlist *playlist,
                              struct error *error)
{
    const struct mpd_track *tracks = (const struct mpd_track *)(const void *)batch->tracks.data + playlist->first_track;
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < playlist->n_tracks; i++) {
        int32_t id;
        status = write_track(writer, batch, &tracks[i], &id, error);
        buffer_add(&writer->tracks, &id, sizeof id);
    }
    return status == STATUS_OK && writer->tracks.failed ? error_no_memory(error) : status;
}

/* A playlist that the catalogue has already: its tracks are compared, not added. */
static enum status skip_playlist(struct writer *writer, const struct mpd_batch *batch,
                                 const struct mpd_playlist *playlist, const struct playlist_metadata *metadata,
                                 struct error *error)
{
    const struct mpd_track *tracks = (const struct mpd_track *)(const void *)batch->tracks.data + playlist->first_track;
    for (size_t i = 0; i < playlist->n_tracks; i++) {
        int32_t id = ingest_track_find(writer->ingest, key_at(writer, batch, KEY_TRACK, tracks[i].uri));
        buffer_add(&writer->tracks, &id, sizeof id);
    }
    bool same = false;
    if (writer->tracks.failed || writer->keys[KEY_TRACK].failed)
        return error_no_memory(error);
    enum status status = ingest_playlist_is(
        writer->ingest, metadata, (const int32_t *)(const void *)writer->tracks.data, playlist->n_tracks, &same, error);
    if (status == STATUS_OK)
        import_skipped(writer->report,
                       same ? "a playlist whose pid is in the catalogue already"
                            : "a playlist whose pid is in the catalogue already, with other tracks",
                       writer->file.name, "byte", playlist->byte);
    return status;
}

static enum status write_playlist(struct writer *writer, const struct mpd_batch *batch,
                                  const struct mpd_playlist *playlist, struct error *error)
{
    struct text key = text_at(batch, playlist->key);
    writer->n_read++;
    if (key.size >= 4 && memcmp(key.data, "own:", 4) == 0) {
        import_skipped(writer->report, "a playlist key that begins with own: (reserved for the explorer)",
                       writer->file.name, "byte", playlist->byte);
        return STATUS_OK;
    }
    const struct playlist_metadata metadata = {
        .key = key,
        .name = playlist->name.size > 0 ? text_at(batch, playlist->name) : key,
        .description = playlist->has_description ? text_at(batch, playlist->description) : (struct text){NULL, 0},
        .modified = playlist->modified,
        .followers = playlist->followers,
        .edits = playlist->edits,
        .collaborative = playlist->collaborative,
    };
    bool known;
    int64_t id;
    buffer_clear(&writer->tracks);
    enum status status = ingest_playlist_known(writer->ingest, key, metadata.old_key, &known, error);
    if (status == STATUS_OK && known)
        return skip_playlist(writer, batch, playlist, &metadata, error);
    if (status == STATUS_OK)
        status = add_tracks(writer, batch, playlist, error);
    if (status == STATUS_OK)
        status = ingest_playlist(writer->ingest, &metadata, (const int32_t *)(const void *)writer->tracks.data,
                                 playlist->n_tracks, &id, error);
    writer->written += status == STATUS_OK;
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
    writer->n_read = writer->written = 0;
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

/* Commits what was imported of the file; a file without anything new leaves no trace. */
static enum status end_file(struct writer *writer, struct error *error)
{
    if (writer->written > 0) {
        enum status status = ingest_commit(writer->ingest, &writer->file, error);
        writer->open = status != STATUS_OK;
        return status;
    }
    if (writer->n_read == 0)
        import_passed_over(writer->report, "a slice without playlists that could be read", writer->file.name);
    ingest_rollback(writer->ingest);
    writer->open = false;
    return STATUS_OK;
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
    return status == STATUS_OK && batch->ends ? end_file(writer, error) : status;
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
                          "stopped after %lld of %zu slices, which are in the catalogue; run it again to continue",
                          (long long)(writer->report->files + writer->report->files_skipped), writer->files->count);
    }
    if (writer->open)
        ingest_rollback(writer->ingest);
    progress_end(progress);
    return status;
}

static enum status check_outcome(const struct import_report *report, const struct mpd_files *files, struct error *error)
{
    if (report->entries > 0 || report->files_skipped > 0)
        return STATUS_OK;
    const char *reason = report->n_reasons > 0 ? report->reasons[0].reason : "no slice";
    if (files->count == 1)
        return error_set(error, STATUS_BAD_DATA, "%s: nothing was imported (%s)", files->paths[0], reason);
    return error_set(error, STATUS_BAD_DATA, "nothing of %zu files was imported (%s)", files->count, reason);
}

enum status import_mpd(struct catalogue *catalogue, const char *const *paths, size_t n_paths, struct pool *pool,
                       struct progress *progress, struct import_report *report, struct error *error)
{
    (void)pool;
    *report = (struct import_report){0};
    struct mpd_files files = {0};
    struct writer writer = {.report = report, .files = &files};
    enum status status = mpd_files_find(paths, n_paths, &files, report, error);
    if (status == STATUS_OK)
        status = ingest_open(catalogue, report, &writer.ingest, error);
    if (status == STATUS_OK)
        status = mpd_pipe_open((const char *const *)files.paths, files.count, &writer.pipe, error);
    if (status == STATUS_OK)
        status = write_all(&writer, progress, error);
    if (status == STATUS_OK)
        status = check_outcome(report, &files, error);
    mpd_pipe_close(writer.pipe);
    ingest_close(writer.ingest);
    buffer_free(&writer.tracks);
    for (int kind = 0; kind < KEY_KINDS; kind++)
        buffer_free(&writer.keys[kind]);
    mpd_files_free(&files);
    return status;
}

static enum status run(struct catalogue *catalogue, const struct import_input *input, struct pool *pool,
                       struct progress *progress, struct import_report *report, struct error *error)
{
    return import_mpd(catalogue, input->paths, input->n_paths, pool, progress, report, error);
}

static bool is_slice(const char *text, size_t size, const char *name)
{
    (void)name;
    return text[0] == '{' && memmem(text, size, "\"pid\"", 5) && !memmem(text, size, "\"num_holdouts\"", 14);
}

const struct importer importer_mpd = {
    .name = "mpd",
    .arguments = "PATH...",
    .help =
        "slices of the Million Playlist Dataset, files or folders. An import that was interrupted continues after the\n"
        "last complete slice.",
    .options = "",
    .recognises = is_slice,
    .many_paths = true,
    .run = run,
};
