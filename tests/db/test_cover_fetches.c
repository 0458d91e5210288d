/* What `covers fetch` remembers, and catalogues of the version before it could. */
#include <unistd.h>

#include "db/cover_fetches.h"
#include "db/database.h"
#include "support.h"

static const struct cover_site spotify = {"spotify", "spotify:album:"}, archive = {"coverartarchive", ""};

static void run(struct fixture *fixture, const char *sql)
{
    must(fixture, database_run(fixture->catalogue, sql, &fixture->error));
}

static int64_t number(struct fixture *fixture, const char *sql)
{
    int64_t value = -1;
    must(fixture, database_integer(fixture->catalogue, sql, NULL, &value, &fixture->error));
    return value;
}

/* Six albums, of which two have no id of Spotify. */
static void make_albums(struct fixture *fixture)
{
    run(fixture, "INSERT INTO artists VALUES (1, 'a', 'A')");
    run(fixture, "INSERT INTO albums (id, key, title, artist_id) VALUES (1, 'spotify:album:1', 'One', 1),"
                 " (2, 'spotify:album:2', 'Two', 1), (3, 'three / a', 'Three', 1), (4, 'spotify:album:4', 'Four', 1),"
                 " (5, 'spotify:track:5', 'Five', 1), (6, 'spotify:album:6', 'Six', 1)");
}

static enum status add_id(const struct cover_wanted *album, void *context, struct error *error)
{
    (void)error;
    buffer_printf(context, "%lld%s%s%s ", (long long)album->album_id, *album->remote_id ? "=" : "", album->remote_id,
                  album->release);
    return STATUS_OK;
}

static void expect_wanted(struct fixture *fixture, const struct cover_choice *choice, const char *ids)
{
    struct buffer list = {0};
    struct cover_counts counts;
    must(fixture, catalogue_covers_wanted(fixture->catalogue, choice, 0, 100, add_id, &list, &fixture->error));
    assert_string_equal(list.data ? list.data : "", ids);
    must(fixture, catalogue_covers_wanted_count(fixture->catalogue, choice, &counts, &fixture->error));
    int64_t listed = 0;
    for (const char *c = ids; *c; c++)
        listed += *c == ' ';
    assert_int_equal(counts.wanted, listed);
    assert_int_equal(counts.wanted + counts.covered + counts.known + counts.foreign, 6);
    buffer_free(&list);
}

static void remember(struct fixture *fixture, const struct cover_site *source, int64_t album, const char *remote_id,
                     const char *url_hash, const char *reason, int64_t retry_after)
{
    const struct cover_fetch fetch = {.album_id = album,
                                      .source = source->name,
                                      .remote_id = remote_id,
                                      .url_hash = url_hash,
                                      .reason = reason,
                                      .attempts = 1,
                                      .tried = 1000,
                                      .retry_after = retry_after};
    must(fixture, catalogue_cover_fetch_write(fixture->catalogue, &fetch, &fixture->error));
}

static void albums_are_looked_for_once(void **state)
{
    struct fixture *fixture = *state;
    struct cover_choice choice = {.site = &spotify, .now = 1000}, other = {.site = &archive, .now = 1000};
    make_albums(fixture);
    expect_wanted(fixture, &choice, "1 2 4 6 ");
    expect_wanted(fixture, &other, "1 2 3 4 5 6 ");
    run(fixture, "INSERT INTO album_ids VALUES ('musicbrainz:release:x', 3), ('isrc:y', 3), ('isrc:z', 2)");
    expect_wanted(fixture, &other, "1 2 3musicbrainz:release:x 4 5 6 ");
    run(fixture, "DELETE FROM album_ids");

    must(fixture, catalogue_cover_write(fixture->catalogue, 1, "image", 5, NULL, &fixture->error));
    must(fixture, catalogue_cover_write(fixture->catalogue, 2, NULL, 0, "not an image", &fixture->error));
    remember(fixture, &spotify, 4, "", "", "unknown", 0);
    remember(fixture, &spotify, 6, "id6", "", "failed", 1500);
    expect_wanted(fixture, &choice, "2 ");
    expect_wanted(fixture, &other, "2 3 4 5 6 ");
    choice.now = 1500;
    expect_wanted(fixture, &choice, "2 6=id6 ");
    choice.retry = true;
    expect_wanted(fixture, &choice, "2 4 6=id6 ");

    /* A cover from elsewhere. */
    assert_int_equal(number(fixture, "SELECT count(*) FROM cover_fetches WHERE album_id = 4"), 1);
    assert_int_equal(number(fixture, "SELECT count(*) FROM covers WHERE reason = 'unknown'"), 1);
    must(fixture, catalogue_cover_write(fixture->catalogue, 4, "image", 5, NULL, &fixture->error));
    assert_int_equal(number(fixture, "SELECT count(*) FROM cover_fetches WHERE album_id = 4"), 0);
    expect_wanted(fixture, &choice, "2 6=id6 ");
    check_catalogue(fixture);
}

static void an_address_is_remembered(void **state)
{
    struct fixture *fixture = *state;
    struct buffer bytes = {0};
    char reason[8] = "";
    uint32_t colour = 0;
    bool found;
    make_albums(fixture);
#define LOOK(hash)                                                                                                     \
    must(fixture, catalogue_cover_of_url(fixture->catalogue, hash, &found, &bytes, &colour, reason, sizeof reason,     \
                                         &fixture->error))
    LOOK("aa");
    assert_false(found);
    LOOK("");
    assert_false(found);
    must(fixture, catalogue_cover_write(fixture->catalogue, 1, "image", 5, NULL, &fixture->error));
    must(fixture, catalogue_cover_colour_write(fixture->catalogue, 1, COVER_STORED, 0x123456, &fixture->error));
    remember(fixture, &spotify, 1, "id1", "aa", "", 0);
    remember(fixture, &spotify, 2, "id2", "bb", "a long reason", 0);
    remember(fixture, &spotify, 4, "id4", "cc", "failed", 2000);
    remember(fixture, &spotify, 6, "", "", "unknown", 0);
    LOOK("aa");
    assert_true(found);
    assert_int_equal(bytes.size, 5);
    assert_int_equal(colour, 0x123456);
    assert_string_equal(reason, "");
    LOOK("bb");
    assert_true(found);
    assert_string_equal(reason, "a long ");
    assert_int_equal(bytes.size, 5);
    LOOK("cc");
    assert_false(found);
    LOOK("");
    assert_false(found);
    buffer_free(&bytes);
}

/* The covers and reasons of an earlier version stay, and none of its albums was looked for. */
static void version_6_is_brought_up_to_date(void **state)
{
    struct fixture *fixture = *state;
    static const char *const lines[] = {
#include "schema.inc"
        NULL,
    };
    const char *old[sizeof lines / sizeof *lines] = {NULL};
    for (size_t i = 0; lines[i] && strncmp(lines[i], "-- migration 7:", 15) != 0; i++)
        old[i] = lines[i];
    catalogue_close(fixture->catalogue);
    unlink(fixture->db);
    struct catalogue earlier = {.path = fixture->db, .mode = CATALOGUE_CREATE};
    assert_int_equal(sqlite3_open(fixture->db, &earlier.db), SQLITE_OK);
    must(fixture, database_migrate(&earlier, old, &fixture->error));
    fixture->catalogue = &earlier;
    make_albums(fixture);
    run(fixture, "INSERT INTO covers VALUES (1, x'01', ''), (2, NULL, 'not an image')");
    run(fixture, "INSERT INTO cover_colours VALUES (1, 1, 255)");
    assert_int_equal(number(fixture, "PRAGMA user_version"), 6);
    sqlite3_close(earlier.db);
    fixture->catalogue = NULL;

    fixture_reopen(fixture, CATALOGUE_WRITE);
    assert_true(number(fixture, "PRAGMA user_version") >= 7);
    assert_int_equal(number(fixture, "SELECT count(*) FROM covers"), 2);
    const struct cover_choice choice = {.site = &spotify, .now = 1000};
    expect_wanted(fixture, &choice, "2 4 6 ");
    check_catalogue(fixture);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_fixture, teardown_fixture)
    const struct CMUnitTest tests[] = {
        TEST(albums_are_looked_for_once),
        TEST(an_address_is_remembered),
        TEST(version_6_is_brought_up_to_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
