#ifndef SLEEVE_EVAL_RANK_MOVES_H
#define SLEEVE_EVAL_RANK_MOVES_H

#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

/* Two ranked lists for the same question, such as two models' suggestions for one playlist: where each track of one is
 * in the other, and how much the lists agree. */

enum { RANK_TOPS = 3 };
extern const size_t rank_tops[RANK_TOPS]; /* 10, 50, 500 */

struct rank_moves {
    int32_t *elsewhere[2]; /* [counts[i]] of list i: the track's rank in the other list from 1; 0: it is not there */
    size_t counts[2];
    size_t shared;          /* tracks that are in both */
    size_t tops[RANK_TOPS]; /* of them, those that are in the first rank_tops[i] of both */
    /* Kendall's tau of the ranks of the shared tracks: 1 where their order is the same, -1 where it is reversed; NAN
     * with fewer than two. */
    double tau;
    /* Rank-biased overlap (Webber, Moffat and Zobel 2010), extrapolated (their equation 32), with p = 0.9, so that the
     * first ten ranks have 86 % of the weight: from 0 to 1; NAN where a list is empty. */
    double overlap;
};

/* The lists hold distinct track numbers, best first. */
enum status rank_moves_make(const int64_t *a, size_t n_a, const int64_t *b, size_t n_b, struct rank_moves *moves,
                            struct error *error);
void rank_moves_free(struct rank_moves *moves);

#endif
