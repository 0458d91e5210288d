#ifndef SLEEVE_APP_FEATURE_FIT_ITEMS_H
#define SLEEVE_APP_FEATURE_FIT_ITEMS_H

#include "features/feature_set.h"
#include "models/recommender.h"

/* The items of a feature set as a projection is fitted to them. */

enum fit_part { PART_NONE, PART_TRAINING, PART_VALIDATION, PART_HELD_OUT };

struct fit_items {
    int64_t n, out;   /* items of the set; width of a vector */
    float *vectors;   /* [n x out] the model's; zeros where there is none */
    int64_t *entries; /* [n] playlist entries of the item's tracks */
    int32_t *groups;  /* [n] the item's artist, -1: none; NULL: items are drawn one by one */
    uint8_t *parts;   /* [n] enum fit_part */
    int64_t counts[PART_HELD_OUT + 1];
};

/* The vectors of the items of a set, and how many entries they have. With `by_artist` the groups, too. */
enum status fit_items_load(struct catalogue *catalogue, const struct feature_set *set,
                           const struct track_vectors *tracks, bool by_artist, struct fit_items *items,
                           struct error *error);
void fit_items_free(struct fit_items *items);

/* Draws the parts among the known items: those with a row in the set, at least `min_entries` entries and a vector that
 * is not zero. Items of a group are in the same part. An item's part is a function of seed and item (or group), so that
 * it does not depend on which others there are. */
void fit_items_draw(struct fit_items *items, const struct feature_set *set, int64_t min_entries, double held_out,
                    double validation, uint64_t seed);
/* Standardises the vectors of the items that have a part: mean and deviation [out] are those of the training items
 * [counts[PART_TRAINING]]; y [n x out], zeroed. Columns that are constant stay 0. */
void fit_items_targets(const struct fit_items *items, const int32_t *training, double *mean, double *deviation,
                       float *y);
/* The items of a part, ascending: list [counts[part]]. */
void fit_items_list(const struct fit_items *items, enum fit_part part, int32_t *list);

#endif
