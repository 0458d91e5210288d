#ifndef SLEEVE_GPU_CPU_VECTOR_H
#define SLEEVE_GPU_CPU_VECTOR_H

#include <stdint.h>
#include <string.h>

/* Eight floats: one register of AVX2, two of SSE. The compiler splits vectors wider than a register through memory, and
 * half of an AVX-512 register is fast enough for the memory that these loops read. For the bodies of CPU_KERNEL only,
 * which inline these. */
typedef float cpu_vector __attribute__((vector_size(32)));

enum { CPU_VECTOR = 8, CPU_SUMS = 4 };

static inline __attribute__((always_inline)) float cpu_vector_sum(const cpu_vector sums[CPU_SUMS])
{
    typedef float half __attribute__((vector_size(16)));
    cpu_vector sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    half halves[2];
    memcpy(halves, &sum, sizeof halves);
    halves[0] += halves[1];
    return (halves[0][0] + halves[0][2]) + (halves[0][1] + halves[0][3]);
}

/* The dot product of a and b, d floats each. */
static inline __attribute__((always_inline)) float cpu_vector_dot(const float *a, const float *b, int64_t d)
{
    cpu_vector sums[CPU_SUMS] = {{0}}, u, v;
    int64_t j = 0;
    for (; j + CPU_SUMS * CPU_VECTOR <= d; j += CPU_SUMS * CPU_VECTOR)
        for (int s = 0; s < CPU_SUMS; s++) {
            memcpy(&u, a + j + s * CPU_VECTOR, sizeof u);
            memcpy(&v, b + j + s * CPU_VECTOR, sizeof v);
            sums[s] += u * v;
        }
    float tail = 0;
    for (; j < d; j++)
        tail += a[j] * b[j];
    return cpu_vector_sum(sums) + tail;
}

/* The squared Euclidean distance of a and b, d floats each. */
static inline __attribute__((always_inline)) float cpu_vector_distance(const float *a, const float *b, int64_t d)
{
    cpu_vector sums[CPU_SUMS] = {{0}}, u, v;
    int64_t j = 0;
    for (; j + CPU_SUMS * CPU_VECTOR <= d; j += CPU_SUMS * CPU_VECTOR)
        for (int s = 0; s < CPU_SUMS; s++) {
            memcpy(&u, a + j + s * CPU_VECTOR, sizeof u);
            memcpy(&v, b + j + s * CPU_VECTOR, sizeof v);
            u -= v;
            sums[s] += u * u;
        }
    float tail = 0;
    for (; j < d; j++)
        tail += (a[j] - b[j]) * (a[j] - b[j]);
    return cpu_vector_sum(sums) + tail;
}

#endif
