#include <string.h>

#include "db/search_text.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))

/* The position of the rarest byte that is not among the `n` of `others`; the first of them if there is no other. */
static size_t rarest(const unsigned char *bytes, size_t size, const uint32_t frequencies[256], const size_t *others,
                     int n)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < size; i++) {
        bool taken = false;
        for (int k = 0; k < n; k++)
            taken = taken || others[k] == i;
        if (!taken && (best == SIZE_MAX || frequencies[bytes[i]] < frequencies[bytes[best]]))
            best = i;
    }
    return best == SIZE_MAX ? others[0] : best;
}

void search_needle_set(struct search_needle *needle, const unsigned char *bytes, size_t size,
                       const uint32_t frequencies[256])
{
    *needle = (struct search_needle){.bytes = bytes, .size = size};
    for (int i = 0; i < SEARCH_RARE; i++)
        needle->rare[i] = rarest(bytes, size, frequencies, needle->rare, i);
    memcpy(&needle->head, bytes, size < 8 ? size : 8);
    memset(&needle->head_mask, 0xff, size < 8 ? size : 8);
}

/* Where its rarest bytes are. A needle of up to SEARCH_RARE bytes is its rarest bytes. Without a call, for which the
 * vectors would have to be saved. */
INLINE bool lies_at(const unsigned char *place, const struct search_needle *needle)
{
    uint64_t head;
    if (needle->size <= SEARCH_RARE)
        return true;
    memcpy(&head, place, sizeof head); /* it may go past the end, into the padding */
    bool equal = ((head ^ needle->head) & needle->head_mask) == 0;
    for (size_t i = sizeof head; equal && i < needle->size; i++)
        equal = place[i] == needle->bytes[i];
    return equal;
}

/* ---- instruction sets ----
 *
 * Each compares the rarest bytes at a group of places at once, and the whole needle where all of them agree. */

enum { GROUP = 64 };

#if defined(__x86_64__)
#define AVX2 __attribute__((target("avx2,bmi")))
#define AVX512 __attribute__((target("avx512f,avx512bw,bmi")))

/* A bit for each place of a group: whether the rarest bytes are there. */
AVX2 INLINE uint64_t group_avx2(const unsigned char *from, const struct search_needle *needle)
{
    const size_t *rare = needle->rare;
    const __m256i first = _mm256_set1_epi8((char)needle->bytes[rare[0]]);
    const __m256i second = _mm256_set1_epi8((char)needle->bytes[rare[1]]);
    const __m256i third = _mm256_set1_epi8((char)needle->bytes[rare[2]]);
    uint64_t hits = 0;
    for (int half = 0; half < 2; half++, from += 32) {
        __m256i a = _mm256_cmpeq_epi8(_mm256_loadu_si256((const void *)(from + rare[0])), first);
        __m256i b = _mm256_cmpeq_epi8(_mm256_loadu_si256((const void *)(from + rare[1])), second);
        __m256i all = _mm256_and_si256(a, b);
        if (needle->size > 2)
            all = _mm256_and_si256(all, _mm256_cmpeq_epi8(_mm256_loadu_si256((const void *)(from + rare[2])), third));
        hits |= (uint64_t)(uint32_t)_mm256_movemask_epi8(all) << 32 * half;
    }
    return hits;
}

AVX512 INLINE uint64_t group_avx512(const unsigned char *from, const struct search_needle *needle)
{
    const size_t *rare = needle->rare;
    const __m512i first = _mm512_set1_epi8((char)needle->bytes[rare[0]]);
    const __m512i second = _mm512_set1_epi8((char)needle->bytes[rare[1]]);
    const __m512i third = _mm512_set1_epi8((char)needle->bytes[rare[2]]);
    uint64_t hits = _mm512_mask_cmpeq_epi8_mask(_mm512_cmpeq_epi8_mask(_mm512_loadu_si512(from + rare[0]), first),
                                                _mm512_loadu_si512(from + rare[1]), second);
    return needle->size > 2 ? _mm512_mask_cmpeq_epi8_mask(hits, _mm512_loadu_si512(from + rare[2]), third) : hits;
}
#endif

/* The first of a group's places where the needle lies; NULL: none. */
INLINE const unsigned char *first_of(const unsigned char *from, uint64_t hits, const struct search_needle *needle)
{
    for (; hits != 0; hits &= hits - 1)
        if (lies_at(from + __builtin_ctzll(hits), needle))
            return from + __builtin_ctzll(hits);
    return NULL;
}

/* Both searches with one instruction set. Most texts of `find` are records, which have two groups: these are compared
 * without a branch that depends on the length. */
#define SEARCHES(name, target)                                                                                         \
    target static const unsigned char *find_##name(const unsigned char *from, const unsigned char *end,                \
                                                   const struct search_needle *needle)                                 \
    {                                                                                                                  \
        if ((size_t)(end - from) < needle->size)                                                                       \
            return NULL;                                                                                               \
        const unsigned char *last = end - needle->size, *place;                                                        \
        for (; last - from >= 2 * GROUP; from += GROUP)                                                                \
            if ((place = first_of(from, group_##name(from, needle), needle)) != NULL)                                  \
                return place;                                                                                          \
        const bool two = last - from >= GROUP;                                                                         \
        const unsigned char *second = two ? last - (GROUP - 1) : from;                                                 \
        const uint64_t within = two ? UINT64_MAX : UINT64_MAX >> (GROUP - 1 - (last - from));                          \
        const uint64_t hits = group_##name(from, needle) & within, more = group_##name(second, needle) & within;       \
        if ((hits | more) == 0)                                                                                        \
            return NULL;                                                                                               \
        place = first_of(from, hits, needle);                                                                          \
        return place ? place : first_of(second, more, needle);                                                         \
    }                                                                                                                  \
    target static void visit_##name(const unsigned char *from, const unsigned char *end,                               \
                                    const struct search_needle *needle, search_visit *visit, void *context)            \
    {                                                                                                                  \
        if ((size_t)(end - from) < needle->size)                                                                       \
            return;                                                                                                    \
        const unsigned char *last = end - needle->size, *next;                                                         \
        for (; from <= last; from = next) {                                                                            \
            uint64_t hits = group_##name(from, needle);                                                                \
            while (hits == 0 && last - from >= GROUP)                                                                  \
                hits = group_##name(from += GROUP, needle);                                                            \
            next = from + GROUP;                                                                                       \
            while (hits != 0) {                                                                                        \
                const unsigned char *place = from + __builtin_ctzll(hits);                                             \
                if (place > last)                                                                                      \
                    return;                                                                                            \
                hits &= hits - 1;                                                                                      \
                if (!lies_at(place, needle))                                                                           \
                    continue;                                                                                          \
                const unsigned char *behind = visit(context, place);                                                   \
                if (!behind)                                                                                           \
                    return;                                                                                            \
                if (behind >= next) {                                                                                  \
                    next = behind;                                                                                     \
                    break;                                                                                             \
                }                                                                                                      \
                hits &= UINT64_MAX << (behind - from);                                                                 \
            }                                                                                                          \
        }                                                                                                              \
    }
#if defined(__x86_64__)
SEARCHES(avx2, AVX2)
SEARCHES(avx512, AVX512)
#endif

static const unsigned char *find_portable(const unsigned char *from, const unsigned char *end,
                                          const struct search_needle *needle)
{
    if ((size_t)(end - from) < needle->size)
        return NULL;
    const unsigned char *last = end - needle->size;
    const size_t *rare = needle->rare;
    for (; from <= last; from++) {
        from = memchr(from + rare[0], needle->bytes[rare[0]], (size_t)(last - from) + 1);
        if (!from)
            return NULL;
        from -= rare[0];
        if (from[rare[1]] == needle->bytes[rare[1]] && from[rare[2]] == needle->bytes[rare[2]] && lies_at(from, needle))
            return from;
    }
    return NULL;
}

static void visit_portable(const unsigned char *from, const unsigned char *end, const struct search_needle *needle,
                           search_visit *visit, void *context)
{
    while (from && (from = find_portable(from, end, needle)) != NULL)
        from = visit(context, from);
}

bool search_finder_get(enum search_simd simd, struct search_finder *finder)
{
    *finder = (struct search_finder){find_portable, visit_portable};
    switch (simd) {
#if defined(__x86_64__)
    case SEARCH_AVX2:
        *finder = (struct search_finder){find_avx2, visit_avx2};
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi");
    case SEARCH_AVX512:
        *finder = (struct search_finder){find_avx512, visit_avx512};
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("bmi");
#endif
    case SEARCH_PORTABLE:
        return true;
    default:
        return false;
    }
}
