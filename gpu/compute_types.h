#ifndef SLEEVE_GPU_COMPUTE_TYPES_H
#define SLEEVE_GPU_COMPUTE_TYPES_H

#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

/* What all operations are told of the device. */

struct compute_device; /* owns everything made from it */
struct compute_stream;
struct compute_buffer;

/* A run of elements of a buffer from `offset` on (in elements of the operation's type). Without a buffer it is "none".
 */
struct compute_slice {
    struct compute_buffer *buffer;
    size_t offset;
};

#endif
