/* Reads the orientation from an EXIF block (EXIF 2.32, tag 0x0112 of IFD0). */
#include <string.h>

#include "vision/image_format.h"

enum {
    TAG_ORIENTATION = 0x0112,
    TYPE_SHORT = 3,
    TYPE_LONG = 4,
    ENTRY_SIZE = 12,
};

struct tiff {
    const uint8_t *bytes;
    size_t size;
    bool big_endian;
};

/* `length` is 2 or 4; 0 if the bytes are missing. */
static uint32_t read_number(const struct tiff *tiff, size_t at, size_t length)
{
    uint32_t number = 0;
    if (at > tiff->size || tiff->size - at < length)
        return 0;
    for (size_t i = 0; i < length; i++)
        number = number << 8 | tiff->bytes[at + (tiff->big_endian ? i : length - 1 - i)];
    return number;
}

int exif_orientation(const uint8_t *bytes, size_t size)
{
    if (size < 8 || (memcmp(bytes, "II*\0", 4) != 0 && memcmp(bytes, "MM\0*", 4) != 0))
        return 1;
    struct tiff tiff = {.bytes = bytes, .size = size, .big_endian = bytes[0] == 'M'};
    size_t directory = read_number(&tiff, 4, 4);
    size_t count = read_number(&tiff, directory, 2);
    for (size_t i = 0; i < count; i++) {
        size_t entry = directory + 2 + i * ENTRY_SIZE;
        if (entry > size || size - entry < ENTRY_SIZE)
            return 1;
        if (read_number(&tiff, entry, 2) != TAG_ORIENTATION)
            continue;
        uint32_t type = read_number(&tiff, entry + 2, 2);
        uint32_t value = read_number(&tiff, entry + 8, type == TYPE_LONG ? 4 : 2);
        bool valid = (type == TYPE_SHORT || type == TYPE_LONG) && value >= 1 && value <= 8;
        return valid ? (int)value : 1;
    }
    return 1;
}
