#include "bench/make_jpegs.h"

#include <math.h>

#include "core/random.h"
#include "vision/image.h"

enum {
    GRAIN = 24, /* pixels between the colours that a picture interpolates */
    NOISE = 12,
};

/* Colours on a grid, interpolated, with noise: a photograph as far as a decoder is concerned. */
static void draw(struct random *random, struct image *image)
{
    enum { KNOTS = MAKE_JPEGS_EDGE_MAX / GRAIN + 2 };
    static float knots[KNOTS][KNOTS][3];
    for (int y = 0; y < KNOTS; y++)
        for (int x = 0; x < KNOTS; x++)
            for (int c = 0; c < 3; c++)
                knots[y][x][c] = (float)random_below(random, 256);
    for (int y = 0; y < image->height; y++)
        for (int x = 0; x < image->width; x++)
            for (int c = 0; c < 3; c++) {
                float down = (float)(y % GRAIN) / GRAIN, right = (float)(x % GRAIN) / GRAIN;
                float(*above)[3] = &knots[y / GRAIN][x / GRAIN];
                float(*below)[3] = &knots[y / GRAIN + 1][x / GRAIN];
                float value = (1 - down) * ((1 - right) * above[0][c] + right * above[1][c]) +
                              down * ((1 - right) * below[0][c] + right * below[1][c]);
                value += (float)random_below(random, 2 * NOISE + 1) - NOISE;
                image->rgb[3 * (y * image->width + x) + c] = (uint8_t)fminf(fmaxf(value, 0), 255);
            }
}

enum status make_jpegs(struct buffer *files, size_t count, int edge, int quality, struct error *error)
{
    struct random random;
    struct image image;
    random_seed(&random, 1);
    enum status status = image_create(edge, edge, &image, error);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        draw(&random, &image);
        status = image_encode_jpeg(&image, quality, &files[i], error);
    }
    image_free(&image);
    return status;
}
