#include "ui/help.h"

#include <stdio.h>
#include <string.h>

#include "ui/bindings.h"
#include "ui/commands.h"

static const struct {
    int contexts;
    const char *title;
} groups[] = {
    {CONTEXT_EXPLORE, "Keys: Explore"},        {CONTEXT_MAP, "Keys: Map"},
    {CONTEXT_FAILURES, "Keys: Failures"},      {CONTEXT_LISTS, "Keys: Explore and Failures"},
    {CONTEXT_BUILD, "Keys: Explore and Map"},  {CONTEXT_VIEWS, "Keys: Explore, Map and Failures"},
    {CONTEXT_SEARCH, "Keys: typing a search"}, {CONTEXT_COMMAND, "Keys: typing a command"},
    {CONTEXT_TYPING, "Keys: typing"},          {CONTEXT_PLAYLISTS, "Keys: choosing a playlist"},
    {CONTEXT_TEXT, "Keys: help and messages"}, {CONTEXT_POPUPS, "Keys: lists and help"},
    {CONTEXT_ALL, "Keys: everywhere"},
};

/* The longest command that the bound line begins with; *argument is what stands behind it. */
static const struct command *command_of(const char *line, const char **argument)
{
    size_t count, best = 0;
    const struct command *table = command_table(&count), *found = NULL;
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(table[i].name);
        if (size > best && strncmp(line, table[i].name, size) == 0 && (line[size] == '\0' || line[size] == ' ')) {
            best = size;
            found = &table[i];
        }
    }
    *argument = line + best + strspn(line + best, " ");
    return found;
}

static bool first_of_its_command(const struct binding *table, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (table[i].contexts == table[at].contexts && strcmp(table[i].command, table[at].command) == 0)
            return false;
    return true;
}

static void describe_binding(const struct binding *table, size_t count, size_t at, struct help_line *line)
{
    for (size_t i = at; i < count; i++)
        if (table[i].contexts == table[at].contexts && strcmp(table[i].command, table[at].command) == 0) {
            char name[32];
            size_t used = strlen(line->left);
            key_name(table[i].key, table[i].alt, name);
            snprintf(line->left + used, sizeof line->left - used, "%s%s", used > 0 ? ", " : "", name);
        }
    const char *argument;
    const struct command *command = command_of(table[at].command, &argument);
    bool choice = command && strchr(command->arguments, '|') && argument[0];
    snprintf(line->command, sizeof line->command, ":%s", table[at].command);
    snprintf(line->right, sizeof line->right, "%.80s%s%.20s", command ? command->help : "", choice ? ": " : "",
             choice ? argument : "");
}

/* Walks through all lines until `index`; returns how many there are when it is behind the end. */
static int walk(int index, struct help_line *line)
{
    int at = 0;
    size_t n_bindings, n_commands;
    const struct binding *bindings = binding_table(&n_bindings);
    const struct command *commands = command_table(&n_commands);
    for (size_t group = 0; group < sizeof groups / sizeof groups[0]; group++) {
        if (group > 0 && at++ == index)
            return at;
        if (at++ == index) {
            line->heading = true;
            snprintf(line->left, sizeof line->left, "%s", groups[group].title);
            return at;
        }
        for (size_t i = 0; i < n_bindings; i++) {
            if (bindings[i].contexts != groups[group].contexts || !first_of_its_command(bindings, i))
                continue;
            if (at++ == index) {
                describe_binding(bindings, n_bindings, i, line);
                return at;
            }
        }
    }
    if (at++ == index)
        return at;
    if (at++ == index) {
        line->heading = true;
        snprintf(line->left, sizeof line->left, "Commands, typed after : or in a script");
        return at;
    }
    for (size_t i = 0; i < n_commands; i++)
        if (at++ == index) {
            snprintf(line->left, sizeof line->left, "%s %s", commands[i].name, commands[i].arguments);
            snprintf(line->right, sizeof line->right, "%s", commands[i].help);
            return at;
        }
    return at;
}

int help_count(void)
{
    struct help_line line;
    return walk(-1, &line);
}

bool help_line(int index, struct help_line *line)
{
    memset(line, 0, sizeof *line);
    return index >= 0 && index < help_count() && walk(index, line) > index;
}
