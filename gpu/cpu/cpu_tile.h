#ifndef SLEEVE_GPU_CPU_TILE_H
#define SLEEVE_GPU_CPU_TILE_H

#include "gpu/cpu/cpu_internal.h"

/* The innermost loop of matrix products (Goto and van de Geijn 2008): a tile of the result that stays in registers. */

struct cpu_tile {
    int64_t rows, columns; /* of a tile */
    /* C = A B, or C += A B if `add`: A [rows x depth], B [depth x columns], C [rows x columns], with strides between
     * rows. B is aligned to 64 bytes and its stride is a multiple of `columns`. Meanwhile fetches `ahead` bytes per
     * step of the sum from `next` on, which may be any address. */
    void (*multiply)(int64_t depth, const float *a, int64_t a_stride, const float *b, int64_t b_stride, bool add,
                     float *c, int64_t c_stride, const float *next, int64_t ahead);
};

enum {
    CPU_TILE_ROWS = 14, /* the largest tile */
    CPU_TILE_COLUMNS = 32,
    CPU_TILE_NARROW_ROWS = 28,
    CPU_TILE_PADDING = 16, /* floats between the rows of a packed A, so that not all rows map to one cache set */
};

/* The tile of an instruction set. */
const struct cpu_tile *cpu_tile_of(enum cpu_simd simd);

/* The same, or a narrow one of at most CPU_TILE_NARROW_ROWS rows if the result has few columns. */
const struct cpu_tile *cpu_tile_for(enum cpu_simd simd, int64_t columns);

#endif
