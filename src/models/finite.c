#include "models/finite.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "core/random.h"
#include "core/vectorised.h"

enum { BLOCK = 1 << 18, LANES = 32 };

struct scan {
    const char *bytes;
    int64_t count;      /* of words of 32 bits */
    atomic_llong first; /* the first block found so far that contains such a value */
    atomic_ullong sum;  /* of the blocks' checksums: in any order the same */
};

struct block_found {
    uint32_t bad;
    uint32_t lanes[LANES];
};

/* An exponent of all ones is infinity or NaN. There is no early exit, so that the loop is vectorised; every lane's
 * checksum depends on the order of its words, and a word that changes always changes it. */
VECTORISED static void scan_words(const char *bytes, int64_t count, struct block_found *found)
{
    uint32_t bad[LANES] = {0}, lanes[LANES] = {0}, words[LANES];
    int64_t i = 0;
    for (; i + LANES <= count; i += LANES, bytes += sizeof words) {
        memcpy(words, bytes, sizeof words);
        for (int l = 0; l < LANES; l++) {
            bad[l] |= (words[l] & 0x7f800000) == 0x7f800000;
            lanes[l] = (lanes[l] << 7 | lanes[l] >> 25) + words[l];
        }
    }
    for (int l = 0; i + l < count; l++) {
        memcpy(words, bytes + sizeof *words * (size_t)l, sizeof *words);
        bad[l] |= (words[0] & 0x7f800000) == 0x7f800000;
        lanes[l] = (lanes[l] << 7 | lanes[l] >> 25) + words[0];
    }
    for (int l = 0; l < LANES; l++)
        found->bad |= bad[l];
    memcpy(found->lanes, lanes, sizeof lanes);
}

static uint64_t block_sum(const struct block_found *found, int64_t block)
{
    uint64_t sum = random_mix((uint64_t)block + 1);
    for (int l = 0; l < LANES; l += 2)
        sum = random_mix(sum ^ ((uint64_t)found->lanes[l] << 32 | found->lanes[l + 1]));
    return sum;
}

static void scan_block(void *context, size_t index, int worker)
{
    (void)worker;
    struct scan *scan = context;
    long long block = (long long)index, first = atomic_load(&scan->first);
    int64_t begin = (int64_t)index * BLOCK, left = scan->count - begin;
    struct block_found found = {0};
    scan_words(scan->bytes + begin * (int64_t)sizeof(uint32_t), left < BLOCK ? left : BLOCK, &found);
    atomic_fetch_add(&scan->sum, block_sum(&found, block));
    if (found.bad == 0)
        return;
    while (block < first && !atomic_compare_exchange_weak(&scan->first, &first, block))
        continue;
}

static void run(struct scan *scan, struct pool *pool)
{
    pool_run(pool, (size_t)((scan->count + BLOCK - 1) / BLOCK), scan_block, scan);
}

int64_t find_nonfinite(struct pool *pool, const float *values, int64_t count, uint64_t *sum)
{
    struct scan scan = {(const char *)values, count, INT64_MAX, (unsigned long long)count};
    run(&scan, pool);
    if (sum)
        *sum = atomic_load(&scan.sum);
    long long block = atomic_load(&scan.first);
    if (block == INT64_MAX)
        return -1;
    struct block_found found = {0};
    int64_t at = block * BLOCK;
    for (; found.bad == 0; at++)
        scan_words((const char *)(values + at), 1, &found);
    return at - 1;
}

uint64_t checksum_of(struct pool *pool, const void *bytes, size_t size)
{
    struct scan scan = {bytes, (int64_t)(size / sizeof(uint32_t)), INT64_MAX, size / sizeof(uint32_t)};
    run(&scan, pool);
    return atomic_load(&scan.sum);
}
