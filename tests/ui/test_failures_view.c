/* The states of Failures: what is requested, what is kept, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>

#include "failures_fixture.h"
#include "ui/layout.h"
#include "ui/session.h"

enum { SAVED = 1700000000 }; /* when a session is written */

static void test_worst_first_and_opened(void **unused)
{
    (void)unused;
    struct failures_state *failures = failures_of(&fixture.state);
    run("failures");
    assert_int_equal(fixture.state.view, VIEW_FAILURES);
    assert_false(failures->answered); /* update never waits */
    assert_true(failures->stale);
    assert_true(update_due(&fixture.state) >= 0 && update_due(&fixture.state) < 1.01 * STATE_LATE);
    fixture_settle(&fixture);
    assert_int_equal(failures->list.count, FAKE_TESTS);
    for (size_t i = 1; i < failures->list.count; i++)
        assert_true(item(i - 1)->values[METRIC_NDCG] <= item(i)->values[METRIC_NDCG]);
    assert_int_equal(failures->opened.playlist_id, item(0)->playlist_id);
    assert_int_equal(failures->opened.seeds.count, item(0)->seeds);
    assert_false(failures->stale);
}

static void test_orders_and_filters(void **unused)
{
    (void)unused;
    struct failures_state *failures = failures_of(&fixture.state);
    done("failures");
    done("failures sort clicks");
    for (size_t i = 1; i < failures->list.count; i++) {
        double before = item(i - 1)->values[METRIC_CLICKS], now = item(i)->values[METRIC_CLICKS];
        assert_true(before > now ||
                    (before == now && item(i - 1)->values[METRIC_NDCG] <= item(i)->values[METRIC_NDCG]));
    }
    done("failures seeds 3");
    assert_int_equal(failures->list.count, FAKE_TESTS / 10);
    assert_int_equal(failures->list.evaluated, FAKE_TESTS);
    done("key )");
    assert_int_equal(failures->filter.seeds, 4);
    done("key a");
    assert_int_equal(failures->list.count, FAKE_TESTS);
    done("key (");
    assert_int_equal(failures->filter.seeds, 10);
    done("key )");
    assert_false(failures->filter.by_seeds);
    done("failures seeds 0");
    assert_true(failures->filter.by_seeds && failures->list.count == 0 && failures->list.n_seeds == 10);
    done("key )");
    assert_true(failures->filter.by_seeds && failures->filter.seeds == 1);
    done("key (");
    assert_false(failures->filter.by_seeds);
    done("failures missed");
    assert_true(failures->list.count > 0 && failures->list.count < FAKE_TESTS);
    for (size_t i = 0; i < failures->list.count; i++)
        assert_true(item(i)->values[METRIC_CLICKS] == 51);
    done("failures missed");
    done("failures length 20-25");
    assert_true(failures->list.count > 0 && failures->list.count < FAKE_TESTS);
    for (size_t i = 0; i < failures->list.count; i++)
        assert_true(item(i)->n_entries >= 20 && item(i)->n_entries <= 25);
    done("failures length 1-2"); /* nothing is left, and nothing is pending */
    assert_int_equal(failures->list.count, 0);
    assert_int_equal(failures->opened.playlist_id, 0);
    refused_unchanged("open", "no playlist");
    refused_unchanged("failures next", "no playlist");
    refused_unchanged("pane next", "no playlist");
    refused_unchanged("page next", "no suggestions");
    done("failures length all");
    assert_int_equal(failures->list.count, FAKE_TESTS);
    refused_unchanged("failures sort sideways", "not ndcg");
    refused_unchanged("failures sort loss", "against another model");
    refused_unchanged("failures seeds -1", "not a number");
    refused_unchanged("failures length 9-3", "not like 20-40");
    refused_unchanged("failures length 3", "not like 20-40");
    refused_unchanged("failures length 3-9x", "not like 20-40");
    refused_unchanged("failures against als", "against itself");
    refused_unchanged("failures against nosuch", "no model");
    refused_unchanged("failures nosuch", "no model");
    refused_unchanged("add 1", "enter opens");
}

static double gain(const struct failure *failure)
{
    return failure->values[METRIC_NDCG] - failure->other[METRIC_NDCG];
}

static void test_against_another_model(void **unused)
{
    (void)unused;
    struct failures_state *failures = failures_of(&fixture.state);
    done("failures");
    done("select 5");
    const int64_t chosen = failures->opened.playlist_id;
    done("failures against mf-avg");
    assert_int_equal(failures->filter.order, FAILURES_BY_LOSS);
    assert_int_equal(failures->opened.playlist_id, chosen); /* it stays, at another place of the list */
    assert_int_equal(failures_selected(&fixture.state)->playlist_id, chosen);
    size_t known = 0;
    while (known < failures->list.count && !isnan(item(known)->other[METRIC_NDCG]))
        known++;
    assert_true(known > 2 && known < FAKE_TESTS);
    for (size_t i = 1; i < known; i++)
        assert_true(gain(item(i - 1)) <= gain(item(i)));
    for (size_t i = known; i < failures->list.count; i++)
        assert_true(isnan(item(i)->other[METRIC_NDCG])); /* not evaluated by the other model: at the end */
    assert_int_equal(failures->opened.n_sides, 2);
    assert_string_equal(failures->opened.sides[1].model, "mf-avg");
    assert_true(failures->opened.sides[1].has_features && !failures->opened.sides[0].has_features);
    int64_t playlist = failures->opened.playlist_id;
    done("failures against none");
    assert_int_equal(failures->opened.n_sides, 1);
    assert_int_equal(failures->opened.playlist_id, playlist);
    assert_int_equal(failures->filter.order, FAILURES_BY_NDCG);
    /* The key leaves out a model that was not evaluated. By its name it is refused, and what is shown stays. */
    done("key b");
    assert_string_equal(failures->against, "mf-avg");
    done("failures against popularity");
    assert_non_null(strstr(fixture.state.message, "popularity was not evaluated"));
    assert_true(fixture.state.message_warning);
    assert_string_equal(failures->against, "mf-avg");
    assert_int_equal(failures->opened.n_sides, 2);
    done("failures against mf-avg");
    done("key b");
    assert_string_equal(failures->against, "");
    /* A model cannot be compared with itself. */
    done("failures against mf-avg");
    done("model mf-avg");
    assert_string_equal(failures->against, "");
    assert_int_equal(failures->filter.order, FAILURES_BY_NDCG);
}

static void test_model_in_one_key(void **unused)
{
    (void)unused;
    struct failures_state *failures = failures_of(&fixture.state);
    done("failures");
    done("failures next");
    done("failures next");
    done("page 3");
    int64_t playlist = failures->opened.playlist_id;
    assert_int_equal(playlist, item(2)->playlist_id);
    run("model next");
    assert_string_equal(failures->list.model, "als"); /* the old list and page stay until the result arrives */
    assert_string_equal(failures->opened.sides[0].model, "als");
    fixture_settle(&fixture);
    assert_string_equal(failures->list.model, "mf-avg");
    assert_string_equal(failures->opened.sides[0].model, "mf-avg");
    assert_int_equal(failures->opened.playlist_id, playlist);
    assert_int_equal(failures_selected(&fixture.state)->playlist_id, playlist);
    assert_int_equal(failures->page, 2);
    done("model next"); /* the other model was not evaluated: nothing of the first one is shown as its own */
    assert_string_equal(failures->list.model, "popularity");
    assert_int_equal(failures->list.evaluated, 0);
    assert_int_equal(failures->opened.playlist_id, 0);
    done("failures mf-avg");
    assert_int_equal(failures->opened.playlist_id, playlist);
}

static void test_refused_model(void **unused)
{
    (void)unused;
    struct failures_state *failures = failures_of(&fixture.state);
    done("failures");
    done("failures next");
    int64_t playlist = failures->opened.playlist_id;
    fake_refuse_model(fixture.app, "mf-avg");
    done("model next");
    assert_string_equal(fixture.state.message, "mf-avg was trained on another catalogue");
    assert_true(fixture.state.message_warning);
    assert_string_equal(failures->list.model, "als");
    assert_int_equal(failures->opened.playlist_id, playlist);
    assert_false(failures->stale);
    done("failures next"); /* the selection can still be moved in what is shown */
    assert_int_equal(failures->opened.playlist_id, item(2)->playlist_id);
    assert_string_equal(failures->opened.sides[0].model, "als");
    done("failures against mf-avg");
    assert_string_equal(failures->list.model, "als");
    assert_string_equal(failures->against, "");
    assert_int_equal(failures->opened.n_sides, 1);
    done("failures sort clicks");
    assert_int_equal(failures->filter.order, FAILURES_BY_CLICKS);
    assert_string_equal(explore_of(&fixture.state)->suggestions.model, "als");
    done("model next"); /* continues after the refused one */
    assert_string_equal(failures->list.model, "popularity");
    fake_refuse_model(fixture.app, NULL);
    fixture_free(&fixture);
    fixture_init(&fixture); /* the first list is refused: the page says why */
    failures = failures_of(&fixture.state);
    fake_refuse_model(fixture.app, "als");
    fixture_settle(&fixture);
    done("failures");
    assert_non_null(strstr(failures->failure, "another catalogue"));
    assert_int_equal(failures->opened.playlist_id, 0);
}

static size_t where(enum effect_type type, size_t nth)
{
    for (size_t i = 0; i < fixture.requested.count; i++)
        if (fixture.requested.items[i].type == type && nth-- == 0)
            return i;
    fail();
    return 0;
}

static void test_late_answers_are_dropped(void **unused)
{
    (void)unused;
    struct failures_state *failures = failures_of(&fixture.state);
    done("failures");
    run("failures next");
    run("failures next");
    refused_unchanged("open", "not been loaded");
    struct result first = fixture_run(&fixture, where(EFFECT_FAILURE_OPEN, 0));
    struct result second = fixture_run(&fixture, where(EFFECT_FAILURE_OPEN, 0));
    fixture_take(&fixture, &second);
    fixture_take(&fixture, &first);
    assert_int_equal(failures->opened.playlist_id, item(2)->playlist_id);
    /* A playlist of the old list must not be opened beside the new one. */
    run("failures next");
    struct result old = fixture_run(&fixture, where(EFFECT_FAILURE_OPEN, 0));
    run("failures seeds 2");
    fixture_take(&fixture, &old);
    assert_true(failures->stale);
    fixture_settle(&fixture);
    assert_int_equal(failures->opened.playlist_id, item(0)->playlist_id);
    assert_int_equal(failures->opened.seeds.count, 2);
    /* The selection was moved while the same list was read again: it is kept. */
    run("failures");
    run("failures next");
    int64_t wanted = item(1)->playlist_id;
    fixture_settle(&fixture);
    assert_int_equal(failures->opened.playlist_id, wanted);
}

static void test_held_out_leads_to_its_page(void **unused)
{
    (void)unused;
    struct failures_state *failures = failures_of(&fixture.state);
    done("failures mf-avg");
    done("failures seeds 10");
    const struct failure_case *opened = &failures->opened;
    run("pane held-out");
    size_t hits = 0;
    for (size_t i = 0; i < opened->held_out.count; i++) {
        char line[32];
        snprintf(line, sizeof line, "select %zu", i + 1);
        run(line);
        int32_t rank = opened->sides[0].ranks[i];
        hits += rank > 0;
        if (rank == 0)
            continue;
        size_t at;
        const struct failure_side *side = failures_suggestion(&fixture.state, &at);
        assert_non_null(side);
        assert_int_equal(at, rank - 1);
        assert_int_equal(side->list[at].track, opened->held_out.items[i].id);
        assert_true(side->hits[at]);
        float sum = side->list[at].parts[0] + recommendation_features(&side->list[at]);
        assert_float_equal(sum, side->list[at].score, 1e-6f);
    }
    assert_true(hits > 0);
    assert_int_equal(hits, opened->sides[0].n_hits);
}

/* From hit to hit through the list of a model, and back. */
static void test_from_hit_to_hit(void **unused)
{
    (void)unused;
    struct failures_state *failures = failures_of(&fixture.state);
    refused_unchanged("failures hit next", "no playlist");
    done("failures mf-avg");
    done("failures seeds 10");
    done("failures against als");
    for (size_t which = 0; which < 2; which++) {
        const struct failure_side *side = &failures->opened.sides[which];
        run("page 1");
        run("pane page");
        run(which ? "select 11" : "select 1");
        size_t expected = 0;
        for (size_t at = 1; at < side->count; at++) {
            if (!side->hits[at])
                continue;
            run("key f");
            size_t found;
            assert_ptr_equal(failures_suggestion(&fixture.state, &found), side);
            assert_int_equal(found, at);
            expected = at;
        }
        assert_true(expected > 0);
        refused_unchanged("failures hit next", "no hit after");
        for (size_t at = expected; at-- > 0;) {
            if (!side->hits[at])
                continue;
            run("key F");
            size_t found;
            assert_ptr_equal(failures_suggestion(&fixture.state, &found), side);
            assert_int_equal(found, at);
        }
        refused_unchanged("failures hit previous", "no hit before");
    }
    refused_unchanged("failures hit sideways", "neither");
}

/* Explore continues from exactly what the model saw; marks disappear with the first edit and return with its undo. */
static void test_building_on_the_seeds(void **unused)
{
    (void)unused;
    done("add 1");
    done("failures mf-avg");
    done("failures seeds 4");
    const struct failure_case *opened = &failures_of(&fixture.state)->opened;
    int64_t ids[4], first_hit = 0;
    for (size_t i = 0; i < 4; i++)
        ids[i] = opened->seeds.items[i].id;
    const struct failure_side *side = &opened->sides[0];
    for (size_t i = 0; i < side->count && first_hit == 0; i++)
        first_hit = side->hits[i] ? (int64_t)i + 1 : 0;
    assert_true(first_hit > 0);
    done("open");
    assert_int_equal(fixture.state.view, VIEW_EXPLORE);
    const struct playlist_version *playlist = playlist_now(&fixture.state.playlist);
    assert_int_equal(playlist->count, 4);
    assert_false(playlist->kept);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(playlist->items[i]->id, ids[i]);
    assert_string_equal(explore_of(&fixture.state)->suggestions.model, "mf-avg");
    for (size_t i = 0; i < side->count; i++) /* the page that was selected */
        assert_int_equal(explore_of(&fixture.state)->suggestions.tracks.items[i]->id, side->list[i].track);
    char line[32];
    snprintf(line, sizeof line, "page %d", (int)(first_hit - 1) / PAGE_TRACKS + 1);
    run(line);
    assert_true(shows("✓"));
    run("pane suggestions");
    run("select 1");
    done("add");
    run(line);
    assert_false(shows("✓"));
    done("undo");
    run(line);
    assert_true(shows("✓"));
    run("resize 160x50");
    assert_true(shows("cover     ")); /* this model uses covers */
    done("model als");
    assert_false(shows("cover     "));
    assert_true(explore_is_test(&fixture.state));
    done("undo"); /* the earlier playlist */
    assert_int_equal(playlist_now(&fixture.state.playlist)->count, 1);
    assert_false(explore_is_test(&fixture.state));
    refused_unchanged("open", "3 shows them");
}

static void test_mouse(void **unused)
{
    (void)unused;
    struct failures_state *failures = failures_of(&fixture.state);
    done("resize 100x30");
    struct layout layout = layout_of(&fixture.state);
    char line[64];
    snprintf(line, sizeof line, "click 0 %d", layout.tab_columns[VIEW_FAILURES]);
    done(line);
    assert_int_equal(fixture.state.view, VIEW_FAILURES);
    const struct failures_layout mine = failures_layout(&fixture.state, &layout);
    snprintf(line, sizeof line, "click %d 4", mine.list.row + 5);
    done(line);
    assert_int_equal(failures->opened.playlist_id, item(5)->playlist_id);
    snprintf(line, sizeof line, "click %d %d", mine.page_top + 3, mine.page_column[1] + 3);
    done(line);
    assert_int_equal(failures->pane, FAILURES_PAGE);
    assert_int_equal(failures->selected, 6);
    snprintf(line, sizeof line, "wheel %d %d down", mine.page_top + 3, mine.page_column[1] + 3);
    done(line);
    assert_int_equal(failures->page, 1);
    snprintf(line, sizeof line, "click %d %d", mine.held_out.row + 1, mine.held_out.column + 3);
    done(line);
    assert_int_equal(failures->pane, FAILURES_HELD_OUT);
    assert_int_equal(failures->held_out_at.selected, 1);
    snprintf(line, sizeof line, "wheel %d %d up", mine.list.row + 5, 4);
    done(line);
    assert_int_equal(failures->opened.playlist_id, item(4)->playlist_id);
    snprintf(line, sizeof line, "click %d 4 2", mine.list.row + 4);
    done(line);
    assert_int_equal(fixture.state.view, VIEW_EXPLORE);
}

static void test_session_comes_back(void **unused)
{
    (void)unused;
    done("failures mf-avg");
    done("failures seeds 7");
    done("open");
    done("failures");
    done("failures against als");
    done("failures missed");
    done("failures missed");
    done("failures sort clicks");
    done("failures length 5-90");
    done("failures next");
    int64_t playlist = failures_of(&fixture.state)->opened.playlist_id;
    assert_int_not_equal(playlist, 0);
    struct buffer json = {0}, again = {0};
    session_write(&fixture.state, SAVED, &json);
    assert_non_null(strstr(json.data, "\"saved\":1700000000,"));
    struct fixture other;
    fixture_init(&other);
    fake_set_session(other.app, json.data);
    fixture_settle(&other);
    session_write(&other.state, SAVED, &again);
    assert_string_equal(json.data, again.data);
    assert_int_equal(other.state.view, VIEW_FAILURES);
    assert_int_equal(failures_of(&other.state)->opened.playlist_id, playlist);
    assert_int_equal(failures_of(&other.state)->opened.n_sides, 2);
    assert_int_equal(failures_of(&other.state)->filter.order, FAILURES_BY_CLICKS);
    assert_true(explore_is_test(&other.state));
    fixture_free(&other);
    buffer_free(&json);
    buffer_free(&again);
}

/* A session that names items which no longer exist, or never did. */
static void test_damaged_sessions(void **unused)
{
    (void)unused;
    static const char *const texts[] = {
        "{\"view\":\"failures\",\"failures\":7}",
        "{\"view\":\"failures\",\"failures\":{\"sort\":\"loss\",\"against\":\"gone\",\"seeds\":-4,\"playlist\":99999}}",
        "{\"view\":\"failures\",\"failures\":{\"sort\":[],\"against\":7,\"seeds\":1e99,\"missed\":\"yes\"}}",
        "{\"view\":\"failures\",\"shown\":[1],\"held_out\":[],\"failures\":{\"shortest\":-1,\"longest\":-5}}",
        ("{\"view\":\"failures\",\"shown\":[null,-3],\"held_out\":{},\"failures\":{\"against\":\"als\"},\"model\":"
         "\"als\"}"),
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct fixture other;
        fixture_init(&other);
        fake_set_session(other.app, texts[i]);
        fixture_settle(&other);
        assert_int_equal(failures_of(&other.state)->list.count, FAKE_TESTS);
        assert_int_not_equal(failures_of(&other.state)->opened.playlist_id, 0);
        assert_string_equal(failures_of(&other.state)->against, "");
        assert_false(explore_is_test(&other.state));
        fixture_free(&other);
    }
}

/* Page-down turns what has the focus. */
static void test_paging(void **unused)
{
    (void)unused;
    struct failures_state *failures = failures_of(&fixture.state);
    done("failures");
    run("pane page");
    run("key page-down");
    assert_int_equal(failures->page, 1);
    run("key page-up");
    assert_int_equal(failures->page, 0);
    run("pane list");
    done("key page-down");
    assert_true(failures->at.selected > 5 && failures->at.top > 0);
    done("key end");
    assert_int_equal(failures->at.selected, FAKE_TESTS - 1);
    done("key home");
    assert_int_equal(failures->opened.playlist_id, item(0)->playlist_id);
}

/* Typing a name narrows the list in its order, Enter keeps that, and Escape shows all again, before it leaves. */
static void test_filter_of_names(void **unused)
{
    (void)unused;
    struct failures_state *failures = failures_of(&fixture.state);
    refused_unchanged("failures filter rain", "no list");
    done("failures");
    done("failures next");
    int64_t before = failures->opened.playlist_id;
    run("key /");
    assert_non_null(view_typing(&fixture.state));
    done("type rainy night"); /* each word must occur */
    assert_int_equal(failures->list.count, 0);
    assert_true(shows("No playlist matches"));
    refused_unchanged("open", "no playlist");
    refused_unchanged("failures next", "no playlist");
    done("key ctrl+u");
    assert_int_equal(failures->list.count, FAKE_TESTS);
    done("type day RÁIN"); /* words in any order; case and accents do not matter */
    assert_true(failures->list.count > 1 && failures->list.count < FAKE_TESTS);
    for (size_t i = 0; i < failures->list.count; i++) {
        assert_string_equal(item(i)->name, "Rainy day");
        assert_true(i == 0 || item(i - 1)->values[METRIC_NDCG] <= item(i)->values[METRIC_NDCG]);
    }
    assert_int_equal(failures->opened.playlist_id, item(0)->playlist_id);
    assert_int_not_equal(failures->opened.playlist_id, before);
    assert_int_equal(failures->list.evaluated, FAKE_TESTS);
    done("key down");
    assert_int_equal(failures->opened.playlist_id, item(1)->playlist_id);
    int64_t selected = item(1)->playlist_id;
    size_t count = failures->list.count;
    run("key enter");
    assert_null(view_typing(&fixture.state));
    assert_int_equal(failures->list.count, count);
    done("failures sort clicks"); /* a new list is filtered, too */
    assert_int_equal(failures->list.count, count);
    done("failures sort ndcg");
    struct buffer json = {0};
    session_write(&fixture.state, SAVED, &json);
    assert_non_null(strstr(json.data, "\"name\":\"day RÁIN\""));
    buffer_free(&json);
    done("failures filter rainy day");
    assert_int_equal(failures->list.count, count);
    run("select 2");
    fixture_settle(&fixture);
    selected = item(1)->playlist_id;
    done("key escape"); /* the selection stays */
    assert_int_equal(failures->list.count, FAKE_TESTS);
    assert_int_equal(failures_selected(&fixture.state)->playlist_id, selected);
    assert_int_equal(fixture.state.view, VIEW_FAILURES);
    done("key escape");
    assert_int_equal(fixture.state.view, VIEW_EXPLORE);
    /* The requested playlist is shown even if its name does not match. */
    done("failures");
    done("failures filter rain");
    failures->wanted = before;
    failures->at.selected = failures->list.count; /* nothing is selected */
    done("failures missed");
    done("failures missed");
    failures->wanted = before;
    failures->at.selected = failures->list.count;
    failures_request(&fixture.state, &fixture.requested, true);
    fixture_settle(&fixture);
    assert_int_equal(failures->opened.playlist_id, before);
    assert_false(failures_is_filtered(&fixture.state));
}

int main(void)
{
#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_worst_first_and_opened),
        WITH_FIXTURE(test_orders_and_filters),
        WITH_FIXTURE(test_against_another_model),
        WITH_FIXTURE(test_model_in_one_key),
        WITH_FIXTURE(test_refused_model),
        WITH_FIXTURE(test_late_answers_are_dropped),
        WITH_FIXTURE(test_held_out_leads_to_its_page),
        WITH_FIXTURE(test_from_hit_to_hit),
        WITH_FIXTURE(test_building_on_the_seeds),
        WITH_FIXTURE(test_mouse),
        WITH_FIXTURE(test_session_comes_back),
        WITH_FIXTURE(test_damaged_sessions),
        WITH_FIXTURE(test_paging),
        WITH_FIXTURE(test_filter_of_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
