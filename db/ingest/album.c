#include "db/ingest/internal.h"

static enum status date_album(struct ingest *ingest, int32_t id, struct text date, struct error *error)
{
    char *undated = &ingest->undated.data[id - 1];
    if (!*undated || date.size == 0)
        return STATUS_OK;
    *undated = 0;
    ingest_bind_text(ingest->statements[SQL_ALBUM_DATE], 1, date);
    sqlite3_bind_int(ingest->statements[SQL_ALBUM_DATE], 2, id);
    return ingest_insert(ingest, SQL_ALBUM_DATE, error);
}

int32_t ingest_album_find(const struct ingest *ingest, struct text key)
{
    return named_find(&ingest->albums, key);
}

enum status ingest_album(struct ingest *ingest, const struct album_metadata *metadata, int32_t *id, struct error *error)
{
    *id = named_find(&ingest->albums, metadata->key);
    if (*id != 0) {
        enum status status = ingest_compare_album(ingest, *id, metadata->title, "same album id, another title", error);
        return status == STATUS_OK ? date_album(ingest, *id, metadata->release_date, error) : status;
    }
    if (metadata->artist == 0)
        return STATUS_OK;
    struct text key;
    bool has_alias;
    enum status status =
        ingest_add_row(ingest, &ingest->albums, metadata->key, metadata->title, &key, id, &has_alias, error);
    buffer_add_byte(&ingest->undated, metadata->release_date.size == 0);
    if (status != STATUS_OK || ingest->undated.failed)
        return error_no_memory(error);
    ingest->sums.albums++;
    sqlite3_stmt *statement = ingest->statements[SQL_ALBUM];
    sqlite3_bind_int(statement, 1, *id);
    ingest_bind_text(statement, 2, key);
    ingest_bind_text(statement, 3, metadata->title);
    sqlite3_bind_int(statement, 4, metadata->artist);
    if (metadata->release_date.size > 0)
        ingest_bind_text(statement, 5, metadata->release_date);
    else
        sqlite3_bind_null(statement, 5);
    status = ingest_insert(ingest, SQL_ALBUM, error);
    return status == STATUS_OK && has_alias ? ingest_insert_alias(ingest, SQL_ALBUM_ALIAS, *id, metadata->key, error)
                                            : status;
}
