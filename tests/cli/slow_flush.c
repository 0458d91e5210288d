/* For LD_PRELOAD: flushing a checkpoint takes two seconds, as on a slow disk. */
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

__attribute__((visibility("default"))) int fsync(int descriptor)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    const ssize_t size = readlink(link, path, sizeof path - 1);
    path[size > 0 ? size : 0] = '\0';
    if (strstr(path, ".checkpoint"))
        sleep(2);
    return (int)syscall(SYS_fsync, descriptor);
}
