#ifndef SLEEVE_EVAL_VARIETY_H
#define SLEEVE_EVAL_VARIETY_H

#include "eval/metrics.h"

/* What a person sees of a list: its first page of ten, and its first 100 tracks. Row = track number - 1. */

enum { VARIETY_PAGE = 10, VARIETY_DEPTH = 100 };

/* The held-out tracks among the first `depth` / all held-out tracks. `held_out`: at least one row, distinct. */
double variety_recall(const int32_t *list, size_t n_list, size_t depth, const int32_t *held_out, size_t n_held_out);
/* Distinct artists on the first page. */
double variety_artists(const struct track_stats *stats, const int32_t *list, size_t n_list);
/* The mean popularity (struct track_stats) of the first page; NAN for an empty list. */
double variety_popularity(const struct track_stats *stats, const int32_t *list, size_t n_list);
/* Intra-list distance of the first page (Smyth and McClave 2001; Ziegler et al. 2005): the mean of 1 - cosine over all
 * pairs. directions [n_list x width]: unit vectors in the order of the list, or zeros for a track without one, which is
 * left out. NAN for fewer than two tracks. */
double variety_distance(const float *directions, size_t n_list, size_t width);

/* How many different tracks are in lists that are cut to the same depth. */
struct variety_coverage {
    size_t n_lists, depth;
    const int32_t *lists; /* [n_lists x depth], -1 where a list is shorter */
    int64_t n_tracks;     /* of the catalogue */
};
/* The coverage of both, as shares of the catalogue; the difference b - a, and half of its 95 % interval by the
 * jackknife over lists (Efron and Stein 1981): without list i, coverage loses the tracks that only this list contains.
 * Both have the same lists, tracks and depth. */
enum status variety_compare_coverage(const struct variety_coverage *a, const struct variety_coverage *b,
                                     double coverage[2], double *difference, double *ci95, struct error *error);

#endif
