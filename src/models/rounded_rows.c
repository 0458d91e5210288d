#include "models/rounded_rows.h"

#include <math.h>
#include <stdlib.h>

#include "core/vectorised.h"
#include "features/directions.h"

/* |r| is at most this plus sqrt(width) / 2, so every partial sum of products is below 2^31. */
enum { ROUNDED_LENGTH = 32000, LANES = 16 };

void rounded_rows_free(struct rounded_rows *rounded)
{
    free(rounded->values);
    free(rounded->lengths);
    free(rounded->errors);
    *rounded = (struct rounded_rows){0};
}

/* Returns |e|^2, in units of 1 / ROUNDED_LENGTH^2. */
VECTORISED static double round_row(const float *row, size_t width, float scale, int16_t *restrict values)
{
    float sums[LANES] = {0};
    double sum = 0;
    size_t i = 0;
    for (; i + LANES <= width; i += LANES)
        for (size_t lane = 0; lane < LANES; lane++) {
            float exact = row[i + lane] * scale;
            int whole = (int)(exact + (exact < 0 ? -0.5f : 0.5f));
            values[i + lane] = (int16_t)whole;
            sums[lane] += (exact - (float)whole) * (exact - (float)whole);
        }
    for (; i < width; i++) {
        float exact = row[i] * scale;
        int whole = (int)(exact + (exact < 0 ? -0.5f : 0.5f));
        values[i] = (int16_t)whole;
        sum += (double)((exact - (float)whole) * (exact - (float)whole));
    }
    for (size_t lane = 0; lane < LANES; lane++)
        sum += (double)sums[lane];
    return sum;
}

VECTORISED static int32_t product(const int16_t *restrict a, const int16_t *restrict b, size_t width)
{
    int32_t sum = 0;
    for (size_t i = 0; i < width; i++)
        sum += (int32_t)a[i] * (int32_t)b[i];
    return sum;
}

enum status rounded_rows_make(const float *rows, size_t count, size_t width, struct rounded_rows *rounded,
                              struct error *error)
{
    *rounded = (struct rounded_rows){.width = width,
                                     .values = malloc((count * width + 1) * sizeof(int16_t)),
                                     .lengths = malloc((count + 1) * sizeof(double)),
                                     .errors = malloc((count + 1) * sizeof(double))};
    if (!rounded->values || !rounded->lengths || !rounded->errors) {
        rounded_rows_free(rounded);
        return error_no_memory(error);
    }
    for (size_t i = 0; i < count; i++) {
        const float *row = rows + i * width;
        const double length = sqrt(direction_squares(row, width));
        const float scale = (float)(ROUNDED_LENGTH / length);
        int16_t *values = rounded->values + i * width;
        rounded->lengths[i] = length;
        rounded->errors[i] = INFINITY;
        if (!isfinite(scale) || !(scale > 0) || !isfinite(length)) {
            for (size_t j = 0; j < width; j++)
                values[j] = 0;
            continue;
        }
        const double error_length = sqrt(round_row(row, width, scale, values)) / ROUNDED_LENGTH;
        /* The roundings of exact, of the sums here and of a sum of `width` products in float32. */
        rounded->errors[i] = error_length * (1 + 0x1p-10) + (double)(width + 8) * 0x1p-23;
    }
    return STATUS_OK;
}

double rounded_rows_bound(const struct rounded_rows *rounded, size_t a, size_t b)
{
    const double e = rounded->errors[a], f = rounded->errors[b];
    const int32_t sum =
        product(rounded->values + a * rounded->width, rounded->values + b * rounded->width, rounded->width);
    const double cosine = (double)sum / ((double)ROUNDED_LENGTH * ROUNDED_LENGTH);
    return rounded->lengths[a] * rounded->lengths[b] * (cosine + e + f + e * f);
}
