#ifndef SLEEVE_UI_OVERWRITE_H
#define SLEEVE_UI_OVERWRITE_H

#include "ui/command.h"
#include "ui/state.h"

/* A file that exists is overwritten only on request: commands that write files have a second form ("export!"), and a
 * key puts it into the command line, where Enter runs it. */

/* A file is about to be written: what overwrites it, if it exists. */
void overwrite_remember(struct state *state, const char *command, const char *argument);
/* Whether that stands in the command line now. */
bool overwrite_is_asked(const struct state *state);
COMMAND(command_overwrite);

#endif
