/* Explore's page of ten suggestions: its layout at every size, its titles, scores and states. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_size, setup, teardown),
        cmocka_unit_test_setup_teardown(test_usual_sizes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_list_grows, setup, teardown),
        cmocka_unit_test(test_moves),
        cmocka_unit_test_setup_teardown(test_an_edit_keeps_the_page, setup, teardown),
        cmocka_unit_test_setup_teardown(test_another_list_begins_at_its_first_page, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
