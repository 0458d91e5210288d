#include "ui/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/list.h"
#include "ui/nearest.h"
#include "ui/view_ops.h"

const struct explorer_command *command_at(size_t at)
{
    if (at < commands_of_playlist.count)
        return &commands_of_playlist.rows[at];
    at -= commands_of_playlist.count;
    for (int view = 0; view < VIEW_COUNT; view++) {
        const struct view_ops *ops = view_ops((enum view)view);
        if (at < ops->n_commands)
            return &ops->commands[at];
        at -= ops->n_commands;
    }
    if (at < commands_of_settings.count)
        return &commands_of_settings.rows[at];
    at -= commands_of_settings.count;
    if (at < commands_of_tour.count)
        return &commands_of_tour.rows[at];
    at -= commands_of_tour.count;
    return at < commands_of_screen.count ? &commands_of_screen.rows[at] : NULL;
}

const struct explorer_command *command_named(const char *name)
{
    const struct explorer_command *command;
    for (size_t i = 0; (command = command_at(i)); i++)
        if (strcmp(command->name, name) == 0)
            return command;
    return NULL;
}

bool command_is_for_scripts(const struct explorer_command *command)
{
    static const char *const names[] = {"input", "key", "type", "click", "wheel", "wait", "resize", "command", "go"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(command->name, names[i]) == 0)
            return true;
    return false;
}

bool command_choice(const struct explorer_command *command, size_t argument, size_t at, char *word, size_t size)
{
    const char *text = command->arguments;
    for (; argument > 0 && *text; argument--) {
        text += strcspn(text, " ");
        text += strspn(text, " ");
    }
    text += strspn(text, "[");
    for (; at > 0 && *text && *text != ' '; at--) {
        text += strcspn(text, "| ]");
        text += *text == '|';
        if (*text == ']')
            return false;
    }
    size_t length = strcspn(text, "| ]");
    if (length == 0 || length >= size)
        return false;
    memcpy(word, text, length);
    word[length] = '\0';
    return true;
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

/* Other names under which people look for commands. */
static const char *const aliases[][2] = {
    {"save", "playlist save"},
    {"w", "playlist save"},
    {"load", "playlist load"},
    {"e", "playlist load"},
    {"new", "playlist new"},
    {"q", "quit"},
    {"q!", "quit"},
    {"wq", "quit"},
    {"x", "quit"},
    {"exit", "quit"},
    {"h", "help"},
};

/* The command that the line begins with, or of the alias; *size is that of the name in the line. */
static const struct explorer_command *find_alias(const char *line, size_t *size)
{
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
        if ((*size = match(line, aliases[i][0])) > 0)
            return command_named(aliases[i][1]);
    return NULL;
}

/* *best: the distance of the last candidate, which a nearer command replaces. */
static const struct explorer_command *nearest_to(const char *word, size_t *best, const struct explorer_command *nearest)
{
    const struct explorer_command *command;
    size_t limit = nearest_limit(word) + 1;
    *best = *best < limit ? *best : limit;
    for (size_t i = 0; (command = command_at(i)); i++) {
        size_t far = nearest_distance(word, command->name);
        bool setting = strncmp(command->name, "set ", 4) == 0; /* refused by `set`, with their names */
        if (!command_is_for_scripts(command) && !setting && far < *best) {
            *best = far;
            nearest = command;
        }
    }
    return nearest;
}

static enum status refuse_unknown(const char *line, struct error *error)
{
    char word[64], two[64];
    size_t one = strcspn(line, " \t"), blanks = strspn(line + one, " \t");
    snprintf(word, sizeof word, "%.*s", (int)one, line);
    snprintf(two, sizeof two, "%.*s", (int)(one + blanks + strcspn(line + one + blanks, " \t")), line);
    size_t best = SIZE_MAX;
    const struct explorer_command *nearest = nearest_to(word, &best, NULL);
    nearest = nearest_to(two, &best, nearest);
    if (nearest)
        return error_set(error, STATUS_USAGE, "there is no command \"%s\"; did you mean \"%s\"?", word, nearest->name);
    return error_set(error, STATUS_USAGE, "there is no command \"%s\"; ? lists the commands", word);
}

const struct explorer_command *command_of_line(const char *line, size_t *size)
{
    const struct explorer_command *command, *best = NULL;
    *size = 0;
    for (size_t i = 0; (command = command_at(i)); i++) {
        size_t matched = match(line, command->name);
        if (matched > *size) {
            best = command;
            *size = matched;
        }
    }
    return best;
}

/* The command of a line, and its arguments, trimmed and malloc'ed. */
static enum status parse(const char *line, const struct explorer_command **command, char **argument,
                         struct error *error)
{
    *argument = NULL;
    line += strspn(line, " \t:");
    size_t name_size;
    const struct explorer_command *found = command_of_line(line, &name_size);
    if (!found)
        found = find_alias(line, &name_size);
    if (!found)
        return refuse_unknown(line, error);
    const char *start = line + name_size + strspn(line + name_size, " \t");
    size_t size = strlen(start);
    while (size > 0 && (start[size - 1] == ' ' || start[size - 1] == '\t' || start[size - 1] == '\r'))
        size--;
    *argument = strndup(start, size);
    *command = found;
    if (!*argument)
        return error_no_memory(error);
    if (size > 0 && found->arguments[0] == '\0')
        return error_set(error, STATUS_USAGE, "%s takes no argument, but \"%s\" was given", found->name, *argument);
    if (size == 0 && found->arguments[0] != '\0' && found->arguments[0] != '[')
        return error_set(error, STATUS_USAGE, "%s needs %s", found->name, found->arguments);
    return STATUS_OK;
}

enum status command_run(struct state *state, struct effect_list *effects, const char *line, struct error *error)
{
    const struct explorer_command *command;
    char *argument;
    state->first_start = false;
    enum status status = parse(line, &command, &argument, error);
    if (status == STATUS_OK)
        status = command->run(state, effects, argument, error);
    free(argument);
    return status;
}

enum status command_check(const char *line, struct error *error)
{
    const struct explorer_command *command;
    char *argument;
    enum status status = parse(line, &command, &argument, error);
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
    size_t number = 1;
    bool moved = false;
    for (size_t i = 0; i < step && (i == 0 || moved); i++)
        moved = list_move(at, count, argument);
    if (moved)
        return STATUS_OK;
    if (command_number(argument, "select", &number, error) != STATUS_OK)
        return STATUS_USAGE;
    at->selected = number <= count ? number - 1 : count > 0 ? count - 1 : 0;
    return STATUS_OK;
}
