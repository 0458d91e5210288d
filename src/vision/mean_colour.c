#include "vision/image.h"

uint32_t image_mean_colour(const struct image *image)
{
    uint64_t sums[3] = {0}, n = (uint64_t)image->width * (uint64_t)image->height;
    for (uint64_t i = 0; i < n; i++)
        for (int channel = 0; channel < 3; channel++)
            sums[channel] += image->rgb[3 * i + (uint64_t)channel];
    uint32_t colour = 0;
    for (int channel = 0; channel < 3 && n > 0; channel++)
        colour = colour << 8 | (uint32_t)((sums[channel] + n / 2) / n);
    return colour;
}
