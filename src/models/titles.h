#ifndef SLEEVE_MODELS_TITLES_H
#define SLEEVE_MODELS_TITLES_H

#include "models/title_index.h"

/* How any model uses a playlist's title. */

/* The index of a model's file, opened at the first call. *index is NULL for a model that was trained without titles, by
 * an earlier version or because no playlist had one. */
enum status recommender_title_index(struct recommender *recommender, struct title_index **index, struct error *error);

/* The list of a title is joined with the model's by their ranks:
 *     score = log(2k / rank of the model) + weight · log(2k / rank of the title),
 * where a track that is missing from one of the lists of k has the rank 2k there. The weight is 0.75 /
 * seeds that the model knows (docs/results/titles.md). */
double title_join_weight(size_t seeds);
/* ids and scores [k] are replaced by the k best of both lists; titled [k] is the title's list; -1 ends a list early.
 * Equal scores are in the model's order. */
enum status title_join(size_t k, double weight, const int32_t *titled, int32_t *ids, float *scores,
                       struct error *error);

#endif
