#ifndef SLEEVE_CORE_SHA256_H
#define SLEEVE_CORE_SHA256_H

#include <stddef.h>
#include <stdint.h>

/* SHA-256 (FIPS 180-4), to compare files with the hashes that others publish. */
struct sha256 {
    uint32_t state[8];
    uint64_t length; /* bytes so far */
    unsigned char block[64];
};

void sha256_begin(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *bytes, size_t size);
/* 64 lower-case hexadecimal digits and a NUL. */
void sha256_end(struct sha256 *hash, char text[65]);

#endif
