#ifndef SLEEVE_CORE_PATHS_H
#define SLEEVE_CORE_PATHS_H

#include "core/buffer.h"
#include "core/status.h"

/* Folders of the XDG base directory specification, "/sleeve" appended; a relative or empty variable is ignored, as the
 * specification says. Without HOME the password file's home folder is used; without that too there is no folder. Each
 * appends to `out`. */
enum status path_data_folder(struct buffer *out, struct error *error);
enum status path_cache_folder(struct buffer *out, struct error *error);

#endif
