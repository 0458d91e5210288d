#ifndef SLEEVE_CORE_HASH_H
#define SLEEVE_CORE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* A 128-bit hash of bytes added in pieces: for fingerprints and cache names, not cryptographic. The struct is the whole
 * state and can be saved and restored. */
struct hash {
    uint64_t a, b;
    uint64_t length;
};

void hash_begin(struct hash *hash);
void hash_add(struct hash *hash, const void *bytes, size_t size);
/* A different hash of the same bytes, computed eight at a time, for whole files. Its value depends on how the bytes are
 * divided into pieces. */
void hash_add_words(struct hash *hash, const void *bytes, size_t size);
/* 32 lower-case hexadecimal digits and a NUL. */
void hash_end(struct hash hash, char text[33]);
/* A 64-bit hash in one call. */
uint64_t hash_bytes(const void *bytes, size_t size);

#endif
