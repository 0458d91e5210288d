#include <stdlib.h>
#include <string.h>

#include "app/editions.h"
#include "app/recipe_bitmaps.h"

enum { BLOCK = 512 }; /* words that are counted together: 4 KB of each bitmap */

/* Sets of bits in a word (Hacker's Delight, 5-1), which compilers vectorise. */
static inline uint64_t bits_in(uint64_t x)
{
    x = x - (x >> 1 & 0x5555555555555555U);
    x = (x & 0x3333333333333333U) + (x >> 2 & 0x3333333333333333U);
    x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fU;
    x += x >> 8;
    x += x >> 16;
    x += x >> 32;
    return x & 0x7f;
}

/* Whether a year may not be that of the recording. */
static bool is_doubtful(unsigned edition, bool earliest)
{
    return earliest ? (edition & EDITION_NAMED) && !(edition & EDITION_EARLIER)
                    : (edition & (EDITION_NAMED | EDITION_EARLIER)) != 0;
}

static void mark_years(struct recipe_scan *scan)
{
    const struct recipe_index *index = scan->index;
    for (int64_t row = 0; row < index->n; row++) {
        const uint64_t bit = UINT64_C(1) << row % 64;
        for (int i = 0; i < 2; i++) {
            const int year = i ? index->earliest[row] : index->years[row];
            scan->no_year[i][row / 64] |= year == 0 ? bit : 0;
            scan->doubtful[i][row / 64] |= is_doubtful(index->editions[row], i) ? bit : 0;
        }
    }
}

enum status recipe_scan_create(const struct recipe_index *index, struct recipe_scan **out, struct error *error)
{
    struct recipe_scan *scan = calloc(1, sizeof *scan);
    const size_t words = index->words + 1, bitmaps = 2 * RECIPE_CONSTRAINTS_MAX + 7;
    if (scan) {
        scan->memory = calloc(words * bitmaps, sizeof *scan->memory);
        scan->genre_keys = malloc(((size_t)index->n_genres + 1) * sizeof *scan->genre_keys);
    }
    if (!scan || !scan->memory || !scan->genre_keys) {
        recipe_scan_free(scan);
        return error_no_memory(error);
    }
    scan->index = index;
    for (int64_t i = 0; i < index->n_genres; i++)
        scan->genre_keys[i] = recipe_name_key(index->genre_names[i]);
    uint64_t *next = scan->memory;
    for (int i = 0; i < RECIPE_CONSTRAINTS_MAX; i++) {
        scan->constraints[i].passing = next;
        scan->constraints[i].unknown = next + words;
        next += 2 * words;
    }
    scan->no_genre = next;
    scan->excluded = next + words;
    scan->found = next + 2 * words;
    for (int i = 0; i < 2; i++) {
        scan->no_year[i] = next + (3 + i) * (ptrdiff_t)words;
        scan->doubtful[i] = next + (5 + i) * (ptrdiff_t)words;
    }
    mark_years(scan);
    memset(scan->no_genre, 0xff, index->words * sizeof(uint64_t));
    const struct recipe_postings *genres = &index->by_genre;
    for (int64_t i = 0; genres->count > 0 && i < genres->starts[genres->count]; i++)
        scan->no_genre[genres->rows[i] / 64] &= ~(UINT64_C(1) << genres->rows[i] % 64);
    *out = scan;
    return STATUS_OK;
}

void recipe_scan_free(struct recipe_scan *scan)
{
    if (scan) {
        free(scan->memory);
        free(scan->genre_keys);
    }
    free(scan);
}

/* ---- counting ---- */

static void exclude(struct recipe_scan *scan, const int64_t *tracks, size_t count, struct recipe_counts *counts)
{
    const struct recipe_index *index = scan->index;
    memset(scan->excluded, 0, index->words * sizeof *scan->excluded);
    for (size_t i = 0; i < count; i++) {
        if (tracks[i] < 1 || tracks[i] > index->n)
            continue;
        const int64_t row = index->row_of[tracks[i] - 1];
        counts->excluded += !recipe_has_bit(scan->excluded, row);
        recipe_set_bit(scan->excluded, row);
    }
    if (index->n % 64 != 0)
        scan->excluded[index->words - 1] |= ~UINT64_C(0) << index->n % 64;
}

/* What the rules of a recipe need while it is counted. */
struct counting {
    int n;
    bool applied[RECIPE_CONSTRAINTS_MAX], known[RECIPE_CONSTRAINTS_MAX], keep[RECIPE_CONSTRAINTS_MAX];
};

static int64_t count_and(const uint64_t *a, const uint64_t *not_b, size_t words)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < words; i++)
        sum += bits_in(a[i] & ~not_b[i]);
    return (int64_t)sum;
}

static int64_t count_neither(const uint64_t *a, const uint64_t *b, size_t words)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < words; i++)
        sum += bits_in(~(a[i] | b[i]));
    return (int64_t)sum;
}

/* Of a block of words: a bit of `once` fails at least one constraint, one of `twice` at least two. So what fails only
 * constraint c fails c and is not in `twice`. */
static void count_block(struct recipe_scan *scan, const struct counting *counting, size_t first, size_t words,
                        struct recipe_counts *counts)
{
    uint64_t once[BLOCK], twice[BLOCK];
    memcpy(once, scan->excluded + first, words * sizeof *once);
    memcpy(twice, once, words * sizeof *twice);
    for (int c = 0; c < counting->n; c++) {
        const uint64_t *passing = scan->constraints[c].passing + first;
        for (size_t i = 0; counting->applied[c] && i < words; i++) {
            twice[i] |= once[i] & ~passing[i];
            once[i] |= ~passing[i];
        }
        counts->effects[c].left += count_neither(once, once, words);
    }
    counts->candidates += count_neither(once, once, words);
    for (int c = 0; c < counting->n; c++) {
        const struct scan_constraint *mine = &scan->constraints[c];
        struct recipe_effect *effect = &counts->effects[c];
        const uint64_t *others = counting->applied[c] && !counting->keep[c] ? twice : once;
        if (counting->applied[c])
            effect->added += count_neither(mine->passing + first, twice, words);
        else if (counting->known[c])
            effect->removed += count_neither(mine->passing + first, once, words);
        effect->unknown += count_and(mine->unknown + first, others, words);
    }
    counts->effects[RECIPE_YEARS].doubtful += count_and(scan->doubtful[scan->years] + first, once, words);
    for (size_t i = 0; i < words; i++)
        scan->found[first + i] = ~once[i];
}

void recipe_scan_run(struct recipe_scan *scan, const struct recipe *recipe, const int64_t *excluded, size_t n_excluded,
                     struct recipe_counts *counts)
{
    const struct recipe_index *index = scan->index;
    struct counting counting = {.n = recipe_constraints(recipe)};
    *counts = (struct recipe_counts){.n_tracks = index->n};
    scan->years = recipe->years.earliest;
    exclude(scan, excluded, n_excluded, counts);
    for (int c = 0; c < counting.n; c++) {
        recipe_bitmap_compute(scan, recipe, c);
        counting.applied[c] = !recipe_rule_of(recipe, c)->dropped;
        counting.keep[c] = recipe_rule_of(recipe, c)->keep_unknown;
        counting.known[c] = recipe_has_values(recipe, c);
    }
    for (size_t first = 0; first < index->words; first += BLOCK)
        count_block(scan, &counting, first, index->words - first < BLOCK ? index->words - first : BLOCK, counts);
}

size_t recipe_scan_best(const struct recipe_scan *scan, int64_t *tracks, size_t most)
{
    size_t count = 0;
    for (size_t word = 0; word < scan->index->words && count < most; word++)
        for (uint64_t bits = scan->found[word]; bits != 0 && count < most; bits &= bits - 1)
            tracks[count++] = scan->index->track_of[64 * word + (size_t)__builtin_ctzll(bits)];
    return count;
}

bool recipe_scan_passes(const struct recipe_scan *scan, int64_t track)
{
    return track >= 1 && track <= scan->index->n && recipe_has_bit(scan->found, scan->index->row_of[track - 1]);
}
