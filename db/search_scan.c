#include <string.h>

#include "db/search_text.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

void search_needle_set(struct search_needle *needle, const unsigned char *bytes, size_t size,
                       const uint32_t frequencies[256])
{
    *needle = (struct search_needle){.bytes = bytes, .size = size};
    for (size_t i = 1; i < size; i++)
        if (frequencies[bytes[i]] < frequencies[bytes[needle->rare[0]]])
            needle->rare[0] = i;
    needle->rare[1] = size > 1 && needle->rare[0] == 0 ? 1 : 0;
    for (size_t i = 0; i < size; i++)
        if (i != needle->rare[0] && frequencies[bytes[i]] < frequencies[bytes[needle->rare[1]]])
            needle->rare[1] = i;
}

static bool lies_at(const unsigned char *place, const struct search_needle *needle)
{
    return needle->size <= 2 || memcmp(place, needle->bytes, needle->size) == 0;
}

/* Each instruction set compares the two rarest bytes at many places at once and the whole needle where both agree. A
 * needle of one or two bytes is its rarest bytes. */
static const unsigned char *find_portable(const unsigned char *from, const unsigned char *end,
                                          const struct search_needle *needle)
{
    if ((size_t)(end - from) < needle->size)
        return NULL;
    const unsigned char *last = end - needle->size;
    size_t first = needle->rare[0];
    size_t second = needle->rare[1];
    while (from <= last) {
        const unsigned char *hit = memchr(from + first, needle->bytes[first], (size_t)(last - from) + 1);
        if (!hit)
            return NULL;
        from = hit - first;
        if (from[second] == needle->bytes[second] && lies_at(from, needle))
            return from;
        from++;
    }
    return NULL;
}

#if defined(__x86_64__)
__attribute__((target("avx2,bmi"))) static const unsigned char *
find_avx2(const unsigned char *from, const unsigned char *end, const struct search_needle *needle)
{
    if ((size_t)(end - from) < needle->size)
        return NULL;
    const unsigned char *last = end - needle->size;
    const __m256i first = _mm256_set1_epi8((char)needle->bytes[needle->rare[0]]);
    const __m256i second = _mm256_set1_epi8((char)needle->bytes[needle->rare[1]]);
    for (; from <= last; from += 32) {
        __m256i a = _mm256_loadu_si256((const void *)(from + needle->rare[0]));
        __m256i b = _mm256_loadu_si256((const void *)(from + needle->rare[1]));
        __m256i both = _mm256_and_si256(_mm256_cmpeq_epi8(a, first), _mm256_cmpeq_epi8(b, second));
        for (uint32_t hits = (uint32_t)_mm256_movemask_epi8(both); hits != 0; hits &= hits - 1) {
            const unsigned char *place = from + __builtin_ctz(hits);
            if (place > last)
                return NULL;
            if (lies_at(place, needle))
                return place;
        }
    }
    return NULL;
}

__attribute__((target("avx512f,avx512bw,bmi"))) static const unsigned char *
find_avx512(const unsigned char *from, const unsigned char *end, const struct search_needle *needle)
{
    if ((size_t)(end - from) < needle->size)
        return NULL;
    const unsigned char *last = end - needle->size;
    const __m512i first = _mm512_set1_epi8((char)needle->bytes[needle->rare[0]]);
    const __m512i second = _mm512_set1_epi8((char)needle->bytes[needle->rare[1]]);
    for (; from <= last; from += 64) {
        __m512i a = _mm512_loadu_si512(from + needle->rare[0]);
        __m512i b = _mm512_loadu_si512(from + needle->rare[1]);
        uint64_t hits = _mm512_mask_cmpeq_epi8_mask(_mm512_cmpeq_epi8_mask(a, first), b, second);
        for (; hits != 0; hits &= hits - 1) {
            const unsigned char *place = from + __builtin_ctzll(hits);
            if (place > last)
                return NULL;
            if (lies_at(place, needle))
                return place;
        }
    }
    return NULL;
}
#endif

bool search_finder_get(enum search_simd simd, struct search_finder *finder)
{
    finder->find = find_portable;
    switch (simd) {
#if defined(__x86_64__)
    case SEARCH_AVX2:
        finder->find = find_avx2;
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi");
    case SEARCH_AVX512:
        finder->find = find_avx512;
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("bmi");
#endif
    case SEARCH_PORTABLE:
        return true;
    default:
        return false;
    }
}
