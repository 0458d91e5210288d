#include "ui/help.h"

#include <stdio.h>
#include <string.h>

#include "ui/bindings.h"
#include "ui/commands.h"
#include "ui/view_ops.h"

/* The longest command that the bound line begins with; *argument is the rest. */
static const struct explorer_command *command_of(const char *line, const char **argument)
{
    const struct explorer_command *command, *found = NULL;
    size_t best = 0;
    for (size_t i = 0; (command = command_at(i)); i++) {
        size_t size = strlen(command->name);
        if (size > best && strncmp(line, command->name, size) == 0 && (line[size] == '\0' || line[size] == ' ')) {
            best = size;
            found = command;
        }
    }
    *argument = line + best + strspn(line + best, " ");
    return found;
}

static bool first_of_its_command(const struct key_set *set, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (strcmp(set->bindings[i].command, set->bindings[at].command) == 0)
            return false;
    return true;
}

static void describe_binding(const struct key_set *set, size_t at, struct help_line *line)
{
    for (size_t i = at; i < set->count; i++)
        if (strcmp(set->bindings[i].command, set->bindings[at].command) == 0) {
            char name[32];
            size_t used = strlen(line->left);
            key_name(set->bindings[i].key, set->bindings[i].alt, name);
            snprintf(line->left + used, sizeof line->left - used, "%s%s", used > 0 ? ", " : "", name);
        }
    const char *argument;
    const struct explorer_command *command = command_of(set->bindings[at].command, &argument);
    bool choice = command && strchr(command->arguments, '|') && argument[0];
    snprintf(line->command, sizeof line->command, ":%s", set->bindings[at].command);
    snprintf(line->right, sizeof line->right, "%.80s%s%.20s", command ? command->help : "", choice ? ": " : "",
             choice ? argument : "");
}

/* "Keys: Explore, Map and Failures" */
static void describe_set(const struct key_set *set, struct help_line *line)
{
    size_t used = (size_t)snprintf(line->left, sizeof line->left, "Keys: %s", set->title ? set->title : "");
    int last = VIEW_TAB_COUNT - 1;
    line->heading = true;
    if (set->title)
        return;
    while (last > 0 && !key_set_is_of(set, (enum view)last))
        last--;
    bool first = true;
    for (int tab = 0; tab <= last && used < sizeof line->left; tab++)
        if (key_set_is_of(set, (enum view)tab)) {
            const char *before = first ? "" : tab == last ? " and " : ", ";
            used += (size_t)snprintf(line->left + used, sizeof line->left - used, "%s%s", before,
                                     view_ops((enum view)tab)->title);
            first = false;
        }
}

/* Visits all lines until `index`; returns their number when it is past the end. */
static int walk(int index, struct help_line *line)
{
    int at = 0;
    const struct key_set *sets[KEY_SETS_MAX];
    size_t n_sets = key_sets(sets);
    const struct explorer_command *command;
    for (size_t i = 0; i < n_sets; i++) {
        if (i > 0 && at++ == index)
            return at;
        if (at++ == index) {
            describe_set(sets[i], line);
            return at;
        }
        for (size_t k = 0; k < sets[i]->count; k++)
            if (first_of_its_command(sets[i], k) && at++ == index) {
                describe_binding(sets[i], k, line);
                return at;
            }
    }
    if (at++ == index)
        return at;
    if (at++ == index) {
        line->heading = true;
        snprintf(line->left, sizeof line->left, "Commands, typed after : or in a script");
        return at;
    }
    for (size_t i = 0; (command = command_at(i)); i++)
        if (at++ == index) {
            snprintf(line->left, sizeof line->left, "%s %s", command->name, command->arguments);
            snprintf(line->right, sizeof line->right, "%s", command->help);
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
