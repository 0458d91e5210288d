/* The map under keys and mouse: zoom, pan, and what is selected; and its ten marks in ASCII. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "shared_fixture.h"
#include "ui/layout.h"
#include "ui/terminal/cells.h"
#include "ui/views/map/map_points.h"

static void open_map(void)
{
    run("map");
    fixture_settle(&fixture);
}

static struct map_layout layout_now(void)
{
    const struct layout layout = layout_of(&fixture.state);
    return map_layout(&fixture.state, &layout);
}

static void cell_of_selected(int *row, int *column)
{
    const struct map_layout mine = layout_now();
    const struct map_size size = {0, mine.map_rows, mine.map_columns[0]};
    assert_true(map_point_cell(&fixture.state, map_of(&fixture.state)->selected, size, row, column));
}

static void test_zoom(void **unused)
{
    (void)unused;
    int row, column, row_before, column_before;
    refused("map zoom in", "not open");
    open_map();
    refused("map pan left", "the whole map is shown");
    run("map artist 3");
    cell_of_selected(&row_before, &column_before);
    for (int i = 0; i < 8; i++) {
        run("map zoom in");
        cell_of_selected(&row, &column);
        assert_true(abs(row - row_before) <= 1 && abs(column - column_before) <= 1);
    }
    float zoom = map_of(&fixture.state)->panels[0].part.zoom;
    assert_true(zoom > 20);
    static const char *const moves[] = {"map move left", "map move up", "map artist next", "map move right"};
    for (int i = 0; i < 40; i++) { /* what is selected is shown */
        run(moves[i % 4]);
        cell_of_selected(&row, &column);
    }
    assert_true(map_of(&fixture.state)->panels[0].part.zoom == zoom);
    run("map zoom all");
    assert_true(map_of(&fixture.state)->panels[0].part.zoom <= 1);
    refused("map zoom sideways", "not in, out or all");
    refused("map pan sideways", "not up, down, left or right");
}

/* Panning shows another part; the selection stays. */
static void test_pan(void **unused)
{
    (void)unused;
    open_map();
    run("map artist 5");
    int64_t selected = map_of(&fixture.state)->selected;
    for (int i = 0; i < 4; i++)
        run("map zoom in");
    struct scatter_view before = map_of(&fixture.state)->panels[0].part;
    run("map pan left");
    run("map pan up");
    struct scatter_view moved = map_of(&fixture.state)->panels[0].part;
    assert_true(moved.x != before.x || moved.y != before.y);
    run("map zoom all");
    assert_int_equal(map_of(&fixture.state)->selected, selected);
}

/* A cover may be beside its point; a click on it selects it, and a click beside all covers the nearest point. */
static void test_click_on_a_cover(void **unused)
{
    (void)unused;
    struct error error;
    open_map();
    run("map look covers");
    const struct map_layout mine = layout_now();
    const struct scatter_covers none = {0};
    int covers = 0;
    for (int row = 0; row < mine.map_rows; row += 2)
        for (int column = 0; column < mine.map_columns[0]; column += 3) {
            const struct scatter scatter = map_scatter(&fixture.state, 0);
            int64_t cover = scatter_cover_at(&scatter, &none, mine.map_columns[0] * 8, mine.map_rows * 16,
                                             ((float)column + 0.5F) * 8, ((float)row + 0.5F) * 16);
            struct event click = {.type = EVENT_CLICK, .row = mine.map_top + row, .column = 1 + column, .clicks = 1};
            assert_int_equal(update_event(&fixture.state, &fixture.requested, &click, &error), STATUS_OK);
            assert_true(cover < 0 || map_of(&fixture.state)->selected == cover);
            covers += cover >= 0;
        }
    assert_true(covers > 20);
}

static void turn_wheel(struct event wheel, int times)
{
    struct error error;
    for (int i = 0; i < times; i++)
        assert_int_equal(update_event(&fixture.state, &fixture.requested, &wheel, &error), STATUS_OK);
}

/* The wheel zooms at the pointer; a click selects what is nearest in the part that is shown. */
static void test_mouse_on_the_points(void **unused)
{
    (void)unused;
    int row, column;
    struct error error;
    open_map();
    const struct map_layout mine = layout_now();
    for (int artist = 1; artist <= 10; artist++) {
        char line[32];
        snprintf(line, sizeof line, "map artist %d", artist);
        run("map zoom all");
        run(line);
        int64_t wanted = map_of(&fixture.state)->selected;
        cell_of_selected(&row, &column);
        struct event event = {.type = EVENT_WHEEL, .row = mine.map_top + row, .column = 1 + column, .direction = -1};
        turn_wheel(event, 4);
        assert_true(map_of(&fixture.state)->panels[0].part.zoom > 2);
        cell_of_selected(&row, &column);
        run(artist == 1 ? "map artist 2" : "map artist 1");
        run("map zoom all");
        turn_wheel(event, 4);
        event = (struct event){.type = EVENT_CLICK, .row = mine.map_top + row, .column = 1 + column, .clicks = 1};
        assert_int_equal(update_event(&fixture.state, &fixture.requested, &event, &error), STATUS_OK);
        assert_int_equal(map_of(&fixture.state)->selected, wanted);
    }
}

/* Dragging moves what is shown by as much; then the same cell has the same cover again. */
static void test_drag(void **unused)
{
    (void)unused;
    int row, column, row_after, column_after;
    struct error error;
    open_map();
    run("map artist 8");
    const struct map_layout mine = layout_now();
    struct event event = {.type = EVENT_DRAG, .row = mine.map_top + 5, .column = 10, .rows = -2, .columns = 3};
    assert_int_equal(update_event(&fixture.state, &fixture.requested, &event, &error), STATUS_OK);
    assert_true(map_of(&fixture.state)->panels[0].part.zoom <= 1);
    for (int i = 0; i < 3; i++)
        run("map zoom in");
    cell_of_selected(&row, &column);
    event.rows = row > mine.map_rows / 2 ? -2 : 2;
    event.columns = column > mine.map_columns[0] / 2 ? -3 : 3;
    assert_int_equal(update_event(&fixture.state, &fixture.requested, &event, &error), STATUS_OK);
    cell_of_selected(&row_after, &column_after);
    assert_int_equal(row_after - row, event.rows);
    assert_int_equal(column_after - column, event.columns);
}

static void test_wheel_over_the_legend(void **unused)
{
    (void)unused;
    open_map();
    run("map artist 10");
    const struct map_layout mine = layout_now();
    struct event wheel = {.type = EVENT_WHEEL, .row = mine.legend_top, .column = mine.panel_column, .direction = 1};
    turn_wheel(wheel, 3);
    assert_int_equal(map_of(&fixture.state)->labels[map_of(&fixture.state)->selected], 2);
    assert_true(map_of(&fixture.state)->panels[0].part.zoom <= 1);
}

/* Keys typed while the map is still being opened act on the map. */
static void test_zoom_typed_ahead(void **unused)
{
    (void)unused;
    struct error error;
    run("map");
    struct event plus = {.type = EVENT_KEY, .key = '+'};
    assert_int_equal(update_event(&fixture.state, &fixture.requested, &plus, &error), STATUS_OK);
    fixture_settle(&fixture);
    assert_true(map_of(&fixture.state)->panels[0].part.zoom > 1);
}

/* The legend's marks as a terminal without UTF-8 shows them. */
static void cell_in(int panel, int *row, int *column)
{
    const struct map_layout mine = layout_now();
    assert_true(
        map_point_cell(&fixture.state, map_of(&fixture.state)->selected, map_size_of(&mine, panel), row, column));
}

/* Two maps have the same albums and the same selection; the arrows move in the active one, zoom is in both. */
static void test_beside(void **unused)
{
    (void)unused;
    struct map_state *map = map_of(&fixture.state);
    open_map();
    refused("map panel next", "one map is shown");
    refused("map beside gist", "first map");
    refused("map beside nothing", "no embedding");
    run("map artist 4");
    int64_t album = map_selected_album(&fixture.state)->id;
    run("map beside");
    fixture_settle(&fixture);
    assert_int_equal(map->n_panels, 2);
    assert_string_equal(map->panels[0].set, "gist");
    assert_string_equal(map->panels[1].set, "gray16");
    assert_int_equal(map_selected_album(&fixture.state)->id, album);
    assert_int_equal(map->panels[0].nearest.count, MAP_NEAREST_MAX);
    assert_int_equal(map->panels[1].nearest.count, MAP_NEAREST_MAX);
    assert_int_not_equal(map->panels[0].nearest.items[0].id, map->panels[1].nearest.items[0].id);
    for (int panel = 0; panel < 2; panel++) {
        run(panel == 0 ? "map panel 1" : "map panel 2");
        int row, column, row_after, column_after;
        cell_in(panel, &row, &column);
        run("map move left");
        cell_in(panel, &row_after, &column_after);
        assert_true(column_after <= column);
        cell_in(1 - panel, &row, &column); /* it is shown in the other, too */
    }
    run("map zoom in");
    assert_true(map->panels[0].part.zoom > 1 && map->panels[1].part.zoom > 1);
    float x = map->panels[0].part.x;
    run("map pan left");
    assert_true(map->panels[0].part.x == x);
    run("map zoom all");
    assert_true(map->panels[0].part.zoom <= 1 && map->panels[1].part.zoom <= 1);
    run("map set gray16"); /* the two change places */
    fixture_settle(&fixture);
    assert_string_equal(map->panels[0].set, "gray16");
    assert_string_equal(map->panels[1].set, "gist");
    run("map beside next");
    fixture_settle(&fixture);
    assert_int_equal(map->n_panels, 1);
    refused("map panel 2", "one map is shown");
}

/* Under the mouse, each map has its own points, and the legend is below both. */
static void test_mouse_on_two_maps(void **unused)
{
    (void)unused;
    struct map_state *map = map_of(&fixture.state);
    open_map();
    run("map beside gray16");
    fixture_settle(&fixture);
    const struct map_layout mine = layout_now();
    for (int panel = 1; panel >= 0; panel--)
        for (int64_t i = 0; i < (int64_t)map->albums.count; i += 5) {
            int row, column;
            struct map_size size = map_size_of(&mine, panel);
            assert_true(map_point_cell(&fixture.state, i, size, &row, &column));
            int64_t nearest = map_nearest(&fixture.state, size, row, column);
            char line[64];
            snprintf(line, sizeof line, "click %d %d", mine.map_top + row, mine.map_column[panel] + column);
            run(line);
            assert_int_equal(map->selected, nearest);
            assert_int_equal(map->active, panel);
        }
    for (int label = 0; label < map->n_labels; label++) {
        char line[64];
        snprintf(line, sizeof line, "click %d %d", mine.legend_top + label % MAP_LEGEND_ROWS,
                 3 + label / MAP_LEGEND_ROWS * ((fixture.state.columns - 2) / MAP_LEGEND_COLUMNS));
        run(line);
        assert_int_equal(map->labels[map->selected], label);
    }
    char line[64];
    snprintf(line, sizeof line, "wheel %d %d up", mine.map_top + 3, mine.map_column[1] + 4);
    run(line);
    assert_true(map->panels[0].part.zoom > 1 && map->panels[1].part.zoom > 1);
}

static void test_marks_in_ascii(void **unused)
{
    (void)unused;
    struct theme theme;
    struct screen screen;
    struct grid grid;
    struct error error;
    theme_make(0, SCREEN_NO_COLOUR, &theme);
    open_map();
    run("images none");
    assert_int_equal(screen_create(24, 80, &screen, &error), STATUS_OK);
    assert_int_equal(grid_create(24, 80, &grid, &error), STATUS_OK);
    view_draw(&fixture.state, &screen);
    cells_compose(&theme, false, false, &screen, &grid);
    const struct map_layout mine = layout_now();
    for (int label = 0; label < 10; label++) {
        const char *shown = grid_tile(&grid, mine.legend_top + label, mine.panel_column + 2)->text;
        assert_string_equal(shown, scatter_mark(label)->ascii);
    }
    grid_free(&grid);
    screen_free(&screen);
}

int main(void)
{
#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_zoom),
        WITH_FIXTURE(test_pan),
        WITH_FIXTURE(test_mouse_on_the_points),
        WITH_FIXTURE(test_click_on_a_cover),
        WITH_FIXTURE(test_drag),
        WITH_FIXTURE(test_wheel_over_the_legend),
        WITH_FIXTURE(test_zoom_typed_ahead),
        WITH_FIXTURE(test_beside),
        WITH_FIXTURE(test_mouse_on_two_maps),
        WITH_FIXTURE(test_marks_in_ascii),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
