#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "db/catalogue.h"
#include "db/import/import.h"
#include "db/search.h"
#include "tests/folder.h"

struct fixture {
    char folder[TEST_FOLDER_MAX];
    char path[96];
    char csv[96];
    char index[128];
    struct catalogue *catalogue;
    struct pool *pool;
};

static void import(struct fixture *fixture, const char *rows)
{
    struct error error = {0};
    FILE *file = fopen(fixture->csv, "w");
    assert_non_null(file);
    fprintf(file, "playlist,pos,track,artist,album,seconds\n%s", rows);
    fclose(file);
    struct csv_options options = {.preset = CSV_PLAYLISTS};
    struct import_report report = {0};
    if (import_csv(fixture->catalogue, fixture->csv, &options, fixture->pool, NULL, &report, &error) != STATUS_OK)
        fail_msg("%s", error.text);
}

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct error error = {0};
    if (!test_folder_make(fixture->folder))
        return -1;
    snprintf(fixture->path, sizeof fixture->path, "%s/c.db", fixture->folder);
    snprintf(fixture->csv, sizeof fixture->csv, "%s/rows.csv", fixture->folder);
    snprintf(fixture->index, sizeof fixture->index, "%s/c.data/search.index", fixture->folder);
    if (pool_create(2, &fixture->pool, &error) != STATUS_OK ||
        catalogue_open(fixture->path, CATALOGUE_CREATE, &fixture->catalogue, &error) != STATUS_OK)
        return -1;
    import(
        fixture,
        "p1,1,Hyperballad,Bj\xc3\xb6rk,Post,320\n"
        "p1,2,Army of Me,Bj\xc3\xb6rk,Post,234\n"
        "p1,3,\xe6\x9d\xb1\xe4\xba\xac\xe4\xba\x8b\xe5\xa4\x89,\xe6\xa4\x8e\xe5\x90\x8d\xe6\x9e\x97\xe6\xaa\x8e,,200\n"
        "p2,1,Army of Me,Bj\xc3\xb6rk,Post,234\n"
        "p2,2,Post,Army,,100\n");
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    catalogue_close(fixture->catalogue);
    pool_destroy(fixture->pool);
    char command[160];
    snprintf(command, sizeof command, "rm -rf %s", fixture->folder);
    int result = system(command);
    free(fixture);
    return result;
}

static void check(struct fixture *fixture, const char *text, const char *titles)
{
    struct error error = {0};
    struct search_index *index;
    int64_t ids[10];
    int64_t total;
    size_t count;
    if (search_index_open(fixture->catalogue, fixture->pool, &index, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    assert_int_equal(search_index_query(index, text, 10, ids, &count, &total, NULL, &error), STATUS_OK);
    search_index_close(index);
    assert_int_equal(total, count);
    struct track_list tracks = {0};
    assert_int_equal(catalogue_tracks_read(fixture->catalogue, ids, count, &tracks, &error), STATUS_OK);
    struct buffer found = {0};
    buffer_add_text(&found, "");
    for (size_t i = 0; i < tracks.count; i++)
        buffer_printf(&found, "%s%s", i > 0 ? "|" : "", tracks.items[i].title);
    assert_string_equal(found.data, titles);
    buffer_free(&found);
    track_list_free(&tracks);
}

static void a_catalogue_is_searched(void **state)
{
    check(*state, "h", "Hyperballad"); /* "h" begins a field only there */
    check(*state, "bjork", "Army of Me|Hyperballad");
    check(*state, "BJ\xc3\x96RK post", "Army of Me|Hyperballad");
    check(*state, "\xe6\x9d\xb1", "\xe6\x9d\xb1\xe4\xba\xac\xe4\xba\x8b\xe5\xa4\x89");
    check(*state, "\xe4\xba\xac\xe4\xba\x8b", "\xe6\x9d\xb1\xe4\xba\xac\xe4\xba\x8b\xe5\xa4\x89");
    check(*state, "army",
          "Post|Army of Me"); /* an artist of exactly that name ranks before a title that begins with it */
    check(*state, "post", "Army of Me|Hyperballad|Post");
    check(*state, "ballad", "Hyperballad");
    check(*state, "nothing", "");
}

static void words_begin_behind_signs_of_any_script(void **state)
{
    struct fixture *fixture = *state;
    /* Each pair: first an infix match that is in more playlists, then the word after a sign. */
    import(fixture, "a,1,Bosque,Z,,1\nb,1,Bosque,Z,,1\na,2,Oye \xc2\xbfqu\xc3\xa9 tal?,Z,,1\n"
                    "a,3,\xe5\xa4\xa7\xe5\xa4\x9c,Z,,1\nb,3,\xe5\xa4\xa7\xe5\xa4\x9c,Z,,1\n"
                    "a,4,X\xe3\x80\x8c\xe5\xa4\x9c\xe3\x80\x8d,Z,,1\n");
    check(fixture, "que", "Oye \xc2\xbfqu\xc3\xa9 tal?|Bosque");
    check(fixture, "\xe5\xa4\x9c", "X\xe3\x80\x8c\xe5\xa4\x9c\xe3\x80\x8d|\xe5\xa4\xa7\xe5\xa4\x9c");
}

static void a_stale_index_is_rebuilt(void **state)
{
    struct fixture *fixture = *state;
    check(fixture, "jungle", "");
    assert_int_equal(access(fixture->index, F_OK), 0);
    import(fixture, "p3,1,Jungle Boogie,Kool,Wild,180\n");
    check(fixture, "jungle", "Jungle Boogie");
    import(fixture, "p4,1,Hyperballad,Bj\xc3\xb6rk,Post,320\np5,1,Hyperballad,Bj\xc3\xb6rk,Post,320\n");
    check(fixture, "bjork", "Hyperballad|Army of Me"); /* no new track, another order */
}

static void a_damaged_index_is_rebuilt(void **state)
{
    struct fixture *fixture = *state;
    struct error error = {0};
    assert_int_equal(search_index_build(fixture->catalogue, fixture->pool, &error), STATUS_OK);
    struct stat metadata;
    assert_int_equal(stat(fixture->index, &metadata), 0);
    for (off_t size = 0; size < metadata.st_size; size += metadata.st_size / 7) {
        assert_int_equal(truncate(fixture->index, size), 0);
        check(fixture, "hyper", "Hyperballad");
        struct stat now;
        assert_int_equal(stat(fixture->index, &now), 0);
        assert_int_equal(now.st_size, metadata.st_size);
    }
    FILE *file = fopen(fixture->index, "r+");
    assert_non_null(file);
    fputs("something else", file);
    fclose(file);
    check(fixture, "hyper", "Hyperballad");
}

static void an_index_that_cannot_be_written_is_kept_in_memory(void **state)
{
    struct fixture *fixture = *state;
    char folder[128];
    snprintf(folder, sizeof folder, "%s/c.data", fixture->folder);
    unlink(fixture->index);
    rmdir(folder);
    FILE *file = fopen(folder, "w"); /* a file in place of the folder: nobody can write below it, not even root */
    assert_non_null(file);
    fclose(file);
    struct error error = {0};
    assert_int_equal(search_index_build(fixture->catalogue, fixture->pool, &error), STATUS_FAILED);
    check(fixture, "hyper", "Hyperballad");
}

static void an_empty_catalogue_has_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct error error = {0};
    char path[128];
    snprintf(path, sizeof path, "%s/empty.db", fixture->folder);
    catalogue_close(fixture->catalogue);
    assert_int_equal(catalogue_open(path, CATALOGUE_CREATE, &fixture->catalogue, &error), STATUS_OK);
    check(fixture, "a", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_catalogue_is_searched, setup, teardown),
        cmocka_unit_test_setup_teardown(words_begin_behind_signs_of_any_script, setup, teardown),
        cmocka_unit_test_setup_teardown(a_stale_index_is_rebuilt, setup, teardown),
        cmocka_unit_test_setup_teardown(a_damaged_index_is_rebuilt, setup, teardown),
        cmocka_unit_test_setup_teardown(an_index_that_cannot_be_written_is_kept_in_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(an_empty_catalogue_has_nothing, setup, teardown),
    };
    return cmocka_run_group_tests_name("search index", tests, NULL, NULL);
}
