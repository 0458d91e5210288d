/* WebP through libwebp: still pictures, lossy and lossless. */
#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>

#include "vision/image_format.h"

enum {
    RIFF_HEADER = 12,
    CHUNK_HEADER = 8,
    LOSSLESS = 2,
    FILE_MAX = 12 << 20, /* takes about a second to decode, twice as long as JPEG */
};

static bool recognise(const uint8_t *bytes, size_t size)
{
    return size >= RIFF_HEADER && memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WEBP", 4) == 0;
}

static size_t little_endian_32(const uint8_t *bytes)
{
    return (size_t)bytes[0] | (size_t)bytes[1] << 8 | (size_t)bytes[2] << 16 | (size_t)bytes[3] << 24;
}

static int orientation_of(const uint8_t *bytes, size_t size)
{
    for (size_t at = RIFF_HEADER; at <= size && size - at >= CHUNK_HEADER;) {
        const uint8_t *data = bytes + at + CHUNK_HEADER;
        size_t length = little_endian_32(bytes + at + 4);
        if (length > size - at - CHUNK_HEADER)
            break;
        if (memcmp(bytes + at, "EXIF", 4) == 0) {
            size_t skip = length >= 6 && memcmp(data, "Exif\0", 5) == 0 ? 6 : 0; /* some programs write JPEG's prefix,
                                                                                  * too */
            return exif_orientation(data + skip, length - skip);
        }
        at += CHUNK_HEADER + length + (length & 1);
    }
    return 1;
}

static enum status refuse(VP8StatusCode code, struct error *reason)
{
    switch (code) {
    case VP8_STATUS_OUT_OF_MEMORY:
        return error_no_memory(reason);
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED:
        return error_set(reason, STATUS_BAD_DATA, "it is cut off");
    default:
        return error_set(reason, STATUS_BAD_DATA, "its data are damaged");
    }
}

static enum status read_header(const uint8_t *bytes, size_t size, struct image_header *header, struct error *reason)
{
    WebPBitstreamFeatures features;
    VP8StatusCode code = WebPGetFeatures(bytes, size, &features);
    if (code != VP8_STATUS_OK)
        return refuse(code, reason);
    if (features.has_animation)
        return error_set(reason, STATUS_BAD_DATA, "it is an animation; save one of its pictures");
    if (size > FILE_MAX)
        return error_set(reason, STATUS_BAD_DATA, "it has %zu MB; of WebP at most %d can be used", size >> 20,
                         FILE_MAX >> 20);
    size_t pixels = (size_t)features.width * (size_t)features.height;
    *header = (struct image_header){
        .width = features.width,
        .height = features.height,
        .orientation = orientation_of(bytes, size),
        .working = (features.format == LOSSLESS ? 4 * pixels : 0) + (features.has_alpha ? 6 * pixels : 0) +
                   (size_t)features.width * 128 + (1 << 20),
    };
    return STATUS_OK;
}

static enum status decode_rows(const uint8_t *bytes, size_t size, WEBP_CSP_MODE mode, size_t stride, uint8_t *out,
                               size_t out_size, struct error *reason)
{
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config))
        return error_set(reason, STATUS_FAILED, "this version of libwebp is not the one that sleeve was built with");
    config.output.colorspace = mode;
    config.output.is_external_memory = 1;
    config.output.u.RGBA = (WebPRGBABuffer){.rgba = out, .stride = (int)stride, .size = out_size};
    VP8StatusCode code = WebPDecode(bytes, size, &config);
    WebPFreeDecBuffer(&config.output);
    return code == VP8_STATUS_OK ? STATUS_OK : refuse(code, reason);
}

static enum status decode(const uint8_t *bytes, size_t size, const struct image_header *header, uint8_t *rgb,
                          struct error *reason)
{
    size_t width = (size_t)header->width, pixels = width * (size_t)header->height;
    WebPBitstreamFeatures features;
    VP8StatusCode code = WebPGetFeatures(bytes, size, &features);
    if (code != VP8_STATUS_OK)
        return refuse(code, reason);
    if (!features.has_alpha)
        return decode_rows(bytes, size, MODE_RGB, width * 3, rgb, pixels * 3, reason);
    uint8_t *rgba = malloc(pixels * 4);
    enum status status =
        rgba ? decode_rows(bytes, size, MODE_RGBA, width * 4, rgba, pixels * 4, reason) : error_no_memory(reason);
    if (status == STATUS_OK)
        composite_row(rgba, pixels, rgb);
    free(rgba);
    return status;
}

const struct image_format image_format_webp = {"WebP", recognise, read_header, decode};
