#ifndef SLEEVE_CORE_HASH_H
#define SLEEVE_CORE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* A 128-bit hash of a run of bytes fed in pieces: for fingerprints and cache names, not against an adversary. Its three
 * numbers are all its state: save and restore them to go on. */
struct hash {
    uint64_t a, b;
    uint64_t length;
};

void hash_begin(struct hash *hash);
void hash_add(struct hash *hash, const void *bytes, size_t size);
/* Another hash of the same bytes, eight at a time: for whole files. Here pieces do count: what is fed in other pieces
 * is another hash. */
void hash_add_words(struct hash *hash, const void *bytes, size_t size);
/* 32 lower-case hexadecimal digits and a NUL. */
void hash_end(struct hash hash, char text[33]);
/* 64 bits at once. */
uint64_t hash_bytes(const void *bytes, size_t size);

#endif
