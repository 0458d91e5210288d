#include "support.h"

#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/database.h"

static void setup_rows(struct room *room)
{
    must(room, room_import_csv(room, "rows.csv", "playlist,track,artist\none,A,X\none,B,X\ntwo,A,X\n"));
}

/* Changes the file like another program, without sleeve. */
static void change(struct room *room, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(room->db, &db), SQLITE_OK);
    char *message = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", sql, message);
    sqlite3_close(db);
}

static enum status try_open(struct room *room, enum catalogue_mode mode)
{
    struct catalogue *catalogue;
    enum status status = catalogue_open(room->db, mode, &catalogue, &room->error);
    catalogue_close(catalogue);
    return status;
}

static void foreign_schemas_are_refused_by_name(void **state)
{
    struct room *room = *state;
    static const struct {
        const char *harm, *name;
    } cases[] = {
        {"CREATE TRIGGER slow AFTER INSERT ON sessions BEGIN SELECT count(*) FROM tracks a, tracks b; END", "slow"},
        {"CREATE TEMP TABLE x (y); CREATE VIEW shown AS SELECT 1", "shown"},
        {"CREATE TABLE guest (id REFERENCES playlists (id) ON DELETE CASCADE)", "guest"},
        {"CREATE INDEX costly ON tracks (hex(zeroblob(1000)))", "costly"},
        {"CREATE VIRTUAL TABLE words USING fts5 (word)", "words"},
        {"DROP TABLE sessions", "sessions"},
        {"DROP TABLE sessions; CREATE VIEW sessions AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
         " SELECT 1 AS id, max(i) AS json FROM n",
         "sessions"},
        {"DROP TABLE sessions; CREATE TABLE sessions (id INTEGER PRIMARY KEY, json TEXT AS (hex(zeroblob(id))))",
         "sessions"},
        {"DROP TRIGGER tracks_stay", "tracks_stay"},
        {"DROP INDEX tracks_by_album", "tracks_by_album"},
        {"ALTER TABLE playlists ADD COLUMN extra TEXT", "playlists"},
        {"PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'own IN (0, 1)', 'own IN (0, 2)')"
         " WHERE name = 'playlists'",
         "playlists"},
    };
    catalogue_close(room->catalogue);
    room->catalogue = NULL;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unlink(room->db);
        must(room, try_open(room, CATALOGUE_CREATE));
        change(room, cases[i].harm);
        for (enum catalogue_mode mode = CATALOGUE_READ; mode <= CATALOGUE_CREATE; mode++)
            if (try_open(room, mode) != STATUS_BAD_DATA || !strstr(room->error.text, cases[i].name))
                fail_msg("%s: %s", cases[i].harm, room->error.text);
    }
}

/* SQLite's statistics, and SQL that differs only in blanks and comments. */
static void harmless_differences_are_none(void **state)
{
    struct room *room = *state;
    setup_rows(room);
    catalogue_close(room->catalogue);
    room->catalogue = NULL;
    change(room, "ANALYZE");
    change(room, "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, '(', char(10) || '/* x */ ( "
                 "-- y' || char(10)) WHERE name = 'settings'");
    must(room, try_open(room, CATALOGUE_READ));
    must(room, try_open(room, CATALOGUE_WRITE));
}

static void wrong_versions_are_told(void **state)
{
    struct room *room = *state;
    setup_rows(room);
    catalogue_close(room->catalogue);
    room->catalogue = NULL;
    change(room, "PRAGMA user_version = -3");
    assert_int_equal(try_open(room, CATALOGUE_CREATE), STATUS_BAD_DATA);
    change(room, "PRAGMA user_version = 0");
    assert_int_equal(try_open(room, CATALOGUE_WRITE), STATUS_BAD_DATA);
    change(room, "PRAGMA user_version = 2147483647");
    assert_int_equal(try_open(room, CATALOGUE_WRITE), STATUS_FAILED);
    change(room, "PRAGMA user_version = 1; PRAGMA application_id = 77");
    assert_int_equal(try_open(room, CATALOGUE_CREATE), STATUS_BAD_DATA);
    assert_non_null(strstr(room->error.text, "another program"));
}

static struct room *meanwhile; /* the catalogue that another program is about to migrate; NULL: none */

static int migrate_meanwhile(unsigned event, void *context, void *statement, void *sql)
{
    (void)event, (void)context, (void)statement;
    struct room *room = meanwhile;
    if (!room || !strstr(sql, "FROM sqlite_schema WHERE NOT"))
        return 0;
    meanwhile = NULL;
    change(room, "CREATE TABLE later (x); PRAGMA user_version = 1000");
    return 0;
}

static int watch(sqlite3 *db, char **message, const struct sqlite3_api_routines *routines)
{
    (void)message, (void)routines;
    return sqlite3_trace_v2(db, SQLITE_TRACE_STMT, migrate_meanwhile, NULL);
}

/* Between the reading of the version and that of the tables. */
static void a_migration_by_another_program_is_no_damage(void **state)
{
    struct room *room = *state;
    setup_rows(room);
    for (enum catalogue_mode mode = CATALOGUE_READ; mode <= CATALOGUE_CREATE; mode++) {
        sqlite3_auto_extension((void (*)(void))watch);
        meanwhile = room;
        enum status status = try_open(room, mode);
        sqlite3_cancel_auto_extension((void (*)(void))watch);
        must(room, status);
        assert_null(meanwhile);
        assert_int_equal(try_open(room, mode), STATUS_FAILED);
        assert_non_null(strstr(room->error.text, "newer"));
        change(room, "DROP TABLE later");
        char sql[40];
        snprintf(sql, sizeof sql, "PRAGMA user_version = %d", database_version(NULL));
        change(room, sql);
    }
}

/* A creation that was killed leaves an empty file, or a header without tables. */
static void half_made_files_are_made_whole(void **state)
{
    struct room *room = *state;
    for (int header = 0; header < 2; header++) {
        catalogue_close(room->catalogue);
        room->catalogue = NULL;
        unlink(room->db);
        close(open(room->db, O_CREAT | O_WRONLY, 0600));
        if (header)
            change(room, "PRAGMA journal_mode = WAL");
        assert_int_equal(try_open(room, CATALOGUE_READ), STATUS_BAD_DATA);
        assert_non_null(strstr(room->error.text, "empty"));
        must(room, catalogue_open(room->db, CATALOGUE_CREATE, &room->catalogue, &room->error));
        setup_rows(room);
        check_is_well(room);
    }
}

static void names_are_file_names(void **state)
{
    struct room *room = *state;
    static const char *const names[] = {":memory:", "file:x.db?mode=memory", "file::memory:", "p?q=1#%20%41.db"};
    char home[400];
    assert_non_null(getcwd(home, sizeof home));
    assert_int_equal(chdir(room->folder), 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct catalogue *catalogue;
        must(room, catalogue_open(names[i], CATALOGUE_CREATE, &catalogue, &room->error));
        catalogue_close(catalogue);
        assert_int_equal(access(names[i], F_OK), 0);
        must(room, catalogue_open(names[i], CATALOGUE_READ, &catalogue, &room->error));
        must(room, database_open_immutable(catalogue, &room->error));
        catalogue_close(catalogue);
    }
    struct catalogue *none;
    assert_int_equal(catalogue_open("", CATALOGUE_CREATE, &none, &room->error), STATUS_USAGE);
    assert_int_equal(chdir(home), 0);
}

static void what_is_no_file_is_refused(void **state)
{
    struct room *room = *state;
    catalogue_close(room->catalogue);
    room->catalogue = NULL;
    char wal[128];
    struct stat facts;
    snprintf(wal, sizeof wal, "%s-wal", room->db);
    unlink(wal);
    assert_int_equal(mkfifo(wal, 0600), 0);
    assert_int_equal(try_open(room, CATALOGUE_READ), STATUS_BAD_DATA);
    unlink(wal);
    assert_int_equal(symlink("/etc/passwd", wal), 0);
    assert_int_equal(try_open(room, CATALOGUE_WRITE), STATUS_BAD_DATA);
    unlink(wal);
    must(room, try_open(room, CATALOGUE_WRITE));
    unlink(room->db);
    assert_int_equal(mkfifo(room->db, 0600), 0);
    for (enum catalogue_mode mode = CATALOGUE_READ; mode <= CATALOGUE_CREATE; mode++)
        assert_int_equal(try_open(room, mode), STATUS_BAD_DATA);
    unlink(room->db);
    assert_int_equal(mkdir(room->db, 0700), 0);
    assert_int_equal(try_open(room, CATALOGUE_CREATE), STATUS_BAD_DATA);
    assert_int_equal(rmdir(room->db), 0);
    struct catalogue *none;
    assert_int_equal(catalogue_open("/dev/null", CATALOGUE_CREATE, &none, &room->error), STATUS_BAD_DATA);
    assert_int_equal(stat("/dev/null", &facts), 0);
    assert_true(S_ISCHR(facts.st_mode));
}

static void new_files_are_private(void **state)
{
    struct room *room = *state;
    setup_rows(room);
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        char path[128];
        struct stat facts;
        snprintf(path, sizeof path, "%s%s", room->db, suffixes[i]);
        assert_int_equal(stat(path, &facts), 0);
        assert_int_equal(facts.st_mode & 0777, 0600);
    }
}

/* ---- interrupts ---- */

static const char endless[] = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";

static void *cancel_soon(void *context)
{
    struct catalogue_stop *stop = context;
    usleep(50000);
    atomic_store(&stop->cancelled, true);
    return NULL;
}

static void a_query_is_cancelled(void **state)
{
    struct room *room = *state;
    setup_rows(room);
    struct catalogue_stop stop = {0};
    catalogue_stop_by(room->catalogue, &stop);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, &stop), 0);
    int64_t value;
    assert_int_equal(database_integer(room->catalogue, endless, NULL, &value, &room->error), STATUS_INTERRUPTED);
    pthread_join(thread, NULL);
    atomic_store(&stop.cancelled, false);
    check_is_well(room);
}

static void waiting_for_a_lock_ends(void **state)
{
    struct room *room = *state;
    setup_rows(room);
    sqlite3 *other;
    assert_int_equal(sqlite3_open(room->db, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    struct catalogue_stop stop = {0};
    catalogue_stop_by(room->catalogue, &stop);
    atomic_store(&stop.patience_ms, 30);
    assert_int_equal(catalogue_session_write(room->catalogue, 1, "{}", &room->error), STATUS_FAILED);
    assert_non_null(strstr(room->error.text, "another program"));
    atomic_store(&stop.patience_ms, 0);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, &stop), 0);
    assert_int_equal(catalogue_session_write(room->catalogue, 1, "{}", &room->error), STATUS_INTERRUPTED);
    pthread_join(thread, NULL);
    atomic_store(&stop.cancelled, false);
    sqlite3_close(other);
    must(room, catalogue_session_write(room->catalogue, 1, "{}", &room->error));
}

/* A read-only catalogue of an older version. */
static void a_copy_in_memory_is_read_only(void **state)
{
    struct room *room = *state;
    setup_rows(room);
    must(room, database_copy_to_memory(room->catalogue, &room->error));
    assert_int_equal(counts_of(room).tracks, 2);
    assert_int_equal(catalogue_session_write(room->catalogue, 1, "{}", &room->error), STATUS_FAILED);
    assert_non_null(strstr(room->error.text, "can only be read"));
    room_reopen(room, CATALOGUE_WRITE);
    must(room, catalogue_session_write(room->catalogue, 1, "{}", &room->error));
}

static void values_have_a_largest_size(void **state)
{
    struct room *room = *state;
    setup_rows(room);
    int64_t value;
    assert_int_equal(
        database_integer(room->catalogue, "SELECT length(zeroblob(100000000))", NULL, &value, &room->error),
        STATUS_BAD_DATA);
    assert_int_equal(database_run(room->catalogue, "ATTACH ':memory:' AS more", &room->error), STATUS_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(foreign_schemas_are_refused_by_name, setup_room, teardown_room),
        cmocka_unit_test_setup_teardown(harmless_differences_are_none, setup_room, teardown_room),
        cmocka_unit_test_setup_teardown(wrong_versions_are_told, setup_room, teardown_room),
        cmocka_unit_test_setup_teardown(a_migration_by_another_program_is_no_damage, setup_room, teardown_room),
        cmocka_unit_test_setup_teardown(half_made_files_are_made_whole, setup_room, teardown_room),
        cmocka_unit_test_setup_teardown(names_are_file_names, setup_room, teardown_room),
        cmocka_unit_test_setup_teardown(what_is_no_file_is_refused, setup_room, teardown_room),
        cmocka_unit_test_setup_teardown(new_files_are_private, setup_room, teardown_room),
        cmocka_unit_test_setup_teardown(a_query_is_cancelled, setup_room, teardown_room),
        cmocka_unit_test_setup_teardown(waiting_for_a_lock_ends, setup_room, teardown_room),
        cmocka_unit_test_setup_teardown(a_copy_in_memory_is_read_only, setup_room, teardown_room),
        cmocka_unit_test_setup_teardown(values_have_a_largest_size, setup_room, teardown_room),
    };
    return cmocka_run_group_tests_name("connection", tests, NULL, NULL);
}
