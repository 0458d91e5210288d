#ifndef SLEEVE_APP_RECIPE_BITMAPS_H
#define SLEEVE_APP_RECIPE_BITMAPS_H

#include "app/recipe_index.h"

/* The bitmaps of a recipe's constraints over the rows of the index: which tracks pass, and of which the value is
 * unknown. They are computed in recipe_bitmaps.c and counted in recipe_scan.c. */

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

static inline void recipe_set_bit(uint64_t *bits, int64_t row)
{
    bits[row / 64] |= UINT64_C(1) << row % 64;
}

static inline bool recipe_has_bit(const uint64_t *bits, int64_t row)
{
    return bits[row / 64] >> row % 64 & 1;
}

/* Computes the bitmaps of a constraint, unless they were computed for the same values. */
void recipe_bitmap_compute(struct recipe_scan *scan, const struct recipe *recipe, int constraint);

#endif
