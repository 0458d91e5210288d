/* Both sides changed one playlist: neither loses its changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/playlist_merge.h"
#include "core/random.h"

/* A playlist as text: one letter per track. */
static struct track_numbers of(const char *text)
{
    struct track_numbers numbers = {malloc((strlen(text) + 1) * sizeof *numbers.ids), strlen(text)};
    for (size_t i = 0; i < numbers.count; i++)
        numbers.ids[i] = text[i];
    return numbers;
}

static void text_of(const struct track_numbers *numbers, char *text)
{
    for (size_t i = 0; i < numbers->count; i++)
        text[i] = (char)numbers->ids[i];
    text[numbers->count] = '\0';
}

static void merged_is(const char *base, const char *theirs, const char *mine, const char *wanted, bool always)
{
    struct track_numbers b = of(base), t = of(theirs), m = of(mine), merged;
    struct error error;
    char text[128] = "conflict";
    assert_int_equal(
        always ? playlist_rebase(&b, &t, &m, &merged, &error) : playlist_merge(&b, &t, &m, &merged, &error), STATUS_OK);
    if (merged.ids)
        text_of(&merged, text);
    if (strcmp(text, wanted) != 0)
        fail_msg("%s: theirs %s, mine %s: %s instead of %s", base, theirs, mine, text, wanted);
    free(b.ids);
    free(t.ids);
    free(m.ids);
    free(merged.ids);
}

static void additions_and_removals_of_both_are_kept(void **state)
{
    (void)state;
    static const char *const cases[][4] = {
        {"ab", "abx", "aby", "abxy"}, /* both added at the end */
        {"ab", "abx", "abx", "abx"},  /* both added the same */
        {"ab", "abx", "abyx", "abxy"}, {"ab", "xab", "aby", "xaby"}, {"abc", "ac", "abcx", "acx"},
        {"abc", "ac", "ab", "a"},      {"abc", "ac", "ac", "ac"},    {"abc", "abc", "b", "b"},
        {"abc", "b", "abc", "b"},      {"", "x", "y", "xy"},         {"", "", "", ""},
        {"abc", "", "abcx", "x"},      {"aba", "ba", "abax", "bax"}, {"aa", "a", "a", "a"},
        {"aa", "aaa", "aa", "aaa"},    {"ab", "axb", "ayb", "axyb"}, {"abcd", "abxcd", "bcdy", "bxcdy"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        merged_is(cases[i][0], cases[i][1], cases[i][2], cases[i][3], false);
}

static void another_order_of_one_side_stays(void **state)
{
    (void)state;
    merged_is("abc", "cab", "abcx", "cabx", false);
    merged_is("abc", "abcx", "cab", "cabx", false);
    merged_is("abc", "cab", "ab", "ab", false);
    merged_is("abc", "ac", "cba", "ca", false);
    merged_is("abc", "xac", "cbax", "cax", false); /* both added x, theirs removed b */
}

static void moves_of_both_are_kept(void **state)
{
    (void)state;
    static const char *const cases[][4] = {
        {"abc", "cab", "cab", "cab"},
        {"abcdef", "fabcde", "bcdefa", "fbcdea"},         /* one to the front, another to the end */
        {"abc", "cab", "bac", "cba"},                     /* c to the front, a behind b */
        {"abcdefgh", "cdabefgh", "abcdghef", "cdabghef"}, /* a range each */
        {"abcdef", "bacdefx", "abcdyfe", "bacdyfex"},     /* with additions of both */
        {"abcdef", "bacef", "abcdfe", "bacfe"},           /* theirs removed one */
        {"abcdef", "bacdef", "abcfe", "bacfe"},           /* mine removed one */
        {"abcdef", "bacdef", "cdabfe", "cdbafe"},
        {"abab", "baab", "abba", "baba"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        merged_is(cases[i][0], cases[i][1], cases[i][2], cases[i][3], false);
}

static void a_move_of_one_entry_on_both_sides_is_a_conflict(void **state)
{
    (void)state;
    merged_is("abcde", "bcdea", "bcade", "conflict", false);
    merged_is("abcde", "bcdeax", "bcade", "bcadex", true); /* mine is kept, with their additions */
    merged_is("abcdef", "fedcba", "badcfe", "conflict", false);
}

/* Moves of entries that the other side left alone: the moved ones of each side stand between the same neighbours that
 * were left alone by both as on their own side. */
static void moves_keep_their_neighbours(void **state)
{
    (void)state;
    struct random random;
    random_seed(&random, 5);
    for (int run = 0; run < 5000; run++) {
        enum { ENTRIES = 9 };
        int64_t ids[ENTRIES], t[ENTRIES], m[ENTRIES];
        size_t from[2] = {random_below(&random, ENTRIES), random_below(&random, ENTRIES)};
        size_t to[2] = {random_below(&random, ENTRIES), random_below(&random, ENTRIES)};
        bool far[2] = {from[0] > to[0] + 1 || to[0] > from[0] + 1, from[1] > to[1] + 1 || to[1] > from[1] + 1};
        if (!far[0] || !far[1]) /* of two neighbours that changed places, either may be the one that was moved */
            continue;
        for (size_t i = 0; i < ENTRIES; i++)
            ids[i] = t[i] = m[i] = 1 + (int64_t)i;
        for (int side = 0; side < 2; side++) {
            int64_t *list = side ? m : t, id = list[from[side]];
            memmove(list + from[side], list + from[side] + 1, (ENTRIES - 1 - from[side]) * sizeof *list);
            memmove(list + to[side] + 1, list + to[side], (ENTRIES - 1 - to[side]) * sizeof *list);
            list[to[side]] = id;
        }
        struct track_numbers base = {ids, ENTRIES}, theirs = {t, ENTRIES}, mine = {m, ENTRIES}, merged;
        struct error error;
        assert_int_equal(playlist_merge(&base, &theirs, &mine, &merged, &error), STATUS_OK);
        if (!merged.ids) {
            assert_int_equal(from[0], from[1]);
            continue;
        }
        assert_int_equal(merged.count, ENTRIES);
        for (size_t a = 0; a < ENTRIES; a++)
            for (size_t b = 0; b < ENTRIES; b++) {
                bool free_of_theirs = ids[a] != ids[from[0]] && ids[b] != ids[from[0]];
                bool free_of_mine = ids[a] != ids[from[1]] && ids[b] != ids[from[1]];
                size_t at[3][2] = {{0}};
                for (size_t i = 0; i < ENTRIES; i++) {
                    const int64_t *lists[3] = {merged.ids, t, m};
                    for (int l = 0; l < 3; l++) {
                        at[l][0] = lists[l][i] == ids[a] ? i : at[l][0];
                        at[l][1] = lists[l][i] == ids[b] ? i : at[l][1];
                    }
                }
                bool order = at[0][0] < at[0][1];
                if (free_of_theirs && from[0] != from[1])
                    assert_int_equal(order, at[2][0] < at[2][1]); /* as in mine */
                if (free_of_mine && from[0] != from[1])
                    assert_int_equal(order, at[1][0] < at[1][1]); /* as in theirs */
            }
        free(merged.ids);
    }
}

static size_t times(const struct track_numbers *numbers, int64_t id)
{
    size_t count = 0;
    for (size_t i = 0; i < numbers->count; i++)
        count += numbers->ids[i] == id;
    return count;
}

static struct track_numbers edited(const struct track_numbers *base, struct random *random, int64_t fresh)
{
    struct track_numbers out = {malloc((base->count + 8) * sizeof *out.ids), 0};
    for (size_t i = 0; i < base->count; i++) {
        if (random_below(random, 5) == 0)
            out.ids[out.count++] = fresh + (int64_t)random_below(random, 3);
        if (random_below(random, 4) != 0 && out.count < base->count + 7)
            out.ids[out.count++] = base->ids[i];
        if (out.count == base->count + 7)
            break;
    }
    if (random_below(random, 3) == 0 && out.count > 1) {
        size_t at = random_below(random, out.count - 1);
        int64_t id = out.ids[at];
        out.ids[at] = out.ids[at + 1];
        out.ids[at + 1] = id;
    }
    return out;
}

/* For any changes: additions of either side are present, and removed tracks that nobody added are absent. */
static void nothing_is_lost_and_nothing_comes_back(void **state)
{
    (void)state;
    struct random random;
    random_seed(&random, 3);
    for (int run = 0; run < 20000; run++) {
        int64_t ids[8];
        struct track_numbers base = {ids, random_below(&random, 9)}, merged;
        for (size_t i = 0; i < base.count; i++)
            ids[i] = 1 + (int64_t)random_below(&random, 6);
        struct track_numbers theirs = edited(&base, &random, 10), mine = edited(&base, &random, 12);
        struct error error;
        assert_int_equal(playlist_rebase(&base, &theirs, &mine, &merged, &error), STATUS_OK);
        for (int64_t id = 1; id < 16; id++) {
            size_t b = times(&base, id), t = times(&theirs, id), m = times(&mine, id), got = times(&merged, id);
            size_t most = t > m ? t : m, least = t < m ? t : m;
            if (t >= b && m >= b)
                assert_int_equal(got, most);
            else if (t <= b && m <= b)
                assert_true(got <= least && got + 2 * b >= t + m);
        }
        free(theirs.ids);
        free(mine.ids);
        free(merged.ids);
    }
}

static struct own_playlist playlist(int64_t id, int64_t changed, const char *name, const char *tracks)
{
    struct own_playlist out = {0};
    struct track_numbers numbers = of(tracks);
    assert_int_equal(own_playlist_set(&out, id, name, numbers.ids, numbers.count, NULL), STATUS_OK);
    out.changed = changed;
    free(numbers.ids);
    return out;
}

static void decided(struct own_playlist base, struct own_playlist now, struct own_playlist mine, int64_t id,
                    const char *name, const char *tracks, enum playlist_outcome outcome)
{
    struct own_playlist wanted = {0};
    enum playlist_outcome got;
    char text[128];
    assert_int_equal(playlist_decide(&base, &now, &mine, &wanted, &got, NULL), STATUS_OK);
    assert_int_equal(got, outcome);
    assert_int_equal(wanted.id, id);
    assert_string_equal(wanted.name, name);
    struct track_numbers numbers = {wanted.ids, wanted.count};
    text_of(&numbers, text);
    assert_string_equal(text, tracks);
    own_playlist_free(&base);
    own_playlist_free(&now);
    own_playlist_free(&mine);
    own_playlist_free(&wanted);
}

static void what_is_written(void **state)
{
    (void)state;
    struct own_playlist none = {0};
    decided(none, none, playlist(0, 0, "Trip", "ab"), 0, "Trip", "ab", PLAYLIST_SAVED);
    decided(playlist(7, 1, "Trip", "a"), playlist(7, 1, "Trip", "a"), playlist(0, 0, "Trip", "ab"), 7, "Trip", "ab",
            PLAYLIST_SAVED);
    decided(playlist(7, 1, "Trip", "a"), none, playlist(0, 0, "Trip", "ab"), 0, "Trip", "ab", PLAYLIST_AGAIN);
    decided(playlist(7, 1, "Trip", "a"), playlist(7, 2, "Trip", "ax"), playlist(0, 0, "Trip", "ab"), 7, "Trip", "axb",
            PLAYLIST_MERGED);
    decided(playlist(7, 1, "Trip", "a"), playlist(7, 2, "Tour", "a"), playlist(0, 0, "Trip", "ab"), 7, "Tour", "ab",
            PLAYLIST_MERGED);
    decided(playlist(7, 1, "Trip", "a"), playlist(7, 2, "Trip", "ax"), playlist(0, 0, "Tour", "a"), 7, "Tour", "ax",
            PLAYLIST_MERGED);
    decided(playlist(7, 1, "Trip", "abcde"), playlist(7, 2, "Trip", "bcdea"), playlist(0, 0, "Trip", "bcade"), 0,
            "Trip", "bcade", PLAYLIST_BESIDE);
    decided(playlist(7, 1, "Trip", "abc"), playlist(7, 2, "Trip", "cab"), playlist(0, 0, "Trip", "bac"), 7, "Trip",
            "cba", PLAYLIST_MERGED);
    /* another version number without differences: only a page was turned */
    decided(playlist(7, 1, "Trip", "a"), playlist(7, 2, "Trip", "a"), playlist(0, 0, "Trip", ""), 7, "Trip", "",
            PLAYLIST_SAVED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(additions_and_removals_of_both_are_kept),
        cmocka_unit_test(another_order_of_one_side_stays),
        cmocka_unit_test(moves_of_both_are_kept),
        cmocka_unit_test(a_move_of_one_entry_on_both_sides_is_a_conflict),
        cmocka_unit_test(moves_keep_their_neighbours),
        cmocka_unit_test(nothing_is_lost_and_nothing_comes_back),
        cmocka_unit_test(what_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
