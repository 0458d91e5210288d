#include "ui/terminal/sixel.h"

#include <ctype.h>
#include <sixel.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "ui/terminal/palette.h"

static int write_bytes(char *bytes, int size, void *user)
{
    struct buffer *out = user;
    buffer_add(out, bytes, (size_t)size);
    return out->failed ? -1 : size;
}

static enum status encode_indices(const struct palette *palette, uint8_t *indices, int width, int height,
                                  struct buffer *out, struct error *error)
{
    sixel_output_t *output = NULL;
    sixel_dither_t *dither = NULL;
    uint8_t colours[PALETTE_MAX * 3];
    memcpy(colours, palette->rgb, sizeof colours);
    SIXELSTATUS result = sixel_output_new(&output, write_bytes, out, NULL);
    if (SIXEL_SUCCEEDED(result))
        result = sixel_dither_new(&dither, palette->count, NULL);
    if (SIXEL_SUCCEEDED(result)) {
        sixel_dither_set_palette(dither, colours);
        sixel_dither_set_pixelformat(dither, SIXEL_PIXELFORMAT_PAL8);
        sixel_output_set_encode_policy(output, SIXEL_ENCODEPOLICY_SIZE);
        result = sixel_encode(indices, width, height, 8, dither, output);
    }
    if (dither)
        sixel_dither_unref(dither);
    if (output)
        sixel_output_unref(output);
    if (out->failed)
        return error_no_memory(error);
    if (SIXEL_FAILED(result))
        return error_set(error, STATUS_FAILED, "a picture of %d x %d pixels cannot be written as sixel: %s", width,
                         height, sixel_helper_format_error(result));
    return STATUS_OK;
}

/* libsixel declares that unset pixels have the background colour. Every pixel of the picture is set; unset are only the
 * extra rows of the last band of six, which belong to the text below. */
static void leave_unset_pixels(struct buffer *out, size_t from)
{
    static const char opaque[] = "\x1bPq";
    static const char transparent[] = "\x1bP0;1q";
    size_t extra = sizeof transparent - sizeof opaque;
    if (out->size - from < sizeof opaque || memcmp(out->data + from, opaque, sizeof opaque - 1) != 0 ||
        !buffer_reserve(out, extra))
        return;
    memmove(out->data + from + extra, out->data + from, out->size - from + 1);
    memcpy(out->data + from, transparent, sizeof transparent - 1);
    out->size += extra;
}

enum status sixel_encode_image(const struct image *image, int registers, struct buffer *out, struct error *error)
{
    size_t n_pixels = (size_t)image->width * (size_t)image->height;
    uint8_t *indices = malloc(n_pixels > 0 ? n_pixels : 1);
    if (!indices)
        return error_no_memory(error);
    size_t from = out->size;
    int colours = registers < 2 ? 2 : registers > PALETTE_MAX ? PALETTE_MAX : registers;
    enum status status;
    for (;; colours /= 2) {
        struct palette palette;
        status = palette_make(image->rgb, n_pixels, colours, &palette, error);
        if (status != STATUS_OK)
            break;
        palette_map(&palette, image->rgb, image->width, image->height, indices);
        status = encode_indices(&palette, indices, image->width, image->height, out, error);
        if (status != STATUS_OK)
            break;
        leave_unset_pixels(out, from);
        if (out->size - from < SIXEL_BYTES_MAX || colours == 1)
            break;
        out->size = from;
    }
    free(indices);
    if (status != STATUS_OK)
        out->size = from;
    return status;
}

uint32_t colour_dim(uint32_t colour, uint32_t background)
{
    uint32_t dimmed = 0;
    for (int shift = 16; shift >= 0; shift -= 8)
        dimmed |= ((colour >> shift & 255) + (background >> shift & 255) + 1) / 2 << shift;
    return dimmed;
}

/* "#N;2;R;G;B": a palette entry in percent. Returns its length, or 0. */
static size_t palette_entry(const char *bytes, size_t size, unsigned *numbers)
{
    size_t at = 1;
    for (int i = 0; i < 5; i++) {
        size_t begin = at;
        for (numbers[i] = 0; at < size && isdigit((unsigned char)bytes[at]) && at - begin < 4; at++)
            numbers[i] = numbers[i] * 10 + (unsigned)(bytes[at] - '0');
        if (at == begin)
            return 0;
        if (i < 4 && (at >= size || bytes[at++] != ';'))
            return 0;
    }
    return numbers[1] == 2 ? at : 0;
}

void sixel_dim(const char *bytes, size_t size, uint32_t background, struct buffer *out)
{
    unsigned percent[3];
    for (int c = 0; c < 3; c++)
        percent[c] = ((background >> (16 - 8 * c) & 255) * 100 + 127) / 255;
    buffer_reserve(out, size + 1024);
    for (size_t at = 0; at < size;) {
        unsigned numbers[5];
        size_t length = bytes[at] == '#' ? palette_entry(bytes + at, size - at, numbers) : 0;
        if (length > 0) {
            buffer_printf(out, "#%u;2;%u;%u;%u", numbers[0], (numbers[2] + percent[0]) / 2,
                          (numbers[3] + percent[1]) / 2, (numbers[4] + percent[2]) / 2);
            at += length;
            continue;
        }
        const char *next = memchr(bytes + at + 1, '#', size - at - 1);
        size_t run = next ? (size_t)(next - (bytes + at)) : size - at;
        buffer_add(out, bytes + at, run);
        at += run;
    }
}
