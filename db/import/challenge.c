/* challenge_set.json of the RecSys Challenge 2018: playlists without the tracks that are to be predicted. */
#include <string.h>

#include "db/import/foreign_table.h"

static const struct foreign_place places[] = {
    {"playlists[]", FOREIGN_PLAYLIST},
    {"playlists[]/pid", FOREIGN_PLAYLIST_ID},
    {"playlists[]/name", FOREIGN_NAME},
    {"playlists[]/tracks[]", FOREIGN_TRACK},
    {"playlists[]/tracks[]/pos", FOREIGN_POSITION},
    {"playlists[]/tracks[]/track_name", FOREIGN_TITLE},
    {"playlists[]/tracks[]/track_uri", FOREIGN_ID},
    {"playlists[]/tracks[]/artist_name", FOREIGN_ARTIST},
    {"playlists[]/tracks[]/artist_uri", FOREIGN_ARTIST_ID},
    {"playlists[]/tracks[]/album_name", FOREIGN_ALBUM},
    {"playlists[]/tracks[]/album_uri", FOREIGN_ALBUM_ID},
    {"playlists[]/tracks[]/duration_ms", FOREIGN_MILLISECONDS},
};

static const struct foreign_table table = {OUTLINE_JSON, places, sizeof places / sizeof *places, "playlists"};

static bool is_challenge(const char *text, size_t size, const char *name)
{
    (void)name;
    return text[0] == '{' && memmem(text, size, "\"num_holdouts\"", 14) != NULL;
}

static enum status read(const struct foreign_reading *reading, struct error *error)
{
    return foreign_table_read(&table, "the challenge set", reading, error);
}

FOREIGN_IMPORTER(
    challenge, "the challenge set", "byte", is_challenge, read, "FILE",
    "challenge_set.json of the RecSys Challenge 2018: the tracks that each playlist shows. Playlists that "
    "only\nhave a title are left out. For a submission it need not be imported: export submission reads it.")
