/* The commands of Compare: which models, and on what. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/actions.h"
#include "ui/model_names.h"
#include "ui/picker.h"
#include "ui/view.h"
#include "ui/views/compare/compare.h"
#include "ui/views/failures/failures.h"

/* ---- models ---- */

static enum status check_model(const struct state *state, const char *name, struct error *error)
{
    if (name_list_find(&state->models, name) < state->models.count)
        return STATUS_OK;
    return error_set(error, STATUS_USAGE, "there is no model \"%s\"; a and b list the models", name);
}

COMMAND(command_compare)
{
    char a[NAME_SIZE] = "", b[NAME_SIZE] = "", more[2] = "";
    if (sscanf(argument, "%63s %63s %1s", a, b, more) > 2)
        return error_set(error, STATUS_USAGE, "compare takes two models at most, not \"%s\"", argument);
    if ((a[0] && check_model(state, a, error) != STATUS_OK) || (b[0] && check_model(state, b, error) != STATUS_OK))
        return STATUS_USAGE;
    if (a[0] && strcmp(a, b) == 0)
        return error_set(error, STATUS_USAGE, "%s cannot be compared with itself", a);
    struct compare_state *compare = compare_of(state);
    if (a[0] && strcmp(a, compare->models[1]) == 0)
        snprintf(compare->models[1], NAME_SIZE, "%s", compare->models[0]);
    if (a[0])
        snprintf(compare->models[0], NAME_SIZE, "%s", a);
    if (b[0])
        snprintf(compare->models[1], NAME_SIZE, "%s", b);
    view_open(state, effects, VIEW_COMPARE);
    return STATUS_OK;
}

static enum status choose(struct state *state, struct effect_list *effects, int side, const char *argument,
                          struct error *error)
{
    const struct name_list *models = &state->models;
    if (models->count < 2)
        return error_set(error, STATUS_USAGE,
                         "a comparison needs two models; \"sleeve train als --name als\" makes one");
    if (!argument[0]) {
        picker_open(state, effects, side == 0 ? PICK_COMPARE_A : PICK_COMPARE_B);
        return STATUS_OK;
    }
    const char *name = argument;
    if (strcmp(argument, "next") == 0) {
        size_t at = name_list_find(models, compare_of(state)->models[side]);
        do {
            at = at + 1 < models->count ? at + 1 : 0;
            name = models->names[at];
        } while (strcmp(name, compare_of(state)->models[!side]) == 0);
    } else if (check_model(state, name, error) != STATUS_OK) {
        return STATUS_USAGE;
    }
    compare_set_model(state, effects, side, name);
    return STATUS_OK;
}

COMMAND(command_compare_a)
{
    return choose(state, effects, 0, argument, error);
}

COMMAND(command_compare_b)
{
    return choose(state, effects, 1, argument, error);
}

COMMAND(command_compare_swap)
{
    struct compare_state *compare = compare_of(state);
    (void)argument;
    if (!compare->models[0][0] || !compare->models[1][0])
        return error_set(error, STATUS_USAGE, "there are no two models to swap");
    compare->side = !compare->side;
    compare_set_model(state, effects, 0, compare->models[1]);
    return STATUS_OK;
}

/* ---- what is compared ---- */

COMMAND(command_compare_show)
{
    struct compare_state *compare = compare_of(state);
    int page = 0;
    if (strcmp(argument, "next") == 0)
        page = ((int)compare->page + 1) % COMPARE_PAGES;
    else
        while (page < COMPARE_PAGES && strcmp(argument, compare_page_names[page]) != 0)
            page++;
    if (page == COMPARE_PAGES)
        return error_set(error, STATUS_USAGE, "compare show: \"%s\" is not lists, results or plot", argument);
    compare->page = (enum compare_page)page;
    state_touch(state);
    if (!view_is_shown(state, VIEW_COMPARE))
        view_open(state, effects, VIEW_COMPARE);
    else
        compare_request(state, effects);
    return STATUS_OK;
}

static enum status open_at(struct state *state, struct effect_list *effects, size_t at, struct error *error)
{
    struct compare_state *compare = compare_of(state);
    if (at >= compare->results.n_largest)
        return error_set(error, STATUS_USAGE, "there is no playlist to open");
    compare->playlist_at.selected = at;
    compare_open_playlist(state, effects, compare->results.largest[at].id);
    return STATUS_OK;
}

/* In the order of the largest wins and losses. */
COMMAND(command_compare_test)
{
    struct compare_state *compare = compare_of(state);
    const struct compare_result *results = &compare->results;
    size_t at = 0;
    if (!argument[0]) {
        picker_open(state, effects, PICK_COMPARED);
        return STATUS_OK;
    }
    bool back = strcmp(argument, "previous") == 0;
    if (!back && strcmp(argument, "next") != 0)
        return error_set(error, STATUS_USAGE, "compare test: \"%s\" is neither next nor previous", argument);
    if (!compare->results_there || results->n_largest == 0)
        return error_set(error, STATUS_USAGE, "the largest wins and losses are not known yet; t shows them");
    while (at < results->n_largest && results->largest[at].id != compare->playlist)
        at++;
    if (at == results->n_largest)
        return open_at(state, effects, back ? results->n_largest - 1 : 0, error);
    if (back ? at == 0 : at + 1 == results->n_largest)
        return error_set(error, STATUS_USAGE,
                         back ? "this is the largest win" : "this is the last of the largest losses");
    return open_at(state, effects, back ? at - 1 : at + 1, error);
}

COMMAND(command_compare_own)
{
    (void)argument, (void)error;
    compare_of(state)->playlist = 0;
    compare_of(state)->page = COMPARE_LISTS;
    view_open(state, effects, VIEW_COMPARE);
    return STATUS_OK;
}

COMMAND(command_compare_failure)
{
    const struct failures_state *failures = failures_of(state);
    struct compare_state *compare = compare_of(state);
    (void)argument;
    if (failures->opened.playlist_id == 0)
        return error_set(error, STATUS_USAGE, "no test playlist is opened among the failures");
    const char *b = failures->opened.n_sides > 1 ? failures->opened.sides[1].model : "";
    snprintf(compare->models[0], NAME_SIZE, "%.63s", failures->opened.sides[0].model);
    if (b[0])
        snprintf(compare->models[1], NAME_SIZE, "%.63s", b);
    compare->playlist = failures->opened.playlist_id;
    compare->page = COMPARE_LISTS;
    view_open(state, effects, VIEW_COMPARE);
    return STATUS_OK;
}

/* ---- in the lists ---- */

static enum status needs_lists(const struct state *state, struct error *error)
{
    const struct compare_state *compare = compare_of(state);
    if (compare->page != COMPARE_LISTS)
        return error_set(error, STATUS_USAGE, "this is about two lists; t shows them");
    return compare->lists_there ? STATUS_OK : error_set(error, STATUS_USAGE, "there are no suggestions to compare");
}

void compare_go_to(struct compare_state *compare, size_t at)
{
    compare->turned = at / PAGE_TRACKS;
    compare->selected = at % PAGE_TRACKS;
}

COMMAND(command_compare_hit)
{
    struct compare_state *compare = compare_of(state);
    (void)effects;
    bool back = strcmp(argument, "previous") == 0, found = false;
    if (!back && strcmp(argument, "next") != 0)
        return error_set(error, STATUS_USAGE, "compare hit: \"%s\" is neither next nor previous", argument);
    if (needs_lists(state, error) != STATUS_OK)
        return STATUS_USAGE;
    const struct failure_side *side = &compare->lists.sides[compare->side];
    size_t at = compare->turned * PAGE_TRACKS + compare->selected;
    while (!found && (back ? at > 0 : at + 1 < side->count)) {
        at = back ? at - 1 : at + 1;
        found = side->hits[at];
    }
    if (!found)
        return error_set(error, STATUS_USAGE,
                         back ? "there is no hit before this one" : "there is no hit after this one");
    compare_go_to(compare, at);
    return STATUS_OK;
}

/* Moves to the same track in the other list. */
COMMAND(command_compare_follow)
{
    struct compare_state *compare = compare_of(state);
    size_t at;
    (void)effects, (void)argument;
    if (needs_lists(state, error) != STATUS_OK)
        return STATUS_USAGE;
    if (!compare_selected(state, &at))
        return error_set(error, STATUS_USAGE, "there is no suggestion selected");
    int32_t other = compare->lists.moves.elsewhere[compare->side][at];
    if (other == 0)
        return error_set(error, STATUS_USAGE, "%s does not have this track among its %zu",
                         compare->lists.sides[!compare->side].model, compare->lists.sides[!compare->side].count);
    compare->side = !compare->side;
    compare_go_to(compare, (size_t)other - 1);
    return STATUS_OK;
}

COMMAND(compare_command_add)
{
    struct compare_state *compare = compare_of(state);
    size_t at, number;
    if (needs_lists(state, error) != STATUS_OK)
        return STATUS_USAGE;
    if (argument[0]) {
        if (command_number(argument, "add", &number, error) != STATUS_OK)
            return STATUS_USAGE;
        if (number > PAGE_TRACKS)
            return error_set(error, STATUS_USAGE, "add: there are rows 1 to %d", PAGE_TRACKS);
        compare->selected = number - 1;
    }
    const struct track *track = compare_selected(state, &at);
    if (!track)
        return error_set(error, STATUS_USAGE, "there is no suggestion selected");
    const struct track *kept = track_book_keep(&state->book, track);
    return kept ? action_add(state, effects, kept, error) : error_no_memory(error);
}

/* ---- in the results ---- */

static enum status accept_group(struct state *state, struct effect_list *effects, struct error *error)
{
    struct compare_state *compare = compare_of(state);
    const struct group_summary *group = compare_group(state, compare->group_at.selected);
    if (!group)
        return error_set(error, STATUS_USAGE, "there is no group selected");
    compare->filter = group->group;
    compare->pane = COMPARE_PLAYLISTS;
    compare_request_results(state, effects);
    return STATUS_OK;
}

COMMAND(command_compare_accept)
{
    struct compare_state *compare = compare_of(state);
    if (compare->page == COMPARE_LISTS)
        return compare_command_add(state, effects, argument, error);
    if (compare->page == COMPARE_PLOT || !compare->results_there)
        return error_set(error, STATUS_USAGE, "there is nothing to open here; t shows the lists");
    if (compare->pane == COMPARE_METRICS)
        return compare_command_pane(state, effects, "next", error);
    if (compare->pane == COMPARE_GROUPS)
        return accept_group(state, effects, error);
    return open_at(state, effects, compare->playlist_at.selected, error);
}

COMMAND(command_compare_all)
{
    (void)argument, (void)error;
    compare_of(state)->filter = (struct result_group){.seeds = SEEDS_ANY, .slice = -1};
    compare_request_results(state, effects);
    return STATUS_OK;
}

static enum status go_back(struct state *state, struct effect_list *effects)
{
    struct compare_state *compare = compare_of(state);
    if (compare->page == COMPARE_RESULTS && compare_is_filtered(state))
        return command_compare_all(state, effects, "", NULL);
    if (compare->page != COMPARE_LISTS || compare->playlist == 0)
        return STATUS_FAILED;
    compare->page = COMPARE_RESULTS;
    compare_request(state, effects);
    return STATUS_OK;
}

/* From a test playlist to the results that it was opened from; from a group to all playlists; else to Explore. */
COMMAND(command_compare_back)
{
    (void)argument, (void)error;
    if (go_back(state, effects) != STATUS_OK)
        view_open(state, effects, VIEW_EXPLORE);
    return STATUS_OK;
}
