#include "vit/weights_fingerprint.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/hash.h"

enum { BLOCKS = 64, BLOCK = 4096 };

/* The system reads ahead at every page that is touched; for blocks far apart that can be most of the file. */
static void expect_access(const void *bytes, size_t size, int advice)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), before = (uintptr_t)bytes % page;
    posix_madvise((void *)((uintptr_t)bytes - before), size + before, advice); /* only advice */
}

void weights_fingerprint(const struct safetensors *file, char text[33])
{
    size_t size;
    const unsigned char *bytes = safetensors_bytes(file, &size);
    uint64_t header;
    memcpy(&header, bytes, sizeof header);
    size_t start = sizeof header + (size_t)header;
    struct hash hash;
    expect_access(bytes, size, POSIX_MADV_RANDOM);
    hash_begin(&hash);
    hash_add(&hash, &size, sizeof size);
    hash_add(&hash, bytes, start);
    if (size - start <= BLOCKS * BLOCK)
        hash_add(&hash, bytes + start, size - start);
    else
        for (size_t i = 0; i < BLOCKS; i++)
            hash_add(&hash, bytes + start + (size - start - BLOCK) * i / (BLOCKS - 1), BLOCK);
    hash_end(hash, text);
    expect_access(bytes, size, POSIX_MADV_NORMAL);
}
