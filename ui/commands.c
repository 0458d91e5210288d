#include "ui/commands.h"

#include <stdlib.h>
#include <string.h>

#include "ui/view_ops.h"
#include "ui/views/explore/explore.h"

/* Commands of the playlist and of what is shown. What some of them do depends on the view. */
static const struct explorer_command of_playlist[] = {
    {"search", "[TEXT]", "search for tracks; without TEXT: type a search", command_search},
    {"add", "[N]", "add the selected track, or row N", command_add},
    {"remove", "[N]", "remove an entry of the playlist", command_remove},
    {"move", "up|down|N", "move the selected entry of the playlist", command_move},
    {"undo", "", "undo the last edit of the playlist", command_undo},
    {"redo", "", "redo the edit that was undone", command_redo},
    {"page", "next|previous|first|N", "go to another page of suggestions", command_page},
    {"select", "next|previous|first|last|N", "move the selection", command_select},
    {"pane", "next|previous|results|playlist|suggestions|list|held-out|page", "go to another pane", command_pane},
    {"model", "[next|NAME]", "choose the model that makes the suggestions", command_model},
    {"rename", "NAME", "name the playlist", command_rename},
    {"playlist save", "[NAME]", "save it; later edits are saved automatically", command_save},
    {"playlist load", "[NAME]", "open a playlist; without NAME: choose from a list", command_load},
    {"playlist new", "[NAME]", "start another playlist", command_new},
    {"playlist dedupe", "", "remove repeated tracks", command_dedupe},
    {"playlist clear", "", "remove all tracks", command_clear},
    {"playlist delete", "NAME", "delete a saved playlist", command_delete},
};

static const struct explorer_command of_screen[] = {
    {"close", "", "close the popup, or stop typing a line", command_close},
    {"command", "[TEXT]", "type a command", command_command},
    {"input", "accept|cancel|older|newer|left|right|home|end|backspace|delete|word|clear", "edit the line being typed",
     command_input},
    {"images", "auto|sixel|half|256|ascii|none", "choose how pictures are drawn", command_images},
    {"device", "[auto|cpu|cuda]", "choose what computes; without a name: show it", command_device},
    {"redraw", "", "redraw the whole screen", command_redraw},
    {"suspend", "", "suspend the explorer; fg returns from the shell", command_suspend},
    {"resize", "COLSxROWS", "change the size of the screen", command_resize},
    {"key", "NAME", "press a key: j, ctrl+r, alt+3, up, enter, ...", command_key},
    {"type", "TEXT", "type a text", command_type},
    {"click", "ROW COLUMN [2]", "click the mouse there, once or twice", command_click},
    {"wheel", "ROW COLUMN up|down", "turn the mouse wheel there", command_wheel},
    {"wait", "", "wait until all results have arrived", command_wait},
    {"save-display", "FILE", "write the screen as text", command_save_display},
    {"dump-images", "[FILE]", "write the positions of the pictures", command_dump_images},
    {"quit", "", "quit; playlist and session are saved", command_quit},
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

/* The length of the command's name at the start of the line, with any number of blanks between its words; 0 when the
 * line is another command. */
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
        return error_set(error, STATUS_USAGE, "there is no command \"%.*s\"; ? lists the commands",
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
        status = error_set(error, STATUS_USAGE, "%s takes no argument, but \"%s\" was given", best->name, argument);
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
