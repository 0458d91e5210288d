#include "core/memory_usage.h"

#include <stdio.h>
#include <string.h>

double memory_usage_bytes(pid_t pid, const char *key)
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
