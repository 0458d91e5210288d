#ifndef SLEEVE_CORE_INTERRUPT_H
#define SLEEVE_CORE_INTERRUPT_H

#include <stdbool.h>

/* The first SIGINT or SIGTERM sets a flag that long-running work checks between its steps. The second one, of either
 * kind, ends the program immediately. For command-line work; the explorer installs its own handlers. */
void interrupt_install(void);
bool interrupt_requested(void);
/* Seconds since the signal arrived (clock_seconds); 0 if there was none. */
double interrupt_age(void);

#endif
