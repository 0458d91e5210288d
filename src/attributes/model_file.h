#ifndef SLEEVE_ATTRIBUTES_MODEL_FILE_H
#define SLEEVE_ATTRIBUTES_MODEL_FILE_H

#include "attributes/kinds.h"
#include "core/lock_file.h"
#include "db/catalogue.h"

/* A model of attributes: networks over the same inputs, and what was measured of them. It is the file
 * "attributes/NAME.safetensors" of the sidecar folder.
 *
 * Tensors: "input.mean", "input.scale" [in x 1]; for each network "NAME.weights" [size x 1] and, of classes,
 * "NAME.thresholds" [out x 1]. Metadata: "name", "inputs", "left_out" and "report" as below; for each network
 * "NAME.hidden" ("128,64"), "NAME.classes" (one a line), "NAME.mean" and "NAME.deviation". */

enum { ATTRIBUTE_CLASSES_MAX = 128, ATTRIBUTE_CLASS_NAME_MAX = 80 };

struct attribute_network {
    enum attribute_kind kind;
    struct dense_shape shape;
    float *weights;         /* [dense_size] */
    char **classes;         /* [shape.out] names of genres; of other attributes their own name */
    float *thresholds;      /* [shape.out] of probabilities: at or above it the track has the class; NULL: an amount */
    double mean, deviation; /* an amount is mean + deviation * output */
};

struct attribute_model {
    char *inputs;   /* where its inputs come from (app/attribute_inputs.h) */
    char *left_out; /* columns of these that were not used, one a line */
    int64_t in;
    float *mean, *scale; /* [in] inputs are (x - mean) * scale, unknown ones 0 */
    int n_networks;
    struct attribute_network networks[ATTRIBUTE_KINDS];
    char *report; /* JSON: what it was trained on, with what result */
};

bool attribute_model_name_is_usable(const char *name);
/* Written completely or not at all. */
enum status attribute_model_write(struct catalogue *catalogue, const char *name, const struct attribute_model *model,
                                  struct error *error);
/* STATUS_USAGE where there is none of that name; STATUS_BAD_DATA for a file that is damaged, or no such model. Freed by
 * attribute_model_free; after a failure there is nothing to free. */
enum status attribute_model_open(const struct catalogue *catalogue, const char *name, struct attribute_model *model,
                                 struct error *error);
void attribute_model_free(struct attribute_model *model);
/* Calls `each` with the names of all files, sorted. */
enum status attribute_models_list(const struct catalogue *catalogue, void (*each)(const char *name, void *context),
                                  void *context, struct error *error);
enum status attribute_model_remove(const struct catalogue *catalogue, const char *name, struct error *error);
/* A lock while a model is trained; refused while another process has it. */
enum status attribute_model_lock(const struct catalogue *catalogue, const char *name, struct lock_file *lock,
                                 struct error *error);
/* The path of a file beside the model's, such as its checkpoint. */
enum status attribute_model_path(const struct catalogue *catalogue, const char *name, const char *suffix,
                                 struct buffer *path, struct error *error);

/* Standardises rows in place. */
void attribute_inputs_scale(const struct attribute_model *model, int64_t n, float *rows);
/* out [n x shape.out] of standardised rows [n x in]: probabilities and amounts from 0 to 1; with `logits` what classes
 * have before σ, and amounts without the limits. */
enum status attribute_network_apply(struct compute *compute, const struct attribute_network *network, int64_t n,
                                    const float *rows, bool logits, float *out, struct error *error);

#endif
