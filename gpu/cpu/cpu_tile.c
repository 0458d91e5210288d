#include "gpu/cpu/cpu_tile.h"

/* One or two registers per row for sums; the rest hold a row of B and an element of A. */

#define REPEAT_4(f) f, f, f, f
#define REPEAT_8(f) REPEAT_4(f), REPEAT_4(f)
#define REPEAT_16(f) REPEAT_8(f), REPEAT_8(f)

#define TILE(name, target, lanes, tile_rows, width, repeat)                                                            \
    typedef float name##_vector __attribute__((vector_size(4 * (lanes))));                                             \
    typedef float name##_anywhere __attribute__((vector_size(4 * (lanes)), aligned(4)));                               \
    target static void multiply_##name(int64_t depth, const float *restrict a, int64_t a_stride,                       \
                                       const float *restrict b, int64_t b_stride, bool add, float *restrict c,         \
                                       int64_t c_stride, const float *next, int64_t ahead)                             \
    {                                                                                                                  \
        name##_vector sums[tile_rows][width] = {{{0}}};                                                                \
        for (int64_t k = 0; k < depth; k++, b += b_stride) {                                                           \
            __builtin_prefetch((const char *)next + k * ahead, 0, 2);                                                  \
            name##_vector row[width];                                                                                  \
            _Pragma("GCC unroll 2") for (int v = 0; v < (width); v++) row[v] =                                         \
                *(const name##_vector *)(b + v * (lanes));                                                             \
            _Pragma("GCC unroll 28") for (int r = 0; r < (tile_rows); r++)                                             \
            {                                                                                                          \
                float f = a[r * a_stride + k];                                                                         \
                name##_vector factor = {repeat(f)}; /* one load, unlike a sum with zeros */                            \
                _Pragma("GCC unroll 2") for (int v = 0; v < (width); v++) sums[r][v] += factor * row[v];               \
            }                                                                                                          \
        }                                                                                                              \
        _Pragma("GCC unroll 28") for (int r = 0; r < (tile_rows); r++)                                                 \
            _Pragma("GCC unroll 2") for (int v = 0; v < (width); v++)                                                  \
        {                                                                                                              \
            name##_anywhere *to = (name##_anywhere *)(c + r * c_stride + v * (lanes));                                 \
            *to = add ? *to + sums[r][v] : sums[r][v];                                                                 \
        }                                                                                                              \
    }

TILE(portable, , 4, 6, 2, REPEAT_4)

#if defined(__x86_64__)
TILE(avx2, __attribute__((target("avx2,fma"))), 8, 6, 2, REPEAT_8)
TILE(avx512, __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))), 16, 14, 2, REPEAT_16)
TILE(narrow, __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))), 16, 28, 1, REPEAT_16)
#endif

const struct cpu_tile *cpu_tile_of(enum cpu_simd simd)
{
    static const struct cpu_tile tiles[] = {
        [CPU_PORTABLE] = {6, 8, multiply_portable},
#if defined(__x86_64__)
        [CPU_AVX2] = {6, 16, multiply_avx2},
        [CPU_AVX512] = {14, 32, multiply_avx512},
#endif
    };
    return &tiles[simd];
}

const struct cpu_tile *cpu_tile_for(enum cpu_simd simd, int64_t columns)
{
#if defined(__x86_64__)
    static const struct cpu_tile narrow = {28, 16, multiply_narrow};
    if (simd == CPU_AVX512 && columns <= narrow.columns)
        return &narrow;
#endif
    (void)columns;
    return cpu_tile_of(simd);
}
