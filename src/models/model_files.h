#ifndef SLEEVE_MODELS_MODEL_FILES_H
#define SLEEVE_MODELS_MODEL_FILES_H

#include <stdbool.h>

#include "core/lock_file.h"
#include "db/catalogue.h"

/* The files of models, all of them directly in the folder "models" beside the catalogue. A model NAME lives in
 * NAME.safetensors or, while another training's file has that name, in NAME.X.safetensors with 16 hexadecimal digits
 * X; its record says which. No other file is opened or removed for it, whatever a record says.
 *
 * An unfinished training has NAME.safetensors.new (its best weights), .new.candidate and .new.checkpoint, and holds
 * NAME.lock locked. */

/* At most 64 letters, digits, "-", "_", "." and "+", a letter or digit first. */
bool model_name_is_usable(const char *name);
/* Whether `file`, relative to the sidecar folder, can be the file of the model `name`. */
bool model_file_is_of(const char *name, const char *file);

/* Locks the model against other trainings and removals of the name; makes the folder. A lock held by another process
 * is STATUS_FAILED and sets *busy. */
enum status model_lock(const struct catalogue *catalogue, const char *name, struct lock_file *lock, bool *busy,
                       struct error *error);

/* Appends the path of the training's unfinished file. */
void model_unfinished_path(const struct catalogue *catalogue, const char *name, struct buffer *path);
/* Gives the finished file `unfinished` its final name, appended to *file, relative to the sidecar folder, and makes it
 * durable. The unfinished name can remain; remove it after the record is switched. */
enum status model_file_place(const struct catalogue *catalogue, const char *name, const char *unfinished,
                             struct buffer *file, struct error *error);
/* Removes the file of a record; files that cannot be the model's, and those that are not there, are left alone. */
void model_file_remove(const struct catalogue *catalogue, const char *name, const char *file);
/* Removes what killed trainings of the name left and no record names; the state of a stopped training only with
 * `unfinished`. For whoever holds the model's lock. */
void model_leftovers_remove(struct catalogue *catalogue, const char *name, bool unfinished);

/* Calls `each` with the path, relative to the sidecar folder, of each file of "models" that belongs to no record and to
 * no unfinished training. */
enum status model_leftovers_list(struct catalogue *catalogue, void (*each)(void *context, const char *file),
                                 void *context, struct error *error);

#endif
