#ifndef SLEEVE_UI_COMMAND_H
#define SLEEVE_UI_COMMAND_H

#include "core/status.h"

struct state;
struct effect_list;

/* A function that runs a command. `argument` is the rest of the line without blanks around it; "" when there is none.
 */
#define COMMAND(name)                                                                                                  \
    enum status name(struct state *state, struct effect_list *effects, const char *argument, struct error *error)

/* One command: keys are bound to it, ':' and scripts run it, help shows it. A view's own are in its file. */
struct explorer_command {
    const char *name;      /* one or two words */
    const char *arguments; /* "N", "[NAME]", "next|previous|N"; "" when it takes none */
    const char *help;
    COMMAND((*run));
};

#endif
