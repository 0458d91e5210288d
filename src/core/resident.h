#ifndef SLEEVE_CORE_RESIDENT_H
#define SLEEVE_CORE_RESIDENT_H

#include <sys/types.h>

/* What the kernel says of a process's memory (/proc/PID/status): "VmHWM", the most that was resident at any time;
 * "RssAnon", what is resident now and belongs to no file, so that the kernel cannot drop it. In bytes; 0 when it is not
 * told. pid 0: this process. */
double resident_bytes(pid_t pid, const char *key);

#endif
