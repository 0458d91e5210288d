#ifndef SLEEVE_CORE_ASSETS_H
#define SLEEVE_CORE_ASSETS_H

#include "core/buffer.h"
#include "core/status.h"

/* Replaces the text of `path` by that of a file that comes with the program: in assets/ of the source tree beside a
 * build folder, or in share/sleeve/ of an installation. */
enum status asset_find(const char *name, struct buffer *path, struct error *error);

#endif
