#ifndef SLEEVE_CORE_SAFETENSORS_HEADER_H
#define SLEEVE_CORE_SAFETENSORS_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/safetensors_types.h"
#include "core/status.h"

/* Internal to core/safetensors: the parsed JSON header; its entries are not yet checked against each other or the data.
 */

enum {
    SAFETENSORS_HEADER_MAX = 16 << 20,
    SAFETENSORS_NAME_MAX = 512,
    SAFETENSORS_TENSORS_MAX = 65536,
};

struct safetensors_entry {
    struct tensor_view view; /* strings are in the arena; bytes and size are not set */
    uint64_t begin, end;
};

struct safetensors_header {
    struct safetensors_entry *entries;
    size_t n_entries;
    struct metadata_pair *metadata;
    size_t n_metadata;
};

/* Call safetensors_header_free on failure, too. */
enum status safetensors_header_parse(const char *text, size_t size, const char *file, struct arena *memory,
                                     struct safetensors_header *header, struct error *error);
void safetensors_header_free(struct safetensors_header *header);

/* 0 for an unknown type. */
unsigned safetensors_type_bits(const char *dtype);
/* False if the product overflows or is not whole bytes. */
bool safetensors_shape_bytes(const int64_t *shape, int rank, unsigned bits, uint64_t *bytes);

#endif
