#include "features/directions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

void direction_normalise(float *vector, size_t width)
{
    double sum = 0;
    for (size_t i = 0; i < width; i++)
        sum += (double)vector[i] * (double)vector[i];
    float scale = sum > 0 && isfinite(sum) ? (float)(1 / sqrt(sum)) : 0;
    for (size_t i = 0; i < width; i++)
        vector[i] = scale > 0 ? vector[i] * scale : 0;
}

void directions_of(const struct directions *directions, int64_t row, float *vector)
{
    const struct feature_set *set = directions->set;
    size_t width = (size_t)set->width;
    memset(vector, 0, width * sizeof *vector);
    if (row < 0 || row >= set->n_rows || !feature_set_has(set, row))
        return;
    const float *values = set->values + row * set->width;
    for (size_t i = 0; i < width; i++)
        vector[i] = isfinite(values[i]) ? (values[i] - directions->means[i]) * directions->scales[i] : 0;
    direction_normalise(vector, width);
}
