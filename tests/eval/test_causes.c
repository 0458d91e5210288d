#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "eval/causes.h"

/* Causes of failures: of a playlist that can be checked by hand, and of random ones against the formulas written out as
 * loops over all pairs. */

static struct error error;

/* ---- by hand ---- */

enum { ELVIS = 1, SIMON, NOBODY, POP = 1, ROCK, JAZZ };

static struct cause_track track(int64_t number, int artist, int genre, int decade, float count)
{
    return (struct cause_track){.track = number,
                                .artist = artist,
                                .genre = genre,
                                .decade = decade,
                                .count = count,
                                .song = 1000 + (uint64_t)number,
                                .in_reach = count > 0};
}

static void every_cause_has_its_share(void **state)
{
    (void)state;
    /* Four held-out tracks: one is found, one is out of reach, one is there under another id, one is at rank 501. */
    struct cause_track held_out[] = {track(1, ELVIS, ROCK, 1950, 10), track(2, ELVIS, ROCK, 1950, 0),
                                     track(3, SIMON, ROCK, 1960, 4), track(4, SIMON, ROCK, 1960, 2)};
    /* Five suggestions: by the artists 1, 3 and 21; the genre of 20, 22 and 23 is pop, which no held-out track has. */
    struct cause_track list[] = {track(20, NOBODY, POP, 2010, 90), track(1, ELVIS, ROCK, 1950, 10),
                                 track(21, SIMON, ROCK, 1960, 3), track(22, NOBODY, POP, 0, 50),
                                 track(23, NOBODY, POP, 2010, 1)};
    const int64_t near[] = {4, 99};
    list[2].song = held_out[2].song;
    const struct cause_input input = {.n_seeds = 3,
                                      .n_known = 1,
                                      .held_out = held_out,
                                      .n_held_out = 4,
                                      .list = list,
                                      .n_list = 5,
                                      .near = near,
                                      .n_near = 2};
    struct cause_shares shares;
    assert_int_equal(causes_of(&input, &shares, &error), STATUS_OK);
    assert_true(shares.of[CAUSE_UNKNOWN] == 2.0 / 3);
    assert_true(shares.of[CAUSE_UNREACHABLE] == 0.25);
    assert_true(shares.ceiling == 0.75);
    assert_true(shares.of[CAUSE_CUT] == 0.25);
    assert_true(shares.of[CAUSE_DUPLICATE] == 0.25);
    assert_true(shares.of[CAUSE_GENRE] == 0.6);
    assert_true(shares.of[CAUSE_DECADE] == 0.5); /* 2 of the 4 whose decade is known */
    assert_true(shares.of[CAUSE_ARTIST] == 0.6);
    assert_true(shares.of[CAUSE_POPULAR] == 0.6); /* more than 4, the median of 2, 4 and 10 */
    assert_int_equal(cause_main(shares.of), CAUSE_UNKNOWN);
    assert_false(cause_applies(&shares, CAUSE_ARTIST));
    char text[CAUSE_SENTENCE_SIZE];
    cause_sentence(&shares, CAUSE_UNKNOWN, false, text);
    assert_string_equal(text, "2 of 3 seeds are unknown to the model");
    cause_sentence(&shares, CAUSE_DECADE, true, text);
    assert_string_equal(text, "2 of 4 suggestions have the wrong decade");
}

/* The largest of those that say what was lost, before those of the page; equal ones are equal. */
static void the_main_cause(void **state)
{
    (void)state;
    double shares[CAUSES] = {[CAUSE_UNREACHABLE] = 0.5, [CAUSE_DUPLICATE] = 0.7, [CAUSE_ARTIST] = 1};
    assert_int_equal(cause_main(shares), CAUSE_DUPLICATE);
    assert_false(cause_is_main(shares, CAUSE_UNREACHABLE) || cause_is_main(shares, CAUSE_ARTIST));
    shares[CAUSE_UNREACHABLE] = 0.7;
    assert_int_equal(cause_main(shares), CAUSE_UNREACHABLE);
    assert_true(cause_is_main(shares, CAUSE_UNREACHABLE) && cause_is_main(shares, CAUSE_DUPLICATE));
    shares[CAUSE_UNREACHABLE] = shares[CAUSE_DUPLICATE] = 0; /* neither applies */
    shares[CAUSE_GENRE] = (double)NAN;
    shares[CAUSE_POPULAR] = 1;
    assert_int_equal(cause_main(shares), CAUSE_ARTIST);
    assert_true(cause_is_main(shares, CAUSE_POPULAR) && !cause_is_main(shares, CAUSE_GENRE));
    shares[CAUSE_ARTIST] = 0.8; /* large, but it does not apply */
    assert_int_equal(cause_main(shares), CAUSE_POPULAR);
    shares[CAUSE_POPULAR] = 0;
    assert_int_equal(cause_main(shares), CAUSES);
    assert_false(cause_is_main(shares, CAUSE_ARTIST));
}

/* The short sentence fits in 46 columns together with three-digit numbers. */
static void sentences_are_short(void **state)
{
    (void)state;
    struct cause_shares shares = {0};
    for (int cause = 0; cause < CAUSES; cause++) {
        char text[CAUSE_SENTENCE_SIZE];
        shares.part[cause] = shares.whole[cause] = cause < CAUSE_FIRST_OF_PAGE ? 123 : 10;
        cause_sentence(&shares, (enum cause)cause, true, text);
        assert_true(strlen(text) <= 42);
    }
}

static void what_is_not_known_is_no_number(void **state)
{
    (void)state;
    struct cause_track held_out[] = {track(1, ELVIS, 0, 0, 0)};
    const struct cause_input input = {.held_out = held_out, .n_held_out = 1};
    struct cause_shares shares;
    assert_int_equal(causes_of(&input, &shares, &error), STATUS_OK);
    assert_true(isnan(shares.of[CAUSE_UNKNOWN]) && isnan(shares.of[CAUSE_GENRE]) && isnan(shares.of[CAUSE_DECADE]) &&
                isnan(shares.of[CAUSE_ARTIST]) && isnan(shares.of[CAUSE_POPULAR]));
    assert_true(shares.of[CAUSE_UNREACHABLE] == 1 && shares.ceiling == 0 && shares.of[CAUSE_DUPLICATE] == 0);
    assert_int_equal(cause_main(shares.of), CAUSE_UNREACHABLE);
}

static void more_tracks_than_a_list_can_hold(void **state)
{
    (void)state;
    enum { MANY = 625 };
    static struct cause_track held_out[MANY];
    struct cause_shares shares;
    for (int i = 0; i < MANY; i++)
        held_out[i] = track(1 + i, ELVIS, ROCK, 1950, 1);
    const struct cause_input input = {
        .n_seeds = 1, .n_known = 1, .held_out = held_out, .n_held_out = MANY, .list = held_out, .n_list = CAUSE_LIST};
    assert_int_equal(causes_of(&input, &shares, &error), STATUS_OK);
    assert_true(shares.of[CAUSE_CUT] == 0.2);
    assert_true(shares.ceiling == 0.8);
    assert_true(shares.of[CAUSE_DUPLICATE] == 0);
}

/* Names are compared as in keys, not as in search, and a version is another song. */
static void the_same_song(void **state)
{
    (void)state;
    assert_true(cause_song("HALO", "Beyonc\xc3\xa9") == cause_song(" halo ", "beyonce\xcc\x81"));
    assert_true(cause_song("Halo", "Beyonc\xc3\xa9") != cause_song("Halo", "Beyonce"));
    assert_true(cause_song("Halo", "x") != cause_song("Halo - Remastered 2011", "x"));
    assert_true(cause_song("a", "b\nc") != cause_song("a\nb", "c"));
}

/* ---- the formulas as loops ---- */

struct slow {
    const struct cause_track *held_out, *list;
    const int64_t *near;
    size_t n_held_out, n_list, n_near;
};

static bool in_list(const struct slow *slow, int64_t number)
{
    for (size_t i = 0; i < slow->n_list; i++)
        if (slow->list[i].track == number)
            return true;
    return false;
}

static double ratio(double part, double whole)
{
    return whole == 0 ? (double)NAN : part / whole;
}

/* The middle one of the positive counts, the lower of two: as many are smaller as fit before it. */
static float median_count(const struct slow *slow)
{
    size_t n = 0;
    for (size_t i = 0; i < slow->n_held_out; i++)
        n += slow->held_out[i].count > 0;
    for (size_t i = 0; i < slow->n_held_out; i++) {
        float count = slow->held_out[i].count;
        size_t below = 0, same = 0;
        for (size_t o = 0; o < slow->n_held_out; o++) {
            below += slow->held_out[o].count > 0 && slow->held_out[o].count < count;
            same += slow->held_out[o].count == count;
        }
        if (count > 0 && below <= (n - 1) / 2 && (n - 1) / 2 < below + same)
            return count;
    }
    return -1;
}

static double rare(const struct slow *slow, bool decades)
{
    double known = 0, wrong = 0, held = 0;
    for (size_t i = 0; i < slow->n_held_out; i++)
        held += (decades ? slow->held_out[i].decade : slow->held_out[i].genre) != 0;
    for (size_t p = 0; p < slow->n_list && p < 10; p++) {
        int value = decades ? slow->list[p].decade : slow->list[p].genre;
        double same = 0;
        for (size_t i = 0; i < slow->n_held_out; i++)
            same += (decades ? slow->held_out[i].decade : slow->held_out[i].genre) == value;
        if (value == 0 || held == 0)
            continue;
        known++;
        wrong += same / held < 0.1 - 1e-9;
    }
    return ratio(wrong, known);
}

static void slow_shares(const struct slow *slow, double of[CAUSES], double *ceiling)
{
    double n = (double)slow->n_held_out, out = 0, near = 0, twins = 0, strangers = 0, popular = 0, page = 0;
    float median = median_count(slow);
    for (size_t i = 0; i < slow->n_held_out; i++) {
        bool twin = false;
        out += !slow->held_out[i].in_reach;
        for (size_t l = 0; l < slow->n_list; l++)
            twin = twin || slow->list[l].song == slow->held_out[i].song;
        twins += twin && !in_list(slow, slow->held_out[i].track);
        for (size_t o = 0; o < slow->n_near; o++)
            near += slow->near[o] == slow->held_out[i].track;
    }
    for (size_t p = 0; p < slow->n_list && p < 10; p++, page++) {
        bool known = false;
        for (size_t i = 0; i < slow->n_held_out; i++)
            known = known || slow->held_out[i].artist == slow->list[p].artist;
        strangers += !known;
        popular += slow->list[p].count > median;
    }
    of[CAUSE_UNREACHABLE] = out / n;
    of[CAUSE_CUT] = fmax(n - 500, near) / n;
    of[CAUSE_DUPLICATE] = twins / n;
    of[CAUSE_GENRE] = rare(slow, false);
    of[CAUSE_DECADE] = rare(slow, true);
    of[CAUSE_ARTIST] = ratio(strangers, page);
    of[CAUSE_POPULAR] = median < 0 ? (double)NAN : ratio(popular, page);
    *ceiling = fmin(500, n - out) / n;
}

static void random_tracks(struct random *random, size_t count, struct cause_track *tracks)
{
    for (size_t i = 0; i < count; i++) { /* distinct numbers, from a range that overlaps with the other list's */
        tracks[i] = track(1 + (int64_t)(i * 3 + random_below(random, 3)), 1 + (int)random_below(random, 12),
                          (int)random_below(random, 8), 1950 + 10 * (int)random_below(random, 7),
                          (float)random_below(random, 6));
        tracks[i].decade = tracks[i].decade == 1950 ? 0 : tracks[i].decade;
        tracks[i].song = 1 + random_below(random, 200);
    }
}

static void shares_agree_with_loops(void **state)
{
    (void)state;
    enum { MOST = 60 };
    struct cause_track held_out[MOST], list[MOST];
    int64_t near[MOST];
    struct random random;
    random_seed(&random, 11);
    for (int run = 0; run < 4000; run++) {
        struct slow slow = {held_out,
                            list,
                            near,
                            1 + random_below(&random, MOST),
                            random_below(&random, MOST),
                            random_below(&random, 20)};
        double of[CAUSES], ceiling;
        struct cause_shares shares;
        random_tracks(&random, slow.n_held_out, held_out);
        random_tracks(&random, slow.n_list, list);
        for (size_t i = 0; i < slow.n_near; i++)
            near[i] = 200 - 7 * (int64_t)i;
        const struct cause_input input = {.n_seeds = 4,
                                          .n_known = (size_t)run % 5,
                                          .held_out = held_out,
                                          .n_held_out = slow.n_held_out,
                                          .list = list,
                                          .n_list = slow.n_list,
                                          .near = near,
                                          .n_near = slow.n_near};
        assert_int_equal(causes_of(&input, &shares, &error), STATUS_OK);
        slow_shares(&slow, of, &ceiling);
        of[CAUSE_UNKNOWN] = (4 - (double)(run % 5)) / 4;
        for (int cause = 0; cause < CAUSES; cause++) {
            if (isnan(of[cause]))
                assert_true(isnan(shares.of[cause]));
            else
                assert_true(fabs(of[cause] - shares.of[cause]) < 1e-12);
        }
        assert_true(fabs(ceiling - shares.ceiling) < 1e-12);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cause_has_its_share),
        cmocka_unit_test(the_main_cause),
        cmocka_unit_test(sentences_are_short),
        cmocka_unit_test(what_is_not_known_is_no_number),
        cmocka_unit_test(more_tracks_than_a_list_can_hold),
        cmocka_unit_test(the_same_song),
        cmocka_unit_test(shares_agree_with_loops),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
