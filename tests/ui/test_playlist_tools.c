/* Duplicates of the playlist, merging and subtracting playlists, browsing, and the person's player, by keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "shared_fixture.h"
#include "ui/views/duplicates/duplicates.h"

static void says(const char *part)
{
    if (!strstr(fixture.state.message, part))
        print_message("the message is: %s\n", fixture.state.message);
    assert_non_null(strstr(fixture.state.message, part));
}

static const struct playlist_version *now(void)
{
    return playlist_now(&fixture.state.playlist);
}

static bool has(int64_t track)
{
    for (size_t i = 0; i < now()->count; i++)
        if (now()->items[i]->id == track)
            return true;
    return false;
}

/* A playlist with the first `count` results of a search. */
static void build(const char *words, int count, const char *name)
{
    char line[80];
    run_and_wait("playlist new");
    snprintf(line, sizeof line, "search %s", words);
    run_and_wait(line);
    for (int i = 1; i <= count; i++) {
        snprintf(line, sizeof line, "add %d", i);
        run_and_wait(line);
    }
    run_and_wait("close");
    snprintf(line, sizeof line, "playlist save %s", name);
    run_and_wait(line);
}

/* ---- duplicates ---- */

static const struct duplicates_state *duplicates(void)
{
    return duplicates_of(&fixture.state);
}

static void open_duplicates(void)
{
    run_and_wait("search rain");
    run_and_wait("add 1");
    run_and_wait("add! 1");
    run_and_wait("add 2");
    run_and_wait("add! 1");
    run_and_wait("close");
    run_and_wait("key g");
    run_and_wait("key u");
    assert_int_equal(fixture.state.overlay, VIEW_DUPLICATES);
}

static void duplicates_are_removed_together(void **unused)
{
    (void)unused;
    open_duplicates();
    assert_int_equal(duplicates()->found.n_removable, 2);
    run_and_wait("key D");
    says("removed 2 entries (u undoes)");
    assert_int_equal(now()->count, 2);
    assert_true(now()->items[0] != now()->items[1]); /* the first of them stays */
    assert_int_equal(duplicates()->found.count, 0);  /* it was read again */
    refused("duplicates clean", "no recording is in the playlist twice");
    refused("duplicates remove", "nothing to remove");
    run_and_wait("key u");
    assert_int_equal(now()->count, 4);
    assert_int_equal(duplicates()->found.n_removable, 2);
}

static void one_duplicate_is_removed(void **unused)
{
    (void)unused;
    open_duplicates();
    run_and_wait("key j");
    const size_t position = duplicates()->found.items[1].entry.position;
    assert_true(position > 0);
    run_and_wait("key x");
    says("removed 1 entry (u undoes)");
    assert_int_equal(now()->count, 3);
    assert_int_equal(duplicates()->found.n_removable, 1);
    run_and_wait("key a");
    assert_true(duplicates()->across);
    refused("duplicates clean", "x removes the selected entry");
    run_and_wait("key escape");
    assert_int_equal(fixture.state.overlay, VIEW_NONE);
    refused("duplicates clean", "gu shows them");
    refused("duplicates sideways", "within or across");
}

/* A key that is typed before the duplicates have been read acts on them, not on the list before. */
static void keys_wait_for_the_duplicates(void **unused)
{
    (void)unused;
    open_duplicates();
    run("undo");
    refused("duplicates clean", "try again in a moment");
    fixture_settle(&fixture);
    assert_int_equal(duplicates()->found.n_removable, 1);
}

/* ---- merge and subtract ---- */

static void playlists_are_merged_and_subtracted(void **unused)
{
    (void)unused;
    build("rain", 3, "Wet");
    int64_t wet[3];
    for (int i = 0; i < 3; i++)
        wet[i] = now()->items[i]->id;
    build("rain", 1, "Both");
    run_and_wait("search window");
    run_and_wait("add 2");
    run_and_wait("close");
    assert_int_equal(now()->count, 2);
    const int64_t own = now()->items[1]->id;
    run_and_wait("merge Wet");
    assert_int_equal(now()->count, 4); /* what is there already is not added again */
    for (int i = 0; i < 3; i++)
        assert_true(has(wet[i]));
    assert_int_equal(now()->items[1]->id, own); /* after what was there */
    run_and_wait("key u");
    assert_int_equal(now()->count, 2);
    run_and_wait("key U");
    run_and_wait("subtract Wet");
    assert_int_equal(now()->count, 1);
    assert_int_equal(now()->items[0]->id, own);
    run_and_wait("key u");
    assert_int_equal(now()->count, 4);
    refused("merge", "merge needs PLAYLIST");
    refused("subtract", "subtract needs PLAYLIST");
    const size_t edits = fixture.state.playlist.count;
    run_and_wait("merge nosuch");
    assert_int_equal(fixture.state.playlist.count, edits);
    assert_true(fixture.state.message_warning);
}

/* ---- browse ---- */

static const char *row(size_t at)
{
    const char *name;
    return picker_row(picker_of(&fixture.state), at, &name) ? name : "";
}

static void browsing_searches(void **unused)
{
    (void)unused;
    run_and_wait("key g");
    run_and_wait("key b");
    assert_int_equal(fixture.state.overlay, VIEW_PICKER);
    assert_int_equal(picker_count(picker_of(&fixture.state)), 12); /* artists, albums, genres, years */
    run_and_wait("type grand hotel");
    assert_string_equal(row(0), "Grand Hotel Lobby");
    run_and_wait("key enter");
    assert_string_equal(explore_of(&fixture.state)->search.text, "artist=\"Grand Hotel Lobby\"");
    run_and_wait("close");
    run_and_wait("browse years");
    assert_int_equal(picker_count(picker_of(&fixture.state)), 3);
    run_and_wait("key enter");
    assert_string_equal(explore_of(&fixture.state)->search.text, "year=\"1999\"");
    refused("browse moods", "artists, albums, genres or years");
}

/* ---- the player ---- */

static void the_selected_track_is_played(void **unused)
{
    (void)unused;
    refused("play", "no player is set; :set player COMMAND sets one");
    run_and_wait("set player mpv {file}");
    run_and_wait("search rain");
    run_and_wait("add 1");
    run_and_wait("close");
    run("pane suggestions");
    run_and_wait("key >");
    says("playing \"");
    run("map");
    refused("play", "select a track in Explore");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(duplicates_are_removed_together),     TEST(one_duplicate_is_removed), TEST(keys_wait_for_the_duplicates),
        TEST(playlists_are_merged_and_subtracted), TEST(browsing_searches),        TEST(the_selected_track_is_played),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
