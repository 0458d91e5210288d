#ifndef SLEEVE_FEATURES_PERMUTED_H
#define SLEEVE_FEATURES_PERMUTED_H

#include "features/feature_set.h"

/* A control for what a feature set contributes: a set `to` with the rows of `name` exchanged at random among the items
 * that have one (a cyclic permutation by Sattolo's algorithm, so that no item keeps its own). A model has the same
 * inputs and parameters with either set, but the rows of `to` say nothing about their items. The set's extractor is
 * "permuted", and its metadata are "permuted.of" and "permuted.seed". A set named `to` that was made otherwise is not
 * replaced: STATUS_USAGE. */
enum status feature_set_permute(struct catalogue *catalogue, const char *name, const char *to, uint64_t seed,
                                struct error *error);

/* A cyclic permutation of 0..n-1: item i gets the row from[i]. */
void permutation_draw(int32_t *from, size_t n, uint64_t seed);

#endif
