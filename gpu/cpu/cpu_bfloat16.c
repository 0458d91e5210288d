#include "gpu/cpu/cpu_bfloat16.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define BFLOAT16 __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx512bf16,avx2,fma")))

enum { ROWS = 14, COLUMNS = 32, LANES = 16 };

_Static_assert((int)ROWS <= (int)CPU_TILE_ROWS && (int)COLUMNS <= (int)CPU_TILE_COLUMNS, "no tile is larger");

/* As the loop of cpu_tile.c, with two values of k per step. */
BFLOAT16 static void multiply(int64_t depth, const float *restrict a, int64_t a_stride, const float *restrict b,
                              int64_t b_stride, bool add, float *restrict c, int64_t c_stride, const float *next,
                              int64_t ahead)
{
    __m512 sums[ROWS][2];
#pragma GCC unroll 14
    for (int r = 0; r < ROWS; r++)
        sums[r][0] = sums[r][1] = _mm512_setzero_ps();
    for (int64_t k = 0; k < depth; k++, b += b_stride) {
        __builtin_prefetch((const char *)next + k * ahead, 0, 2);
        __m512bh left = (__m512bh)_mm512_load_ps(b), right = (__m512bh)_mm512_load_ps(b + LANES);
#pragma GCC unroll 14
        for (int r = 0; r < ROWS; r++) {
            __m512bh pair = (__m512bh)_mm512_set1_ps(a[r * a_stride + k]);
            sums[r][0] = _mm512_dpbf16_ps(sums[r][0], pair, left);
            sums[r][1] = _mm512_dpbf16_ps(sums[r][1], pair, right);
        }
    }
#pragma GCC unroll 14
    for (int r = 0; r < ROWS; r++)
        for (int half = 0; half < 2; half++) {
            float *to = c + r * c_stride + half * LANES;
            _mm512_storeu_ps(to, add ? _mm512_add_ps(_mm512_loadu_ps(to), sums[r][half]) : sums[r][half]);
        }
}

const struct cpu_tile *cpu_bfloat16_tile(enum cpu_simd simd)
{
    static const struct cpu_tile tile = {ROWS, COLUMNS, multiply};
    return simd == CPU_AVX512 && __builtin_cpu_supports("avx512bf16") ? &tile : NULL;
}

BFLOAT16 void cpu_bfloat16_pairs(int64_t n, const float *from, float *to)
{
    int64_t i = 0;
    for (; i + 2 * LANES <= n; i += 2 * LANES)
        _mm512_storeu_ps(to + i / 2,
                         (__m512)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(from + i + LANES), _mm512_loadu_ps(from + i)));
    for (; i < n; i += LANES) {
        int64_t left = cpu_min(LANES, n - i);
        __mmask16 mask = (__mmask16)((1u << left) - 1), pairs = (__mmask16)((1u << (left + 1) / 2) - 1);
        __m256bh rounded = _mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(mask, from + i));
        _mm256_mask_storeu_ps(to + i / 2, (__mmask8)pairs, (__m256)rounded);
    }
}

#else

const struct cpu_tile *cpu_bfloat16_tile(enum cpu_simd simd)
{
    (void)simd;
    return NULL;
}

void cpu_bfloat16_pairs(int64_t n, const float *from, float *to)
{
    (void)n;
    (void)from;
    (void)to;
}

#endif
