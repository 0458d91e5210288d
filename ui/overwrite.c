#include "ui/overwrite.h"

#include <stdio.h>
#include <string.h>

#include "ui/commands.h"

void overwrite_remember(struct state *state, const char *command, const char *argument)
{
    snprintf(state->overwrite, sizeof state->overwrite, "%.16s %.480s", command, argument);
}

bool overwrite_is_asked(const struct state *state)
{
    return state->input == INPUT_COMMAND && state->overwrite[0] && strcmp(state->command.text, state->overwrite) == 0;
}

COMMAND(command_overwrite)
{
    (void)argument;
    if (!state->overwrite[0])
        return error_set(error, STATUS_USAGE, "no file was to be written; e exports the playlist");
    enum status status = command_command(state, effects, "", error);
    line_set(&state->command, state->overwrite);
    return status;
}
