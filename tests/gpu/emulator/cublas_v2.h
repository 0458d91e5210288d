#ifndef SLEEVE_TESTS_GPU_EMULATOR_CUBLAS_V2_H
#define SLEEVE_TESTS_GPU_EMULATOR_CUBLAS_V2_H

#include "cuda_runtime.h"

/* The few cuBLAS functions that gpu/cuda calls, implemented by their definition: column-major, sums in float64. */

enum cublasStatus_t { CUBLAS_STATUS_SUCCESS = 0, CUBLAS_STATUS_INVALID_VALUE = 7, CUBLAS_STATUS_EXECUTION_FAILED = 13 };
enum cublasOperation_t { CUBLAS_OP_N, CUBLAS_OP_T };
enum cublasFillMode_t { CUBLAS_FILL_MODE_LOWER, CUBLAS_FILL_MODE_UPPER };
enum cublasSideMode_t { CUBLAS_SIDE_LEFT, CUBLAS_SIDE_RIGHT };
enum cublasDiagType_t { CUBLAS_DIAG_NON_UNIT, CUBLAS_DIAG_UNIT };
enum cublasMath_t { CUBLAS_DEFAULT_MATH, CUBLAS_PEDANTIC_MATH = 2 };
typedef struct emulator_blas *cublasHandle_t;

static inline cublasStatus_t emulator_blas_answer(void)
{
    return emulator_answer() == cudaSuccess ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_EXECUTION_FAILED;
}

static inline cublasStatus_t cublasCreate(cublasHandle_t *handle)
{
    *handle = nullptr;
    return emulator_blas_answer();
}

static inline cublasStatus_t cublasDestroy(cublasHandle_t)
{
    return emulator_blas_answer();
}

static inline cublasStatus_t cublasSetStream(cublasHandle_t, cudaStream_t)
{
    return emulator_blas_answer();
}

static inline cublasStatus_t cublasSetMathMode(cublasHandle_t, cublasMath_t)
{
    return emulator_blas_answer();
}

static inline const char *cublasGetStatusString(cublasStatus_t status)
{
    return status == CUBLAS_STATUS_SUCCESS         ? "success"
           : status == CUBLAS_STATUS_INVALID_VALUE ? "invalid value"
                                                   : "execution failed";
}

cublasStatus_t cublasSgemm(cublasHandle_t handle, cublasOperation_t transpose_a, cublasOperation_t transpose_b, int m,
                           int n, int k, const float *alpha, const float *a, int lda, const float *b, int ldb,
                           const float *beta, float *c, int ldc);
cublasStatus_t cublasSgemmStridedBatched(cublasHandle_t handle, cublasOperation_t transpose_a,
                                         cublasOperation_t transpose_b, int m, int n, int k, const float *alpha,
                                         const float *a, int lda, long long stride_a, const float *b, int ldb,
                                         long long stride_b, const float *beta, float *c, int ldc, long long stride_c,
                                         int count);
cublasStatus_t cublasStrsm(cublasHandle_t handle, cublasSideMode_t side, cublasFillMode_t fill,
                           cublasOperation_t transpose, cublasDiagType_t diagonal, int m, int n, const float *alpha,
                           const float *a, int lda, float *b, int ldb);

#endif
