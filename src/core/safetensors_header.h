#ifndef SLEEVE_CORE_SAFETENSORS_HEADER_H
#define SLEEVE_CORE_SAFETENSORS_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/safetensors.h"

/* Inside core/safetensors: the JSON header as read, its entries not yet compared with each other and with the data. */

enum {
    SAFETENSORS_HEADER_MAX = 16 << 20,
    SAFETENSORS_NAME_MAX = 512,
    SAFETENSORS_TENSORS_MAX = 65536,
};

struct safetensors_entry {
    struct tensor_view view; /* texts in the arena; bytes and size are not set */
    uint64_t begin, end;
};

struct safetensors_header {
    struct safetensors_entry *entries;
    size_t n_entries;
    struct metadata_pair *metadata;
    size_t n_metadata;
};

/* On failure too, safetensors_header_free is due. */
enum status safetensors_header_parse(const char *text, size_t size, const char *file, struct arena *memory,
                                     struct safetensors_header *header, struct error *error);
void safetensors_header_free(struct safetensors_header *header);

/* 0 for a type that does not exist. */
unsigned safetensors_type_bits(const char *dtype);
/* False when the product overflows or is not whole bytes. */
bool safetensors_shape_bytes(const int64_t *shape, int rank, unsigned bits, uint64_t *bytes);

#endif
