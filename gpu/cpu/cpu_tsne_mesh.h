#ifndef SLEEVE_GPU_CPU_TSNE_MESH_H
#define SLEEVE_GPU_CPU_TSNE_MESH_H

#include "gpu/cpu/cpu_tsne.h"

/* The approximate step of t-SNE. Its repulsion is derived from one potential: with q(r) = 1 / (1 + r^2),
 *
 *     phi(y) = sum over j of q(|y - yj|),
 *     sum over j of q^2 (yi - yj) = -grad phi(yi) / 2,
 *     Z = sum over i of phi(yi) - n.
 *
 * q is split in two parts. Beyond a reach R it is all smooth part; within, the smooth part is the Taylor series of
 * 1 / (1 + u) in u = r^2 around U = R^2 up to the third power. The remainder of that geometric series, the near part
 *
 *     q w^4   with   w = (U - u) / (1 + U),
 *
 * vanishes smoothly at R and is summed pair by pair. The smooth part is summed on a mesh of nodes: every point spreads
 * a weight of 1 onto 4 x 4 nodes by cubic B-splines, a convolution by Fourier transforms of twice the size gives the
 * potential's spline coefficients, and the same splines and their derivatives interpolate phi and its gradient at the
 * points (particle mesh as in Essmann et al. 1995, the splitting after Skeel, Tezcan and Hardy 2002). The transform of
 * the smooth part is divided by that of the spline's values at the nodes, squared, so that the mesh is exact between
 * nodes.
 *
 * While the mesh resolves q itself there is no near part. A wider map uses a wider spacing h, from a fixed ladder so
 * that the transform of the smooth part can be reused from step to step, and R = 4 h.
 *
 * Points are sorted by strips of four rows of cells, within a strip by the column of their cell: a strip spreads its
 * points independently, and the neighbours of a run of points are three runs of points. */
enum {
    TSNE_SPLINE = 4,     /* nodes along a side onto which a point is spread */
    TSNE_STRIP_ROWS = 4, /* rows of cells per strip; R in cells */
    TSNE_MESH_MIN = 32,  /* minimum number of nodes along a side */
    TSNE_MESH_MAX = 2048,
    TSNE_EDGES = 16,     /* pairs per group of a row of P: 16 columns, then 16 probabilities */
    TSNE_LANES_MAX = 16, /* of a vector of any instruction set */
};

/* Sparse P: starts int64 [n + 1] in groups of TSNE_EDGES pairs, then the groups. A row is padded with pairs of the
 * point with itself of probability 0. */
struct tsne_edges {
    int64_t *starts;
    int32_t *groups; /* 2 x TSNE_EDGES words each; the second half floats */
};

static inline size_t tsne_edges_offset(int64_t n)
{
    return ((size_t)(n + 1) * sizeof(int64_t) + 63) / 64 * 64;
}

static inline struct tsne_edges tsne_edges_at(void *p, int64_t n)
{
    return (struct tsne_edges){.starts = p, .groups = (int32_t *)((char *)p + tsne_edges_offset(n))};
}

/* A mesh and the points on it. Lengths are in cells unless stated otherwise. */
struct tsne_mesh {
    int64_t n, size; /* points; nodes along a side, a power of two */
    int64_t stride;  /* of a row of nodes */
    float spacing;   /* h, in units of the map */
    float reach;     /* U = R^2 in units of the map, 0 without a near part */
    float *nodes;    /* [size x stride] the weights of the points, then the potential */
    float *spectrum; /* [size + TSNE_LANES_MAX] columns of 2 size: frequencies in blocks of LANES, real and imaginary */
    float *smooth;   /* [size / LANES][2 size][LANES] transform of the smooth part */
    const float *roots;   /* cos and -sin of 2 pi k / (2 size), k < 2 size */
    const int32_t *place; /* [2 size] index at which a transform leaves frequency k */
    const int32_t *order; /* [n] sorted points */
    const float *x, *y;   /* [n + TSNE_LANES_MAX] their coordinates from 1 on */
    const int32_t *first; /* [size / TSNE_STRIP_ROWS x size + 1] the first point of each column of each strip */
    float *repulsion;     /* [n x 2], in the original order of the points */
};

/* The cell of a coordinate: one with a node before it and two after; the first for NaN. */
static inline int64_t tsne_mesh_cell(const struct tsne_mesh *mesh, float at)
{
    const float last = (float)(mesh->size - TSNE_SPLINE + 1);
    return (int64_t)(at >= 1 ? at < last ? at : last : 1);
}

#endif
