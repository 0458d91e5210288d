#ifndef SLEEVE_DB_MODEL_FOLDER_H
#define SLEEVE_DB_MODEL_FOLDER_H

#include "db/catalogue.h"

/* Files in a folder beside the catalogue, one for each model of a kind: X.data/FOLDER/NAME and a suffix. */

/* At most MODEL_FOLDER_NAME_MAX letters, digits, "_", "." and "-", no "." first. */
enum { MODEL_FOLDER_NAME_MAX = 64 };
bool model_folder_name_is_usable(const char *name);

/* Appends the path of NAME and the suffix to `path`. The caller checks the name. */
enum status model_folder_path(const struct catalogue *catalogue, const char *folder, const char *name,
                              const char *suffix, struct buffer *path, struct error *error);
/* Makes the folder where there is none. */
enum status model_folder_make(const struct catalogue *catalogue, const char *folder, struct error *error);
/* Calls `each` with the name of every file with the suffix that `usable` accepts, in alphabetical order. */
enum status model_folder_list(const struct catalogue *catalogue, const char *folder, const char *suffix,
                              bool (*usable)(const char *name), void (*each)(const char *name, void *context),
                              void *context, struct error *error);

#endif
