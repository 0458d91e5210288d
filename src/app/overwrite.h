#ifndef SLEEVE_APP_OVERWRITE_H
#define SLEEVE_APP_OVERWRITE_H

#include "core/status.h"

/* STATUS_USAGE if there is a file or folder at this path; the error names its folder, and how the explorer's `command`
 * ("export!") overwrites it. */
enum status app_must_be_new(const char *path, const char *command, struct error *error);

#endif
