#ifndef SLEEVE_GPU_CPU_PRODUCT_H
#define SLEEVE_GPU_CPU_PRODUCT_H

#include "gpu/cpu/cpu_internal.h"

/* Matrix products in AVX-512, for the shapes that networks have: one side much longer than the others. BLAS, cut into
 * blocks over threads, copies an operand once a block into the order that its kernel reads and goes over C once before;
 * here each operand is copied once. A sum runs over k in order whatever the blocks are, so results depend neither on
 * the number of threads nor on where an element stands. */

struct cpu_product {
    bool transpose_a, transpose_b;
    int64_t m, n, k;
    float alpha, beta;
    const float *a, *b;
    float *c;
    /* What becomes of C, or NULL: called for each tile of the finished product, `rows` rows of `columns` of it that lie
     * `stride` apart, with the place of the first, instead of storing them. C takes what is not finished yet. */
    void (*finish)(void *context, const float *tile, int64_t stride, int64_t i, int64_t rows, int64_t j,
                   int64_t columns);
    void *context;
    const float *beside; /* [m x n] that `finish` will read or write, or NULL: is fetched while a tile is worked out */
    bool by_columns;     /* tiles below one another are finished from the first row on by one thread */
};

/* Memory for operands in the kernel's order, which one product at a time uses. Nothing touches it before the first.
 * Without AVX-512 *workspace becomes NULL. */
enum status cpu_workspace_create(enum cpu_simd simd, int threads, struct cpu_workspace **workspace,
                                 struct error *error);
void cpu_workspace_destroy(struct cpu_workspace *workspace);

/* Whether cpu_product_run can be used and is worth it: the processor has AVX-512 and the product is no sliver. */
bool cpu_product_fits(const struct compute_device *device, const struct cpu_product *product);
/* C[m x n] = alpha op(A) op(B) + beta C as the operation gemm says it. */
void cpu_product_run(const struct compute_device *device, const struct cpu_product *product);

#endif
