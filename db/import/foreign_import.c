/* Playlists of other programs into the catalogue. */
#include <string.h>

#include "db/id_map.h"
#include "db/import/complete.h"
#include "db/import/matcher.h"
#include "db/import/note.h"
#include "db/import/unmatched.h"

struct foreign_import {
    struct catalogue *catalogue;
    const struct import_input *input;
    struct foreign_reading reading;
    struct ingest *ingest;
    struct matcher *matcher;
    struct id_map keys;         /* of the playlists of this file */
    struct buffer key, numbers; /* of the playlist; int32_t of its tracks */
    struct buffer stem;         /* the name of the file without its ending */
    int64_t playlists, entries; /* in the file; entries that were stored */
};

static struct text text_of(const char *text)
{
    return (struct text){text ? text : "", text ? strlen(text) : 0};
}

/* ---- tracks ---- */

static const char *fault(const struct foreign_track *entry)
{
    if (!entry->title)
        return "no title";
    return entry->artist ? NULL : "no artist";
}

static enum status leave_out(struct foreign_import *import, const struct foreign_playlist *playlist,
                             const struct foreign_track *entry, const char *reason, struct error *error)
{
    import_skipped(import->reading.report, reason, import->reading.name, import->reading.unit, entry->place);
    import->reading.report->matches.unmatched++;
    return import->input->unmatched ? unmatched_add(import->input->unmatched, playlist->name, entry, error) : STATUS_OK;
}

/* The number of the entry's track; 0: it is left out. */
static enum status resolve(struct foreign_import *import, const struct foreign_playlist *playlist,
                           const struct foreign_track *entry, int32_t *track, struct error *error)
{
    const bool only = import->input->match_only;
    struct import_report *report = import->reading.report;
    enum match_how how;
    enum status status = matcher_find(import->matcher, &import->reading, entry, track, &how, error);
    if (status != STATUS_OK)
        return status;
    matcher_count(report, how);
    if (*track != 0)
        return only ? STATUS_OK : matcher_complete(import->matcher, &import->reading, entry, how, *track, error);
    if (how == MATCH_LEAVE) {
        import_skipped(report, "an entry that --matches leaves out", import->reading.name, import->reading.unit,
                       entry->place);
        return STATUS_OK;
    }
    if (fault(entry))
        return leave_out(import, playlist, entry,
                         entry->id || entry->mbid || entry->isrc ? "an id that the catalogue lacks, without names"
                                                                 : fault(entry),
                         error);
    if (only && how != MATCH_NEW)
        return leave_out(import, playlist, entry, "no track of the catalogue fits", error);
    return matcher_add(import->matcher, &import->reading, entry, track, error);
}

/* ---- playlists ---- */

/* The key: its id or its name. Programs can have several playlists of one name; in a file the later ones get numbers.
 */
static enum status make_key(struct foreign_import *import, struct foreign_playlist *playlist, struct error *error)
{
    const char *written = playlist->id ? playlist->id : playlist->name;
    buffer_clear(&import->key);
    key_add_playlist(text_of(written), playlist->id != NULL, &import->key);
    const size_t size = import->key.size;
    for (int number = 2; !import->key.failed && id_map_find(&import->keys, import->key.data, import->key.size);
         number++) {
        import->key.size = size;
        buffer_printf(&import->key, " #%d", number);
        if (number == 2)
            import_altered(import->reading.report,
                           "a playlist with the name of an earlier one in the file: its key gets a number",
                           import->reading.name, import->reading.unit, playlist->place);
    }
    if (import->key.failed || id_map_add(&import->keys, import->key.data, import->key.size) == 0)
        return error_no_memory(error);
    return STATUS_OK;
}

static enum status skip(struct foreign_import *import, const struct playlist_metadata *metadata,
                        const struct foreign_playlist *playlist, const int32_t *tracks, size_t n_tracks,
                        struct error *error)
{
    bool same, done = false;
    enum status status = ingest_playlist_is(import->ingest, metadata, tracks, n_tracks, &same, error);
    if (status == STATUS_OK && !same && import->input->choices)
        status = import_complete_playlist(import->catalogue, import->ingest, metadata, tracks, n_tracks,
                                          import->reading.report, &done, error);
    if (status == STATUS_OK && done)
        import->entries++;
    for (size_t i = 0; status == STATUS_OK && !done && i < playlist->count; i++)
        import_skipped(import->reading.report,
                       same ? "its playlist is in the catalogue already"
                            : "its playlist is in the catalogue already, with other tracks: rename it to have both",
                       import->reading.name, import->reading.unit, playlist->tracks[i].place);
    return status;
}

/* Tracks of a playlist that is known are only looked up, so that none is added for nothing. */
static enum status find_all(struct foreign_import *import, const struct foreign_playlist *playlist, bool known,
                            struct error *error)
{
    enum status status = STATUS_OK;
    buffer_clear(&import->numbers);
    for (size_t i = 0; status == STATUS_OK && i < playlist->count; i++) {
        int32_t track = 0;
        enum match_how how;
        status = known ? matcher_find(import->matcher, &import->reading, &playlist->tracks[i], &track, &how, error)
                       : resolve(import, playlist, &playlist->tracks[i], &track, error);
        if (status == STATUS_OK && track != 0)
            buffer_add(&import->numbers, &track, sizeof track);
    }
    return status == STATUS_OK && import->numbers.failed ? error_no_memory(error) : status;
}

static enum status store(struct foreign_import *import, const struct foreign_playlist *playlist, struct error *error)
{
    struct playlist_metadata metadata = {.key = {import->key.data, import->key.size},
                                         .name = text_of(playlist->name),
                                         .modified = -1,
                                         .followers = -1,
                                         .edits = -1,
                                         .collaborative = -1};
    bool known;
    int64_t id;
    if (playlist->description)
        metadata.description = text_of(playlist->description);
    enum status status = ingest_playlist_known(import->ingest, metadata.key, (struct text){0}, &known, error);
    if (status == STATUS_OK)
        status = find_all(import, playlist, known && !import->input->choices, error);
    const int32_t *tracks = (const int32_t *)(const void *)import->numbers.data;
    const size_t n_tracks = import->numbers.size / sizeof *tracks;
    if (status != STATUS_OK)
        return status;
    if (known)
        return skip(import, &metadata, playlist, tracks, n_tracks, error);
    if (n_tracks == 0) {
        import_skipped(import->reading.report, "a playlist without any track that could be used", import->reading.name,
                       import->reading.unit, playlist->place);
        return STATUS_OK;
    }
    import->entries += (int64_t)n_tracks;
    return ingest_playlist(import->ingest, &metadata, tracks, n_tracks, &id, error);
}

static enum status take_playlist(void *context, struct foreign_playlist *playlist, struct error *error)
{
    struct foreign_import *import = context;
    struct import_report *report = import->reading.report;
    import->playlists++;
    if (progress_cancelled(import->reading.progress))
        return error_set(error, STATUS_INTERRUPTED, "stopped; nothing of %s was imported", import->reading.name);
    if (!playlist->name && !playlist->id) /* named after the file, as tables are */
        playlist->name = import->stem.data;
    else if (!playlist->name)
        playlist->name = playlist->id;
    if (strncmp(playlist->id ? playlist->id : playlist->name, "own:", 4) == 0) {
        import_skipped(report, "a playlist key that begins with own: (reserved for the explorer)", import->reading.name,
                       import->reading.unit, playlist->place);
        return STATUS_OK;
    }
    if (playlist->count == 0) {
        import_skipped(report, "a playlist without tracks", import->reading.name, import->reading.unit,
                       playlist->place);
        return STATUS_OK;
    }
    enum status status = make_key(import, playlist, error);
    return status == STATUS_OK ? store(import, playlist, error) : status;
}

/* ---- files ---- */

/* Without the last ending, and the one before .gz. */
static bool make_stem(const char *name, struct buffer *stem)
{
    size_t size = strlen(name);
    for (int i = 0; i < 2; i++) {
        const char *dot = memrchr(name, '.', size);
        if (!dot || dot == name || size - (size_t)(dot - name) > 6)
            break;
        const bool packed = size - (size_t)(dot - name) == 3 && memcmp(dot, ".gz", 3) == 0;
        size = (size_t)(dot - name);
        if (!packed)
            break;
    }
    import_text(name, size, stem);
    if (stem->size == 0)
        buffer_add_text(stem, "playlist");
    return !stem->failed;
}

static enum status refuse_empty(const struct foreign_import *import, const char *what, struct error *error)
{
    const struct import_report *report = import->reading.report;
    int first = 0;
    while (first < report->n_reasons && report->reasons[first].kind != IMPORT_SKIPPED)
        first++;
    if (import->playlists == 0)
        return error_set(error, STATUS_BAD_DATA, "%s: nothing was imported; %s without any playlist",
                         import->reading.name, what);
    return error_set(error, STATUS_BAD_DATA,
                     "%s: nothing was imported, no entry of its %lld playlist%s could be used (%s)",
                     import->reading.name, (long long)import->playlists, import->playlists == 1 ? "" : "s",
                     first < report->n_reasons ? report->reasons[first].reason : "");
}

static enum status read_and_commit(struct foreign_import *import, const struct foreign_format *format,
                                   const struct import_file *file, struct error *error)
{
    bool known;
    enum status status = ingest_begin(import->ingest, import->input->choices ? NULL : file, &known, error);
    if (status == STATUS_OK && known)
        import->reading.report->files_skipped++;
    if (status != STATUS_OK || known)
        return status;
    status = format->read(&import->reading, error);
    if (status == STATUS_OK && import->entries == 0)
        status = refuse_empty(import, format->what, error);
    if (status == STATUS_OK)
        status = import_commit(import->ingest, import->reading.report, file, import->input->choices != NULL, error);
    if (status != STATUS_OK)
        ingest_rollback(import->ingest);
    return status;
}

enum status foreign_import(struct catalogue *catalogue, const struct foreign_format *format,
                           const struct import_input *input, struct progress *progress, struct import_report *report,
                           struct error *error)
{
    char hash[33];
    const char *path = input->paths[0];
    struct import_file file = {.format = format->name, .name = import_base_name(path), .hash = hash};
    struct foreign_import import = {.catalogue = catalogue, .input = input};
    bool known = false;
    import.reading = (struct foreign_reading){.path = path,
                                              .name = file.name,
                                              .unit = format->unit,
                                              .report = report,
                                              .progress = progress,
                                              .playlist = take_playlist,
                                              .context = &import};
    enum status status =
        make_stem(file.name, &import.stem) ? import_hash(path, hash, &file.size, error) : error_no_memory(error);
    if (status == STATUS_OK)
        status = ingest_open(catalogue, report, &import.ingest, error);
    if (status == STATUS_OK && !input->choices)
        status = ingest_known(import.ingest, &file, &known, error);
    report->files_skipped += known;
    progress_stage(progress, file.name, "bytes", (double)file.size);
    if (status == STATUS_OK && !known)
        status = matcher_open(catalogue, import.ingest, input, &import.matcher, error);
    if (status == STATUS_OK && !known)
        status = read_and_commit(&import, format, &file, error);
    progress_end(progress);
    matcher_close(import.matcher);
    ingest_close(import.ingest);
    id_map_free(&import.keys);
    buffer_free(&import.key);
    buffer_free(&import.numbers);
    buffer_free(&import.stem);
    return status;
}
