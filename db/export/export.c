#include "db/export/export.h"

#include <stdlib.h>
#include <string.h>

#include "db/spreadsheet.h"

/* A field of RFC 4180, in quotes where it needs them, and what follows it. */
static void add_field(struct buffer *out, const char *text, bool guarded, const char *after)
{
    const size_t size = strlen(text);
    const char *guard = guarded && spreadsheet_guards(text, size) ? "'" : "";
    const bool quoted =
        *guard || strpbrk(text, ",;\"\t\r\n") || (size > 0 && (text[0] == ' ' || text[size - 1] == ' '));
    buffer_add_text(out, quoted ? "\"" : "");
    buffer_add_text(out, guard);
    for (; *text; text++) {
        if (*text == '"')
            buffer_add_byte(out, '"');
        buffer_add_byte(out, *text);
    }
    buffer_add_text(out, quoted ? "\"" : "");
    buffer_add_text(out, after);
}

/* A line of its own: line ends inside become spaces. */
static void add_line_text(struct buffer *out, const char *text)
{
    for (; *text; text++)
        buffer_add_byte(out, *text == '\n' || *text == '\r' ? ' ' : *text);
}

/* The columns are those that `import csv --preset playlists` reads. */
static void add_csv(const char *name, const char *id, const struct track_list *tracks, bool guarded, struct buffer *out)
{
    buffer_add_text(out, "playlist,pos,track,artist,album,duration_ms,track_id,playlist_id");
    buffer_add_text(out, guarded ? "," SPREADSHEET_COLUMN "\r\n" : "\r\n");
    for (size_t i = 0; i < tracks->count; i++) {
        const struct track *track = &tracks->items[i];
        add_field(out, name, guarded, ",");
        buffer_printf(out, "%zu,", i);
        add_field(out, track->title, guarded, ",");
        add_field(out, track->artist, guarded, ",");
        add_field(out, track->album, guarded, ",");
        if (track->duration_ms >= 0)
            buffer_printf(out, "%d", track->duration_ms);
        buffer_add_byte(out, ',');
        add_field(out, track->key, guarded, ",");
        add_field(out, id ? id : "", guarded, guarded ? ",yes\r\n" : "\r\n");
    }
}

static void add_m3u8(const char *name, const struct track_list *tracks, struct buffer *out)
{
    buffer_add_text(out, "#EXTM3U\n#PLAYLIST:");
    add_line_text(out, name);
    buffer_add_byte(out, '\n');
    for (size_t i = 0; i < tracks->count; i++) {
        const struct track *track = &tracks->items[i];
        /* -1 is how players write an unknown length. */
        buffer_printf(out, "#EXTINF:%d,", track->duration_ms >= 0 ? (track->duration_ms + 500) / 1000 : -1);
        add_line_text(out, track->artist);
        buffer_add_text(out, " - ");
        add_line_text(out, track->title);
        buffer_add_byte(out, '\n');
        buffer_add_text(out, track->key[0] == '#' ? "./" : "");
        add_line_text(out, track->key);
        buffer_add_byte(out, '\n');
    }
}

enum status export_tracks(const char *name, const char *id, const struct track_list *tracks, enum export_format format,
                          struct buffer *out, struct error *error)
{
    switch (format) {
    case EXPORT_CSV:
    case EXPORT_SPREADSHEET:
        add_csv(name, id, tracks, format == EXPORT_SPREADSHEET, out);
        break;
    case EXPORT_M3U8:
        add_m3u8(name, tracks, out);
        break;
    case EXPORT_URIS:
        for (size_t i = 0; i < tracks->count; i++) {
            add_line_text(out, tracks->items[i].key);
            buffer_add_byte(out, '\n');
        }
        break;
    }
    return out->failed ? error_no_memory(error) : STATUS_OK;
}

/* The id by which an import makes the same playlist: its key where that is not its name. Keys that begin with "own:"
 * belong to the explorer, so a name that does gets an id of its own. */
static void add_id(const struct playlist *playlist, struct buffer *id)
{
    if (!playlist->own && strcmp(playlist->key, playlist->name) != 0)
        buffer_add_text(id, playlist->key);
    else if (strncmp(playlist->name, "own:", 4) == 0)
        buffer_printf(id, "\\%s", playlist->name);
}

enum status export_playlist(struct catalogue *catalogue, int64_t playlist_id, enum export_format format,
                            struct buffer *out, struct error *error)
{
    struct playlist_list playlist = {0};
    struct track_list tracks = {0};
    struct buffer id = {0};
    int64_t *ids = NULL;
    size_t count;
    enum status status = catalogue_playlist_read(catalogue, playlist_id, &playlist, error);
    if (status == STATUS_OK)
        status = catalogue_playlist_entries(catalogue, playlist_id, &ids, &count, error);
    if (status == STATUS_OK)
        status = catalogue_tracks_read(catalogue, ids, count, &tracks, error);
    if (status == STATUS_OK)
        add_id(&playlist.items[0], &id);
    if (id.failed)
        status = error_no_memory(error);
    if (status == STATUS_OK)
        status = export_tracks(playlist.items[0].name, id.data, &tracks, format, out, error);
    buffer_free(&id);
    free(ids);
    track_list_free(&tracks);
    playlist_list_free(&playlist);
    return status;
}
