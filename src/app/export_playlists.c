#include "app/export_playlists.h"

#include <stdlib.h>
#include <string.h>

#include "db/tracks.h"
#include "eval/split.h"

enum { PART = 4096 };

enum status export_sets(const char *on, int *sets, struct error *error)
{
    *sets = !on || strcmp(on, "all") == 0 ? SPLIT_ALL : (int)split_set_named(on);
    return *sets != 0 ? STATUS_OK : error_set(error, STATUS_USAGE, "--on is all, train, val or test, not \"%s\"", on);
}

void export_write_field(FILE *stream, const char *text)
{
    for (; *text; text++)
        fputc(strchr("\t\r\n", *text) ? ' ' : *text, stream);
}

static enum status stopped(const struct export_work *work, struct error *error)
{
    return progress_cancelled(work->progress) ? error_set(error, STATUS_INTERRUPTED, "stopped; nothing was written")
                                              : STATUS_OK;
}

enum status export_each_playlist(const struct export_work *work, int sets,
                                 enum status (*each)(const struct playlist *playlist, void *context,
                                                     struct error *error),
                                 void *context, struct error *error)
{
    int64_t *ids = NULL;
    size_t count = 0;
    enum status status = catalogue_split_playlists(work->catalogue, sets, &ids, &count, error);
    progress_stage(work->progress, "exporting", "playlists", (double)count);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        struct playlist_list one = {0};
        status = catalogue_playlist_read(work->catalogue, ids[i], &one, error);
        if (status == STATUS_OK)
            status = each(&one.items[0], context, error);
        playlist_list_free(&one);
        progress_step(work->progress, (double)i + 1);
        if (status == STATUS_OK && i % 64 == 0)
            status = stopped(work, error);
    }
    progress_end(work->progress);
    free(ids);
    return status;
}

enum status export_each_track(const struct export_work *work, int64_t n_tracks,
                              enum status (*each)(const struct track *track, void *context, struct error *error),
                              void *context, struct error *error)
{
    int64_t ids[PART];
    enum status status = STATUS_OK;
    for (int64_t first = 0; status == STATUS_OK && first < n_tracks; first += PART) {
        struct track_list tracks = {0};
        size_t count = 0;
        for (; count < PART && first + (int64_t)count < n_tracks; count++)
            ids[count] = first + (int64_t)count + 1;
        status = catalogue_tracks_read(work->catalogue, ids, count, &tracks, error);
        for (size_t i = 0; status == STATUS_OK && i < count; i++)
            status = each(&tracks.items[i], context, error);
        track_list_free(&tracks);
        if (status == STATUS_OK)
            status = stopped(work, error);
    }
    return status;
}

enum status export_playlist_rows(const struct export_work *work, const int64_t *ids, size_t count, FILE *stream,
                                 struct error *error)
{
    enum status status = STATUS_OK;
    fputs("row\tkey\tname\n", stream);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        struct playlist_list one = {0};
        status = catalogue_playlist_read(work->catalogue, ids[i], &one, error);
        if (status == STATUS_OK) {
            fprintf(stream, "%zu\t", i);
            export_write_field(stream, one.items[0].key);
            fputc('\t', stream);
            export_write_field(stream, one.items[0].name);
            fputc('\n', stream);
        }
        playlist_list_free(&one);
    }
    return status;
}

static enum status write_track(const struct track *track, void *context, struct error *error)
{
    FILE *stream = context;
    const char *const fields[] = {track->key, track->title, track->artist, track->album};
    (void)error;
    fprintf(stream, "%lld", (long long)track->id - 1);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        fputc('\t', stream);
        export_write_field(stream, fields[i]);
    }
    fputc('\n', stream);
    return STATUS_OK;
}

enum status export_track_rows(const struct export_work *work, int64_t n_tracks, FILE *stream, struct error *error)
{
    fputs("row\tkey\ttitle\tartist\talbum\n", stream);
    return export_each_track(work, n_tracks, write_track, stream, error);
}
