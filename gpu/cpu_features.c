#include "gpu/cpu_features.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>

/* The processors that OpenBLAS 0.3.21 recognises by family and model (its dynamic.c): Intel's family 6 up to Rocket
 * Lake, Alder Lake and Sapphire Rapids; AMD's up to family 25. */
static bool known_to_blas(bool intel, unsigned family, unsigned model)
{
    if (!intel)
        return family <= 0x19;
    if (family != 6)
        return false;
    unsigned extended = model >> 4, low = model & 15;
    switch (extended) {
    case 8:
        return low == 12 || low == 13 || low == 14 || low == 15;
    case 9:
        return low == 7 || low == 10 || low == 14;
    case 10:
        return low == 5 || low == 6 || low == 7;
    default:
        return extended < 8;
    }
}

const char *cpu_features_blas_core(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid(0, &a, &b, &c, &d))
        return NULL;
    char vendor[13] = {0};
    memcpy(vendor, &b, 4);
    memcpy(vendor + 4, &d, 4);
    memcpy(vendor + 8, &c, 4);
    bool intel = strcmp(vendor, "GenuineIntel") == 0;
    if ((!intel && strcmp(vendor, "AuthenticAMD") != 0) || !__get_cpuid(1, &a, &b, &c, &d))
        return NULL;
    unsigned family = a >> 8 & 15, model = a >> 4 & 15;
    if (family == 15)
        family += a >> 20 & 255;
    if (family >= 6)
        model |= (a >> 16 & 15) << 4;
    if (known_to_blas(intel, family, model))
        return NULL;
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd"))
        return "SkylakeX";
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return intel ? "Haswell" : "Zen";
    return NULL;
}
#else
const char *cpu_features_blas_core(void)
{
    return NULL;
}
#endif
