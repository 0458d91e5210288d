#ifndef SLEEVE_CORE_RANDOM_H
#define SLEEVE_CORE_RANDOM_H

#include <stdint.h>

/* xoshiro256** (Blackman and Vigna 2018), seeded through splitmix64. The struct is the whole state and can be saved and
 * restored. */
struct random {
    uint64_t state[4];
};

void random_seed(struct random *random, uint64_t seed);
uint64_t random_next(struct random *random);
/* Uniform in 0..bound-1 without bias (Lemire 2019); bound > 0. */
uint64_t random_below(struct random *random, uint64_t bound);
/* Uniform in [0, 1). */
double random_uniform(struct random *random);
/* Standard normal. */
double random_normal(struct random *random);
/* One round of splitmix64: a good hash of a 64-bit number. */
uint64_t random_mix(uint64_t value);

#endif
