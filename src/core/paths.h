#ifndef SLEEVE_CORE_PATHS_H
#define SLEEVE_CORE_PATHS_H

#include "core/buffer.h"

/* Folders of the XDG base directory specification, "/sleeve" appended; a relative or empty variable is ignored, as the
 * specification says. Each appends to `out`. */
void path_data_folder(struct buffer *out);
void path_cache_folder(struct buffer *out);

#endif
