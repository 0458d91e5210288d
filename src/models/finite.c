#include "models/finite.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

enum { BLOCK = 1 << 18 };

struct scan {
    const float *values;
    int64_t count;
    atomic_llong first; /* the first block found so far that contains such a value */
};

/* An exponent of all ones is infinity or NaN. There is no early exit, so that the loop is vectorised. */
static bool has_bad(const float *values, int64_t count)
{
    uint32_t bad = 0;
    for (int64_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        bad |= (bits & 0x7f800000) == 0x7f800000;
    }
    return bad != 0;
}

static void scan_block(void *context, size_t index, int worker)
{
    (void)worker;
    struct scan *scan = context;
    long long block = (long long)index, first = atomic_load(&scan->first);
    int64_t begin = (int64_t)index * BLOCK, left = scan->count - begin;
    if (block >= first || !has_bad(scan->values + begin, left < BLOCK ? left : BLOCK))
        return;
    while (block < first && !atomic_compare_exchange_weak(&scan->first, &first, block))
        continue;
}

int64_t find_nonfinite(struct pool *pool, const float *values, int64_t count)
{
    struct scan scan = {values, count, INT64_MAX};
    pool_run(pool, (size_t)((count + BLOCK - 1) / BLOCK), scan_block, &scan);
    long long block = atomic_load(&scan.first);
    if (block == INT64_MAX)
        return -1;
    int64_t at = block * BLOCK;
    while (!has_bad(values + at, 1))
        at++;
    return at;
}
