#include "vit/prepare.h"

#include <string.h>

enum { ASPECT_MAX = 16 };

static const struct normalisation {
    float mean[3], deviation[3];
    double resized; /* shortest edge after resizing, relative to the picture's */
} normalisations[] = {
    [VIT_CLIP] = {{0.48145466F, 0.4578275F, 0.40821073F}, {0.26862954F, 0.26130258F, 0.27577711F}, 1},
    [VIT_DINOV2] = {{0.485F, 0.456F, 0.406F}, {0.229F, 0.224F, 0.225F}, 256.0 / 224},
};

struct vit_preparation vit_preparation_of(const struct vit_shape *shape)
{
    const struct normalisation *by = &normalisations[shape->family];
    struct vit_preparation preparation = {.edge = (int)shape->edge,
                                          .shortest = (int)((double)shape->edge * by->resized + 0.5)};
    for (int c = 0; c < 3; c++)
        for (int v = 0; v < 256; v++)
            preparation.values[c][v] = ((float)(v * (1 / 255.0)) - by->mean[c]) / by->deviation[c];
    return preparation;
}

enum status vit_crop(const struct vit_preparation *preparation, const struct image *image, struct image *cropped,
                     struct error *error)
{
    *cropped = (struct image){0};
    bool tall = image->width <= image->height;
    int64_t small = tall ? image->width : image->height, large = tall ? image->height : image->width;
    if (small < 1 || large > small * ASPECT_MAX)
        return error_set(error, STATUS_BAD_DATA,
                         "an image of %d x %d pixels is too narrow; one edge may be at most %d times the other",
                         image->width, image->height, (int)ASPECT_MAX);
    int shortest = preparation->shortest, edge = preparation->edge;
    int other = preparation->squash ? shortest : (int)((int64_t)shortest * large / small);
    int width = tall ? shortest : other, height = tall ? other : shortest;
    const struct image_part centre = {(width - edge) / 2, (height - edge) / 2, edge, edge};
    return image_resize_part(image, width, height, FILTER_BICUBIC, centre, cropped, error);
}

void vit_patches(const struct vit_preparation *preparation, const struct vit_shape *shape, const struct image *cropped,
                 float *prepared)
{
    int64_t patch = shape->patch, row = 3 * patch * patch;
    memset(prepared, 0, (size_t)row * sizeof *prepared);
    for (int64_t i = 1; i < vit_tokens(shape); i++) {
        int64_t top = (i - 1) / shape->grid * patch, left = (i - 1) % shape->grid * patch;
        float *to = prepared + i * row;
        for (int c = 0; c < 3; c++)
            for (int64_t y = 0; y < patch; y++) {
                const uint8_t *from = cropped->rgb + ((top + y) * cropped->width + left) * 3 + c;
                for (int64_t x = 0; x < patch; x++)
                    *to++ = preparation->values[c][from[3 * x]];
            }
    }
}
