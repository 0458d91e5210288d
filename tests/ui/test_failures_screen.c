/* What the screen of Failures shows, and that its parts have space of their own at every size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>

#include "failures_fixture.h"
#include "ui/layout.h"

/* The results of an earlier catalogue may lack a value. */
static void test_unknown_values(void **unused)
{
    (void)unused;
    done("failures");
    assert_true(shows("NDCG"));
    assert_false(shows("nan"));
    for (int metric = 0; metric < METRICS; metric++)
        failures_of(&fixture.state)->list.items[1].values[metric] = NAN;
    assert_false(shows("nan"));
}

/* The parts of several feature sets are all shown: in the panel below the seeds, or in one line where the panel does
 * not fit. */
static void test_parts_of_several_sets(void **unused)
{
    (void)unused;
    static const struct app_parts names = {{"song", "audio", "gist", "metadata", "gray16"}, 5};
    static const float parts[] = {0.00005F, 0.66F, -0.002F, 0.75F, 1.74F};
    static const char *const texts[] = {"song 0.00", "audio 0.66", "gist 0.00", "metadata 0.75", "gray16 1.74"};
    static const struct {
        int rows, columns, n_parts;
        const char *playlist;
    } cases[] = {{36, 120, 5, "failures next"}, {50, 160, 5, "failures next"}, {36, 120, 4, "failures previous"}};
    done("failures");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fixture.state.rows = cases[i].rows;
        fixture.state.columns = cases[i].columns;
        done(cases[i].playlist);
        struct failure_side *side = &failures_of(&fixture.state)->opened.sides[0];
        side->answer.parts = names;
        side->answer.parts.count = cases[i].n_parts;
        side->has_features = true;
        memcpy(side->list[0].parts, parts, sizeof parts);
        for (int j = 0; j < cases[i].n_parts; j++) {
            if (!shows(texts[j]))
                print_message("%s is not shown at %dx%d\n", texts[j], cases[i].columns, cases[i].rows);
            assert_true(shows(texts[j]));
        }
    }
}

static bool apart(const struct failures_box *a, const struct failures_box *b)
{
    return a->rows == 0 || b->rows == 0 || a->row + a->rows <= b->row || b->row + b->rows <= a->row ||
           a->column + a->columns <= b->column || b->column + b->columns <= a->column;
}

/* At every size the parts of the view have space of their own, ten suggestions are visible, and no hole is left between
 * the seeds and the page below them. */
static void check_layout(const struct layout *layout)
{
    const struct failure_case *opened = &failures_of(&fixture.state)->opened;
    const struct failures_layout mine = failures_layout(&fixture.state, layout);
    int last_row = layout->body_end, columns = fixture.state.columns, seeds = (int)opened->seeds.count;
    struct failures_box page = {mine.page_row, mine.page_column[0], mine.cells_down * mine.pitch + 1 + mine.framed,
                                mine.page_column[1] + mine.page_columns - mine.page_column[0]};
    struct failures_box held = {mine.held_out.row - 1, mine.held_out.column, mine.held_out.rows + 1,
                                mine.held_out.columns};
    struct failures_box score = {mine.score_row, mine.right_column, mine.score_row >= 0, mine.right_columns};
    const struct failures_box *all[] = {&page, &held, &mine.seeds, &mine.detail, &score};
    for (int i = 0; i < 5; i++) {
        assert_true(all[i]->rows >= 0 && all[i]->row + all[i]->rows <= last_row);
        assert_true(all[i]->rows == 0 ||
                    (all[i]->column > mine.rule_column && all[i]->column + all[i]->columns <= columns));
        for (int j = 0; j < i; j++)
            assert_true(apart(all[i], all[j]));
    }
    assert_int_equal(mine.cells_down * (opened->n_sides > 1 ? 1 : 2), PAGE_TRACKS);
    assert_true(mine.held_out.rows >= 5 && mine.seeds.rows >= 1 && mine.seed_rows >= 1);
    assert_true(mine.held_out.row > mine.metrics_row + opened->n_sides);
    assert_true(mine.cover_rows >= 1 && (mine.pitch < 3 || mine.cover_rows < mine.pitch)); /* a gap */
    if (mine.page_row >= mine.seeds.row + mine.seeds.rows) { /* below the seeds, not beside them */
        int below = mine.detail.rows > 0 ? mine.detail.row + mine.detail.rows : mine.seeds.row + mine.seeds.rows;
        assert_true(mine.page_row - below <= 4 || seeds == 0);
    }
    for (int i = 0; i < PAGE_TRACKS; i++) {
        struct failures_place place = failures_place(&mine, opened->n_sides > 1, i);
        assert_true(place.cover > place.column && place.text > place.cover + 2 * mine.cover_rows);
        if (place.right > columns || place.right - place.text < 16)
            fail_msg("%dx%d: %d columns for a title", columns, fixture.state.rows, place.right - place.text);
    }
}

static void test_layout_at_all_sizes(void **unused)
{
    (void)unused;
    char line[64];
    done("failures mf-avg");
    for (int sides = 1; sides <= 2; sides++) {
        done(sides > 1 ? "failures against als" : "failures against none");
        for (int seeds = 1; seeds <= 10; seeds++) {
            snprintf(line, sizeof line, "failures seeds %d", seeds);
            done(line);
            for (int rows = SCREEN_ROWS_MIN; rows <= 70; rows++)
                for (int columns = SCREEN_COLUMNS_MIN; columns <= 260; columns += 5) {
                    fixture.state.rows = rows;
                    fixture.state.columns = columns;
                    struct layout layout = layout_of(&fixture.state);
                    check_layout(&layout);
                }
        }
    }
}

/* What a column holds is written over it in whole words, and tracks have their artists. */
static void test_words(void **unused)
{
    (void)unused;
    static const int sizes[][2] = {{24, 80}, {30, 100}, {36, 120}, {50, 160}, {55, 200}};
    done("failures");
    done("failures against mf-avg");
    failures_of(&fixture.state)->opened.seeds.items[0].artist = "Duo";
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        fixture.state.rows = sizes[i][0];
        fixture.state.columns = sizes[i][1];
        assert_true(shows(" clicks "));
        assert_true(shows(" gain"));
        assert_true(shows("mf-avg"));
        assert_int_equal(shows(" seeds clicks"), sizes[i][1] >= 100);
        assert_int_equal(shows("gain: NDCG minus that of mf-avg"), sizes[i][0] >= 30);
        assert_int_equal(shows(" mean 3") || shows("mean NDCG of 60 playlists 3"), sizes[i][1] >= 120);
        failures_of(&fixture.state)->opened.seeds.items[0].title = "Cave";
        assert_true(shows("Cave") && shows("Duo"));
    }
}

/* A model whose results say nothing is the last choice, and its name and figures are marked. */
static void test_models_that_have_seen_the_answers(void **unused)
{
    (void)unused;
    struct failures_state *failures = failures_of(&fixture.state);
    fixture_free(&fixture);
    fixture_init(&fixture);
    fake_seen_answers(fixture.app, "mf-avg", 2);
    fixture_settle(&fixture);
    failures = failures_of(&fixture.state);
    fixture.state.rows = 24, fixture.state.columns = 80;
    done("failures");
    assert_false(shows("!"));
    done("key b"); /* popularity was not evaluated */
    assert_string_equal(failures->against, "mf-avg");
    assert_string_equal(fixture.state.message, "als against mf-avg (has seen the answers): the largest loss first");
    assert_true(shows("mf-avg!  found"));
    assert_true(shows("has seen the answers"));
    done("key b");
    assert_string_equal(failures->against, "");
    assert_string_equal(fixture.state.message, "als by itself");
    assert_false(shows("seen the answers") && shows("mf-avg!"));
    done("failures mf-avg");
    assert_true(shows("Failures of mf-avg!"));
    assert_true(shows("has seen the answers"));
    fixture.state.columns = 160;
    assert_true(shows("mf-avg (has seen the answers) · CPU")); /* the first row */
    done("key b");
    assert_string_equal(failures->against, "als");
    fixture_free(&fixture);
    fixture_init(&fixture);
    fake_seen_answers(fixture.app, "als", 1);
    fixture_settle(&fixture);
    fixture.state.rows = 30, fixture.state.columns = 100;
    done("failures");
    assert_true(shows("may have seen the answers"));
}

int main(void)
{
#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_unknown_values),
        WITH_FIXTURE(test_parts_of_several_sets),
        WITH_FIXTURE(test_layout_at_all_sizes),
        WITH_FIXTURE(test_words),
        WITH_FIXTURE(test_models_that_have_seen_the_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
