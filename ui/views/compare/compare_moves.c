/* Moving in Compare: the selected row, the page and the pane. */
#include <string.h>

#include "ui/view.h"
#include "ui/views/compare/compare.h"

static void move_on_page(struct compare_state *compare, size_t pages, bool back)
{
    size_t at = compare->selected;
    if (back && at == 0 && compare->turned > 0) {
        compare->turned--;
        at = PAGE_TRACKS - 1;
    } else if (!back && at + 1 == PAGE_TRACKS && compare->turned + 1 < pages) {
        compare->turned++;
        at = 0;
    } else if (back ? at > 0 : at + 1 < PAGE_TRACKS) {
        at = back ? at - 1 : at + 1;
    }
    compare->selected = at;
}

static enum status select_suggestion(struct state *state, struct effect_list *effects, const char *argument,
                                     struct error *error)
{
    struct compare_state *compare = compare_of(state);
    if (strcmp(argument, "next") == 0 || strcmp(argument, "previous") == 0) {
        move_on_page(compare, compare_pages(state), argument[0] == 'p');
        return STATUS_OK;
    }
    if (strncmp(argument, "page-", 5) == 0)
        return compare_command_page(state, effects, argument[5] == 'd' ? "next" : "previous", error);
    struct list_position at = {.selected = compare->selected, .rows = PAGE_TRACKS};
    enum status status = command_select_in(&at, PAGE_TRACKS, argument, 1, error);
    if (status == STATUS_OK)
        compare->selected = at.selected;
    return status;
}

COMMAND(compare_command_select)
{
    struct compare_state *compare = compare_of(state);
    if (compare->page == COMPARE_LISTS)
        return select_suggestion(state, effects, argument, error);
    if (compare->page == COMPARE_PLOT || !compare->results_there)
        return STATUS_OK;
    const struct {
        struct list_position *at;
        size_t count;
    } lists[COMPARE_PANES] = {
        [COMPARE_METRICS] = {&compare->metric_at, (size_t)compare->results.n_metrics},
        [COMPARE_GROUPS] = {&compare->group_at, compare_group_count(state)},
        [COMPARE_PLAYLISTS] = {&compare->playlist_at, compare->results.n_largest},
    };
    const enum metric before = compare_metric(state);
    enum status status = command_select_in(lists[compare->pane].at, lists[compare->pane].count, argument, 1, error);
    if (status == STATUS_OK && compare_metric(state) != before)
        compare_request_playlists(state, effects);
    return status;
}

COMMAND(compare_command_page)
{
    struct compare_state *compare = compare_of(state);
    if (compare->page != COMPARE_LISTS) {
        bool next = strcmp(argument, "next") == 0;
        return compare_command_select(state, effects, next ? "page-down" : "page-up", error);
    }
    size_t pages = compare_pages(state), number = 1;
    if (pages == 0)
        return error_set(error, STATUS_USAGE, "there are no suggestions to page through");
    if (strcmp(argument, "next") == 0)
        number = compare->turned + 2;
    else if (strcmp(argument, "previous") == 0)
        number = compare->turned;
    else if (strcmp(argument, "first") != 0 && command_number(argument, "page", &number, error) != STATUS_OK)
        return STATUS_USAGE;
    if (number == 0)
        return error_set(error, STATUS_USAGE, "this is the first page");
    if (number > pages)
        return error_set(error, STATUS_USAGE, "this is page %zu of %zu; there is no page %zu", compare->turned + 1,
                         pages, number);
    compare->turned = number - 1;
    return STATUS_OK;
}

/* The other list: at the same track if that is on the page, else in the same row. */
static void change_side(struct state *state, int side)
{
    struct compare_state *compare = compare_of(state);
    size_t at;
    const struct track *track = compare_selected(state, &at);
    if (side == compare->side)
        return;
    int32_t other = track ? compare->lists.moves.elsewhere[compare->side][at] : 0;
    compare->side = side;
    if (other > 0 && (size_t)(other - 1) / PAGE_TRACKS == compare->turned)
        compare_go_to(compare, (size_t)other - 1);
}

COMMAND(compare_command_pane)
{
    struct compare_state *compare = compare_of(state);
    (void)effects;
    bool right = strcmp(argument, "right") == 0, left = strcmp(argument, "left") == 0;
    bool next = strcmp(argument, "next") == 0, previous = strcmp(argument, "previous") == 0;
    if (!right && !left && !next && !previous)
        return error_set(error, STATUS_USAGE, "there is no pane \"%s\" here; right and left change it", argument);
    if (compare->page == COMPARE_LISTS)
        change_side(state, right ? 1 : left ? 0 : !compare->side);
    else if (compare->page == COMPARE_RESULTS && (right || left))
        compare->pane = compare->pane == COMPARE_METRICS ? (right ? COMPARE_GROUPS : COMPARE_METRICS)
                        : right                          ? COMPARE_PLAYLISTS
                                                         : COMPARE_GROUPS;
    else if (compare->page == COMPARE_RESULTS)
        compare->pane = (enum compare_pane)(((int)compare->pane + (next ? 1 : COMPARE_PANES - 1)) % COMPARE_PANES);
    return STATUS_OK;
}
