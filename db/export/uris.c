#include "db/export/exporter.h"

static enum status write_uris(const struct exported *playlist, struct buffer *out, struct error *error)
{
    for (size_t i = 0; i < playlist->tracks->count; i++) {
        export_add_line(out, playlist->tracks->items[i].key);
        buffer_add_byte(out, '\n');
    }
    return out->failed ? error_no_memory(error) : STATUS_OK;
}

const struct exporter exporter_uris = {
    .name = "uris",
    .extension = ".txt",
    .help = "the keys of the tracks, one per line: Spotify URIs where they are known.",
    .write = write_uris,
};
