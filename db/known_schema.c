#include <string.h>

#include "db/database.h"

/* The objects that the migrations up to a version make, by name: db/known_schema.py runs them when sleeve is built. */
struct known {
    int version;
    const char *type, *name, *sql;
};

static const struct known known[] = {
#include "known_schema.inc"
};
enum { N_KNOWN = sizeof known / sizeof known[0] };

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/* The length of the comment or blank at this position; 0 for none. */
static size_t gap_length(const char *sql)
{
    const char *end = NULL;
    if (is_blank(*sql))
        return 1;
    if (sql[0] == '-' && sql[1] == '-') {
        end = strchr(sql, '\n');
        return end ? (size_t)(end - sql) : strlen(sql);
    }
    if (sql[0] == '/' && sql[1] == '*') {
        end = strstr(sql + 2, "*/");
        return end ? (size_t)(end - sql) + 2 : strlen(sql);
    }
    return 0;
}

/* The length of a quoted text or name, or of one other byte. */
static size_t token_length(const char *sql)
{
    char close = *sql == '[' ? ']' : *sql;
    if (!strchr("'\"`[", *sql))
        return 1;
    const char *end = strchr(sql + 1, close);
    return end ? (size_t)(end - sql) + 1 : strlen(sql);
}

/* The SQL without comments, with blanks collapsed. */
static void add_plain(struct buffer *out, const char *sql)
{
    bool gap = false;
    while (*sql) {
        size_t blank = gap_length(sql);
        size_t length = blank > 0 ? blank : token_length(sql);
        if (blank == 0 && gap && out->size > 0)
            buffer_add_byte(out, ' ');
        if (blank == 0)
            buffer_add(out, sql, length);
        gap = blank > 0;
        sql += length;
    }
}

static bool is_same_sql(const char *a, const char *b, bool *failed)
{
    struct buffer left = {0}, right = {0};
    if (strcmp(a, b) == 0)
        return true;
    add_plain(&left, a);
    add_plain(&right, b);
    *failed |= left.failed || right.failed;
    bool same = left.size == right.size && (left.size == 0 || memcmp(left.data, right.data, left.size) == 0);
    buffer_free(&left);
    buffer_free(&right);
    return same;
}

/* SQLite's statistics tables only affect how it searches; the indexes that it makes for constraints have no SQL. */
#define SCHEMA_QUERY                                                                                                   \
    "SELECT type, name, coalesce(sql, '') FROM sqlite_schema WHERE NOT (type = 'table' AND name IN"                    \
    " ('sqlite_stat1', 'sqlite_stat3', 'sqlite_stat4')) AND NOT (type = 'index' AND sql IS NULL)"                      \
    " ORDER BY name, type"

static enum status compare(const struct catalogue *catalogue, const struct known *wanted, const char *type,
                           const char *name, const char *sql, struct error *error)
{
    static const char advice[] = "restore a backup, or import into a new catalogue";
    int order = !name ? 1 : !wanted ? -1 : strcmp(name, wanted->name);
    bool failed = false;
    if (order > 0)
        return error_set(error, STATUS_BAD_DATA, "%s is damaged: its %s %s is missing; %s", catalogue->path,
                         wanted->type, wanted->name, advice);
    if (order < 0)
        return error_set(
            error, STATUS_BAD_DATA,
            "%s holds the %s %s, which sleeve did not make; it was not opened, because what it does is not "
            "known: remove it, or %s",
            catalogue->path, type, name, advice);
    if (strcmp(type, wanted->type) == 0 && is_same_sql(sql, wanted->sql, &failed))
        return STATUS_OK;
    return failed ? error_no_memory(error)
                  : error_set(error, STATUS_BAD_DATA, "the %s %s of %s is not as sleeve made it; %s", type, name,
                              catalogue->path, advice);
}

enum status database_check_schema(struct catalogue *catalogue, int version, struct error *error)
{
    size_t at = 0;
    while (at < N_KNOWN && known[at].version != version)
        at++;
    sqlite3_stmt *statement;
    enum status status = database_prepare(catalogue, SCHEMA_QUERY, &statement, error);
    for (bool row = true; status == STATUS_OK;) {
        status = database_step_row(catalogue, statement, &row, "read the catalogue's tables", error);
        const struct known *wanted = at < N_KNOWN && known[at].version == version ? &known[at++] : NULL;
        if (status != STATUS_OK || (!row && !wanted))
            break;
        status = compare(catalogue, wanted, row ? database_column_text(statement, 0) : NULL,
                         row ? database_column_text(statement, 1) : NULL, database_column_text(statement, 2), error);
    }
    sqlite3_finalize(statement);
    return status;
}
