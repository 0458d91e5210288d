/* The colour GIST descriptor (Oliva and Torralba, "Modeling the shape of the scene", 2001) in the parameterisation of
 * INRIA's LEAR group on 32 x 32 pixels: logarithm, whitening and local contrast normalisation under symmetric padding
 * of 5, a bank of 8 + 8 + 4 Gabor-like transfer functions, the magnitude of each response averaged over 4 x 4 blocks.
 * Order of the values: channel, filter, block column, block row. */
#include <math.h>
#include <pthread.h>

#include "core/vectorised.h"
#include "features/extractors.h"

enum {
    EDGE = 32,
    CELLS = EDGE * EDGE,
    PADDING = 5,
    PADDED = EDGE + 2 * PADDING,
    SCALES = 3,
    FILTERS = 8 + 8 + 4,
    BLOCKS = 4,
    CHANNELS = 3,
    RESPONSES = CHANNELS * FILTERS,
    DIM = RESPONSES * BLOCKS * BLOCKS,
    LANES = 8, /* transforms computed together, interleaved for the vector unit */
    GROUPS = (RESPONSES + LANES - 1) / LANES,
};

typedef float vector __attribute__((vector_size(LANES * sizeof(float))));

static struct {
    vector filters[GROUPS][CELLS]; /* response r in lane r % LANES of group r / LANES; empty lanes are 0 */
    float blur[PADDED];            /* circular, one dimension of the separable low-pass filter */
    float logarithms[256];
    float cosines[EDGE / 2], sines[EDGE / 2];
    int reversed[EDGE];
} tables;

static int signed_frequency(int index, int size)
{
    return index < size / 2 ? index : index - size;
}

static void make_filters(void)
{
    static const int orientations[SCALES] = {8, 8, 4};
    int filter = 0;
    for (int scale = 0; scale < SCALES; scale++)
        for (int k = 0; k < orientations[scale]; k++, filter++) {
            double centre = 0.3 / pow(1.85, scale);
            double width = 16.0 * orientations[scale] * orientations[scale] / (32.0 * 32.0);
            double turn = M_PI / orientations[scale] * k;
            for (int cell = 0; cell < CELLS; cell++) {
                int fx = signed_frequency(cell % EDGE, EDGE), fy = signed_frequency(cell / EDGE, EDGE);
                double radius = sqrt((double)(fx * fx + fy * fy)) / EDGE / centre - 1.0;
                double angle = atan2(fy, fx) + turn;
                if (angle > M_PI)
                    angle -= 2.0 * M_PI;
                double gain = exp(-10.0 * 0.35 * radius * radius - 2.0 * width * M_PI * angle * angle);
                for (int response = filter; response < RESPONSES; response += FILTERS)
                    /* Values far below float's resolution would only be slow denormal numbers. */
                    tables.filters[response / LANES][cell][response % LANES] = gain > 1e-18 ? (float)gain : 0.0F;
            }
        }
}

static void make_tables(void)
{
    make_filters();
    double sigma2 = 16.0 / log(2.0); /* 4 cycles per image at half height */
    for (int n = 0; n < PADDED; n++) {
        double sum = 0.0;
        for (int k = 0; k < PADDED; k++) {
            int f = signed_frequency(k, PADDED);
            sum += exp(-f * f / sigma2) * cos(2.0 * M_PI * f * n / PADDED);
        }
        tables.blur[n] = (float)(sum / PADDED);
    }
    for (int i = 0; i < 256; i++)
        tables.logarithms[i] = logf((float)i + 1.0F);
    for (int i = 0; i < EDGE / 2; i++) {
        tables.cosines[i] = (float)cos(2.0 * M_PI * i / EDGE);
        tables.sines[i] = (float)-sin(2.0 * M_PI * i / EDGE);
    }
    for (int i = 0; i < EDGE; i++)
        tables.reversed[i] = (i & 1) << 4 | (i & 2) << 2 | (i & 4) | (i & 8) >> 2 | (i & 16) >> 4;
}

VECTORISED static void blur(float from[PADDED][PADDED], float to[PADDED][PADDED])
{
    float across[PADDED][PADDED];
    float circulant[PADDED][PADDED];
    for (int i = 0; i < PADDED; i++)
        for (int k = 0; k < PADDED; k++)
            circulant[i][k] = tables.blur[(i - k + PADDED) % PADDED];
    for (int y = 0; y < PADDED; y++) {
        for (int x = 0; x < PADDED; x++)
            across[y][x] = 0.0F;
        for (int k = 0; k < PADDED; k++)
            for (int x = 0; x < PADDED; x++)
                across[y][x] += from[y][k] * circulant[k][x];
    }
    for (int y = 0; y < PADDED; y++) {
        for (int x = 0; x < PADDED; x++)
            to[y][x] = 0.0F;
        for (int k = 0; k < PADDED; k++)
            for (int x = 0; x < PADDED; x++)
                to[y][x] += across[k][x] * circulant[y][k];
    }
}

static int mirrored(int i)
{
    i -= PADDING;
    return i < 0 ? -i - 1 : i >= EDGE ? 2 * EDGE - 1 - i : i;
}

/* Complex images, one per lane. */
struct lanes {
    vector re[CELLS], im[CELLS];
};

static void normalise_contrast(const uint8_t *rgb, struct lanes *out)
{
    float channels[CHANNELS][PADDED][PADDED], squares[PADDED][PADDED], low[PADDED][PADDED];
    for (int c = 0; c < CHANNELS; c++) {
        for (int y = 0; y < PADDED; y++)
            for (int x = 0; x < PADDED; x++)
                channels[c][y][x] = tables.logarithms[rgb[(mirrored(y) * EDGE + mirrored(x)) * 3 + c]];
        blur(channels[c], low);
        for (int y = 0; y < PADDED; y++)
            for (int x = 0; x < PADDED; x++)
                channels[c][y][x] -= low[y][x];
    }
    for (int y = 0; y < PADDED; y++)
        for (int x = 0; x < PADDED; x++) {
            float mean = (channels[0][y][x] + channels[1][y][x] + channels[2][y][x]) / 3.0F;
            squares[y][x] = mean * mean;
        }
    blur(squares, low);
    for (int y = 0; y < EDGE; y++)
        for (int x = 0; x < EDGE; x++)
            for (int c = 0; c < CHANNELS; c++)
                out->re[y * EDGE + x][c] =
                    channels[c][y + PADDING][x + PADDING] / (0.2F + sqrtf(fabsf(low[y + PADDING][x + PADDING])));
}

/* Multiplies the second of two values by a root of unity, and adds it to and subtracts it from the first. */
static inline __attribute__((always_inline)) void butterfly(vector *re, vector *im, int first, int second, int root)
{
    float c = tables.cosines[root], s = tables.sines[root];
    vector turned_re = re[second] * c - im[second] * s, turned_im = re[second] * s + im[second] * c;
    re[second] = re[first] - turned_re;
    im[second] = im[first] - turned_im;
    re[first] += turned_re;
    im[first] += turned_im;
}

/* The discrete Fourier transform of 32 points with this stride, in all lanes at once: two radix-2 steps without
 * multiplications, two at a time in registers, and the last one on output. */
static inline __attribute__((always_inline)) void transform_line(vector *re, vector *im, int stride)
{
    vector a[EDGE], b[EDGE];
    for (int i = 0; i < EDGE; i += 4) {
        int p[4];
        for (int k = 0; k < 4; k++)
            p[k] = tables.reversed[i + k] * stride;
        vector sum_re = re[p[0]] + re[p[1]], sum_im = im[p[0]] + im[p[1]];
        vector difference_re = re[p[0]] - re[p[1]], difference_im = im[p[0]] - im[p[1]];
        vector other_re = re[p[2]] + re[p[3]], other_im = im[p[2]] + im[p[3]];
        vector turned_re = im[p[2]] - im[p[3]], turned_im = re[p[3]] - re[p[2]]; /* by a quarter turn */
        a[i] = sum_re + other_re, b[i] = sum_im + other_im;
        a[i + 1] = difference_re + turned_re, b[i + 1] = difference_im + turned_im;
        a[i + 2] = sum_re - other_re, b[i + 2] = sum_im - other_im;
        a[i + 3] = difference_re - turned_re, b[i + 3] = difference_im - turned_im;
    }
    for (int i = 0; i < EDGE; i += 16)
        for (int k = 0; k < 4; k++) {
            vector u[4], v[4];
            for (int j = 0; j < 4; j++)
                u[j] = a[i + k + 4 * j], v[j] = b[i + k + 4 * j];
            butterfly(u, v, 0, 1, 4 * k);
            butterfly(u, v, 2, 3, 4 * k);
            butterfly(u, v, 0, 2, 2 * k);
            butterfly(u, v, 1, 3, 2 * k + 8);
            for (int j = 0; j < 4; j++)
                a[i + k + 4 * j] = u[j], b[i + k + 4 * j] = v[j];
        }
    for (int k = 0; k < EDGE / 2; k++) {
        vector u[2] = {a[k], a[k + EDGE / 2]}, v[2] = {b[k], b[k + EDGE / 2]};
        butterfly(u, v, 0, 1, k);
        for (int j = 0; j < 2; j++)
            re[(k + j * EDGE / 2) * stride] = u[j], im[(k + j * EDGE / 2) * stride] = v[j];
    }
}

VECTORISED static void transform(struct lanes *lanes)
{
    for (int y = 0; y < EDGE; y++)
        transform_line(lanes->re + y * EDGE, lanes->im + y * EDGE, 1);
    for (int x = 0; x < EDGE; x++)
        transform_line(lanes->re + x, lanes->im + x, EDGE);
}

/* Channel by channel, filter by filter: the lanes of a group belong to one channel or to two consecutive ones. */
VECTORISED static void filter_lanes(const struct lanes *spectra, int group, struct lanes *responses)
{
    int first = group * LANES / FILTERS, last = (group * LANES + LANES - 1) / FILTERS;
    last = last < CHANNELS ? last : first;
    vector of_first, of_last;
    for (int l = 0; l < LANES; l++) {
        of_first[l] = (group * LANES + l) / FILTERS == first ? 1.0F : 0.0F;
        of_last[l] = 1.0F - of_first[l];
    }
    /* The filters are real, so transforming the conjugate forward gives the conjugate of the inverse: the same
     * magnitudes. */
    for (int cell = 0; cell < CELLS; cell++) {
        vector re = spectra->re[cell], im = spectra->im[cell], filter = tables.filters[group][cell];
        responses->re[cell] = (of_first * re[first] + of_last * re[last]) * filter;
        responses->im[cell] = -(of_first * im[first] + of_last * im[last]) * filter;
    }
}

VECTORISED static void pool_energies(const struct lanes *lanes, int count, float *values)
{
    enum { SIDE = EDGE / BLOCKS };
    const float scale = 1.0F / (float)(CELLS * SIDE * SIDE);
    vector sums[BLOCKS * BLOCKS] = {{0}};
    for (int y = 0; y < EDGE; y++) {
        const vector *re = lanes->re + y * EDGE, *im = lanes->im + y * EDGE;
        vector energies[EDGE];
        for (int x = 0; x < EDGE; x++)
            energies[x] = re[x] * re[x] + im[x] * im[x];
        float *flat = (float *)energies;
        for (int i = 0; i < EDGE * LANES; i++)
            flat[i] = sqrtf(flat[i]);
        for (int x = 0; x < EDGE; x++)
            sums[x / SIDE * BLOCKS + y / SIDE] += energies[x];
    }
    for (int block = 0; block < BLOCKS * BLOCKS; block++)
        for (int l = 0; l < count; l++)
            values[l * BLOCKS * BLOCKS + block] = sums[block][l] * scale;
}

/* A cover without any contrast has no row. `*present` is false beforehand. */
static enum status describe(const struct image *image, float *values, bool *present, struct error *error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_tables);
    struct image small;
    enum status status = image_resize(image, EDGE, EDGE, FILTER_BICUBIC, &small, error);
    if (status != STATUS_OK)
        return status;
    struct lanes spectra = {{{0}}, {{0}}}, responses; /* 128 KB of stack */
    normalise_contrast(small.rgb, &spectra);
    image_free(&small);
    transform(&spectra);
    for (int group = 0; group < GROUPS; group++) {
        filter_lanes(&spectra, group, &responses);
        transform(&responses);
        int first = group * LANES, left = RESPONSES - first;
        pool_energies(&responses, left < LANES ? left : LANES, values + first * BLOCKS * BLOCKS);
    }
    for (int i = 0; i < DIM && !*present; i++)
        *present = values[i] != 0;
    return STATUS_OK;
}

static enum status extract(void *state, const struct extractor_options *options, const struct extractor_batch *batch,
                           float *rows, bool *present, struct error *error)
{
    (void)state;
    return extractor_each_image(options, batch, DIM, describe, rows, present, error);
}

const struct extractor extractor_gist = {
    .name = "gist",
    .summary = "the colour GIST descriptor of a cover, 960 numbers",
    .item = FEATURE_ALBUMS,
    .input = INPUT_COVERS,
    .width = DIM,
    .edge = EDGE,
    .extract = extract,
};
