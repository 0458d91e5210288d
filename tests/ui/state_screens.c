#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "golden.h"
#include "screen_check.h"
#include "shared_fixture.h"
#include "state_screens.h"
#include "view_cases.h"

static bool was_awaited[EFFECT_COUNT], was_picked[PICKER_KINDS];

/* ---- running a case ---- */

static void run_lines(const char *lines, bool wait)
{
    char *copy = strdup(lines ? lines : ""), *rest = copy, *line;
    while ((line = strsep(&rest, "|")))
        if (line[0] && wait)
            run_and_wait(line);
        else if (line[0])
            run(line);
    free(copy);
}

/* Up to the commands whose results are awaited. */
static void start_case(const struct view_case *row)
{
    memset(&fixture, 0, sizeof fixture);
    fixture_init(&fixture);
    if (row->how & CASE_WITHOUT_CAUSES)
        fake_without_causes(fixture.app);
    if (row->how & CASE_MANY)
        fake_many_playlists(fixture.app, 20001);
    if (row->how & CASE_WIDE) {
        fixture.state.rows = 50;
        fixture.state.columns = 160;
    }
    if (row->open)
        fixture_settle(&fixture);
    run_lines(row->setup, true);
    run_lines(row->open, false);
    layout_settle(&fixture.state);
}

static bool is_part(const struct view_case *row, enum effect_type type)
{
    return type != EFFECT_SAVE || (row->how & CASE_SAVES) != 0;
}

static struct result fail_first(void)
{
    struct result result = {.effect = fixture.requested.items[0]};
    const size_t size = effect_ops(result.effect.type)->output_size;
    fixture.requested.count--;
    memmove(fixture.requested.items, fixture.requested.items + 1,
            fixture.requested.count * sizeof *fixture.requested.items);
    result.output = size > 0 ? calloc(1, size) : NULL;
    error_set(&result.error, STATUS_FAILED,
              "the file mf-avg.safetensors ends after 12 of 40,960 bytes; train the model again");
    app_device(fixture.app, &result.device);
    return result;
}

/* Runs the first requested effect, or lets it fail. */
static void run_first(int failing)
{
    const enum effect_type type = fixture.requested.items[0].type;
    struct result result = {0};
    if (!effect_ops(type)->run) {
        effect_free(&fixture.requested.items[0]);
        fixture.requested.count--;
        memmove(fixture.requested.items, fixture.requested.items + 1,
                fixture.requested.count * sizeof *fixture.requested.items);
        return;
    }
    result = (int)type == failing ? fail_first() : fixture_run(&fixture, 0);
    fixture_take(&fixture, &result);
}

/* What is due is requested. False: there is nothing left to wait for. */
static bool advance(void)
{
    fixture.state.now += 1;
    update_tick(&fixture.state, &fixture.requested);
    return fixture.requested.count > 0;
}

static void finish_with(int failing)
{
    for (int i = 0; i < 400 && (fixture.requested.count > 0 || advance()); i++)
        run_first(failing);
}

/* ---- its screens ---- */

static void draw(struct screen *screen)
{
    struct error error;
    assert_int_equal(screen_create(fixture.state.rows, fixture.state.columns, screen, &error), STATUS_OK);
    view_draw(&fixture.state, screen);
    check_screen(screen);
}

/* Without the first row, which lists the views. */
static char *text_of_screen(void)
{
    struct screen screen;
    struct buffer text = {0};
    draw(&screen);
    screen_dump_text(&screen, &text);
    golden_check_harmless(&text);
    char *rest = strdup(strchr(text.data, '\n') + 1);
    buffer_free(&text);
    screen_free(&screen);
    return rest;
}

static void note_shown(const struct view_case *row)
{
    const struct state *state = &fixture.state;
    const enum view shown = state->overlay != VIEW_NONE ? state->overlay : state->view;
    if (shown != row->view)
        fail_msg("the case %s of %s shows %s", row->name, view_ops(row->view)->name, view_ops(shown)->name);
    if (shown == VIEW_PICKER)
        was_picked[picker_of(state)->kind] = true;
}

/* The screens in which each effect is awaited for the first time; fills `awaited`. */
static void add_awaited(struct golden_page *page, const struct view_case *row, bool awaited[EFFECT_COUNT])
{
    char title[128];
    bool any = false;
    start_case(row);
    note_shown(row);
    for (int i = 0; i < 400 && (fixture.requested.count > 0 || advance()); i++) {
        const enum effect_type type = fixture.requested.items[0].type;
        if (effect_ops(type)->run && is_part(row, type) && !awaited[type]) {
            awaited[type] = was_awaited[type] = any = true;
            fixture.state.now += 1;
            snprintf(title, sizeof title, "%s: %s is awaited", row->name, effect_ops(type)->name);
            golden_add(page, title, text_of_screen());
        }
        run_first(-1);
    }
    if (!any)
        golden_add(page, row->name, text_of_screen());
    fixture_free(&fixture);
}

static void add_failed(struct golden_page *page, const struct view_case *row, const bool awaited[EFFECT_COUNT])
{
    char title[128];
    for (int type = 0; type < EFFECT_COUNT; type++) {
        if (!awaited[type])
            continue;
        start_case(row);
        finish_with(type);
        snprintf(title, sizeof title, "%s: %s has failed", row->name, effect_ops((enum effect_type)type)->name);
        golden_add(page, title, text_of_screen());
        fixture_free(&fixture);
    }
}

static void add_case(struct golden_page *page, const struct view_case *row)
{
    bool awaited[EFFECT_COUNT] = {false};
    add_awaited(page, row, awaited);
    add_failed(page, row, awaited);
}

void test_states(void **unused)
{
    (void)unused;
    for (int view = 0; view < VIEW_COUNT; view++) {
        struct golden_page page = {.count = 0}, unwritten = {.count = 0};
        char name[64];
        for (size_t i = 0; i < VIEW_CASES; i++)
            if ((int)view_cases[i].view == view)
                add_case(view_cases[i].how & CASE_UNWRITTEN ? &unwritten : &page, &view_cases[i]);
        if (page.count == 0)
            fail_msg("no case is of the view %s", view_ops((enum view)view)->name);
        snprintf(name, sizeof name, "states/%s", view_ops((enum view)view)->name);
        golden_check(name, page.text.data);
        golden_free(&page);
        golden_free(&unwritten);
    }
}

void test_states_complete(void **unused)
{
    (void)unused;
    for (int type = 0; type < EFFECT_COUNT; type++)
        if (effect_ops((enum effect_type)type)->run && !was_awaited[type])
            fail_msg("no case awaits the effect %s", effect_ops((enum effect_type)type)->name);
    for (int kind = 0; kind < PICKER_KINDS; kind++)
        if (!was_picked[kind])
            fail_msg("no case shows the list %s", picker_source((enum picker_kind)kind)->name);
}

/* ---- sizes ---- */

static void resize(int columns, int rows)
{
    char line[32];
    snprintf(line, sizeof line, "resize %dx%d", columns, rows);
    run_and_wait(line);
}

/* Whether a row is shown as selected; a few cells may be another sign, such as the place of a page among all. */
static bool is_selected(const struct screen *screen, int row)
{
    enum { SIGN = 8 };
    int count = 0;
    for (int i = row * screen->columns; row < screen->rows && i < (row + 1) * screen->columns; i++)
        count += screen->cells[i].style == STYLE_SELECTED || screen->cells[i].style == STYLE_SELECTED_TITLE;
    return count > SIGN;
}

static bool has_mark(const struct screen *screen, int row)
{
    for (int i = row * screen->columns; i < (row + 1) * screen->columns; i++)
        if (strcmp(screen->cells[i].text, "▸") == 0 || strcmp(screen->cells[i].text, "▌") == 0)
            return true;
    return screen->cursor_visible && screen->cursor_row == row;
}

/* What is selected, of one row or several, has the cursor or a mark: it can be seen without colours. */
static void check_selection(const struct view_case *row)
{
    struct screen screen;
    bool marked = false;
    draw(&screen);
    for (int i = 0; i < screen.rows; i++) {
        if (!is_selected(&screen, i))
            continue;
        marked = marked || has_mark(&screen, i);
        if (!is_selected(&screen, i + 1) && !marked)
            fail_msg("%s of %s: row %d is selected by its colour alone", row->name, view_ops(row->view)->name, i);
        marked = marked && is_selected(&screen, i + 1);
    }
    screen_free(&screen);
}

static void check_again(const struct view_case *row, const char *before)
{
    char *after = text_of_screen();
    if (strcmp(before, after) != 0)
        print_message("%s of %s:\n%s\n", row->name, view_ops(row->view)->name, before);
    assert_string_equal(before, after);
    free(after);
}

static void check_sizes(void)
{
    static const int sizes[][2] = {{200, 55}, {20, 5}, {1, 1}, {79, 24}, {400, 24}, {80, 120}, {300, 90}, {80, 24}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        resize(sizes[i][0], sizes[i][1]);
        free(text_of_screen());
    }
}

void test_state_sizes(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < VIEW_CASES; i++) {
        start_case(&view_cases[i]);
        finish_with(-1);
        resize(80, 24);
        char *before = text_of_screen();
        check_selection(&view_cases[i]);
        check_sizes();
        check_again(&view_cases[i], before);
        fixture.state.no_images = true;
        check_sizes();
        fixture.state.no_images = false;
        fixture.state.present = PRESENT_AUTO;
        check_sizes();
        fixture.state.present = PRESENT_OFF;
        resize(80, 24);
        check_again(&view_cases[i], before);
        free(before);
        fixture_free(&fixture);
    }
}
