#ifndef SLEEVE_GPU_COMPUTE_TYPES_H
#define SLEEVE_GPU_COMPUTE_TYPES_H

#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

/* Types that all operations share. */

struct compute_device; /* owns everything made from it */
struct compute_stream;
struct compute_buffer;

/* The elements of a buffer from `offset` on (counted in elements of the operation's type). A slice without a buffer
 * means "none". */
struct compute_slice {
    struct compute_buffer *buffer;
    size_t offset;
};

#endif
