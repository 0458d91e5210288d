#include "vision/resample.h"

#include <string.h>

enum { TILE = 16 };

/* ------------------------------------------------------------------ rows */

/* The loops have constant lengths, so that the compiler keeps the sums in registers. */
static inline __attribute__((always_inline)) void
add_block(const uint8_t *restrict from, size_t stride, const int32_t *restrict weights, int count, uint8_t *restrict to)
{
    int32_t sums[RESAMPLE_BLOCK];
    for (int i = 0; i < RESAMPLE_BLOCK; i++)
        sums[i] = 1 << (RESAMPLE_BITS - 1);
    for (int y = 0; y < count; y++, from += stride) {
        int32_t weight = weights[y];
        for (int i = 0; i < RESAMPLE_BLOCK; i++)
            sums[i] += from[i] * weight;
    }
    for (int i = 0; i < RESAMPLE_BLOCK; i++) {
        int32_t value = sums[i] >> RESAMPLE_BITS;
        to[i] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
    }
}

static inline __attribute__((always_inline)) void add_rows(const struct windows *windows, const uint8_t *from,
                                                           size_t stride, uint8_t *to)
{
    for (int i = 0; i < windows->length; i++, to += stride) {
        const uint8_t *first = from + (size_t)windows->starts[i] * stride;
        const int32_t *weights = windows->weights + (size_t)i * (size_t)windows->longest;
        for (size_t x = 0; x < stride; x += RESAMPLE_BLOCK)
            add_block(first + x, stride, weights, windows->counts[i], to + x);
    }
}

#if defined(__x86_64__)
#if defined(__clang__) /* has no preferred width of a function */
#define AVX512 __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl")))
#else
#define AVX512 __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,prefer-vector-width=512")))
#endif

__attribute__((target("avx2"))) static void add_rows_avx2(const struct windows *windows, const uint8_t *from,
                                                          size_t stride, uint8_t *to)
{
    add_rows(windows, from, stride, to);
}

AVX512 static void add_rows_avx512(const struct windows *windows, const uint8_t *from, size_t stride, uint8_t *to)
{
    add_rows(windows, from, stride, to);
}

enum resample_simd resample_best(void)
{
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl"))
        return RESAMPLE_AVX512;
    return __builtin_cpu_supports("avx2") ? RESAMPLE_AVX2 : RESAMPLE_PORTABLE;
}
#else
enum resample_simd resample_best(void)
{
    return RESAMPLE_PORTABLE;
}
#endif

void resample_rows(enum resample_simd simd, const struct windows *windows, const uint8_t *from, size_t stride,
                   uint8_t *to)
{
    switch (simd) {
#if defined(__x86_64__)
    case RESAMPLE_AVX512:
        add_rows_avx512(windows, from, stride, to);
        break;
    case RESAMPLE_AVX2:
        add_rows_avx2(windows, from, stride, to);
        break;
#endif
    default:
        add_rows(windows, from, stride, to);
    }
}

/* ------------------------------------------------------------------ columns */

/* Interleaving the halves of a tile of 16 x 16 bytes rotates the 8 bits of a byte's index by one: four times
 * transposes it. */
static void interleave(const uint8_t *restrict tile, uint8_t *restrict out)
{
    for (int i = 0; i < TILE * TILE / 2; i++) {
        out[2 * i] = tile[i];
        out[2 * i + 1] = tile[TILE * TILE / 2 + i];
    }
}

static void transpose_tile(uint8_t tile[TILE * TILE], uint8_t *to, size_t to_stride)
{
    uint8_t other[TILE * TILE];
    interleave(tile, other);
    interleave(other, tile);
    interleave(tile, other);
    interleave(other, tile);
    for (size_t i = 0; i < TILE; i++)
        memcpy(to + i * to_stride, tile + i * TILE, TILE);
}

/* RESAMPLE_BLOCK rows of `size` bytes to `size` rows of RESAMPLE_BLOCK bytes, rounded up to whole tiles. Below `height`
 * rows, the last one is repeated. */
static void transpose_in(const uint8_t *from, size_t from_stride, size_t size, size_t height, uint8_t *strip)
{
    uint8_t tile[TILE * TILE] = {0};
    for (size_t x = 0; x < size; x += TILE)
        for (size_t y = 0; y < RESAMPLE_BLOCK; y += TILE) {
            for (size_t i = 0; i < TILE; i++) {
                const uint8_t *row = from + (y + i < height ? y + i : height - 1) * from_stride + x;
                if (x + TILE <= size)
                    memcpy(tile + i * TILE, row, TILE);
                else
                    memcpy(tile + i * TILE, row, size - x);
            }
            transpose_tile(tile, strip + x * RESAMPLE_BLOCK + y, RESAMPLE_BLOCK);
        }
}

static void transpose_out(const uint8_t *strip, size_t size, uint8_t *to, size_t stride)
{
    uint8_t tile[TILE * TILE];
    for (size_t y = 0; y < RESAMPLE_BLOCK; y += TILE)
        for (size_t x = 0; x < size; x += TILE) {
            for (size_t i = 0; i < TILE; i++)
                memcpy(tile + i * TILE, strip + (x + i) * RESAMPLE_BLOCK + y, TILE);
            transpose_tile(tile, to + y * stride + x, stride);
        }
}

static size_t whole_tiles(size_t size)
{
    return (size + TILE - 1) / TILE * TILE;
}

static size_t inputs_size(const struct windows *windows)
{
    int last = windows->length - 1;
    return 3 * (size_t)(windows->starts[last] + windows->counts[last]);
}

size_t resample_columns_scratch(const struct windows *windows)
{
    return (whole_tiles(inputs_size(windows)) + whole_tiles(3 * (size_t)windows->length)) * RESAMPLE_BLOCK;
}

/* A block of rows at a time is transposed, so that its bytes that have the same weight are neighbours. */
void resample_columns(enum resample_simd simd, const struct windows *windows, const uint8_t *from, size_t from_stride,
                      int height, size_t stride, uint8_t *scratch, uint8_t *to)
{
    size_t size = inputs_size(windows);
    uint8_t *wide = scratch, *narrow = scratch + whole_tiles(size) * RESAMPLE_BLOCK;
    for (int y = 0; y < height; y += RESAMPLE_BLOCK) {
        transpose_in(from + (size_t)y * from_stride, from_stride, size, (size_t)(height - y), wide);
        resample_rows(simd, windows, wide, (size_t)3 * RESAMPLE_BLOCK, narrow);
        transpose_out(narrow, 3 * (size_t)windows->length, to + (size_t)y * stride, stride);
    }
}
