#ifndef SLEEVE_FEATURES_DIRECTIONS_H
#define SLEEVE_FEATURES_DIRECTIONS_H

#include "features/feature_set.h"

/* The rows of a feature set as unit vectors, whose products are comparable: 1 for the same direction, 0 for what has
 * nothing in common, -1 for opposites. From each column its mean is subtracted; named columns have different units, so
 * they are also divided by their standard deviation. Values that are unknown count as the mean. */

/* Means and deviations are those of at most so many rows at equal intervals, so that a large set opens quickly. */
enum { DIRECTIONS_SAMPLE = 20000 };

struct directions {
    const struct feature_set *set;
    float *means, *scales; /* [set->width] */
};
/* The set must stay open as long as the result is used. */
enum status directions_make(const struct feature_set *set, struct directions *directions, struct error *error);
void directions_free(struct directions *directions);
/* The vector [set->width] of a row, from 0; zeros if the row is missing or has no direction. */
void directions_of(const struct directions *directions, int64_t row, float *vector);
/* Divides a vector by its length; a vector without one stays zeros. */
void direction_normalise(float *vector, size_t width);
/* The sum of the squares. */
double direction_squares(const float *vector, size_t width);

#endif
