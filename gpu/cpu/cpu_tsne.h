#ifndef SLEEVE_GPU_CPU_TSNE_H
#define SLEEVE_GPU_CPU_TSNE_H

#include <stdbool.h>
#include <stdint.h>

#include "gpu/cpu/cpu_internal.h"

/* What the t-SNE files of the CPU module share.
 *
 * P is symmetric, so that only pairs i < j are kept and every pair is computed once, for both points. The points are
 * cut into panels of 32; panel p holds its 32 rows against the column groups p, p + 1, ... of 32 points, the first of
 * them being the diagonal tile. Probabilities are bfloat16 (the rounding of 1 in 512 changes the KL divergence by less
 * than 1e-4 of itself, and halves the memory that each iteration reads), two to a word: column k of a group in the high
 * half and column k + 16 in the low half, so that the low bits only ever nudge the high value and need no masking. A
 * panel is stored in the order in which it is read: blocks of 32 groups, in them strips of 4 rows, in them groups, in
 * them rows. */
enum {
    TSNE_PANEL = 32,
    TSNE_STRIP = 4,
    TSNE_WORDS = 16,                           /* words of a row in a group */
    TSNE_TILE_WORDS = TSNE_PANEL * TSNE_WORDS, /* words of 32 rows in a group */
    TSNE_BLOCK = 32,                           /* groups in a block: points and forces of one stay in the L1 cache */
    TSNE_FORCES = 4,                           /* attraction x and y, repulsion x and y */
};

static inline int64_t tsne_groups(int64_t n)
{
    return (n + TSNE_PANEL - 1) / TSNE_PANEL;
}

/* Tiles of all panels before `panel`. */
static inline int64_t tsne_tiles_before(int64_t groups, int64_t panel)
{
    return panel * groups - panel * (panel - 1) / 2;
}

/* Four rows against a run of column groups. */
struct tsne_strip {
    const float *x, *y;    /* the points, padded to whole groups with points far away */
    float *forces;         /* [TSNE_FORCES x stride], added to */
    int64_t stride;        /* the padded number of points */
    const uint32_t *words; /* this strip's probabilities */
    int64_t row;           /* the first of four */
    int64_t column;        /* the first of the run */
    int64_t groups;        /* in the run */
    bool diagonal;         /* the run starts with the diagonal tile */
    int64_t n;
};

struct tsne_divergence {
    double p_log; /* sum of p ln(p (1 + |yi - yj|^2)) */
    double p;     /* sum of p */
};

struct tsne_row_sums {
    double e, de, dde; /* sums of exp(-beta d), d times it and d squared times it; d counted from the nearest */
};

/* The inner loops, one set for each instruction set. */
struct tsne_kernels {
    /* Adds the forces of the strip's pairs to both of their points; returns the sum of 1 / (1 + |yi - yj|^2). */
    double (*forces)(const struct tsne_strip *strip);
    void (*divergence)(const struct tsne_strip *strip, struct tsne_divergence *sums);
    void (*row_range)(const float *d, int64_t n, float *least, double *sum);
    void (*row_sums)(const float *d, int64_t n, float least, float beta, struct tsne_row_sums *sums);
    void (*row_exp)(float *d, int64_t n, float least, float beta, float scale);
};
const struct tsne_kernels *cpu_tsne_kernels(enum cpu_simd simd);

#endif
