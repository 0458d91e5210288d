/* PNG and JPEG encoders by stb_image_write; the only file that includes it. */
#include "draw/image.h"

#pragma GCC diagnostic ignored "-Wunused-function" /* reported at the end of a file, so it cannot be popped */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#define STBI_WRITE_NO_STDIO
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb_image_write.h>
#pragma GCC diagnostic pop

static void append(void *context, void *bytes, int size)
{
    if (size > 0)
        buffer_add(context, bytes, (size_t)size);
}

enum status image_encode_png(const struct image *image, struct buffer *out, struct error *error)
{
    if (!stbi_write_png_to_func(append, out, image->width, image->height, 3, image->rgb, image->width * 3) ||
        out->failed)
        return error_no_memory(error);
    return STATUS_OK;
}

enum status image_encode_jpeg(const struct image *image, int quality, struct buffer *out, struct error *error)
{
    if (!stbi_write_jpg_to_func(append, out, image->width, image->height, 3, image->rgb, quality) || out->failed)
        return error_no_memory(error);
    return STATUS_OK;
}
