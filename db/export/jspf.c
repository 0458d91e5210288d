/* JSPF as ListenBrainz reads and writes it (https://musicbrainz.org/doc/jspf). */
#include "core/json.h"
#include "db/export/exporter.h"
#include "db/export/other_ids.h"

static const char of_playlist[] = "https://musicbrainz.org/doc/jspf#playlist",
                  of_track[] = "https://musicbrainz.org/doc/jspf#track";

static void add_uri(struct json_writer *json, const char *scheme, const char *text, const char *keep)
{
    struct buffer uri = {0};
    if (!text)
        return;
    export_add_uri(&uri, scheme, text, keep);
    json_text(json, uri.data ? uri.data : "");
    json->out->failed |= uri.failed;
    buffer_free(&uri);
}

static void add_track(struct json_writer *json, const struct track *track, const struct export_ids *ids,
                      const char *file)
{
    json_object_begin(json);
    json_pair_text(json, "title", track->title);
    json_pair_text(json, "creator", track->artist);
    if (*track->album)
        json_pair_text(json, "album", track->album);
    if (track->duration_ms >= 0)
        json_pair_integer(json, "duration", track->duration_ms);
    json_key(json, "identifier");
    json_array_begin(json);
    add_uri(json, "https://musicbrainz.org/recording/", ids->mbid, "");
    if (ids->spotify)
        json_text(json, ids->spotify);
    add_uri(json, "isrc:", ids->isrc, "");
    add_uri(json, "sleeve:track:", ids->key, "");
    json_array_end(json);
    if (file) {
        json_key(json, "location");
        json_array_begin(json);
        add_uri(json, "file://", file, "/");
        json_array_end(json);
    }
    if (ids->release) {
        json_key(json, "extension");
        json_object_begin(json);
        json_key(json, of_track);
        json_object_begin(json);
        json_key(json, "release_identifier");
        add_uri(json, "https://musicbrainz.org/release/", ids->release, "");
        json_object_end(json);
        json_object_end(json);
    }
    json_object_end(json);
}

static enum status write_jspf(const struct exported *playlist, struct buffer *out, struct error *error)
{
    static const struct export_ids none = {0};
    struct json_writer json = {.out = out};
    json_object_begin(&json);
    json_key(&json, "playlist");
    json_object_begin(&json);
    json_pair_text(&json, "title", playlist->name);
    if (playlist->id) {
        json_key(&json, "identifier");
        add_uri(&json, "sleeve:playlist:", playlist->id, "");
    }
    json_key(&json, "extension"); /* without it ListenBrainz refuses the playlist */
    json_object_begin(&json);
    json_key(&json, of_playlist);
    json_object_begin(&json);
    json_pair_bool(&json, "public", false);
    json_object_end(&json);
    json_object_end(&json);
    json_key(&json, "track");
    json_array_begin(&json);
    for (size_t i = 0; i < playlist->tracks->count; i++) {
        buffer_add_byte(out, '\n'); /* a line each */
        add_track(&json, &playlist->tracks->items[i], playlist->ids ? &playlist->ids[i] : &none,
                  playlist->files ? playlist->files[i] : NULL);
    }
    json_array_end(&json);
    json_object_end(&json);
    json_object_end(&json);
    buffer_add_byte(out, '\n');
    return out->failed ? error_no_memory(error) : STATUS_OK;
}

const struct exporter exporter_jspf = {
    .name = "jspf",
    .extension = ".jspf",
    .help =
        "a JSPF playlist (XSPF in JSON) with the keys of ListenBrainz. ListenBrainz keeps only tracks with "
        "MusicBrainz recording ids,\nwhich import library and import jspf know; it gets the playlist as a private one.",
    .files = true,
    .ids = true,
    .write = write_jspf,
};
