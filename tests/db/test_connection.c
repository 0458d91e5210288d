#include "support.h"

#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/database.h"

static void setup_rows(struct fixture *fixture)
{
    must(fixture, fixture_import_csv(fixture, "rows.csv", "playlist,track,artist\none,A,X\none,B,X\ntwo,A,X\n"));
}

/* Changes the file like another program, without sleeve. */
static void change(struct fixture *fixture, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(fixture->db, &db), SQLITE_OK);
    char *message = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", sql, message);
    sqlite3_close(db);
}

static enum status try_open(struct fixture *fixture, enum catalogue_mode mode)
{
    struct catalogue *catalogue;
    enum status status = catalogue_open(fixture->db, mode, &catalogue, &fixture->error);
    catalogue_close(catalogue);
    return status;
}

static void foreign_schemas_are_refused_by_name(void **state)
{
    struct fixture *fixture = *state;
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
    catalogue_close(fixture->catalogue);
    fixture->catalogue = NULL;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unlink(fixture->db);
        must(fixture, try_open(fixture, CATALOGUE_CREATE));
        change(fixture, cases[i].harm);
        for (enum catalogue_mode mode = CATALOGUE_READ; mode <= CATALOGUE_CREATE; mode++)
            if (try_open(fixture, mode) != STATUS_BAD_DATA || !strstr(fixture->error.text, cases[i].name))
                fail_msg("%s: %s", cases[i].harm, fixture->error.text);
    }
}

/* SQLite's statistics, and SQL that differs only in blanks and comments. */
static void harmless_differences_are_none(void **state)
{
    struct fixture *fixture = *state;
    setup_rows(fixture);
    catalogue_close(fixture->catalogue);
    fixture->catalogue = NULL;
    change(fixture, "ANALYZE");
    change(fixture,
           "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, '(', char(10) || '/* x */ ( "
           "-- y' || char(10)) WHERE name = 'settings'");
    must(fixture, try_open(fixture, CATALOGUE_READ));
    must(fixture, try_open(fixture, CATALOGUE_WRITE));
}

static void wrong_versions_are_reported(void **state)
{
    struct fixture *fixture = *state;
    setup_rows(fixture);
    catalogue_close(fixture->catalogue);
    fixture->catalogue = NULL;
    change(fixture, "PRAGMA user_version = -3");
    assert_int_equal(try_open(fixture, CATALOGUE_CREATE), STATUS_BAD_DATA);
    change(fixture, "PRAGMA user_version = 0");
    assert_int_equal(try_open(fixture, CATALOGUE_WRITE), STATUS_BAD_DATA);
    change(fixture, "PRAGMA user_version = 2147483647");
    assert_int_equal(try_open(fixture, CATALOGUE_WRITE), STATUS_FAILED);
    change(fixture, "PRAGMA user_version = 1; PRAGMA application_id = 77");
    assert_int_equal(try_open(fixture, CATALOGUE_CREATE), STATUS_BAD_DATA);
    assert_non_null(strstr(fixture->error.text, "another program"));
}

static struct fixture *meanwhile; /* the catalogue that another program is about to migrate; NULL: none */

static int migrate_meanwhile(unsigned event, void *context, void *statement, void *sql)
{
    (void)event, (void)context, (void)statement;
    struct fixture *fixture = meanwhile;
    if (!fixture || !strstr(sql, "FROM sqlite_schema WHERE NOT"))
        return 0;
    meanwhile = NULL;
    change(fixture, "CREATE TABLE later (x); PRAGMA user_version = 1000");
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
    struct fixture *fixture = *state;
    setup_rows(fixture);
    for (enum catalogue_mode mode = CATALOGUE_READ; mode <= CATALOGUE_CREATE; mode++) {
        sqlite3_auto_extension((void (*)(void))watch);
        meanwhile = fixture;
        enum status status = try_open(fixture, mode);
        sqlite3_cancel_auto_extension((void (*)(void))watch);
        must(fixture, status);
        assert_null(meanwhile);
        assert_int_equal(try_open(fixture, mode), STATUS_FAILED);
        assert_non_null(strstr(fixture->error.text, "newer"));
        change(fixture, "DROP TABLE later");
        char sql[40];
        snprintf(sql, sizeof sql, "PRAGMA user_version = %d", database_version(NULL));
        change(fixture, sql);
    }
}

/* A creation that was killed leaves an empty file, or a header without tables. */
static void half_made_files_are_made_whole(void **state)
{
    struct fixture *fixture = *state;
    for (int header = 0; header < 2; header++) {
        catalogue_close(fixture->catalogue);
        fixture->catalogue = NULL;
        unlink(fixture->db);
        close(open(fixture->db, O_CREAT | O_WRONLY, 0600));
        if (header)
            change(fixture, "PRAGMA journal_mode = WAL");
        assert_int_equal(try_open(fixture, CATALOGUE_READ), STATUS_BAD_DATA);
        assert_non_null(strstr(fixture->error.text, "empty"));
        must(fixture, catalogue_open(fixture->db, CATALOGUE_CREATE, &fixture->catalogue, &fixture->error));
        setup_rows(fixture);
        check_catalogue(fixture);
    }
}

static void names_are_file_names(void **state)
{
    struct fixture *fixture = *state;
    static const char *const names[] = {":memory:", "file:x.db?mode=memory", "file::memory:", "p?q=1#%20%41.db"};
    char home[400];
    assert_non_null(getcwd(home, sizeof home));
    assert_int_equal(chdir(fixture->folder), 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct catalogue *catalogue;
        must(fixture, catalogue_open(names[i], CATALOGUE_CREATE, &catalogue, &fixture->error));
        catalogue_close(catalogue);
        assert_int_equal(access(names[i], F_OK), 0);
        must(fixture, catalogue_open(names[i], CATALOGUE_READ, &catalogue, &fixture->error));
        must(fixture, database_open_immutable(catalogue, &fixture->error));
        catalogue_close(catalogue);
    }
    struct catalogue *none;
    assert_int_equal(catalogue_open("", CATALOGUE_CREATE, &none, &fixture->error), STATUS_USAGE);
    assert_int_equal(chdir(home), 0);
}

static void only_files_are_opened(void **state)
{
    struct fixture *fixture = *state;
    catalogue_close(fixture->catalogue);
    fixture->catalogue = NULL;
    char wal[128];
    struct stat facts;
    snprintf(wal, sizeof wal, "%s-wal", fixture->db);
    unlink(wal);
    assert_int_equal(mkfifo(wal, 0600), 0);
    assert_int_equal(try_open(fixture, CATALOGUE_READ), STATUS_BAD_DATA);
    unlink(wal);
    assert_int_equal(symlink("/etc/passwd", wal), 0);
    assert_int_equal(try_open(fixture, CATALOGUE_WRITE), STATUS_BAD_DATA);
    unlink(wal);
    must(fixture, try_open(fixture, CATALOGUE_WRITE));
    unlink(fixture->db);
    assert_int_equal(mkfifo(fixture->db, 0600), 0);
    for (enum catalogue_mode mode = CATALOGUE_READ; mode <= CATALOGUE_CREATE; mode++)
        assert_int_equal(try_open(fixture, mode), STATUS_BAD_DATA);
    unlink(fixture->db);
    assert_int_equal(mkdir(fixture->db, 0700), 0);
    assert_int_equal(try_open(fixture, CATALOGUE_CREATE), STATUS_BAD_DATA);
    assert_int_equal(rmdir(fixture->db), 0);
    struct catalogue *none;
    assert_int_equal(catalogue_open("/dev/null", CATALOGUE_CREATE, &none, &fixture->error), STATUS_BAD_DATA);
    assert_int_equal(stat("/dev/null", &facts), 0);
    assert_true(S_ISCHR(facts.st_mode));
}

static void new_files_are_private(void **state)
{
    struct fixture *fixture = *state;
    setup_rows(fixture);
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        char path[128];
        struct stat facts;
        snprintf(path, sizeof path, "%s%s", fixture->db, suffixes[i]);
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
    struct fixture *fixture = *state;
    setup_rows(fixture);
    struct catalogue_stop stop = {0};
    catalogue_stop_by(fixture->catalogue, &stop);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, &stop), 0);
    int64_t value;
    assert_int_equal(database_integer(fixture->catalogue, endless, NULL, &value, &fixture->error), STATUS_INTERRUPTED);
    pthread_join(thread, NULL);
    atomic_store(&stop.cancelled, false);
    check_catalogue(fixture);
}

static void waiting_for_a_lock_ends(void **state)
{
    struct fixture *fixture = *state;
    setup_rows(fixture);
    sqlite3 *other;
    assert_int_equal(sqlite3_open(fixture->db, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    struct catalogue_stop stop = {0};
    catalogue_stop_by(fixture->catalogue, &stop);
    atomic_store(&stop.lock_timeout_ms, 30);
    assert_int_equal(catalogue_session_write(fixture->catalogue, 1, "{}", &fixture->error), STATUS_FAILED);
    assert_non_null(strstr(fixture->error.text, "another program"));
    atomic_store(&stop.lock_timeout_ms, 0);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, &stop), 0);
    assert_int_equal(catalogue_session_write(fixture->catalogue, 1, "{}", &fixture->error), STATUS_INTERRUPTED);
    pthread_join(thread, NULL);
    atomic_store(&stop.cancelled, false);
    sqlite3_close(other);
    must(fixture, catalogue_session_write(fixture->catalogue, 1, "{}", &fixture->error));
}

/* A read-only catalogue of an older version. */
static void a_copy_in_memory_is_read_only(void **state)
{
    struct fixture *fixture = *state;
    setup_rows(fixture);
    must(fixture, database_copy_to_memory(fixture->catalogue, &fixture->error));
    assert_int_equal(counts_of(fixture).tracks, 2);
    assert_int_equal(catalogue_session_write(fixture->catalogue, 1, "{}", &fixture->error), STATUS_FAILED);
    assert_non_null(strstr(fixture->error.text, "can only be read"));
    fixture_reopen(fixture, CATALOGUE_WRITE);
    must(fixture, catalogue_session_write(fixture->catalogue, 1, "{}", &fixture->error));
}

static void values_have_a_largest_size(void **state)
{
    struct fixture *fixture = *state;
    setup_rows(fixture);
    int64_t value;
    assert_int_equal(
        database_integer(fixture->catalogue, "SELECT length(zeroblob(100000000))", NULL, &value, &fixture->error),
        STATUS_BAD_DATA);
    assert_int_equal(database_run(fixture->catalogue, "ATTACH ':memory:' AS more", &fixture->error), STATUS_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(foreign_schemas_are_refused_by_name, setup_fixture, teardown_fixture),
        cmocka_unit_test_setup_teardown(harmless_differences_are_none, setup_fixture, teardown_fixture),
        cmocka_unit_test_setup_teardown(wrong_versions_are_reported, setup_fixture, teardown_fixture),
        cmocka_unit_test_setup_teardown(a_migration_by_another_program_is_no_damage, setup_fixture, teardown_fixture),
        cmocka_unit_test_setup_teardown(half_made_files_are_made_whole, setup_fixture, teardown_fixture),
        cmocka_unit_test_setup_teardown(names_are_file_names, setup_fixture, teardown_fixture),
        cmocka_unit_test_setup_teardown(only_files_are_opened, setup_fixture, teardown_fixture),
        cmocka_unit_test_setup_teardown(new_files_are_private, setup_fixture, teardown_fixture),
        cmocka_unit_test_setup_teardown(a_query_is_cancelled, setup_fixture, teardown_fixture),
        cmocka_unit_test_setup_teardown(waiting_for_a_lock_ends, setup_fixture, teardown_fixture),
        cmocka_unit_test_setup_teardown(a_copy_in_memory_is_read_only, setup_fixture, teardown_fixture),
        cmocka_unit_test_setup_teardown(values_have_a_largest_size, setup_fixture, teardown_fixture),
    };
    return cmocka_run_group_tests_name("connection", tests, NULL, NULL);
}
