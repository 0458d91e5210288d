#include "features/audio/mfcc.h"

#include <math.h>
#include <stdlib.h>

/* ------------------------------------------------------------------ cosine transform */

/* basis[coefficients x bands] */
static void fill_basis(float *basis, int coefficients, int bands)
{
    const double pi = acos(-1);
    for (int k = 0; k < coefficients; k++)
        for (int m = 0; m < bands; m++)
            basis[k * bands + m] =
                (float)(sqrt((k == 0 ? 1.0 : 2.0) / bands) * cos(pi * k * (2 * m + 1) / (2.0 * bands)));
}

bool mfcc_transform(const float *rows, int64_t frames, int bands, int coefficients, float *out)
{
    float *basis = malloc((size_t)bands * (size_t)coefficients * sizeof *basis);
    if (!basis)
        return false;
    fill_basis(basis, coefficients, bands);
    for (int64_t t = 0; t < frames; t++)
        for (int k = 0; k < coefficients; k++) {
            const float *row = rows + t * bands, *wave = basis + k * bands;
            float sum = 0;
            for (int m = 0; m < bands; m++)
                sum += row[m] * wave[m];
            out[t * coefficients + k] = sum;
        }
    free(basis);
    return true;
}

/* ------------------------------------------------------------------ derivatives */

/* Of the polynomial a + b x + c x² that fits y(-4..4) best, by least squares: the odd and even powers are independent.
 *     b = sum x y / 60,    c = (9 sum x² y - 60 sum y) / 2772. */
struct fit {
    double slope, curve; /* b and c */
};

static struct fit fit_of(const float *in, int64_t stride)
{
    enum { HALF = MFCC_DELTA_WIDTH / 2 };
    double y0 = 0, y1 = 0, y2 = 0;
    for (int x = -HALF; x <= HALF; x++) {
        const double y = in[(x + HALF) * stride];
        y0 += y;
        y1 += x * y;
        y2 += (double)(x * x) * y;
    }
    return (struct fit){y1 / 60, (9 * y2 - 60 * y0) / 2772};
}

/* The derivative of order 1 is that of a line, as in librosa; of order 2, that of a parabola. Both are constant. */
static float derivative(struct fit fit, int order)
{
    return (float)(order == 1 ? fit.slope : 2 * fit.curve);
}

void mfcc_delta(const float *in, int64_t frames, int width, int64_t stride, int order, float *out)
{
    const int64_t half = MFCC_DELTA_WIDTH / 2, last = frames - MFCC_DELTA_WIDTH;
    for (int64_t t = 0; t < frames; t++) {
        const int64_t first = t < half ? 0 : t - half < last ? t - half : last;
        for (int c = 0; c < width; c++)
            out[t * stride + c] = derivative(fit_of(in + first * stride + c, stride), order);
    }
}

enum status mfcc_vectors(const struct spectrogram_rows *rows, float *out, struct error *error)
{
    if (rows->frames < MFCC_DELTA_WIDTH)
        return error_set(error, STATUS_BAD_DATA, "%lld frames are too few: derivatives need %d",
                         (long long)rows->frames, MFCC_DELTA_WIDTH);
    float *tones = malloc((size_t)rows->frames * MFCC_COUNT * sizeof *tones);
    if (!tones || !mfcc_transform(rows->values, rows->frames, rows->width, MFCC_COUNT, tones)) {
        free(tones);
        return error_no_memory(error);
    }
    for (int64_t t = 0; t < rows->frames; t++)
        for (int k = 0; k < MFCC_COUNT; k++)
            out[t * MFCC_WIDTH + k] = tones[t * MFCC_COUNT + k];
    free(tones);
    mfcc_delta(out, rows->frames, MFCC_COUNT, MFCC_WIDTH, 1, out + MFCC_COUNT);
    mfcc_delta(out, rows->frames, MFCC_COUNT, MFCC_WIDTH, 2, out + 2 * MFCC_COUNT);
    return STATUS_OK;
}
