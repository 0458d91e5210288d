#include "draw/image.h"

#include <stdlib.h>

void image_free(struct image *image)
{
    free(image->rgb);
    *image = (struct image){0};
}

enum status image_create(int width, int height, struct image *image, struct error *error)
{
    *image = (struct image){0};
    if (width < 1 || height < 1)
        return error_set(error, STATUS_USAGE, "an image of %d x %d pixels cannot be made", width, height);
    uint8_t *rgb = calloc((size_t)width * (size_t)height, 3);
    if (!rgb)
        return error_no_memory(error);
    *image = (struct image){.width = width, .height = height, .rgb = rgb};
    return STATUS_OK;
}
