#ifndef SLEEVE_CORE_CLOCK_H
#define SLEEVE_CORE_CLOCK_H

/* Seconds of a monotonic clock, for measuring. */
double clock_seconds(void);

#endif
