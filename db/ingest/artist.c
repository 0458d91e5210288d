#include "db/ingest/internal.h"

/* Gives a new row its number and key. */
enum status ingest_add_row(struct ingest *ingest, struct named *named, struct text identity, struct text name,
                           struct text *key, int32_t *id, bool *has_alias, struct error *error)
{
    *key = named_key(named, identity, &ingest->key, has_alias);
    if (ingest->key.failed || !named_add(named, *key, *has_alias ? identity : (struct text){NULL, 0}, name))
        return error_no_memory(error);
    *id = named->identities.count;
    return STATUS_OK;
}

enum status ingest_insert_alias(struct ingest *ingest, enum statement which, int32_t id, struct text identity,
                                struct error *error)
{
    sqlite3_bind_int(ingest->statements[which], 1, id);
    ingest_bind_text(ingest->statements[which], 2, identity);
    return ingest_insert(ingest, which, error);
}

enum status ingest_artist(struct ingest *ingest, struct text identity, struct text name, int32_t *id,
                          struct error *error)
{
    *id = named_find(&ingest->artists, identity);
    if (*id != 0)
        return ingest_compare_artist(ingest, *id, name, "same artist id, another name", error);
    struct text key;
    bool has_alias;
    enum status status = ingest_add_row(ingest, &ingest->artists, identity, name, &key, id, &has_alias, error);
    if (status != STATUS_OK)
        return status;
    ingest->sums.artists++;
    sqlite3_stmt *statement = ingest->statements[SQL_ARTIST];
    sqlite3_bind_int(statement, 1, *id);
    ingest_bind_text(statement, 2, key);
    ingest_bind_text(statement, 3, name);
    status = ingest_insert(ingest, SQL_ARTIST, error);
    return status == STATUS_OK && has_alias ? ingest_insert_alias(ingest, SQL_ARTIST_ALIAS, *id, identity, error)
                                            : status;
}
