#ifndef SLEEVE_GPU_CPU_PRODUCT_H
#define SLEEVE_GPU_CPU_PRODUCT_H

#include "gpu/cpu/cpu_internal.h"

/* Matrix products in AVX-512 for the shapes of neural networks, where one side is much longer than the others. BLAS,
 * called on blocks by several threads, packs an operand once per block and makes an extra pass over C; here each
 * operand is packed once. A sum runs over k in order whatever the blocks are, so results depend neither on the number
 * of threads nor on the position of an element. */

struct cpu_product {
    bool transpose_a, transpose_b;
    int64_t m, n, k;
    float alpha, beta;
    const float *a, *b;
    float *c;
    /* If not NULL, called for each tile of the finished product instead of storing it: `rows` rows of `columns`,
     * `stride` apart, with the position of its first element. C still receives intermediate sums. */
    void (*finish)(void *context, const float *tile, int64_t stride, int64_t i, int64_t rows, int64_t j,
                   int64_t columns);
    void *context;
    const float *beside; /* [m x n] that `finish` reads or writes, or NULL: prefetched while a tile is computed */
    bool by_columns;     /* tiles below one another are finished by one thread, from the first row on */
};

/* Whether cpu_product_run is supported and worthwhile: the processor has AVX-512 and no side is very short. */
bool cpu_product_fits(const struct compute_device *device, const struct cpu_product *product);
/* C[m x n] = alpha op(A) op(B) + beta C, as for gemm. */
void cpu_product_run(const struct compute_device *device, const struct cpu_product *product);

#endif
