#include "support.h"

#include "db/artists.h"
#include "db/steering.h"

/* Wishes: stored, replaced, read for a playlist, removed together or not at all, and gone with their playlist. */

static const char songs[] = "playlist,pos,track,artist,album,seconds\n"
                            "one,1,Rain,Ann,First,100\none,2,Snow,Ann,Second,100\ntwo,1,Wind,Bea,Third,100\n"
                            "two,2,Storm,ann b,Fourth,100\n";

static void begin(struct fixture *fixture)
{
    must(fixture, fixture_import_csv(fixture, "songs.csv", songs));
}

static int64_t set(struct fixture *fixture, enum steering_wish wish, enum steering_item item, int64_t id,
                   int64_t playlist)
{
    int64_t number = 0;
    const struct steering_entry entry = {.wish = wish, .item = item, .item_id = id, .playlist = playlist, .changed = 7};
    must(fixture, catalogue_steering_set(fixture->catalogue, &entry, &number, &fixture->error));
    assert_true(number > 0);
    return number;
}

static size_t count_for(struct fixture *fixture, int64_t playlist, enum steering_wish wish)
{
    struct steering_list list = {0};
    size_t count = 0;
    must(fixture, catalogue_steering_read_for(fixture->catalogue, playlist, &list, &fixture->error));
    for (size_t i = 0; i < list.count; i++)
        count += list.items[i].wish == wish;
    steering_list_free(&list);
    return count;
}

static void one_wish_for_each_item(void **state)
{
    struct fixture *fixture = *state;
    struct steering_list list = {0};
    begin(fixture);
    int64_t first = set(fixture, STEERING_NEVER, STEERING_TRACK, 1, 0);
    assert_int_equal(set(fixture, STEERING_MORE, STEERING_TRACK, 1, 0), first);
    set(fixture, STEERING_LESS, STEERING_ALBUM, 1, 0);
    set(fixture, STEERING_NEVER, STEERING_ARTIST, 2, 1);
    fixture_reopen(fixture, CATALOGUE_READ);
    must(fixture, catalogue_steering_read(fixture->catalogue, &list, &fixture->error));
    assert_int_equal(list.count, 3);
    assert_string_equal(list.items[2].name, "Rain / Ann");
    assert_int_equal(list.items[2].wish, STEERING_MORE);
    assert_string_equal(list.items[1].name, "First / Ann");
    assert_string_equal(list.items[0].name, "Bea");
    assert_string_equal(list.items[0].playlist_name, "one");
    assert_string_equal(list.items[1].playlist_name, "");
    steering_list_free(&list);
}

static void a_wish_for_the_playlist_is_stronger(void **state)
{
    struct fixture *fixture = *state;
    begin(fixture);
    set(fixture, STEERING_NEVER, STEERING_ARTIST, 1, 0);
    set(fixture, STEERING_MORE, STEERING_ARTIST, 1, 1);
    assert_int_equal(count_for(fixture, 0, STEERING_NEVER), 1);
    assert_int_equal(count_for(fixture, 2, STEERING_NEVER), 1);
    assert_int_equal(count_for(fixture, 1, STEERING_NEVER), 0);
    assert_int_equal(count_for(fixture, 1, STEERING_MORE), 1);
    assert_int_equal(count_for(fixture, 2, STEERING_MORE), 0);
}

static void all_are_removed_or_none(void **state)
{
    struct fixture *fixture = *state;
    begin(fixture);
    const int64_t ids[] = {set(fixture, STEERING_NEVER, STEERING_TRACK, 1, 0),
                           set(fixture, STEERING_NEVER, STEERING_TRACK, 2, 0), 999};
    assert_int_equal(catalogue_steering_remove(fixture->catalogue, ids, 3, &fixture->error), STATUS_BAD_DATA);
    assert_non_null(strstr(fixture->error.text, "999"));
    assert_int_equal(count_for(fixture, 0, STEERING_NEVER), 2);
    must(fixture, catalogue_steering_remove(fixture->catalogue, ids, 2, &fixture->error));
    assert_int_equal(count_for(fixture, 0, STEERING_NEVER), 0);
}

static void wishes_go_with_their_playlist(void **state)
{
    struct fixture *fixture = *state;
    int64_t own = 0;
    const int64_t ids[] = {1, 2};
    begin(fixture);
    must(fixture, catalogue_own_playlist_save(fixture->catalogue, &own, "mine", ids, 2, &fixture->error));
    set(fixture, STEERING_NEVER, STEERING_TRACK, 3, own);
    assert_int_equal(count_for(fixture, own, STEERING_NEVER), 1);
    must(fixture, catalogue_own_playlist_delete(fixture->catalogue, own, &fixture->error));
    struct steering_list list = {0};
    must(fixture, catalogue_steering_read(fixture->catalogue, &list, &fixture->error));
    assert_int_equal(list.count, 0);
    steering_list_free(&list);
    check_catalogue(fixture);
}

static void artists_are_found_by_name(void **state)
{
    struct fixture *fixture = *state;
    int64_t id;
    begin(fixture);
    must(fixture, catalogue_artist_find(fixture->catalogue, "Bea", &id, &fixture->error));
    assert_int_equal(id, 2);
    must(fixture, catalogue_artist_find(fixture->catalogue, "BEA", &id, &fixture->error));
    assert_int_equal(id, 2);
    must(fixture, catalogue_artist_find(fixture->catalogue, "nobody", &id, &fixture->error));
    assert_int_equal(id, 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup_fixture, teardown_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_wish_for_each_item),        TEST(a_wish_for_the_playlist_is_stronger), TEST(all_are_removed_or_none),
        TEST(wishes_go_with_their_playlist), TEST(artists_are_found_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
