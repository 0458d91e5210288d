/* Exactly Pillow's resampling: a window of filter weights for each output pixel, in 22-bit fixed point, horizontally
 * first, each pass rounded to 8 bits. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vision/image.h"

enum { PRECISION_BITS = 22 };

static double box(double x)
{
    return x > -0.5 && x <= 0.5 ? 1.0 : 0.0;
}

static double bicubic(double x)
{
    const double a = -0.5;
    x = fabs(x);
    if (x < 1.0)
        return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
    if (x < 2.0)
        return (((x - 5.0) * x + 8.0) * x - 4.0) * a;
    return 0.0;
}

static double sinc(double x)
{
    if (x == 0.0)
        return 1.0;
    x *= M_PI;
    return sin(x) / x;
}

static double lanczos(double x)
{
    return -3.0 <= x && x < 3.0 ? sinc(x) * sinc(x / 3.0) : 0.0;
}

static const struct kernel {
    double (*weight)(double x);
    double support;
} kernels[] = {
    [FILTER_BOX] = {box, 0.5},
    [FILTER_BICUBIC] = {bicubic, 2.0},
    [FILTER_LANCZOS] = {lanczos, 3.0},
};

/* The windows of one pass: output i is the sum of `counts[i]` inputs from `starts[i]` on, times weights[i * longest].
 */
struct windows {
    int longest;
    int *starts, *counts;
    int32_t *weights;
};

static void windows_free(struct windows *windows)
{
    free(windows->starts);
    free(windows->counts);
    free(windows->weights);
}

static enum status windows_make(const struct kernel *kernel, int from, int to, struct windows *windows,
                                struct error *error)
{
    double scale = (double)from / to;
    double filter_scale = scale < 1.0 ? 1.0 : scale;
    double support = kernel->support * filter_scale;
    int longest = (int)ceil(support) * 2 + 1;
    *windows = (struct windows){
        .longest = longest,
        .starts = malloc((size_t)to * sizeof(int)),
        .counts = malloc((size_t)to * sizeof(int)),
        .weights = calloc((size_t)to * (size_t)longest, sizeof(int32_t)),
    };
    double *window = malloc((size_t)longest * sizeof *window);
    if (!windows->starts || !windows->counts || !windows->weights || !window) {
        windows_free(windows);
        free(window);
        return error_no_memory(error);
    }
    for (int i = 0; i < to; i++) {
        double centre = (i + 0.5) * scale;
        double inverse = 1.0 / filter_scale;
        int first = (int)(centre - support + 0.5);
        int end = (int)(centre + support + 0.5);
        first = first < 0 ? 0 : first;
        end = end > from ? from : end;
        double sum = 0.0;
        for (int x = 0; x < end - first; x++) {
            window[x] = kernel->weight((x + first - centre + 0.5) * inverse);
            sum += window[x];
        }
        windows->starts[i] = first;
        windows->counts[i] = end - first;
        int32_t *weights = windows->weights + (size_t)i * (size_t)longest;
        for (int x = 0; x < end - first; x++) {
            double weight = (sum != 0.0 ? window[x] / sum : window[x]) * (1 << PRECISION_BITS);
            weights[x] = (int32_t)(weight < 0.0 ? weight - 0.5 : weight + 0.5);
        }
    }
    free(window);
    return STATUS_OK;
}

static uint8_t clip(int32_t sum)
{
    int32_t value = sum >> PRECISION_BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static void resize_rows(const struct image *from, const struct windows *windows, struct image *to)
{
    for (int y = 0; y < to->height; y++) {
        const uint8_t *row = from->rgb + (size_t)y * (size_t)from->width * 3;
        uint8_t *out = to->rgb + (size_t)y * (size_t)to->width * 3;
        for (int i = 0; i < to->width; i++, out += 3) {
            const uint8_t *pixel = row + (size_t)windows->starts[i] * 3;
            const int32_t *weights = windows->weights + (size_t)i * (size_t)windows->longest;
            int32_t sum[3] = {1 << (PRECISION_BITS - 1), 1 << (PRECISION_BITS - 1), 1 << (PRECISION_BITS - 1)};
            for (int x = 0; x < windows->counts[i]; x++, pixel += 3)
                for (int c = 0; c < 3; c++)
                    sum[c] += pixel[c] * weights[x];
            for (int c = 0; c < 3; c++)
                out[c] = clip(sum[c]);
        }
    }
}

static enum status resize_columns(const struct image *from, const struct windows *windows, struct image *to,
                                  struct error *error)
{
    size_t row_size = (size_t)from->width * 3;
    int32_t *sums = malloc(row_size * sizeof *sums);
    if (!sums)
        return error_no_memory(error);
    for (int i = 0; i < to->height; i++) {
        const int32_t *weights = windows->weights + (size_t)i * (size_t)windows->longest;
        for (size_t x = 0; x < row_size; x++)
            sums[x] = 1 << (PRECISION_BITS - 1);
        for (int y = 0; y < windows->counts[i]; y++) {
            const uint8_t *row = from->rgb + (size_t)(windows->starts[i] + y) * row_size;
            for (size_t x = 0; x < row_size; x++)
                sums[x] += row[x] * weights[y];
        }
        uint8_t *out = to->rgb + (size_t)i * row_size;
        for (size_t x = 0; x < row_size; x++)
            out[x] = clip(sums[x]);
    }
    free(sums);
    return STATUS_OK;
}

static enum status copy(const struct image *image, struct image *out, struct error *error)
{
    enum status status = image_create(image->width, image->height, out, error);
    if (status == STATUS_OK)
        memcpy(out->rgb, image->rgb, (size_t)image->width * (size_t)image->height * 3);
    return status;
}

static enum status change_width(const struct image *image, int width, const struct kernel *kernel, struct image *out,
                                struct error *error)
{
    if (width == image->width)
        return copy(image, out, error);
    struct windows windows;
    enum status status = windows_make(kernel, image->width, width, &windows, error);
    if (status != STATUS_OK)
        return status;
    status = image_create(width, image->height, out, error);
    if (status == STATUS_OK)
        resize_rows(image, &windows, out);
    windows_free(&windows);
    return status;
}

static enum status change_height(const struct image *image, int height, const struct kernel *kernel, struct image *out,
                                 struct error *error)
{
    if (height == image->height)
        return copy(image, out, error);
    struct windows windows;
    enum status status = windows_make(kernel, image->height, height, &windows, error);
    if (status != STATUS_OK)
        return status;
    status = image_create(image->width, height, out, error);
    if (status == STATUS_OK)
        status = resize_columns(image, &windows, out, error);
    if (status != STATUS_OK)
        image_free(out);
    windows_free(&windows);
    return status;
}

enum status image_resize(const struct image *image, int width, int height, enum image_filter filter,
                         struct image *resized, struct error *error)
{
    *resized = (struct image){0};
    if (width < 1 || height < 1)
        return error_set(error, STATUS_USAGE, "an image cannot be resized to %d x %d pixels", width, height);
    const struct kernel *kernel = &kernels[filter];
    struct image narrow;
    enum status status = change_width(image, width, kernel, &narrow, error);
    if (status != STATUS_OK)
        return status;
    if (height == narrow.height) {
        *resized = narrow;
        return STATUS_OK;
    }
    status = change_height(&narrow, height, kernel, resized, error);
    image_free(&narrow);
    return status;
}

enum status image_fit(const struct image *image, int edge, struct image *fitted, struct error *error)
{
    *fitted = (struct image){0};
    int width = edge, height = edge;
    if (image->width > image->height)
        height = (int)rint((double)image->height / image->width * edge);
    else if (image->width < image->height)
        width = (int)rint((double)image->width / image->height * edge);
    width = width < 1 ? 1 : width;
    height = height < 1 ? 1 : height;
    struct image inner;
    enum status status = image_resize(image, width, height, FILTER_LANCZOS, &inner, error);
    if (status != STATUS_OK)
        return status;
    status = image_create(edge, edge, fitted, error);
    if (status == STATUS_OK) {
        memset(fitted->rgb, 128, (size_t)edge * (size_t)edge * 3);
        int left = (int)rint((edge - width) * 0.5), top = (int)rint((edge - height) * 0.5);
        for (int y = 0; y < height; y++)
            memcpy(fitted->rgb + ((size_t)(top + y) * (size_t)edge + (size_t)left) * 3,
                   inner.rgb + (size_t)y * (size_t)width * 3, (size_t)width * 3);
    }
    image_free(&inner);
    return status;
}
