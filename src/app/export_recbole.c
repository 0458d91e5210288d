/* RecBole's atomic files (https://recbole.io/docs/user_guide/data/atomic_files.html): tables with tabs whose header
 * gives each column's type. */
#include <stdlib.h>
#include <string.h>

#include "app/export_files.h"
#include "app/export_playlists.h"
#include "db/summary.h"

struct recbole {
    const struct export_work *work;
    FILE *inter, *user, *item;
    int64_t entries, playlists;
};

/* A key in one token: RecBole separates tokens at blanks. */
static void write_token(FILE *stream, const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text <= ' ' || *text == '%' || *text == 0x7f)
            fprintf(stream, "%%%02X", (unsigned)(unsigned char)*text);
        else
            fputc(*text, stream);
    }
}

static enum status write_playlist(const struct playlist *playlist, void *context, struct error *error)
{
    struct recbole *recbole = context;
    int64_t *ids = NULL;
    size_t count = 0;
    struct track_list tracks = {0};
    enum status status = catalogue_playlist_entries(recbole->work->catalogue, playlist->id, &ids, &count, error);
    if (status == STATUS_OK)
        status = catalogue_tracks_read(recbole->work->catalogue, ids, count, &tracks, error);
    for (size_t i = 0; status == STATUS_OK && i < tracks.count; i++) {
        write_token(recbole->inter, playlist->key);
        fputc('\t', recbole->inter);
        write_token(recbole->inter, tracks.items[i].key);
        fprintf(recbole->inter, "\t%zu\n", i);
    }
    write_token(recbole->user, playlist->key);
    fputc('\t', recbole->user);
    export_write_field(recbole->user, playlist->name);
    fputc('\n', recbole->user);
    recbole->entries += (int64_t)tracks.count;
    recbole->playlists++;
    free(ids);
    track_list_free(&tracks);
    return status;
}

static enum status write_item(const struct track *track, void *context, struct error *error)
{
    FILE *stream = context;
    (void)error;
    write_token(stream, track->key);
    fputc('\t', stream);
    export_write_field(stream, track->title);
    fputc('\t', stream);
    export_write_field(stream, track->artist);
    fputc('\t', stream);
    export_write_field(stream, track->album);
    fputc('\t', stream);
    if (track->duration_ms >= 0)
        fprintf(stream, "%d", track->duration_ms);
    fputc('\n', stream);
    return STATUS_OK;
}

/* RecBole expects the name of the folder as the name of its files. */
static enum status open_file(const struct export_work *work, const char *extension, FILE **stream, struct error *error)
{
    struct buffer name = {0};
    export_files_stem(work->files, "playlists", &name);
    buffer_add_text(&name, extension);
    enum status status = name.failed ? error_no_memory(error) : export_files_add(work->files, name.data, stream, error);
    buffer_free(&name);
    return status;
}

static enum status run(const struct export_work *work, struct error *error)
{
    struct recbole recbole = {.work = work};
    struct catalogue_counts counts;
    int sets;
    enum status status = export_sets(work->input->on, &sets, error);
    if (status == STATUS_OK)
        status = catalogue_count(work->catalogue, &counts, error);
    if (status == STATUS_OK)
        status = open_file(work, ".inter", &recbole.inter, error);
    if (status == STATUS_OK)
        status = open_file(work, ".user", &recbole.user, error);
    if (status == STATUS_OK)
        status = open_file(work, ".item", &recbole.item, error);
    if (status != STATUS_OK)
        return status;
    fputs("user_id:token\titem_id:token\tposition:float\n", recbole.inter);
    fputs("user_id:token\tname:token_seq\n", recbole.user);
    fputs("item_id:token\ttitle:token_seq\tartist:token_seq\talbum:token_seq\tduration_ms:float\n", recbole.item);
    status = export_each_playlist(work, sets, write_playlist, &recbole, error);
    if (status == STATUS_OK)
        status = export_each_track(work, counts.tracks, write_item, recbole.item, error);
    if (status == STATUS_OK)
        buffer_printf(
            work->notes,
            "%lld playlists as users, %lld tracks as items, %lld entries; set TIME_FIELD: position to keep the "
            "order\n",
            (long long)recbole.playlists, (long long)counts.tracks, (long long)recbole.entries);
    return status;
}

const struct exporter exporter_recbole = {
    .name = "recbole",
    .extension = "/",
    .help =
        "RecBole's atomic files: .inter (playlist, track, position), .item (titles, artists, albums, durations) and "
        ".user\n(names of playlists), named after the folder. White space and % in keys are escaped as in a URL. --on "
        "train, val or test:\nonly these playlists.",
    .subject = EXPORT_CATALOGUE,
    .options = "on",
    .run = run,
};
