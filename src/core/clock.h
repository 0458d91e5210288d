#ifndef SLEEVE_CORE_CLOCK_H
#define SLEEVE_CORE_CLOCK_H

/* Seconds of a clock that never goes back, for measuring. */
double clock_seconds(void);

#endif
