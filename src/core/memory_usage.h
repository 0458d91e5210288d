#ifndef SLEEVE_CORE_MEMORY_USAGE_H
#define SLEEVE_CORE_MEMORY_USAGE_H

#include <sys/types.h>

/* A value of /proc/PID/status in bytes: "VmHWM" is the peak resident memory; "RssAnon" is resident memory that belongs
 * to no file, so that the kernel cannot drop it. 0 if it is not available. pid 0: this process. */
double memory_usage_bytes(pid_t pid, const char *key);

#endif
