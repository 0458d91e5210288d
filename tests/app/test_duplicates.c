/* Which entries are the same song, recording or track. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/duplicates.h"
#include "core/random.h"
#include "tests/must.h"

static void titles_say_the_version(void **state)
{
    (void)state;
    static const struct {
        const char *title, *song;
        enum song_version version;
    } cases[] = {
        {"Halo", "halo", SONG_STUDIO},
        {"HALO - 2010 Remaster", "halo", SONG_REMASTER},
        {"Halo (Live at Wembley) - 2010 Remaster", "halo", SONG_LIVE},
        {"Halo - Live", "halo", SONG_LIVE},
        {"Halo [Dave Audé Club Mix]", "halo", SONG_REMIX},
        {"Halo (feat. X) - Acoustic", "halo", SONG_ACOUSTIC},
        {"Halo (Acoustic Live Demo)", "halo", SONG_DEMO},
        {"Halo (Taylor's Version)", "halo", SONG_OTHER},
        {"Halo - Original Mix", "halo", SONG_STUDIO},
        {"Halo - Radio Edit", "halo", SONG_STUDIO},
        {"Halo (Karaoke) (Live)", "halo", SONG_COVER},
        {"Live Forever", "live forever", SONG_STUDIO},
        {"(Live)", "(live)", SONG_STUDIO},
        {"Olive (Oliver)", "olive (oliver)", SONG_STUDIO},
        {"Halo (Live", "halo (live", SONG_STUDIO},
        {"", "", SONG_STUDIO},
        {"雨 (Live)", "雨", SONG_LIVE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer song = {0};
        const enum song_version version = song_of_title(cases[i].title, &song);
        if (strcmp(song.data ? song.data : "", cases[i].song) != 0 || version != cases[i].version)
            fail_msg("%s: \"%s\", %s", cases[i].title, song.data, song_version_names[version]);
        buffer_free(&song);
    }
}

static struct track track_of(int64_t id, const char *title, const char *artist, int32_t seconds, int64_t playlists)
{
    return (struct track){.id = id,
                          .title = title,
                          .artist = artist,
                          .album = "",
                          .duration_ms = 1000 * seconds,
                          .n_playlists = playlists};
}

static void songs_are_grouped(void **state)
{
    (void)state;
    const struct track tracks[] = {
        track_of(1, "Halo - Live", "Beyoncé", 240, 90),   track_of(2, "Other", "X", 200, 1),
        track_of(3, "HALO", "beyonce", 200, 5),           track_of(4, "Halo - 2010 Remaster", "Beyoncé", 203, 50),
        track_of(3, "HALO", "beyonce", 200, 5),           track_of(5, "Halo", "Beyoncé", 290, 1),
        track_of(6, "Halo (A Remix)", "Beyoncé", 200, 1), track_of(7, "Halo (B Remix)", "Beyoncé", 200, 1),
        track_of(8, "Halo", "Depeche Mode", 200, 1),
    };
    static const struct {
        size_t position;
        enum duplicate_kind kind;
    } wanted[] = {
        {2, DUPLICATE_FIRST},   {4, DUPLICATE_REPEAT},  {5, DUPLICATE_LENGTH},  {3, DUPLICATE_SAME},
        {0, DUPLICATE_VERSION}, {6, DUPLICATE_VERSION}, {7, DUPLICATE_VERSION},
    };
    const size_t count = sizeof tracks / sizeof tracks[0];
    struct duplicate_entry entries[9] = {{0}};
    struct duplicates found = {0};
    for (size_t i = 0; i < count; i++)
        entries[i] = (struct duplicate_entry){.track = &tracks[i], .playlist_name = "", .position = i};
    must(duplicates_find(entries, count, false, &found, &error));
    assert_int_equal(found.n_songs, 1);
    assert_int_equal(found.n_removable, 2);
    assert_int_equal(found.count, 7);
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(found.items[i].entry.position, wanted[i].position);
        assert_int_equal(found.items[i].kind, wanted[i].kind);
    }
    duplicates_free(&found);
    entries[3].recording = entries[2].recording = entries[4].recording = true; /* different by their ids */
    must(duplicates_find(entries, count, false, &found, &error));
    assert_int_equal(found.n_removable, 1); /* the same track again, but not the remaster */
    duplicates_free(&found);
}

/* Whatever the list: after removing what can be removed nothing more can be, and every track and version is left. */
static void removing_once_is_enough(void **state)
{
    (void)state;
    static const char *const titles[] = {"A", "A - Live", "A (Remaster)", "B", "B (C Remix)", "B (D Remix)", "a"};
    struct random random;
    random_seed(&random, 7);
    for (int round = 0; round < 300; round++) {
        struct track tracks[24];
        struct duplicate_entry entries[24] = {{0}};
        bool gone[24] = {false};
        struct duplicates found = {0};
        const size_t count = (size_t)(random_next(&random) % 25);
        for (size_t i = 0; i < count; i++) {
            const int64_t id = (int64_t)(random_next(&random) % 12);
            tracks[i] = track_of(id + 1, titles[id % 7], "X", 200 + 7 * (int32_t)(id % 4), id % 3);
            entries[i] = (struct duplicate_entry){.track = &tracks[i], .playlist_name = "", .position = i};
        }
        must(duplicates_find(entries, count, false, &found, &error));
        for (size_t i = 0; i < found.count; i++)
            gone[found.items[i].entry.position] = duplicate_removable(found.items[i].kind);
        duplicates_free(&found);
        size_t kept = 0;
        for (size_t i = 0; i < count; i++)
            if (!gone[i])
                entries[kept++] = entries[i];
        for (size_t i = 0; i < count; i++) { /* its title, folded and without editions, is still there */
            bool there = false;
            for (size_t k = 0; k < kept; k++)
                there |= strncasecmp(entries[k].track->title, tracks[i].title, 1) == 0;
            assert_true(there);
        }
        must(duplicates_find(entries, kept, false, &found, &error));
        assert_int_equal(found.n_removable, 0);
        duplicates_free(&found);
    }
}

static void across_playlists(void **state)
{
    (void)state;
    const struct track tracks[] = {track_of(1, "A", "X", 200, 1), track_of(1, "A", "X", 200, 1),
                                   track_of(2, "B", "X", 200, 1), track_of(2, "B", "X", 200, 1)};
    const struct duplicate_entry entries[] = {{&tracks[0], false, 1, "one", 0},
                                              {&tracks[1], false, 2, "two", 0},
                                              {&tracks[2], false, 1, "one", 1},
                                              {&tracks[3], false, 1, "one", 2}};
    struct duplicates found = {0};
    must(duplicates_find(entries, 4, true, &found, &error));
    assert_int_equal(found.n_songs, 1); /* B is twice in one playlist only */
    assert_int_equal(found.count, 2);
    assert_string_equal(found.items[1].entry.playlist_name, "two");
    duplicates_free(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(titles_say_the_version),
        cmocka_unit_test(songs_are_grouped),
        cmocka_unit_test(removing_once_is_enough),
        cmocka_unit_test(across_playlists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
