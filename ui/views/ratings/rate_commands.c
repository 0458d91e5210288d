/* Rating the selected suggestion, and undoing that. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/actions.h"
#include "ui/commands.h"
#include "ui/picker.h"
#include "ui/view.h"
#include "ui/views/explore/explore.h"
#include "ui/views/ratings/ratings.h"

const char *const rating_signs[RATING_VALUES] = {"+", "=", "-"};
const enum style rating_styles[RATING_VALUES] = {STYLE_GOOD, STYLE_ACCENT, STYLE_WARNING};

int64_t ratings_playlist(const struct state *state)
{
    const struct view_ops *ops = view_ops(state->view);
    const int64_t other = ops->suggested_for ? ops->suggested_for(state) : 0;
    return other > 0 ? other : state_playlist_number(state);
}

bool ratings_value(const struct state *state, int64_t track, enum rating_value *value)
{
    const struct ratings_state *mine = ratings_of(state);
    const bool known = mine->of == ratings_playlist(state);
    size_t low = 0, high = known ? mine->rated.count : 0;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (mine->rated.items[middle].track < track)
            low = middle + 1;
        else
            high = middle;
    }
    if (!known || low >= mine->rated.count || mine->rated.items[low].track != track)
        return false;
    *value = mine->rated.items[low].value;
    return true;
}

void ratings_draw_sign(const struct state *state, int64_t track, bool selected, struct screen *screen, int row,
                       int column)
{
    enum rating_value value;
    if (ratings_value(state, track, &value))
        screen_text(screen, row, column, 1, selected ? STYLE_SELECTED : rating_styles[value], rating_signs[value]);
}

/* Ratings belong to a playlist of the catalogue. One that is not saved is saved for that, as every explorer's playlist:
 * under a name that says nothing, unless it has one. *saved: that happened. */
static enum status need_playlist(struct state *state, struct effect_list *effects, bool *saved, struct error *error)
{
    const struct playlist_version *now = playlist_now(&state->playlist);
    *saved = false;
    if (state_playlist_number(state) > 0)
        return STATUS_OK;
    if (now->count == 0)
        return error_set(error, STATUS_USAGE, "the playlist is empty; ratings are stored for a playlist with tracks");
    if (now->kept) { /* the save that gives it a number comes first */
        action_flush(state, effects);
        return STATUS_OK;
    }
    *saved = true;
    char *name = strdup(now->name[0] ? now->name : PLAYLIST_NAMELESS);
    enum status status = name ? playlist_rename(&state->playlist, name, true, error) : error_no_memory(error);
    free(name);
    if (status == STATUS_OK)
        action_save(state, effects);
    return status;
}

/* The selected suggestion of another view, for the playlist that is open there. */
static enum status find_elsewhere(struct state *state, struct rating_target *target, struct error *error)
{
    const struct view_ops *ops = view_ops(state->view);
    struct view_suggestion found = {0};
    if (!ops->suggestion(state, &found))
        return error_set(error, STATUS_USAGE, "select a suggestion to rate it (tab goes to the lists)");
    free(found.seeds);
    if (found.rank < 1)
        return error_set(error, STATUS_USAGE, "%.80s does not suggest this track, so there is nothing to rate",
                         found.model);
    *target = (struct rating_target){
        .track = track_book_keep(&state->book, found.track), .rank = found.rank, .playlist = ops->suggested_for(state)};
    snprintf(target->model, sizeof target->model, "%s", found.model);
    return target->track ? STATUS_OK : error_no_memory(error);
}

/* The selected suggestion, as the person saw it. Lists that the model did not make count for no model. */
static enum status find_target(struct state *state, struct rating_target *target, struct error *error)
{
    const struct explore_state *explore = explore_of(state);
    const struct suggestions *suggestions = &explore->suggestions;
    if (view_ops(state->view)->suggested_for)
        return find_elsewhere(state, target, error);
    if (state->view != VIEW_EXPLORE || explore->pane != PANE_SUGGESTIONS)
        return error_set(error, STATUS_USAGE, "select a suggestion in Explore to rate it (tab goes there)");
    *target = (struct rating_target){.track = explore_seen_on_page(state, suggestions->selected)};
    if (!target->track)
        return error_set(error, STATUS_USAGE, "there is no suggestion to rate");
    if (suggestions->seeds.answer != ANSWER_MODEL)
        return STATUS_OK;
    snprintf(target->model, sizeof target->model, "%s", suggestions->model);
    for (size_t i = 0; i < suggestions->tracks.count && target->rank == 0; i++)
        if (suggestions->tracks.items[i] == target->track)
            target->rank = suggestions->ranks ? suggestions->ranks[i] : (int32_t)i + 1;
    return STATUS_OK;
}

static enum status request(struct state *state, struct effect_list *effects, const struct rating_target *target,
                           enum rating_value value, const char *reason, struct error *error)
{
    bool saved = false;
    const size_t mark = RATINGS_REASON_MARK;
    const bool metadata = strncmp(reason, "metadata:", mark) == 0;
    reason += metadata ? mark + strspn(reason + mark, " ") : 0;
    if (value == RATING_BAD && !reason[0])
        return error_set(error, STATUS_USAGE, "a reason follows \"metadata:\", such as \"metadata: wrong year\"");
    if (strlen(reason) > RATING_TEXT_MAX)
        return error_set(error, STATUS_USAGE, "the reason is longer than %d bytes", RATING_TEXT_MAX);
    enum status status = target->playlist > 0 ? STATUS_OK : need_playlist(state, effects, &saved, error);
    if (status != STATUS_OK)
        return status;
    struct effect *effect = effect_request(effects, state, EFFECT_RATE, reason);
    if (!effect)
        return error_no_memory(error);
    struct rate_input *input = effect->input;
    *input = (struct rate_input){.serial = playlist_now(&state->playlist)->serial,
                                 .track = target->track,
                                 .rank = target->rank,
                                 .value = value,
                                 .metadata = metadata,
                                 .saved = saved,
                                 .other = target->playlist > 0,
                                 .step = -1};
    snprintf(input->model, sizeof input->model, "%s", target->model);
    effect->id = target->playlist > 0 ? target->playlist : state_playlist_number(state);
    return STATUS_OK;
}

enum status ratings_take_reason(struct state *state, struct effect_list *effects, const char *reason,
                                struct error *error)
{
    struct rating_target *target = &ratings_of(state)->target;
    struct rating_target chosen = *target;
    *target = (struct rating_target){0};
    enum status status = chosen.track ? STATUS_OK : find_target(state, &chosen, error);
    return status == STATUS_OK ? request(state, effects, &chosen, RATING_BAD, reason, error) : status;
}

static enum status ask_for_reason(struct state *state, struct effect_list *effects, const struct rating_target *target,
                                  struct error *error)
{
    if (target->playlist == 0 && playlist_now(&state->playlist)->count == 0 && state_playlist_number(state) == 0)
        return error_set(error, STATUS_USAGE, "the playlist is empty; ratings are stored for a playlist with tracks");
    ratings_of(state)->target = *target;
    picker_open(state, effects, PICK_REASONS);
    return STATUS_OK;
}

COMMAND(command_rate)
{
    struct rating_target target;
    enum rating_value value;
    char name[16];
    const size_t size = strcspn(argument, " ");
    const char *reason = argument + size + strspn(argument + size, " ");
    snprintf(name, sizeof name, "%.*s", (int)size, argument);
    if (!rating_named(name, &value))
        return error_set(error, STATUS_USAGE, "rate takes good, borderline or bad, not \"%s\"", name);
    if (value != RATING_BAD && reason[0])
        return error_set(error, STATUS_USAGE, "only a bad rating has a reason");
    enum status status = find_target(state, &target, error);
    if (status != STATUS_OK)
        return status;
    if (value == RATING_BAD && !reason[0])
        return ask_for_reason(state, effects, &target, error);
    status = request(state, effects, &target, value, reason, error);
    if (status == STATUS_OK && value != RATING_BAD && state->view == VIEW_EXPLORE) /* the next; a bad one is hidden */
        explore_move_selection(state, 1);
    return status;
}

/* ---- undo ---- */

bool ratings_pending(const struct state *state)
{
    return state_awaits(state, EFFECT_RATE);
}

enum status ratings_walk(struct state *state, struct effect_list *effects, bool back, bool *done, struct error *error)
{
    const struct ratings_state *mine = ratings_of(state);
    const size_t at = back ? mine->done - 1 : mine->done;
    const struct rating_step *step = (back ? mine->done > 0 : mine->done < mine->n_steps) ? &mine->steps[at] : NULL;
    *done = step && step->edit == state->playlist.current && (back || step->edits == state->playlist.count);
    if (!*done)
        return STATUS_OK;
    if (ratings_pending(state))
        return error_set(error, STATUS_USAGE, "a rating is being stored; try again in a moment");
    const struct rating_mark *wanted = back ? &step->before : &step->after;
    struct effect *effect = effect_request(effects, state, EFFECT_RATE, wanted->reason);
    if (!effect)
        return error_no_memory(error);
    struct rate_input *input = effect->input;
    *input = (struct rate_input){.track = step->track,
                                 .rank = wanted->rank,
                                 .rated = wanted->rated,
                                 .value = wanted->value,
                                 .metadata = wanted->metadata,
                                 .remove = !wanted->there,
                                 .step = (int)at,
                                 .back = back};
    memcpy(input->model, step->model, sizeof input->model);
    memcpy(input->rater, step->rater, sizeof input->rater);
    effect->id = step->playlist;
    return STATUS_OK;
}
