#include "db/export/other_ids.h"

#include <string.h>

#include "db/database.h"
#include "db/keys.h"

static const char recording[] = "musicbrainz:recording:", release[] = "musicbrainz:release:", isrc[] = "isrc:";

static bool has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static const char *copy(struct arena *memory, const char *text, bool *failed)
{
    const char *made = arena_copy_text(memory, text, strlen(text));
    *failed |= !made;
    return made;
}

static struct text text_of(const char *text)
{
    return (struct text){text, strlen(text)};
}

/* What the key says. */
static void read_key(const struct track *track, struct buffer *scratch, struct export_ids *ids, bool *failed)
{
    if (has_prefix(track->key, "spotify:track:"))
        ids->spotify = track->key;
    else if (has_prefix(track->key, recording))
        ids->mbid = track->key + sizeof recording - 1;
    else if (!key_is_of_names(KEY_TRACK, text_of(track->key), text_of(track->title), text_of(track->artist), scratch))
        ids->key = track->key;
    *failed |= scratch->failed;
}

/* The first id of each kind. */
static enum status read_ids(struct catalogue *catalogue, sqlite3_stmt *rows, int64_t of, struct arena *memory,
                            struct export_ids *ids, struct error *error)
{
    bool row = true, failed = false;
    enum status status = STATUS_OK;
    sqlite3_bind_int64(rows, 1, of);
    while (status == STATUS_OK && row) {
        status = database_step_row(catalogue, rows, &row, "read the ids of tracks", error);
        const char *id = row ? database_column_text(rows, 0) : "";
        if (has_prefix(id, recording) && !ids->mbid)
            ids->mbid = copy(memory, id + sizeof recording - 1, &failed);
        else if (has_prefix(id, isrc) && !ids->isrc)
            ids->isrc = copy(memory, id + sizeof isrc - 1, &failed);
        else if (has_prefix(id, release) && !ids->release)
            ids->release = copy(memory, id + sizeof release - 1, &failed);
    }
    sqlite3_reset(rows);
    return failed ? error_no_memory(error) : status;
}

enum status export_other_ids(struct catalogue *catalogue, const struct track_list *tracks, struct arena *memory,
                             const struct export_ids **out, struct error *error)
{
    sqlite3_stmt *of_track = NULL, *of_album = NULL;
    struct buffer scratch = {0};
    bool failed = false;
    struct export_ids *ids = arena_alloc(memory, sizeof *ids * (tracks->count + 1));
    if (!ids)
        return error_no_memory(error);
    enum status status =
        database_prepare(catalogue, "SELECT id FROM track_ids WHERE track_id = ? ORDER BY id", &of_track, error);
    if (status == STATUS_OK)
        status =
            database_prepare(catalogue, "SELECT id FROM album_ids WHERE album_id = ? ORDER BY id", &of_album, error);
    for (size_t i = 0; status == STATUS_OK && i < tracks->count; i++) {
        const struct track *track = &tracks->items[i];
        read_key(track, &scratch, &ids[i], &failed);
        status = read_ids(catalogue, of_track, track->id, memory, &ids[i], error);
        if (status == STATUS_OK && track->album_id > 0)
            status = read_ids(catalogue, of_album, track->album_id, memory, &ids[i], error);
    }
    sqlite3_finalize(of_track);
    sqlite3_finalize(of_album);
    buffer_free(&scratch);
    *out = ids;
    return status == STATUS_OK && failed ? error_no_memory(error) : status;
}

void export_add_uri(struct buffer *out, const char *scheme, const char *text, const char *keep)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    buffer_add_text(out, scheme);
    for (; *text; text++) {
        if (strchr(plain, *text) || strchr(keep, *text))
            buffer_add_byte(out, *text);
        else
            buffer_printf(out, "%%%02X", (unsigned char)*text);
    }
}
