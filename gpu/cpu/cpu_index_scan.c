#include "gpu/cpu/cpu_index.h"

#include <string.h>

/* Compares a panel of queries with a run of blocks: integer products, and which rows reach the panel's thresholds. The
 * products use AMX tiles, VNNI, or 16-bit multiplication; all give the same sums. */

enum { LINE = INDEX_ROWS * INDEX_GROUP, RUN_ROWS = INDEX_RUN * INDEX_ROWS, AHEAD = 8192 };

#define CEILING                                                                                                        \
    1e9f /* fits int32 with any bias added; a larger sum (of more than 62,000 components) is at worst a false hit */

/* The lowest sum, bias included, that reaches each query's threshold. NaN must be a hit. */
static inline __attribute__((always_inline)) void
find_lowest_sums(const struct index_run *run, const struct index_panel *panel, int32_t least[INDEX_RUN][INDEX_PANEL])
{
    for (int b = 0; b < INDEX_RUN; b++) {
        float inverse = run->inverse[b], residual = run->residual[b], length = run->length[b];
        for (int q = 0; q < INDEX_PANEL; q++) {
            float wanted = panel->above[q] * inverse;
            wanted = wanted > -CEILING ? wanted : -CEILING;
            wanted = wanted < CEILING ? wanted : CEILING;
            float bound = wanted - panel->width[q] * residual - panel->error[q] * length;
            bound = bound > -CEILING ? bound : -CEILING;
            least[b][q] = (int32_t)bound - 1 + panel->bias[q];
        }
    }
}

static inline __attribute__((always_inline)) bool find_hits(int32_t least[INDEX_RUN][INDEX_PANEL],
                                                            const struct index_panel *panel, struct index_found *found)
{
    uint64_t any = 0;
    for (int64_t q = 0; q < panel->count; q++) {
        uint64_t hits = 0;
        for (int b = 0; b < INDEX_RUN; b++) {
            const int32_t *sums = found->sums[q] + b * INDEX_ROWS;
            for (int r = 0; r < INDEX_ROWS; r++)
                hits |= (uint64_t)(sums[r] >= least[b][q]) << (b * INDEX_ROWS + r);
        }
        found->hits[q] = hits;
        any |= hits;
    }
    return any != 0;
}

typedef int16_t scan_halves __attribute__((vector_size(16)));
typedef int32_t scan_words __attribute__((vector_size(32)));
typedef uint8_t scan_bytes __attribute__((vector_size(8)));

/* Two rows at a time. */
static void multiply_portable(const uint8_t *codes, int64_t groups, const struct index_panel *panel,
                              struct index_found *found)
{
    enum { PAIR = 2 * INDEX_GROUP, PAIRS = INDEX_ROWS / 2 };
    for (int64_t q = 0; q < panel->count; q++)
        for (int b = 0; b < INDEX_RUN; b++) {
            scan_words sums[PAIRS] = {{0}};
            const uint8_t *line = codes + b * groups * LINE;
            const int16_t *query = panel->wide + q * panel->stride;
            for (int64_t g = 0; g < groups; g++, query += INDEX_GROUP) {
                scan_halves w = {query[0], query[1], query[2], query[3], query[0], query[1], query[2], query[3]};
                for (int i = 0; i < PAIRS; i++, line += PAIR) {
                    scan_bytes z;
                    memcpy(&z, line, sizeof z);
                    scan_halves products = __builtin_convertvector(z, scan_halves) * w; /* below 2^15: 255 x 127 */
                    sums[i] += __builtin_convertvector(products, scan_words);
                }
            }
            for (int r = 0; r < INDEX_ROWS; r++) {
                int32_t sum = 0;
                for (int i = 0; i < INDEX_GROUP; i++)
                    sum += sums[r / 2][r % 2 * INDEX_GROUP + i];
                found->sums[q][b * INDEX_ROWS + r] = sum;
            }
        }
}

static bool scan_portable(const uint8_t *codes, int64_t groups, const struct index_run *run,
                          const struct index_panel *panel, struct index_found *found)
{
    int32_t least[INDEX_RUN][INDEX_PANEL];
    find_lowest_sums(run, panel, least);
    multiply_portable(codes, groups, panel, found);
    return find_hits(least, panel, found);
}

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WITH_AVX2 __attribute__((target("avx2,fma")))
#define WITH_VNNI __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma")))
#define WITH_AMX __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,amx-tile,amx-int8")))

/* Bytes are widened to 16 bits because products of bytes saturate. A register holds four components of four rows. */
WITH_AVX2 static inline __attribute__((always_inline)) void multiply_block_avx2(const uint8_t *line, int64_t groups,
                                                                                const int16_t *query, int32_t *sums)
{
    __m256i a[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256()};
    for (int64_t g = 0; g < groups; g++, line += LINE, query += INDEX_GROUP) {
        long long four;
        memcpy(&four, query, sizeof four);
        __m256i w = _mm256_set1_epi64x(four);
        for (int i = 0; i < 4; i++) {
            __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(line + 16 * i));
            a[i] = _mm256_add_epi32(a[i], _mm256_madd_epi16(_mm256_cvtepu8_epi16(bytes), w));
        }
    }
    for (int i = 0; i < 4; i += 2) { /* adds pairs within halves of a register */
        __m256i pairs = _mm256_permute4x64_epi64(_mm256_hadd_epi32(a[i], a[i + 1]), 0xd8);
        _mm256_storeu_si256((__m256i *)(void *)(sums + 4 * i), pairs);
    }
}

WITH_AVX2 static bool scan_avx2(const uint8_t *codes, int64_t groups, const struct index_run *run,
                                const struct index_panel *panel, struct index_found *found)
{
    int32_t least[INDEX_RUN][INDEX_PANEL];
    find_lowest_sums(run, panel, least);
    uint64_t any = 0;
    for (int64_t q = 0; q < panel->count; q++) {
        uint64_t hits = 0;
        for (int b = 0; b < INDEX_RUN; b++) {
            int32_t *sums = found->sums[q] + b * INDEX_ROWS;
            multiply_block_avx2(codes + b * groups * LINE, groups, panel->wide + q * panel->stride, sums);
            __m256i below = _mm256_set1_epi32(least[b][q] - 1);
            for (int i = 0; i < 2; i++) {
                __m256i s = _mm256_loadu_si256((const __m256i *)(const void *)(sums + 8 * i));
                unsigned mask = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(s, below)));
                hits |= (uint64_t)mask << (b * INDEX_ROWS + 8 * i);
            }
        }
        found->hits[q] = hits;
        any |= hits;
    }
    return any != 0;
}

WITH_VNNI static inline __attribute__((always_inline)) bool
find_hits_avx512(int32_t least[INDEX_RUN][INDEX_PANEL], const struct index_panel *panel, struct index_found *found)
{
    uint64_t any = 0;
    for (int64_t q = 0; q < panel->count; q++) {
        uint64_t hits = 0;
        for (int b = 0; b < INDEX_RUN; b++) {
            __m512i s = _mm512_load_si512(found->sums[q] + b * INDEX_ROWS);
            hits |= (uint64_t)_mm512_cmpge_epi32_mask(s, _mm512_set1_epi32(least[b][q])) << (b * INDEX_ROWS);
        }
        found->hits[q] = hits;
        any |= hits;
    }
    return any != 0;
}

WITH_VNNI static inline __attribute__((always_inline)) __m512i four_of(const int8_t *query)
{
    int32_t four;
    memcpy(&four, query, sizeof four);
    return _mm512_set1_epi32(four);
}

/* Hardware prefetching alone does not use the full memory bandwidth. */
static inline __attribute__((always_inline)) void fetch_line(const uint8_t *codes)
{
    __builtin_prefetch(codes, 0, 2);
}

/* One query: reads in memory order at full bandwidth. Four independent sums hide the latency of additions. */
WITH_VNNI static void multiply_one_vnni(const uint8_t *codes, int64_t groups, const int8_t *query, int32_t *sums)
{
    enum { SUMS = 4 };
    for (int b = 0; b < INDEX_RUN; b++) {
        __m512i a[SUMS];
        for (int i = 0; i < SUMS; i++)
            a[i] = _mm512_setzero_si512();
        int64_t g = 0;
        for (; g + SUMS <= groups; g += SUMS, codes += SUMS * LINE)
            for (int i = 0; i < SUMS; i++) {
                fetch_line(codes + i * LINE + AHEAD);
                a[i] = _mm512_dpbusd_epi32(a[i], _mm512_loadu_si512(codes + i * LINE),
                                           four_of(query + (g + i) * INDEX_GROUP));
            }
        for (; g < groups; g++, codes += LINE)
            a[0] = _mm512_dpbusd_epi32(a[0], _mm512_loadu_si512(codes), four_of(query + g * INDEX_GROUP));
        a[0] = _mm512_add_epi32(_mm512_add_epi32(a[0], a[1]), _mm512_add_epi32(a[2], a[3]));
        _mm512_storeu_si512(sums + b * INDEX_ROWS, a[0]);
    }
}

WITH_VNNI static void multiply_four_vnni(const uint8_t *codes, int64_t groups, const int8_t *queries, int64_t stride,
                                         int32_t *sums)
{
    __m512i a[4][INDEX_RUN];
    for (int q = 0; q < 4; q++)
        for (int b = 0; b < INDEX_RUN; b++)
            a[q][b] = _mm512_setzero_si512();
    for (int64_t g = 0; g < groups; g++) {
        __m512i z[INDEX_RUN];
        for (int b = 0; b < INDEX_RUN; b++)
            z[b] = _mm512_loadu_si512(codes + (b * groups + g) * LINE);
        for (int q = 0; q < 4; q++) {
            __m512i w = four_of(queries + q * stride + g * INDEX_GROUP);
            for (int b = 0; b < INDEX_RUN; b++)
                a[q][b] = _mm512_dpbusd_epi32(a[q][b], z[b], w);
        }
    }
    for (int q = 0; q < 4; q++)
        for (int b = 0; b < INDEX_RUN; b++)
            _mm512_storeu_si512(sums + q * RUN_ROWS + b * INDEX_ROWS, a[q][b]);
}

WITH_VNNI static bool scan_vnni(const uint8_t *codes, int64_t groups, const struct index_run *run,
                                const struct index_panel *panel, struct index_found *found)
{
    int32_t least[INDEX_RUN][INDEX_PANEL];
    find_lowest_sums(run, panel, least);
    int64_t q = 0;
    for (; q + 4 <= panel->count; q += 4)
        multiply_four_vnni(codes, groups, panel->codes + q * panel->stride, panel->stride, found->sums[q]);
    for (; q < panel->count; q++)
        multiply_one_vnni(codes, groups, panel->codes + q * panel->stride, found->sums[q]);
    return find_hits_avx512(least, panel, found);
}

/* Sixteen queries by four blocks: tiles 0 to 3 hold the sums, 4 the queries, 5 and 6 blocks. The last step may read
 * past a block, into the next one or the end of the index, where the query is padded with zeros. */
WITH_AMX static bool scan_amx(const uint8_t *codes, int64_t groups, const struct index_run *run,
                              const struct index_panel *panel, struct index_found *found)
{
    enum { STEP_GROUPS = INDEX_STEP / INDEX_GROUP };
    int32_t least[INDEX_RUN][INDEX_PANEL];
    const uint8_t *second = codes + groups * LINE, *third = second + groups * LINE, *fourth = third + groups * LINE;
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (int64_t g = 0; g < groups; g += STEP_GROUPS) {
        for (int64_t i = 0; i < INDEX_RUN * STEP_GROUPS && panel->fetch; i++)
            fetch_line(codes + (INDEX_RUN * groups + INDEX_RUN * g + i) * LINE);
        _tile_loadd(4, panel->codes + g * INDEX_GROUP, panel->stride);
        _tile_loadd(5, codes + g * LINE, LINE);
        _tile_dpbsud(0, 4, 5);
        _tile_loadd(6, second + g * LINE, LINE);
        _tile_dpbsud(1, 4, 6);
        _tile_loadd(5, third + g * LINE, LINE);
        _tile_dpbsud(2, 4, 5);
        _tile_loadd(6, fourth + g * LINE, LINE);
        _tile_dpbsud(3, 4, 6);
    }
    find_lowest_sums(run, panel, least);
    _tile_stored(0, found->sums[0], sizeof found->sums[0]);
    _tile_stored(1, found->sums[0] + INDEX_ROWS, sizeof found->sums[0]);
    _tile_stored(2, found->sums[0] + 2 * INDEX_ROWS, sizeof found->sums[0]);
    _tile_stored(3, found->sums[0] + 3 * INDEX_ROWS, sizeof found->sums[0]);
    return find_hits_avx512(least, panel, found);
}

/* The table is static because the compiler's builtin declares only its first bytes as read. */
WITH_AMX static void set_tiles(void)
{
    static const struct {
        uint8_t palette, start, reserved[14];
        uint16_t bytes[16];
        uint8_t rows[16];
    } tiles = {
        .palette = 1,
        .bytes = {LINE, LINE, LINE, LINE, LINE, LINE, LINE, LINE},
        .rows = {INDEX_ROWS, INDEX_ROWS, INDEX_ROWS, INDEX_ROWS, INDEX_ROWS, INDEX_ROWS, INDEX_ROWS, INDEX_ROWS}};
    _tile_loadconfig(&tiles);
}

WITH_AMX static void release_tiles(void)
{
    _tile_release();
}

void cpu_index_scan_begin(enum cpu_bytes bytes)
{
    if (bytes == CPU_BYTES_AMX)
        set_tiles();
}

void cpu_index_scan_end(enum cpu_bytes bytes)
{
    if (bytes == CPU_BYTES_AMX)
        release_tiles();
}

bool cpu_index_scan(enum cpu_bytes bytes, const uint8_t *codes, int64_t groups, const struct index_run *run,
                    const struct index_panel *panel, struct index_found *found)
{
    enum { FEW = 3 }; /* a tile with fewer queries is no faster than VNNI */
    if (bytes == CPU_BYTES_AMX && panel->count > FEW)
        return scan_amx(codes, groups, run, panel, found);
    if (bytes >= CPU_BYTES_VNNI)
        return scan_vnni(codes, groups, run, panel, found);
    if (bytes == CPU_BYTES_AVX2)
        return scan_avx2(codes, groups, run, panel, found);
    return scan_portable(codes, groups, run, panel, found);
}

static bool has_tiles(void)
{
    enum { TILE_BIT = 1 << 24, INT8_BIT = 1 << 25, REQUEST_PERMISSION = 0x1023, TILE_DATA = 18 };
    unsigned a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(d & TILE_BIT) || !(d & INT8_BIT))
        return false;
    /* Linux saves AMX tile state only for processes that request it; others are killed at the first use. */
    return syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
}

enum cpu_bytes cpu_index_find_bytes(void)
{
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni"))
        return has_tiles() ? CPU_BYTES_AMX : CPU_BYTES_VNNI;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return CPU_BYTES_AVX2;
    return CPU_BYTES_PORTABLE;
}
#else
void cpu_index_scan_begin(enum cpu_bytes bytes)
{
    (void)bytes;
}

void cpu_index_scan_end(enum cpu_bytes bytes)
{
    (void)bytes;
}

bool cpu_index_scan(enum cpu_bytes bytes, const uint8_t *codes, int64_t groups, const struct index_run *run,
                    const struct index_panel *panel, struct index_found *found)
{
    (void)bytes;
    return scan_portable(codes, groups, run, panel, found);
}

enum cpu_bytes cpu_index_find_bytes(void)
{
    return CPU_BYTES_PORTABLE;
}
#endif
