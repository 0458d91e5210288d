#include "small_catalogue.h"

#include <string.h>

#include "core/file.h"
#include "db/database.h"

/* ---- SQLite's memory ---- */

/* SQLite allocates so often, and is so well tested itself, that half of the time was spent in the sanitizer's
 * allocator: here it uses the C library's allocator directly. */
void *__libc_malloc(size_t size);
void *__libc_realloc(void *memory, size_t size);
void __libc_free(void *memory);

enum { HEAD = 16 }; /* the size, before each allocation */

static void *take(int size)
{
    char *piece = __libc_malloc((size_t)size + HEAD);
    if (!piece)
        return NULL;
    memcpy(piece, &size, sizeof size);
    return piece + HEAD;
}

static void give(void *memory)
{
    __libc_free((char *)memory - HEAD);
}

static void *change(void *memory, int size)
{
    char *piece = __libc_realloc((char *)memory - HEAD, (size_t)size + HEAD);
    if (!piece)
        return NULL;
    memcpy(piece, &size, sizeof size);
    return piece + HEAD;
}

static int size_of(void *memory)
{
    int size;
    memcpy(&size, (char *)memory - HEAD, sizeof size);
    return size;
}

static int round_up(int size)
{
    return (size + 7) & ~7;
}

static int begin(void *context)
{
    (void)context;
    return SQLITE_OK;
}

static void end(void *context)
{
    (void)context;
}

/* Call it before the first connection. */
static void configure(void)
{
    static const sqlite3_mem_methods methods = {take, give, change, size_of, round_up, begin, end, NULL};
    static bool done;
    if (done)
        return;
    done = true;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
    sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* ---- the empty catalogue ---- */

enum { TABLES_MAX = 64 };

/* DELETE FROM each table; then INSERT of the schema's initial rows, which are saved in temporary tables. */
static sqlite3_stmt *reset[2 * TABLES_MAX];
static int n_reset;

static void run(struct catalogue *catalogue, const char *sql)
{
    struct error error;
    if (database_run(catalogue, sql, &error) != STATUS_OK) {
        fprintf(stderr, "%s: %s\n", sql, error.text);
        abort();
    }
}

/* `format` has "%w" for the table, at most twice. */
static sqlite3_stmt *prepare(struct catalogue *catalogue, const char *format, const char *table)
{
    sqlite3_stmt *statement;
    char *sql = sqlite3_mprintf(format, table, table);
    REQUIRE(sqlite3_prepare_v3(catalogue->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) == SQLITE_OK);
    sqlite3_free(sql);
    return statement;
}

static void add_reset(struct catalogue *catalogue, const char *format, const char *table)
{
    REQUIRE(n_reset < 2 * TABLES_MAX);
    reset[n_reset++] = prepare(catalogue, format, table);
}

/* Saves a table's rows; returns whether there are any. */
static bool keep_rows(struct catalogue *catalogue, const char *table)
{
    sqlite3_stmt *any = prepare(catalogue, "SELECT 1 FROM \"%w\" LIMIT 1", table);
    bool found = sqlite3_step(any) == SQLITE_ROW;
    sqlite3_finalize(any);
    if (found) {
        sqlite3_stmt *keep = prepare(catalogue, "CREATE TEMP TABLE \"kept_%w\" AS SELECT * FROM \"%w\"", table);
        REQUIRE(sqlite3_step(keep) == SQLITE_DONE);
        sqlite3_finalize(keep);
    }
    return found;
}

static void prepare_reset(struct catalogue *catalogue)
{
    char tables[TABLES_MAX][64];
    int n_tables = 0;
    sqlite3_stmt *list = prepare(catalogue, "SELECT name FROM sqlite_schema WHERE type = 'table'", "");
    while (sqlite3_step(list) == SQLITE_ROW) {
        REQUIRE(n_tables < TABLES_MAX);
        snprintf(tables[n_tables++], sizeof tables[0], "%s", database_column_text(list, 0));
    }
    sqlite3_finalize(list);
    for (int i = 0; i < n_tables; i++)
        add_reset(catalogue, "DELETE FROM \"%w\"", tables[i]);
    for (int i = 0; i < n_tables; i++)
        if (keep_rows(catalogue, tables[i]))
            add_reset(catalogue, "INSERT INTO main.\"%w\" SELECT * FROM \"kept_%w\"", tables[i]);
}

static void set_rules(struct catalogue *catalogue, int on)
{
    sqlite3_db_config(catalogue->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, on, NULL);
    sqlite3_db_config(catalogue->db, SQLITE_DBCONFIG_ENABLE_FKEY, on, NULL);
}

static void empty(struct catalogue *catalogue)
{
    set_rules(catalogue, 0);
    run(catalogue, "BEGIN");
    for (int i = 0; i < n_reset; i++) {
        REQUIRE(sqlite3_step(reset[i]) == SQLITE_DONE);
        sqlite3_reset(reset[i]);
    }
    run(catalogue, "COMMIT");
    set_rules(catalogue, 1);
}

static struct catalogue *open_or_stop(const char *path, enum catalogue_mode mode)
{
    struct catalogue *catalogue;
    struct error error;
    configure();
    if (catalogue_open(path, mode, &catalogue, &error) != STATUS_OK) {
        fprintf(stderr, "%s\n", error.text);
        abort();
    }
    return catalogue;
}

struct catalogue *empty_catalogue(void)
{
    static struct catalogue *catalogue;
    if (!catalogue) {
        char path[128];
        snprintf(path, sizeof path, "%s/empty.db", fuzz_folder());
        catalogue = open_or_stop(path, CATALOGUE_CREATE);
        run(catalogue, "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE");
        prepare_reset(catalogue);
    }
    empty(catalogue);
    return catalogue;
}

void check_catalogue(struct catalogue *catalogue)
{
    struct error error;
    REQUIRE(sqlite3_get_autocommit(catalogue->db));
    if (catalogue_check(catalogue, &error) != STATUS_OK) {
        fprintf(stderr, "%s\n", error.text);
        abort();
    }
}

/* ---- the filled catalogue ---- */

static void write_table(struct buffer *text)
{
    buffer_add_text(text, "playlist,playlist_id,pos,track,track_id,artist,artist_id,album,album_id,release_date,"
                          "duration_ms,popularity,genre,subgenre\n");
    for (int playlist = 0; playlist < FUZZ_PLAYLISTS; playlist++)
        for (int entry = 0; entry < FUZZ_ENTRIES; entry++) {
            int track = (playlist * 5 + entry * 7) % FUZZ_TRACKS, album = track % FUZZ_ALBUMS, artist = album % 4;
            buffer_printf(text,
                          "List %d,p%d,%d,Song %d,spotify:track:%022d,Artist %d,spotify:artist:%022d,Album %d,"
                          "spotify:album:%022d,%d-02-03,%d,%d,pop,dance pop\n",
                          playlist, playlist, entry, track, track, artist, artist, album, album, 1990 + album,
                          180000 + track, track);
        }
}

static void fill(struct catalogue *catalogue)
{
    struct buffer text = {0};
    struct import_report report;
    struct error error;
    write_table(&text);
    const char *path = fuzz_file((const uint8_t *)text.data, text.size);
    if (import_csv(catalogue, path, &(struct csv_options){0}, NULL, NULL, &report, &error) != STATUS_OK) {
        fprintf(stderr, "%s\n", error.text);
        abort();
    }
    buffer_free(&text);
}

struct catalogue *small_catalogue(void)
{
    static struct catalogue *catalogue;
    if (catalogue)
        return catalogue;
    char path[128];
    snprintf(path, sizeof path, "%s/c.db", fuzz_folder());
    catalogue = open_or_stop(path, CATALOGUE_CREATE);
    fill(catalogue);
    return catalogue;
}

void sidecar_write(struct catalogue *catalogue, const char *relative, const void *data, size_t size)
{
    struct buffer path = {0};
    catalogue_sidecar(catalogue, relative, &path);
    REQUIRE(!path.failed);
    char *slash = strrchr(path.data, '/');
    *slash = '\0';
    if (!file_exists(path.data))
        REQUIRE(folder_make(path.data, NULL) == STATUS_OK);
    *slash = '/';
    fuzz_write(path.data, data, size);
    buffer_free(&path);
}
