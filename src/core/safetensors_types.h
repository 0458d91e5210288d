#ifndef SLEEVE_CORE_SAFETENSORS_TYPES_H
#define SLEEVE_CORE_SAFETENSORS_TYPES_H

#include <stddef.h>
#include <stdint.h>

/* Contents of a safetensors file. */

enum { SAFETENSORS_RANK_MAX = 8 };

struct tensor_view {
    const char *name;
    const char *dtype; /* "F32", "I64", ... as in the file */
    int rank;
    int64_t shape[SAFETENSORS_RANK_MAX];
    const void *bytes; /* not necessarily aligned for its type: any number of bytes may precede it */
    size_t size;
};

struct metadata_pair {
    const char *key;
    const char *value;
};

#endif
