#include "db/cover_fetches.h"

#include <stdio.h>
#include <string.h>

#include "db/covers.h"
#include "db/database.h"

/* ?1: the source, ?2: the start of its keys, ?3: 1 to try again, ?4: now. The index on reasons is named, because the
 * reason is behind the image in a row. */
#define WITHOUT_COVER                                                                                                  \
    "NOT EXISTS (SELECT 1 FROM covers INDEXED BY covers_by_reason WHERE reason = '' AND album_id = a.id)"
#define OF_SOURCE "substr(a.key, 1, length(?2)) = ?2"
#define TO_TRY "(f.album_id IS NULL OR ?3 OR coalesce(f.retry_after, ?4 + 1) <= ?4)"
#define ALBUMS_AT_SOURCE "albums a LEFT JOIN cover_fetches f ON f.album_id = a.id AND f.source = ?1"

static enum status prepare(struct catalogue *catalogue, const char *sql, const struct cover_choice *choice,
                           sqlite3_stmt **statement, struct error *error)
{
    enum status status = database_prepare(catalogue, sql, statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_text(*statement, 1, choice->site->name, -1, SQLITE_STATIC);
    sqlite3_bind_text(*statement, 2, choice->site->key_prefix, -1, SQLITE_STATIC);
    sqlite3_bind_int(*statement, 3, choice->retry);
    sqlite3_bind_int64(*statement, 4, choice->now);
    return STATUS_OK;
}

enum status catalogue_covers_wanted_count(struct catalogue *catalogue, const struct cover_choice *choice,
                                          struct cover_counts *counts, struct error *error)
{
    sqlite3_stmt *statement;
    bool row = false;
    *counts = (struct cover_counts){0};
    enum status status = prepare(
        catalogue,
        "SELECT coalesce(sum(own AND try), 0), (SELECT count(*) FROM covers WHERE reason = ''),"
        " coalesce(sum(own AND NOT try), 0), coalesce(sum(NOT own), 0)"
        " FROM (SELECT " OF_SOURCE " AS own, " TO_TRY " AS try FROM " ALBUMS_AT_SOURCE " WHERE " WITHOUT_COVER ")",
        choice, &statement, error);
    if (status != STATUS_OK)
        return status;
    status = database_step_row(catalogue, statement, &row, "count the albums without a cover", error);
    if (row)
        *counts = (struct cover_counts){.wanted = sqlite3_column_int64(statement, 0),
                                        .covered = sqlite3_column_int64(statement, 1),
                                        .known = sqlite3_column_int64(statement, 2),
                                        .foreign = sqlite3_column_int64(statement, 3)};
    sqlite3_finalize(statement);
    return status;
}

enum status
catalogue_covers_wanted(struct catalogue *catalogue, const struct cover_choice *choice, int64_t after, int limit,
                        enum status (*each)(const struct cover_wanted *album, void *context, struct error *error),
                        void *context, struct error *error)
{
    sqlite3_stmt *statement;
    enum status status =
        prepare(catalogue,
                "SELECT a.id, a.key, a.title, r.name, coalesce(f.remote_id, ''), coalesce(f.attempts, 0),"
                " (SELECT min(id) FROM album_ids WHERE album_id = a.id AND id GLOB 'musicbrainz:release:*')"
                " FROM " ALBUMS_AT_SOURCE " LEFT JOIN artists r ON r.id = a.artist_id"
                " WHERE a.id > ?5 AND " OF_SOURCE " AND " TO_TRY " AND " WITHOUT_COVER " ORDER BY a.id LIMIT ?6",
                choice, &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 5, after);
    sqlite3_bind_int(statement, 6, limit);
    for (bool row = true; status == STATUS_OK && row;) {
        status = database_step_row(catalogue, statement, &row, "list the albums without a cover", error);
        const struct cover_wanted album = {.album_id = sqlite3_column_int64(statement, 0),
                                           .key = database_column_text(statement, 1),
                                           .title = database_column_text(statement, 2),
                                           .artist = database_column_text(statement, 3),
                                           .remote_id = database_column_text(statement, 4),
                                           .attempts = sqlite3_column_int64(statement, 5),
                                           .release = database_column_text(statement, 6)};
        if (status == STATUS_OK && row)
            status = each(&album, context, error);
    }
    sqlite3_finalize(statement);
    return status;
}

static enum status write_row(struct catalogue *catalogue, const struct cover_fetch *fetch, struct error *error)
{
    sqlite3_stmt *statement;
    enum status status = database_prepare(
        catalogue, "INSERT OR REPLACE INTO cover_fetches VALUES (?, ?, ?, ?, ?, ?, ?, ?)", &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, fetch->album_id);
    sqlite3_bind_text(statement, 2, fetch->source, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, fetch->remote_id, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 4, fetch->url_hash, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 5, fetch->reason, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 6, fetch->attempts);
    sqlite3_bind_int64(statement, 7, fetch->tried);
    if (fetch->retry_after > 0)
        sqlite3_bind_int64(statement, 8, fetch->retry_after);
    status = database_step_done(catalogue, statement, "store what was found out about a cover", error);
    sqlite3_finalize(statement);
    return status;
}

enum status catalogue_cover_fetch_write(struct catalogue *catalogue, const struct cover_fetch *fetch,
                                        struct error *error)
{
    bool owned;
    enum status status = database_unit_begin(catalogue, &owned, error);
    if (status != STATUS_OK)
        return status;
    if (*fetch->reason)
        status = catalogue_cover_write(catalogue, fetch->album_id, NULL, 0, fetch->reason, error);
    if (status == STATUS_OK)
        status = write_row(catalogue, fetch, error);
    return database_unit_end(catalogue, owned, status, error);
}

enum status catalogue_cover_of_url(struct catalogue *catalogue, const char *url_hash, bool *found, struct buffer *bytes,
                                   uint32_t *colour, char *reason, size_t size, struct error *error)
{
    sqlite3_stmt *statement;
    *found = false;
    enum status status = database_prepare(
        catalogue,
        "SELECT f.reason, c.image, k.colour FROM cover_fetches f LEFT JOIN covers c ON c.album_id = f.album_id"
        " LEFT JOIN cover_colours k ON k.album_id = f.album_id AND k.stored = 1"
        " WHERE f.url_hash = ?1 AND f.url_hash <> '' AND f.retry_after IS NULL"
        " AND (f.reason <> '' OR (c.image IS NOT NULL AND k.colour IS NOT NULL)) LIMIT 1",
        &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_text(statement, 1, url_hash, -1, SQLITE_STATIC);
    status = database_step_row(catalogue, statement, found, "read what was found out about a cover", error);
    if (status == STATUS_OK && *found) {
        snprintf(reason, size, "%s", database_column_text(statement, 0));
        const void *image = sqlite3_column_blob(statement, 1);
        if (!*reason && image)
            buffer_add(bytes, image, (size_t)sqlite3_column_bytes(statement, 1));
        *colour = (uint32_t)sqlite3_column_int64(statement, 2);
        if (bytes->failed)
            status = error_no_memory(error);
    }
    sqlite3_finalize(statement);
    return status;
}
