/* Links, URIs and keys of tracks, one on each line, as `export uris` and Spotify's "copy song link" give them. */
#include <string.h>
#include <strings.h>

#include "core/text_reader.h"
#include "db/import/foreign.h"
#include "db/import/note.h"

static enum status read_line(const struct foreign_reading *reading, const struct text_line *line, void *context,
                             struct error *error)
{
    struct foreign_playlist *playlist = context;
    struct foreign_track track = {.duration_ms = -1, .position = (int64_t)playlist->count, .place = line->number};
    size_t size = line->size;
    while (size > 0 && strchr(" \t", line->text[size - 1]))
        size--;
    if (size == 0)
        return STATUS_OK;
    if (!foreign_identify(playlist, reading, &track, line->text, size))
        track.id = foreign_text(playlist, reading, line->number, line->text, size);
    return foreign_add(playlist, reading, &track, error);
}

static enum status read(const struct foreign_reading *reading, struct error *error)
{
    struct foreign_playlist playlist = {0};
    enum status status = foreign_lines(reading, read_line, &playlist, error);
    if (status == STATUS_OK)
        status = reading->playlist(reading->context, &playlist, error);
    foreign_playlist_free(&playlist);
    return status;
}

static bool is_uris(const char *text, size_t size, const char *name)
{
    static const char *const begins[] = {"spotify:track:", "https://open.spotify.com/", "http://open.spotify.com/",
                                         "open.spotify.com/"};
    (void)size, (void)name;
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        if (strncasecmp(text, begins[i], strlen(begins[i])) == 0 && strcspn(text, ",;\t") >= strcspn(text, "\r\n"))
            return true;
    return false;
}

FOREIGN_IMPORTER(
    uris, "a list of links", "line", is_uris, read, "FILE",
    "links, URIs or keys of tracks, one on each line; the playlist is named after the file. Only tracks that "
    "the\ncatalogue has are imported, because there are no titles.")
