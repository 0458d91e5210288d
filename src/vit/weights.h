#ifndef SLEEVE_VIT_WEIGHTS_H
#define SLEEVE_VIT_WEIGHTS_H

#include "core/json_reader.h"
#include "core/safetensors.h"
#include "gpu/compute.h"

/* Published weights of a network: a safetensors file, its tensors found by rules, and their copies on a device. */

/* Sizes that the shapes of rules name by a capital letter: sizes.of['H' - 'A'] is the size of H; 0: any size. */
struct tensor_sizes {
    int64_t of[26];
};

struct tensor_rule {
    const char *name;
    const char *other; /* another name of it in some files; NULL if there is none */
    const char
        *shape; /* a character per dimension: a letter (tensor_sizes) or a digit; NULL: there is no such tensor */
};

struct weights {
    struct safetensors *file;
    const char *path;
    bool *used;                  /* [safetensors_count] found by a rule */
    struct json_document config; /* config.json in the file's folder; root is JSON_NULL without one */
};

/* `path` must outlive the weights. Close them after a failure, too. */
enum status weights_open(const char *path, struct weights *weights, struct error *error);
/* From memory that the caller owns, without a config.json. */
enum status weights_parse(const void *bytes, size_t size, const char *name, struct weights *weights,
                          struct error *error);
void weights_close(struct weights *weights);

/* Whether the file says that its numbers are random: metadata "weights.random". */
bool weights_are_random(const struct weights *weights);

/* The tensor named prefix + name (or other); NULL if there is none. Marks it as used. */
const struct tensor_view *weights_find(struct weights *weights, const char *prefix, const struct tensor_rule *rule);
/* The same; a tensor that is missing, has another shape, or has numbers of a type other than F32, F16, BF16 and F64 is
 * STATUS_BAD_DATA. */
enum status weights_require(struct weights *weights, const char *prefix, const struct tensor_rule *rule,
                            const struct tensor_sizes *sizes, const struct tensor_view **view, struct error *error);

/* Numbers of a tensor. */
int64_t tensor_numbers(const struct tensor_view *view);
/* Converts numbers first .. first + count - 1 of a tensor of one of these types to float32. */
void tensor_floats(const struct tensor_view *view, int64_t first, int64_t count, float *values);

/* Weights on a device. */
struct device_weights {
    struct compute *compute;
    struct compute_buffer **buffers;
    size_t count;
    size_t bytes; /* of all buffers, without those that are the file's own bytes */
};

struct weight_piece {
    const struct tensor_view *view;
    const float *scale; /* a factor for each row (index of the first dimension); NULL: 1 */
};
/* Places the pieces one after the other as float32. A single F32 tensor without scale is not copied where the device
 * can use the file's mapped bytes, so the file must stay open. */
enum status device_weights_place(struct device_weights *own, const struct weight_piece *pieces, size_t n_pieces,
                                 struct compute_slice *slice, struct error *error);
/* The same for a weight matrix, the pieces' rows, packed for dense_packed. */
enum status device_weights_pack(struct device_weights *own, enum precision precision, const struct weight_piece *pieces,
                                size_t n_pieces, struct compute_slice *slice, struct error *error);
/* The same for numbers computed here. */
enum status device_weights_copy(struct device_weights *own, const void *bytes, size_t size, struct compute_slice *slice,
                                struct error *error);
void device_weights_free(struct device_weights *own);

#endif
