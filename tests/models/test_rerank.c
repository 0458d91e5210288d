#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/random.h"
#include "models/rerank.h"
#include "models/rounded_rows.h"
#include "models/smooth_path.h"
#include "tests/must.h"

/* Re-rankings: properties over random lists, maximal marginal relevance against a plain second method, limits, the
 * smooth path against all orders of small inputs. */

enum { MOST = 500, WIDTH = 7 };

struct sample {
    struct rerank_list list;
    int64_t tracks[MOST], artists[MOST], albums[MOST], playlists[MOST];
    float scores[MOST], items[MOST * WIDTH], seeds[WIDTH], wished[3 * WIDTH];
    struct rerank_space spaces[2];
    struct rerank_wish wishes[3];
};

static void make_unit(struct random *random, float *vector)
{
    double sum = 0;
    for (int i = 0; i < WIDTH; i++) {
        vector[i] = (float)random_normal(random);
        sum += (double)vector[i] * (double)vector[i];
    }
    for (int i = 0; i < WIDTH; i++)
        vector[i] /= (float)sqrt(sum);
}

/* Some tracks have no artist, no album, no direction; many scores are equal. */
static struct sample *make(uint64_t seed, size_t count, int n_artists)
{
    struct random random;
    struct sample *sample = calloc(1, sizeof *sample);
    assert_non_null(sample);
    random_seed(&random, seed);
    float score = 9;
    for (size_t i = 0; i < count; i++) {
        sample->tracks[i] = (int64_t)(i * 31 % 997) + 1;
        sample->artists[i] = (int64_t)random_below(&random, (uint64_t)n_artists + 1);
        sample->albums[i] = sample->artists[i] ? sample->artists[i] * 3 + (int64_t)random_below(&random, 3) : 0;
        sample->playlists[i] = (int64_t)random_below(&random, 5000);
        score -= random_below(&random, 3) == 0 ? (float)random_uniform(&random) : 0;
        sample->scores[i] = score;
        if (random_below(&random, 10) > 0)
            make_unit(&random, sample->items + i * WIDTH);
    }
    make_unit(&random, sample->seeds);
    for (int w = 0; w < 3; w++)
        make_unit(&random, sample->wished + w * WIDTH);
    sample->wishes[0] = (struct rerank_wish){STEERING_ARTIST, 1, false};
    sample->wishes[1] = (struct rerank_wish){STEERING_TRACK, sample->tracks[0], true};
    sample->wishes[2] = (struct rerank_wish){STEERING_ALBUM, 6, true};
    sample->spaces[0] = (struct rerank_space){"audio", WIDTH, sample->items, sample->seeds, sample->wished};
    sample->spaces[1] = (struct rerank_space){"song", WIDTH, sample->items, sample->seeds, sample->wished};
    sample->list = (struct rerank_list){.count = count,
                                        .tracks = sample->tracks,
                                        .artists = sample->artists,
                                        .albums = sample->albums,
                                        .scores = sample->scores,
                                        .playlists = sample->playlists,
                                        .spaces = sample->spaces,
                                        .n_spaces = 2,
                                        .wishes = sample->wishes,
                                        .n_wishes = 3};
    return sample;
}

static void run(const struct sample *sample, const char *text, int32_t *order)
{
    struct rerank_spec spec;
    must(rerank_spec_read(text, &spec, &error));
    must(rerank(&spec, &sample->list, order, &error));
}

static const char *const specs[] = {
    "",
    "new=0.3",
    "new=-1",
    "new=1",
    "like=audio:0.5",
    "like=song:-0.5,like=audio:1",
    "wishes=0.4",
    "wishes=song:1",
    "draw=7",
    "diversity=0.3",
    "diversity=audio:0.2",
    "diversity=song:1",
    "artists=2",
    "albums=1,artists=1",
    "total=3",
    "artists=2,new=0.3,like=audio:0.5,diversity=0.2,draw=3,albums=1,total=9,wishes=audio:0.2",
};
enum { SPECS = sizeof specs / sizeof specs[0] };

static void every_track_stays_once(void **state)
{
    static const size_t counts[] = {0, 1, 9, 10, 11, 77, 500};
    (void)state;
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++)
        for (size_t s = 0; s < SPECS; s++) {
            struct sample *sample = make(c * 100 + s, counts[c], 12);
            int32_t order[MOST], again[MOST];
            bool seen[MOST] = {false};
            run(sample, specs[s], order);
            run(sample, specs[s], again);
            assert_memory_equal(order, again, counts[c] * sizeof *order);
            for (size_t i = 0; i < counts[c]; i++) {
                assert_true(order[i] >= 0 && (size_t)order[i] < counts[c] && !seen[order[i]]);
                seen[order[i]] = true;
            }
            free(sample);
        }
}

static void without_strength_nothing_moves(void **state)
{
    (void)state;
    static const char *const nothing[] = {
        "", "new=0", "like=audio:0", "diversity=audio:0", "draw=0", "artists=0,albums=0,total=0,wishes=0"};
    for (size_t s = 0; s < sizeof nothing / sizeof nothing[0]; s++) {
        struct sample *sample = make(s, 200, 5);
        int32_t order[MOST];
        run(sample, nothing[s], order);
        for (int i = 0; i < 200; i++)
            assert_int_equal(order[i], i);
        /* scores that are not in order, equal or not finite do not change that */
        sample->scores[50] = 100;
        run(sample, nothing[s], order);
        for (int i = 0; i < 200; i++)
            assert_int_equal(order[i], i);
        sample->scores[3] = NAN;
        run(sample, nothing[s], order);
        for (int i = 0; i < 200; i++)
            assert_int_equal(order[i], i);
        free(sample);
    }
}

/* At full strength a weight sorts by its attribute alone. */
static void full_strength_sorts_by_the_attribute(void **state)
{
    struct sample *sample = make(5, 300, 20);
    int32_t order[MOST];
    (void)state;
    run(sample, "new=1", order);
    for (int i = 1; i < 300; i++)
        assert_true(sample->playlists[order[i - 1]] <= sample->playlists[order[i]]);
    run(sample, "new=-1", order);
    for (int i = 1; i < 300; i++)
        assert_true(sample->playlists[order[i - 1]] >= sample->playlists[order[i]]);
    run(sample, "like=audio:1", order);
    for (int i = 1; i < 300; i++)
        assert_true(rerank_product(sample->items + order[i - 1] * WIDTH, sample->seeds, WIDTH) >=
                    rerank_product(sample->items + order[i] * WIDTH, sample->seeds, WIDTH) - 1e-6F);
    /* what is wished more is first, what is wished less is not */
    run(sample, "wishes=1", order);
    assert_int_equal(sample->artists[order[0]], 1);
    assert_true(sample->tracks[order[299]] == sample->tracks[0] || sample->albums[order[299]] == 6);
    free(sample);
}

/* The definition, with all similarities in each step. */
static void diversify_slowly(const struct rerank_list *list, const double *values, const struct rerank_space *space,
                             double diversity, int32_t *order)
{
    bool taken[MOST] = {false};
    for (size_t n = 0; n < list->count && n < RERANK_DIVERSE; n++) {
        size_t best = list->count;
        double most = 0;
        for (size_t i = 0; i < list->count; i++) {
            double nearest = n > 0 ? -2 : 0;
            for (size_t k = 0; k < n; k++) {
                size_t other = (size_t)order[k];
                double near =
                    space ? (double)rerank_product(space->items + i * WIDTH, space->items + other * WIDTH, WIDTH)
                          : list->artists[i] && list->artists[i] == list->artists[other];
                nearest = near > nearest ? near : nearest;
            }
            double gain = (1 - diversity) * values[i] - diversity * nearest;
            if (!taken[i] && (best == list->count || gain > most)) {
                best = i;
                most = gain;
            }
        }
        taken[best] = true;
        order[n] = (int32_t)best;
    }
    for (size_t i = 0, n = RERANK_DIVERSE; i < list->count; i++)
        if (!taken[i])
            order[n++] = (int32_t)i;
}

static void diversity_is_maximal_marginal_relevance(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 12; seed++) {
        struct sample *sample = make(seed, 120, 8);
        for (int by = 0; by < 2; by++) {
            double diversity = 0.1 * (double)(1 + seed % 10), values[MOST];
            float given[MOST];
            int32_t order[MOST], slow[MOST];
            for (size_t i = 0; i < sample->list.count; i++) {
                given[i] = 1 - (float)i / 120;
                values[i] = (double)given[i];
                order[i] = (int32_t)i;
            }
            const struct rerank_space *space = by ? &sample->spaces[0] : NULL;
            must(rerank_diversify(&sample->list, given, space, diversity, order, &error));
            diversify_slowly(&sample->list, values, space, diversity, slow);
            assert_memory_equal(order, slow, sample->list.count * sizeof *order);
        }
        free(sample);
    }
}

/* Rows of small whole numbers, so that products are exact in any order; many are equal, of the same group or zeros. */
static void make_grouped(struct random *random, size_t count, size_t width, int n_groups, float *items)
{
    for (size_t i = 0; i < count; i++) {
        const bool repeats = i > 0 && random_below(random, 4) == 0, none = random_below(random, 12) == 0;
        const size_t earlier = repeats ? (size_t)random_below(random, i) : i;
        struct random group;
        random_seed(&group, random_below(random, (uint64_t)n_groups));
        for (size_t k = 0; k < width; k++) {
            int centre = (int)random_below(&group, 7) - 3, own = (int)random_below(random, 3) - 1;
            items[i * width + k] = none ? 0 : repeats ? items[earlier * width + k] : (float)(centre + own);
        }
    }
}

/* The definition: in each step, the products of every remaining item with every taken one. */
static void diversify_by_definition(const float *items, size_t width, const float *values, const int32_t *given,
                                    size_t count, double diversity, int32_t *order)
{
    bool taken[MOST] = {false};
    size_t n = 0;
    for (; n < count && n < RERANK_DIVERSE; n++) {
        size_t best = count;
        double most = 0;
        for (size_t at = 0; at < count; at++) {
            double nearest = n > 0 ? -DBL_MAX : 0;
            for (size_t k = 0; k < n && !taken[at]; k++) {
                double product = 0;
                for (size_t c = 0; c < width; c++)
                    product +=
                        (double)items[(size_t)given[at] * width + c] * (double)items[(size_t)order[k] * width + c];
                nearest = product > nearest ? product : nearest;
            }
            double gain = (1 - diversity) * (double)values[given[at]] - diversity * nearest;
            if (!taken[at] && !isnan(gain) && (best == count || gain > most)) {
                best = at;
                most = gain;
            }
        }
        for (size_t at = 0; best == count; at++)
            best = taken[at] ? count : at; /* no gain is a number */
        taken[best] = true;
        order[n] = given[best];
    }
    for (size_t at = 0; at < count; at++)
        if (!taken[at])
            order[n++] = given[at];
}

static void diversity_is_right_in_wide_spaces(void **state)
{
    static const size_t widths[] = {1, 12, 37, 64, 150};
    static const double strengths[] = {0.1, 0.3, 0.5, 0.9, 1};
    (void)state;
    for (uint64_t seed = 0; seed < 25; seed++) {
        const size_t width = widths[seed % 5], count = seed % 7 == 0 ? seed : 220;
        float *items = calloc(count * width + 1, sizeof *items), values[MOST];
        int32_t given[MOST], order[MOST], slow[MOST];
        struct random random;
        assert_non_null(items);
        random_seed(&random, seed);
        make_grouped(&random, count, width, 1 + (int)(seed % 11) * 4, items);
        for (size_t i = 0; i < count; i++) {
            values[i] = (float)random_below(&random, 40) / (seed % 3 == 0 ? 0.01F : 40);
            values[i] = seed % 4 == 0 && random_below(&random, 9) == 0 ? NAN : values[i];
            given[i] = (int32_t)i;
        }
        for (size_t i = count; i > 1; i--) {
            size_t other = (size_t)random_below(&random, i);
            int32_t kept = given[i - 1];
            given[i - 1] = given[other];
            given[other] = kept;
        }
        memcpy(order, given, sizeof given);
        const struct rerank_list list = {.count = count};
        const struct rerank_space space = {.width = width, .items = items};
        double diversity = strengths[(seed + seed / 5) % 5];
        must(rerank_diversify(&list, values, &space, diversity, order, &error));
        diversify_by_definition(items, width, values, given, count, diversity, slow);
        assert_memory_equal(order, slow, count * sizeof *order);
        free(items);
    }
}

/* Directions, and rows with a few large numbers, of all sizes. */
static void rounded_rows_bound_products(void **state)
{
    enum { COUNT = 40 };
    static const size_t widths[] = {1, 15, 16, 130, 960, 20000};
    (void)state;
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
        const size_t width = widths[w];
        float *rows = calloc(COUNT * width, sizeof *rows);
        struct rounded_rows rounded;
        struct random random;
        assert_non_null(rows);
        random_seed(&random, w);
        for (size_t i = 0; i < COUNT; i++)
            for (size_t c = 0; c < width; c++) {
                const float value = (float)random_normal(&random);
                rows[i * width + c] = i == 0 ? 0 : i % 5 == 1 ? powf(value, 9) : i % 7 == 2 ? 1e12F * value : value;
            }
        must(rounded_rows_make(rows, COUNT, width, &rounded, &error));
        for (size_t a = 0; a < COUNT; a++)
            for (size_t b = 0; b < COUNT; b++) {
                const float *x = rows + a * width, *y = rows + b * width;
                double exact = 0, sizes[2] = {0};
                for (size_t c = 0; c < width; c++) {
                    exact += (double)x[c] * (double)y[c];
                    sizes[0] += (double)x[c] * (double)x[c];
                    sizes[1] += (double)y[c] * (double)y[c];
                }
                const double bound = rounded_rows_bound(&rounded, a, b);
                assert_false(bound < exact);
                assert_false(bound < (double)rerank_product(x, y, width));
                if (a > 0 && b > 0 && width < 1000)
                    assert_true(bound <= exact + 2e-3 * sqrt(sizes[0] * sizes[1]));
            }
        rounded_rows_free(&rounded);
        free(rows);
    }
}

static void a_draw_is_near_and_depends_on_its_number(void **state)
{
    struct sample *sample = make(3, 500, 50);
    int32_t first[MOST], second[MOST];
    int moved = 0;
    (void)state;
    run(sample, "draw=1", first);
    run(sample, "draw=2", second);
    for (int i = 0; i < 500; i++) {
        assert_true(abs(first[i] - i) < 2 * RERANK_PAGE);
        moved += first[i] != second[i];
    }
    assert_true(moved > 400);
    free(sample);
}

/* A page exceeds a limit only if everything that follows it does, too. */
static void check_pages(const struct sample *sample, const int32_t *order, int most)
{
    size_t count = sample->list.count;
    for (size_t i = 0; i < count; i++) {
        size_t begin = i / RERANK_PAGE * RERANK_PAGE;
        for (size_t next = i; next < count; next++) {
            int same = 0;
            for (size_t k = begin; k < i; k++)
                same += sample->artists[order[k]] == sample->artists[order[next]] && sample->artists[order[k]] != 0;
            if (next == i && same < most)
                break;
            assert_true(same >= most);
        }
    }
}

static void limits_hold_as_long_as_there_are_others(void **state)
{
    (void)state;
    for (int most = 1; most <= 3; most++)
        for (int n_artists = 2; n_artists <= 40; n_artists += 19) {
            struct sample *sample = make((uint64_t)(most * 100 + n_artists), 150, n_artists);
            int32_t order[MOST];
            char text[32];
            snprintf(text, sizeof text, "artists=%d", most);
            run(sample, text, order);
            check_pages(sample, order, most);
            /* of 21 or more artists the first page always has enough */
            for (int i = 0; i < RERANK_PAGE && n_artists > 20; i++) {
                int same = 0;
                for (int k = 0; k < RERANK_PAGE; k++)
                    same += sample->artists[order[i]] != 0 && sample->artists[order[k]] == sample->artists[order[i]];
                assert_true(same <= most);
            }
            snprintf(text, sizeof text, "total=%d", most);
            run(sample, text, order);
            int counts[64] = {0};
            bool over = false;
            for (size_t i = 0; i < 150; i++) {
                int64_t artist = sample->artists[order[i]];
                bool exceeds = artist != 0 && ++counts[artist] > most;
                assert_true(!over || exceeds);
                over = over || exceeds;
            }
            free(sample);
        }
}

static void specifications_are_read_and_written(void **state)
{
    static const struct {
        const char *text, *written, *words;
    } cases[] = {
        {"artists=2,new=0.3", "new=0.3,artists=2", "≤2 per artist, less known"},
        {" like=audio:0.5 , diversity=0.2 ", "like=audio:0.5,diversity=0.2", "diverse, like audio"},
        {"like=song:-0.25,new=-1", "new=-1,like=song:-0.25", "unlike song, better known"},
        {"wishes=gist:0.5,draw=12", "wishes=gist:0.5,draw=12", "draw 12, wishes by gist"},
        {"", "", ""},
        {"new=0", "", ""},
    };
    static const char *const wrong[] = {"newer=1",  "new",        "new=",          "new=1.1", "new=audio:0.5",
                                        "like=0.5", "artists=11", "artists=1.5",   "new=nan", "like=a/b:0.5",
                                        "new=x",    "artists=-1", "new=0.1,new=1", "=1",      "like=:0.5"};
    struct rerank_spec spec;
    struct error refusal;
    char text[RERANK_SPEC_SIZE], words[RERANK_TEXT_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        must(rerank_spec_read(cases[i].text, &spec, &error));
        rerank_spec_write(&spec, text);
        rerank_spec_describe(&spec, words);
        assert_string_equal(text, cases[i].written);
        assert_string_equal(words, cases[i].words);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (rerank_spec_read(wrong[i], &spec, &refusal) != STATUS_USAGE)
            fail_msg("%s is accepted", wrong[i]);
    struct sample *sample = make(1, 10, 3);
    int32_t order[MOST];
    must(rerank_spec_read("like=clip:0.5", &spec, &error));
    assert_int_equal(rerank(&spec, &sample->list, order, &refusal), STATUS_USAGE);
    free(sample);
}

/* ---- the smooth path ---- */

static double shortest(const float *points, size_t n, const bool *locked, int32_t *order, size_t at, bool *used)
{
    if (at == n)
        return smooth_path_length(points, n, 2, order);
    double best = 1e9;
    for (size_t i = 0; i < n; i++) {
        if (used[i] || (locked[i] && i != at) || (locked[at] && i != at))
            continue;
        used[i] = true;
        order[at] = (int32_t)i;
        double length = shortest(points, n, locked, order, at + 1, used);
        best = length < best ? length : best;
        used[i] = false;
    }
    return best;
}

static void a_path_is_never_longer_and_keeps_locks(void **state)
{
    enum { N = 60 };
    struct random random;
    (void)state;
    for (uint64_t seed = 0; seed < 60; seed++) {
        float points[N * 3];
        bool locked[N], seen[N] = {false};
        int32_t order[N];
        size_t n = seed % N;
        random_seed(&random, seed);
        for (size_t i = 0; i < 3 * n; i++)
            points[i] = (float)random_normal(&random);
        for (size_t i = 0; i < n; i++)
            locked[i] = random_below(&random, 4) == 0;
        must(smooth_path(points, n, 3, locked, order, &error));
        for (size_t i = 0; i < n; i++) {
            assert_true(!locked[i] || order[i] == (int32_t)i);
            assert_false(seen[order[i]]);
            seen[order[i]] = true;
        }
        double before = smooth_path_length(points, n, 3, NULL), after = smooth_path_length(points, n, 3, order);
        assert_true(after <= before + 1e-4);
        must(smooth_path(points, n, 3, NULL, order, &error));
        assert_true(smooth_path_length(points, n, 3, order) <= before + 1e-4);
        assert_true(n < 30 || smooth_path_length(points, n, 3, order) < 0.8 * before);
    }
}

/* Of all orders of seven points; local search may miss the shortest by little. */
static void small_paths_are_nearly_the_shortest(void **state)
{
    struct random random;
    double found = 0, best = 0;
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        float points[14];
        bool locked[7] = {false}, used[7] = {false};
        int32_t order[7], tried[7];
        random_seed(&random, seed);
        for (int i = 0; i < 14; i++)
            points[i] = (float)random_uniform(&random);
        locked[3] = seed % 2 == 0;
        must(smooth_path(points, 7, 2, locked, order, &error));
        double length = smooth_path_length(points, 7, 2, order), least = shortest(points, 7, locked, tried, 0, used);
        assert_true(length >= least - 1e-5);
        found += length;
        best += least;
    }
    assert_true(found <= 1.05 * best);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_track_stays_once),
        cmocka_unit_test(without_strength_nothing_moves),
        cmocka_unit_test(full_strength_sorts_by_the_attribute),
        cmocka_unit_test(diversity_is_maximal_marginal_relevance),
        cmocka_unit_test(diversity_is_right_in_wide_spaces),
        cmocka_unit_test(rounded_rows_bound_products),
        cmocka_unit_test(a_draw_is_near_and_depends_on_its_number),
        cmocka_unit_test(limits_hold_as_long_as_there_are_others),
        cmocka_unit_test(specifications_are_read_and_written),
        cmocka_unit_test(a_path_is_never_longer_and_keeps_locks),
        cmocka_unit_test(small_paths_are_nearly_the_shortest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
