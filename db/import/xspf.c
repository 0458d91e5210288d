/* XSPF (https://xspf.org/spec), and JSPF, the same in JSON, with the keys of ListenBrainz. */
#include <string.h>

#include "db/import/foreign_table.h"

#define TRACKS(track)                                                                                                  \
    {track, FOREIGN_TRACK}, {track "/title", FOREIGN_TITLE}, {track "/creator", FOREIGN_ARTIST},                       \
        {track "/album", FOREIGN_ALBUM}, {track "/duration", FOREIGN_MILLISECONDS}, {track "/identifier", FOREIGN_ID}, \
    {                                                                                                                  \
        track "/location", FOREIGN_FILE                                                                                \
    }

#define PLAYLIST                                                                                                       \
    {"playlist", FOREIGN_PLAYLIST}, {"playlist/title", FOREIGN_NAME}, {"playlist/annotation", FOREIGN_DESCRIPTION},    \
    {                                                                                                                  \
        "playlist/identifier", FOREIGN_PLAYLIST_ID                                                                     \
    }

static const struct foreign_place xspf_places[] = {PLAYLIST, TRACKS("playlist/trackList/track")};

/* `identifier` and `location` are lists; the files of ListenBrainz have had a text there. */
static const struct foreign_place jspf_places[] = {PLAYLIST,
                                                   TRACKS("playlist/track[]"),
                                                   {"playlist/track[]/identifier[]", FOREIGN_ID},
                                                   {"playlist/track[]/location[]", FOREIGN_FILE}};

static const struct foreign_table xspf_table = {OUTLINE_XML, xspf_places, sizeof xspf_places / sizeof *xspf_places,
                                                "playlist/trackList"};
static const struct foreign_table jspf_table = {OUTLINE_JSON, jspf_places, sizeof jspf_places / sizeof *jspf_places,
                                                "playlist"};

static bool is_xspf(const char *text, size_t size, const char *name)
{
    (void)name;
    return text[0] == '<' && (memmem(text, size, "xspf.org/ns", 11) || memmem(text, size, "<trackList", 10));
}

static bool is_jspf(const char *text, size_t size, const char *name)
{
    (void)name;
    return text[0] == '{' && memmem(text, size, "\"playlist\"", 10);
}

static enum status read_xspf(const struct foreign_reading *reading, struct error *error)
{
    return foreign_table_read(&xspf_table, "an XSPF playlist", reading, error);
}

static enum status read_jspf(const struct foreign_reading *reading, struct error *error)
{
    return foreign_table_read(&jspf_table, "a JSPF playlist", reading, error);
}

FOREIGN_IMPORTER(xspf, "an XSPF playlist", "line", is_xspf, read_xspf, "FILE",
                 "an XSPF playlist (XML) of VLC, Clementine and others.")
FOREIGN_IMPORTER(
    jspf, "a JSPF playlist", "byte", is_jspf, read_jspf, "FILE",
    "a JSPF playlist, XSPF in JSON, as ListenBrainz and MusicBrainz write it: recordings are found by their\n"
    "MusicBrainz ids.")
