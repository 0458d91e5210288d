#include "db/ingest/internal.h"

#include "core/text.h"

/* Remembers the number of a genre under its identity. */
static bool know_genre(struct ingest *ingest, struct text name, int64_t id)
{
    buffer_clear(&ingest->key);
    text_key(name.data, name.size, &ingest->key);
    bool added = !ingest->key.failed && id_map_add(&ingest->genre_keys, ingest->key.data, ingest->key.size) != 0;
    buffer_add(&ingest->genre_ids, &id, sizeof id);
    return added && !ingest->genre_ids.failed;
}

static enum status load_genres(struct ingest *ingest, struct error *error)
{
    sqlite3_stmt *statement;
    bool row = true;
    enum status status =
        database_prepare(ingest->catalogue, "SELECT id, name FROM genres ORDER BY id", &statement, error);
    while (status == STATUS_OK && row) {
        status = database_step_row(ingest->catalogue, statement, &row, "read the genres", error);
        if (row && !know_genre(ingest, column(statement, 1), sqlite3_column_int64(statement, 0)))
            status = error_no_memory(error);
    }
    sqlite3_finalize(statement);
    return status;
}

static enum status genre_number(struct ingest *ingest, struct text name, int64_t *id, struct error *error)
{
    enum status status = ingest->genre_keys.count == 0 ? load_genres(ingest, error) : STATUS_OK;
    if (status != STATUS_OK)
        return status;
    buffer_clear(&ingest->key);
    text_key(name.data, name.size, &ingest->key);
    if (ingest->key.failed)
        return error_no_memory(error);
    int32_t known = id_map_find(&ingest->genre_keys, ingest->key.data, ingest->key.size);
    if (known != 0) {
        *id = ((const int64_t *)(const void *)ingest->genre_ids.data)[known - 1];
        return STATUS_OK;
    }
    sqlite3_stmt *statement = ingest->statements[SQL_GENRE];
    bool row;
    ingest_bind_text(statement, 1, name);
    status = database_step_row(ingest->catalogue, statement, &row, "import", error);
    *id = row ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_reset(statement);
    return status == STATUS_OK && !know_genre(ingest, name, *id) ? error_no_memory(error) : status;
}

enum status ingest_playlist_genre(struct ingest *ingest, int64_t playlist_id, struct text genre, struct text subgenre,
                                  struct error *error)
{
    int64_t genre_id, subgenre_id;
    enum status status = genre_number(ingest, genre, &genre_id, error);
    if (status == STATUS_OK)
        status = genre_number(ingest, subgenre.size > 0 ? subgenre : genre, &subgenre_id, error);
    if (status != STATUS_OK)
        return status;
    ingest->genres = true;
    sqlite3_stmt *statement = ingest->statements[SQL_PLAYLIST_GENRE];
    sqlite3_bind_int64(statement, 1, playlist_id);
    sqlite3_bind_int64(statement, 2, genre_id);
    sqlite3_bind_int64(statement, 3, subgenre_id);
    return ingest_insert(ingest, SQL_PLAYLIST_GENRE, error);
}

enum status ingest_album_genre(struct ingest *ingest, int32_t album, struct text genre, struct error *error)
{
    int64_t id;
    enum status status = genre_number(ingest, genre, &id, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int(ingest->statements[SQL_ALBUM_GENRE], 1, album);
    sqlite3_bind_int64(ingest->statements[SQL_ALBUM_GENRE], 2, id);
    return ingest_insert(ingest, SQL_ALBUM_GENRE, error);
}
