#ifndef SLEEVE_GPU_CUDA_SPARSE_H
#define SLEEVE_GPU_CUDA_SPARSE_H

#include "gpu/cuda/cuda_internal.h"

/* Rows of a sparse matrix in device memory. Its indices are not validated beforehand: those out of range are skipped
 * and reported as CUDA_FAULT_ID. */
struct cuda_csr {
    const int64_t *starts;
    const int32_t *columns;
    const float *values; /* NULL: ones */
    int64_t n_entries;   /* number of entries in columns and values */
    int64_t n_columns;   /* ids are below it */
};

/* The entries begin..end-1 of a row; none if they are out of range. */
static __device__ inline void cuda_row_entries(const int64_t *starts, int64_t row, int64_t n_entries, int *faults,
                                               int64_t *begin, int64_t *end)
{
    *begin = starts[row];
    *end = starts[row + 1];
    if (*begin < 0 || *begin > *end || *end > n_entries) {
        *end = *begin = 0;
        atomicOr(faults, (int)CUDA_FAULT_ID);
    }
}

/* cuda_sparse.cu: the arguments that sparse_gemm and als_weighted share; B [? x d]. */
enum status cuda_check_csr(const char *operation, int64_t n_rows, int64_t d, struct compute_slice starts,
                           struct compute_slice columns, struct compute_slice values, struct compute_slice b,
                           struct compute_slice result, struct cuda_csr *csr, struct error *error);

#endif
