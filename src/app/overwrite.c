#include "app/overwrite.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum status app_must_be_new(const char *path, const char *command, struct error *error)
{
    struct stat known;
    if (stat(path, &known) != 0 || (!S_ISREG(known.st_mode) && !S_ISDIR(known.st_mode)))
        return STATUS_OK; /* a pipe or a device is written */
    char *whole = realpath(path, NULL);
    char *slash = whole ? strrchr(whole, '/') : NULL;
    if (slash)
        *slash = '\0';
    enum status status = error_set(error, STATUS_USAGE, "%s exists in %s; ! overwrites it after asking, :%s at once",
                                   slash ? slash + 1 : path,
                                   !slash           ? "its folder"
                                   : slash == whole ? "/"
                                                    : whole,
                                   command);
    free(whole);
    return status;
}
