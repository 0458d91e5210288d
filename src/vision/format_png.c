/* PNG through libpng, a row at a time: rows are converted to 8-bit RGB or RGBA and composited as they are read, also
 * for interlaced pictures. Chunks that do not affect pixels are skipped; of an animation the still picture is read. */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "core/interrupt.h"
#include "vision/image_format.h"

/* compressed bytes of a row that may exceed its uncompressed size */
enum { ROW_SLACK = 64 << 10 };

static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

static uint32_t big_endian_32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static bool recognise(const uint8_t *bytes, size_t size)
{
    return size >= sizeof signature && memcmp(bytes, signature, sizeof signature) == 0;
}

/* An eXIf chunk may be before or after the pixels. */
static int orientation_of(const uint8_t *bytes, size_t size)
{
    for (size_t at = sizeof signature; size - at >= 12;) {
        size_t length = big_endian_32(bytes + at);
        if (length > size - at - 12)
            break;
        if (memcmp(bytes + at + 4, "eXIf", 4) == 0)
            return exif_orientation(bytes + at + 8, length);
        at += 12 + length;
    }
    return 1;
}

static uint64_t bits_of_pixel(const uint8_t *bytes)
{
    static const uint8_t channels[] = {1, 4, 3, 1, 2, 4, 4};
    uint8_t depth = bytes[24], colour_type = bytes[25];
    return (uint64_t)depth * (colour_type < sizeof channels ? channels[colour_type] : 4);
}

static enum status read_header(const uint8_t *bytes, size_t size, struct image_header *header, struct error *reason)
{
    if (size < 33)
        return error_set(reason, STATUS_BAD_DATA, "it is cut off");
    uint32_t width = big_endian_32(bytes + 16), height = big_endian_32(bytes + 20);
    if (memcmp(bytes + 12, "IHDR", 4) != 0 || width > INT32_MAX || height > INT32_MAX)
        return error_set(reason, STATUS_BAD_DATA, "its header is damaged");
    *header = (struct image_header){
        .width = (int)width,
        .height = (int)height,
        .orientation = orientation_of(bytes, size),
        .unpacked = (width * bits_of_pixel(bytes) / 8 + 1) * height,
        .working = (size_t)width * 32 + (256 << 10), /* rows of up to 8 bytes a pixel, zlib's window */
    };
    return STATUS_OK;
}

struct png_reader {
    png_structp png;
    png_infop info;
    jmp_buf escape;
    const uint8_t *bytes;
    size_t size, at;
    size_t at_max; /* limit of reading for the current row */
    uint8_t *row;  /* [width x 4] */
    uint8_t *rgb;
    uint32_t width, height;
    enum status status;
    struct error *reason;
};

static _Noreturn void stop(struct png_reader *reader, enum status status, const char *reason)
{
    reader->status = error_set(reader->reason, status, "%s", reason);
    longjmp(reader->escape, 1);
}

static PNG_FUNCTION(void, on_error, (png_structp png, png_const_charp message), PNG_NORETURN)
{
    struct png_reader *reader = png_get_error_ptr(png);
    stop(reader, STATUS_BAD_DATA, message);
}

static void on_warning(png_structp png, png_const_charp message)
{
    (void)png, (void)message;
}

static void on_read(png_structp png, png_bytep out, size_t count)
{
    struct png_reader *reader = png_get_io_ptr(png);
    if (count > reader->size - reader->at)
        stop(reader, STATUS_BAD_DATA, "it is cut off");
    if (reader->at > reader->at_max) /* after the last pixel, libpng decompresses data to their end, even gigabytes */
        stop(reader, STATUS_BAD_DATA, "it holds more data than its pixels take");
    memcpy(out, reader->bytes + reader->at, count);
    reader->at += count;
}

/* Converts everything to 8 bits per channel: RGB, or RGBA if pixels may be transparent. */
static void open_rows(struct png_reader *reader)
{
    png_set_read_fn(reader->png, reader, on_read);
    png_set_option(reader->png, PNG_IGNORE_ADLER32, PNG_OPTION_ON); /* the chunks have their own checksums */
    png_set_keep_unknown_chunks(reader->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION /* a fuzzer does not find valid checksums */
    png_set_crc_action(reader->png, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE);
#endif
    png_read_info(reader->png, reader->info);
    png_set_expand(reader->png);
    png_set_strip_16(reader->png);
    png_set_gray_to_rgb(reader->png);
    png_read_update_info(reader->png, reader->info);
    unsigned channels = png_get_channels(reader->png, reader->info);
    if (png_get_image_width(reader->png, reader->info) != reader->width ||
        png_get_image_height(reader->png, reader->info) != reader->height ||
        png_get_rowbytes(reader->png, reader->info) != (size_t)reader->width * channels ||
        (channels != 3 && channels != 4))
        stop(reader, STATUS_BAD_DATA, "its header is damaged");
}

static void put_row(struct png_reader *reader, uint32_t y, uint32_t first, uint32_t step, size_t channels)
{
    uint8_t *out = reader->rgb + (size_t)y * reader->width * 3;
    size_t count = (reader->width - first + step - 1) / step;
    if (channels == 4)
        composite_row(reader->row, count, reader->row);
    if (step == 1) {
        memcpy(out, reader->row, count * 3);
        return;
    }
    for (size_t i = 0; i < count; i++)
        memcpy(out + (first + i * step) * 3, reader->row + i * 3, 3);
}

/* The pixels of one pass: every step_x-th of a row, from first_x on, in every step_y-th row. */
struct pass {
    uint32_t first_x, step_x, first_y, step_y;
};
static const struct pass whole = {0, 1, 0, 1};
static const struct pass adam7[] = {{0, 8, 0, 8}, {4, 8, 0, 8}, {0, 4, 4, 8}, {2, 4, 0, 4},
                                    {0, 2, 2, 4}, {1, 2, 0, 2}, {0, 1, 1, 2}};

static void read_pass(struct png_reader *reader, const struct pass *pass)
{
    if (pass->first_x >= reader->width)
        return;
    size_t channels = png_get_channels(reader->png, reader->info);
    size_t read_max = (size_t)reader->width * 8 + ROW_SLACK;
    for (uint32_t y = pass->first_y; y < reader->height; y += pass->step_y) {
        reader->at_max = reader->at + read_max;
        png_read_row(reader->png, reader->row, NULL);
        put_row(reader, y, pass->first_x, pass->step_x, channels);
        if (interrupt_requested())
            stop(reader, STATUS_INTERRUPTED, "stopped");
    }
}

static void read_rows(struct png_reader *reader)
{
    open_rows(reader);
    bool interlaced = png_get_interlace_type(reader->png, reader->info) != PNG_INTERLACE_NONE;
    for (size_t i = 0; i < (interlaced ? sizeof adam7 / sizeof adam7[0] : 1); i++)
        read_pass(reader, interlaced ? &adam7[i] : &whole);
}

static enum status guard(struct png_reader *reader)
{
    if (setjmp(reader->escape) == 0)
        read_rows(reader);
    return reader->status;
}

static enum status decode(const uint8_t *bytes, size_t size, const struct image_header *header, uint8_t *rgb,
                          struct error *reason)
{
    struct png_reader reader = {
        .bytes = bytes,
        .size = size,
        .at_max = size,
        .row = malloc((size_t)header->width * 4),
        .rgb = rgb,
        .width = (uint32_t)header->width,
        .height = (uint32_t)header->height,
        .reason = reason,
    };
    reader.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader, on_error, on_warning);
    reader.info = reader.png ? png_create_info_struct(reader.png) : NULL;
    enum status status = reader.row && reader.info ? guard(&reader) : error_no_memory(reason);
    png_destroy_read_struct(&reader.png, &reader.info, NULL);
    free(reader.row);
    return status;
}

const struct image_format image_format_png = {"PNG", recognise, read_header, decode};
