#ifndef SLEEVE_GPU_INDEX_LAYOUT_H
#define SLEEVE_GPU_INDEX_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

/* The bytes of an index of items (gpu/ops/index.h), which are the same on every device and for every instruction set,
 * and contain no addresses: an index can be kept in a file, and one that the CPU made can be used on a GPU. What it
 * holds and why its bounds are safe is in gpu/cpu/cpu_index.h. cpu_index.c and cuda_index.cu make it by the same
 * float32 operations in the same order. */

enum {
    INDEX_LAYOUT = 1,    /* rises when the bytes, or how they are made from the items, change */
    INDEX_ROWS = 16,     /* rows of a block */
    INDEX_GROUP = 4,     /* components of a row that are stored together */
    INDEX_RUN = 4,       /* blocks processed together; their number is a multiple of it */
    INDEX_WIDTH = 65536, /* maximum number of components of a row */
    INDEX_ALIGNMENT = 64,
    INDEX_PAST_END = 1024,  /* a tile of the last block may be read past it */
    INDEX_CLASSES = 4096,   /* of squared length, by which rows are sorted: the exponent and four more bits */
    INDEX_CLASS_SHIFT = 19, /* of a positive float's bits */
    INDEX_SAMPLE = 255,     /* rows sampled for the centre */
};

#define INDEX_TINY 0x1p-74f     /* above the root of the loss from squares too small for a float */
#define INDEX_SMALLEST 0x1p-96f /* lower limit of a block's largest component */

/* Bounds of four blocks. */
struct index_run {
    float inverse[INDEX_RUN];  /* f */
    float residual[INDEX_RUN]; /* at least |r| of every row */
    float length[INDEX_RUN];   /* at least |t| of every row */
    float reach;               /* at least |y| of every row from this run on */
    float extent;              /* at least |x| of every row from this run on */
    float unused[2];
};

/* The parts of an index. */
struct index_view {
    int64_t n, d;
    int64_t groups; /* of components */
    int64_t n_runs;
    float *centre; /* [d] */
    struct index_run *runs;
    int32_t *rows;  /* [n_runs x INDEX_RUN x INDEX_ROWS] row at each position, -1 for none */
    uint8_t *codes; /* [n_runs x INDEX_RUN][groups][INDEX_ROWS][INDEX_GROUP] */
};

/* Offsets of the parts, and the total size in bytes. */
struct index_parts {
    int64_t groups, n_runs;
    size_t runs, rows, codes, bytes;
};

static inline struct index_parts index_parts_of(int64_t n, int64_t d)
{
    const int64_t run_rows = INDEX_RUN * INDEX_ROWS;
    struct index_parts parts;
    parts.groups = (d + INDEX_GROUP - 1) / INDEX_GROUP;
    parts.n_runs = (n + run_rows - 1) / run_rows;
    parts.runs = ((size_t)d * sizeof(float) + INDEX_ALIGNMENT - 1) / INDEX_ALIGNMENT * INDEX_ALIGNMENT;
    parts.rows = parts.runs + (size_t)parts.n_runs * sizeof(struct index_run);
    parts.codes = parts.rows + (size_t)(parts.n_runs * run_rows) * sizeof(int32_t);
    parts.bytes = parts.codes + (size_t)(parts.n_runs * run_rows * parts.groups * INDEX_GROUP) + INDEX_PAST_END;
    return parts;
}

/* 0 where there is no index of such items. */
static inline size_t index_size(int64_t n, int64_t d)
{
    return n > 0 && d > 0 && d <= INDEX_WIDTH ? index_parts_of(n, d).bytes : 0;
}

static inline struct index_view index_view_of(void *bytes, int64_t n, int64_t d)
{
    const struct index_parts parts = index_parts_of(n, d);
    char *at = (char *)bytes;
    struct index_view view;
    view.n = n;
    view.d = d;
    view.groups = parts.groups;
    view.n_runs = parts.n_runs;
    view.centre = (float *)(void *)at;
    view.runs = (struct index_run *)(void *)(at + parts.runs);
    view.rows = (int32_t *)(void *)(at + parts.rows);
    view.codes = (uint8_t *)(at + parts.codes);
    return view;
}

#endif
