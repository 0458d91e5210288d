#include "core/base64.h"

#include <stdint.h>

void base64_add(const char *bytes, size_t size, struct buffer *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *in = (const uint8_t *)bytes;
    if (!buffer_reserve(out, (size + 2) / 3 * 4))
        return;
    for (size_t i = 0; i < size; i += 3) {
        uint32_t group = (uint32_t)in[i] << 16 | (i + 1 < size ? (uint32_t)in[i + 1] << 8 : 0) |
                         (i + 2 < size ? (uint32_t)in[i + 2] : 0);
        buffer_add_byte(out, digits[group >> 18]);
        buffer_add_byte(out, digits[group >> 12 & 63]);
        buffer_add_byte(out, i + 1 < size ? digits[group >> 6 & 63] : '=');
        buffer_add_byte(out, i + 2 < size ? digits[group & 63] : '=');
    }
}
