#include "ui/commands.h"

#include <stdlib.h>
#include <string.h>

#include "ui/view_ops.h"
#include "ui/views/explore/explore.h"

/* Those of the playlist and of what is shown; what some of them do depends on the view. */
static const struct explorer_command of_playlist[] = {
    {"search", "[TEXT]", "search; without TEXT: type in the search line", command_search},
    {"add", "[N]", "add the selected track, or row N", command_add},
    {"remove", "[N]", "take an entry out of the playlist", command_remove},
    {"move", "up|down|N", "move the selected entry of the playlist", command_move},
    {"undo", "", "take back the last edit of the playlist", command_undo},
    {"redo", "", "do the edit again that was taken back", command_redo},
    {"page", "next|previous|first|N", "another page of suggestions", command_page},
    {"select", "next|previous|first|last|N", "move the selection", command_select},
    {"pane", "next|previous|results|playlist|suggestions|list|held-out|page", "go to another pane", command_pane},
    {"model", "[next|NAME]", "which model makes the suggestions", command_model},
    {"rename", "NAME", "name the playlist", command_rename},
    {"playlist save", "[NAME]", "keep it; later edits are saved by themselves", command_save},
    {"playlist load", "[NAME]", "open a playlist; without NAME: from a list", command_load},
    {"playlist new", "[NAME]", "start another playlist", command_new},
    {"playlist dedupe", "", "take out repeated tracks", command_dedupe},
    {"playlist clear", "", "take out all tracks", command_clear},
    {"playlist delete", "NAME", "delete a saved playlist", command_delete},
};

static const struct explorer_command of_screen[] = {
    {"close", "", "close what lies on top, or the line being typed", command_close},
    {"command", "[TEXT]", "type a command", command_command},
    {"input", "accept|cancel|older|newer|left|right|home|end|backspace|delete|word|clear", "edit the line being typed",
     command_input},
    {"images", "auto|sixel|half|256|ascii|none", "how pictures are drawn", command_images},
    {"device", "[auto|cpu|cuda]", "what computes; without a name: what does now", command_device},
    {"redraw", "", "draw the whole screen again", command_redraw},
    {"suspend", "", "back to the shell; fg returns", command_suspend},
    {"resize", "COLSxROWS", "lay the screen out for another size", command_resize},
    {"key", "NAME", "press a key: j, ctrl+r, alt+3, up, enter, ...", command_key},
    {"type", "TEXT", "as if the text were typed", command_type},
    {"click", "ROW COLUMN [2]", "as if the mouse clicked there, once or twice", command_click},
    {"wheel", "ROW COLUMN up|down", "as if the wheel turned there", command_wheel},
    {"wait", "", "until everything asked for is there", command_wait},
    {"save-display", "FILE", "write the screen as text", command_save_display},
    {"dump-images", "[FILE]", "write where pictures stand", command_dump_images},
    {"quit", "", "leave; playlist and session are saved", command_quit},
};

const struct explorer_command *command_at(size_t at)
{
    size_t n_playlist = sizeof of_playlist / sizeof of_playlist[0], n_screen = sizeof of_screen / sizeof of_screen[0];
    if (at < n_playlist)
        return &of_playlist[at];
    at -= n_playlist;
    for (int view = 0; view < VIEW_COUNT; view++) {
        const struct view_ops *ops = view_ops((enum view)view);
        if (at < ops->n_commands)
            return &ops->commands[at];
        at -= ops->n_commands;
    }
    return at < n_screen ? &of_screen[at] : NULL;
}

/* The length of the command's name at the start of the line, any blanks between its words; 0 when it is another. */
static size_t match(const char *line, const char *name)
{
    size_t at = 0;
    for (; *name; name++) {
        if (*name == ' ') {
            size_t blanks = strspn(line + at, " \t");
            if (blanks == 0)
                return 0;
            at += blanks;
        } else if (line[at++] != *name) {
            return 0;
        }
    }
    return line[at] == '\0' || line[at] == ' ' || line[at] == '\t' ? at : 0;
}

enum status command_run(struct state *state, struct effect_list *effects, const char *line, struct error *error)
{
    line += strspn(line, " \t:");
    const struct explorer_command *command, *best = NULL;
    size_t best_size = 0;
    for (size_t i = 0; (command = command_at(i)); i++) {
        size_t size = match(line, command->name);
        if (size > best_size) {
            best = command;
            best_size = size;
        }
    }
    if (!best)
        return error_set(error, STATUS_USAGE, "there is no command \"%.*s\"; ? shows those there are",
                         (int)strcspn(line, " \t"), line);
    const char *start = line + best_size + strspn(line + best_size, " \t");
    size_t size = strlen(start);
    while (size > 0 && (start[size - 1] == ' ' || start[size - 1] == '\t' || start[size - 1] == '\r'))
        size--;
    char *argument = strndup(start, size);
    if (!argument)
        return error_no_memory(error);
    enum status status;
    if (argument[0] && best->arguments[0] == '\0')
        status = error_set(error, STATUS_USAGE, "%s takes nothing behind it, not \"%s\"", best->name, argument);
    else if (!argument[0] && best->arguments[0] != '\0' && best->arguments[0] != '[')
        status = error_set(error, STATUS_USAGE, "%s needs %s", best->name, best->arguments);
    else
        status = best->run(state, effects, argument, error);
    free(argument);
    return status;
}

enum status command_number(const char *argument, const char *what, size_t *value, struct error *error)
{
    size_t digits = strspn(argument, "0123456789");
    if (digits == 0 || digits > 9 || argument[digits] != '\0' || atol(argument) < 1)
        return error_set(error, STATUS_USAGE, "%s: \"%s\" is not a number from 1 on", what, argument);
    *value = (size_t)atol(argument);
    return STATUS_OK;
}

enum status command_select_in(struct list_position *at, size_t count, const char *argument, size_t step,
                              struct error *error)
{
    size_t target = at->selected, number = 1;
    if (strcmp(argument, "next") == 0)
        target += step;
    else if (strcmp(argument, "previous") == 0)
        target = target > step ? target - step : 0;
    else if (strcmp(argument, "first") == 0)
        target = 0;
    else if (strcmp(argument, "last") == 0)
        target = count;
    else if (command_number(argument, "select", &number, error) == STATUS_OK)
        target = number - 1;
    else
        return STATUS_USAGE;
    at->selected = target < count ? target : count > 0 ? count - 1 : 0;
    return STATUS_OK;
}
