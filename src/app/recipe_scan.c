#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/editions.h"
#include "app/recipe_index.h"
#include "core/hash.h"
#include "core/text.h"

/* What a bitmap was computed from. */
struct scan_key {
    double low, high;
    uint64_t names; /* a hash of the used items */
    int64_t column;
    uint64_t flags;
};

struct scan_constraint {
    struct scan_key key;
    bool computed;
    uint64_t *passing, *unknown; /* [words] */
};

struct recipe_scan {
    const struct recipe_index *index;
    struct scan_constraint constraints[RECIPE_CONSTRAINTS_MAX];
    uint64_t *no_genre;    /* tracks without any genre */
    uint64_t *no_year[2];  /* without a year of release; without any of the same title and artist */
    uint64_t *doubtful[2]; /* tracks of which the year of release, or the earliest one, is doubtful */
    int years;             /* which of the two the last recipe compares */
    uint64_t *excluded;    /* also the bits past the last row */
    uint64_t *found;       /* the candidates of the last run */
    uint64_t *memory;
    uint64_t *genre_keys; /* [n_genres] */
};

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

static void set_bit(uint64_t *bits, int64_t row)
{
    bits[row / 64] |= UINT64_C(1) << row % 64;
}

static bool has_bit(const uint64_t *bits, int64_t row)
{
    return bits[row / 64] >> row % 64 & 1;
}

/* 64 bytes, each 0 or 1, as the bits of a word. */
static uint64_t bits_of_bytes(const uint8_t bytes[64])
{
    uint64_t word = 0;
    for (int i = 0; i < 8; i++) {
        uint64_t eight;
        memcpy(&eight, bytes + 8 * i, 8);
        word |= (eight * UINT64_C(0x0102040810204080) >> 56) << 8 * i;
    }
    return word;
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

/* ---- the bitmap of a constraint ---- */

/* The smallest float that is not below the bound, and the largest that is not above it: values are floats, so comparing
 * with these is comparing with the bounds. */
static float float_from(double bound)
{
    const float value = (float)bound;
    return (double)value < bound ? nextafterf(value, INFINITY) : value;
}

static float float_to(double bound)
{
    const float value = (float)bound;
    return (double)value > bound ? nextafterf(value, -INFINITY) : value;
}

static void compute_attribute(struct recipe_scan *scan, struct scan_constraint *mine, bool keep_unknown)
{
    const struct recipe_index *index = scan->index;
    const struct recipe_column *column = mine->key.column < 0 ? NULL : &index->columns[mine->key.column];
    const float low = float_from(mine->key.low), high = float_to(mine->key.high);
    for (size_t word = 0; word < index->words; word++) {
        uint8_t bytes[64] = {0};
        const int64_t first = 64 * (int64_t)word;
        const int rows = index->n - first < 64 ? (int)(index->n - first) : 64;
        if (column && rows == 64)
            for (int i = 0; i < 64; i++)
                bytes[i] = (column->values[first + i] >= low) & (column->values[first + i] <= high);
        else if (column)
            for (int i = 0; i < rows; i++)
                bytes[i] = (column->values[first + i] >= low) & (column->values[first + i] <= high);
        mine->unknown[word] = column ? ~column->known[word] : ~UINT64_C(0);
        mine->passing[word] = bits_of_bytes(bytes) | (keep_unknown ? mine->unknown[word] : 0);
    }
}

enum { YEARS_EARLIEST = 1, YEARS_TRUSTED = 2, KEEP_UNKNOWN = 4 };

static void compute_years(struct recipe_scan *scan, struct scan_constraint *mine)
{
    const struct recipe_index *index = scan->index;
    const int which = mine->key.flags & YEARS_EARLIEST ? 1 : 0;
    const bool trusted = mine->key.flags & YEARS_TRUSTED, keep_unknown = mine->key.flags & KEEP_UNKNOWN;
    const int16_t *years = which ? index->earliest : index->years;
    const int16_t low = (int16_t)mine->key.low, high = (int16_t)mine->key.high;
    for (size_t word = 0; word < index->words; word++) {
        uint8_t inside[64] = {0};
        const int64_t first = 64 * (int64_t)word;
        const int rows = index->n - first < 64 ? (int)(index->n - first) : 64;
        if (rows == 64)
            for (int i = 0; i < 64; i++)
                inside[i] = (years[first + i] >= low) & (years[first + i] <= high);
        else
            for (int i = 0; i < rows; i++)
                inside[i] = (years[first + i] >= low) & (years[first + i] <= high);
        const uint64_t unknown = scan->no_year[which][word] | (trusted ? 0 : scan->doubtful[which][word]);
        mine->unknown[word] = unknown;
        mine->passing[word] = (bits_of_bytes(inside) & ~unknown) | (keep_unknown ? unknown : 0);
    }
}

static void add_rows(const struct recipe_postings *postings, int64_t item, uint64_t *bits)
{
    for (int64_t i = postings->starts[item]; i < postings->starts[item + 1]; i++)
        set_bit(bits, postings->rows[i]);
}

static void add_genre(const struct recipe_scan *scan, const char *name, uint64_t *bits)
{
    const uint64_t key = recipe_name_key(name);
    for (int64_t i = 0; i < scan->index->n_genres; i++)
        if (scan->genre_keys[i] == key)
            add_rows(&scan->index->by_genre, i, bits);
}

/* Several artists may have one name. */
static void add_artist(const struct recipe_scan *scan, const char *name, uint64_t *bits)
{
    const struct recipe_index *index = scan->index;
    const uint64_t key = recipe_name_key(name);
    int64_t low = 0, high = index->n_artist_names;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (index->artist_names[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < index->n_artist_names && index->artist_names[low].key == key; low++)
        add_rows(&index->by_artist, index->artist_names[low].id, bits);
}

static void compute_list(struct recipe_scan *scan, struct scan_constraint *mine, const struct recipe_list *list,
                         bool genres)
{
    const struct recipe_index *index = scan->index;
    memset(mine->passing, 0, index->words * sizeof *mine->passing);
    memset(mine->unknown, 0, index->words * sizeof *mine->unknown);
    for (int i = 0; i < list->count; i++)
        if (list->items[i].used)
            (genres ? add_genre : add_artist)(scan, list->items[i].name, mine->passing);
    if (genres)
        memcpy(mine->unknown, scan->no_genre, index->words * sizeof *mine->unknown);
    for (size_t word = 0; list->rule.keep_unknown && word < index->words; word++)
        mine->passing[word] |= mine->unknown[word];
}

static uint64_t hash_used(const struct recipe_list *list)
{
    struct hash hash;
    hash_begin(&hash);
    for (int i = 0; i < list->count; i++)
        if (list->items[i].used)
            hash_add(&hash, list->items[i].name, strlen(list->items[i].name) + 1);
    return hash.a;
}

static int64_t find_column(const struct recipe_index *index, const char *name)
{
    for (int i = 0; i < index->n_columns; i++)
        if (strcmp(index->columns[i].name, name) == 0)
            return i;
    return -1;
}

static void make_key(const struct recipe_index *index, const struct recipe *recipe, int constraint,
                     struct scan_key *key)
{
    const struct recipe_rule *rule = recipe_rule_of(recipe, constraint);
    memset(key, 0, sizeof *key);
    key->flags = rule->keep_unknown ? KEEP_UNKNOWN : 0;
    if (constraint == RECIPE_GENRES || constraint == RECIPE_ARTISTS_LIST) {
        key->names = hash_used(constraint == RECIPE_GENRES ? &recipe->genres : &recipe->artists);
    } else if (constraint == RECIPE_YEARS) {
        key->low = recipe->years.low;
        key->high = recipe->years.high;
        key->flags |=
            (recipe->years.earliest ? YEARS_EARLIEST : 0) | (recipe->years.doubtful_known ? YEARS_TRUSTED : 0);
    } else {
        const struct recipe_attribute *attribute = &recipe->attributes[constraint - RECIPE_FIRST_ATTRIBUTE];
        key->column = find_column(index, attribute->name);
        recipe_range(attribute, &key->low, &key->high);
    }
}

static bool same_key(const struct scan_key *a, const struct scan_key *b)
{
    return a->low == b->low && a->high == b->high && a->names == b->names && a->column == b->column &&
           a->flags == b->flags;
}

static void compute(struct recipe_scan *scan, const struct recipe *recipe, int constraint)
{
    struct scan_constraint *mine = &scan->constraints[constraint];
    struct scan_key key;
    make_key(scan->index, recipe, constraint, &key);
    if (mine->computed && same_key(&key, &mine->key))
        return;
    mine->key = key;
    mine->computed = true;
    if (constraint == RECIPE_GENRES)
        compute_list(scan, mine, &recipe->genres, true);
    else if (constraint == RECIPE_ARTISTS_LIST)
        compute_list(scan, mine, &recipe->artists, false);
    else if (constraint == RECIPE_YEARS)
        compute_years(scan, mine);
    else
        compute_attribute(scan, mine, key.flags & KEEP_UNKNOWN);
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
        counts->excluded += !has_bit(scan->excluded, row);
        set_bit(scan->excluded, row);
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
        compute(scan, recipe, c);
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
    return track >= 1 && track <= scan->index->n && has_bit(scan->found, scan->index->row_of[track - 1]);
}
