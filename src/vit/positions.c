/* Resizing position embeddings exactly as torch's bicubic interpolate does in float32. */
#include <math.h>
#include <string.h>

#include "vit/tower.h"

enum { TAPS = 4 };

/* Keys' kernel with a = -0.75 for distances 0..1 and 1..2. */
static const float A = -0.75F;

static float near_weight(float x)
{
    return ((A + 2) * x - (A + 3)) * x * x + 1;
}

static float far_weight(float x)
{
    return ((A * x - 5 * A) * x + 8 * A) * x - 4 * A;
}

struct taps {
    int64_t index[TAPS];
    float weight[TAPS];
};

static struct taps taps_of(int64_t at, int64_t from, float ratio)
{
    float source = ((float)at + 0.5F) * ratio - 0.5F, floor = floorf(source), t = source - floor;
    struct taps taps = {.weight = {far_weight(t + 1), near_weight(t), near_weight(1 - t), far_weight(2 - t)}};
    for (int i = 0; i < TAPS; i++) {
        int64_t index = (int64_t)floor - 1 + i;
        taps.index[i] = index < 0 ? 0 : index >= from ? from - 1 : index;
    }
    return taps;
}

void vit_resize_positions(const float *positions, int64_t from, int64_t width, int64_t to, enum vit_positions mode,
                          float *out)
{
    memcpy(out, positions, (size_t)width * sizeof *out);
    const float *grid = positions + width;
    out += width;
    if (from == to) {
        memcpy(out, grid, (size_t)(from * from * width) * sizeof *out);
        return;
    }
    float ratio = mode == POSITIONS_OLD ? (float)(1.0 / (((double)to + 0.1) / (double)from)) : (float)from / (float)to;
    for (int64_t y = 0; y < to; y++) {
        struct taps rows = taps_of(y, from, ratio);
        for (int64_t x = 0; x < to; x++, out += width) {
            struct taps columns = taps_of(x, from, ratio);
            for (int64_t i = 0; i < width; i++) {
                float sum = 0;
                for (int r = 0; r < TAPS; r++) {
                    const float *row = grid + rows.index[r] * from * width + i;
                    float line = 0;
                    for (int c = 0; c < TAPS; c++)
                        line += columns.weight[c] * row[columns.index[c] * width];
                    sum += rows.weight[r] * line;
                }
                out[i] = sum;
            }
        }
    }
}
