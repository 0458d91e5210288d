/* An untrusted catalogue: opening it and every query either works or fails with a message. The input is text; each line
 * changes a small catalogue before it is opened:
 *   u TABLE.COLUMN ROW VALUE    sets a value; VALUE is i NUMBER, r NUMBER, t TEXT, b TEXT (as a blob), n (null) or
 *                               z COUNT (zero bytes); the column's type and checks are not enforced
 *   d TABLE ROW                 deletes a row
 *   q SQL                       runs any statement
 *   @ OFFSET HEX                overwrites bytes of the file
 *   w                           opens it for writing, and writes */
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "db/database.h"
#include "db/ingest.h"
#include "db/library.h"
#include "db/results.h"
#include "db/search.h"
#include "small_catalogue.h"

enum { COLUMNS_MAX = 256, STEPS = 2000, FILE_MAX = 1 << 22 };

struct column {
    char table[40], name[40];
    sqlite3_stmt *update; /* NULL until first used */
};

static struct column columns[COLUMNS_MAX];
static int n_columns;
static sqlite3 *loose; /* an in-memory copy in which every column accepts every value */
static char path[128];
static struct pool *pool;

/* ---- the small catalogue, prepared for changes ---- */

static void run(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(db));
        abort();
    }
}

/* Adds rows to every table that the import leaves empty. */
static void fill_tables(struct catalogue *catalogue)
{
    static const unsigned char picture[] = "\x89PNG\r\n\x1a\n";
    const struct model_record record = {.name = "m",
                                        .kind = "als",
                                        .file = "models/m.safetensors",
                                        .fingerprint = "0",
                                        .n_tracks = 30,
                                        .settings = "{\"kind\":\"als\"}",
                                        .results = "{}",
                                        .created = "2020-01-01T00:00:00Z"};
    const struct split_row split[] = {{1, SPLIT_TEST, 5}, {2, SPLIT_VALIDATION, 3}};
    static const char *const metrics[] = {"ndcg", "clicks"};
    static int64_t playlist = 1;
    static int32_t shown = 5;
    static double values[] = {0.5, 2};
    const struct result_table results = {metrics, 2, 1, &playlist, &shown, values};
    const int64_t tracks[] = {1, 2, 3, 2};
    int64_t own = 0;
    struct error error;
    REQUIRE(catalogue_model_write(catalogue, &record, &error) == STATUS_OK);
    REQUIRE(catalogue_split_write(catalogue, &(struct split){split, 2, NULL, 0, "{}"}, &error) == STATUS_OK);
    REQUIRE(catalogue_results_write(catalogue, &record, &results, "{}", &error) == STATUS_OK);
    REQUIRE(catalogue_own_playlist_save(catalogue, &own, "Mine", tracks, 4, &error) == STATUS_OK);
    REQUIRE(catalogue_setting_write(catalogue, "covers.generated", "1", &error) == STATUS_OK);
    REQUIRE(catalogue_session_write(catalogue, 1, "{\"version\":1,\"tracks\":[1]}", &error) == STATUS_OK);
    REQUIRE(catalogue_cover_write(catalogue, 1, picture, sizeof picture, "", &error) == STATUS_OK);
    REQUIRE(catalogue_cover_write(catalogue, 2, NULL, 0, "not found", &error) == STATUS_OK);
}

static void fill_library(struct catalogue *catalogue)
{
    struct library *library;
    struct error error;
    struct library_file file = {.path = {"a/b.flac", 8}, .kind = LIBRARY_MUSIC, .size = 1, .track = 1, .album = 1};
    REQUIRE(library_open(catalogue, "/music", &library, &error) == STATUS_OK);
    REQUIRE(library_file_write(library, &file, &error) == STATUS_OK);
    REQUIRE(library_cover_request(library, 1, &error) == STATUS_OK);
    REQUIRE(library_id_add(library, false, "isrc:a", 1, &error) == STATUS_OK);
    REQUIRE(library_id_add(library, true, "musicbrainz:release:a", 1, &error) == STATUS_OK);
    library_close(library);
}

static void copy_to_memory(const char *from)
{
    sqlite3 *file;
    REQUIRE(sqlite3_open(from, &file) == SQLITE_OK && sqlite3_open(":memory:", &loose) == SQLITE_OK);
    run(file, "PRAGMA journal_mode = DELETE; PRAGMA page_size = 512; VACUUM");
    sqlite3_backup *backup = sqlite3_backup_init(loose, "main", file, "main");
    REQUIRE(sqlite3_backup_step(backup, -1) == SQLITE_DONE && sqlite3_backup_finish(backup) == SQLITE_OK);
    sqlite3_close(file);
}

/* Lets the connection read the schema without types and checks, then restores its text: the catalogue it writes has the
 * real schema. */
static void loosen(void)
{
    run(loose, "PRAGMA writable_schema = 1; PRAGMA foreign_keys = 0; PRAGMA ignore_check_constraints = 1;"
               "CREATE TEMP TABLE kept AS SELECT rowid AS id, sql FROM sqlite_schema;"
               "UPDATE sqlite_schema SET sql = replace(replace(replace(replace(replace(replace(replace(sql,"
               " 'INTEGER PRIMARY KEY', '@'), 'INTEGER', 'BLOB'), 'TEXT', 'BLOB'), 'REAL', 'BLOB'), ' NOT NULL', ''),"
               " '@', 'INTEGER PRIMARY KEY'), 'STRICT, WITHOUT', 'WITHOUT') WHERE type = 'table';"
               "UPDATE sqlite_schema SET sql = replace(sql, ') STRICT', ')') WHERE type = 'table';"
               "PRAGMA schema_version = 1000; SELECT * FROM settings;"
               "UPDATE sqlite_schema AS s SET sql = (SELECT k.sql FROM kept k WHERE k.id = s.rowid);"
               "DROP TABLE temp.kept");
    sqlite3_db_config(loose, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
}

static void list_columns(void)
{
    sqlite3_stmt *list;
    n_columns = 0;
    REQUIRE(sqlite3_prepare_v2(loose,
                               "SELECT t.name, c.name FROM pragma_table_list t, pragma_table_info(t.name) c"
                               " WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite_schema'"
                               " ORDER BY 1, 2",
                               -1, &list, NULL) == SQLITE_OK);
    while (sqlite3_step(list) == SQLITE_ROW && n_columns < COLUMNS_MAX) {
        struct column *column = &columns[n_columns++];
        snprintf(column->table, sizeof column->table, "%s", (const char *)sqlite3_column_text(list, 0));
        snprintf(column->name, sizeof column->name, "%s", (const char *)sqlite3_column_text(list, 1));
    }
    sqlite3_finalize(list);
}

static int count_steps(void *steps)
{
    return ++*(int *)steps > STEPS;
}
static int steps_taken;

static void make_loose(void)
{
    char template[160];
    snprintf(template, sizeof template, "%s/template.db", fuzz_folder());
    if (!file_exists(template)) {
        struct error error;
        struct catalogue *catalogue = small_catalogue();
        fill_tables(catalogue);
        fill_library(catalogue);
        REQUIRE(database_run(catalogue, "PRAGMA wal_checkpoint(TRUNCATE)", &error) == STATUS_OK);
        fuzz_copy(catalogue_path(catalogue), fuzz_folder(), "template.db");
        REQUIRE(pool_create(1, &pool, &error) == STATUS_OK);
        snprintf(path, sizeof path, "%s/hostile.db", fuzz_folder());
    }
    copy_to_memory(template);
    loosen();
    list_columns();
    sqlite3_progress_handler(loose, 1000, count_steps, &steps_taken);
}

/* After a change of the schema, or of the state that a statement left. */
static void drop_loose(void)
{
    for (int i = 0; i < n_columns; i++)
        sqlite3_finalize(columns[i].update);
    memset(columns, 0, sizeof columns);
    REQUIRE(sqlite3_close(loose) == SQLITE_OK);
    loose = NULL;
}

/* ---- changes ---- */

static struct column *find_column(const char *name, size_t size)
{
    unsigned sum = 0;
    for (int i = 0; i < n_columns; i++) {
        size_t table = strlen(columns[i].table);
        if (size == table + 1 + strlen(columns[i].name) && memcmp(name, columns[i].table, table) == 0 &&
            memcmp(name + table + 1, columns[i].name, size - table - 1) == 0)
            return &columns[i];
    }
    for (size_t i = 0; i < size; i++) /* an unknown name selects one, too */
        sum = sum * 31 + (unsigned char)name[i];
    return &columns[sum % (unsigned)n_columns];
}

static sqlite3_stmt *prepare_update(const struct column *column)
{
    static const char *const by[] = {"rowid = (SELECT rowid FROM \"%w\" LIMIT 1 OFFSET ?2)", "?2 IS ?2"};
    sqlite3_stmt *statement = NULL;
    for (int i = 0; i < 2 && !statement; i++) { /* the second one is for tables without a rowid */
        char *where = sqlite3_mprintf(by[i], column->table);
        char *sql =
            sqlite3_mprintf("UPDATE OR REPLACE \"%w\" SET \"%w\" = ?1 WHERE %s", column->table, column->name, where);
        sqlite3_prepare_v3(loose, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
        sqlite3_free(sql);
        sqlite3_free(where);
    }
    return statement;
}

static void bind_value(sqlite3_stmt *statement, const char *value)
{
    const char *rest = value[0] ? value + 1 : value;
    rest += *rest == ' ';
    switch (value[0]) {
    case 'i':
        sqlite3_bind_int64(statement, 1, strtoll(rest, NULL, 0));
        break;
    case 'r':
        sqlite3_bind_double(statement, 1, strtod(rest, NULL));
        break;
    case 't':
        sqlite3_bind_text(statement, 1, rest, -1, SQLITE_STATIC);
        break;
    case 'b':
        sqlite3_bind_blob(statement, 1, rest, (int)strlen(rest), SQLITE_STATIC);
        break;
    case 'z':
        sqlite3_bind_zeroblob(statement, 1, (int)(strtoul(rest, NULL, 10) % 100000));
        break;
    default:
        sqlite3_bind_null(statement, 1);
    }
}

static void change_value(const char *line)
{
    char *rest;
    size_t size = strcspn(line, " ");
    struct column *column = find_column(line, size);
    long row = strtol(line + size, &rest, 10);
    if (!column->update)
        column->update = prepare_update(column);
    if (!column->update)
        return;
    bind_value(column->update, rest + strspn(rest, " "));
    sqlite3_bind_int64(column->update, 2, row);
    sqlite3_step(column->update);
    sqlite3_reset(column->update);
    sqlite3_clear_bindings(column->update);
}

static void remove_row(const char *line)
{
    size_t size = strcspn(line, " ");
    const struct column *column = find_column(line, size);
    char *sql = sqlite3_mprintf("DELETE FROM \"%w\" WHERE rowid = (SELECT rowid FROM \"%w\" LIMIT 1 OFFSET %d)",
                                column->table, column->table, atoi(line + size));
    sqlite3_exec(loose, sql, NULL, NULL, NULL);
    sqlite3_free(sql);
}

static void change_bytes(const char *line, unsigned char *bytes, size_t size)
{
    char *rest;
    unsigned long offset = strtoul(line, &rest, 0);
    rest += strspn(rest, " ");
    for (unsigned byte; sscanf(rest, "%2x", &byte) == 1 && rest[0] && rest[1]; rest += 2, offset++)
        if (offset < size)
            bytes[offset] = (unsigned char)byte;
}

/* Applies the lines; returns whether the catalogue is to be written to. */
static bool apply(char *text, bool *changed_schema, unsigned char **bytes, sqlite3_int64 *size)
{
    bool writes = false;
    char *rest = NULL, *copy = strdup(text);
    steps_taken = 0;
    sqlite3_exec(loose, "BEGIN", NULL, NULL, NULL);
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        const char *argument = line[1] == ' ' ? line + 2 : line + 1;
        if (line[0] == 'u')
            change_value(argument);
        else if (line[0] == 'd')
            remove_row(argument);
        else if (line[0] == 'q')
            sqlite3_exec(loose, argument, NULL, NULL, NULL);
        *changed_schema |= line[0] == 'q';
        writes |= line[0] == 'w';
    }
    *bytes = sqlite3_serialize(loose, "main", size, 0);
    for (char *line = strtok_r(copy, "\n", &rest); line && *bytes; line = strtok_r(NULL, "\n", &rest))
        if (line[0] == '@')
            change_bytes(line + 1, *bytes, (size_t)*size);
    free(copy);
    sqlite3_exec(loose, "ROLLBACK", NULL, NULL, NULL);
    return writes;
}

/* ---- queries ---- */

static void read_playlists(struct catalogue *catalogue, bool own)
{
    struct playlist_list list = {0};
    struct error error;
    if (catalogue_playlists_read(catalogue, own, 20, 0, &list, &error) == STATUS_OK)
        for (size_t i = 0; i < list.count; i++) {
            struct playlist_list one = {0};
            struct track_list tracks = {0};
            int64_t *ids = NULL;
            size_t count;
            if (catalogue_playlist_entries(catalogue, list.items[i].id, &ids, &count, &error) == STATUS_OK)
                catalogue_tracks_read(catalogue, ids, count, &tracks, &error);
            catalogue_playlist_read(catalogue, list.items[i].id, &one, &error);
            struct own_playlist mine = {0};
            catalogue_own_playlist_read(catalogue, list.items[i].id, &mine, &error);
            own_playlist_free(&mine);
            free(ids);
            track_list_free(&tracks);
            playlist_list_free(&one);
        }
    playlist_list_free(&list);
}

static void read_texts(struct catalogue *catalogue)
{
    char *text = NULL;
    struct error error;
    catalogue_setting_read(catalogue, "covers.generated", &text, &error);
    free(text);
    struct session_list sessions = {0};
    catalogue_sessions_read(catalogue, &sessions, &error);
    session_list_free(&sessions);
}

static void read_models(struct catalogue *catalogue)
{
    struct model_list models = {0};
    static const char *const metrics[] = {"ndcg", "clicks"};
    struct result_table results = {0}, one = {0};
    struct playlist_list evaluated = {0};
    struct error error;
    catalogue_models_read(catalogue, &models, &error);
    catalogue_results_read(catalogue, "m", 0, metrics, 2, &results, &error);
    catalogue_results_read(catalogue, "m", 1, metrics, 2, &one, &error);
    catalogue_playlists_evaluated(catalogue, "m", &evaluated, &error);
    model_list_free(&models);
    result_table_free(&results);
    result_table_free(&one);
    playlist_list_free(&evaluated);
}

static void count_cover(const char *reason, int64_t n_albums, void *context)
{
    *(uint64_t *)context += (uint64_t)n_albums + strlen(reason);
}

static enum status take_wanted(const struct cover_wanted *album, void *context, struct error *error)
{
    (void)error;
    *(uint64_t *)context += strlen(album->key) + strlen(album->title) + strlen(album->artist) +
                            strlen(album->remote_id) + strlen(album->release);
    return STATUS_OK;
}

static void read_covers(struct catalogue *catalogue)
{
    struct buffer bytes = {0};
    bool found, covered[64] = {false};
    uint64_t total = 0;
    uint32_t colour;
    char reason[100];
    struct cover_counts counts;
    const struct cover_site source = {"spotify", ""};
    const struct cover_choice choice = {.site = &source, .now = 1000};
    struct error error;
    catalogue_covers_wanted_count(catalogue, &choice, &counts, &error);
    catalogue_covers_wanted(catalogue, &choice, 0, 50, take_wanted, &total, &error);
    catalogue_cover_of_url(catalogue, "a", &found, &bytes, &colour, reason, sizeof reason, &error);
    catalogue_cover_read(catalogue, 1, &bytes, &found, &error);
    catalogue_cover_status(catalogue, count_cover, &total, &error);
    catalogue_tracks_covered(catalogue, false, covered, sizeof covered / sizeof *covered, &error);
    catalogue_tracks_covered(catalogue, true, covered, sizeof covered / sizeof *covered, &error);
    buffer_free(&bytes);
}

static void read_albums(struct catalogue *catalogue)
{
    struct album_list albums = {0}, top = {0};
    struct track_list tracks = {0};
    int64_t id;
    struct error error;
    catalogue_albums_read(catalogue, NULL, 0, &albums, &error);
    catalogue_top_artist_albums(catalogue, 3, &top, &error);
    catalogue_album_tracks(catalogue, 1, &tracks, &error);
    catalogue_album_find(catalogue, "spotify:album:0000000000000000000001", &id, &error);
    album_list_free(&albums);
    album_list_free(&top);
    track_list_free(&tracks);
}

static void read_interactions(struct catalogue *catalogue)
{
    struct interactions interactions = {0};
    struct error error;
    if (catalogue_interactions_load(catalogue, SPLIT_TRAIN | SPLIT_VALIDATION | SPLIT_TEST, &interactions, &error) !=
        STATUS_OK)
        return;
    for (int64_t i = 0; i < interactions.starts[interactions.n_playlists]; i++)
        REQUIRE(interactions.tracks[i] >= 0 && interactions.tracks[i] < interactions.n_tracks);
    interactions_free(&interactions);
}

static void search(struct catalogue *catalogue)
{
    struct search_index *index;
    int64_t ids[8], total;
    size_t count;
    struct error error;
    if (search_index_open(catalogue, pool, &index, &error) != STATUS_OK)
        return;
    search_index_query(index, "song 1", 8, ids, &count, &total, NULL, &error);
    search_index_close(index);
}

static void read_all(struct catalogue *catalogue)
{
    struct catalogue_counts counts;
    char fingerprint[33];
    bool split;
    int64_t id;
    struct error error;
    catalogue_count(catalogue, &counts, &error);
    catalogue_fingerprint(catalogue, 0, fingerprint, &error);
    catalogue_track_find(catalogue, "spotify:track:0000000000000000000001", &id, &error);
    catalogue_playlist_find(catalogue, "p1", &id, &error);
    catalogue_has_split(catalogue, &split, &error);
    read_playlists(catalogue, true);
    read_playlists(catalogue, false);
    read_texts(catalogue);
    read_models(catalogue);
    read_covers(catalogue);
    read_albums(catalogue);
    read_interactions(catalogue);
    search(catalogue);
    catalogue_check(catalogue, &error);
}

static enum status take_file(const struct library_file *file, void *context, struct error *error)
{
    (void)error;
    *(uint64_t *)context += file->path.size + strlen(file->picture) + strlen(file->reason);
    return STATUS_OK;
}

/* As a later import of the same folder of music reads and writes. */
static void use_library(struct catalogue *catalogue)
{
    const int32_t tracks[] = {1, 30};
    struct library *library;
    struct ingest *ingest;
    struct import_report report = {0};
    struct error error;
    uint64_t total = 0;
    int64_t albums[4], row = 0;
    int count;
    bool known, has, changed;
    char hash[33];
    if (library_open(catalogue, "/music", &library, &error) == STATUS_OK) {
        library_files(library, take_file, &total, &error);
        library_album_files(library, 1, take_file, &total, &error);
        library_covers_pending(library, 0, 4, albums, &count, &error);
        library_cover_stored(library, 1, hash, &error);
        library_track_has_file(library, 1, 1, 0, &has, &error);
        library_album_in(library, (struct text){"a/", 2}, (struct text){"Album 1", 7}, &row, &error);
        library_id_find(library, false, "isrc:a", &row, &error);
    }
    if (ingest_open(catalogue, &report, &ingest, &error) == STATUS_OK &&
        ingest_begin(ingest, NULL, &known, &error) == STATUS_OK) {
        const struct track_metadata metadata = {.title = {"New", 3}, .duration_ms = 1000, .popularity = -1};
        enum status status = STATUS_OK;
        if (row > 0 && row <= INT32_MAX)
            status = ingest_track_complete(ingest, &metadata, (int32_t)row, &error);
        if (status == STATUS_OK && ingest_track_count(ingest) >= 30)
            status = ingest_playlist_replace(ingest, 1, (struct text){"New", 3}, tracks, 2, &changed, &error);
        if (status != STATUS_OK || ingest_commit(ingest, NULL, &error) != STATUS_OK)
            ingest_rollback(ingest);
    }
    ingest_close(ingest);
    library_close(library);
}

static void write_some(struct catalogue *catalogue)
{
    static const char table[] = "playlist,track,artist\nNew,Song 1,Artist 1\nNew,Other,Artist 9\n";
    const int64_t tracks[] = {1, 30};
    int64_t id = 0, first = 9;
    struct import_report report;
    struct error error;
    catalogue_own_playlist_save(catalogue, &id, "New", tracks, 2, &error);
    catalogue_own_playlist_save(catalogue, &first, "Changed", tracks, 2, &error);
    catalogue_own_playlist_delete(catalogue, first, &error);
    catalogue_session_write(catalogue, 1, "{}", &error);
    import_csv(catalogue, fuzz_file((const uint8_t *)table, sizeof table - 1), &(struct csv_options){0}, NULL, NULL,
               &report, &error);
    use_library(catalogue);
    REQUIRE(sqlite3_get_autocommit(catalogue->db));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const beside[] = {"-wal", "-shm", "-journal"};
    char *text = strndup((const char *)data, size), other[160];
    bool changed_schema = false;
    unsigned char *bytes;
    sqlite3_int64 length;
    struct catalogue *catalogue;
    struct error error;
    if (!loose)
        make_loose();
    bool writes = apply(text, &changed_schema, &bytes, &length);
    free(text);
    if (changed_schema)
        drop_loose();
    if (!bytes || length > FILE_MAX) {
        sqlite3_free(bytes);
        return 0;
    }
    fuzz_write(path, bytes, (size_t)length);
    sqlite3_free(bytes);
    if (catalogue_open(path, writes ? CATALOGUE_WRITE : CATALOGUE_READ, &catalogue, &error) == STATUS_OK) {
        fuzz_accepted = true;
        read_all(catalogue);
        if (writes)
            write_some(catalogue);
        catalogue_close(catalogue);
    }
    for (size_t i = 0; i < sizeof beside / sizeof *beside; i++) {
        snprintf(other, sizeof other, "%s%s", path, beside[i]);
        unlink(other);
    }
    return 0;
}
