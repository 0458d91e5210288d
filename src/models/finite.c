#include "models/finite.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

enum { BLOCK = 1 << 18 };

struct look {
    const float *values;
    int64_t count;
    atomic_llong first; /* the first block with a bad value, as far as is known */
};

/* An exponent of all ones is an infinity or no number. No early end: so the loop becomes vector code. */
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

static void look_at(void *context, size_t index, int worker)
{
    (void)worker;
    struct look *look = context;
    long long block = (long long)index, first = atomic_load(&look->first);
    int64_t begin = (int64_t)index * BLOCK, left = look->count - begin;
    if (block >= first || !has_bad(look->values + begin, left < BLOCK ? left : BLOCK))
        return;
    while (block < first && !atomic_compare_exchange_weak(&look->first, &first, block))
        continue;
}

int64_t find_nonfinite(struct pool *pool, const float *values, int64_t count)
{
    struct look look = {values, count, INT64_MAX};
    pool_run(pool, (size_t)((count + BLOCK - 1) / BLOCK), look_at, &look);
    long long block = atomic_load(&look.first);
    if (block == INT64_MAX)
        return -1;
    int64_t at = block * BLOCK;
    while (!has_bad(values + at, 1))
        at++;
    return at;
}
