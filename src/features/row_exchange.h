#ifndef SLEEVE_FEATURES_ROW_EXCHANGE_H
#define SLEEVE_FEATURES_ROW_EXCHANGE_H

#include "features/kept_rows.h"
#include "ranks/ranks.h"

/* Internal to features: rows that several ranks have computed, a few each at a time. Afterwards every rank has them. */

/* The arrays that rows are in, for items 0.. */
struct row_arrays {
    int width;
    float *values; /* [items x width] */
    bool *present;
    struct row_source *sources; /* NULL: there are none */
};

/* The items of all ranks, in the order of the ranks. */
struct row_items {
    size_t *items; /* malloc'ed */
    size_t count;
};

void row_items_free(struct row_items *items);

/* Gathers the rows of this rank's items [n]. With one rank these are all. Free `all`, after an error, too. */
enum status rows_exchange(struct ranks *ranks, const struct row_arrays *rows, const size_t *items, size_t n,
                          struct row_items *all, struct error *error);

#endif
