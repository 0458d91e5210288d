/* Names of songs, artists, albums and discs in paths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "media/file_names.h"
#include "media/music_folder.h"

static void paths_give_names(void **state)
{
    (void)state;
    static const struct {
        const char *path, *title, *artist, *album, *date;
        int track, disc;
    } cases[] = {
        {"01 - Ada - Song.mp3", "Song", "Ada", "", "", 1, 0},
        {"Ada - Song.mp3", "Song", "Ada", "", "", 0, 0},
        {"Ada - Song - Part 2.mp3", "Part 2", "Ada", "Song", "", 0, 0},
        {"Ada - First - 03 - Song.mp3", "Song", "Ada", "First", "", 3, 0},
        {"Song.mp3", "Song", "", "", "", 0, 0},
        {"Songs/Song.mp3", "Song", "", "", "", 0, 0}, /* a folder alone is no album */
        {"Ada/First/01 Song.mp3", "Song", "Ada", "First", "", 1, 0},
        {"Music/Ada/First/01. Song.mp3", "Song", "Ada", "First", "", 1, 0},
        {"Ada/1999 - First/(07) Song.mp3", "Song", "Ada", "First", "1999", 7, 0},
        {"Ada/First (1999)/Song.mp3", "Song", "Ada", "First", "1999", 0, 0},
        {"Ada/First (live)/Song.mp3", "Song", "Ada", "First (live)", "", 0, 0},
        {"Ada - 1999 - First/1-02 Song.mp3", "Song", "Ada", "First", "1999", 2, 1},
        {"Ada - First/CD 2/02_Song_of_mine.mp3", "Song of mine", "Ada", "First", "", 2, 2},
        {"Ada/First/Disc 1/Song.mp3", "Song", "Ada", "First", "", 0, 1},
        {"Ada/First/99 Luftballons.mp3", "99 Luftballons", "Ada", "First", "", 0, 0},
        {"Ada/First/1979.mp3", "1979", "Ada", "First", "", 0, 0},
        {"Ada/First/05.mp3", "05", "Ada", "First", "", 0, 0},
        {"Ada/First/a.b.mp3", "a.b", "Ada", "First", "", 0, 0},
        {"Ada/First/ - .mp3", "-", "Ada", "First", "", 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct media_tags tags = {.duration_ms = -1};
        print_message("# %s\n", cases[i].path);
        assert_true(media_tags_from_path(cases[i].path, &tags));
        assert_string_equal(tags.title, cases[i].title);
        assert_string_equal(tags.artist, cases[i].artist);
        assert_string_equal(tags.album, cases[i].album);
        assert_string_equal(tags.date, cases[i].date);
        assert_int_equal(tags.track, cases[i].track);
        assert_int_equal(tags.disc, cases[i].disc);
    }
}

static void tags_come_before_names(void **state)
{
    (void)state;
    struct media_tags tags = {.title = "T", .artist = "A", .album = "B", .duration_ms = -1};
    assert_false(media_tags_from_path("Ada/First/CD 3/01 - Song.mp3", &tags));
    assert_string_equal(tags.title, "T");
    assert_string_equal(tags.album_artist, "");
    assert_int_equal(tags.disc, 3);
    assert_int_equal(tags.track, 1);
}

static void titles_lose_their_discs(void **state)
{
    (void)state;
    static const struct {
        const char *title, *rest;
        int disc;
    } cases[] = {
        {"First (Disc 2)", "First", 2},
        {"First [CD1]", "First", 1},
        {"First, Disc 3", "First", 3},
        {"First - CD 2", "First", 2},
        {"First (Live)", "First (Live)", 0},
        {"Disco 2000", "Disco 2000", 0},
        {"(Disc 1)", "(Disc 1)", 0},
        {"First (Disc 1) (Live)", "First (Disc 1) (Live)", 0},
        {"", "", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char title[64];
        snprintf(title, sizeof title, "%s", cases[i].title);
        assert_int_equal(media_disc_of_title(title), cases[i].disc);
        assert_string_equal(title, cases[i].rest);
    }
    assert_int_equal(media_disc_of_folder("CD1"), 1);
    assert_int_equal(media_disc_of_folder("Disc 12 - Encore"), 12);
    assert_int_equal(media_disc_of_folder("CDs"), 0);
    assert_int_equal(media_disc_of_folder("Discovery"), 0);
    assert_int_equal(media_disc_of_folder("cd 100"), 0);
}

static void covers_are_known_by_name(void **state)
{
    (void)state;
    assert_int_equal(music_picture_rank("Cover.JPG"), PICTURE_COVER);
    assert_int_equal(music_picture_rank("folder.jpeg"), PICTURE_FOLDER);
    assert_int_equal(music_picture_rank("front.webp"), PICTURE_FRONT);
    assert_int_equal(music_picture_rank("AlbumArt_{1}_Large.jpg"), PICTURE_WINDOWS);
    assert_int_equal(music_picture_rank("AlbumArtSmall.jpg"), 0);
    assert_int_equal(music_picture_rank("back.jpg"), 0);
    assert_int_equal(music_picture_rank("cover.txt"), 0);
    assert_int_equal(music_picture_rank("cover"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_give_names),
        cmocka_unit_test(tags_come_before_names),
        cmocka_unit_test(titles_lose_their_discs),
        cmocka_unit_test(covers_are_known_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
