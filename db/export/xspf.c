#include <string.h>

#include "core/text.h"
#include "db/export/exporter.h"
#include "db/export/other_ids.h"

/* Characters of XML 1.0; the others (control characters, U+FFFE and U+FFFF) become U+FFFD. */
static bool is_xml(const char *text, size_t size)
{
    const unsigned char first = (unsigned char)text[0];
    if (size == 1)
        return first >= 0x20 || first == '\t' || first == '\n' || first == '\r';
    return !(size == 3 && (memcmp(text, "\xef\xbf\xbe", 3) == 0 || memcmp(text, "\xef\xbf\xbf", 3) == 0));
}

static void add_text(struct buffer *out, const char *text)
{
    const size_t total = strlen(text);
    for (size_t at = 0, size; at < total; at += size) {
        const char c = text[at];
        size = text_character_size(text + at, total - at);
        const bool wrong = size == 0 || !is_xml(text + at, size);
        size += size == 0;
        if (wrong)
            buffer_add_text(out, "\xef\xbf\xbd");
        else if (c == '<' || c == '>' || c == '&' || c == '\r' || c == '\n' ||
                 c == '\t') /* line ends stay as they are */
            buffer_printf(out, "&#%d;", c);
        else
            buffer_add(out, text + at, size);
    }
}

static void add_element(struct buffer *out, const char *indent, const char *name, const char *text)
{
    if (!text || !*text)
        return;
    buffer_printf(out, "%s<%s>", indent, name);
    add_text(out, text);
    buffer_printf(out, "</%s>\n", name);
}

static void add_uri(struct buffer *out, const char *indent, const char *name, const char *scheme, const char *text,
                    const char *keep)
{
    struct buffer uri = {0};
    if (!text)
        return;
    export_add_uri(&uri, scheme, text, keep);
    add_element(out, indent, name, uri.data ? uri.data : "");
    out->failed |= uri.failed;
    buffer_free(&uri);
}

static void add_track(struct buffer *out, const struct track *track, const struct export_ids *ids, const char *file)
{
    static const char in[] = "      ";
    buffer_add_text(out, "    <track>\n");
    add_uri(out, in, "location", "file://", file, "/");
    add_element(out, in, "identifier", ids->spotify);
    add_uri(out, in, "identifier", "https://musicbrainz.org/recording/", ids->mbid, "");
    add_uri(out, in, "identifier", "isrc:", ids->isrc, "");
    add_uri(out, in, "identifier", "sleeve:track:", ids->key, "");
    add_element(out, in, "title", track->title);
    add_element(out, in, "creator", track->artist);
    add_element(out, in, "album", track->album);
    if (track->duration_ms >= 0)
        buffer_printf(out, "%s<duration>%d</duration>\n", in, track->duration_ms);
    buffer_add_text(out, "    </track>\n");
}

static enum status write_xspf(const struct exported *playlist, struct buffer *out, struct error *error)
{
    static const struct export_ids none = {0};
    const struct track_list *tracks = playlist->tracks;
    buffer_add_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                         "<playlist version=\"1\" xmlns=\"http://xspf.org/ns/0/\">\n");
    add_element(out, "  ", "title", playlist->name);
    add_uri(out, "  ", "identifier", "sleeve:playlist:", playlist->id, "");
    buffer_add_text(out, "  <trackList>\n");
    for (size_t i = 0; i < tracks->count; i++)
        add_track(out, &tracks->items[i], playlist->ids ? &playlist->ids[i] : &none,
                  playlist->files ? playlist->files[i] : NULL);
    buffer_add_text(out, "  </trackList>\n</playlist>\n");
    return out->failed ? error_no_memory(error) : STATUS_OK;
}

const struct exporter exporter_xspf = {
    .name = "xspf",
    .extension = ".xspf",
    .help =
        "an XSPF playlist (XML) for VLC and others, with ids and the paths of the music files where they are known. "
        "Control\ncharacters, which XML cannot hold, become U+FFFD.",
    .files = true,
    .ids = true,
    .write = write_xspf,
};
