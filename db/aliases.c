#include <string.h>

#include "core/text.h"
#include "db/database.h"
#include "db/keys.h"
#include "db/tracks.h"

/* The rows of each kind: how one is found, and those of version 0.1 that may need an alias. */
static const struct {
    const char *aliases; /* the table */
    const char *by_key, *by_alias;
    const char *ids, *by_id; /* a table of further ids (db/library.h); NULL: none */
    const char *all;         /* number, key, title, artist */
    const char *add;         /* adds no alias that is the key or the alias of another row */
} kinds[KEY_KINDS] = {
    [KEY_TRACK] = {"track_aliases", "SELECT id FROM tracks WHERE key = ?",
                   "SELECT id FROM track_aliases WHERE alias = ?", "track_ids",
                   "SELECT track_id FROM track_ids WHERE id = ?",
                   "SELECT t.id, t.key, t.title, a.name FROM tracks t JOIN artists a ON a.id = t.artist_id"
                   " WHERE (t.key NOT GLOB 'spotify:track:*' OR length(t.key) <> 36) ORDER BY t.id",
                   "INSERT OR IGNORE INTO track_aliases SELECT ?1, ?2 WHERE NOT EXISTS"
                   " (SELECT 1 FROM tracks WHERE key = ?2)"},
    [KEY_ALBUM] = {"album_aliases", "SELECT id FROM albums WHERE key = ?",
                   "SELECT id FROM album_aliases WHERE alias = ?", "album_ids",
                   "SELECT album_id FROM album_ids WHERE id = ?",
                   "SELECT b.id, b.key, b.title, a.name FROM albums b JOIN artists a ON a.id = b.artist_id"
                   " WHERE (b.key NOT GLOB 'spotify:album:*' OR length(b.key) <> 36) ORDER BY b.id",
                   "INSERT OR IGNORE INTO album_aliases SELECT ?1, ?2 WHERE NOT EXISTS"
                   " (SELECT 1 FROM albums WHERE key = ?2)"},
    [KEY_ARTIST] = {"artist_aliases", NULL, NULL, NULL, NULL,
                    "SELECT id, key, '', name FROM artists WHERE (key NOT GLOB 'spotify:artist:*' OR length(key) <> 37)"
                    " ORDER BY id",
                    "INSERT OR IGNORE INTO artist_aliases SELECT ?1, ?2 WHERE NOT EXISTS"
                    " (SELECT 1 FROM artists WHERE key = ?2)"},
};

static struct text column(sqlite3_stmt *row, int number)
{
    return (struct text){database_column_text(row, number), (size_t)sqlite3_column_bytes(row, number)};
}

/* ---- bringing version 0.1 up to date ---- */

/* The identity by which an import finds a row of version 0.1. */
static void add_identity(enum key_kind kind, sqlite3_stmt *row, struct buffer *scratch, struct buffer *identity)
{
    const struct text key = column(row, 1), title = column(row, 2), artist = column(row, 3);
    buffer_clear(scratch);
    buffer_clear(identity);
    key_add_old_names(kind, title, artist, scratch);
    if (scratch->size == key.size && memcmp(scratch->data, key.data, key.size) == 0)
        key_add_names(kind, title, artist, identity);
    else
        key_add_id(kind, key, identity);
    identity->failed |= scratch->failed;
}

static enum status fill(struct catalogue *catalogue, enum key_kind kind, struct error *error)
{
    sqlite3_stmt *rows = NULL, *add = NULL;
    struct buffer scratch = {0}, identity = {0};
    enum status status = database_prepare(catalogue, kinds[kind].all, &rows, error);
    if (status == STATUS_OK)
        status = database_prepare(catalogue, kinds[kind].add, &add, error);
    for (bool row = true; status == STATUS_OK && row;) {
        status = database_step_row(catalogue, rows, &row, "bring the keys up to date", error);
        if (!row)
            break;
        add_identity(kind, rows, &scratch, &identity);
        const struct text key = column(rows, 1);
        if (identity.failed)
            status = error_no_memory(error);
        if (status != STATUS_OK || (identity.size == key.size && memcmp(identity.data, key.data, key.size) == 0))
            continue;
        sqlite3_bind_int64(add, 1, sqlite3_column_int64(rows, 0));
        sqlite3_bind_text64(add, 2, identity.data ? identity.data : "", identity.size, SQLITE_STATIC, SQLITE_UTF8);
        status = database_step_done(catalogue, add, "bring the keys up to date", error);
    }
    sqlite3_finalize(rows);
    sqlite3_finalize(add);
    buffer_free(&scratch);
    buffer_free(&identity);
    return status;
}

enum status database_fill_aliases(struct catalogue *catalogue, struct error *error)
{
    enum status status = STATUS_OK;
    for (int kind = 0; status == STATUS_OK && kind < KEY_KINDS; kind++)
        status = fill(catalogue, (enum key_kind)kind, error);
    return status;
}

/* ---- finding ---- */

/* A read-only catalogue of an earlier version lacks some. */
static bool has_table(struct catalogue *catalogue, const char *table)
{
    return sqlite3_table_column_metadata(catalogue->db, "main", table, NULL, NULL, NULL, NULL, NULL, NULL) == SQLITE_OK;
}

static enum status find_exactly(struct catalogue *catalogue, enum key_kind kind, const char *key, int64_t *id,
                                struct error *error)
{
    enum status status = database_integer(catalogue, kinds[kind].by_key, key, id, error);
    if (status == STATUS_OK && *id == 0 && has_table(catalogue, kinds[kind].aliases))
        status = database_integer(catalogue, kinds[kind].by_alias, key, id, error);
    if (status == STATUS_OK && *id == 0 && has_table(catalogue, kinds[kind].ids))
        status = database_integer(catalogue, kinds[kind].by_id, key, id, error);
    return status;
}

/* The key itself, the Spotify item that it names, and what text_key makes of it, in this order. */
static enum status find(struct catalogue *catalogue, enum key_kind kind, const char *key, int64_t *id,
                        struct error *error)
{
    const size_t size = strlen(key);
    struct buffer other = {0};
    enum status status = find_exactly(catalogue, kind, key, id, error);
    if (status == STATUS_OK && *id == 0 && key_add_spotify(kind, (struct text){key, size}, &other))
        status = other.failed ? error_no_memory(error) : find_exactly(catalogue, kind, other.data, id, error);
    if (status == STATUS_OK && *id == 0) {
        buffer_clear(&other);
        text_key(key, size, &other);
        status = other.failed ? error_no_memory(error) : find_exactly(catalogue, kind, other.data, id, error);
    }
    buffer_free(&other);
    return status;
}

enum status catalogue_track_find_exactly(struct catalogue *catalogue, const char *key, int64_t *id, struct error *error)
{
    return find_exactly(catalogue, KEY_TRACK, key, id, error);
}

enum status catalogue_album_find_exactly(struct catalogue *catalogue, const char *key, int64_t *id, struct error *error)
{
    return find_exactly(catalogue, KEY_ALBUM, key, id, error);
}

enum status catalogue_album_find(struct catalogue *catalogue, const char *key, int64_t *id, struct error *error)
{
    return find(catalogue, KEY_ALBUM, key, id, error);
}

enum status catalogue_track_find(struct catalogue *catalogue, const char *key, int64_t *id, struct error *error)
{
    return find(catalogue, KEY_TRACK, key, id, error);
}

static enum status ambiguous(const char *key, const struct buffer *candidates, struct error *error)
{
    return error_set(error, STATUS_BAD_DATA,
                     "version 0.1 would have given the key \"%s\" to more than one track; name one of them: %s", key,
                     candidates->data ? candidates->data : "");
}

enum status catalogue_track_find_old(struct catalogue *catalogue, const char *key, int64_t *id, struct error *error)
{
    enum { NAMED_MAX = 10 };
    *id = 0;
    if (!strstr(key, " / "))
        return STATUS_OK;
    sqlite3_stmt *rows;
    struct buffer old = {0}, candidates = {0};
    int found = 0;
    enum status status = database_prepare(catalogue, kinds[KEY_TRACK].all, &rows, error);
    for (bool row = true; status == STATUS_OK && row && found < NAMED_MAX;) {
        status = database_step_row(catalogue, rows, &row, "look for a key of version 0.1", error);
        if (!row)
            break;
        buffer_clear(&old);
        key_add_old_names(KEY_TRACK, column(rows, 2), column(rows, 3), &old);
        if (old.failed)
            status = error_no_memory(error);
        else if (strcmp(old.data ? old.data : "", key) == 0) {
            *id = sqlite3_column_int64(rows, 0);
            buffer_printf(&candidates, "%s\"%s\"", found++ > 0 ? ", " : "", database_column_text(rows, 1));
        }
    }
    sqlite3_finalize(rows);
    if (status == STATUS_OK && found > 1)
        status = ambiguous(key, &candidates, error);
    buffer_free(&old);
    buffer_free(&candidates);
    return status;
}
