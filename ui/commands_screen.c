/* Commands of the screen itself, and those with which scripts press keys. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/actions.h"
#include "ui/bindings.h"
#include "ui/commands.h"
#include "ui/completion.h"
#include "ui/overwrite.h"
#include "ui/shot/shot.h"
#include "ui/shown_theme.h"
#include "ui/terminal/image_mode.h"
#include "ui/terminal/theme.h"
#include "ui/tour_end.h"
#include "ui/update.h"
#include "ui/view.h"
#include "ui/views/explore/explore.h"

static COMMAND(command_input);

static COMMAND(command_close)
{
    if (state->input != INPUT_NONE || view_typing(state))
        return command_input(state, effects, "cancel", error);
    (void)argument;
    if (view_back(state, effects))
        return STATUS_OK;
    if (state->overlay == VIEW_NONE)
        state_say(state, "q quits");
    state->overlay = VIEW_NONE;
    return STATUS_OK;
}

static COMMAND(command_go)
{
    (void)effects;
    bool alt = false;
    state->going_key = 'g';
    state->going = strcmp(argument, "cancel") != 0;
    if (state->going && argument[0] && (!key_parse(argument, &state->going_key, &alt) || alt)) {
        state->going = false;
        return error_set(error, STATUS_USAGE, "go: \"%s\" is neither cancel nor a key", argument);
    }
    state->going_since = state->now;
    return STATUS_OK;
}

COMMAND(command_command)
{
    (void)effects, (void)error;
    state->input = INPUT_COMMAND;
    state->message[0] = '\0';
    state->history.at = state->history.count;
    line_set(&state->command, argument);
    if (argument[0])
        line_insert(&state->command, " ", 1);
    return STATUS_OK;
}

static enum status accept(struct state *state, struct effect_list *effects, struct error *error)
{
    if (state->input == INPUT_SEARCH) {
        if (explore_of(state)->results.count == 0)
            return error_set(error, STATUS_USAGE, "%s",
                             explore_of(state)->search.size > 0 ? "no track was found to add" : "type a search first");
        return explore_add(state, effects, "", error);
    }
    char line[LINE_SIZE];
    memcpy(line, state->command.text, sizeof line);
    state->input = INPUT_NONE;
    history_add(&state->history, line);
    state_touch(state);
    return line[strspn(line, " ")] ? command_run(state, effects, line, error) : STATUS_OK;
}

static enum status edit_of_view(struct state *state, struct effect_list *effects, const struct view_ops *view,
                                const char *argument, struct error *error)
{
    struct line *line = view->line(state);
    size_t size = line->size;
    if (strcmp(argument, "accept") == 0)
        return view->accept(state, effects, error);
    if (strcmp(argument, "cancel") == 0)
        view->cancel(state, effects);
    else if (!line_edit(line, argument))
        return error_set(error, STATUS_USAGE, "input: there is no edit \"%s\"", argument);
    else if (line->size != size)
        view->typed(state, effects);
    return STATUS_OK;
}

/* Clears the arguments of the command first, such as the name after "rename ". False: there are none. */
static bool keep_command(struct line *line)
{
    size_t size;
    if (!command_of_line(line->text, &size) || line->size <= size + 1)
        return false;
    line->text[size + 1] = '\0';
    line->size = line->caret = size + 1;
    return true;
}

static COMMAND(command_input)
{
    const struct view_ops *view = view_typing(state);
    if (view)
        return edit_of_view(state, effects, view, argument, error);
    if (state->input == INPUT_NONE)
        return error_set(error, STATUS_USAGE, "no line is being typed; / or : starts one");
    struct line *line = state->input == INPUT_SEARCH ? &explore_of(state)->search : &state->command;
    if (strcmp(argument, "accept") == 0) {
        completion_clear(&state->completion);
        return accept(state, effects, error);
    }
    if (strcmp(argument, "cancel") == 0) {
        completion_clear(&state->completion);
        if (state->input == INPUT_SEARCH)
            explore_cancel_search(state);
        state->input = INPUT_NONE;
        return STATUS_OK;
    }
    bool completes = strcmp(argument, "complete") == 0;
    if (state->input == INPUT_COMMAND && (completes || strcmp(argument, "uncomplete") == 0)) {
        completion_walk(state, effects, completes ? 1 : -1);
        return STATUS_OK;
    }
    completion_clear(&state->completion);
    if (state->input == INPUT_COMMAND && strcmp(argument, "right") == 0 && line->caret == line->size) {
        char ghost[LINE_SIZE];
        completion_ghost(state, ghost);
        line_insert(line, ghost, strlen(ghost));
        return STATUS_OK;
    }
    if (strcmp(argument, "older") == 0 || strcmp(argument, "newer") == 0) {
        history_walk(&state->history, argument[0] == 'o' ? -1 : 1, &state->command);
        return STATUS_OK;
    }
    size_t size = line->size;
    explore_of(state)->search_fresh = false;
    if (state->input == INPUT_COMMAND && strcmp(argument, "clear") == 0 && keep_command(line))
        return STATUS_OK;
    if (!line_edit(line, argument))
        return error_set(error, STATUS_USAGE, "input: there is no edit \"%s\"", argument);
    if (state->input == INPUT_SEARCH && line->size != size)
        explore_search(state, effects);
    return STATUS_OK;
}

static enum status ask(struct state *state, struct effect_list *effects, enum effect_type type, const char *text,
                       struct error *error)
{
    return effect_request(effects, state, type, text) ? STATUS_OK : error_no_memory(error);
}

static COMMAND(command_device)
{
    enum device_choice choice;
    const struct device_state *device = &state->device;
    if (!argument[0])
        state_say(state, "computing on %s (:device %s)", device->name[0] ? device->name : "nothing yet",
                  device_choice_name(device->choice));
    else if (!device_choice_parse(argument, &choice))
        return error_set(error, STATUS_USAGE, "there is no device \"%s\"; auto, cpu and cuda can be chosen", argument);
    else
        return ask(state, effects, EFFECT_DEVICE, argument, error);
    return STATUS_OK;
}

static COMMAND(command_redraw)
{
    (void)argument;
    return ask(state, effects, EFFECT_REDRAW, NULL, error);
}

static COMMAND(command_suspend)
{
    (void)argument;
    action_flush(state, effects);
    return ask(state, effects, EFFECT_SUSPEND, NULL, error);
}

static COMMAND(command_images)
{
    enum image_mode mode = IMAGES_AUTO;
    if (!*argument)
        return ask(state, effects, EFFECT_IMAGES, "", error);
    if (!image_mode_parse(argument, &mode))
        return error_set(error, STATUS_USAGE, "\"%s\" is not a way to draw pictures; use one of %s", argument,
                         IMAGE_MODE_USAGE);
    state->no_images = mode == IMAGES_NONE || mode == IMAGES_ASCII;
    state->pixel_images = mode == IMAGES_AUTO || image_mode_has_pixels(mode);
    state_say(state, "pictures: %s", argument);
    return ask(state, effects, EFFECT_IMAGES, argument, error);
}

COMMAND(command_theme)
{
    enum theme_choice choice;
    if (!argument[0]) {
        const char *shown = state->theme_forced[0] ? state->theme_forced : state->theme;
        state_say(state, "theme: %s (:set theme " THEME_USAGE ")", shown[0] ? shown : theme_name(THEME_AUTO));
        return STATUS_OK;
    }
    if (!theme_parse(argument, &choice))
        return error_set(error, STATUS_USAGE, "there is no theme \"%s\"; use one of " THEME_USAGE, argument);
    snprintf(state->theme, sizeof state->theme, "%s", theme_name(choice));
    state->theme_forced[0] = '\0';
    state_say(state, "theme: %s", state->theme);
    state_touch(state);
    return ask(state, effects, EFFECT_THEME, state->theme, error);
}

static enum status present(struct state *state, struct effect_list *effects, int present, struct error *error)
{
    bool started = !state->present && present;
    state->present = present;
    if (started)
        state_say(state, ":present off ends presenting");
    else
        state_say(state, present ? "presenting %d suggestions" : "presenting has ended", present);
    return ask(state, effects, EFFECT_THEME, shown_theme(state), error);
}

static COMMAND(command_present)
{
    if (!argument[0])
        return present(state, effects, state->present ? PRESENT_OFF : PRESENT_AUTO, error);
    if (strcmp(argument, "off") == 0)
        return present(state, effects, PRESENT_OFF, error);
    if (argument[0] < '0' + PRESENT_LEAST || argument[0] > '0' + PRESENT_MOST || argument[1])
        return error_set(error, STATUS_USAGE, "present takes the number of suggestions, 3, 4 or 5, or off, not \"%s\"",
                         argument);
    return present(state, effects, argument[0] - '0', error);
}

static COMMAND(command_resize)
{
    struct event event = {.type = EVENT_RESIZE};
    int used = 0;
    if (sscanf(argument, "%4dx%4d%n", &event.columns, &event.rows, &used) != 2 || argument[used] != '\0' ||
        event.columns < 1 || event.rows < 1 || event.columns > 4096 || event.rows > 4096)
        return error_set(error, STATUS_USAGE, "resize: \"%s\" is not like 100x30", argument);
    return update_event(state, effects, &event, error);
}

static COMMAND(command_key)
{
    struct event event = {.type = EVENT_KEY};
    bool alt;
    if (!key_parse(argument, &event.key, &alt))
        return error_set(error, STATUS_USAGE, "there is no key \"%s\"", argument);
    event.alt = alt;
    event.played = 1;
    return update_event(state, effects, &event, error);
}

static COMMAND(command_paste)
{
    char *text = strdup(argument);
    if (!text)
        return error_no_memory(error);
    struct event event = {.type = EVENT_PASTE, .text = text};
    enum status status = update_event(state, effects, &event, error);
    free(text);
    return status;
}

static COMMAND(command_type)
{
    if (state->input == INPUT_NONE && !view_typing(state))
        return error_set(error, STATUS_USAGE, "no line is being typed; / or : starts one");
    return command_paste(state, effects, argument, error);
}

static bool parse_place(const char *argument, struct event *event, const char **rest)
{
    int used = 0;
    if (sscanf(argument, "%4d %4d%n", &event->row, &event->column, &used) != 2 || event->row < 0 || event->column < 0)
        return false;
    *rest = argument + used + strspn(argument + used, " ");
    return true;
}

static COMMAND(command_click)
{
    struct event event = {.type = EVENT_CLICK, .clicks = 1};
    const char *rest;
    if (!parse_place(argument, &event, &rest) || (rest[0] && strcmp(rest, "2") != 0))
        return error_set(error, STATUS_USAGE, "click: \"%s\" is not like 5 40 or 5 40 2", argument);
    event.clicks = rest[0] ? 2 : 1;
    return update_event(state, effects, &event, error);
}

static COMMAND(command_wheel)
{
    struct event event = {.type = EVENT_WHEEL};
    const char *rest;
    if (!parse_place(argument, &event, &rest) || (strcmp(rest, "up") != 0 && strcmp(rest, "down") != 0))
        return error_set(error, STATUS_USAGE, "wheel: \"%s\" is not like 5 40 down", argument);
    event.direction = rest[0] == 'u' ? -1 : 1;
    return update_event(state, effects, &event, error);
}

static COMMAND(command_wait)
{
    char *end;
    (void)state, (void)effects;
    double seconds = strtod(argument, &end);
    if (argument[0] && (end == argument || *end || !(seconds >= 0)))
        return error_set(error, STATUS_USAGE, "wait takes seconds, not \"%s\"", argument);
    return STATUS_OK;
}

static COMMAND(command_save_display)
{
    return ask(state, effects, EFFECT_SAVE_DISPLAY, argument, error);
}

static COMMAND(command_dump_images)
{
    return ask(state, effects, EFFECT_DUMP_IMAGES, argument[0] ? argument : "-", error);
}

static enum status take_shot(struct state *state, struct effect_list *effects, const char *argument, bool overwrite,
                             struct error *error)
{
    enum shot_format format;
    enum status status = shot_format_of(argument, &format, error);
    struct effect *effect = status == STATUS_OK ? effect_request(effects, state, EFFECT_SHOT, argument) : NULL;
    if (status == STATUS_OK && !effect)
        return error_no_memory(error);
    if (effect)
        effect->id = overwrite;
    return status;
}

static COMMAND(command_shot)
{
    overwrite_remember(state, "shot!", argument);
    return take_shot(state, effects, argument, false, error);
}

static COMMAND(command_shot_again)
{
    return take_shot(state, effects, argument, true, error);
}

static COMMAND(command_quit)
{
    (void)argument, (void)error;
    tour_end(state, effects);
    state->quitting = true;
    return STATUS_OK;
}

static const struct explorer_command of_screen[] = {
    {"close", "", "close the popup, stop typing, end the search", command_close},
    {"go", "[KEY]", "the next key says where: playlists, models, ...", command_go},
    {"command", "[TEXT]", "type a command", command_command},
    {"input", "accept|cancel|complete|uncomplete|older|newer|left|right|home|end|backspace|delete|word|clear",
     "edit the line being typed", command_input},
    {"images", "[" IMAGE_MODE_USAGE "]", "draw pictures so; without a name: say how", command_images},
    {"present", "[3|4|5|off]", "few suggestions, large covers, for an audience", command_present},
    {"device", "[auto|cpu|cuda]", "choose what computes; without a name: show it", command_device},
    {"redraw", "", "redraw the whole screen", command_redraw},
    {"suspend", "", "suspend the explorer; fg returns from the shell", command_suspend},
    {"resize", "COLSxROWS", "change the size of the screen", command_resize},
    {"key", "NAME", "press a key: j, ctrl+r, alt+3, up, enter, ...", command_key},
    {"type", "TEXT", "type a text", command_type},
    {"paste", "TEXT", "paste a text: tracks, or into a line", command_paste},
    {"click", "ROW COLUMN [2]", "click the mouse there, once or twice", command_click},
    {"wheel", "ROW COLUMN up|down", "turn the mouse wheel there", command_wheel},
    {"wait", "[SECONDS]", "wait for all results; --play: so long", command_wait},
    {"save-display", "FILE", "write the screen as text", command_save_display},
    {"shot", "FILE", "a picture of the screen: .png, .svg or .txt", command_shot},
    {"overwrite", "", "write over the file that exists, after asking", command_overwrite},
    {"shot!", "FILE", "the same, over a file that exists", command_shot_again},
    {"dump-images", "[FILE]", "write the positions of the pictures", command_dump_images},
    {"quit", "", "quit; playlist and session are saved", command_quit},
};
const struct command_table commands_of_screen = {of_screen, sizeof of_screen / sizeof of_screen[0]};
