/* Reports on metadata that differ from those in the catalogue, which keeps its own. */
#include "db/ingest/internal.h"

#include <string.h>

#include "core/text.h"
#include "db/import/note.h"

static void ignore(struct ingest *ingest, const char *reason, const char *kept, const char *ignored)
{
    import_ignored(ingest->report, reason, kept, ignored, ingest->place.where ? ingest->place.where : "",
                   ingest->place.unit ? ingest->place.unit : "", ingest->place.number);
}

/* Counts a name that differs from the one kept, as another name or as another spelling of it. */
static enum status ignore_name(struct ingest *ingest, enum statement which, int32_t id, struct text name,
                               const char *other, const char *spelling, struct error *error)
{
    sqlite3_stmt *statement = ingest->statements[which];
    bool row;
    sqlite3_bind_int(statement, 1, id);
    enum status status = database_step_row(ingest->catalogue, statement, &row, "compare names", error);
    if (row) {
        struct text kept = column(statement, 0);
        struct buffer ignored = {0}, a = {0}, b = {0};
        buffer_add(&ignored, name.data, name.size);
        text_key(kept.data ? kept.data : "", kept.size, &a);
        text_key(name.data, name.size, &b);
        bool same = a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
        if (ignored.failed || a.failed || b.failed)
            status = error_no_memory(error);
        else
            ignore(ingest, same ? spelling : other, kept.data ? kept.data : "", ignored.data);
        buffer_free(&ignored);
        buffer_free(&a);
        buffer_free(&b);
    }
    sqlite3_reset(statement);
    return status;
}

enum status ingest_compare_artist(struct ingest *ingest, int32_t id, struct text name, const char *other,
                                  struct error *error)
{
    if (name.size == 0 || named_is(&ingest->artists, id, name))
        return STATUS_OK;
    return ignore_name(ingest, SQL_ARTIST_NAME, id, name, other, "the same artist, written differently", error);
}

enum status ingest_compare_album(struct ingest *ingest, int32_t id, struct text title, const char *other,
                                 struct error *error)
{
    if (title.size == 0 || id == 0 || named_is(&ingest->albums, id, title))
        return STATUS_OK;
    return ignore_name(ingest, SQL_ALBUM_TITLE, id, title, other, "the same album, written differently", error);
}

/* Of a track that is there. Durations are rounded differently by different programs. */
static void compare_duration(struct ingest *ingest, const struct track_metadata *metadata, int32_t id)
{
    enum { ROUNDING_MS = 1000 };
    int32_t kept = numbers(&ingest->durations)[id - 1], read = metadata->duration_ms;
    if (kept < 0 || read < 0 || (kept > read ? kept - read : read - kept) < ROUNDING_MS)
        return;
    char texts[2][24];
    const int seconds[2] = {kept / 1000, read / 1000};
    for (int i = 0; i < 2; i++)
        sqlite3_snprintf(sizeof texts[i], texts[i], "%d:%02d", seconds[i] / 60, seconds[i] % 60);
    ignore(ingest, metadata->of_names ? "same title and artist, another duration" : "same id, another duration",
           texts[0], texts[1]);
}

enum status ingest_track_compare(struct ingest *ingest, const struct track_metadata *metadata, int32_t id,
                                 struct error *error)
{
    const struct credits credits = *credits_of(ingest, id);
    enum status status = STATUS_OK;
    compare_duration(ingest, metadata, id);
    if (metadata->title.size > 0 && !named_is(&ingest->tracks, id, metadata->title))
        status = ignore_name(ingest, SQL_TRACK_TITLE, id, metadata->title, "same id, another title",
                             "the same title, written differently", error);
    /* Those of the same number were compared when they were handed in. */
    if (status == STATUS_OK && metadata->artist != credits.artist)
        status = ingest_compare_artist(ingest, credits.artist, metadata->artist_name, "same id, another artist", error);
    if (status == STATUS_OK && metadata->album != credits.album)
        status = ingest_compare_album(
            ingest, credits.album, metadata->album_title,
            metadata->of_names ? "same title and artist, another album" : "same id, another album", error);
    return status;
}
