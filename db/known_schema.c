#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "db/database.h"

/* One row of sqlite_schema. */
struct item {
    const char *type, *name, *sql; /* the SQL without comments, runs of blanks as one */
};

struct item_list {
    struct item *items;
    size_t count;
    struct arena memory;
};

static void item_list_free(struct item_list *list)
{
    arena_free(&list->memory);
    *list = (struct item_list){0};
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/* The length of the comment or blank that begins here; 0 for none. */
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

static const char *normalise(struct arena *memory, const char *sql)
{
    char *text = arena_alloc(memory, strlen(sql) + 1);
    size_t size = 0;
    bool gap = false;
    while (text && *sql) {
        size_t blank = gap_length(sql);
        if (blank > 0) {
            gap = size > 0;
            sql += blank;
            continue;
        }
        if (gap)
            text[size++] = ' ';
        gap = false;
        size_t length = token_length(sql);
        memcpy(text + size, sql, length);
        size += length;
        sql += length;
    }
    if (text)
        text[size] = '\0';
    return text;
}

/* SQLite's own statistics tell it how to search, and change no answer; the indexes that it makes for constraints have
 * no SQL. */
#define SCHEMA_QUERY                                                                                                   \
    "SELECT type, name, coalesce(sql, '') FROM sqlite_schema WHERE NOT (type = 'table' AND name IN"                    \
    " ('sqlite_stat1', 'sqlite_stat3', 'sqlite_stat4')) AND NOT (type = 'index' AND sql IS NULL)"                      \
    " ORDER BY name, type"

static enum status read_items(struct catalogue *catalogue, struct item_list *list, struct error *error)
{
    *list = (struct item_list){0};
    struct buffer items = {0};
    sqlite3_stmt *statement;
    enum status status = database_prepare(catalogue, SCHEMA_QUERY, &statement, error);
    for (bool row = true; status == STATUS_OK && row;) {
        status = database_step_row(catalogue, statement, &row, "read the catalogue's tables", error);
        if (!row)
            break;
        const char *texts[3];
        for (int i = 0; i < 3; i++)
            texts[i] = normalise(&list->memory, database_column_text(statement, i));
        struct item item = {texts[0], texts[1], texts[2]};
        buffer_add(&items, &item, sizeof item);
        if (!item.type || !item.name || !item.sql || items.failed)
            status = error_no_memory(error);
    }
    sqlite3_finalize(statement);
    list->count = items.size / sizeof *list->items;
    list->items = arena_alloc(&list->memory, items.size + 1);
    if (status == STATUS_OK && !list->items)
        status = error_no_memory(error);
    if (list->items && items.size > 0)
        memcpy(list->items, items.data, items.size);
    buffer_free(&items);
    if (status != STATUS_OK)
        item_list_free(list);
    return status;
}

/* What the migrations up to `version` make, found by running them. */
static enum status make_known(int version, struct item_list *known, struct error *error)
{
    struct catalogue memory = {.path = "the known tables", .mode = CATALOGUE_CREATE};
    enum status status = database_open_memory(&memory, error);
    if (status == STATUS_OK)
        status = database_migrate_to(&memory, NULL, version, error);
    if (status == STATUS_OK)
        status = read_items(&memory, known, error);
    sqlite3_close(memory.db);
    return status;
}

static enum status compare(const struct catalogue *catalogue, const struct item_list *known,
                           const struct item_list *found, struct error *error)
{
    static const char advice[] = "go back to a copy, or import into a new catalogue";
    for (size_t i = 0, k = 0; i < found->count || k < known->count; i++, k++) {
        const struct item *it = i < found->count ? &found->items[i] : NULL;
        const struct item *wanted = k < known->count ? &known->items[k] : NULL;
        int order = !it ? 1 : !wanted ? -1 : strcmp(it->name, wanted->name);
        if (order > 0)
            return error_set(error, STATUS_BAD_DATA, "%s is damaged: its %s %s is missing; %s", catalogue->path,
                             wanted->type, wanted->name, advice);
        if (order < 0)
            return error_set(error, STATUS_BAD_DATA,
                             "%s holds the %s %s, which sleeve did not make; it was not opened, because what it does "
                             "is not known: remove it, or %s",
                             catalogue->path, it->type, it->name, advice);
        if (strcmp(it->type, wanted->type) != 0 || strcmp(it->sql, wanted->sql) != 0)
            return error_set(error, STATUS_BAD_DATA, "the %s %s of %s is not as sleeve made it; %s", it->type, it->name,
                             catalogue->path, advice);
    }
    return STATUS_OK;
}

/* Of the newest version, kept for all connections: each worker of the explorer opens one. */
static struct {
    pthread_mutex_t lock;
    struct item_list list;
} newest = {.lock = PTHREAD_MUTEX_INITIALIZER};

enum status database_check_schema(struct catalogue *catalogue, int version, struct error *error)
{
    struct item_list found, older = {0};
    enum status status = read_items(catalogue, &found, error);
    if (status != STATUS_OK)
        return status;
    struct item_list *known = version == database_version(NULL) ? &newest.list : &older;
    pthread_mutex_lock(&newest.lock);
    if (known->count == 0)
        status = make_known(version, known, error);
    pthread_mutex_unlock(&newest.lock);
    if (status == STATUS_OK)
        status = compare(catalogue, known, &found, error);
    item_list_free(&found);
    item_list_free(&older);
    return status;
}
