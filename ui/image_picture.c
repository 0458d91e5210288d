#include "ui/image_picture.h"

#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "ui/image_disk.h"
#include "ui/terminal/sixel.h"

enum { EDGE_MAX = 16384 };

void picture_free(struct encoded_image *picture)
{
    buffer_free(&picture->bytes);
    free(picture->pixels.rgb);
    *picture = (struct encoded_image){0};
}

static size_t pixel_bytes(const struct image *image)
{
    return 3 * (size_t)image->width * (size_t)image->height;
}

size_t picture_size(const struct encoded_image *picture)
{
    return picture->bytes.capacity + (picture->pixels.rgb ? pixel_bytes(&picture->pixels) : 0);
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
        width = height = width < height ? width : height;
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

static enum status encode(const struct image_request *request, struct image *image, struct encoded_image *picture,
                          struct error *error)
{
    if (request->format == FORMAT_PIXELS) {
        picture->pixels = *image;
        *image = (struct image){0};
        return STATUS_OK;
    }
    return sixel_encode_image(image, request->registers, &picture->bytes, error);
}

enum status picture_make(const struct image_source *source, const char *folder, const struct image_request *request,
                         struct encoded_image *picture, struct error *error)
{
    *picture = (struct encoded_image){0};
    if (request->width <= 0 || request->height <= 0 || request->width > EDGE_MAX || request->height > EDGE_MAX)
        return error_set(error, STATUS_FAILED, "a picture of %d x %d pixels cannot be shown", request->width,
                         request->height);
    bool kept = folder && request->reference.kind == IMAGE_COVER && request->format == FORMAT_SIXEL;
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
        status = encode(request, &image, picture, error);
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
    *dimmed = (struct encoded_image){0};
    if (!picture->pixels.rgb) {
        sixel_dim(picture->bytes.data, picture->bytes.size, background, &dimmed->bytes);
        if (!dimmed->bytes.failed)
            return STATUS_OK;
        picture_free(dimmed);
        return error_no_memory(error);
    }
    size_t size = pixel_bytes(&picture->pixels);
    dimmed->pixels = picture->pixels;
    dimmed->pixels.rgb = malloc(size);
    if (!dimmed->pixels.rgb)
        return error_no_memory(error);
    for (size_t i = 0; i < size; i++)
        dimmed->pixels.rgb[i] = (uint8_t)((picture->pixels.rgb[i] + (background >> (16 - 8 * (i % 3)) & 255) + 1) / 2);
    return STATUS_OK;
}
