#include <string.h>

#include "db/export/exporter.h"

static void add_comment(struct buffer *out, const char *name, const char *text)
{
    if (!*text)
        return;
    buffer_add_text(out, name);
    export_add_line(out, text);
    buffer_add_byte(out, '\n');
}

static enum status write_m3u8(const struct exported *playlist, struct buffer *out, struct error *error)
{
    const struct track_list *tracks = playlist->tracks;
    buffer_add_text(out, "#EXTM3U\n#PLAYLIST:");
    export_add_line(out, playlist->name);
    buffer_add_byte(out, '\n');
    for (size_t i = 0; i < tracks->count; i++) {
        const struct track *track = &tracks->items[i];
        /* -1 is how players write an unknown length. */
        buffer_printf(out, "#EXTINF:%d,", track->duration_ms >= 0 ? (track->duration_ms + 500) / 1000 : -1);
        export_add_line(out, track->artist);
        buffer_add_text(out, " - ");
        export_add_line(out, track->title);
        buffer_add_byte(out, '\n');
        add_comment(out, "#EXTALB:", track->album);
        /* Otherwise nobody knows which of several " - " separates artist and title. */
        add_comment(out, "#EXTART:", strstr(track->artist, " - ") ? track->artist : "");
        const char *file = playlist->files ? playlist->files[i] : NULL;
        /* An entry that begins with # would be a comment. */
        buffer_add_text(out, !file && track->key[0] == '#' ? "./" : "");
        export_add_line(out, file ? file : track->key);
        buffer_add_byte(out, '\n');
    }
    return out->failed ? error_no_memory(error) : STATUS_OK;
}

const struct exporter exporter_m3u8 = {
    .name = "m3u8",
    .extension = ".m3u8",
    .help = "a playlist for media players: the paths of the music files (import library), or else keys of tracks.",
    .files = true,
    .write = write_m3u8,
};
