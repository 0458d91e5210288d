#include "ui/update.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/actions.h"
#include "ui/bindings.h"
#include "ui/commands.h"
#include "ui/held.h"
#include "ui/layout.h"
#include "ui/session.h"

/* Edits that come within this time are saved together. */
static const double save_delay = 0.25;
/* What could not be saved is tried again after this time. */
static const double retry_delay = 5;
/* The map's points move at this pace, so that an eye can follow them. */
static const double map_frame = 1.0 / 30;

void update_start(struct state *state, struct effect_list *effects)
{
    effect_ask(effects, state, EFFECT_SESSION_READ, NULL);
    effect_ask(effects, state, EFFECT_MODELS, NULL);
    effect_ask(effects, state, EFFECT_SETS, NULL);
}

static void insert(struct state *state, struct effect_list *effects, const char *text)
{
    if (!text || state->input == INPUT_NONE)
        return;
    bool search = state->input == INPUT_SEARCH;
    if (search && state->search_fresh)
        line_set(&state->search, "");
    state->search_fresh = state->search_fresh && !search;
    if (!line_insert(search ? &state->search : &state->command, text, strlen(text)))
        state_warn(state, "the line is full: the rest of the text was left out");
    if (search)
        action_search(state, effects);
}

static enum status press(struct state *state, struct effect_list *effects, const struct event *event,
                         struct error *error)
{
    if (layout_of(state).too_small && event->key != KEY_CONTROL('z')) { /* nobody sees what a key would do */
        state->quitting = state->quitting || event->key == 'q';
        return STATUS_OK;
    }
    enum binding_context context = binding_context(state);
    const struct binding *binding = binding_find(context, event->key, event->alt != 0);
    const struct binding *escape = binding_find(context, KEYS_ESCAPE, false);
    if (event->alt && !binding && escape) { /* tmux makes this of escape and a key that follows soon */
        enum status status = command_run(state, effects, escape->command, error);
        struct event rest = {.type = EVENT_KEY, .key = event->key};
        if (status != STATUS_OK || held_put_first(state, &rest))
            return status;
        return press(state, effects, &rest, error);
    }
    state->message_warning = false;
    state->message[0] = '\0';
    if (binding)
        return command_run(state, effects, binding->command, error);
    bool printable = event->key >= ' ' && event->key != KEYS_BACKSPACE && event->key < KEYS_SPECIAL_ && !event->alt;
    if ((context & CONTEXT_TYPING) && printable) {
        struct line typed = {0};
        line_insert_character(&typed, event->key);
        insert(state, effects, typed.text);
        return STATUS_OK;
    }
    char name[32];
    key_name(event->key, event->alt != 0, name);
    return error_set(error, STATUS_USAGE, "%s means nothing here; ? shows the keys", name);
}

static enum status take_event(struct state *state, struct effect_list *effects, const struct event *event,
                              struct error *error)
{
    switch (event->type) {
    case EVENT_KEY:
        return press(state, effects, event, error);
    case EVENT_PASTE:
        insert(state, effects, event->text);
        return STATUS_OK;
    case EVENT_CLICK:
        return update_click(state, effects, event, error);
    case EVENT_WHEEL:
        return update_wheel(state, effects, event, error);
    case EVENT_RESIZE:
        state->rows = event->rows;
        state->columns = event->columns;
        return STATUS_OK;
    case EVENT_CLOSED:
        state->quitting = true;
        return STATUS_OK;
    case EVENT_READY:
    case EVENT_NONE:
        break;
    }
    return STATUS_OK;
}

enum status update_event(struct state *state, struct effect_list *effects, const struct event *event,
                         struct error *error)
{
    if (held_given_up(state, event))
        held_free(&state->held);
    if (held_must_wait(state, event) && held_put(state, event))
        return STATUS_OK;
    enum status status = take_event(state, effects, event, error);
    layout_settle(state);
    return status;
}

/* Keys whose answer has come. */
static void take_held(struct state *state, struct effect_list *effects)
{
    struct event event;
    struct error error;
    while (!state->quitting && held_take(state, &event)) {
        if (take_event(state, effects, &event, &error) != STATUS_OK)
            state_warn(state, error.text);
        free(event.text);
        layout_settle(state);
    }
}

/* Who wants to leave does not wait for answers for ever. */
static void leave_anyway(struct state *state)
{
    if (held_patience(state) != 0)
        return;
    if (state->searching)
        snprintf(state->farewell, sizeof state->farewell,
                 "the search for \"%.100s\" was not done: nothing that it would have found was added",
                 state->search.text);
    state->quitting = true;
}

/* ---- results ---- */

static void take_session(struct state *state, struct effect_list *effects, struct result *result)
{
    if (result->error.status != STATUS_OK)
        state_warn(state, result->error.text);
    else if (result->json)
        session_restore(result->json, result->written.id != 0 ? &result->written : NULL, &result->tracks, state);
    if (result->note)
        state_say(state, "%s", result->note);
    state->session_known = true;
    if (state->search.size > 0)
        action_search(state, effects);
    if (state->view == VIEW_MAP)
        action_open_map(state, effects);
    action_suggest(state, effects);
    if (state->view == VIEW_FAILURES)
        action_failures(state, effects);
    state->dirty = state->dirty && state->playlist.count > 1;
}

static void take_models(struct state *state, struct effect_list *effects, const struct result *result)
{
    const char **names = calloc(result->models.count + 1, sizeof *names);
    bool known = false;
    if (!names)
        return;
    for (size_t i = 0; i < result->models.count; i++)
        names[i] = result->models.items[i].name;
    name_list_set(&state->models, names, result->models.count);
    free(names);
    for (size_t i = 0; i < state->models.count; i++)
        known = known || strcmp(state->models.names[i], state->model) == 0;
    if (!known && state->model_chosen) {
        char text[256];
        snprintf(text, sizeof text, "there is no model \"%s\"; m goes through those there are", state->model);
        state_warn(state, text);
    }
    if (!known && state->models.count > 0)
        snprintf(state->model, sizeof state->model, "%s", state->models.names[0]);
    state->suggestions.answered = state->suggestions.answered || state->models.count == 0;
    action_suggest(state, effects);
    if (state->view == VIEW_FAILURES)
        action_failures(state, effects);
}

static void take_sets(struct state *state, struct effect_list *effects, const struct result *result)
{
    size_t count = 0;
    while (result->names && result->names[count])
        count++;
    name_list_set(&state->sets, (const char *const *)result->names, count);
    if (count == 0) {
        snprintf(state->map.failure, sizeof state->map.failure,
                 "There is no embedding of the covers yet: \"sleeve embed gist\" makes one.");
    } else if (state->view == VIEW_MAP) {
        action_open_map(state, effects);
    }
}

static void take_search(struct state *state, const struct result *result)
{
    if (!track_row_set(&state->results, &state->book, &result->tracks))
        state_warn(state, "memory ran out: the results are not complete");
    state->results_total = result->total;
    state->results_answered = true;
    state->result_at = (struct list_position){0};
    if (state->results.count == 0 && state->input != INPUT_SEARCH && state->pane == PANE_RESULTS)
        state->pane = state->pane_before_search;
}

/* The rows that go stay for a glance: what is pressed now means them. */
static void keep_seen(struct state *state)
{
    struct suggestions *suggestions = &state->suggestions;
    struct track_row before = suggestions->before;
    suggestions->before = suggestions->tracks;
    suggestions->page_before = suggestions->page;
    suggestions->replaced = state->now;
    before.count = 0;
    suggestions->tracks = before;
}

static void take_seeds(struct state *state, const struct app_answer *answer, size_t n_seeds)
{
    struct suggestions *suggestions = &state->suggestions;
    bool fresh = n_seeds > 0 && answer->note[0] && strcmp(answer->note, suggestions->note) != 0;
    suggestions->seeds = answer->seeds;
    snprintf(suggestions->note, sizeof suggestions->note, "%s", n_seeds > 0 ? answer->note : "");
    if (fresh)
        state_note(state, true, answer->note);
}

static void take_suggestions(struct state *state, const struct result *result)
{
    struct suggestions *suggestions = &state->suggestions;
    keep_seen(state);
    float *scores = calloc(result->tracks.count + 1, sizeof *scores);
    float(*parts)[SCORE_PARTS_MAX] = calloc(result->tracks.count + 1, sizeof *parts);
    if (!scores || !parts || !track_row_set(&suggestions->tracks, &state->book, &result->tracks)) {
        free(scores);
        free(parts);
        suggestions->tracks.count = 0;
        state_warn(state, "memory ran out: there are no suggestions");
        return;
    }
    suggestions->has_features = false;
    for (size_t i = 0; i < result->tracks.count; i++) {
        scores[i] = result->recommendations[i].score;
        const struct recommendation *one = &result->recommendations[i];
        memcpy(parts[i], one->parts, sizeof parts[i]);
        suggestions->has_features = suggestions->has_features || recommendation_features(one) != 0;
    }
    free(suggestions->scores);
    free(suggestions->parts);
    suggestions->scores = scores;
    suggestions->parts = parts;
    suggestions->part_names = result->answer.parts;
    snprintf(suggestions->model, sizeof suggestions->model, "%s", result->effect.text);
    suggestions->milliseconds = result->answer.milliseconds;
    take_seeds(state, &result->answer, result->effect.n_ids);
    suggestions->page = state->restore_page;
    suggestions->clicks = 0;
    suggestions->answered = true;
    suggestions->failed = false;
    state->restore_page = 0;
}

struct playlist_of {
    const struct state *state;
    int64_t id;
};

static bool is_of(const void *context, uint64_t serial)
{
    const struct playlist_of *wanted = context;
    return state_saved_id(wanted->state, serial) == wanted->id;
}

/* Changes that were made elsewhere come into the playlist as it is here. */
static void take_changes(struct state *state, struct effect_list *effects, const struct result *result)
{
    struct track_row known = {0};
    struct playlist_of wanted = {state, result->written.id};
    struct error error;
    bool changed;
    if (!result->before.name)
        return;
    track_row_set(&known, &state->book, &result->tracks);
    track_row_free(&known);
    if (playlist_rebase_versions(&state->playlist, &result->before, &result->written, is_of, &wanted, &state->book,
                                 &changed, &error) != STATUS_OK)
        state_warn(state, error.text);
    else if (changed)
        action_suggest(state, effects);
}

static size_t missing(const struct own_playlist *from, const struct own_playlist *in)
{
    size_t count = 0;
    for (size_t i = 0; i < from->count; i++) {
        bool found = false;
        for (size_t k = 0; k < in->count && !found; k++)
            found = in->ids[k] == from->ids[i];
        count += !found;
    }
    return count;
}

static void say_fate(struct state *state, const struct result *result)
{
    const struct own_playlist *mine = &result->before, *written = &result->written;
    size_t added, removed;
    switch (result->fate) {
    case PLAYLIST_AGAIN:
        state_say(state, "\"%s\" was deleted elsewhere; it is saved again", written->name);
        return;
    case PLAYLIST_BESIDE:
        state_say(state, "\"%s\" was put in another order elsewhere; yours is kept as \"%s\"", mine->name,
                  written->name);
        return;
    case PLAYLIST_MERGED:
        if (!mine->name)
            return;
        added = missing(written, mine);
        removed = missing(mine, written);
        state_say(state, "\"%s\" was changed elsewhere too: %zu %s came, %zu went; your changes are kept",
                  written->name, added, added == 1 ? "track" : "tracks", removed);
        return;
    default:
        return;
    }
}

static void take_save(struct state *state, struct effect_list *effects, const struct result *result)
{
    state->saving--;
    /* Even when the session could not be written after it: the playlist has its number. */
    if (result->effect.flag && result->id != 0 && state_saved_id(state, result->effect.serial) != result->id) {
        state_set_saved_id(state, result->effect.serial, result->id);
        state_touch(state);
    }
    take_changes(state, effects, result);
    if (result->error.status != STATUS_OK) {
        if (strcmp(state->save_failure, result->error.text) != 0)
            state_warn(state, result->error.text);
        snprintf(state->save_failure, sizeof state->save_failure, "%.255s", result->error.text);
        state->retry_at = state->now + retry_delay;
        return;
    }
    state->save_failure[0] = '\0';
    state->retry_at = 0;
    say_fate(state, result);
}

/* Where the selected playlist stands in the new list; 0 when it is not there. */
static size_t same_playlist(const struct playlist_list *old, const struct playlist_list *fresh, size_t selected)
{
    for (size_t i = 0; selected < old->count && i < fresh->count; i++)
        if (fresh->items[i].id == old->items[selected].id)
            return i;
    return 0;
}

static void take_playlists(struct state *state, struct result *result)
{
    size_t own = result->own.count, others = result->others.count;
    struct playlist_list all = {.memory = result->own.memory};
    all.items = arena_alloc(&all.memory, (own + others + 1) * sizeof *all.items);
    result->own.memory = (struct arena){0};
    for (size_t i = 0; all.items && i < own; i++)
        all.items[all.count++] = result->own.items[i];
    for (size_t i = 0; all.items && i < others; i++) {
        struct playlist copy = result->others.items[i];
        copy.name = arena_copy_text(&all.memory, copy.name, strlen(copy.name));
        copy.key = arena_copy_text(&all.memory, copy.key, strlen(copy.key));
        if (copy.name && copy.key)
            all.items[all.count++] = copy;
    }
    result->own.items = NULL;
    result->own.count = 0;
    size_t selected = same_playlist(&state->playlists, &all, state->playlists_at.selected);
    playlist_list_free(&state->playlists);
    state->playlists = all;
    state->n_own = own;
    state->playlists_answered = true;
    state->playlists_at.selected = selected;
}

static void take_playlist(struct state *state, struct effect_list *effects, const struct result *result)
{
    struct track_row row = {0};
    struct error error;
    error_no_memory(&error);
    take_changes(state, effects, result);
    bool own = result->effect.flag;
    if (own && state_saved_id(state, playlist_now(&state->playlist)->serial) == result->effect.id) {
        state_say(state, "\"%s\" is open", playlist_now(&state->playlist)->name);
        return;
    }
    action_flush(state, effects);
    const char *name = own ? result->written.name : result->effect.text;
    if (track_row_set(&row, &state->book, &result->tracks) &&
        playlist_open(&state->playlist, name, &row, own, "opened ", &error) == STATUS_OK) {
        if (own)
            state_set_saved_id(state, playlist_now(&state->playlist)->serial, result->effect.id);
        state->playlist_at = (struct list_position){0};
        state_say(state,
                  own ? "opened \"%s\"; edits are saved by themselves (u goes back)"
                      : "opened a copy of \"%s\"; s saves it as your own (u goes back)",
                  name);
        action_edited(state, effects);
    } else {
        state_warn(state, error.text);
    }
    track_row_free(&row);
}

static void move_on(struct state *state, const struct result *result)
{
    struct map_state *map = &state->map;
    map->iteration = result->iteration;
    map->iterations = result->iterations;
    map->kl = result->kl;
    map->seconds = state->now - map->started;
    map->version++;
    if (result->done) {
        map->phase = MAP_RESTING;
        return;
    }
    map->phase = MAP_MOVING;
    map->stepping = false;
}

static void take_map(struct state *state, struct effect_list *effects, struct result *result)
{
    struct map_state *map = &state->map;
    int64_t wanted = map->wanted_album;
    uint64_t version = map->version;
    state_map_clear(state);
    map->version = version + 1;
    map->wanted_album = wanted;
    map->albums = result->albums;
    map->labels = result->labels;
    map->points = result->values;
    map->n_labels = result->n_labels;
    memcpy(map->label_names, result->label_names, sizeof map->label_names);
    result->albums = (struct album_list){0};
    result->labels = NULL;
    result->values = NULL;
    memset(result->label_names, 0, sizeof result->label_names);
    map->started = state->now;
    int64_t selected = map->albums.count > 0 ? 0 : -1;
    for (size_t i = 0; i < map->albums.count; i++)
        if (map->albums.items[i].id == wanted)
            selected = (int64_t)i;
    action_select_point(state, effects, selected);
    move_on(state, result);
}

static void take_step(struct state *state, struct result *result)
{
    struct map_state *map = &state->map;
    if (map->phase != MAP_MOVING)
        return;
    free(map->points);
    map->points = result->values;
    result->values = NULL;
    move_on(state, result);
}

static void take_neighbours(struct state *state, struct result *result)
{
    struct map_state *map = &state->map;
    album_list_free(&map->nearest);
    map->nearest = result->albums;
    result->albums = (struct album_list){0};
    memset(map->nearest_distances, 0, sizeof map->nearest_distances);
    for (size_t i = 0; i < map->nearest.count && i < NEAREST_MAX; i++)
        map->nearest_distances[i] = result->values[i];
    map->nearest_of = result->effect.id;
}

static void take_album(struct state *state, struct effect_list *effects, const struct result *result)
{
    const struct track *best = NULL;
    struct error error;
    for (size_t i = 0; i < result->tracks.count; i++) {
        const struct track *track = &result->tracks.items[i];
        if (!best || track->n_playlists > best->n_playlists ||
            (track->n_playlists == best->n_playlists && track->popularity > best->popularity))
            best = track;
    }
    const struct track *track = best ? track_book_keep(&state->book, best) : NULL;
    if (!track)
        state_warn(state, "this album has no tracks");
    else if (action_add(state, effects, track, &error) != STATUS_OK)
        state_warn(state, error.text);
}

static void take_failure(struct state *state, struct effect_list *effects, const struct result *result)
{
    if (result->error.status == STATUS_INTERRUPTED)
        return;
    state_warn(state, result->error.text);
    switch (result->effect.type) {
    case EFFECT_SEARCH:
        action_forget_results(state); /* they are of another search */
        break;
    case EFFECT_RECOMMEND:
        state->suggestions.answered = state->suggestions.failed = true;
        break;
    case EFFECT_MAP_OPEN:
    case EFFECT_MAP_STEP:
        state->map.phase = MAP_FAILED;
        snprintf(state->map.failure, sizeof state->map.failure, "%.255s", result->error.text);
        break;
    case EFFECT_PLAYLISTS:
        state->playlists_answered = true;
        break;
    case EFFECT_FAILURES:
    case EFFECT_FAILURE_OPEN:
        update_failures_refused(state, effects, result);
        break;
    default:
        break;
    }
}

/* A device that failed was told by the log; here it comes to the eye. */
static void take_device(struct state *state, const struct result *result)
{
    if (result->device.changes < state->device.changes)
        return;
    bool lost = result->device.changes > state->device.changes && result->device.lost[0];
    state->device = result->device;
    if (lost) {
        snprintf(state->message, sizeof state->message, "%s", state->device.lost);
        state->message_warning = false;
    }
}

/* The same suggestions, from another device. */
static void take_choice(struct state *state, struct effect_list *effects, const struct result *result)
{
    state->device = result->device;
    state_say(state, "computing on %s (:device %s)", state->device.name, device_choice_name(state->device.choice));
    state->restore_page = state->suggestions.page;
    action_suggest(state, effects);
}

static void take_wanted(struct state *state, struct effect_list *effects, struct result *result)
{
    switch (result->effect.type) {
    case EFFECT_MODELS:
        take_models(state, effects, result);
        break;
    case EFFECT_SETS:
        take_sets(state, effects, result);
        break;
    case EFFECT_SEARCH:
        take_search(state, result);
        break;
    case EFFECT_RECOMMEND:
        take_suggestions(state, result);
        break;
    case EFFECT_PLAYLISTS:
        take_playlists(state, result);
        break;
    case EFFECT_PLAYLIST_OPEN:
        take_playlist(state, effects, result);
        break;
    case EFFECT_PLAYLIST_DELETE:
        state_say(state, "deleted \"%s\"", result->effect.text);
        break;
    case EFFECT_MAP_OPEN:
        take_map(state, effects, result);
        break;
    case EFFECT_MAP_STEP:
        take_step(state, result);
        break;
    case EFFECT_MAP_WRITE:
        state_say(state, "wrote the map to %s", result->effect.text);
        break;
    case EFFECT_NEIGHBOURS:
        take_neighbours(state, result);
        break;
    case EFFECT_FAILURES:
        update_failures_list(state, effects, result);
        break;
    case EFFECT_FAILURE_OPEN:
        update_failures_opened(state, result);
        break;
    case EFFECT_DEVICE:
        take_choice(state, effects, result);
        break;
    default:
        take_album(state, effects, result);
        break;
    }
}

void update_result(struct state *state, struct effect_list *effects, struct result *result)
{
    enum effect_type type = result->effect.type;
    bool wanted = state->wanted[type] == result->effect.number;
    /* Each of these counts, not only the latest. */
    bool always = type == EFFECT_SAVE || type == EFFECT_SESSION_READ || type == EFFECT_ALBUM_ADD ||
                  type == EFFECT_MAP_WRITE || type == EFFECT_PLAYLIST_DELETE;
    if (!wanted && !always) {
        take_device(state, result);
        return;
    }
    if (wanted)
        state->answered[type] = result->effect.number;
    if (wanted && type == EFFECT_RECOMMEND)
        state->suggestions.stale = false;
    if (wanted && type == EFFECT_SEARCH)
        state->searching = false;
    if (type == EFFECT_SAVE)
        take_save(state, effects, result);
    else if (type == EFFECT_SESSION_READ)
        take_session(state, effects, result);
    else if (result->error.status != STATUS_OK)
        take_failure(state, effects, result);
    else
        take_wanted(state, effects, result);
    take_device(state, result);
    layout_settle(state);
    take_held(state, effects);
}

static bool map_waits(const struct map_state *map)
{
    return map->phase == MAP_MOVING && !map->paused && !map->stepping;
}

void update_tick(struct state *state, struct effect_list *effects)
{
    leave_anyway(state);
    bool due = state->dirty && state->now - state->dirty_since >= save_delay;
    bool again = state->retry_at > 0 && state->now >= state->retry_at;
    if (state->session_known && state->saving == 0 && (due || again))
        action_save(state, effects);
    struct map_state *map = &state->map;
    if (map_waits(map) && state->now >= map->step_due) {
        effect_ask(effects, state, EFFECT_MAP_STEP, NULL);
        map->stepping = true;
        map->step_due = state->now + map_frame;
    }
}

static double sooner(double a, double b)
{
    b = b > 0 ? b : 0;
    return a < 0 || b < a ? b : a;
}

double update_due(const struct state *state)
{
    double due = -1;
    if (state->dirty && state->saving == 0 && state->session_known)
        due = sooner(due, state->dirty_since + save_delay - state->now);
    if (state->retry_at > 0 && state->saving == 0)
        due = sooner(due, state->retry_at - state->now);
    if (map_waits(&state->map))
        due = sooner(due, state->map.step_due - state->now);
    if (state->suggestions.stale && !state_suggestions_late(state))
        due = sooner(due, state->suggestions.asked + STATE_LATE - state->now);
    if (state->failures.stale && !state_failures_late(state))
        due = sooner(due, state->failures.asked + STATE_LATE - state->now);
    if (held_patience(state) >= 0)
        due = sooner(due, held_patience(state));
    return due;
}
