#ifndef SLEEVE_MODELS_CONTENT_SET_H
#define SLEEVE_MODELS_CONTENT_SET_H

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
    float reach;         /* 1 / (bandwidth · columns) */
};

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

#endif
