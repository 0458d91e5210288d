#ifndef SLEEVE_CORE_FLOAT16_H
#define SLEEVE_CORE_FLOAT16_H

#include <stdint.h>

/* IEEE 754 half precision: 5 bits of exponent, 10 bits of fraction. */

/* Rounds to nearest, ties to even; what is too large becomes infinite. */
uint16_t float16_of(float value);
float float16_float(uint16_t half);

#endif
