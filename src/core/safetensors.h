#ifndef SLEEVE_CORE_SAFETENSORS_H
#define SLEEVE_CORE_SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>

#include "core/file.h"
#include "core/safetensors_types.h"
#include "core/status.h"

/* The safetensors file format (github.com/huggingface/safetensors, README "Format"): a strict reader over a mapped file
 * and an atomic writer. Stricter than the official reader where this does not affect real files: header at most 16 MB,
 * rank at most 8, names at most 512 bytes, at most 65,536 tensors, plain decimal integers, no duplicate names. Values
 * are not checked. */

struct safetensors;

enum status safetensors_open(const char *path, struct safetensors **file, struct error *error);
/* Reads from memory that the caller owns; `name` is used in messages. */
enum status safetensors_parse(const void *bytes, size_t size, const char *name, struct safetensors **file,
                              struct error *error);
void safetensors_close(struct safetensors *file);
/* Bytes that are not needed soon need not stay in memory (core/file.h). */
void safetensors_release(const struct safetensors *file, const void *bytes, size_t size);
/* The whole file as it was read, header included. */
const void *safetensors_bytes(const struct safetensors *file, size_t *size);

size_t safetensors_count(const struct safetensors *file);
const struct tensor_view *safetensors_at(const struct safetensors *file, size_t index); /* in the order of the data */
/* NULL if there is none of that name. */
const struct tensor_view *safetensors_find(const struct safetensors *file, const char *name);
/* The value of a __metadata__ key; NULL if it is missing. */
const char *safetensors_metadata(const struct safetensors *file, const char *key);
/* A tensor of exactly this type and shape, aligned for its type; otherwise an error that names the file, the tensor and
 * what was expected. A dimension of -1 matches any size. */
enum status safetensors_values(const struct safetensors *file, const char *name, const char *dtype, int rank,
                               const int64_t shape[], const void **values, const struct tensor_view **view,
                               struct error *error);
/* The same for float32. */
enum status safetensors_floats(const struct safetensors *file, const char *name, int rank, const int64_t shape[],
                               const float **values, const struct tensor_view **view, struct error *error);

struct tensor_source {
    const char *name;
    const char *dtype;
    int rank;
    int64_t shape[SAFETENSORS_RANK_MAX];
    const void *bytes; /* NULL: `next` provides them in order, a part at a time */
    /* Provides *size bytes from `offset` on, at least one, valid until the next call; a failure is passed on. */
    enum status (*next)(void *context, size_t offset, const void **bytes, size_t *size, struct error *error);
    void *context;
};

/* Writes tensors and metadata to `path` completely or not at all. Tensors are written in the official order (alignment
 * descending, then name); the data starts at a multiple of 64 bytes. */
enum status safetensors_write(const char *path, const struct tensor_source *tensors, size_t n_tensors,
                              const struct metadata_pair *metadata, size_t n_metadata, struct error *error);

#endif
