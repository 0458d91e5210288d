#ifndef SLEEVE_EVAL_PAIRS_H
#define SLEEVE_EVAL_PAIRS_H

#include "eval/results.h"

/* Results of two sides, paired by playlist. All lists are ordered by playlist number. A metric that one side lacks is
 * NAN, and so are its mean and difference. */

/* The mean over several models, such as runs of one model with different random seeds, on the playlists that all of
 * them were evaluated on with equal numbers of seeds. */
enum status result_mean(const struct result_list *lists, size_t n_lists, struct result_list *mean, struct error *error);

/* a, b and a - b on the playlists that both were evaluated on with equal numbers of seeds; differences below 1e-6
 * are 0. */
struct result_pairs {
    struct result_list a, b, difference;
};
enum status result_pairs_make(const struct result_list *a, const struct result_list *b, struct result_pairs *pairs,
                              struct error *error);
void result_pairs_free(struct result_pairs *pairs);

/* Results that another program wrote: a table (eval/rows.h) whose header names the columns model, playlist, seeds and
 * some of the metrics, in any order; other columns are ignored. Reads the rows of `model` and counts those whose
 * playlist the catalogue does not have in *n_unknown. STATUS_BAD_DATA for a row of any model with an empty name or a
 * value that is not a number (the message has its line), and for a file without that model (it lists those there are).
 */
enum status result_reference_read(struct catalogue *catalogue, const char *path, const char *model,
                                  struct result_list *list, size_t *n_unknown, struct error *error);

#endif
