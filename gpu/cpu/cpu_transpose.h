#ifndef SLEEVE_GPU_CPU_TRANSPOSE_H
#define SLEEVE_GPU_CPU_TRANSPOSE_H

#include <stdint.h>
#include <string.h>

#include "gpu/cpu/cpu_shuffle.h"

#if defined(__x86_64__)

typedef float cpu_wide __attribute__((vector_size(64)));
typedef int32_t cpu_lanes __attribute__((vector_size(64)));

/* Transposes sixteen rows of sixteen floats, `from_stride` apart, into rows `to_stride` apart. */
__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"), always_inline)) static inline void
cpu_transpose_16(const float *from, int64_t from_stride, float *to, int64_t to_stride)
{
    cpu_wide a[16], b[16];
    for (int i = 0; i < 16; i++)
        memcpy(&a[i], from + i * from_stride, sizeof a[i]);
    /* Each round halves the distance between the elements to swap. */
    for (int i = 0; i < 8; i++) {
        b[i] = SHUFFLE(a[i], a[i + 8], ((cpu_lanes){0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23}));
        b[i + 8] = SHUFFLE(a[i], a[i + 8], ((cpu_lanes){8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31}));
    }
    for (int h = 0; h < 16; h += 8)
        for (int i = h; i < h + 4; i++) {
            a[i] = SHUFFLE(b[i], b[i + 4], ((cpu_lanes){0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27}));
            a[i + 4] =
                SHUFFLE(b[i], b[i + 4], ((cpu_lanes){4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31}));
        }
    for (int h = 0; h < 16; h += 4)
        for (int i = h; i < h + 2; i++) {
            b[i] = SHUFFLE(a[i], a[i + 2], ((cpu_lanes){0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29}));
            b[i + 2] =
                SHUFFLE(a[i], a[i + 2], ((cpu_lanes){2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31}));
        }
    for (int i = 0; i < 16; i += 2) {
        a[i] = SHUFFLE(b[i], b[i + 1], ((cpu_lanes){0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30}));
        a[i + 1] = SHUFFLE(b[i], b[i + 1], ((cpu_lanes){1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31}));
    }
    for (int i = 0; i < 16; i++)
        memcpy(to + i * to_stride, &a[i], sizeof a[i]);
}

#endif

#endif
