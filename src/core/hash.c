#include "core/hash.h"

#include <stdio.h>
#include <string.h>

#include "core/random.h"

static uint64_t rotate_left(uint64_t value, int bits)
{
    return (value << bits) | (value >> (64 - bits));
}

static uint64_t read_word(const unsigned char *bytes)
{
    uint64_t word = 0;
    for (int i = 7; i >= 0; i--)
        word = word << 8 | bytes[i];
    return word;
}

static void add_block(struct hash *hash, const unsigned char *block)
{
    uint64_t first = read_word(block);
    uint64_t second = read_word(block + 8);
    hash->a = rotate_left(hash->a ^ (first * 0x9e3779b97f4a7c15U), 29) * 0xbf58476d1ce4e5b9U + second;
    hash->b = rotate_left(hash->b ^ (second * 0xc2b2ae3d27d4eb4fU), 31) * 0x94d049bb133111ebU + first;
}

void hash_begin(struct hash *hash)
{
    *hash = (struct hash){.a = 0xcbf29ce484222325U, .b = 0x84222325cbf29ce4U};
}

void hash_add(struct hash *hash, const void *bytes, size_t size)
{
    const unsigned char *next = bytes;
    size_t held = (size_t)(hash->length % 16);
    hash->length += size;
    if (held > 0) {
        size_t taken = size < 16 - held ? size : 16 - held;
        if (taken > 0)
            memcpy(hash->pending + held, next, taken);
        if (held + taken < 16)
            return;
        add_block(hash, hash->pending);
        next += taken;
        size -= taken;
    }
    for (; size >= 16; next += 16, size -= 16)
        add_block(hash, next);
    if (size > 0)
        memcpy(hash->pending, next, size);
}

/* Two numbers of which each depends on every byte. */
static void finish(struct hash *hash, uint64_t *first, uint64_t *second)
{
    size_t held = (size_t)(hash->length % 16);
    memset(hash->pending + held, 0, 16 - held);
    add_block(hash, hash->pending);
    *first = random_mix(hash->a ^ random_mix(hash->b + hash->length));
    *second = random_mix(hash->b ^ random_mix(hash->a + *first));
}

void hash_end(struct hash hash, char text[33])
{
    uint64_t first;
    uint64_t second;
    finish(&hash, &first, &second);
    snprintf(text, 33, "%016llx%016llx", (unsigned long long)first, (unsigned long long)second);
}

uint64_t hash_bytes(const void *bytes, size_t size)
{
    struct hash hash;
    uint64_t first;
    uint64_t second;
    hash_begin(&hash);
    hash_add(&hash, bytes, size);
    finish(&hash, &first, &second);
    return first;
}
