#ifndef SLEEVE_GPU_CPU_BFLOAT16_H
#define SLEEVE_GPU_CPU_BFLOAT16_H

#include "gpu/cpu/cpu_tile.h"

/* Products of bfloat16 numbers with float32 sums by AVX512_BF16 (VDPBF16PS). Its operands are pairs of consecutive k,
 * the first in the lower half of 32 bits. */

/* The tile of pairs: A [rows x depth] and B [depth x columns] hold pairs instead of floats, C holds floats. NULL if the
 * processor or `simd` has no such instruction. */
const struct cpu_tile *cpu_bfloat16_tile(enum cpu_simd simd);
/* Rounds n floats to ceil(n / 2) pairs, the last one padded with 0. Only where there is a tile. */
void cpu_bfloat16_pairs(int64_t n, const float *from, float *to);

#endif
