#ifndef SLEEVE_EVAL_METRICS_H
#define SLEEVE_EVAL_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

/* How good a ranked list is for one playlist, given the tracks that really followed: the metrics of the RecSys
 * Challenge 2018 as the papers on playlist continuation compute them. Rows are track numbers less one. */

enum { METRICS_LENGTH = 500, METRICS_NO_HIT = 51 };

struct metrics {
    double precision;       /* hits / 500 */
    double recall;          /* hits / R, R the number of tracks that followed */
    double r_precision;     /* (hits in the first R + 0.25 artists in both the first R and the truth) / R */
    double r_precision_rta; /* the same with the artists of the whole list */
    double ndcg;            /* discounted hits over those of R hits at the top; the ideal is not cut at 500 */
    double clicks;          /* pages of ten turned until the first hit; METRICS_NO_HIT without one */
    double popularity;      /* mean of (count - least) / (most - least) over the list */
};

/* What the metrics must know of the tracks. */
struct track_stats {
    int64_t n_tracks;
    int32_t n_artists;
    int32_t *artists;  /* [n_tracks] 0..n_artists-1 */
    float *popularity; /* [n_tracks] (count - least) / (most - least) over all tracks, counts in training */
    int64_t *counts;   /* [n_tracks] training playlists that hold it; the metrics do without, slices need it */
};

/* Popularity from counts [n_tracks]; all equal gives 0. */
void metrics_popularity(const int64_t *counts, int64_t n_tracks, float *popularity);

/* Marks of what was met, for one thread. */
struct metrics_marks;
enum status metrics_marks_create(const struct track_stats *stats, struct metrics_marks **marks, struct error *error);
void metrics_marks_free(struct metrics_marks *marks);

/* `list`: up to 500 distinct rows, best first; `truth`: at least one row, distinct. */
void metrics_of_list(const struct track_stats *stats, struct metrics_marks *marks, const int32_t *list, size_t n_list,
                     const int32_t *truth, size_t n_truth, struct metrics *metrics);

/* Mean, and half of the 95 % interval: 1.96 σ / sqrt(n), σ over n - 1; 0 for fewer than two. */
struct interval {
    double mean, ci95;
};
struct interval metrics_interval(const double *values, size_t count, size_t stride);

struct metrics_summary {
    size_t count;
    struct interval precision, recall, r_precision, r_precision_rta, ndcg, clicks, popularity;
};
void metrics_summarise(const struct metrics *each, size_t count, struct metrics_summary *summary);

#endif
