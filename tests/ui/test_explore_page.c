/* Explore's page of ten suggestions: its layout at every size, its titles, scores and states. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/append.h"
#include "ui/view_text.h"
#include "ui_fixture.h"

static struct fixture fixture;

static int setup(void **unused)
{
    (void)unused;
    fixture_init(&fixture);
    fixture_settle(&fixture);
    return 0;
}

static int teardown(void **unused)
{
    (void)unused;
    fixture_free(&fixture);
    return 0;
}

/* ---- layout ---- */

struct box {
    int top, left, bottom, right; /* the last two are outside */
};

static bool overlap(const struct box *a, const struct box *b)
{
    return a->top < b->bottom && b->top < a->bottom && a->left < b->right && b->left < a->right;
}

/* The cells of suggestion i, with those of its frame. */
static struct box box_of(const struct explore_layout *mine, size_t i)
{
    struct place place = explore_place(mine, i);
    return (struct box){place.row - mine->page.framed, place.column,
                        place.row + mine->page.cover_rows + mine->page.framed, place.right};
}

static void check_page(int rows, int columns)
{
    fixture.state.rows = rows;
    fixture.state.columns = columns;
    struct layout layout = layout_of(&fixture.state);
    struct explore_layout mine = explore_layout(&fixture.state, &layout);
    const struct page_layout *page = &mine.page;
    int end = page->strip_rows > 0 ? page->strip_row : layout.body_end, last = 0;
    for (size_t i = 0; i < PAGE_TRACKS; i++) {
        struct box box = box_of(&mine, i);
        struct place place = explore_place(&mine, i);
        assert_true(box.top > layout.header_row && box.bottom <= end);
        assert_true(box.left > mine.rule_column && box.right <= mine.right_column + mine.right_columns);
        assert_true(place.text_right - place.text >= 19);
        assert_int_equal(explore_place_at(&mine, place.row, place.cover), i);
        last = box.bottom > last ? box.bottom : last;
        for (size_t j = 0; j < i; j++) { /* only the blank row between two covers may belong to both */
            struct box other = box_of(&mine, j);
            struct box inside = {box.top + page->framed, box.left, box.bottom - page->framed, box.right};
            assert_false(overlap(&inside, &other));
        }
    }
    assert_true(page->lanes == 1 || columns >= 150);
    assert_true(page->cover_rows >= 2);
    int between = page->pitch - page->cover_rows - page->framed; /* blank rows between two suggestions */
    assert_true(between <= 6);
    assert_true(end - last < (mine.info_columns > 0 ? 5 : 4) + between); /* no part of the screen stays empty */
    assert_true((mine.info_columns > 0) == (columns >= 130));
}

static void test_every_size(void **unused)
{
    (void)unused;
    static const int needs[] = {0, 44, 60, 500};
    for (size_t need = 0; need < sizeof needs / sizeof needs[0]; need++) {
        explore_of(&fixture.state)->list_need = needs[need];
        for (int rows = 24; rows <= 90; rows++)
            for (int columns = 80; columns <= 320; columns++)
                check_page(rows, columns);
    }
}

static struct explore_layout layout_at(int rows, int columns, int need)
{
    fixture.state.rows = rows;
    fixture.state.columns = columns;
    explore_of(&fixture.state)->list_need = need;
    struct layout layout = layout_of(&fixture.state);
    return explore_layout(&fixture.state, &layout);
}

static void test_usual_sizes(void **unused)
{
    (void)unused;
    static const struct {
        int rows, columns, lanes, cover_rows;
        bool framed;
        int strip_rows;
    } expected[] = {
        {24, 80, 1, 2, false, 0}, {30, 100, 1, 2, false, 5}, {36, 120, 1, 3, false, 0}, {50, 120, 1, 3, true, 4},
        {50, 160, 2, 7, true, 0}, {55, 200, 2, 8, true, 0},  {70, 240, 2, 11, true, 0},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        struct explore_layout mine = layout_at(expected[i].rows, expected[i].columns, 0);
        assert_int_equal(mine.page.lanes, expected[i].lanes);
        assert_int_equal(mine.page.cover_rows, expected[i].cover_rows);
        assert_int_equal(mine.page.framed, expected[i].framed);
        assert_int_equal(mine.page.strip_rows, expected[i].strip_rows);
    }
}

static void test_the_list_grows(void **unused)
{
    (void)unused;
    assert_int_equal(layout_at(55, 200, 0).left_columns, 44);
    assert_int_equal(layout_at(55, 200, 52).left_columns, 52);
    assert_int_equal(layout_at(55, 200, 300).left_columns, 60);
    assert_int_equal(layout_at(24, 80, 300).left_columns, 28);
    assert_true(layout_at(30, 100, 0).left_columns >= 36);
}

/* ---- presenting ---- */

static void check_shelf(int rows, int columns)
{
    struct explore_layout mine = layout_at(rows, columns, 0);
    struct layout layout = layout_of(&fixture.state);
    const struct page_layout *page = &mine.page;
    int end = layout.body_end - (page->shelf_strip > 0 ? page->shelf_strip + 1 : 0), before = mine.rule_column;
    bool beside = mine.left_columns > 0;
    assert_true(page->shelf >= (beside ? 1 : PRESENT_LEAST) && page->shelf <= PRESENT_MOST);
    assert_true(page->cover_rows >= 4);
    for (int i = 0; i < page->shelf; i++) {
        struct place place = explore_place(&mine, (size_t)(page->shelf_first + i));
        assert_true(place.row > layout.header_row && place.row + page->cover_rows + 6 <= end);
        assert_true(place.cover - 1 > before && place.cover + 2 * page->cover_rows + 1 <= columns);
        assert_int_equal(explore_place_at(&mine, place.row + 1, place.cover), page->shelf_first + i);
        before = place.right - 1;
    }
}

static void test_presenting_fits_every_size(void **unused)
{
    (void)unused;
    static const int counts[] = {PRESENT_AUTO, 3, 4, 5};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (int pane = PANE_PLAYLIST; pane < PANE_COUNT; pane++) {
            fixture.state.present = counts[i];
            explore_of(&fixture.state)->pane = (enum pane)pane;
            for (int rows = 24; rows <= 90; rows++)
                for (int columns = 80; columns <= 320; columns++)
                    check_shelf(rows, columns);
        }
}

/* Turning shows every suggestion, and goes back to the first. */
static void test_presenting_shows_all(void **unused)
{
    (void)unused;
    struct error error;
    struct suggestions *suggestions = &explore_of(&fixture.state)->suggestions;
    fixture.state.present = 4;
    explore_of(&fixture.state)->pane = PANE_SUGGESTIONS;
    size_t shown = 0, last = explore_pages(&fixture.state) - 1;
    for (int turns = 0; turns < 1000; turns++) {
        struct explore_layout mine = layout_at(36, 120, 0);
        size_t first = suggestions->page * PAGE_TRACKS + (size_t)mine.page.shelf_first;
        assert_true(first <= shown); /* none is skipped */
        shown = first + 4 > shown ? first + 4 : shown;
        if (command_run(&fixture.state, &fixture.requested, "page next", &error) != STATUS_OK)
            break;
    }
    assert_int_equal(suggestions->page, last);
    assert_true(shown >= suggestions->tracks.count);
    while (command_run(&fixture.state, &fixture.requested, "page previous", &error) == STATUS_OK)
        continue;
    assert_int_equal(suggestions->page, 0);
    assert_int_equal(layout_at(36, 120, 0).page.shelf_first, 0);
}

/* ---- the scale of scores ---- */

static void test_scores_have_one_scale(void **unused)
{
    (void)unused;
    static float positive[] = {8, 6, 2, 0}, negative[] = {3, -1, -5}, equal[] = {2, 2}, zero[] = {0, 0};
    static const struct {
        float *scores;
        size_t count;
        float shares[4];
    } lists[] = {
        {positive, 4, {1, 0.75f, 0.25f, 0}}, /* of the best */
        {negative, 3, {1, 0.5f, 0}},         /* between the worst and the best */
        {equal, 2, {1, 1}},
        {zero, 2, {1, 1}},
    };
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        struct suggestions list = {.tracks = {.count = lists[i].count}, .scores = lists[i].scores};
        explore_set_scale(&list);
        for (size_t at = 0; at < lists[i].count; at++)
            assert_float_equal(explore_share(&list, at), lists[i].shares[at], 1e-6);
    }
}

static void test_only_scores_from_0_have_shares(void **unused)
{
    (void)unused;
    float scores[] = {4, 2}, parts[][SCORE_PARTS_MAX] = {{3, 1}, {3, -1}};
    struct suggestions list = {.tracks = {.count = 2},
                               .scores = scores,
                               .parts = parts,
                               .part_names = {{"song", "cover"}, 2},
                               .has_features = true};
    explore_set_scale(&list);
    assert_true(explore_has_shares(&list, 0));
    assert_false(explore_has_shares(&list, 1)); /* a part is negative */
    scores[1] = -1;
    explore_set_scale(&list);
    assert_false(explore_has_shares(&list, 0));
}

/* ---- what an edit changes ---- */

static void run(const char *line)
{
    struct error error;
    if (command_run(&fixture.state, &fixture.requested, line, &error) != STATUS_OK)
        fail_msg("%s: %s", line, error.text);
    layout_settle(&fixture.state);
}

/* Runs what is requested, without letting time pass. */
static void answer(void)
{
    while (fixture.requested.count > 0) {
        struct result result = fixture_run(&fixture, 0);
        fixture_take(&fixture, &result);
    }
}

static bool shows(const char *text)
{
    struct screen screen;
    struct buffer dump = {0};
    struct error error;
    assert_int_equal(screen_create(fixture.state.rows, fixture.state.columns, &screen, &error), STATUS_OK);
    view_draw(&fixture.state, &screen);
    screen_dump(&screen, &dump);
    bool found = strstr(dump.data, text);
    buffer_free(&dump);
    screen_free(&screen);
    return found;
}

static struct suggestions *suggestions(void)
{
    return &explore_of(&fixture.state)->suggestions;
}

static void test_moves(void **unused)
{
    (void)unused;
    struct track tracks[6];
    const struct track *earlier[5], *now[5];
    static const int order[5] = {2, 0, 3, 4, 5}; /* track 1 was added to the playlist */
    for (int i = 0; i < 6; i++)
        tracks[i] = (struct track){.id = i + 1};
    for (int i = 0; i < 5; i++) {
        earlier[i] = &tracks[i];
        now[i] = &tracks[order[i]];
    }
    struct suggestions list = {.tracks = {now, 5, 5}, .before = {earlier, 5, 5}};
    explore_find_news(&list);
    static const int before[5] = {2, 0, 3, 4, -1}, moved[5] = {1, -1, 0, 0, 0};
    for (int i = 0; i < 5; i++) {
        assert_int_equal(list.news[i].before, before[i]);
        assert_int_equal(list.news[i].moved, moved[i]);
    }
    explore_forget_news(&list);
}

/* Adding from the second page stays on it, in the same row; what came or moved is marked for two seconds. */
static void test_an_edit_keeps_the_page(void **unused)
{
    (void)unused;
    run("search rain");
    fixture_settle(&fixture);
    run("add 1");
    run("pane suggestions");
    fixture_settle(&fixture);
    fixture.state.now += EXPLORE_NEWS;
    run("page 2");
    run("select 4");
    run("add");
    answer();
    assert_int_equal(suggestions()->page, 1);
    assert_int_equal(suggestions()->selected, 3);
    char text[64];
    explore_news_describe(&fixture.state, text);
    assert_true(strstr(text, " new") && shows(text));
    char mark[16];
    size_t marked = 0;
    for (size_t at = 10; at < 20; at++) {
        explore_news_of(&fixture.state, at, mark);
        marked += mark[0] != '\0';
        assert_true(mark[0] == '\0' || shows(mark));
    }
    assert_true(marked > 0);
    double due = update_due(&fixture.state);
    assert_true(due > 0 && due <= EXPLORE_NEWS);
    fixture.state.now += EXPLORE_NEWS;
    for (size_t at = 10; at < 20; at++) {
        explore_news_of(&fixture.state, at, mark);
        assert_string_equal(mark, "");
    }
    assert_false(shows(text));
    run("undo");
    answer();
    assert_int_equal(suggestions()->page, 1);
    assert_int_equal(suggestions()->selected, 3);
    assert_non_null(strstr(fixture.state.message, "undone: "));
}

static void test_another_list_begins_at_its_first_page(void **unused)
{
    (void)unused;
    run("page 2");
    run("model mf-avg");
    answer();
    assert_int_equal(suggestions()->page, 0);
    assert_null(suggestions()->news);
    run("page 3");
    run("playlist new Other");
    answer();
    assert_int_equal(suggestions()->page, 0);
    assert_null(suggestions()->news);
}

/* ---- texts and states ---- */

static void test_titles_are_links(void **unused)
{
    (void)unused;
    char address[TRACK_ADDRESS_SIZE];
    static const char *const others[] = {"", "spotify:track:", "spotify:album:4uLU6hMCjMI75M1A2tKUQC",
                                         "spotify:track:4uLU6h MCjMI", "title / artist"};
    struct track track = {.key = "spotify:track:4uLU6hMCjMI75M1A2tKUQC", .title = "Long title of two lines"};
    assert_true(view_track_address(&track, address));
    assert_string_equal(address, "https://open.spotify.com/track/4uLU6hMCjMI75M1A2tKUQC");
    struct screen screen;
    struct error error;
    assert_int_equal(screen_create(4, 20, &screen, &error), STATUS_OK);
    assert_int_equal(view_title_lines(&screen, 1, 2, 12, 2, STYLE_TITLE, &track), 2);
    assert_int_equal(screen.n_links, 2);
    assert_int_equal(screen_cell(&screen, 1, 2)->link, 1);
    assert_int_equal(screen_cell(&screen, 1, 13)->link, 0); /* the blank after the text */
    assert_int_equal(screen_cell(&screen, 2, 2)->link, 2);
    screen_free(&screen);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        track.key = others[i];
        assert_false(view_track_address(&track, address));
    }
}

static void check_borders(const char *what)
{
    struct screen screen;
    struct error error;
    struct layout layout = layout_of(&fixture.state);
    struct explore_layout mine = explore_layout(&fixture.state, &layout);
    assert_int_equal(screen_create(fixture.state.rows, fixture.state.columns, &screen, &error), STATUS_OK);
    view_draw(&fixture.state, &screen);
    for (int row = layout.header_row; row < layout.body_end; row++) {
        const char *rule = screen_cell(&screen, row, mine.rule_column)->text;
        if (strcmp(rule, "│") != 0 && strcmp(rule, "┃") != 0)
            fail_msg("%s at %d x %d: \"%s\" in the rule", what, fixture.state.columns, fixture.state.rows, rule);
        int end = mine.right_column + mine.right_columns;
        if (mine.info_columns > 0)
            assert_string_equal(screen_cell(&screen, row, end)->text, " ");
    }
    screen_free(&screen);
}

static void test_long_titles_stay_in_their_columns(void **unused)
{
    (void)unused;
    static const int sizes[][2] = {{24, 80}, {30, 100}, {36, 120}, {40, 130}, {50, 160}, {55, 200}, {80, 300}};
    static const char *const repeated[] = {"word ", "unbroken", "雨", "👩‍👩‍👧 ", "e\xcc\x81"};
    char text[400];
    struct track tracks[PAGE_TRACKS];
    run("pane suggestions");
    for (size_t kind = 0; kind < sizeof repeated / sizeof repeated[0]; kind++) {
        text[0] = '\0';
        while (strlen(text) + strlen(repeated[kind]) < 300)
            append(text, sizeof text, repeated[kind]);
        for (size_t i = 0; i < PAGE_TRACKS; i++) {
            tracks[i] = *suggestions()->tracks.items[i];
            tracks[i].title = tracks[i].artist = tracks[i].album = text;
            suggestions()->tracks.items[i] = &tracks[i];
        }
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            fixture.state.rows = sizes[i][0];
            fixture.state.columns = sizes[i][1];
            layout_settle(&fixture.state);
            check_borders(repeated[kind]);
        }
    }
}

static void test_waiting(void **unused)
{
    (void)unused;
    struct fixture settled = fixture;
    fixture_init(&fixture);
    assert_true(shows("············")); /* until the first suggestions arrive */
    fixture_free(&fixture);
    fixture = settled;
    assert_false(shows("············"));
    run("add 1");
    assert_false(shows(" dimmed"));
    fixture.state.now += 1.01 * STATE_LATE;
    assert_true(shows(" dimmed")); /* the old page stays until the new one has arrived */
    answer();
    assert_false(shows(" dimmed"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_size, setup, teardown),
        cmocka_unit_test_setup_teardown(test_usual_sizes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_list_grows, setup, teardown),
        cmocka_unit_test_setup_teardown(test_presenting_fits_every_size, setup, teardown),
        cmocka_unit_test_setup_teardown(test_presenting_shows_all, setup, teardown),
        cmocka_unit_test(test_scores_have_one_scale),
        cmocka_unit_test(test_only_scores_from_0_have_shares),
        cmocka_unit_test(test_titles_are_links),
        cmocka_unit_test_setup_teardown(test_long_titles_stay_in_their_columns, setup, teardown),
        cmocka_unit_test_setup_teardown(test_waiting, setup, teardown),
        cmocka_unit_test(test_moves),
        cmocka_unit_test_setup_teardown(test_an_edit_keeps_the_page, setup, teardown),
        cmocka_unit_test_setup_teardown(test_another_list_begins_at_its_first_page, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
