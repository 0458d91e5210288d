/* The cover at 16 x 16 in grey, mean subtracted, divided by its standard deviation. */
#include <math.h>

#include "features/extractors.h"

enum { EDGE = 16, CELLS = EDGE * EDGE };

/* A uniform grey has standard deviation 0, so it has no row. */
static enum status describe(const struct image *image, float *values, bool *present, struct error *error)
{
    struct image small;
    enum status status = image_resize(image, EDGE, EDGE, FILTER_BICUBIC, &small, error);
    if (status != STATUS_OK)
        return status;
    int grey[CELLS];
    int64_t sum = 0, squares = 0;
    for (int i = 0; i < CELLS; i++) {
        /* ITU-R 601 luma in 16-bit fixed point, as Pillow's convert("L"). */
        const uint8_t *p = small.rgb + 3 * i;
        grey[i] = (p[0] * 19595 + p[1] * 38470 + p[2] * 7471 + 0x8000) >> 16;
        sum += grey[i];
        squares += grey[i] * grey[i];
    }
    image_free(&small);
    int64_t spread = squares * CELLS - sum * sum; /* the variance times CELLS squared, exactly */
    *present = spread != 0;
    if (spread == 0)
        return STATUS_OK;
    double mean = (double)sum / CELLS, deviation = sqrt((double)spread) / CELLS;
    for (int i = 0; i < CELLS; i++)
        values[i] = (float)((grey[i] - mean) / deviation);
    return STATUS_OK;
}

static enum status extract(void *state, const struct extractor_options *options, const struct extractor_batch *batch,
                           float *rows, bool *present, struct error *error)
{
    (void)state;
    return extractor_each_image(options, batch, CELLS, describe, rows, present, error);
}

const struct extractor extractor_gray16 = {
    .name = "gray16",
    .summary = "16 x 16 grey values of a cover, standardised",
    .item = FEATURE_ALBUMS,
    .input = INPUT_COVERS,
    .width = CELLS,
    .edge = EDGE,
    .extract = extract,
};
