#include "app/recipe_bitmaps.h"

#include <math.h>
#include <string.h>

#include "core/hash.h"

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
        recipe_set_bit(bits, postings->rows[i]);
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

void recipe_bitmap_compute(struct recipe_scan *scan, const struct recipe *recipe, int constraint)
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
