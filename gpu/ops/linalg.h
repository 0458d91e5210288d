/* Linear algebra and alternating least squares.
 * Entries of the table of operations, included where OPERATION and SIZE are defined (gpu/compute.h). */

/* C[m x n] = alpha op(A) op(B) + beta C; transpose_a: A is stored [k x m]; transpose_b: B is stored [n x k]. */
OPERATION(gemm, bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, float alpha,
          struct compute_slice a, struct compute_slice b, float beta, struct compute_slice c)

/* G[d x d] = YᵀY + ridge I of Y[n x d]. */
OPERATION(gram, int64_t n, int64_t d, struct compute_slice y, float ridge, struct compute_slice g)

/* Lower Cholesky factor of G[d x d] in place; fails when G is not positive definite. */
OPERATION(cholesky, int64_t d, struct compute_slice g)

/* X[n x d] <- X (L Lᵀ)⁻¹ in place. */
OPERATION(cholesky_solve, int64_t n, int64_t d, struct compute_slice l, struct compute_slice x)

/* C[n_rows x d] = S B[n_columns x d], S in CSR form (starts int64 [n_rows + 1], columns int32, values float; a NULL
 * buffer of values means all ones). */
OPERATION(sparse_gemm, int64_t n_rows, int64_t d, struct compute_slice starts, struct compute_slice columns,
          struct compute_slice values, struct compute_slice b, struct compute_slice c)

/* One weighted ALS half-step (Hu, Koren and Volinsky 2008, equation 4): for each row u of CSR, with confidence 1 +
 * alpha r, X[u] = (G + Yᵀ(C_u - I)Y)⁻¹ Yᵀ C_u p(u), where G = YᵀY + ridge I is an input. `n_y`, the rows of Y, lets the
 * operation prepare all of them once (scratch for n_y · d numbers more), which pays where there are many rows to solve;
 * r must then be positive. With 0 it prepares nothing. */
SIZE(als_weighted_scratch, int64_t d, int64_t n_y)
OPERATION(als_weighted, int64_t n_rows, int64_t d, int64_t n_y, float alpha, struct compute_slice starts,
          struct compute_slice columns, struct compute_slice values, struct compute_slice y, struct compute_slice g,
          struct compute_slice x, struct compute_slice scratch)
