/* Memory runs out at the Nth allocation, for every N: of the program's own (the linker redirects them to this file) and
 * of SQLite's. Nothing may crash or leak, and the catalogue is either unchanged or has the complete change. */
#include "support.h"

#include <sqlite3.h>
#include <stdatomic.h>
#include <unistd.h>

#include "core/safetensors.h"
#include "db/import/importer.h"
#include "db/search.h"

static atomic_long allowed = -1; /* allocations until the failing one; below 0: none fails */
static atomic_bool failed;

static bool fails(void)
{
    if (atomic_load(&allowed) < 0 || atomic_fetch_sub(&allowed, 1) != 0)
        return false;
    atomic_store(&failed, true);
    return true;
}

static void fail_at(long number)
{
    atomic_store(&failed, false);
    atomic_store(&allowed, number);
}

/* True if the failing allocation was reached. */
static bool stop_failing(void)
{
    atomic_store(&allowed, -1);
    return atomic_load(&failed);
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__wrap_strdup(const char *text);

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return fails() ? NULL : __real_realloc(memory, size);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

static sqlite3_mem_methods usual;

static void *sqlite_malloc(int size)
{
    return fails() ? NULL : usual.xMalloc(size);
}

static void *sqlite_realloc(void *memory, int size)
{
    return fails() ? NULL : usual.xRealloc(memory, size);
}

static int wrap_sqlite(void **state)
{
    (void)state;
    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &usual) != SQLITE_OK)
        return -1;
    sqlite3_mem_methods methods = usual;
    methods.xMalloc = sqlite_malloc;
    methods.xRealloc = sqlite_realloc;
    return sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) == SQLITE_OK ? 0 : -1;
}

/* The steps grow with the number. Under the sanitizers they grow sooner: each step takes ten times as long there. */
#ifdef __SANITIZE_ADDRESS__
enum { EVERY_ONE = 60 };
#else
enum { EVERY_ONE = 300 };
#endif
static long next(long number)
{
    return number + 1 + number / EVERY_ONE;
}

static void opening(void **state)
{
    struct fixture *fixture = *state;
    bool reached = true;
    for (long number = 0; reached; number = next(number)) {
        catalogue_close(fixture->catalogue);
        unlink(fixture->db);
        fail_at(number);
        enum status status = catalogue_open(fixture->db, CATALOGUE_CREATE, &fixture->catalogue, &fixture->error);
        reached = stop_failing();
        if (status != STATUS_OK) {
            assert_null(fixture->catalogue);
            assert_true(reached);
            must(fixture, catalogue_open(fixture->db, CATALOGUE_CREATE, &fixture->catalogue, &fixture->error));
        }
        if (number % 16 == 0)
            check_catalogue(fixture);
    }
}

static void importing(void **state)
{
    struct fixture *fixture = *state;
    bool reached = true;
    for (long number = 0; reached; number = next(number)) {
        struct buffer text = {0};
        buffer_printf(&text,
                      "playlist,pos,track,artist,album,seconds,popularity,release_date,genre,energy\n"
                      "p%ld,1,A,X,Album,,5,1999,rock,0.5\np%ld,2,B%ld,Y,,10,,,,\np%ld,3,A,X,Album,7,,,rock,\n",
                      number, number, number, number);
        struct catalogue_counts before = counts_of(fixture);
        fixture_write(fixture, "rows.csv", text.data, text.size);
        fail_at(number);
        const struct csv_options options = {0};
        enum status status =
            import_csv(fixture->catalogue, fixture->file, &options, NULL, NULL, &fixture->report, &fixture->error);
        reached = stop_failing();
        struct catalogue_counts after = counts_of(fixture);
        assert_true(status == STATUS_OK || reached);
        assert_int_equal(after.playlists, before.playlists + (status == STATUS_OK));
        assert_int_equal(after.entries, before.entries + (status == STATUS_OK ? 3 : 0));
        if (status == STATUS_OK) { /* only complete keys */
            int64_t id;
            buffer_clear(&text);
            buffer_printf(&text, "b%ld / y", number);
            must(fixture, catalogue_track_find(fixture->catalogue, text.data, &id, &fixture->error));
            assert_true(id > 0);
        }
        if (number % 16 == 0)
            check_catalogue(fixture);
        buffer_free(&text);
    }
    check_catalogue(fixture);
    assert_int_equal(counts_of(fixture).artists, 2);
    assert_int_equal(counts_of(fixture).albums, 1);
}

/* %ld: the number of the try. Each has one playlist of two entries. */
static const struct {
    const char *importer, *text;
} lists[] = {
    {"xspf",
     "<playlist><title>x%ld</title><trackList><track><title>A</title><creator>X</creator><identifier>isrc:USRC17607839"
     "</identifier></track><track><title>B%ld</title><creator>Y</creator><album>L</album></track></trackList>"
     "</playlist>"},
    {"jspf", "{\"playlist\":{\"title\":\"j%ld\",\"track\":[{\"title\":\"A\",\"creator\":\"X\"},"
             "{\"title\":\"C%ld\",\"creator\":\"Y\",\"identifier\":[\"spotify:track:0000000000000000000001\"]}]}}"},
    {"itunes",
     "<plist><dict><key>Tracks</key><dict><key>1</key><dict><key>Track ID</key><integer>1</integer><key>Name</key>"
     "<string>A</string><key>Artist</key><string>X</string></dict></dict><key>Playlists</key><array><dict>"
     "<key>Name</key><string>i%ld</string><key>Playlist Items</key><array><dict><key>Track ID</key>"
     "<integer>1</integer></dict><dict><key>Track ID</key><integer>1</integer></dict></array></dict></array>"
     "<!-- %ld --></dict></plist>"},
    {"m3u", "#EXTM3U\n#PLAYLIST:m%ld\n#EXTINF:1,X - A\na.mp3\n#EXTINF:1,Y - D%ld\nb.mp3\n"},
    {"recbole", "user_id:token\titem_id:token\nr%ld\ta\nr%ld\tspotify:track:0000000000000000000001\n"},
};

static void importing_lists(void **state)
{
    struct fixture *fixture = *state;
    const char *const paths[1] = {fixture->file};
    must(fixture, fixture_import_csv(fixture, "known.csv",
                                     "playlist,track,artist,track_id\n"
                                     "k,A,X,a\nk,T,Z,spotify:track:0000000000000000000001\n"));
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const struct importer *importer;
        bool reached = true;
        must(fixture, importer_find(importers, lists[i].importer, &importer, &fixture->error));
        for (long number = 0; reached; number = next(number)) {
            struct buffer text = {0};
            buffer_printf(&text, lists[i].text, number, number);
            const struct catalogue_counts before = counts_of(fixture);
            fixture_write(fixture, "list", text.data, text.size);
            const struct import_input input = {.paths = paths, .n_paths = 1};
            fail_at(number);
            const enum status status =
                importer->run(fixture->catalogue, &input, NULL, NULL, &fixture->report, &fixture->error);
            reached = stop_failing();
            const struct catalogue_counts after = counts_of(fixture);
            assert_true(status == STATUS_OK || reached);
            assert_int_equal(after.playlists, before.playlists + (status == STATUS_OK));
            assert_int_equal(after.entries, before.entries + (status == STATUS_OK ? 2 : 0));
            if (number % 16 == 0)
                check_catalogue(fixture);
            buffer_free(&text);
        }
    }
    check_catalogue(fixture);
}

static void asking(void **state)
{
    struct fixture *fixture = *state;
    must(fixture,
         fixture_import_csv(fixture, "rows.csv", "playlist,track,artist,album,genre\np,A,X,L,rock\np,B,Y,M,rock\n"));
    bool reached = true;
    for (long number = 0; reached; number = next(number)) {
        struct album_list albums = {0};
        struct playlist_list playlists = {0};
        struct interactions interactions = {0};
        int64_t own = 0;
        fail_at(number);
        enum status status = catalogue_top_artist_albums(fixture->catalogue, 2, &albums, &fixture->error);
        if (status == STATUS_OK)
            status = catalogue_interactions_load(fixture->catalogue, SPLIT_TRAIN, &interactions, &fixture->error);
        if (status == STATUS_OK)
            status = catalogue_own_playlist_save(fixture->catalogue, &own, "mine", (const int64_t[]){1, 2, 1}, 3,
                                                 &fixture->error);
        if (status == STATUS_OK)
            status = catalogue_playlists_read(fixture->catalogue, true, 0, 0, &playlists, &fixture->error);
        reached = stop_failing();
        assert_true(status == STATUS_OK || reached);
        if (status == STATUS_OK) {
            assert_int_equal(albums.count, 2);
            assert_int_equal(interactions.starts[1], 2);
            assert_true(playlists.count > 0);
        }
        album_list_free(&albums);
        playlist_list_free(&playlists);
        interactions_free(&interactions);
    }
    check_catalogue(fixture);
}

static void searching(void **state)
{
    struct fixture *fixture = *state;
    struct pool *pool;
    must(fixture, fixture_import_csv(fixture, "rows.csv",
                                     "playlist,track,artist,album\np,Hey \xc3\x89t\xc3\xa9,X,L\np,Song,Hey,M\n"));
    must(fixture, pool_create(1, &pool, &fixture->error));
    bool reached = true;
    for (long number = 0; reached; number = next(number)) {
        struct buffer index_file = {0};
        catalogue_sidecar(fixture->catalogue, "search.index", &index_file);
        if (number % 2 == 0)
            unlink(index_file.data);
        buffer_free(&index_file);
        struct search_index *index;
        int64_t ids[4], total;
        size_t count = 0;
        fail_at(number);
        enum status status = search_index_open(fixture->catalogue, pool, &index, &fixture->error);
        bool open = status == STATUS_OK;
        if (open)
            status = search_index_query(index, "hey", 4, ids, &count, &total, NULL, &fixture->error);
        reached = stop_failing();
        assert_true(status == STATUS_OK || reached);
        assert_int_equal(count, status == STATUS_OK ? 2 : 0);
        if (open) { /* the next query succeeds again */
            must(fixture, search_index_query(index, "hey", 4, ids, &count, &total, NULL, &fixture->error));
            assert_int_equal(count, 2);
            search_index_close(index);
        }
        reached |= number < 2;
    }
    pool_destroy(pool);
    char command[160];
    snprintf(command, sizeof command, "rm -rf %s/c.data", fixture->folder);
    assert_int_equal(system(command), 0);
}

static void tensors(void **state)
{
    struct fixture *fixture = *state;
    snprintf(fixture->file, sizeof fixture->file, "%s/a.safetensors", fixture->folder);
    const float values[6] = {1, 2, 3, 4, 5, 6};
    const struct tensor_source source = {.name = "values", .dtype = "F32", .rank = 2, .shape = {2, 3}, .bytes = values};
    const struct metadata_pair pair = {"made", "here"};
    bool reached = true;
    for (long number = 0; reached; number = next(number)) {
        struct safetensors *file;
        fail_at(number);
        enum status status = safetensors_write(fixture->file, &source, 1, &pair, 1, &fixture->error);
        bool written = status == STATUS_OK;
        if (written)
            status = safetensors_open(fixture->file, &file, &fixture->error);
        reached = stop_failing();
        assert_true(status == STATUS_OK || reached);
        if (status == STATUS_OK) {
            assert_string_equal(safetensors_metadata(file, "made"), "here");
            safetensors_close(file);
        } else if (written) {
            assert_null(file);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_fixture, teardown_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(opening), TEST(importing), TEST(importing_lists),
                                       TEST(asking),  TEST(searching), TEST(tensors)};
    return cmocka_run_group_tests(tests, wrap_sqlite, NULL);
}
