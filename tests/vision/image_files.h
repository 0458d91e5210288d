#ifndef SLEEVE_TESTS_VISION_IMAGE_FILES_H
#define SLEEVE_TESTS_VISION_IMAGE_FILES_H

/* Image files of every kind, built in memory. */
#include <stdlib.h>
#include <string.h>
#include <webp/encode.h>
#include <zlib.h>

#include "core/buffer.h"
#include "draw/image.h"
#include "pattern.h"

struct file_part {
    const char *type; /* of a chunk; NULL: none */
    const void *bytes;
    size_t size;
};

static inline void add_number(struct buffer *out, uint32_t value, int bytes, bool big_endian)
{
    for (int i = 0; i < bytes; i++)
        buffer_add_byte(out, (char)(value >> 8 * (big_endian ? bytes - 1 - i : i)));
}

static inline void add_png_chunk(struct buffer *out, struct file_part part)
{
    add_number(out, (uint32_t)part.size, 4, true);
    size_t from = out->size;
    buffer_add(out, part.type, 4);
    if (part.size > 0)
        buffer_add(out, part.bytes, part.size);
    add_number(out, (uint32_t)crc32(0, (const Bytef *)out->data + from, (uInt)(out->size - from)), 4, true);
}

struct png_kind {
    int depth, colour_type;
    bool interlaced;
    struct file_part before, after; /* extra chunks around the pixels */
};

/* rows: unfiltered, each preceded by its filter byte 0; the passes of an interlaced picture follow one another. */
static inline void make_png(uint32_t width, uint32_t height, struct png_kind kind, const void *rows, size_t size,
                            struct buffer *out)
{
    struct buffer header = {0};
    uLongf packed_size = compressBound(size);
    unsigned char *packed = malloc(packed_size);
    compress2(packed, &packed_size, rows, size, 1);
    add_number(&header, width, 4, true);
    add_number(&header, height, 4, true);
    const char rest[] = {(char)kind.depth, (char)kind.colour_type, 0, 0, (char)kind.interlaced};
    buffer_add(&header, rest, sizeof rest);
    buffer_add(out, "\x89PNG\r\n\x1a\n", 8);
    add_png_chunk(out, (struct file_part){"IHDR", header.data, header.size});
    if (kind.before.type)
        add_png_chunk(out, kind.before);
    add_png_chunk(out, (struct file_part){"IDAT", packed, packed_size});
    if (kind.after.type)
        add_png_chunk(out, kind.after);
    add_png_chunk(out, (struct file_part){"IEND", NULL, 0});
    buffer_free(&header);
    free(packed);
}

/* A picture of one value, of any size. */
static inline void make_large_png(uint32_t width, uint32_t height, struct png_kind kind, int bits, struct buffer *out)
{
    size_t row = ((size_t)width * (size_t)bits + 7) / 8 + 1, size = row * height;
    char *rows = calloc(size, 1);
    make_png(width, height, kind, rows, size, out);
    free(rows);
}

static inline void make_rgb_png(const struct image *image, struct file_part before, struct file_part after,
                                struct buffer *out)
{
    size_t row = (size_t)image->width * 3;
    struct buffer rows = {0};
    for (int y = 0; y < image->height; y++) {
        buffer_add_byte(&rows, 0);
        buffer_add(&rows, image->rgb + (size_t)y * row, row);
    }
    make_png((uint32_t)image->width, (uint32_t)image->height,
             (struct png_kind){.depth = 8, .colour_type = 2, .before = before, .after = after}, rows.data, rows.size,
             out);
    buffer_free(&rows);
}

/* An EXIF block whose first directory has another tag and the orientation. */
static inline void make_exif(int orientation, bool big_endian, struct buffer *out)
{
    buffer_add(out, big_endian ? "MM\0*" : "II*\0", 4);
    add_number(out, 8, 4, big_endian);
    add_number(out, 2, 2, big_endian);
    for (int i = 0; i < 2; i++) {
        add_number(out, i == 0 ? 0x0100 : 0x0112, 2, big_endian);
        add_number(out, 3, 2, big_endian);
        add_number(out, 1, 4, big_endian);
        add_number(out, i == 0 ? 6 : (uint32_t)orientation, 2, big_endian);
        add_number(out, 0, 2, big_endian);
    }
    add_number(out, 0, 4, big_endian);
}

/* The JPEG with an APP1 segment that contains "Exif" and then these bytes. */
static inline void make_jpeg_with_exif(const struct buffer *jpeg, const void *exif, size_t size, struct buffer *out)
{
    buffer_add(out, jpeg->data, 2);
    add_number(out, 0xffe1, 2, true);
    add_number(out, (uint32_t)size + 8, 2, true);
    buffer_add(out, "Exif\0\0", 6);
    buffer_add(out, exif, size);
    buffer_add(out, jpeg->data + 2, jpeg->size - 2);
}

static inline void make_webp(const uint8_t *rgba, int width, int height, struct buffer *out)
{
    uint8_t *bytes = NULL;
    size_t size = WebPEncodeLosslessRGBA(rgba, width, height, width * 4, &bytes);
    buffer_add(out, bytes, size);
    WebPFree(bytes);
}

/* A simple WebP in the extended layout, with one additional chunk; flags: 8 for EXIF, 2 for an animation. */
static inline void make_extended_webp(const struct buffer *simple, int width, int height, int flags,
                                      struct file_part part, struct buffer *out)
{
    size_t padded = part.size + (part.size & 1);
    buffer_add(out, "RIFF", 4);
    add_number(out, (uint32_t)(4 + 18 + (simple->size - 12) + (part.type ? 8 + padded : 0)), 4, false);
    buffer_add(out, "WEBPVP8X", 8);
    add_number(out, 10, 4, false);
    add_number(out, (uint32_t)flags, 4, false);
    add_number(out, (uint32_t)width - 1, 3, false);
    add_number(out, (uint32_t)height - 1, 3, false);
    buffer_add(out, simple->data + 12, simple->size - 12);
    if (!part.type)
        return;
    buffer_add(out, part.type, 4);
    add_number(out, (uint32_t)part.size, 4, false);
    buffer_add(out, part.bytes, part.size);
    if (part.size & 1)
        buffer_add_byte(out, 0);
}

#endif
