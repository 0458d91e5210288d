#ifndef SLEEVE_CORE_INTERRUPT_H
#define SLEEVE_CORE_INTERRUPT_H

#include <stdbool.h>

/* Makes SIGINT and SIGTERM set a flag that long work asks for between its units; a second SIGINT ends the program at
 * once. For command-line work; the explorer installs its own handlers. */
void interrupt_install(void);
bool interrupt_asked(void);

#endif
