#ifndef SLEEVE_CORE_MEMORY_USAGE_H
#define SLEEVE_CORE_MEMORY_USAGE_H

#include <sys/types.h>

/* What the kernel says of a process's memory (/proc/PID/status): "VmHWM", the most that was memory_usage at any time;
 * "RssAnon", what is memory_usage now and belongs to no file, so that the kernel cannot drop it. In bytes; 0 when it is
 * not told. pid 0: this process. */
double memory_usage_bytes(pid_t pid, const char *key);

#endif
