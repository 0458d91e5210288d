#include "features/audio/mel.h"

#include <math.h>
#include <stdlib.h>

/* A filter is not 0 for few bins only. */
struct filter {
    int first, count; /* bins */
    size_t at;        /* of its weights */
};

struct mel_filters {
    int count;
    struct filter *filters;
    float *weights;
};

/* ------------------------------------------------------------------ the scales */

/* Slaney's: 200 / 3 Hz a mel up to 1,000 Hz, which is 15 mel; from there 27 mel for a factor of 6.4. */
static const double slaney_step = 200.0 / 3, slaney_corner = 1000, slaney_corner_mel = 15;

static double slaney_log_step(void)
{
    return log(6.4) / 27;
}

double mel_of_hertz(double hertz, enum mel_scale scale)
{
    if (scale == MEL_HTK)
        return 2595 * log10(1 + hertz / 700);
    return hertz < slaney_corner ? hertz / slaney_step
                                 : slaney_corner_mel + log(hertz / slaney_corner) / slaney_log_step();
}

double mel_to_hertz(double mel, enum mel_scale scale)
{
    if (scale == MEL_HTK)
        return 700 * (pow(10, mel / 2595) - 1);
    return mel < slaney_corner_mel ? mel * slaney_step
                                   : slaney_corner * exp((mel - slaney_corner_mel) * slaney_log_step());
}

/* ------------------------------------------------------------------ filters */

/* corners: those of the filter and its neighbours' peaks, in Hz. */
static double weight(double hertz, const double corners[3], enum mel_norm norm)
{
    const double up = (hertz - corners[0]) / (corners[1] - corners[0]);
    const double down = (corners[2] - hertz) / (corners[2] - corners[1]);
    const double height = fmax(0, fmin(up, down));
    return norm == MEL_AREA ? height * 2 / (corners[2] - corners[0]) : height;
}

struct shape {
    int rate, n_fft, mels;
    enum mel_scale scale;
    enum mel_norm norm;
    double low, high; /* mel */
};

static double corner(const struct shape *shape, int i)
{
    return mel_to_hertz(shape->low + (shape->high - shape->low) * i / (shape->mels + 1), shape->scale);
}

/* Each bin is in two filters at most, so 2 (n_fft / 2 + 1) weights suffice. */
static void fill(struct mel_filters *filters, const struct shape *shape)
{
    size_t at = 0;
    for (int m = 0; m < shape->mels; m++) {
        const double corners[3] = {corner(shape, m), corner(shape, m + 1), corner(shape, m + 2)};
        struct filter *filter = &filters->filters[m];
        *filter = (struct filter){.at = at};
        for (int bin = 0; bin <= shape->n_fft / 2; bin++) {
            const double w = weight((double)bin * shape->rate / shape->n_fft, corners, shape->norm);
            if (w <= 0)
                continue;
            if (filter->count == 0)
                filter->first = bin;
            filter->count++;
            filters->weights[at++] = (float)w;
        }
    }
}

enum status mel_create(int rate, int n_fft, int mels, enum mel_scale scale, enum mel_norm norm, double fmin,
                       double fmax, struct mel_filters **created, struct error *error)
{
    *created = NULL;
    if (rate < 1 || n_fft < 2 || mels < 1 || mels > n_fft || fmin < 0 || fmax <= fmin || fmax > (double)rate / 2)
        return error_set(error, STATUS_USAGE,
                         "no mel filters: %d from %g to %g Hz, of a spectrum of %d points at %d Hz", mels, fmin, fmax,
                         n_fft, rate);
    struct mel_filters *filters = calloc(1, sizeof *filters);
    if (!filters)
        return error_no_memory(error);
    filters->count = mels;
    filters->filters = calloc((size_t)mels, sizeof *filters->filters);
    filters->weights = calloc((size_t)n_fft + 2, sizeof *filters->weights);
    if (!filters->filters || !filters->weights) {
        mel_destroy(filters);
        return error_no_memory(error);
    }
    const struct shape shape = {rate, n_fft, mels, scale, norm, mel_of_hertz(fmin, scale), mel_of_hertz(fmax, scale)};
    fill(filters, &shape);
    *created = filters;
    return STATUS_OK;
}

void mel_destroy(struct mel_filters *filters)
{
    if (!filters)
        return;
    free(filters->filters);
    free(filters->weights);
    free(filters);
}

void mel_apply(const struct mel_filters *filters, const float *spectrum, float *out)
{
    for (int m = 0; m < filters->count; m++) {
        const struct filter *filter = &filters->filters[m];
        const float *weights = filters->weights + filter->at, *bins = spectrum + filter->first;
        float sum = 0;
        for (int i = 0; i < filter->count; i++)
            sum += weights[i] * bins[i];
        out[m] = sum;
    }
}

void mel_weights(const struct mel_filters *filters, float *weights)
{
    for (int m = 0; m < filters->count; m++) {
        const struct filter *filter = &filters->filters[m];
        for (int i = 0; i < filter->count; i++)
            weights[(size_t)(filter->first + i) * (size_t)filters->count + (size_t)m] =
                filters->weights[filter->at + (size_t)i];
    }
}
