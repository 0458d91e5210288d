#include "support.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include "db/database.h"

enum { SLICES = 6, PLAYLISTS = 150, TRACKS = 2500 };

#define TRACK_A                                                                                                        \
    "{\"pos\":0,\"track_uri\":\"spotify:track:a\",\"track_name\":\"A\",\"artist_uri\":\"spotify:artist:x\","           \
    "\"artist_name\":\"X\",\"album_uri\":\"spotify:album:l\",\"album_name\":\"L\",\"duration_ms\":5}"
#define SLICE(playlists) "{\"info\":{\"slice\":\"0-9\"},\"playlists\":[" playlists "]}"

static int64_t reason(const struct fixture *fixture, const char *text)
{
    for (int i = 0; i < fixture->report.n_reasons; i++)
        if (strstr(fixture->report.reasons[i].reason, text))
            return fixture->report.reasons[i].count;
    return 0;
}

static void reads_a_playlist(void **state)
{
    struct fixture *fixture = *state;
    must(fixture,
         fixture_import_mpd(
             fixture, "a.json",
             SLICE(
                 "{\"name\":\"n\\u00e4me\",\"collaborative\":\"true\",\"pid\":7,\"modified_at\":1500000000,\"num_"
                 "followers\":3,"
                 "\"description\":\"d\",\"extra\":[{\"x\":[1,null,true]}],\"tracks\":["
                 "{\"pos\":1,\"track_uri\":\"spotify:track:b\",\"track_name\":\"\",\"artist_uri\":\"spotify:artist:x\","
                 "\"artist_name\":\"X\",\"album_uri\":\"spotify:album:l\",\"album_name\":\"L\",\"duration_ms\":7}"
                 "," TRACK_A "]}")));
    assert_int_equal(fixture->report.playlists, 1);
    int64_t id;
    must(fixture, catalogue_playlist_find(fixture->catalogue, "7", &id, &fixture->error));
    struct playlist_list list;
    must(fixture, catalogue_playlist_read(fixture->catalogue, id, &list, &fixture->error));
    assert_string_equal(list.items[0].name, "n\xc3\xa4me");
    assert_int_equal(list.items[0].duration_ms, 12);
    playlist_list_free(&list);
    int64_t value;
    must(fixture, database_integer(fixture->catalogue,
                                   "SELECT collaborative FROM playlists WHERE description = 'd'"
                                   " AND modified = 1500000000 AND followers = 3 AND edits IS NULL",
                                   NULL, &value, &fixture->error));
    assert_int_equal(value, 1);
    int64_t *ids;
    size_t count;
    must(fixture, catalogue_playlist_entries(fixture->catalogue, id, &ids, &count, &fixture->error));
    struct track_list tracks;
    must(fixture, catalogue_tracks_read(fixture->catalogue, ids, count, &tracks, &fixture->error));
    assert_string_equal(tracks.items[0].key, "spotify:track:a"); /* pos 0 */
    assert_string_equal(tracks.items[1].title, "[unknown]");
    track_list_free(&tracks);
    free(ids);
    check_catalogue(fixture);
}

static void skips_and_repairs(void **state)
{
    struct fixture *fixture = *state;
    must(fixture,
         fixture_import_mpd(
             fixture, "a.json",
             SLICE("5,null,[],\"x\","
                   "{\"pid\":1,\"tracks\":[1,\"x\",null,[],false," TRACK_A
                   ",{\"pos\":\"x\",\"track_uri\":9},{\"track_name\":\"no uri\"}]},"
                   "{\"pid\":2,\"tracks\":[]},{\"pid\":3,\"tracks\":\"none\"},{\"tracks\":[" TRACK_A "]},"
                   "{\"pid\":{\"a\":1},\"tracks\":[" TRACK_A "]},"
                   "{\"pid\":1,\"name\":\"again\",\"tracks\":[" TRACK_A "]},"
                   "{\"pid\":\" own:1\",\"tracks\":[" TRACK_A "]},"
                   "{\"pid\":4,\"name\":\"a\\u0000b\",\"num_edits\":99999999999999999999999,\"tracks\":[" TRACK_A
                   "]}")));
    assert_int_equal(fixture->report.playlists, 2);
    assert_int_equal(fixture->report.entries, 2);
    assert_int_equal(reason(fixture, "a playlist that is not an object"), 4);
    assert_int_equal(reason(fixture, "a track that is not an object"), 5);
    assert_int_equal(reason(fixture, "without track_uri"), 2);
    assert_int_equal(reason(fixture, "without tracks"), 2);
    assert_int_equal(reason(fixture, "without pid"), 2);
    assert_int_equal(reason(fixture, "already"), 1);
    assert_int_equal(reason(fixture, "own:"), 1);
    assert_int_equal(reason(fixture, "a NUL character"), 1);
    assert_int_equal(reason(fixture, "out of range"), 2); /* num_edits, pos */
    assert_int_equal(fixture->report.altered, 1);
    check_catalogue(fixture);
}

static void refuses_other_files(void **state)
{
    struct fixture *fixture = *state;
    struct buffer deep = {0}, slice = {0};
    for (int i = 0; i < 100000; i++)
        buffer_add_byte(&deep, '[');
    add_slice(&slice, 0, 200, 500);
    static const char *const wrong[] = {"",
                                        "{",
                                        "[]",
                                        "{}",
                                        "5",
                                        "{\"playlists\":5}",
                                        "{\"playlists\":{}}",
                                        "nonsense",
                                        "{\"playlists\":[}]}",
                                        "{\"a\":\"",
                                        "{\"playlists\":[]} trailing"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (fixture_import_mpd(fixture, "a.json", wrong[i]) != STATUS_BAD_DATA)
            fail_msg("taken: %s", wrong[i]);
    assert_int_equal(fixture_import_mpd(fixture, "deep.json", deep.data), STATUS_BAD_DATA);
    buffer_clear(&deep);
    buffer_add_text(&deep, "{\"playlists\":[{\"pid\":1,\"x\":");
    for (int i = 0; i < 1000; i++)
        buffer_add_text(&deep, "{\"a\":");
    assert_int_equal(fixture_import_mpd(fixture, "deep.json", deep.data), STATUS_BAD_DATA);
    for (size_t cut = 1; cut < slice.size; cut += slice.size / 37) {
        char *copy = strndup(slice.data, slice.size - cut);
        assert_int_equal(fixture_import_mpd(fixture, "cut.json", copy), STATUS_BAD_DATA);
        free(copy);
    }
    assert_int_equal(counts_of(fixture).tracks, 0);
    check_catalogue(fixture);
    must(fixture, fixture_import_mpd(fixture, "a.json", slice.data));
    assert_int_equal(fixture->report.playlists, 200);
    const char *none = "/nowhere/at/all";
    assert_int_equal(import_mpd(fixture->catalogue, &none, 1, NULL, NULL, &fixture->report, &fixture->error),
                     STATUS_BAD_DATA);
    buffer_free(&deep);
    buffer_free(&slice);
}

static void other_formats_are_named(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {SLICE("{\"pid\":1,\"name\":\"caf\xe9\",\"tracks\":[" TRACK_A "]}"), "line 1"},
        {SLICE("{\"pid\":1,\"num_tracks\":NaN,\"tracks\":[" TRACK_A "]}"), "byte 60: NaN is not JSON"},
        {SLICE("{\"pid\":1,\"num_tracks\":-Infinity,\"tracks\":[" TRACK_A "]}"), "Infinity is not JSON"},
        {"{\"playlists\":[{\"name\":\"x\",\"lastModifiedDate\":\"2023\",\"items\":[]}]}", "Spotify account data"},
        {"[{\"endTime\":\"2023\",\"artistName\":\"A\",\"trackName\":\"B\",\"msPlayed\":5}]", "streaming history"},
        {"{\"tracks\":[{\"artist\":\"A\",\"uri\":\"spotify:track:1\"}]}", "Spotify account data"},
        {"{\"playlist\":{\"title\":\"x\",\"track\":[]}}", "JSPF"},
        {"{\"date\":\"2018\",\"version\":\"v1\",\"playlists\":[{\"name\":\"x\",\"num_holdouts\":5,\"pid\":1,"
         "\"tracks\":[" TRACK_A "]}]}",
         "challenge set"},
        {"<!DOCTYPE html><html></html>", "web page"},
        {"playlist,track,artist\n", "not JSON"},
        {SLICE(""), "nothing was imported"},
        {"PK\3\4\x14", "ZIP"},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(fixture_import_mpd(fixture, "a.json", cases[i].text), STATUS_BAD_DATA);
        if (!strstr(fixture->error.text, cases[i].says))
            fail_msg("%s: %s", cases[i].text, fixture->error.text);
    }
    int64_t imports;
    must(fixture,
         database_integer(fixture->catalogue, "SELECT count(*) FROM imports", NULL, &imports, &fixture->error));
    assert_int_equal(imports, 0);
    assert_int_equal(counts_of(fixture).tracks, 0);
    check_catalogue(fixture);
}

static void debris_of_a_folder_is_passed_over(void **state)
{
    struct fixture *fixture = *state;
    static const char one[] = SLICE("{\"pid\":1,\"tracks\":[" TRACK_A "]}");
    static const char two[] = SLICE("{\"pid\":2,\"tracks\":[" TRACK_A "]}");
    const char *folder = fixture->folder;
    fixture_write(fixture, "._mpd.slice.0-9.json", "\0\5\x16\7", 4);
    assert_int_equal(import_mpd(fixture->catalogue, &folder, 1, NULL, NULL, &fixture->report, &fixture->error),
                     STATUS_BAD_DATA);
    assert_non_null(strstr(fixture->error.text, "holds no mpd.slice"));
    fixture_write(fixture, ".DS_Store", "x", 1);
    fixture_write(fixture, "mpd.slice.0-9 (1).json", one, sizeof one - 1);
    fixture_write(fixture, "mpd.slice.0-9.json", one, sizeof one - 1);
    fixture_write(fixture, "mpd.slice.10-19 (1).json", two, sizeof two - 1); /* the only copy of this slice */
    fixture_write(fixture, "challenge_set.json", one, sizeof one - 1);
    must(fixture, import_mpd(fixture->catalogue, &folder, 1, NULL, NULL, &fixture->report, &fixture->error));
    assert_int_equal(fixture->report.playlists, 2);
    assert_int_equal(fixture->report.skipped, 0);
    assert_int_equal(reason(fixture, "macOS"), 2);
    assert_int_equal(reason(fixture, "second copy"), 1);
    assert_true(reason(fixture, "not named like a slice") >= 1);
    must(fixture, import_mpd(fixture->catalogue, &folder, 1, NULL, NULL, &fixture->report, &fixture->error));
    assert_int_equal(fixture->report.files_skipped, 2);
    fixture_write(fixture, "renamed.json", one, sizeof one - 1);
    const char *renamed = fixture->file;
    assert_int_equal(import_mpd(fixture->catalogue, &renamed, 1, NULL, NULL, &fixture->report, &fixture->error),
                     STATUS_BAD_DATA);
    assert_int_equal(reason(fixture, "pid is in the catalogue"), 1);
    check_catalogue(fixture);
}

/* Adds `n` tracks, each with `extra` after its URI. */
static void add_tracks(struct buffer *out, int n, const char *extra)
{
    for (int i = 0; i < n; i++)
        buffer_printf(out, "%s{\"track_uri\":\"spotify:track:%d\"%s}", i > 0 ? "," : "", i % 7, extra);
}

static void limits_are_reported(void **state)
{
    struct fixture *fixture = *state;
    struct buffer text = {0};
    buffer_add_text(&text, "{\"playlists\":[{\"pid\":1,\"tracks\":[");
    add_tracks(&text, IMPORT_PLAYLIST_TRACKS_MAX + 1, "");
    buffer_add_text(&text, "]}]}");
    assert_int_equal(fixture_import_mpd(fixture, "a.json", text.data), STATUS_BAD_DATA);
    assert_non_null(strstr(fixture->error.text, "more than 100,000 tracks"));
    buffer_clear(&text);
    buffer_add_text(&text, "{\"playlists\":[{\"pid\":1,\"tracks\":[" TRACK_A ",{\"track_name\":\"");
    for (int i = 0; i < 9 << 20; i++)
        buffer_add_byte(&text, 'x');
    buffer_add_text(&text, "\"}]}]}");
    assert_int_equal(fixture_import_mpd(fixture, "a.json", text.data), STATUS_BAD_DATA);
    assert_non_null(strstr(fixture->error.text, "a value of more than"));
    buffer_clear(&text); /* the same field repeated */
    buffer_add_text(&text, "{\"playlists\":[{\"pid\":1,\"tracks\":[{");
    char name[1000];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    for (int i = 0; i < 70000; i++)
        buffer_printf(&text, "\"track_name\":\"%s\",", name);
    assert_int_equal(fixture_import_mpd(fixture, "a.json", text.data), STATUS_BAD_DATA);
    assert_non_null(strstr(fixture->error.text, "64 MB of texts"));
    buffer_free(&text);
    assert_int_equal(counts_of(fixture).tracks, 0);
    check_catalogue(fixture);
}

static void huge_fields_stay_small(void **state)
{
    struct fixture *fixture = *state;
    struct buffer text = {0};
    buffer_add_text(&text, "{\"playlists\":[{\"pid\":1,\"name\":\"");
    for (int i = 0; i < 3000000; i++)
        buffer_add_byte(&text, 'x');
    buffer_add_text(&text, "\",\"tracks\":[" TRACK_A ",{\"track_uri\":\"");
    for (int i = 0; i < 3000; i++)
        buffer_add_byte(&text, 'y');
    buffer_add_text(&text, "\"}]}]}");
    must(fixture, fixture_import_mpd(fixture, "a.json", text.data));
    buffer_free(&text);
    assert_int_equal(reason(fixture, "longer than 1,000"), 1);
    assert_int_equal(reason(fixture, "without track_uri"), 1);
    assert_int_equal(fixture->report.entries, 1);
    check_catalogue(fixture);
}

/* ---- several slices ---- */

static void write_slices(struct fixture *fixture)
{
    for (int i = 0; i < SLICES; i++) {
        struct buffer slice = {0};
        char name[64];
        add_slice(&slice, i * PLAYLISTS, PLAYLISTS, TRACKS);
        snprintf(name, sizeof name, "mpd.slice.%d-%d.json", i * PLAYLISTS, (i + 1) * PLAYLISTS - 1);
        fixture_write(fixture, name, slice.data, slice.size);
        buffer_free(&slice);
    }
}

static enum status import_folder(struct fixture *fixture, struct progress *progress)
{
    const char *folder = fixture->folder;
    return import_mpd(fixture->catalogue, &folder, 1, NULL, progress, &fixture->report, &fixture->error);
}

/* Everything that an import stores, as one text. */
static void describe(struct fixture *fixture, struct buffer *out)
{
    static const char *const queries[] = {
        "SELECT group_concat(id || key || name) FROM artists",
        "SELECT group_concat(id || key || title || artist_id) FROM albums",
        "SELECT group_concat(id || key || title || artist_id || album_id || duration_ms) FROM tracks",
        "SELECT group_concat(track_id || ':' || n_playlists || ':' || n_entries) FROM track_counts",
        "SELECT group_concat(key || name || n_entries || n_repeats || duration_ms) FROM playlists",
        "SELECT group_concat(hex(tracks)) FROM playlist_entries",
        "SELECT group_concat(name || size || hash || entries) FROM imports",
        "SELECT generation || ':' || n_entries || ':' || hash_a FROM state",
        "SELECT group_concat(n_tracks || fingerprint) FROM fingerprints",
    };
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        char *text;
        must(fixture, database_text(fixture->catalogue, queries[i], NULL, &text, &fixture->error));
        buffer_add_text(out, text ? text : "");
        free(text);
    }
}

static void fresh_catalogue(struct fixture *fixture, const char *name)
{
    catalogue_close(fixture->catalogue);
    snprintf(fixture->db, sizeof fixture->db, "%s/%s", fixture->folder, name);
    must(fixture, catalogue_open(fixture->db, CATALOGUE_CREATE, &fixture->catalogue, &fixture->error));
}

static bool stop_now(struct progress *progress)
{
    (void)progress;
    return true;
}

static void continues_slice_by_slice(void **state)
{
    struct fixture *fixture = *state;
    struct buffer whole = {0}, pieces = {0};
    write_slices(fixture);
    must(fixture, import_folder(fixture, NULL));
    assert_int_equal(fixture->report.files, SLICES);
    assert_int_equal(counts_of(fixture).playlists, SLICES * PLAYLISTS);
    check_catalogue(fixture);
    describe(fixture, &whole);
    must(fixture, import_folder(fixture, NULL));
    assert_int_equal(fixture->report.files, 0);
    assert_int_equal(fixture->report.files_skipped, SLICES);

    fresh_catalogue(fixture, "pieces.db");
    struct progress progress = {.cancelled = stop_now};
    int rounds = 0;
    enum status status;
    while ((status = import_folder(fixture, &progress)) == STATUS_INTERRUPTED && rounds++ < 3)
        check_catalogue(fixture);
    must(fixture, import_folder(fixture, NULL));
    describe(fixture, &pieces);
    assert_string_equal(whole.data, pieces.data);
    buffer_free(&whole);
    buffer_free(&pieces);
}

static void reads_gzip(void **state)
{
    struct fixture *fixture = *state;
    struct buffer slice = {0}, plain = {0}, packed = {0};
    add_slice(&slice, 0, 100, 500);
    must(fixture, fixture_import_mpd(fixture, "a.json", slice.data));
    char plain_hash[33], packed_hash[33], path[120];
    must(fixture, catalogue_fingerprint(fixture->catalogue, 0, plain_hash, &fixture->error));
    fresh_catalogue(fixture, "packed.db");
    snprintf(path, sizeof path, "%s/mpd.slice.0-99.json.gz", fixture->folder);
    gzFile file = gzopen(path, "wb");
    gzwrite(file, slice.data, (unsigned)slice.size);
    gzclose(file);
    must(fixture, import_folder(fixture, NULL));
    must(fixture, catalogue_fingerprint(fixture->catalogue, 0, packed_hash, &fixture->error));
    assert_string_equal(plain_hash, packed_hash);
    assert_int_equal(truncate(path, 1000), 0);
    assert_int_equal(import_folder(fixture, NULL), STATUS_BAD_DATA);
    check_catalogue(fixture);
    buffer_free(&slice);
    buffer_free(&plain);
    buffer_free(&packed);
}

static void a_full_disk_leaves_whole_slices(void **state)
{
    struct fixture *fixture = *state;
    struct buffer whole = {0}, pieces = {0};
    write_slices(fixture);
    must(fixture, import_folder(fixture, NULL));
    describe(fixture, &whole);
    int64_t all_pages;
    must(fixture, database_integer(fixture->catalogue, "PRAGMA page_count", NULL, &all_pages, &fixture->error));
    for (int eighths = 3; eighths < 8; eighths++) {
        int pages = (int)all_pages * eighths / 8;
        char name[32], sql[64];
        snprintf(name, sizeof name, "full%d.db", pages);
        fresh_catalogue(fixture, name);
        snprintf(sql, sizeof sql, "PRAGMA max_page_count = %d", pages);
        must(fixture, database_run(fixture->catalogue, sql, &fixture->error));
        assert_int_equal(import_folder(fixture, NULL), STATUS_FAILED);
        assert_non_null(strstr(fixture->error.text, "full"));
        assert_int_equal(counts_of(fixture).playlists % PLAYLISTS, 0);
        check_catalogue(fixture);
        must(fixture, database_run(fixture->catalogue, "PRAGMA max_page_count = 1000000", &fixture->error));
        must(fixture, import_folder(fixture, NULL));
        buffer_clear(&pieces);
        describe(fixture, &pieces);
        assert_string_equal(whole.data, pieces.data);
    }
    buffer_free(&whole);
    buffer_free(&pieces);
}

/* In a separate process whose files cannot grow beyond `bytes`. */
static enum status import_limited(struct fixture *fixture, rlim_t bytes)
{
    catalogue_close(fixture->catalogue);
    fixture->catalogue = NULL;
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit limit = {bytes, bytes};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        enum status status = catalogue_open(fixture->db, CATALOGUE_CREATE, &fixture->catalogue, &fixture->error);
        if (status == STATUS_OK)
            status = import_folder(fixture, NULL);
        catalogue_close(fixture->catalogue);
        _exit((int)status);
    }
    int result;
    waitpid(child, &result, 0);
    must(fixture, catalogue_open(fixture->db, CATALOGUE_CREATE, &fixture->catalogue, &fixture->error));
    return WIFEXITED(result) ? (enum status)WEXITSTATUS(result) : STATUS_INTERRUPTED;
}

static void writes_that_fail_leave_whole_slices(void **state)
{
    struct fixture *fixture = *state;
    write_slices(fixture);
    int failed = 0;
    for (rlim_t bytes = 4096; bytes < 900000; bytes += 61440) {
        char name[32];
        snprintf(name, sizeof name, "limited%d.db", (int)bytes);
        fresh_catalogue(fixture, name);
        failed += import_limited(fixture, bytes) == STATUS_FAILED;
        assert_int_equal(counts_of(fixture).playlists % PLAYLISTS, 0);
        check_catalogue(fixture);
    }
    assert_true(failed > 3);
}

static void another_writer_is_waited_for_and_reported(void **state)
{
    struct fixture *fixture = *state;
    struct catalogue *other;
    write_slices(fixture);
    must(fixture, catalogue_open(fixture->db, CATALOGUE_WRITE, &other, &fixture->error));
    must(fixture, catalogue_begin(other, &fixture->error));
    sqlite3_busy_timeout(fixture->catalogue->db, 20);
    assert_int_equal(import_folder(fixture, NULL), STATUS_FAILED);
    assert_non_null(strstr(fixture->error.text, "another program"));
    catalogue_rollback(other);
    catalogue_close(other);
    must(fixture, import_folder(fixture, NULL));
    check_catalogue(fixture);
}

static void two_imports_of_the_same_share_the_work(void **state)
{
    struct fixture *fixture = *state;
    write_slices(fixture);
    catalogue_close(fixture->catalogue); /* two processes must not share a connection */
    fixture->catalogue = NULL;
    pid_t child = fork();
    enum status status = catalogue_open(fixture->db, CATALOGUE_WRITE, &fixture->catalogue, &fixture->error);
    if (status == STATUS_OK)
        status = import_folder(fixture, NULL);
    if (child == 0)
        _exit((int)status);
    must(fixture, status);
    assert_int_equal(fixture->report.files + fixture->report.files_skipped, SLICES);
    assert_int_equal(fixture->report.skipped, 0);
    int result;
    waitpid(child, &result, 0);
    assert_int_equal(result, 0);
    assert_int_equal(counts_of(fixture).playlists, SLICES * PLAYLISTS);
    check_catalogue(fixture);
}

/* ---- kill -9 ---- */

static int calls_left;

static bool die_at_last_call(struct progress *progress)
{
    (void)progress;
    if (--calls_left < 0)
        kill(getpid(), SIGKILL);
    return false;
}

/* Imports in a process that is killed at the n-th batch, or after `microseconds`. */
static bool import_killed(struct fixture *fixture, int batches, useconds_t microseconds)
{
    catalogue_close(fixture->catalogue);
    fixture->catalogue = NULL;
    pid_t child = fork();
    if (child == 0) {
        struct progress progress = {.cancelled = die_at_last_call};
        calls_left = batches;
        enum status status = catalogue_open(fixture->db, CATALOGUE_CREATE, &fixture->catalogue, &fixture->error);
        if (status == STATUS_OK)
            status = import_folder(fixture, &progress);
        _exit((int)status);
    }
    if (microseconds > 0) {
        usleep(microseconds);
        kill(child, SIGKILL);
    }
    int result;
    waitpid(child, &result, 0);
    must(fixture, catalogue_open(fixture->db, CATALOGUE_CREATE, &fixture->catalogue, &fixture->error));
    return WIFSIGNALED(result);
}

static void continues_after_a_kill_at_any_moment(void **state)
{
    struct fixture *fixture = *state;
    struct buffer whole = {0}, pieces = {0};
    write_slices(fixture);
    must(fixture, import_folder(fixture, NULL));
    describe(fixture, &whole);
    int killed = 0;
    for (int round = 0; round < 40; round++) {
        bool by_batch = round < 16;
        char name[32];
        if (round % 4 == 0) {
            snprintf(name, sizeof name, "killed%d.db", round);
            fresh_catalogue(fixture, name);
        }
        int64_t before = counts_of(fixture).playlists;
        killed += import_killed(fixture, by_batch ? round : INT32_MAX,
                                by_batch ? 0 : (useconds_t)(300 + 937 * (round * 7 % 31)));
        int64_t after = counts_of(fixture).playlists;
        assert_int_equal(after % PLAYLISTS, 0);
        assert_true(after >= before);
        check_catalogue(fixture);
        if (round % 4 == 3) {
            must(fixture, import_folder(fixture, NULL));
            buffer_clear(&pieces);
            describe(fixture, &pieces);
            assert_string_equal(whole.data, pieces.data);
        }
    }
    assert_true(killed > 10);
    buffer_free(&whole);
    buffer_free(&pieces);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_fixture, teardown_fixture)
    const struct CMUnitTest tests[] = {
        TEST(reads_a_playlist),
        TEST(skips_and_repairs),
        TEST(refuses_other_files),
        TEST(other_formats_are_named),
        TEST(debris_of_a_folder_is_passed_over),
        TEST(limits_are_reported),
        TEST(huge_fields_stay_small),
        TEST(continues_slice_by_slice),
        TEST(reads_gzip),
        TEST(a_full_disk_leaves_whole_slices),
        TEST(writes_that_fail_leave_whole_slices),
        TEST(another_writer_is_waited_for_and_reported),
        TEST(two_imports_of_the_same_share_the_work),
        TEST(continues_after_a_kill_at_any_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
