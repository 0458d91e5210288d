#ifndef SLEEVE_FITNESS_MODEL_FILE_H
#define SLEEVE_FITNESS_MODEL_FILE_H

#include "core/lock_file.h"
#include "db/connection.h"
#include "fitness/shape.h"

/* A model of fitness: everything that ranks playlists for a song. It is the file "fitness/NAME.safetensors" of the
 * sidecar folder.
 *
 * Tensors: "weights" [n x 1] the network's parameters in their order; "input.mean" and "input.scale" [width x 1] of
 * vectors, "linear" [n_classes x (width + 1)] of a head with a linear discriminant. Metadata: "name", "kind" ("cnn",
 * "head"), "sizes" (the numbers of struct fitness_shape), "inputs" (where inputs come from, app/fitness_inputs.h),
 * "classes" and "keys" (names and keys of the playlists, one a line), "loss", "report" (JSON). */
struct fitness_model {
    struct fitness_shape shape;
    float *weights; /* [n_weights] */
    size_t n_weights;
    float *linear;       /* [n_classes x (width + 1)] fitness/discriminant.h; NULL: none */
    float *mean, *scale; /* [width] of vectors: x becomes (x - mean) * scale, unknown values 0; NULL for a CNN */
    char *inputs, *loss;
    char *classes, *keys;         /* [n_classes] lines */
    const char **names, **key_of; /* [n_classes] into copies of these */
    char *name_text, *key_text;
    char *report;
};

/* Written completely or not at all. */
enum status fitness_model_write(struct catalogue *catalogue, const char *name, const struct fitness_model *model,
                                struct error *error);
/* STATUS_USAGE where there is none of that name; STATUS_BAD_DATA for a file that is damaged, or no such model. Freed by
 * fitness_model_free; after a failure there is nothing to free. */
enum status fitness_model_open(const struct catalogue *catalogue, const char *name, struct fitness_model *model,
                               struct error *error);
void fitness_model_free(struct fitness_model *model);
/* Splits the lines of `classes` and `keys`, which must have n_classes each. */
enum status fitness_model_split_names(struct fitness_model *model, struct error *error);
/* Calls `each` with the names of all files, sorted. */
enum status fitness_models_list(const struct catalogue *catalogue, void (*each)(const char *name, void *context),
                                void *context, struct error *error);
enum status fitness_model_remove(const struct catalogue *catalogue, const char *name, struct error *error);
/* A lock while a model is trained; refused while another process has it. */
enum status fitness_model_lock(const struct catalogue *catalogue, const char *name, struct lock_file *lock,
                               struct error *error);
/* Appends the path of a file beside the model's, such as its checkpoint. */
enum status fitness_model_path(const struct catalogue *catalogue, const char *name, const char *suffix,
                               struct buffer *path, struct error *error);

/* Standardises rows [n x width] in place. */
void fitness_inputs_scale(const struct fitness_model *model, int64_t n, float *rows);

#endif
