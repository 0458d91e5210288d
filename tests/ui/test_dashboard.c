#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "shared_fixture.h"
#include "ui/view.h"
#include "ui/views/failures/dashboard.h"

/* Failures beyond the list: conditions, causes, the dashboard whose bars list their playlists, files. */

static struct failures_state *failures(void)
{
    return failures_of(&fixture.state);
}

static bool shows(const char *text)
{
    struct screen screen;
    struct error error;
    struct buffer dump = {0};
    assert_int_equal(screen_create(fixture.state.rows, fixture.state.columns, &screen, &error), STATUS_OK);
    view_draw(&fixture.state, &screen);
    screen_dump(&screen, &dump);
    bool found = strstr(dump.data, text) != NULL;
    buffer_free(&dump);
    screen_free(&screen);
    return found;
}

/* ---- conditions ---- */

static void conditions_select_and_sort(void **unused)
{
    (void)unused;
    run_and_wait("failures");
    size_t all = failures()->list.count;
    run_and_wait("failures filter ndcg<0.2 !seeds=3 sort:-length");
    assert_true(failures()->list.count > 0 && failures()->list.count < all);
    for (size_t i = 0; i < failures()->list.count; i++) {
        const struct failure *failure = &failures()->list.items[i];
        assert_true(failure->values[METRIC_NDCG] < 0.2 && failure->seeds != 3);
        assert_true(i == 0 || failure[-1].n_entries >= failure->n_entries);
    }
    assert_int_equal(failures()->opened.playlist_id, failures()->list.items[failures()->at.selected].playlist_id);
    run_and_wait("failures filter cause:none");
    for (size_t i = 0; i < failures()->list.count; i++)
        assert_int_equal(failure_main_cause(&failures()->list.items[i]), CAUSES);
    run_and_wait("failures back");
    assert_int_equal(failures()->list.count, all);
}

/* A word that is not understood is named where it is typed; the others count already. Enter does not accept it. */
static void a_faulty_condition_is_named_in_place(void **unused)
{
    (void)unused;
    run_and_wait("failures");
    run("key /");
    run_and_wait("type seeds=3 ndcg<");
    size_t kept = failures()->list.count;
    assert_int_equal(kept, FAKE_TESTS / 10);
    assert_non_null(strstr(failures()->fault, "comes a number"));
    refused("input accept", "comes a number");
    assert_true(failures()->typing);
    run_and_wait("type 2");
    assert_string_equal(failures()->fault, "");
    assert_int_equal(failures()->list.count, kept);
    run("input accept");
    assert_false(failures()->typing);
    refused("failures filter foo<3", "there is no field \"foo\"");
    assert_int_equal(failures()->list.count, kept); /* nothing changed */
    assert_string_equal(failures()->name.text, "seeds=3 ndcg<2");
}

static void brackets_go_to_the_next_failure(void **unused)
{
    (void)unused;
    run_and_wait("failures");
    run_and_wait("key ]");
    run_and_wait("key ]");
    assert_int_equal(failures()->at.selected, 2);
    run_and_wait("key [");
    assert_int_equal(failures()->opened.playlist_id, failures()->list.items[1].playlist_id);
}

/* ---- the opened playlist ---- */

static void ranks_and_causes_arrive_after_the_playlist(void **unused)
{
    (void)unused;
    run_and_wait("failures");
    const struct explained_side *side = failures_explained(&fixture.state, 0);
    assert_non_null(side);
    assert_null(failures_explained(&fixture.state, 1));
    run("failures next"); /* requested, but has not arrived */
    int64_t before = failures()->opened.playlist_id;
    assert_int_equal(failures()->explained.playlist_id, before);
    fixture_settle(&fixture);
    assert_int_not_equal(failures()->opened.playlist_id, before);
    assert_int_equal(failures()->explained.playlist_id, failures()->opened.playlist_id);
    run_and_wait("failures against mf-avg");
    assert_non_null(failures_explained(&fixture.state, 1));
    failures()->explained.playlist_id++; /* of another playlist: not shown */
    assert_null(failures_explained(&fixture.state, 0));
}

/* Where that takes long, it waits until the selection has rested, and the next playlist does not wait for it. */
static void slow_explanations_wait_for_a_rest(void **unused)
{
    (void)unused;
    run_and_wait("failures");
    failures()->explained.milliseconds = 200;
    uint64_t number = fixture.state.wanted[EFFECT_FAILURE_EXPLAIN];
    double due = -1;
    for (int i = 0; i < 3; i++) {
        run("failures next");
        assert_int_equal(fixture.requested.count, 1);
        struct result result = fixture_run(&fixture, 0); /* without the time that fixture_settle lets pass */
        fixture_take(&fixture, &result);
        due = view_failures.due(&fixture.state);
        assert_true(due > 0.1 && due < 0.5);
        view_failures.tick(&fixture.state, &fixture.requested); /* too early */
        assert_int_equal(fixture.state.wanted[EFFECT_FAILURE_EXPLAIN], number);
        assert_null(failures_explained(&fixture.state, 0));
    }
    fixture.state.now += due + 0.001;
    view_failures.tick(&fixture.state, &fixture.requested);
    fixture_settle(&fixture);
    assert_non_null(failures_explained(&fixture.state, 0));
    assert_true(view_failures.due(&fixture.state) < 0);
}

/* ---- causes of all ---- */

static void missing_causes_are_computed_when_the_list_is_shown(void **unused)
{
    (void)unused;
    fake_without_causes(fixture.app);
    run_and_wait("failures");
    assert_int_equal(failures()->list.explained, failures()->list.evaluated);
    assert_true(failures()->list.groups[0].kind == GROUP_CAUSE);
}

static void causes_that_cannot_be_computed_are_tried_once(void **unused)
{
    (void)unused;
    fake_refuse_causes(fixture.app);
    run_and_wait("failures");
    assert_int_equal(failures()->list.explained, 0);
    assert_string_equal(failures()->causes_failure, "the disk is full");
    assert_true(failures()->list.groups[0].kind == GROUP_SEEDS);
    uint64_t number = fixture.state.wanted[EFFECT_CAUSES];
    run_and_wait("failures sort clicks");
    assert_int_equal(fixture.state.wanted[EFFECT_CAUSES], number);
    run_and_wait("failures filter cause:artist"); /* cannot hold, and says why */
    assert_int_equal(failures()->list.count, 0);
    fixture.state.rows = 30;
    fixture.state.columns = 100;
    assert_true(shows("of 60 are not known"));
    run_and_wait("failures back");
    run_and_wait("dashboard");
    assert_true(shows("known for 0 of 60 playlists: the disk is full"));
}

/* ---- the dashboard ---- */

static void each_bar_lists_its_playlists(void **unused)
{
    (void)unused;
    refused("dashboard", "there are no failures");
    run_and_wait("failures");
    run_and_wait("failures missed"); /* bars are of all playlists whatever the filter */
    size_t n_groups = failures()->list.n_groups;
    assert_true(n_groups > 20);
    for (size_t i = 0; i < n_groups; i++) {
        char line[32];
        run("dashboard");
        run("select first");
        if (i > 0) {
            snprintf(line, sizeof line, "select %zu", i + 1);
            run(line);
        }
        struct failure_group group = failures()->list.groups[i];
        if (group.count == 0) {
            refused("dashboard list", "no such playlists");
            continue;
        }
        run_and_wait("dashboard list");
        assert_int_equal(fixture.state.overlay, VIEW_NONE);
        assert_int_equal(failures()->list.count, group.count);
        assert_int_equal(failures()->list.evaluated, FAKE_TESTS);
        double sum = 0;
        for (size_t k = 0; k < group.count; k++)
            sum += failures()->list.items[k].values[METRIC_NDCG];
        assert_true(fabs(sum / (double)group.count - group.means[METRIC_NDCG].mean) < 1e-12);
    }
    run_and_wait("failures back");
    assert_int_equal(failures()->list.count, FAKE_TESTS);
}

static void metrics_of_the_bars(void **unused)
{
    (void)unused;
    run_and_wait("failures");
    run("dashboard");
    assert_int_equal(dashboard_metric(&fixture.state), METRIC_NDCG);
    bool seen[METRICS] = {false};
    int distinct = 0;
    enum metric measured[METRICS];
    for (int i = 0; i < metrics_by_priority(measured); i++) {
        distinct += !seen[dashboard_metric(&fixture.state)];
        seen[dashboard_metric(&fixture.state)] = true;
        run("key s");
    }
    assert_int_equal(distinct, metrics_by_priority(measured));
    assert_int_equal(dashboard_metric(&fixture.state), METRIC_NDCG);
    run("dashboard metric clicks");
    assert_int_equal(dashboard_metric(&fixture.state), METRIC_CLICKS);
    refused("dashboard metric x", "is not next, ndcg");
    assert_int_equal(dashboard_metric(&fixture.state), METRIC_CLICKS);
}

static void at_all_sizes(void **unused)
{
    (void)unused;
    run_and_wait("failures");
    run("dashboard");
    for (int rows = SCREEN_ROWS_MIN; rows <= 60; rows++)
        for (int columns = SCREEN_COLUMNS_MIN; columns <= 220; columns += 7) {
            fixture.state.rows = rows;
            fixture.state.columns = columns;
            struct layout layout = layout_of(&fixture.state);
            const struct dashboard_layout at = dashboard_layout(&fixture.state, &layout);
            assert_true(at.list.rows >= 8 && at.list.row + at.list.rows < at.detail_row);
            assert_true(at.detail_row + at.detail_rows <= layout.body_end);
            assert_true(at.bar_columns >= 6 && at.share_bar >= at.label + at.label_columns);
            assert_true(at.share_bar + at.bar_columns + 5 < at.share && at.count < at.mean_bar);
            assert_true(at.share < at.mean_bar && at.mean_bar + at.bar_columns + 6 <= at.mean && at.mean < columns - 1);
        }
}

static void mouse(void **unused)
{
    (void)unused;
    run_and_wait("failures");
    run("dashboard");
    struct layout layout = layout_of(&fixture.state);
    const struct dashboard_layout at = dashboard_layout(&fixture.state, &layout);
    struct error error;
    struct event event = {.type = EVENT_CLICK, .row = at.list.row + 3, .column = 30, .clicks = 1};
    assert_int_equal(view_dashboard.click(&fixture.state, &fixture.requested, &layout, &event, &error), STATUS_OK);
    assert_int_equal(dashboard_of(&fixture.state)->at.selected, 3);
    event.row = 0;
    assert_int_equal(view_dashboard.click(&fixture.state, &fixture.requested, &layout, &event, &error), STATUS_OK);
    assert_int_equal(fixture.state.overlay, VIEW_NONE);
}

/* ---- files ---- */

static void what_is_listed_is_written(void **unused)
{
    (void)unused;
    refused("failures export x.csv", "no list of playlists");
    run_and_wait("failures mf-avg");
    run_and_wait("failures filter ndcg<0.1 rain");
    run_and_wait("failures export ~/worst.jsonl");
    assert_string_equal(fake_failures_exported(fixture.app), "mf-avg|ndcg<0.1 rain|~/worst.jsonl");
    assert_string_equal(fixture.state.message, "wrote 12 playlists to ~/worst.jsonl");
    refused("failures export x.txt", "ends in .csv or .jsonl");
    refused("failures export", "needs FILE");
    run_and_wait("failures export there.csv");
    assert_non_null(strstr(fixture.state.message, "overwrites it"));
    run("key !");
    assert_string_equal(fixture.state.command.text, "failures export! there.csv");
    run_and_wait("key enter");
    assert_string_equal(fixture.state.message, "wrote 12 playlists to there.csv");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(conditions_select_and_sort),
        TEST(a_faulty_condition_is_named_in_place),
        TEST(brackets_go_to_the_next_failure),
        TEST(ranks_and_causes_arrive_after_the_playlist),
        TEST(slow_explanations_wait_for_a_rest),
        TEST(missing_causes_are_computed_when_the_list_is_shown),
        TEST(causes_that_cannot_be_computed_are_tried_once),
        TEST(each_bar_lists_its_playlists),
        TEST(metrics_of_the_bars),
        TEST(at_all_sizes),
        TEST(mouse),
        TEST(what_is_listed_is_written),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
