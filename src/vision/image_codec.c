/* PNG and JPEG through stb_image and stb_image_write: the one file that holds them. */
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "vision/image.h"
#include "vision/image_codec.h"

enum {
    FILE_MAX = 32 << 20,
    EDGE_MAX = 10000,
    PIXELS_MAX = 64000000,
};

/* A PNG says nothing of how far its compressed data unfold: nothing that stb allocates may be larger than the largest
 * image allowed (four channels of 16 bits, a filter byte a row, and slack). */
static const size_t ALLOCATION_MAX = (size_t)PIXELS_MAX * 8 + (1 << 20);

static void *bounded_realloc(void *old, size_t size)
{
    return size <= ALLOCATION_MAX ? realloc(old, size) : NULL;
}

#pragma GCC diagnostic ignored "-Wunused-function" /* asked for at the end of a file, so it cannot be popped */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STBI_MAX_DIMENSIONS EDGE_MAX
#define STBI_MALLOC(size) bounded_realloc(NULL, size)
#define STBI_REALLOC(old, size) bounded_realloc(old, size)
#define STBI_FREE(old) free(old)
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#include <stb_image.h>
#define STBI_WRITE_NO_STDIO
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb_image_write.h>
#pragma GCC diagnostic pop

static bool is_jpeg(const unsigned char *bytes, size_t size)
{
    return size >= 2 && bytes[0] == 0xff && bytes[1] == 0xd8;
}

static bool is_png(const unsigned char *bytes, size_t size)
{
    return size >= 8 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0;
}

/* A segment whose tables have at most 256 codes each: stb_image 2.27 writes past its arrays for more. Read as stb reads
 * it, a table that begins within the segment being taken whole. */
static bool huffman_tables_fit(const unsigned char *segment, size_t size)
{
    if (size < 2)
        return true;
    size_t end = (size_t)segment[0] << 8 | segment[1], at = 2;
    while (at < end && at < size) {
        size_t codes = 0;
        for (size_t i = at + 1; i <= at + 16 && i < size; i++)
            codes += segment[i];
        if (codes > 256)
            return false;
        at += 17 + codes;
    }
    return true;
}

/* What stb does not look at itself. The tables must fit; and the end marker must be there, because stb decodes a file
 * that was cut off as if the rest were grey. Up to the first scan the segments are walked (a thumbnail in one of them
 * has markers of its own); behind it every table marker counts, wherever stb may come upon it. */
static const char *jpeg_defect(const unsigned char *bytes, size_t size)
{
    size_t at = 2;
    for (;;) {
        while (at < size && bytes[at] != 0xff)
            at++;
        while (at < size && bytes[at] == 0xff)
            at++;
        if (at + 3 > size)
            return "it is cut off";
        unsigned marker = bytes[at++];
        if (marker == 0xda)
            break;
        if (marker == 0xc4 && !huffman_tables_fit(bytes + at, size - at))
            return "its Huffman tables are wrong";
        at += (size_t)bytes[at] << 8 | bytes[at + 1];
    }
    bool ended = false;
    for (; at + 1 < size; at++) {
        if (bytes[at] != 0xff)
            continue;
        ended = ended || bytes[at + 1] == 0xd9;
        if (bytes[at + 1] == 0xc4 && !huffman_tables_fit(bytes + at + 2, size - at - 2))
            return "its Huffman tables are wrong";
    }
    return ended ? NULL : "it is cut off";
}

enum status image_decode(const void *bytes, size_t size, const char *name, struct image *image, struct error *error)
{
    *image = (struct image){0};
    if (size > FILE_MAX)
        return error_set(error, STATUS_BAD_DATA, "%s is larger than 32 MB: too large for a cover", name);
    bool jpeg = is_jpeg(bytes, size);
    if (!jpeg && !is_png(bytes, size))
        return error_set(error, STATUS_BAD_DATA, "%s is neither a PNG nor a JPEG image", name);
    const char *defect = jpeg ? jpeg_defect(bytes, size) : NULL;
    if (defect)
        return error_set(error, STATUS_BAD_DATA, "%s cannot be decoded: %s", name, defect);
    int width, height, channels;
    if (!stbi_info_from_memory(bytes, (int)size, &width, &height, &channels))
        return error_set(error, STATUS_BAD_DATA, "%s cannot be read as an image: %s", name, stbi_failure_reason());
    if (width < 1 || height < 1 || width > EDGE_MAX || height > EDGE_MAX || (int64_t)width * height > PIXELS_MAX)
        return error_set(error, STATUS_BAD_DATA,
                         "%s has %d x %d pixels; at most %d an edge and %d million in all are taken", name, width,
                         height, EDGE_MAX, PIXELS_MAX / 1000000);
    int decoded_width, decoded_height;
    uint8_t *rgb = stbi_load_from_memory(bytes, (int)size, &decoded_width, &decoded_height, &channels, 3);
    if (!rgb)
        return error_set(error, STATUS_BAD_DATA, "%s cannot be decoded: %s", name, stbi_failure_reason());
    *image = (struct image){.width = decoded_width, .height = decoded_height, .rgb = rgb};
    return STATUS_OK;
}

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
