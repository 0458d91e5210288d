#ifndef SLEEVE_MODELS_SCORE_LISTS_H
#define SLEEVE_MODELS_SCORE_LISTS_H

#include "models/kind.h"

/* Lists of seeds that are scored together: those that a model has an answer to. */
struct score_lists {
    size_t count, capacity;
    int64_t *starts;
    int32_t *rows, *sorted;
    const char **titles;
    bool titled;
    int64_t entries_max;
};

/* For at most `lists` lists of `entries` rows in total. False if memory ran out; there is something to free even then.
 */
bool score_lists_open(struct score_lists *lists, size_t n_lists, size_t n_entries);
void score_lists_free(struct score_lists *lists);
/* Adds the rows for which `left_out` (NULL: none are) is false. Returns the list's index; -1, and nothing is added, if
 * the model has no answer to it. */
int64_t score_lists_add(struct score_lists *lists, const struct recommender *recommender, const int32_t *rows,
                        int64_t n_rows, const bool *left_out, const char *title);
/* scores [lists x n] of these rows. */
enum status score_lists_run(const struct score_lists *lists, struct recommender *recommender, size_t n,
                            const int32_t *rows, float *scores, struct error *error);

#endif
