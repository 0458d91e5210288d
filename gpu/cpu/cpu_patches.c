#include "gpu/cpu/cpu_patches.h"

#include <string.h>

#include "gpu/cpu/cpu_transpose.h"

/* to[0..past-begin) = numbers begin..past-1 of one line of a patch, [kernel_frequency x channels], which begins at
 * frequency `first` of the image's line, or zeros outside of it. */
static void copy_line(const struct cpu_patches *p, const float *line, int64_t first, int64_t begin, int64_t past,
                      float *to)
{
    int64_t shift = first * p->channels;
    int64_t low = cpu_min(cpu_max(begin, -shift), past);
    int64_t high = cpu_max(cpu_min(past, p->frequency * p->channels - shift), low);
    for (int64_t i = begin; i < low; i++)
        *to++ = 0;
    memcpy(to, line + shift + low, (size_t)(high - low) * sizeof *to);
    to += high - low;
    for (int64_t i = high; i < past; i++)
        *to++ = 0;
}

/* The same for a spread image. */
static void copy_spread_line(const struct cpu_patches *p, const float *line, int64_t first, int64_t begin, int64_t past,
                             float *to)
{
    for (int64_t i = begin; i < past;) {
        int64_t at = first + i / p->channels, from = i % p->channels, count = cpu_min(p->channels - from, past - i);
        bool inside = at >= 0 && at % p->spread_frequency == 0 && at / p->spread_frequency < p->frequency;
        if (inside)
            memcpy(to, line + at / p->spread_frequency * p->channels + from, (size_t)count * sizeof *to);
        else
            memset(to, 0, (size_t)count * sizeof *to);
        to += count;
        i += count;
    }
}

/* to[0..count) = numbers k..k+count-1 of a patch. */
static void copy_patch(const struct cpu_patches *p, struct cpu_patch at, int64_t k, int64_t count, float *to)
{
    int64_t width = p->kernel_frequency * p->channels, first = at.frequency * p->stride_frequency - p->pad_frequency;
    for (int64_t a = k / width; count > 0; a++) {
        int64_t begin = k - a * width, past = cpu_min(width, begin + count);
        int64_t t = at.time * p->stride_time - p->pad_time + a;
        const float *image = p->x + at.image * p->time * p->frequency * p->channels;
        if (t < 0 || t % p->spread_time != 0 || t / p->spread_time >= p->time)
            memset(to, 0, (size_t)(past - begin) * sizeof *to);
        else if (p->spread_frequency == 1)
            copy_line(p, image + t / p->spread_time * p->frequency * p->channels, first, begin, past, to);
        else
            copy_spread_line(p, image + t / p->spread_time * p->frequency * p->channels, first, begin, past, to);
        to += past - begin;
        count -= past - begin;
        k += past - begin;
    }
}

/* ---- images of one channel ---- */

/* With one channel and no stride along frequency, a number of the patches of neighbouring positions is a run of the
 * image: SIDE numbers of SIDE patches are read as runs and transposed. */

enum { SIDE = 16 };

/* run[0..SIDE) = number k of the patches of SIDE positions from `at` on. */
static void read_run(const struct cpu_patches *p, struct cpu_patch at, int64_t k, float *run)
{
    int64_t t = at.time * p->stride_time - p->pad_time + k / p->kernel_frequency;
    int64_t first = at.frequency - p->pad_frequency + k % p->kernel_frequency;
    bool inside = t >= 0 && t % p->spread_time == 0 && t / p->spread_time < p->time;
    const float *line = p->x + (at.image * p->time + t / p->spread_time) * p->frequency;
    if (inside && first >= 0 && first + SIDE <= p->frequency) {
        memcpy(run, line + first, SIDE * sizeof *run);
        return;
    }
    for (int64_t i = 0; i < SIDE; i++)
        run[i] = inside && first + i >= 0 && first + i < p->frequency ? line[first + i] : 0;
}

static inline __attribute__((always_inline)) void transpose(const float *from, float *to)
{
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++)
            to[j * SIDE + i] = from[i * SIDE + j];
}

#if defined(__x86_64__)
__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))) static void transpose_avx512(const float *from,
                                                                                                    float *to)
{
    cpu_transpose_16(from, SIDE, to, SIDE);
}
#else
#define transpose_avx512 transpose
#endif

/* `count` positions of one line. */
static void pack_runs(enum cpu_simd simd, const struct cpu_patches *p, struct cpu_patch at, int64_t count, int64_t k,
                      int64_t depth, float *to, int64_t stride)
{
    float runs[SIDE * SIDE] __attribute__((aligned(64))), turned[SIDE * SIDE] __attribute__((aligned(64)));
    for (int64_t first = 0; first < depth; first += SIDE) {
        int64_t numbers = cpu_min(SIDE, depth - first);
        for (int64_t i = 0; i < numbers; i++)
            read_run(p, at, k + first + i, runs + i * SIDE);
        for (int64_t i = numbers * SIDE; i < SIDE * SIDE; i++)
            runs[i] = 0;
        if (simd == CPU_AVX512)
            transpose_avx512(runs, turned);
        else
            transpose(runs, turned);
        for (int64_t i = 0; i < count; i++)
            memcpy(to + i * stride + first, turned + i * SIDE, (size_t)numbers * sizeof *to);
    }
}

void cpu_patches_pack(enum cpu_simd simd, const struct cpu_patches *p, int64_t row, int64_t rows, int64_t k,
                      int64_t depth, float *to, int64_t stride)
{
    struct cpu_patch at = cpu_patch_at(p, row);
    bool as_runs =
        p->channels == 1 && p->stride_frequency == 1 && p->spread_frequency == 1 && p->out_frequency >= SIDE / 2;
    for (int64_t count; rows > 0; rows -= count) {
        count = as_runs ? cpu_min(cpu_min(SIDE, p->out_frequency - at.frequency), rows) : 1;
        if (as_runs)
            pack_runs(simd, p, at, count, k, depth, to, stride);
        else
            copy_patch(p, at, k, depth, to);
        to += count * stride;
        at.frequency += count - 1;
        cpu_patch_next(p, &at);
    }
}
