#ifndef SLEEVE_CORE_PATHS_H
#define SLEEVE_CORE_PATHS_H

#include "core/buffer.h"
#include "core/status.h"

/* Folders of the XDG base directory specification with "/sleeve" appended; a relative or empty variable is ignored, as
 * the specification requires. Without HOME, the home folder of the password file is used; without that, the call fails.
 * Each function appends to `out`. */
enum status path_data_folder(struct buffer *out, struct error *error);
enum status path_cache_folder(struct buffer *out, struct error *error);
enum status path_config_folder(struct buffer *out, struct error *error);

/* Appends a path as a person types it, with the home folder in the place of "~" at its start. */
void path_typed(const char *typed, struct buffer *out);

#endif
