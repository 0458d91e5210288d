#include <math.h>
#include <string.h>

#include "gpu/cpu/cpu_shuffle.h"
#include "gpu/cpu/cpu_tsne_mesh.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* The loops are written once over vectors of LANES floats and compiled for each instruction set. */

#if defined(__x86_64__)
#define NAME(name) name##_avx512
#define TARGET __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")))
#define LANES 16
#define ROWS 4
#define FMA(a, b, c) ((vf)_mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(c)))
#define SUM(a) _mm512_reduce_add_ps((__m512)(a))
#define APPROXIMATE_RECIPROCAL(a) ((vf)_mm512_rcp14_ps((__m512)(a)))
#define GATHER gather_pairs_avx512
static inline __attribute__((target("avx512f"), always_inline)) void
gather_pairs_avx512(const float *points, const int32_t *columns, void *x, void *y)
{
    __m512 low = _mm512_castpd_ps(_mm512_i32gather_pd(_mm256_loadu_si256((const void *)columns), points, 8));
    __m512 high = _mm512_castpd_ps(_mm512_i32gather_pd(_mm256_loadu_si256((const void *)(columns + 8)), points, 8));
    const __m512i even = _mm512_set_epi32(30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
    _mm512_storeu_ps(x, _mm512_permutex2var_ps(low, even, high));
    _mm512_storeu_ps(y, _mm512_permutex2var_ps(low, _mm512_add_epi32(even, _mm512_set1_epi32(1)), high));
}
#include "gpu/cpu/cpu_tsne_vector.h"

#include "gpu/cpu/cpu_tsne_loops.h"
#include "gpu/cpu/cpu_tsne_transform_loops.h"

#include "gpu/cpu/cpu_tsne_mesh_loops.h"

#define NAME(name) name##_avx2
#define TARGET __attribute__((target("avx2,fma")))
#define LANES 8
#define ROWS 2
#define FMA(a, b, c) ((vf)_mm256_fmadd_ps((__m256)(a), (__m256)(b), (__m256)(c)))
#include "gpu/cpu/cpu_tsne_vector.h"

#include "gpu/cpu/cpu_tsne_loops.h"
#include "gpu/cpu/cpu_tsne_transform_loops.h"

#include "gpu/cpu/cpu_tsne_mesh_loops.h"
#endif

#define NAME(name) name##_portable
#define TARGET
#define LANES 4
#define ROWS 2
#define FMA(a, b, c) ((a) * (b) + (c))
#include "gpu/cpu/cpu_tsne_vector.h"

#include "gpu/cpu/cpu_tsne_loops.h"
#include "gpu/cpu/cpu_tsne_transform_loops.h"

#include "gpu/cpu/cpu_tsne_mesh_loops.h"

const struct tsne_kernels *cpu_tsne_kernels(enum cpu_simd simd)
{
#if defined(__x86_64__)
    if (simd == CPU_AVX512)
        return &kernels_avx512;
    if (simd == CPU_AVX2)
        return &kernels_avx2;
#endif
    (void)simd;
    return &kernels_portable;
}
