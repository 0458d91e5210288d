#ifndef SLEEVE_MODELS_MODEL_FILES_H
#define SLEEVE_MODELS_MODEL_FILES_H

#include <stdbool.h>

#include "core/lock_file.h"
#include "db/catalogue.h"

/* The files of models, all of them directly in the folder "models" beside the catalogue. The file of the model NAME is
 * NAME.safetensors, or NAME.X.safetensors with 16 hexadecimal digits X if the first name was in use; the model's record
 * in the registry contains the name. No other file is opened or removed for a model, even if its record names one.
 *
 * A file of a large model has its index for fast scoring beside it, under its name and ".index"
 * (models/index_file.h).
 *
 * An unfinished training has NAME.safetensors.new (its best weights), .new.candidate and .new.checkpoint, and holds a
 * lock on NAME.lock. */

/* At most 64 letters, digits, "-", "_", "." and "+", a letter or digit first. */
bool model_name_is_usable(const char *name);
/* Whether `file`, relative to the sidecar folder, is a valid name for the file of the model `name`. */
bool model_file_is_of(const char *name, const char *file);

/* Locks the model against other trainings and removals of that name; creates the folder if necessary. If another
 * process has the lock, returns STATUS_FAILED and sets *busy. */
enum status model_lock(const struct catalogue *catalogue, const char *name, struct lock_file *lock, bool *busy,
                       struct error *error);

/* Appends the path of the training's unfinished file. */
void model_unfinished_path(const struct catalogue *catalogue, const char *name, struct buffer *path);
/* Gives the finished file `unfinished` its final name and makes it durable. Only the file of a model without a record
 * (`first`) can be NAME.safetensors; later ones have random digits, so that no name ever comes back and a reader of the
 * record notices every change. The final name, relative to the sidecar folder, is appended to *file. The unfinished
 * name can remain; remove it after the record is switched. */
enum status model_file_publish(const struct catalogue *catalogue, const char *name, bool first, const char *unfinished,
                               struct buffer *file, struct error *error);
/* Removes the file of a record, and its index. Ignores names that are not valid for the model, and missing files. */
void model_file_remove(const struct catalogue *catalogue, const char *name, const char *file);
/* Removes files of the name that killed trainings left and that no record names; with `unfinished`, also the state of
 * an interrupted training. The caller must hold the model's lock. */
void model_leftovers_remove(struct catalogue *catalogue, const char *name, bool unfinished);

/* Calls `each` with the path, relative to the sidecar folder, of each file in "models" that belongs neither to a record
 * nor to an unfinished training. */
enum status model_leftovers_list(struct catalogue *catalogue, void (*each)(void *context, const char *file),
                                 void *context, struct error *error);

#endif
