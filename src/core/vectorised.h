#ifndef SLEEVE_CORE_VECTORISED_H
#define SLEEVE_CORE_VECTORISED_H

/* Before a function whose loops the compiler turns into vector instructions: it is compiled twice, and processors with
 * AVX2 run it with wider registers. AVX2 does not include fused multiply-adds, so both give the same numbers.
 *
 * The thread sanitizer crashes when the choice is made before it has started; for the address sanitizer one is enough.
 */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__) &&                \
    !defined(__SANITIZE_ADDRESS__)
#define VECTORISED __attribute__((target_clones("avx2", "default")))
#else
#define VECTORISED
#endif

#endif
