#ifndef SLEEVE_GPU_CPU_TSNE_H
#define SLEEVE_GPU_CPU_TSNE_H

#include <stdbool.h>
#include <stdint.h>

#include "gpu/cpu/cpu_internal.h"

/* Shared by the t-SNE files of the CPU module.
 *
 * P is symmetric, so only pairs i < j are stored and every pair is computed once, for both points. The points are
 * divided into panels of 32; panel p holds its 32 rows against the column groups p, p + 1, ... of 32 points, the first
 * of which is the diagonal tile. Probabilities are bfloat16 (the rounding of 1 in 512 changes the KL divergence by less
 * than 1e-4 relative, and halves the memory that each iteration reads), two per word: column k of a group in the high
 * half and column k + 16 in the low half; the low bits change the high value only slightly, so that no masking is
 * needed. A panel is stored in the order in which it is read: blocks of 32 groups, in them strips of 4 rows, in them
 * groups, in them rows. */
enum {
    TSNE_PANEL = 32,
    TSNE_STRIP = 4,
    TSNE_WORDS = 16,                           /* words per row of a group */
    TSNE_TILE_WORDS = TSNE_PANEL * TSNE_WORDS, /* words of 32 rows of a group */
    TSNE_BLOCK = 32, /* groups per block: its points and forces stay in the first-level cache */
    TSNE_FORCES = 4, /* attraction x and y, repulsion x and y */
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
    const float *x, *y;    /* the points, padded to whole groups with distant points */
    float *forces;         /* [TSNE_FORCES x stride], accumulated */
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

struct tsne_repulsion {
    double x, y, potential; /* sums of q^2 (yi - yj) and of q */
};

struct tsne_row_sums {
    double e, de, dde; /* sums of exp(-beta d) and of it times d and d²; d relative to the nearest */
};

struct tsne_mesh;
struct tsne_edges;

/* The inner loops for one instruction set; cpu_tsne_mesh.h describes those of the mesh. */
struct tsne_kernels {
    int64_t lanes; /* floats of a vector */
    /* Adds the forces of the strip's pairs to both of their points; returns the sum of 1 / (1 + |yi - yj|^2). */
    double (*forces)(const struct tsne_strip *strip);
    void (*divergence)(const struct tsne_strip *strip, struct tsne_divergence *sums);
    void (*row_range)(const float *d, int64_t n, float *least, double *sum);
    void (*row_sums)(const float *d, int64_t n, float least, float beta, struct tsne_row_sums *sums);
    void (*row_exp)(float *d, int64_t n, float least, float beta, float scale);
    /* The transform of the smooth part of q, in blocks of LANES columns, then of LANES frequencies; `work` belongs to
     * one worker and has TSNE_WORK floats per node along a side. */
    void (*smooth_rows)(const struct tsne_mesh *mesh, float *work, int64_t block);
    void (*smooth_columns)(const struct tsne_mesh *mesh, float *work, int64_t block);
    /* The convolution on the mesh, in three rounds: blocks of columns, of frequencies, of columns. */
    void (*mesh_forward)(const struct tsne_mesh *mesh, float *work, int64_t block);
    void (*mesh_convolve)(const struct tsne_mesh *mesh, float *work, int64_t block);
    void (*mesh_inverse)(const struct tsne_mesh *mesh, float *work, int64_t block);
    /* Spreads sorted points begin..end-1 onto the nodes. */
    void (*mesh_lay)(const struct tsne_mesh *mesh, int64_t begin, int64_t end);
    /* The repulsion of a strip's points, including the near part, and its sums. */
    void (*mesh_collect)(const struct tsne_mesh *mesh, int64_t strip, struct tsne_repulsion *total);
    /* Sparse P at points [n x 2]: the attraction of point i, and its part of the divergence. */
    void (*edges_attract)(const struct tsne_edges *edges, const float *points, int64_t i, float sums[2]);
    void (*edges_divergence)(const struct tsne_edges *edges, const float *points, int64_t i,
                             struct tsne_divergence *sums);
};
const struct tsne_kernels *cpu_tsne_kernels(enum cpu_simd simd);

/* The precision beta at which the weights exp(-beta (d - least)) of a row of n distances have an entropy; `own` entries
 * of the row are the point itself, at distance `least`, and do not count. `mean` is the others' mean distance above
 * `least` and must be positive. */
float cpu_tsne_precision(const struct tsne_kernels *kernels, const float *row, int64_t n, int own, float least,
                         double mean, double entropy);

/* Parameters and state of gradient descent, as in scikit-learn. */
struct tsne_descent {
    float learning_rate, momentum;
    float *points, *velocity, *gains; /* [n x 2] */
};

/* Delta-bar-delta (Jacobs 1988): a coordinate's gain grows while it keeps its direction. */
static inline void tsne_move(const struct tsne_descent *descent, int64_t coordinate, float gradient)
{
    float velocity = descent->velocity[coordinate], gain = descent->gains[coordinate];
    gain = velocity * gradient < 0 ? gain + 0.2F : gain * 0.8F;
    gain = gain < 0.01F ? 0.01F : gain;
    velocity = descent->momentum * velocity - descent->learning_rate * gain * gradient;
    descent->gains[coordinate] = gain;
    descent->velocity[coordinate] = velocity;
    descent->points[coordinate] += velocity;
}

#endif
