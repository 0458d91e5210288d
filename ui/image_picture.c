#include "ui/image_picture.h"

#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "ui/image_disk.h"
#include "ui/terminal/blocks.h"
#include "ui/terminal/sixel.h"

enum { EDGE_MAX = 16384, JPEG_QUALITY = 92 };

void picture_free(struct encoded_image *picture)
{
    buffer_free(&picture->bytes);
    *picture = (struct encoded_image){0};
}

static size_t pixel_bytes(const struct image *image)
{
    return 3 * (size_t)image->width * (size_t)image->height;
}

size_t picture_size(const struct encoded_image *picture)
{
    return picture->bytes.capacity;
}

static enum status plain(int width, int height, uint32_t colour, struct image *image, struct error *error)
{
    *image = (struct image){.width = width, .height = height};
    size_t size = pixel_bytes(image);
    image->rgb = malloc(size > 0 ? size : 1);
    if (!image->rgb)
        return error_no_memory(error);
    for (size_t i = 0; i < size; i++)
        image->rgb[i] = (uint8_t)(colour >> (16 - 8 * (i % 3)));
    return STATUS_OK;
}

static enum status set_on_background(struct image *image, const struct image_request *request, struct error *error)
{
    if (image->width == request->width && image->height == request->height)
        return STATUS_OK;
    struct image full;
    enum status status = plain(request->width, request->height, request->background, &full, error);
    if (status != STATUS_OK)
        return status;
    size_t left = (size_t)(request->width - image->width) / 2;
    size_t top = (size_t)(request->height - image->height) / 2;
    size_t row_size = 3 * (size_t)image->width;
    for (size_t y = 0; y < (size_t)image->height; y++)
        memcpy(full.rgb + 3 * ((top + y) * (size_t)full.width + left), image->rgb + y * row_size, row_size);
    free(image->rgb);
    *image = full;
    return STATUS_OK;
}

static enum status fetch(const struct image_source *source, const struct image_request *request, struct image *image,
                         struct error *error)
{
    int width = request->width;
    int height = request->height;
    if (request->reference.kind == IMAGE_COVER)
        width = height = (width < height ? width : height) - 2 * request->margin;
    *image = (struct image){0};
    enum status status = source->pixels(source->context, &request->reference, width, height, image, error);
    if (status != STATUS_OK)
        return status;
    if (!image->rgb || image->width <= 0 || image->height <= 0 || image->width > request->width ||
        image->height > request->height)
        return error_set(error, STATUS_FAILED, "a picture has %d x %d pixels instead of %d x %d", image->width,
                         image->height, width, height);
    return set_on_background(image, request, error);
}

static enum status encode(const struct image_request *request, const struct image *image, struct buffer *bytes,
                          struct error *error)
{
    switch (request->format) {
    case FORMAT_SIXEL:
        return sixel_encode_image(image, request->registers, bytes, error);
    case FORMAT_PNG:
        return image_encode_png(image, bytes, error);
    case FORMAT_JPEG:
        return image_encode_jpeg(image, JPEG_QUALITY, bytes, error);
    case FORMAT_BLOCKS:
        break;
    }
    blocks_make(image, (enum block_shape)request->registers, bytes);
    return bytes->failed ? error_no_memory(error) : STATUS_OK;
}

enum status picture_make(const struct image_source *source, const char *folder, const struct image_request *request,
                         struct encoded_image *picture, struct error *error)
{
    *picture = (struct encoded_image){.format = request->format, .width = request->width, .height = request->height};
    if (request->width <= 0 || request->height <= 0 || request->width > EDGE_MAX || request->height > EDGE_MAX)
        return error_set(error, STATUS_FAILED, "a picture of %d x %d pixels cannot be shown", request->width,
                         request->height);
    bool kept = folder && request->reference.kind == IMAGE_COVER;
    if (kept && image_disk_read(folder, source->fingerprint, request, &picture->bytes))
        return STATUS_OK;
    struct image image;
    struct error reason;
    enum status status = fetch(source, request, &image, &reason);
    if (status == STATUS_INTERRUPTED) {
        free(image.rgb);
        return error_set(error, status, "%s", reason.text);
    }
    if (status != STATUS_OK) {
        log_message(LOG_WARNING, "picture %lld: %s", (long long)request->reference.id, reason.text);
        free(image.rgb);
        kept = false;
        status = plain(request->width, request->height, request->colour, &image, error);
    }
    if (status == STATUS_OK)
        status = encode(request, &image, &picture->bytes, error);
    free(image.rgb);
    if (status == STATUS_OK && kept)
        image_disk_write(folder, source->fingerprint, request, &picture->bytes);
    if (status != STATUS_OK)
        picture_free(picture);
    return status;
}

enum status picture_dim(const struct encoded_image *picture, uint32_t background, struct encoded_image *dimmed,
                        struct error *error)
{
    *dimmed = (struct encoded_image){.format = picture->format, .width = picture->width, .height = picture->height};
    if (picture->format == FORMAT_BLOCKS)
        blocks_dim(picture->bytes.data, picture->bytes.size, background, &dimmed->bytes);
    else
        sixel_dim(picture->bytes.data, picture->bytes.size, background, &dimmed->bytes);
    if (!dimmed->bytes.failed)
        return STATUS_OK;
    picture_free(dimmed);
    return error_no_memory(error);
}
