#ifndef SLEEVE_CORE_INTERRUPT_H
#define SLEEVE_CORE_INTERRUPT_H

#include <stdbool.h>

/* Makes the first SIGINT or SIGTERM set a flag that long work looks at between its steps. The next one, of either
 * kind, ends the program at once, whatever it is doing. For command-line work; the explorer installs its own handlers.
 */
void interrupt_install(void);
bool interrupt_asked(void);
/* Seconds since the signal came (clock_seconds); 0 when none came. */
double interrupt_age(void);

#endif
