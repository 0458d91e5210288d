#ifndef SLEEVE_GPU_CPU_VECTOR_H
#define SLEEVE_GPU_CPU_VECTOR_H

#include <stdint.h>
#include <string.h>

/* Sixteen floats: one AVX-512 register, two of AVX, four of SSE. For the bodies of CPU_KERNEL only, which inline these.
 */
typedef float cpu_vector __attribute__((vector_size(64)));

enum { CPU_VECTOR = 16 };

static inline __attribute__((always_inline)) float cpu_vector_sum(const cpu_vector *vector)
{
    float values[CPU_VECTOR];
    memcpy(values, vector, sizeof values);
    for (int half = CPU_VECTOR / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++)
            values[i] += values[i + half];
    return values[0];
}

/* The dot product of a and b, d floats each. */
static inline __attribute__((always_inline)) float cpu_vector_dot(const float *a, const float *b, int64_t d)
{
    cpu_vector sums[2] = {{0}, {0}}, u, v;
    int64_t j = 0;
    for (; j + 2 * CPU_VECTOR <= d; j += 2 * CPU_VECTOR)
        for (int half = 0; half < 2; half++) {
            memcpy(&u, a + j + half * CPU_VECTOR, sizeof u);
            memcpy(&v, b + j + half * CPU_VECTOR, sizeof v);
            sums[half] += u * v;
        }
    float tail = 0;
    for (; j < d; j++)
        tail += a[j] * b[j];
    sums[0] += sums[1];
    return cpu_vector_sum(&sums[0]) + tail;
}

/* The squared Euclidean distance of a and b, d floats each. */
static inline __attribute__((always_inline)) float cpu_vector_distance(const float *a, const float *b, int64_t d)
{
    cpu_vector sums[2] = {{0}, {0}}, u, v;
    int64_t j = 0;
    for (; j + 2 * CPU_VECTOR <= d; j += 2 * CPU_VECTOR)
        for (int half = 0; half < 2; half++) {
            memcpy(&u, a + j + half * CPU_VECTOR, sizeof u);
            memcpy(&v, b + j + half * CPU_VECTOR, sizeof v);
            u -= v;
            sums[half] += u * u;
        }
    float tail = 0;
    for (; j < d; j++)
        tail += (a[j] - b[j]) * (a[j] - b[j]);
    sums[0] += sums[1];
    return cpu_vector_sum(&sums[0]) + tail;
}

#endif
