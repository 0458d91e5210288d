/* Exactly Pillow's resampling: a window of filter weights for each output pixel, in 22-bit fixed point, horizontally
 * first, each pass rounded to 8 bits. Only the inputs of the part of the result that is needed are read. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vision/resample.h"

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

static void windows_free(struct windows *windows)
{
    free(windows->starts);
    free(windows->counts);
    free(windows->weights);
}

/* For the `length` outputs from `first` on, of `to` in all. Starts are relative to the first input, `*offset`. Must be
 * freed after errors, too. */
static enum status windows_make(const struct kernel *kernel, int from, int to, int first, int length,
                                struct windows *windows, int *offset, struct error *error)
{
    double scale = (double)from / to;
    double filter_scale = scale < 1.0 ? 1.0 : scale;
    double support = kernel->support * filter_scale;
    int longest = (int)ceil(support) * 2 + 1;
    *windows = (struct windows){
        .length = length,
        .longest = longest,
        .starts = malloc((size_t)length * sizeof(int)),
        .counts = malloc((size_t)length * sizeof(int)),
        .weights = calloc((size_t)length * (size_t)longest, sizeof(int32_t)),
    };
    double *window = malloc((size_t)longest * sizeof *window);
    if (!windows->starts || !windows->counts || !windows->weights || !window) {
        free(window);
        return error_no_memory(error);
    }
    for (int i = 0; i < length; i++) {
        double centre = (first + i + 0.5) * scale;
        double inverse = 1.0 / filter_scale;
        int start = (int)(centre - support + 0.5);
        int end = (int)(centre + support + 0.5);
        start = start < 0 ? 0 : start;
        end = end > from ? from : end;
        double sum = 0.0;
        for (int x = 0; x < end - start; x++) {
            window[x] = kernel->weight((x + start - centre + 0.5) * inverse);
            sum += window[x];
        }
        *offset = i == 0 ? start : *offset;
        windows->starts[i] = start - *offset;
        windows->counts[i] = end - start;
        int32_t *weights = windows->weights + (size_t)i * (size_t)longest;
        for (int x = 0; x < end - start; x++) {
            double weight = (sum != 0.0 ? window[x] / sum : window[x]) * (1 << RESAMPLE_BITS);
            weights[x] = (int32_t)(weight < 0.0 ? weight - 0.5 : weight + 0.5);
        }
    }
    free(window);
    return STATUS_OK;
}

/* An edge that keeps its length is copied: Pillow does not filter it. */
static const struct kernel *kernel_of(enum image_filter filter, int from, int to)
{
    return &kernels[from == to ? FILTER_BOX : filter];
}

static void copy_rows(const uint8_t *from, size_t from_stride, const struct image *to)
{
    size_t row = (size_t)to->width * 3;
    for (int y = 0; y < to->height; y++)
        memcpy(to->rgb + (size_t)y * row, from + (size_t)y * from_stride, row);
}

static size_t whole_blocks(size_t size)
{
    return (size + RESAMPLE_BLOCK - 1) / RESAMPLE_BLOCK * RESAMPLE_BLOCK;
}

/* `from` is the first pixel that the windows need. One allocation, because the C library returns several large ones to
 * the system each time, and their pages take as long as the sums. */
static enum status resample(enum resample_simd simd, const uint8_t *from, size_t from_stride,
                            const struct windows *across, const struct windows *down, const struct image *resized,
                            struct error *error)
{
    int last = down->length - 1, height = down->starts[last] + down->counts[last];
    size_t stride = whole_blocks((size_t)across->length * 3), narrow_size = whole_blocks((size_t)height) * stride;
    size_t rows_size = (size_t)down->length * stride;
    uint8_t *narrow = calloc(narrow_size + rows_size + resample_columns_scratch(across), 1);
    if (!narrow)
        return error_no_memory(error);
    uint8_t *rows = narrow + narrow_size;
    resample_columns(simd, across, from, from_stride, height, stride, rows + rows_size, narrow);
    resample_rows(simd, down, narrow, stride, rows);
    copy_rows(rows, stride, resized);
    free(narrow);
    return STATUS_OK;
}

static bool is_part(struct image_part part, int width, int height)
{
    return part.left >= 0 && part.top >= 0 && part.width > 0 && part.height > 0 && part.width <= width - part.left &&
           part.height <= height - part.top;
}

enum status image_resize_by(enum resample_simd simd, const struct image *image, int width, int height,
                            enum image_filter filter, struct image_part part, struct image *resized,
                            struct error *error)
{
    *resized = (struct image){0};
    if (width < 1 || height < 1 || !is_part(part, width, height))
        return error_set(error, STATUS_USAGE, "an image cannot be resized to %d x %d pixels", width, height);
    enum status status = image_create(part.width, part.height, resized, error);
    if (status != STATUS_OK)
        return status;
    size_t stride = (size_t)image->width * 3;
    if (width == image->width && height == image->height) {
        copy_rows(image->rgb + (size_t)part.top * stride + (size_t)part.left * 3, stride, resized);
        return STATUS_OK;
    }
    struct windows across = {0}, down = {0};
    int left = 0, top = 0;
    status = windows_make(kernel_of(filter, image->width, width), image->width, width, part.left, part.width, &across,
                          &left, error);
    if (status == STATUS_OK)
        status = windows_make(kernel_of(filter, image->height, height), image->height, height, part.top, part.height,
                              &down, &top, error);
    if (status == STATUS_OK)
        status = resample(simd, image->rgb + (size_t)top * stride + (size_t)left * 3, stride, &across, &down, resized,
                          error);
    windows_free(&across);
    windows_free(&down);
    if (status != STATUS_OK)
        image_free(resized);
    return status;
}

enum status image_resize_part(const struct image *image, int width, int height, enum image_filter filter,
                              struct image_part part, struct image *resized, struct error *error)
{
    return image_resize_by(resample_best(), image, width, height, filter, part, resized, error);
}

enum status image_resize(const struct image *image, int width, int height, enum image_filter filter,
                         struct image *resized, struct error *error)
{
    return image_resize_part(image, width, height, filter, (struct image_part){0, 0, width, height}, resized, error);
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
