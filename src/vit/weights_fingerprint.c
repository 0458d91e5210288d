#include "vit/weights_fingerprint.h"

#include <string.h>

#include "core/hash.h"

enum { BLOCKS = 64, BLOCK = 4096 };

void weights_fingerprint(const struct safetensors *file, char text[33])
{
    size_t size;
    const unsigned char *bytes = safetensors_bytes(file, &size);
    uint64_t header;
    memcpy(&header, bytes, sizeof header);
    size_t start = sizeof header + (size_t)header;
    struct hash hash;
    hash_begin(&hash);
    hash_add(&hash, &size, sizeof size);
    hash_add(&hash, bytes, start);
    if (size - start <= BLOCKS * BLOCK)
        hash_add(&hash, bytes + start, size - start);
    else
        for (size_t i = 0; i < BLOCKS; i++)
            hash_add(&hash, bytes + start + (size - start - BLOCK) * i / (BLOCKS - 1), BLOCK);
    hash_end(hash, text);
}
