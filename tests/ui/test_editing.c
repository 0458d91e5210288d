/* Editing the playlist: entries, marks, filter, what is pasted, exported and saved. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <unistd.h>

#include "core/file.h"
#include "requests.h"
#include "tests/folder.h"
#include "ui/bindings.h"

static void test_edits(void **unused)
{
    (void)unused;
    run("add 1");
    run("add 2");
    run("add 3");
    run("pane playlist");
    int64_t last = playlist_now(&fixture.state.playlist)->items[2]->id;
    run("key K");
    assert_int_equal(playlist_now(&fixture.state.playlist)->items[1]->id, last);
    assert_int_equal(explore_of(&fixture.state)->playlist_at.selected, 1);
    run("key x");
    assert_int_equal(playlist_now(&fixture.state.playlist)->count, 2);
    run("key u");
    assert_int_equal(playlist_now(&fixture.state.playlist)->items[1]->id, last);
    assert_int_equal(strncmp(fixture.state.message, "undone: removed ", 16), 0);
    run("key U");
    assert_int_equal(playlist_now(&fixture.state.playlist)->count, 2);
    refused_unchanged("redo", "nothing to redo");
    refused_unchanged("remove 9", "no entry 9");
    run("rename Evening");
    run("playlist new");
    assert_int_equal(playlist_now(&fixture.state.playlist)->count, 0);
    run("undo");
    assert_string_equal(playlist_now(&fixture.state.playlist)->name, "Evening");
}

/* What is marked is removed, moved, added and undone together. */
static void test_marks(void **unused)
{
    (void)unused;
    struct explore_state *explore = explore_of(&fixture.state);
    run("add page");
    fixture_settle(&fixture);
    assert_string_equal(fixture.state.message, "added 10 tracks (u undoes)");
    int64_t ids[10];
    for (size_t i = 0; i < 10; i++)
        ids[i] = playlist_now(&fixture.state.playlist)->items[i]->id;
    run("pane playlist");
    run("key home");
    run("key space");
    run("key j");
    run("key v");
    run("key j"); /* 1, 3 and 4 are marked */
    assert_int_equal(marks_count(&explore->marks[PANE_PLAYLIST], explore->playlist_at.selected), 3);
    run("key J");
    const struct playlist_version *now = playlist_now(&fixture.state.playlist);
    const int64_t shifted[] = {ids[1], ids[0], ids[4], ids[2], ids[3], ids[5]};
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(now->items[i]->id, shifted[i]);
    assert_int_equal(explore->playlist_at.selected, 4);
    run("key J"); /* the same step again joins the first */
    assert_int_equal(explore->playlist_at.selected, 5);
    assert_string_equal(fixture.state.message, "moved 3 tracks to 3 (u undoes)");
    run("key K");
    assert_int_equal(explore->playlist_at.selected, 4);
    run("move 8");
    now = playlist_now(&fixture.state.playlist);
    assert_int_equal(now->items[7]->id, ids[0]);
    assert_int_equal(now->items[8]->id, ids[2]);
    assert_int_equal(now->items[9]->id, ids[3]);
    size_t versions = fixture.state.playlist.current;
    run("key x");
    assert_int_equal(playlist_now(&fixture.state.playlist)->count, 7);
    assert_int_equal(fixture.state.playlist.current, versions + 1);
    run("undo");
    assert_string_equal(fixture.state.message, "undone: removed 3 tracks");
    assert_int_equal(playlist_now(&fixture.state.playlist)->count, 10);
    run("redo");
    run("key home");
    run("key P"); /* after the first entry */
    now = playlist_now(&fixture.state.playlist);
    assert_int_equal(now->items[1]->id, ids[0]);
    assert_int_equal(now->items[3]->id, ids[3]);
    assert_int_equal(now->count, 10);
    run("undo");
    assert_string_equal(fixture.state.message, "undone: added 3 tracks");
    run("key ctrl+a");
    run("key *");
    assert_int_equal(marks_count(&explore->marks[PANE_PLAYLIST], 0), 0);
    run("key space");
    run("key escape");
    assert_int_equal(marks_count(&explore->marks[PANE_PLAYLIST], 0), 0);
}

static void test_marks_of_suggestions_and_results(void **unused)
{
    (void)unused;
    struct explore_state *explore = explore_of(&fixture.state);
    run("pane suggestions");
    run("key space");
    run("key n");
    run("key space");
    int64_t first = explore->suggestions.tracks.items[0]->id, second = explore->suggestions.tracks.items[11]->id;
    assert_int_equal(marks_count(&explore->marks[PANE_SUGGESTIONS], 0), 2);
    run("key enter");
    const struct playlist_version *now = playlist_now(&fixture.state.playlist);
    assert_int_equal(now->count, 2);
    assert_int_equal(now->items[0]->id, first);
    assert_int_equal(now->items[1]->id, second);
    assert_int_equal(marks_count(&explore->marks[PANE_SUGGESTIONS], 0), 0);
    fixture_settle(&fixture);
    run("search rain");
    fixture_settle(&fixture);
    run("key ctrl+a");
    run("key y");
    assert_int_equal(explore->copied.count, explore->results.count);
    run("key v");
    run("key j");
    run("key enter");
    assert_int_equal(playlist_now(&fixture.state.playlist)->count, 4);
    run("key k");
    run("key v");
    run("key j");
    run("key j");
    run("key enter"); /* two of the three are in the playlist */
    assert_string_equal(fixture.state.message, "added 1 track; 2 were in the playlist already (u undoes)");
    assert_int_equal(playlist_now(&fixture.state.playlist)->count, 5);
}

/* A track is not added twice by accident, but can be. */
static void test_duplicates(void **unused)
{
    (void)unused;
    run("search rain");
    fixture_settle(&fixture);
    run("key enter");
    fixture_settle(&fixture);
    refused_unchanged("add", "is already in the playlist (1); :add! adds it again");
    refused_unchanged("add 1", "(1)");
    run("add!");
    assert_int_equal(playlist_now(&fixture.state.playlist)->count, 2);
    run("add 2");
    run("add! 1");
    run("playlist dedupe");
    assert_int_equal(playlist_now(&fixture.state.playlist)->count, 2);
    run("undo");
    assert_string_equal(fixture.state.message, "undone: removed repeated tracks");
    fixture_settle(&fixture);
    run("pane suggestions");
    run("mark all");
    run("add");
    fixture_settle(&fixture);
    assert_int_equal(playlist_now(&fixture.state.playlist)->count, 14);
}

/* What a popup hides is not added. */
static void test_hidden_selection(void **unused)
{
    (void)unused;
    run("search rain");
    fixture_settle(&fixture);
    run("key enter");
    fixture_settle(&fixture);
    run("history");
    fixture_settle(&fixture);
    refused_unchanged("add", "nothing can be added from history; escape closes it");
    refused_unchanged("add! 1", "add! adds what Explore shows; escape closes history");
    run("key escape");
    run("recipe");
    refused_unchanged("add! 1", "add! adds what Explore shows; 1 goes there");
}

/* The page of a wide screen has two columns. */
static void test_arrows_in_two_columns(void **unused)
{
    (void)unused;
    struct explore_state *explore = explore_of(&fixture.state);
    run("add 1");
    fixture_settle(&fixture);
    run("resize 160x50");
    run("pane suggestions");
    run("select 2");
    run("key right");
    assert_int_equal(explore->suggestions.selected, 6);
    run("key right");
    assert_int_equal(explore->suggestions.selected, 6);
    run("key h");
    assert_int_equal(explore->suggestions.selected, 1);
    assert_int_equal(explore->pane, PANE_SUGGESTIONS);
    run("key h");
    assert_int_equal(explore->pane, PANE_PLAYLIST);
    run("key l");
    assert_int_equal(explore->pane, PANE_SUGGESTIONS);
    run("resize 80x24"); /* one column */
    run("key h");
    assert_int_equal(explore->pane, PANE_PLAYLIST);
}

/* The filter of the playlist hides entries; what is done acts on those that are shown. */
static void test_filter(void **unused)
{
    (void)unused;
    struct explore_state *explore = explore_of(&fixture.state);
    run("search rain");
    fixture_settle(&fixture);
    run("mark all");
    run("add");
    fixture_settle(&fixture);
    size_t all = playlist_now(&fixture.state.playlist)->count;
    run("key f");
    assert_int_equal(explore->pane, PANE_PLAYLIST);
    run("key b");
    run("type lue rain");
    assert_string_equal(explore->filter.line.text, "blue rain");
    size_t shown = explore_list(&fixture.state, PANE_PLAYLIST).count;
    assert_true(shown > 1 && shown < all);
    run("key enter");
    run("key G");
    size_t entry = explore_entry(&fixture.state, explore->playlist_at.selected);
    int64_t id = playlist_now(&fixture.state.playlist)->items[entry]->id;
    assert_string_equal(playlist_now(&fixture.state.playlist)->items[entry]->title, "Blue Rain");
    refused_unchanged("move up", "a filter hides tracks");
    run("key x");
    const struct playlist_version *now = playlist_now(&fixture.state.playlist);
    assert_int_equal(now->count, all - 1);
    for (size_t i = 0; i < now->count; i++)
        assert_int_not_equal(now->items[i]->id, id);
    assert_int_equal(explore_list(&fixture.state, PANE_PLAYLIST).count, shown - 1);
    run("key u"); /* the filter follows the playlist */
    assert_int_equal(explore_list(&fixture.state, PANE_PLAYLIST).count, shown);
    run("key ctrl+a");
    run("key x");
    assert_int_equal(playlist_now(&fixture.state.playlist)->count, all - shown);
    assert_int_equal(explore_list(&fixture.state, PANE_PLAYLIST).count, 0);
    run("key u");
    run("key home");
    entry = explore_entry(&fixture.state, 0);
    run("key escape");
    assert_int_equal(explore_list(&fixture.state, PANE_PLAYLIST).count, all);
    assert_int_equal(explore->playlist_at.selected, entry);
    assert_true(explore->search.size > 0); /* Escape ends one thing at a time */
    run("key f");
    run("type x");
    run("key escape"); /* while it is typed */
    assert_int_equal(explore_list(&fixture.state, PANE_PLAYLIST).count, all);
    run("filter blue");
    run("playlist new");
    refused_unchanged("filter", "the playlist is empty");
    run("undo");
    assert_int_equal(explore_list(&fixture.state, PANE_PLAYLIST).count, all);
}

static void paste(const char *text)
{
    struct error error = {0};
    char *copy = strdup(text);
    struct event event = {.type = EVENT_PASTE, .text = copy};
    assert_int_equal(update_event(&fixture.state, &fixture.requested, &event, &error), STATUS_OK);
    free(copy);
    fixture_settle(&fixture);
}

/* A pasted list is added as one edit; into a line that is typed goes only the first line of a text. */
static void test_paste(void **unused)
{
    (void)unused;
    char list[512];
    snprintf(list, sizeof list, "%s\n%s\nxyzzy\n%s\nplugh", fake_track(1).title, fake_track(2).title,
             fake_track(4).title);
    run("pane suggestions");
    paste(list);
    const struct playlist_version *now = playlist_now(&fixture.state.playlist);
    assert_int_equal(now->count, 3);
    assert_int_equal(now->items[2]->id, 4);
    assert_string_equal(fixture.state.message, "added 3 tracks (u undoes); 2 not found, first \"xyzzy\"");
    run("undo");
    assert_string_equal(fixture.state.message, "undone: added 3 tracks");
    assert_int_equal(playlist_now(&fixture.state.playlist)->count, 0);
    run("redo");
    paste(fake_track(2).title);
    assert_non_null(strstr(fixture.state.message, "already in the playlist (2)"));
    paste("xyzzy");
    assert_string_equal(fixture.state.message, "the catalogue has no track \"xyzzy\"");
    paste("\n \n");
    assert_int_equal(playlist_now(&fixture.state.playlist)->count, 3);
    run("key /");
    paste("\nfirst line\nsecond line");
    assert_string_equal(explore_of(&fixture.state)->search.text, "first line");
    assert_int_equal(playlist_now(&fixture.state.playlist)->count, 3);
}

/* The playlist as a file; one that exists is only replaced on request. */
static void test_export(void **unused)
{
    (void)unused;
    char folder[TEST_FOLDER_MAX], path[TEST_FOLDER_MAX + 16], line[sizeof path + 32];
    struct buffer bytes = {0};
    struct error error = {0};
    assert_true(test_folder_make(folder));
    snprintf(path, sizeof path, "%s/list.m3u8", folder);
    snprintf(line, sizeof line, "export m3u8 %s", path);
    refused_unchanged(line, "the playlist is empty");
    run("add page");
    refused_unchanged("export mp3 x", "export writes csv, m3u8, xspf, jspf, uris, trec or npz");
    refused_unchanged("export m3u8", "needs the name of a file");
    run(line);
    fixture_settle(&fixture);
    assert_int_equal(strncmp(fixture.state.message, "wrote 10 tracks as m3u8 to ", 27), 0);
    run(line);
    fixture_settle(&fixture);
    assert_int_equal(strncmp(fixture.state.message, "list.m3u8 exists in /", 21), 0);
    assert_non_null(strstr(fixture.state.message, "; ! overwrites it after asking, :export! at once"));
    assert_true(fixture.state.message_warning);
    run("key !"); /* asks: nothing is written until Enter */
    assert_int_equal(fixture.state.input, INPUT_COMMAND);
    assert_int_equal(strncmp(fixture.state.command.text, "export! m3u8 /", 14), 0);
    run("key escape");
    run("key !");
    run("key enter");
    fixture_settle(&fixture);
    assert_int_equal(strncmp(fixture.state.message, "wrote 10 tracks as m3u8 to ", 27), 0);
    char *before = getcwd(NULL, 0);
    assert_non_null(before);
    assert_int_equal(chdir(folder), 0);
    run("export m3u8 here.m3u8"); /* the message says where that is */
    fixture_settle(&fixture);
    assert_non_null(strstr(fixture.state.message, "to here.m3u8 in /"));
    assert_int_equal(unlink("here.m3u8"), 0);
    assert_int_equal(chdir(before), 0);
    free(before);
    snprintf(line, sizeof line, "export! uris %s", path);
    run(line);
    fixture_settle(&fixture);
    assert_int_equal(file_read(path, 1 << 16, &bytes, &error), STATUS_OK);
    assert_int_equal(strncmp(bytes.data, "invented:track:", 15), 0);
    buffer_free(&bytes);
    run("import list.xspf");
    fixture_settle(&fixture);
    assert_string_equal(fixture.state.message,
                        "xspf: 1 playlist with 9 tracks; 1 fit no track, the first: A - B (nearest: A - Bb)");
    run("import nothing");
    fixture_settle(&fixture);
    assert_string_equal(fixture.state.message, "nothing is empty");
    refused_unchanged("copy uris", "no track of the playlist has a Spotify URI");
    refused_unchanged("export npz", "needs the name of a folder");
    run("export trec x.run"); /* of the model that suggests */
    fixture_settle(&fixture);
    assert_non_null(strstr(fixture.state.message, "wrote trec to x.run; trec of "));
    run("export npz x");
    fixture_settle(&fixture);
    assert_string_equal(fixture.state.message, "wrote npz to x; npz of all");
    unlink(path);
    rmdir(folder);
}

static void test_typed_errors(void **unused)
{
    (void)unused;
    refused_unchanged("frobnicate", "no command \"frobnicate\"");
    refused_unchanged("pages", "no command");
    refused_unchanged("page", "page needs next|previous|first|N");
    refused_unchanged("page sideways", "not a number");
    refused_unchanged("undo 3", "undo takes no argument");
    refused_unchanged("undo", "nothing to undo");
    refused_unchanged("model nosuch", "no model \"nosuch\"");
    refused_unchanged("add 100000", "no row 100000");
    refused_unchanged("add -1", "not a number");
    refused_unchanged("add 99999999999999999999", "not a number");
    refused_unchanged("playlist fly", "no command");
    refused_unchanged("map fly", "map takes no argument");
    refused_unchanged("key nokey", "no key");
    refused_unchanged("key %", "no function here");
    refused_unchanged("resize 0x0", "not like");
    refused_unchanged("images purple", "not a way");
    refused_unchanged("click x", "not like");
    run("  :page   2 ");
    assert_int_equal(explore_of(&fixture.state)->suggestions.page, 1);
    refused_unchanged("", "no command");
}

static void test_saving(void **unused)
{
    (void)unused;
    run("add 1");
    run("playlist save Mine");
    assert_int_equal(fake_saved_playlists(fixture.app), 0); /* update itself writes nothing */
    fixture_settle(&fixture);
    assert_int_equal(fake_saved_tracks(fixture.app, "Mine"), 1);
    run("add 1");
    run("playlist new");
    fixture_settle(&fixture);
    assert_int_equal(fake_saved_tracks(fixture.app, "Mine"), 2); /* the edit was not lost */
    assert_int_equal(fake_saved_playlists(fixture.app), 1);
    run("undo");
    run("add 2");
    fixture_settle(&fixture);
    assert_int_equal(fake_saved_tracks(fixture.app, "Mine"), 3);
    assert_int_equal(fake_saved_playlists(fixture.app), 1);
    assert_non_null(strstr(fake_session(fixture.app), "\"playlist\":1000"));
}

static void test_two_saves_before_an_answer(void **unused)
{
    (void)unused;
    run("add 1");
    run("playlist save Twice");
    run("add 2");
    run("playlist new");
    assert_int_equal(requested(EFFECT_SAVE), 2);
    fake_fail_save(fixture.app, "the disk is full; free some space");
    fixture_settle(&fixture);
    assert_string_equal(fixture.state.message, "the disk is full; free some space");
    assert_int_equal(fixture.state.saving, 0);
}

static void test_save_failure_is_reported_once(void **unused)
{
    (void)unused;
    fake_fail_save(fixture.app, "the disk is full; free some space");
    run("add 1");
    fixture_settle(&fixture);
    assert_string_equal(fixture.state.message, "the disk is full; free some space");
    run("add 1");
    fixture_settle(&fixture);
    assert_null(strstr(fixture.state.message, "disk"));
    assert_int_equal(playlist_now(&fixture.state.playlist)->count, 2);
}

int main(void)
{
#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_edits),
        WITH_FIXTURE(test_marks),
        WITH_FIXTURE(test_marks_of_suggestions_and_results),
        WITH_FIXTURE(test_duplicates),
        WITH_FIXTURE(test_hidden_selection),
        WITH_FIXTURE(test_arrows_in_two_columns),
        WITH_FIXTURE(test_filter),
        WITH_FIXTURE(test_paste),
        WITH_FIXTURE(test_export),
        WITH_FIXTURE(test_typed_errors),
        WITH_FIXTURE(test_saving),
        WITH_FIXTURE(test_two_saves_before_an_answer),
        WITH_FIXTURE(test_save_failure_is_reported_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
