#include "features/directions.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/vectorised.h"

void directions_free(struct directions *directions)
{
    free(directions->means);
    free(directions->scales);
    *directions = (struct directions){0};
}

/* Sums of the values of each column, and of their squares, row by row. */
struct sums {
    double *values, *squares;
    int64_t *counts;
};

static void add_row(const struct feature_set *set, int64_t row, struct sums *sums)
{
    const float *values = set->values + row * set->width;
    for (int i = 0; i < set->width; i++) {
        double value = (double)values[i];
        if (!isfinite(value))
            continue;
        sums->values[i] += value;
        sums->squares[i] += value * value;
        sums->counts[i]++;
    }
}

static void set_scales(struct directions *directions, const struct sums *sums)
{
    for (int i = 0; i < directions->set->width; i++) {
        double count = sums->counts[i] > 0 ? (double)sums->counts[i] : 1, mean = sums->values[i] / count;
        double variance = sums->squares[i] / count - mean * mean;
        bool constant = variance <= 1e-12 * (1 + mean * mean); /* says nothing */
        directions->means[i] = (float)mean;
        directions->scales[i] = !directions->set->columns ? 1 : constant ? 0 : (float)(1 / sqrt(variance));
    }
}

enum status directions_make(const struct feature_set *set, struct directions *directions, struct error *error)
{
    size_t width = (size_t)set->width;
    *directions = (struct directions){
        .set = set, .means = calloc(width + 1, sizeof(float)), .scales = calloc(width + 1, sizeof(float))};
    struct sums sums = {calloc(width + 1, sizeof(double)), calloc(width + 1, sizeof(double)),
                        calloc(width + 1, sizeof(int64_t))};
    bool enough = directions->means && directions->scales && sums.values && sums.squares && sums.counts;
    int64_t step = set->n_rows > DIRECTIONS_SAMPLE ? set->n_rows / DIRECTIONS_SAMPLE : 1;
    for (int64_t row = 0; enough && row < set->n_rows; row += step)
        if (feature_set_has(set, row))
            add_row(set, row, &sums);
    if (enough)
        set_scales(directions, &sums);
    else
        directions_free(directions);
    free(sums.values);
    free(sums.squares);
    free(sums.counts);
    return enough ? STATUS_OK : error_no_memory(error);
}

enum { LANES = 8 };

VECTORISED double direction_squares(const float *vector, size_t width)
{
    double sums[LANES] = {0}, sum = 0;
    size_t i = 0;
    for (; i + LANES <= width; i += LANES)
        for (size_t lane = 0; lane < LANES; lane++)
            sums[lane] += (double)vector[i + lane] * (double)vector[i + lane];
    for (; i < width; i++)
        sum += (double)vector[i] * (double)vector[i];
    for (size_t lane = 0; lane < LANES; lane++)
        sum += sums[lane];
    return sum;
}

/* 0 for a value that is unknown. */
VECTORISED static void standardise(const struct directions *directions, const float *values, size_t width,
                                   float *restrict vector)
{
    const float *means = directions->means, *scales = directions->scales;
    for (size_t i = 0; i < width; i++) {
        float scaled = (values[i] - means[i]) * scales[i];
        vector[i] = fabsf(values[i]) <= FLT_MAX ? scaled : 0;
    }
}

void direction_normalise(float *vector, size_t width)
{
    double sum = direction_squares(vector, width);
    float scale = sum > 0 && isfinite(sum) ? (float)(1 / sqrt(sum)) : 0;
    if (!(scale > 0)) {
        memset(vector, 0, width * sizeof *vector);
        return;
    }
    for (size_t i = 0; i < width; i++)
        vector[i] *= scale;
}

void directions_of(const struct directions *directions, int64_t row, float *vector)
{
    const struct feature_set *set = directions->set;
    size_t width = (size_t)set->width;
    if (row < 0 || row >= set->n_rows || !feature_set_has(set, row)) {
        memset(vector, 0, width * sizeof *vector);
        return;
    }
    standardise(directions, set->values + row * set->width, width, vector);
    direction_normalise(vector, width);
}
