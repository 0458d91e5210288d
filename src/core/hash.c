#include "core/hash.h"

#include <stdio.h>
#include <string.h>

#include "core/random.h"

void hash_begin(struct hash *hash)
{
    *hash = (struct hash){.a = 0xcbf29ce484222325U, .b = 0x84222325cbf29ce4U};
}

void hash_add(struct hash *hash, const void *bytes, size_t size)
{
    const unsigned char *next = bytes;
    for (size_t i = 0; i < size; i++) {
        hash->a = (hash->a ^ next[i]) * 0x100000001b3U;
        hash->b = (hash->b ^ (hash->a >> 29) ^ next[i]) * 0x9e3779b97f4a7c15U;
    }
    hash->length += size;
}

void hash_add_words(struct hash *hash, const void *bytes, size_t size)
{
    const unsigned char *next = bytes;
    uint64_t a = hash->a, b = hash->b, word;
    size_t left = size;
    for (; left >= sizeof word; left -= sizeof word, next += sizeof word) {
        memcpy(&word, next, sizeof word);
        a = (a ^ word) * 0x9e3779b97f4a7c15U;
        a ^= a >> 32; /* multiplication does not move upper bits down */
        b = (b ^ word) * 0xbf58476d1ce4e5b9U;
        b ^= b >> 29;
    }
    *hash = (struct hash){.a = a, .b = b, .length = hash->length + size - left};
    hash_add(hash, next, left);
}

void hash_end(struct hash hash, char text[33])
{
    uint64_t a = random_mix(hash.a ^ hash.length);
    uint64_t b = random_mix(hash.b + a);
    snprintf(text, 33, "%016llx%016llx", (unsigned long long)a, (unsigned long long)b);
}

uint64_t hash_bytes(const void *bytes, size_t size)
{
    struct hash hash;
    hash_begin(&hash);
    hash_add(&hash, bytes, size);
    return random_mix(hash.a ^ random_mix(hash.b));
}
