#ifndef SLEEVE_BENCH_RESIDENT_H
#define SLEEVE_BENCH_RESIDENT_H

#include <stdio.h>
#include <string.h>
#include <sys/types.h>

/* What the kernel says of a process's memory: "VmHWM", the most that was resident at any time; "RssAnon", what is
 * resident now and belongs to no file, so that the kernel cannot drop it. In bytes; 0 when it is not told. pid 0: this
 * process. */
static inline double resident_bytes(pid_t pid, const char *key)
{
    char path[64] = "/proc/self/status", line[128];
    if (pid > 0)
        snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
    FILE *file = fopen(path, "r");
    double bytes = 0;
    size_t size = strlen(key);
    while (file && fgets(line, sizeof line, file)) {
        unsigned long long kilobytes;
        if (strncmp(line, key, size) == 0 && sscanf(line + size, ": %llu kB", &kilobytes) == 1)
            bytes = 1024 * (double)kilobytes;
    }
    if (file)
        fclose(file);
    return bytes;
}

#endif
