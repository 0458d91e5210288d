#ifndef SLEEVE_GPU_CUDA_CHOLESKY_H
#define SLEEVE_GPU_CUDA_CHOLESKY_H

#include "gpu/cuda/cuda_launch.h"

/* The Cholesky factor of one matrix by one block of threads: right-looking, eight columns at a time. Every thread
 * factors the small matrix on the diagonal itself, so that the block synchronises only twice per panel. */

enum { CUDA_PANEL = 8 };

/* Index of row i of a lower triangle: in a square matrix, or packed row by row. */
struct cuda_square {
    int64_t width;
    __device__ int64_t operator()(int64_t row) const
    {
        return row * width;
    }
};

struct cuda_triangle {
    __device__ int64_t operator()(int64_t row) const
    {
        return row * (row + 1) / 2;
    }
};

static inline int64_t cuda_triangle_size(int64_t rows)
{
    return rows * (rows + 1) / 2;
}

/* Factors the lower triangle `a` of d rows in place. Further rows, up to `rows`, are right-hand sides: each b becomes
 * L⁻¹ b. `panel` has space for CUDA_PANEL x rows floats. All threads of the block call it, after a barrier that makes
 * their writes to `a` visible; it returns to all whether the matrix is positive definite. */
template <typename RowStart>
static __device__ bool cuda_block_cholesky(float *a, RowStart row_start, int d, int rows, float *panel)
{
    bool fine = true;
    for (int j = 0; j < d; j += CUDA_PANEL) {
        int width = d - j < CUDA_PANEL ? d - j : CUDA_PANEL;
        float l[CUDA_PANEL][CUDA_PANEL], inverse[CUDA_PANEL];
#pragma unroll
        for (int r = 0; r < CUDA_PANEL; r++)
#pragma unroll
            for (int c = 0; c <= r; c++)
                l[r][c] = r < width ? a[row_start(j + r) + j + c] : (r == c ? 1.0f : 0.0f);
#pragma unroll
        for (int c = 0; c < CUDA_PANEL; c++) {
            float pivot = l[c][c];
#pragma unroll
            for (int p = 0; p < c; p++)
                pivot -= l[c][p] * l[c][p];
            bool good = pivot > 0 && pivot < INFINITY;
            fine = fine && good;
            inverse[c] = good ? 1 / sqrtf(pivot) : 1;
#pragma unroll
            for (int r = c + 1; r < CUDA_PANEL; r++) {
                float value = l[r][c];
#pragma unroll
                for (int p = 0; p < c; p++)
                    value -= l[r][p] * l[c][p];
                l[r][c] = value * inverse[c];
            }
        }
        for (int i = j + (int)threadIdx.x; i < rows; i += (int)blockDim.x) {
            float v[CUDA_PANEL];
#pragma unroll
            for (int c = 0; c < CUDA_PANEL; c++) {
                bool there = c < width && j + c <= i;
                float value = there ? a[row_start(i) + j + c] : 0;
#pragma unroll
                for (int p = 0; p < c; p++)
                    value -= v[p] * l[c][p];
                v[c] = there ? value * inverse[c] : 0;
                panel[c * rows + i] = v[c];
            }
        }
        __syncthreads();
        for (int i = j + (int)threadIdx.x; i < rows; i += (int)blockDim.x)
            for (int c = 0; c < width && j + c <= i; c++)
                a[row_start(i) + j + c] = panel[c * rows + i];
        int lane = (int)threadIdx.x % 32, warp = (int)threadIdx.x / 32, warps = (int)blockDim.x / 32;
        for (int i = j + CUDA_PANEL + warp; i < rows; i += warps) {
            float of_row[CUDA_PANEL];
#pragma unroll
            for (int c = 0; c < CUDA_PANEL; c++)
                of_row[c] = panel[c * rows + i];
            int end = i < d ? i + 1 : d;
            for (int k = j + CUDA_PANEL + lane; k < end; k += 32) {
                float value = a[row_start(i) + k];
#pragma unroll
                for (int c = 0; c < CUDA_PANEL; c++)
                    value -= of_row[c] * panel[c * rows + k];
                a[row_start(i) + k] = value;
            }
        }
        __syncthreads();
    }
    return fine;
}

#endif
