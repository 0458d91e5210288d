#include "vision/image_edges.h"

#include <stdint.h>
#include <string.h>

static int big16(const uint8_t *at)
{
    return at[0] << 8 | at[1];
}

static int little16(const uint8_t *at)
{
    return at[0] | at[1] << 8;
}

static int little24(const uint8_t *at)
{
    return at[0] | at[1] << 8 | at[2] << 16;
}

static bool png_size(const uint8_t *bytes, size_t size, int *width, int *height)
{
    if (size < 24 || memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) != 0 || memcmp(bytes + 12, "IHDR", 4) != 0)
        return false;
    if (bytes[16] || bytes[17] || bytes[20] || bytes[21]) /* more than 65,535 */
        return false;
    *width = big16(bytes + 18);
    *height = big16(bytes + 22);
    return true;
}

/* Walks the segments to the first frame header (SOF0 to SOF15 without DHT, JPG and DAC). */
static bool jpeg_size(const uint8_t *bytes, size_t size, int *width, int *height)
{
    if (size < 4 || bytes[0] != 0xff || bytes[1] != 0xd8)
        return false;
    for (size_t at = 2; at + 9 < size;) {
        const uint8_t marker = bytes[at + 1];
        if (bytes[at] != 0xff)
            return false;
        if (marker == 0xff) {
            at++;
        } else if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
            *height = big16(bytes + at + 5);
            *width = big16(bytes + at + 7);
            return true;
        } else {
            at += 2 + (size_t)big16(bytes + at + 2);
        }
    }
    return false;
}

static bool webp_size(const uint8_t *bytes, size_t size, int *width, int *height)
{
    if (size < 30 || memcmp(bytes, "RIFF", 4) != 0 || memcmp(bytes + 8, "WEBPVP8", 7) != 0)
        return false;
    if (bytes[15] == 'X') {
        *width = little24(bytes + 24) + 1;
        *height = little24(bytes + 27) + 1;
    } else if (bytes[15] == 'L') {
        *width = 1 + (little16(bytes + 21) & 0x3fff);
        *height = 1 + (little24(bytes + 22) >> 6 & 0x3fff);
    } else {
        *width = little16(bytes + 26) & 0x3fff;
        *height = little16(bytes + 28) & 0x3fff;
    }
    return true;
}

bool image_edges(const void *bytes, size_t size, int *width, int *height)
{
    return png_size(bytes, size, width, height) || jpeg_size(bytes, size, width, height) ||
           webp_size(bytes, size, width, height);
}
