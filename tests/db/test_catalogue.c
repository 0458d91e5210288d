#include "support.h"

#include <math.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/database.h"

static const char rows[] = "playlist,track,artist,album,seconds,popularity,release_date,genre,energy\n"
                           "one,A,X,First,10,5,1999,rock,0.5\n"
                           "one,B,X,First,20,,1999,rock,0.7\n"
                           "one,A,X,First,10,5,1999,rock,0.5\n"
                           "two,C,Y,,,,,jazz,\n"
                           "two,A,X,First,10,5,1999,jazz,0.5\n"
                           "three,B,X,First,20,,1999,,\n";

static void setup_rows(struct fixture *fixture)
{
    must(fixture, fixture_import_csv(fixture, "rows.csv", rows));
}

static void reads_facts_back(void **state)
{
    struct fixture *fixture = *state;
    setup_rows(fixture);
    const int64_t ids[] = {3, 1};
    struct track_list tracks;
    must(fixture, catalogue_tracks_read(fixture->catalogue, ids, 2, &tracks, &fixture->error));
    assert_int_equal(tracks.count, 2);
    assert_string_equal(tracks.items[0].title, "C");
    assert_string_equal(tracks.items[0].album, "");
    assert_int_equal(tracks.items[0].album_id, 0);
    assert_int_equal(tracks.items[0].duration_ms, -1);
    assert_int_equal(tracks.items[0].popularity, -1);
    assert_int_equal(tracks.items[0].year, 0);
    assert_string_equal(tracks.items[1].key, "a / x");
    assert_string_equal(tracks.items[1].artist, "X");
    assert_string_equal(tracks.items[1].album, "First");
    assert_int_equal(tracks.items[1].duration_ms, 10000);
    assert_int_equal(tracks.items[1].year, 1999);
    assert_int_equal(tracks.items[1].popularity, 5);
    assert_int_equal(tracks.items[1].n_playlists, 2);
    track_list_free(&tracks);
    const int64_t wrong = 4;
    assert_int_equal(catalogue_tracks_read(fixture->catalogue, &wrong, 1, &tracks, &fixture->error), STATUS_FAILED);
    int64_t id;
    must(fixture, catalogue_track_find(fixture->catalogue, "b / x", &id, &fixture->error));
    assert_int_equal(id, 2);
    must(fixture, catalogue_track_find(fixture->catalogue, "nothing", &id, &fixture->error));
    assert_int_equal(id, 0);

    struct album_list albums;
    must(fixture, catalogue_albums_read(fixture->catalogue, NULL, 0, &albums, &fixture->error));
    assert_int_equal(albums.count, 1);
    assert_string_equal(albums.items[0].title, "First");
    assert_string_equal(albums.items[0].genre, "rock");
    assert_int_equal(albums.items[0].n_tracks, 2);
    assert_true(fabsf(albums.items[0].audio[1] - 0.6F) < 1e-6F);
    assert_true(isnan(albums.items[0].audio[0]));
    must(fixture, catalogue_album_find(fixture->catalogue, albums.items[0].key, &id, &fixture->error));
    assert_int_equal(id, 1);
    album_list_free(&albums);
    must(fixture, catalogue_album_tracks(fixture->catalogue, 1, &tracks, &fixture->error));
    assert_int_equal(tracks.count, 2);
    track_list_free(&tracks);
    must(fixture, catalogue_top_artist_albums(fixture->catalogue, 1, &albums, &fixture->error));
    assert_int_equal(albums.count, 1);
    assert_string_equal(albums.items[0].artist, "X");
    album_list_free(&albums);
    must(fixture, catalogue_top_artist_albums(fixture->catalogue, 0, &albums, &fixture->error));
    assert_int_equal(albums.count, 0);
    album_list_free(&albums);
    struct catalogue_counts counts = counts_of(fixture);
    assert_int_equal(counts.artists, 2);
    assert_int_equal(counts.tracks, 3);
    assert_int_equal(counts.playlists, 3);
    assert_int_equal(counts.entries, 6);
    assert_int_equal(counts.repeats, 1);
    check_catalogue(fixture);
}

static void own_playlists_stay_apart(void **state)
{
    struct fixture *fixture = *state;
    setup_rows(fixture);
    const int64_t ids[] = {3, 3, 2};
    int64_t first = 0, second = 0;
    must(fixture, catalogue_own_playlist_save(fixture->catalogue, &first, "mine", ids, 3, &fixture->error));
    must(fixture, catalogue_own_playlist_save(fixture->catalogue, &second, "empty", NULL, 0, &fixture->error));
    must(fixture, catalogue_own_playlist_save(fixture->catalogue, &first, "mine too", ids, 2, &fixture->error));
    struct playlist_list list;
    must(fixture, catalogue_playlists_read(fixture->catalogue, true, 0, 0, &list, &fixture->error));
    assert_int_equal(list.count, 2);
    assert_int_equal(list.items[0].id, first);
    assert_string_equal(list.items[0].name, "mine too");
    assert_true(list.items[0].own);
    assert_int_equal(list.items[0].n_entries, 2);
    playlist_list_free(&list);
    must(fixture, catalogue_playlists_read(fixture->catalogue, false, 2, 1, &list, &fixture->error));
    assert_int_equal(list.count, 2);
    assert_string_equal(list.items[0].key, "two");
    assert_int_equal(list.items[0].duration_ms, 10000);
    const int64_t two = list.items[0].id;
    playlist_list_free(&list);
    must(fixture, catalogue_playlists_after(fixture->catalogue, 0, 2, &list, &fixture->error));
    assert_int_equal(list.count, 2); /* the first ones, without the person's */
    assert_int_equal(list.items[1].id, two);
    playlist_list_free(&list);
    must(fixture, catalogue_playlists_after(fixture->catalogue, two, 100, &list, &fixture->error));
    assert_true(list.count > 0 && list.items[0].id > two);
    for (size_t i = 0; i < list.count; i++)
        assert_false(list.items[i].own);
    playlist_list_free(&list);

    int64_t *entries;
    size_t count;
    must(fixture, catalogue_playlist_entries(fixture->catalogue, first, &entries, &count, &fixture->error));
    assert_int_equal(count, 2);
    assert_int_equal(entries[0], 3);
    assert_int_equal(entries[1], 3);
    free(entries);

    struct track_list tracks;
    must(fixture, catalogue_tracks_read(fixture->catalogue, ids, 1, &tracks, &fixture->error));
    assert_int_equal(tracks.items[0].n_playlists, 1);
    track_list_free(&tracks);
    struct catalogue_counts counts = counts_of(fixture);
    assert_int_equal(counts.playlists, 3);
    assert_int_equal(counts.own_playlists, 2);
    struct interactions seen;
    must(fixture, catalogue_interactions_load(fixture->catalogue, SPLIT_TRAIN, &seen, &fixture->error));
    assert_int_equal(seen.n_playlists, 3);
    interactions_free(&seen);
    const struct split_row row = {.playlist_id = first, .set = SPLIT_TEST, .seeds = 1};
    assert_int_equal(
        catalogue_split_write(fixture->catalogue, &(struct split){&row, 1, NULL, 0, "{}"}, &fixture->error),
        STATUS_BAD_DATA);

    const int64_t wrong = 99;
    int64_t third = 0, others = 1;
    assert_int_equal(catalogue_own_playlist_save(fixture->catalogue, &third, "x", &wrong, 1, &fixture->error),
                     STATUS_FAILED);
    assert_int_equal(third, 0);
    assert_int_equal(catalogue_own_playlist_save(fixture->catalogue, &others, "x", ids, 1, &fixture->error),
                     STATUS_USAGE);
    assert_int_equal(catalogue_own_playlist_delete(fixture->catalogue, others, &fixture->error), STATUS_USAGE);
    check_catalogue(fixture);
    must(fixture, catalogue_own_playlist_delete(fixture->catalogue, first, &fixture->error));
    assert_int_equal(catalogue_playlist_entries(fixture->catalogue, first, &entries, &count, &fixture->error),
                     STATUS_FAILED);
    check_catalogue(fixture);
}

static void saves_inside_a_unit_of_work(void **state)
{
    struct fixture *fixture = *state;
    setup_rows(fixture);
    const int64_t ids[] = {1};
    int64_t id = 0;
    must(fixture, catalogue_begin(fixture->catalogue, &fixture->error));
    must(fixture, catalogue_own_playlist_save(fixture->catalogue, &id, "mine", ids, 1, &fixture->error));
    catalogue_rollback(fixture->catalogue);
    assert_int_equal(counts_of(fixture).own_playlists, 0);
}

static void interactions_are_distinct_and_in_order(void **state)
{
    struct fixture *fixture = *state;
    setup_rows(fixture);
    struct interactions seen;
    bool has;
    must(fixture, catalogue_has_split(fixture->catalogue, &has, &fixture->error));
    assert_false(has);
    must(fixture, catalogue_interactions_load(fixture->catalogue, SPLIT_TRAIN, &seen, &fixture->error));
    const int32_t wanted[] = {0, 1, 2, 0, 1};
    assert_int_equal(seen.n_tracks, 3);
    assert_int_equal(seen.starts[3], 5);
    assert_memory_equal(seen.tracks, wanted, sizeof wanted);
    assert_int_equal(seen.starts[1], 2);
    const struct split_row split[] = {{seen.playlist_ids[0], SPLIT_TEST, 3}, {seen.playlist_ids[1], SPLIT_TRAIN, 0}};
    const struct split whole = {split, 2, NULL, 0, "{\"seed\":1}"};
    interactions_free(&seen);
    must(fixture, catalogue_split_write(fixture->catalogue, &whole, &fixture->error));
    must(fixture, catalogue_split_write(fixture->catalogue, &whole, &fixture->error));
    must(fixture, catalogue_has_split(fixture->catalogue, &has, &fixture->error));
    assert_true(has);
    must(fixture, catalogue_interactions_load(fixture->catalogue, SPLIT_TRAIN, &seen, &fixture->error));
    assert_int_equal(seen.n_playlists, 2);
    interactions_free(&seen);
    must(fixture,
         catalogue_interactions_load(fixture->catalogue, SPLIT_TEST | SPLIT_VALIDATION, &seen, &fixture->error));
    assert_int_equal(seen.n_playlists, 1);
    assert_int_equal(seen.seeds[0], 3);
    assert_int_equal(seen.sets[0], SPLIT_TEST);
    interactions_free(&seen);
    check_catalogue(fixture);
}

static void count_reason(const char *reason, int64_t n, void *context)
{
    buffer_printf(context, "[%s:%d]", reason, (int)n);
}

static void small_things_come_back(void **state)
{
    struct fixture *fixture = *state;
    setup_rows(fixture);
    char *text;
    must(fixture, catalogue_setting_read(fixture->catalogue, "name", &text, &fixture->error));
    assert_null(text);
    must(fixture, catalogue_setting_write(fixture->catalogue, "name", "a", &fixture->error));
    must(fixture, catalogue_setting_write(fixture->catalogue, "name", "b", &fixture->error));
    must(fixture, catalogue_setting_read(fixture->catalogue, "name", &text, &fixture->error));
    assert_string_equal(text, "b");
    free(text);
    struct session_list sessions;
    must(fixture, catalogue_sessions_read(fixture->catalogue, &sessions, &fixture->error));
    assert_int_equal(sessions.count, 0);
    session_list_free(&sessions);
    must(fixture, catalogue_session_write(fixture->catalogue, 1, "{1}", &fixture->error));
    must(fixture, catalogue_session_write(fixture->catalogue, 2, "{2}", &fixture->error));
    must(fixture, catalogue_session_write(fixture->catalogue, 3, "{3}", &fixture->error));
    must(fixture, catalogue_session_write(fixture->catalogue, 3, "{}", &fixture->error));
    must(fixture, catalogue_session_delete(fixture->catalogue, 1, &fixture->error));
    must(fixture, catalogue_sessions_read(fixture->catalogue, &sessions, &fixture->error));
    assert_int_equal(sessions.count, 2);
    assert_int_equal(sessions.items[0].id, 2);
    assert_string_equal(sessions.items[1].json, "{}");
    session_list_free(&sessions);

    struct model_record record = {.name = "m",
                                  .kind = "als",
                                  .file = "models/m",
                                  .fingerprint = "f",
                                  .n_tracks = 3,
                                  .settings = "{}",
                                  .results = "",
                                  .created = "now"};
    must(fixture, catalogue_model_write(fixture->catalogue, &record, &fixture->error));
    record.results = "{\"ndcg\":1}";
    must(fixture, catalogue_model_write(fixture->catalogue, &record, &fixture->error));
    struct model_list models;
    must(fixture, catalogue_models_read(fixture->catalogue, &models, &fixture->error));
    assert_int_equal(models.count, 1);
    assert_string_equal(models.items[0].results, "{\"ndcg\":1}");
    assert_int_equal(models.items[0].n_tracks, 3);
    model_list_free(&models);
    must(fixture, catalogue_model_delete(fixture->catalogue, "m", &fixture->error));
    assert_int_equal(catalogue_model_delete(fixture->catalogue, "m", &fixture->error), STATUS_FAILED);

    struct buffer bytes = {0}, told = {0};
    bool found;
    must(fixture, catalogue_cover_read(fixture->catalogue, 1, &bytes, &found, &fixture->error));
    assert_false(found);
    must(fixture, catalogue_cover_status(fixture->catalogue, count_reason, &told, &fixture->error));
    must(fixture, catalogue_cover_write(fixture->catalogue, 1, NULL, 0, "too small", &fixture->error));
    must(fixture, catalogue_cover_status(fixture->catalogue, count_reason, &told, &fixture->error));
    must(fixture, catalogue_cover_write(fixture->catalogue, 1, "\0png", 4, NULL, &fixture->error));
    must(fixture, catalogue_cover_status(fixture->catalogue, count_reason, &told, &fixture->error));
    assert_string_equal(told.data, "[not looked for:1][too small:1][:1]");
    must(fixture, catalogue_cover_read(fixture->catalogue, 1, &bytes, &found, &fixture->error));
    assert_true(found);
    assert_int_equal(bytes.size, 4);
    assert_memory_equal(bytes.data, "\0png", 4);
    assert_int_equal(catalogue_cover_write(fixture->catalogue, 77, "x", 1, NULL, &fixture->error), STATUS_FAILED);
    buffer_free(&bytes);
    buffer_free(&told);
    struct buffer sidecar = {0};
    catalogue_sidecar(fixture->catalogue, "models/m", &sidecar);
    assert_non_null(strstr(sidecar.data, "/c.data/models/m"));
    buffer_free(&sidecar);
    assert_int_equal(counts_of(fixture).covers, 1);
}

/* Covers are counted at every start: this must not read the images. */
static void counts_covers_without_reading_them(void **state)
{
    struct fixture *fixture = *state;
    enum { ALBUMS = 300, BYTES = 5000 };
    struct buffer text = {0};
    buffer_add_text(&text, "playlist,track,artist,album\n");
    for (int i = 0; i < ALBUMS; i++)
        buffer_printf(&text, "one,T%d,X,A%d\n", i, i);
    must(fixture, fixture_import_csv(fixture, "albums.csv", text.data));
    static const char image[BYTES] = "image";
    must(fixture, catalogue_begin(fixture->catalogue, &fixture->error));
    for (int i = 1; i < ALBUMS; i++)
        must(fixture, catalogue_cover_write(fixture->catalogue, i, image, BYTES, NULL, &fixture->error));
    must(fixture, catalogue_commit(fixture->catalogue, &fixture->error));
    fixture_reopen(fixture, CATALOGUE_READ);
    struct buffer told = {0};
    assert_int_equal(counts_of(fixture).covers, ALBUMS - 1);
    must(fixture, catalogue_cover_status(fixture->catalogue, count_reason, &told, &fixture->error));
    assert_string_equal(told.data, "[:299][not looked for:1]");
    int pages, highest;
    sqlite3_db_status(fixture->catalogue->db, SQLITE_DBSTATUS_CACHE_MISS, &pages, &highest, 0);
    assert_true(pages < 50);
    buffer_free(&text);
    buffer_free(&told);
}

static void fingerprint_is_of_the_first_tracks(void **state)
{
    struct fixture *fixture = *state;
    char none[33], before[33], later[33], first[33], other[33];
    must(fixture, catalogue_fingerprint(fixture->catalogue, 0, none, &fixture->error));
    setup_rows(fixture);
    must(fixture, catalogue_fingerprint(fixture->catalogue, 0, before, &fixture->error));
    must(fixture, fixture_import_csv(fixture, "more.csv", "playlist,track,artist\nfour,D,Z\nfour,E,Z\n"));
    must(fixture, catalogue_fingerprint(fixture->catalogue, 3, later, &fixture->error));
    must(fixture, catalogue_fingerprint(fixture->catalogue, 0, first, &fixture->error));
    must(fixture, catalogue_fingerprint(fixture->catalogue, 4, other, &fixture->error)); /* computed, not stored */
    assert_string_equal(before, later);
    assert_string_not_equal(before, first);
    assert_string_not_equal(none, before);
    assert_string_not_equal(other, first);
    assert_int_equal(catalogue_fingerprint(fixture->catalogue, 6, other, &fixture->error), STATUS_FAILED);
    must(fixture, catalogue_album_fingerprint(fixture->catalogue, 0, before, &fixture->error));
    must(fixture, fixture_import_csv(fixture, "album.csv", "playlist,track,artist,album\nfive,F,Z,Second\n"));
    must(fixture, catalogue_album_fingerprint(fixture->catalogue, 1, later, &fixture->error));
    must(fixture, catalogue_album_fingerprint(fixture->catalogue, 0, other, &fixture->error));
    assert_string_equal(before, later);
    assert_string_not_equal(before, other);
    assert_int_equal(catalogue_album_fingerprint(fixture->catalogue, 3, other, &fixture->error), STATUS_FAILED);

    struct hash hash;
    hash_begin(&hash);
    static const char *const keys[] = {"a / x", "b / x", "c / y", "d / z", "e / z"};
    for (int i = 0; i < 5; i++) {
        hash_add(&hash, keys[i], 5);
        hash_add(&hash, "\n", 1);
    }
    hash_end(hash, other);
    assert_string_equal(other, first);
    check_catalogue(fixture);
}

static void check_finds_what_is_broken(void **state)
{
    struct fixture *fixture = *state;
    static const char *const harm[] = {
        "UPDATE playlist_entries SET tracks = x'63000000' WHERE playlist_id = 1",
        "UPDATE track_counts SET n_playlists = n_playlists + 1 WHERE track_id = 1",
        "DELETE FROM track_counts WHERE track_id = 2",
        "UPDATE state SET n_entries = n_entries + 1",
        "UPDATE state SET hash_a = hash_a + 1",
        "UPDATE fingerprints SET fingerprint = 'x'",
        "DELETE FROM playlist_entries WHERE playlist_id = 2",
        "INSERT INTO playlist_entries VALUES (99, x'01000000')",
        "UPDATE tracks SET artist_id = 99 WHERE id = 1",
        "UPDATE tracks SET album_id = 99 WHERE id = 1",
        "UPDATE albums SET artist_id = 0 WHERE id = 1",
        "UPDATE albums SET genre_id = 99 WHERE id = 1",
        "INSERT INTO covers VALUES (99, NULL, 'none')",
        "DROP TRIGGER artists_stay; DELETE FROM artists WHERE id = 2",
    };
    setup_rows(fixture);
    must(fixture, database_run(fixture->catalogue, "PRAGMA foreign_keys = OFF", &fixture->error));
    for (size_t i = 0; i < sizeof harm / sizeof *harm; i++) {
        must(fixture, database_run(fixture->catalogue, "SAVEPOINT harm", &fixture->error));
        must(fixture, database_run(fixture->catalogue, harm[i], &fixture->error));
        if (catalogue_check(fixture->catalogue, &fixture->error) != STATUS_BAD_DATA)
            fail_msg("not found: %s", harm[i]);
        must(fixture, database_run(fixture->catalogue, "ROLLBACK TO harm; RELEASE harm", &fixture->error));
    }
    assert_int_equal(database_run(fixture->catalogue, "DELETE FROM tracks WHERE id = 3", &fixture->error),
                     STATUS_FAILED);
    assert_int_equal(database_run(fixture->catalogue, "UPDATE tracks SET key = 'x' WHERE id = 3", &fixture->error),
                     STATUS_FAILED);
}

static void foreign_files_are_refused(void **state)
{
    struct fixture *fixture = *state;
    struct catalogue *other;
    struct error error;
    fixture_write(fixture, "text.db", "this is no database, it is a text of some length", 48);
    assert_int_equal(catalogue_open(fixture->file, CATALOGUE_CREATE, &other, &error), STATUS_BAD_DATA);
    assert_null(other);
    fixture_write(fixture, "empty.db", "", 0);
    assert_int_equal(catalogue_open(fixture->file, CATALOGUE_READ, &other, &error), STATUS_BAD_DATA);
    assert_int_equal(catalogue_open(fixture->file, CATALOGUE_WRITE, &other, &error), STATUS_BAD_DATA);
    char path[120];
    snprintf(path, sizeof path, "%s/foreign.db", fixture->folder);
    sqlite3 *db;
    sqlite3_open(path, &db);
    sqlite3_exec(db, "CREATE TABLE t (x)", NULL, NULL, NULL);
    sqlite3_close(db);
    assert_int_equal(catalogue_open(path, CATALOGUE_CREATE, &other, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.text, "another program"));
    snprintf(path, sizeof path, "%s/none.db", fixture->folder);
    assert_int_equal(catalogue_open(path, CATALOGUE_WRITE, &other, &error), STATUS_FAILED);
    assert_int_equal(access(path, F_OK), -1);

    must(fixture, database_run(fixture->catalogue, "PRAGMA user_version = 1000", &fixture->error));
    assert_int_equal(catalogue_open(fixture->db, CATALOGUE_WRITE, &other, &error), STATUS_FAILED);
    assert_non_null(strstr(error.text, "newer"));
    must(fixture, database_run(fixture->catalogue, "PRAGMA user_version = 0", &fixture->error));
    assert_int_equal(catalogue_open(fixture->db, CATALOGUE_READ, &other, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.text, "version is 0"));
}

static void migrations_go_on_from_the_version_that_is_there(void **state)
{
    static const char *const first[] = {"-- migration 1: begin\n", "CREATE TABLE a (x INTEGER);\n", NULL};
    static const char *const both[] = {"-- migration 1: begin\n", "CREATE TABLE a (x INTEGER);\n",
                                       "-- migration 2: more\n", "ALTER TABLE a ADD COLUMN y;\n", NULL};
    static const char *const broken[] = {"-- migration 3: bad\n", "CREATE TABLE b (x INTEGER);\n",
                                         "CREATE TABLE a (x INTEGER);\n", NULL};
    struct fixture *fixture = *state;
    struct catalogue other = {.path = fixture->db};
    int64_t version;
    assert_int_equal(sqlite3_open(":memory:", &other.db), SQLITE_OK);
    must(fixture, database_migrate(&other, first, &fixture->error));
    must(fixture, database_run(&other, "INSERT INTO a VALUES (7)", &fixture->error));
    must(fixture, database_migrate(&other, both, &fixture->error));
    must(fixture, database_migrate(&other, both, &fixture->error));
    must(fixture, database_integer(&other, "SELECT x FROM a WHERE y IS NULL", NULL, &version, &fixture->error));
    assert_int_equal(version, 7);
    must(fixture, database_integer(&other, "PRAGMA user_version", NULL, &version, &fixture->error));
    assert_int_equal(version, 2);
    assert_int_not_equal(database_migrate(&other, broken, &fixture->error), STATUS_OK);
    must(fixture, database_integer(&other, "PRAGMA user_version", NULL, &version, &fixture->error));
    assert_int_equal(version, 2);
    must(fixture, database_integer(&other, "SELECT count(*) FROM sqlite_schema WHERE name = 'b'", NULL, &version,
                                   &fixture->error));
    assert_int_equal(version, 0);
    sqlite3_close(other.db);
}

/* Exits with 0 if the catalogue can be read by a user who may not write anything. */
static int read_as_nobody(const struct fixture *fixture)
{
    struct catalogue *catalogue;
    struct catalogue_counts counts;
    struct error error;
    if (geteuid() == 0 && setuid(65534) != 0)
        return 1;
    if (catalogue_open(fixture->db, CATALOGUE_READ, &catalogue, &error) != STATUS_OK)
        return 2;
    if (catalogue_count(catalogue, &counts, &error) != STATUS_OK || counts.tracks != 3)
        return 3;
    if (catalogue_setting_write(catalogue, "a", "b", &error) == STATUS_OK)
        return 4;
    catalogue_close(catalogue);
    return 0;
}

static void a_folder_that_may_only_be_read_will_do(void **state)
{
    struct fixture *fixture = *state;
    setup_rows(fixture);
    catalogue_close(fixture->catalogue);
    fixture->catalogue = NULL;
    chmod(fixture->db, 0444);
    chmod(fixture->folder, 0555);
    pid_t child = fork();
    if (child == 0)
        _exit(read_as_nobody(fixture));
    int result = -1;
    waitpid(child, &result, 0);
    chmod(fixture->folder, 0755);
    assert_true(WIFEXITED(result));
    assert_int_equal(WEXITSTATUS(result), 0);
}

/* SQLite would accept writes to a deleted file that nobody ever sees. */
static void a_deleted_catalogue_refuses_to_be_written(void **state)
{
    struct fixture *fixture = *state;
    setup_rows(fixture);
    must(fixture, catalogue_session_write(fixture->catalogue, 1, "{}", &fixture->error));
    assert_int_equal(unlink(fixture->db), 0);
    int64_t id = 0;
    const int64_t track = 1;
    assert_int_equal(catalogue_own_playlist_save(fixture->catalogue, &id, "lost", &track, 1, &fixture->error),
                     STATUS_FAILED);
    assert_non_null(strstr(fixture->error.text, "deleted or moved"));
    assert_int_equal(catalogue_session_write(fixture->catalogue, 1, "{}", &fixture->error), STATUS_FAILED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_fixture, teardown_fixture)
    const struct CMUnitTest tests[] = {
        TEST(reads_facts_back),
        TEST(own_playlists_stay_apart),
        TEST(saves_inside_a_unit_of_work),
        TEST(interactions_are_distinct_and_in_order),
        TEST(small_things_come_back),
        TEST(counts_covers_without_reading_them),
        TEST(fingerprint_is_of_the_first_tracks),
        TEST(check_finds_what_is_broken),
        TEST(foreign_files_are_refused),
        TEST(migrations_go_on_from_the_version_that_is_there),
        TEST(a_folder_that_may_only_be_read_will_do),
        TEST(a_deleted_catalogue_refuses_to_be_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
