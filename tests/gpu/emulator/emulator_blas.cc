#include "cublas_v2.h"

#include <vector>

#include "gpu/bfloat16.h"

/* op(X) as doubles, rows x columns, a column after the other. */
static std::vector<double> unpack(bool transposed, int rows, int columns, const float *x, int stride)
{
    std::vector<double> y((size_t)rows * (size_t)columns);
    for (size_t column = 0; column < (size_t)columns; column++)
        for (size_t row = 0; row < (size_t)rows; row++)
            y[row + column * (size_t)rows] =
                (double)x[transposed ? column + row * (size_t)stride : row + column * (size_t)stride];
    return y;
}

/* sums += column * factor. All of the arrays was read before, so the address sanitizer has seen them. */
__attribute__((no_sanitize("address", "undefined"), optimize("O3"))) static void
add_column(double *__restrict__ sums, const double *__restrict__ column, double factor, int n)
{
    for (int i = 0; i < n; i++)
        sums[i] += column[i] * factor;
}

cublasStatus_t cublasSgemm(cublasHandle_t, cublasOperation_t transpose_a, cublasOperation_t transpose_b, int m, int n,
                           int k, const float *alpha, const float *a, int lda, const float *b, int ldb,
                           const float *beta, float *c, int ldc)
{
    bool ta = transpose_a == CUBLAS_OP_T, tb = transpose_b == CUBLAS_OP_T;
    if (m < 0 || n < 0 || k < 0 || lda < std::fmax(1, ta ? k : m) || ldb < std::fmax(1, tb ? n : k) ||
        ldc < std::fmax(1, m))
        return CUBLAS_STATUS_INVALID_VALUE;
    if (emulator_blas_answer() != CUBLAS_STATUS_SUCCESS)
        return CUBLAS_STATUS_EXECUTION_FAILED;
    const std::vector<double> x = unpack(ta, m, k, a, lda), y = unpack(tb, k, n, b, ldb);
    for (size_t j = 0; j < (size_t)n; j++) {
        std::vector<double> sums((size_t)m);
        for (size_t p = 0; p < (size_t)k; p++)
            add_column(sums.data(), x.data() + p * (size_t)m, y[p + j * (size_t)k], m);
        for (size_t i = 0; i < (size_t)m; i++) {
            float *to = &c[i + j * (size_t)ldc];
            *to = (float)((double)*alpha * sums[i] + (*beta == 0 ? 0 : (double)*beta * (double)*to));
        }
    }
    return CUBLAS_STATUS_SUCCESS;
}

/* The columns of a matrix as floats, without the gaps between them. */
static std::vector<float> floats_of(int columns, int size, const void *x, int stride)
{
    std::vector<float> y((size_t)columns * (size_t)size);
    for (size_t column = 0; column < (size_t)columns; column++)
        for (size_t i = 0; i < (size_t)size; i++)
            y[column * (size_t)size + i] = bfloat16_float(((const uint16_t *)x)[column * (size_t)stride + i]);
    return y;
}

cublasStatus_t cublasGemmEx(cublasHandle_t handle, cublasOperation_t transpose_a, cublasOperation_t transpose_b, int m,
                            int n, int k, const void *alpha, const void *a, cudaDataType_t a_type, int lda,
                            const void *b, cudaDataType_t b_type, int ldb, const void *beta, void *c,
                            cudaDataType_t c_type, int ldc, cublasComputeType_t compute, cublasGemmAlgo_t)
{
    int rows_a = transpose_a == CUBLAS_OP_T ? k : m, columns_a = transpose_a == CUBLAS_OP_T ? m : k;
    int rows_b = transpose_b == CUBLAS_OP_T ? n : k, columns_b = transpose_b == CUBLAS_OP_T ? k : n;
    if (a_type != CUDA_R_16BF || b_type != CUDA_R_16BF || c_type != CUDA_R_32F || compute != CUBLAS_COMPUTE_32F ||
        m < 0 || n < 0 || k < 0 || lda < std::fmax(1, rows_a) || ldb < std::fmax(1, rows_b))
        return CUBLAS_STATUS_INVALID_VALUE;
    const std::vector<float> x = floats_of(columns_a, rows_a, a, lda), y = floats_of(columns_b, rows_b, b, ldb);
    return cublasSgemm(handle, transpose_a, transpose_b, m, n, k, (const float *)alpha, x.data(),
                       (int)std::fmax(1, rows_a), y.data(), (int)std::fmax(1, rows_b), (const float *)beta, (float *)c,
                       ldc);
}

cublasStatus_t cublasSgemmStridedBatched(cublasHandle_t handle, cublasOperation_t transpose_a,
                                         cublasOperation_t transpose_b, int m, int n, int k, const float *alpha,
                                         const float *a, int lda, long long stride_a, const float *b, int ldb,
                                         long long stride_b, const float *beta, float *c, int ldc, long long stride_c,
                                         int count)
{
    cublasStatus_t status = CUBLAS_STATUS_SUCCESS;
    for (int i = 0; i < count && status == CUBLAS_STATUS_SUCCESS; i++)
        status = cublasSgemm(handle, transpose_a, transpose_b, m, n, k, alpha, a + i * stride_a, lda, b + i * stride_b,
                             ldb, beta, c + i * stride_c, ldc);
    return status;
}

/* Solves op(A) X = alpha B (left) or X op(A) = alpha B (right) into B. */
cublasStatus_t cublasStrsm(cublasHandle_t, cublasSideMode_t side, cublasFillMode_t fill, cublasOperation_t transpose,
                           cublasDiagType_t diagonal, int m, int n, const float *alpha, const float *a, int lda,
                           float *b, int ldb)
{
    int d = side == CUBLAS_SIDE_LEFT ? m : n, others = side == CUBLAS_SIDE_LEFT ? n : m;
    if (m < 0 || n < 0 || lda < std::fmax(1, d) || ldb < std::fmax(1, m))
        return CUBLAS_STATUS_INVALID_VALUE;
    if (emulator_blas_answer() != CUBLAS_STATUS_SUCCESS)
        return CUBLAS_STATUS_EXECUTION_FAILED;
    /* X op(A) = B is op(A)ᵀ Xᵀ = Bᵀ: one loop serves both, over T = op(A) or its transpose. */
    bool flipped = (transpose == CUBLAS_OP_T) != (side == CUBLAS_SIDE_RIGHT);
    bool lower = (fill == CUBLAS_FILL_MODE_LOWER) != flipped;
    for (int o = 0; o < others; o++)
        for (int s = 0; s < d; s++) {
            int i = lower ? s : d - 1 - s;
            auto at = [&](int row) -> float & {
                return side == CUBLAS_SIDE_LEFT ? b[row + (size_t)o * (size_t)ldb] : b[o + (size_t)row * (size_t)ldb];
            };
            auto t = [&](int row, int column) {
                return (double)(flipped ? a[column + (size_t)row * (size_t)lda]
                                        : a[row + (size_t)column * (size_t)lda]);
            };
            double sum = (double)*alpha * (double)at(i);
            for (int r = 0; r < s; r++) {
                int j = lower ? r : d - 1 - r;
                sum -= t(i, j) * (double)at(j);
            }
            at(i) = (float)(diagonal == CUBLAS_DIAG_UNIT ? sum : sum / t(i, i));
        }
    return CUBLAS_STATUS_SUCCESS;
}
