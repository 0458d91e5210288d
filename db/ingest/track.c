#include "db/ingest/internal.h"

#include <math.h>

int32_t ingest_track_count(const struct ingest *ingest)
{
    return ingest->tracks.identities.count;
}

int32_t ingest_track_find(const struct ingest *ingest, struct text key)
{
    return named_find(&ingest->tracks, key);
}

int ingest_track_lacks(const struct ingest *ingest, int32_t id)
{
    return ingest->lacking.data[id - 1];
}

static enum status insert_audio(struct ingest *ingest, int32_t id, const float *audio, struct error *error)
{
    sqlite3_stmt *statement = ingest->statements[SQL_AUDIO];
    sqlite3_bind_int(statement, 1, id);
    for (int i = 0; i < AUDIO_FEATURES; i++) {
        if (isfinite(audio[i]))
            sqlite3_bind_double(statement, 2 + i, (double)audio[i]);
        else
            sqlite3_bind_null(statement, 2 + i);
    }
    return ingest_insert(ingest, SQL_AUDIO, error);
}

static int metadata_lacks(const struct track_metadata *metadata)
{
    bool audio = false;
    for (int i = 0; metadata->audio && i < AUDIO_FEATURES; i++)
        audio |= isfinite(metadata->audio[i]) != 0;
    return (metadata->album > 0 ? 0 : LACKS_ALBUM) | (metadata->duration_ms >= 0 ? 0 : LACKS_DURATION) |
           (metadata->popularity >= 0 ? 0 : LACKS_POPULARITY) | (audio ? 0 : LACKS_AUDIO);
}

/* Adds the metadata that an existing track lacks. */
static enum status complete_track(struct ingest *ingest, const struct track_metadata *metadata, int32_t id,
                                  struct error *error)
{
    char *lacking = &ingest->lacking.data[id - 1];
    int lacks = *lacking, still = lacks & metadata_lacks(metadata), found = lacks & ~still;
    if (found == 0)
        return STATUS_OK;
    *lacking = (char)still;
    if (found & LACKS_DURATION)
        numbers(&ingest->durations)[id - 1] = metadata->duration_ms;
    if (found & LACKS_ALBUM)
        credits_of(ingest, id)->album = metadata->album;
    ingest->genres |= (found & LACKS_ALBUM) != 0; /* an album that gets a track may get a genre */
    sqlite3_stmt *statement = ingest->statements[SQL_TRACK_METADATA];
    ingest_bind_known(statement, 1, metadata->album > 0 ? metadata->album : -1);
    ingest_bind_known(statement, 2, metadata->duration_ms);
    ingest_bind_known(statement, 3, metadata->popularity);
    sqlite3_bind_int(statement, 4, id);
    enum status status = ingest_insert(ingest, SQL_TRACK_METADATA, error);
    return status == STATUS_OK && (found & LACKS_AUDIO) ? insert_audio(ingest, id, metadata->audio, error) : status;
}

static enum status insert_track(struct ingest *ingest, const struct track_metadata *metadata, int32_t id,
                                struct text key, struct error *error)
{
    sqlite3_stmt *statement = ingest->statements[SQL_TRACK];
    sqlite3_bind_int(statement, 1, id);
    ingest_bind_text(statement, 2, key);
    ingest_bind_text(statement, 3, metadata->title);
    sqlite3_bind_int(statement, 4, metadata->artist);
    ingest_bind_known(statement, 5, metadata->album > 0 ? metadata->album : -1);
    ingest_bind_known(statement, 6, metadata->duration_ms);
    ingest_bind_known(statement, 7, metadata->popularity);
    return ingest_insert(ingest, SQL_TRACK, error);
}

enum status ingest_track_complete(struct ingest *ingest, const struct track_metadata *metadata, int32_t id,
                                  struct error *error)
{
    if (id < 1 || id > ingest->tracks.identities.count)
        return error_set(error, STATUS_BAD_DATA, "%s refers to track %d, which does not exist", ingest->catalogue->path,
                         id);
    enum status status = ingest_track_compare(ingest, metadata, id, error);
    return status == STATUS_OK ? complete_track(ingest, metadata, id, error) : status;
}

enum status ingest_track(struct ingest *ingest, const struct track_metadata *metadata, int32_t *id, struct error *error)
{
    *id = named_find(&ingest->tracks, metadata->key);
    if (*id != 0)
        return ingest_track_complete(ingest, metadata, *id, error);
    const int lacks = metadata_lacks(metadata);
    const struct credits credits = {metadata->artist, metadata->album};
    struct text key;
    bool has_alias;
    enum status status =
        ingest_add_row(ingest, &ingest->tracks, metadata->key, metadata->title, &key, id, &has_alias, error);
    buffer_add(&ingest->durations, &metadata->duration_ms, sizeof metadata->duration_ms);
    buffer_add(&ingest->credits, &credits, sizeof credits);
    buffer_add_byte(&ingest->lacking, (char)lacks);
    if (status != STATUS_OK || ingest->durations.failed || ingest->credits.failed || ingest->lacking.failed)
        return error_no_memory(error);
    ingest->sums.tracks++;
    database_hash_key(&ingest->hash, key.data, key.size);
    status = insert_track(ingest, metadata, *id, key, error);
    if (status == STATUS_OK && has_alias)
        status = ingest_insert_alias(ingest, SQL_TRACK_ALIAS, *id, metadata->key, error);
    return status == STATUS_OK && !(lacks & LACKS_AUDIO) ? insert_audio(ingest, *id, metadata->audio, error) : status;
}
