#include "fitness/scores.h"

#include <math.h>

const int fitness_tops[FITNESS_TOPS] = {1, 3, 5};

#define Z 1.959963984540054 /* normal quantile of 97.5 % */

int32_t fitness_rank(const float *scores, int32_t n_classes, int32_t class)
{
    const float own = scores[class];
    int32_t before = 0;
    for (int32_t c = 0; c < n_classes; c++)
        before +=
            c != class && (scores[c] > own || (c < class && scores[c] == own) || (isnan(own) && !isnan(scores[c])));
    return before + 1;
}

struct fitness_share fitness_share_of(int64_t right, int64_t n)
{
    if (n < 1)
        return (struct fitness_share){(double)NAN, (double)NAN, (double)NAN};
    const double count = (double)n, p = (double)right / count, denominator = 1 + Z * Z / count;
    const double middle = (p + Z * Z / (2 * count)) / denominator;
    const double half = Z / denominator * sqrt(p * (1 - p) / count + Z * Z / (4 * count * count));
    return (struct fitness_share){p, fmax(middle - half, 0), fmin(middle + half, 1)};
}

struct fitness_share fitness_difference(const uint8_t *a, const uint8_t *b, int64_t n)
{
    double sum = 0, squares = 0;
    if (n < 2)
        return (struct fitness_share){(double)NAN, (double)NAN, (double)NAN};
    for (int64_t i = 0; i < n; i++) {
        const double d = (double)a[i] - (double)b[i];
        sum += d;
        squares += d * d;
    }
    const double mean = sum / (double)n;
    const double variance = fmax(squares - sum * mean, 0) / (double)(n - 1), half = Z * sqrt(variance / (double)n);
    return (struct fitness_share){mean, mean - half, mean + half};
}
