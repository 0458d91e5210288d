#ifndef SLEEVE_UI_COMMAND_H
#define SLEEVE_UI_COMMAND_H

#include "core/status.h"

struct effect_list;
struct state;

/* Runs a command. `argument` is the rest of the line, trimmed; "" when there is none. */
#define COMMAND(name)                                                                                                  \
    enum status name(struct state *state, struct effect_list *effects, const char *argument, struct error *error)

/* One command: keys are bound to it, ':' and scripts run it, the help shows it. Commands of one view are in the view's
 * file. */
struct explorer_command {
    const char *name;      /* one or two words */
    const char *arguments; /* "N", "[NAME]", "next|previous|N"; "" when it takes none */
    const char *help;
    COMMAND((*run));
};

#endif
