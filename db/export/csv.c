#include <string.h>

#include "db/export/exporter.h"
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

/* The columns are those that `import csv --preset playlists` reads. */
static enum status write_csv(const struct exported *playlist, struct buffer *out, struct error *error)
{
    const struct track_list *tracks = playlist->tracks;
    const bool guarded = playlist->spreadsheet;
    buffer_add_text(out, "playlist,pos,track,artist,album,duration_ms,track_id,playlist_id");
    buffer_add_text(out, guarded ? "," SPREADSHEET_COLUMN "\r\n" : "\r\n");
    for (size_t i = 0; i < tracks->count; i++) {
        const struct track *track = &tracks->items[i];
        add_field(out, playlist->name, guarded, ",");
        buffer_printf(out, "%zu,", i);
        add_field(out, track->title, guarded, ",");
        add_field(out, track->artist, guarded, ",");
        add_field(out, track->album, guarded, ",");
        if (track->duration_ms >= 0)
            buffer_printf(out, "%d", track->duration_ms);
        buffer_add_byte(out, ',');
        add_field(out, track->key, guarded, ",");
        add_field(out, playlist->id ? playlist->id : "", guarded, guarded ? ",yes\r\n" : "\r\n");
    }
    return out->failed ? error_no_memory(error) : STATUS_OK;
}

const struct exporter exporter_csv = {
    .name = "csv",
    .extension = ".csv",
    .help = "a table that import csv reads again. Spreadsheets take fields that begin with = + - or @\nfor formulas: "
            "--spreadsheet writes an apostrophe before them (and before fields that begin with an apostrophe),\nand a "
            "column \"guarded\", so that import csv removes the apostrophes.",
    .guards = true,
    .write = write_csv,
};
