#ifndef SLEEVE_MODELS_CONTENT_SET_H
#define SLEEVE_MODELS_CONTENT_SET_H

#include "core/pool.h"
#include "models/kind.h"

/* One feature set in a model of kind content-blend: its rows whitened within the training playlists
 * (features/whitening.h), and how near each of them is to given rows.
 *
 * The nearness of a row y to the rows s_1 .. s_n of the seeds is the mean of
 *     1 / (1 + |y - s_i|² / (bandwidth · columns)),
 * a Cauchy kernel: in whitened columns, rows of one playlist are at a squared distance of about 2 per column. */
struct content_set {
    int64_t n_rows, stride;
    int width;           /* of a whitened row */
    const int32_t *rows; /* [n_tracks] the row of each track, in the file; -1: none */
    float *columns;      /* [width x stride] transposed, so that rows are computed together */
    float *n_tracks;     /* [stride] of each row */
    int64_t n_described; /* tracks with a row */
    float reach;         /* 1 / (bandwidth · columns) */
    /* Nearness that is kept for the next call, for as many rows of seeds as fit into CONTENT_KEPT_BYTES: */
    float **kept;          /* [n_rows] nearness of all rows to this one; NULL: not kept */
    int32_t *kept_rows;    /* [n_kept] */
    int64_t n_kept, n_max; /* at most n_max, from 1 */
};
enum { CONTENT_BLOCK = 512, CONTENT_KEPT_BYTES = 64 << 20 }; /* rows computed together; stride is a multiple */

/* Adds matrices "features.I" [n_rows x width] and "rows.I" [n_tracks] of set I to a model. A set without any usable
 * column is STATUS_BAD_DATA. */
enum status content_set_save(const struct model_task *task, size_t index, double ridge, struct model_weights *weights,
                             struct error *error);
/* Reads and checks them. There is something to close after a failure, too; a struct of zeros can be closed. */
enum status content_set_open(const struct recommender *recommender, size_t index, double bandwidth,
                             struct content_set *set, struct error *error);
void content_set_close(struct content_set *set);

/* The nearness of all rows to the seeds that have a row in the set, in nearness [stride]. Returns the number of these
 * seeds; if it is 0, nothing is written. `given` [n_seeds x width] is scratch memory. */
int64_t content_set_nearness(const struct content_set *set, const int32_t *seeds, int64_t n_seeds, float *given,
                             float *nearness);

/* Computes and keeps the nearness of all rows to each of the seeds, or drops what was kept for others. False, and
 * nothing is kept, where they are too many or memory ran out. */
bool content_set_keep(struct content_set *set, struct pool *pool, const int32_t *seeds, int64_t n_seeds);
/* The sum of what is kept for these seeds. Sums are in float64, so that it less one of them is the sum of the others.
 */
struct nearness_total {
    double *sums; /* [stride] */
    int64_t n_given;
};
enum status content_set_total(const struct content_set *set, struct pool *pool, const int32_t *seeds, int64_t n_seeds,
                              struct nearness_total *total, struct error *error);
/* The same as content_set_nearness, of the CONTENT_BLOCK rows from `first` on: of these seeds, or (`total` is not NULL)
 * of those of the total but these. Returns the number of seeds with a row. */
int64_t content_set_kept_nearness(const struct content_set *set, const struct nearness_total *total,
                                  const int32_t *seeds, int64_t n_seeds, int64_t first, float *nearness);

/* Sum over the tracks with a row, and largest value, of the nearness of CONTENT_BLOCK rows from `first` on. Sums of
 * more rows are those of their blocks, from the first. */
struct nearness_range {
    double sum;
    float highest;
};
struct nearness_range content_set_range(const struct content_set *set, int64_t first, const float *nearness);

#endif
