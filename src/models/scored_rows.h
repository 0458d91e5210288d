#ifndef SLEEVE_MODELS_SCORED_ROWS_H
#define SLEEVE_MODELS_SCORED_ROWS_H

#include "models/kind.h"

/* The scores of the rows that one list of recommendations meets, and the choice of the best: for models whose scores
 * are sums over few rows. The memory of one thread, used for one list after the other. */
struct scored_rows {
    int64_t n_tracks;
    double *score; /* [n_tracks] 0 for all rows that were not met */
    bool *met;     /* [n_tracks] the row is one of `rows` */
    bool *is_seed; /* [n_tracks] */
    int32_t *rows; /* [n_tracks] the first `count` were met, in the order in which that happened */
    int64_t count;
    struct ranked_row {
        float key, popularity;
        int32_t row;
    } * heap; /* [n_tracks] memory of the choice */
};

/* False if memory ran out; there is something to close even then. */
bool scored_rows_open(struct scored_rows *scored, int64_t n_tracks);
void scored_rows_close(struct scored_rows *scored);

static inline void scored_rows_add(struct scored_rows *scored, int32_t row, double gain)
{
    scored->score[row] += gain;
    if (!scored->met[row]) {
        scored->met[row] = true;
        scored->rows[scored->count++] = row;
    }
}

/* Forgets all rows that were met. */
void scored_rows_clear(struct scored_rows *scored);

/* Marks rows as seeds, which are never chosen, or takes the marks away. */
void scored_rows_mark(struct scored_rows *scored, const int32_t *seeds, int64_t n_seeds, bool is_seed);
/* The k rows of largest magnitude among those that were met, without seeds and rows of score 0: ids, in ascending
 * order. Returns their number. Equal magnitudes are ordered by popularity, then by row. */
size_t scored_rows_largest(struct scored_rows *scored, const float *popularity, size_t k, int32_t *ids);

/* The seeds of one list. */
struct scored_seeds {
    const int32_t *rows; /* [count] distinct, in the playlist's order */
    int64_t count;
    const char *title; /* NULL: none */
};

/* A model whose score of a track is a sum over few rows. */
struct scored_rows_model {
    /* The memory of a thread, in the model's state. */
    struct scored_rows *(*memory)(const struct recommender *recommender, int worker);
    /* Adds the scores of one list to that memory (scored_rows_add), in which its seeds are marked. */
    void (*add)(const struct recommender *recommender, const struct scored_seeds *seeds, int worker);
};
/* Recommends as recommender_ops.recommend does: the k best of all tracks, without the seeds. Tracks of score 0, such as
 * those that were not met, are ordered by popularity, then by row. The result for a list depends only on the model and
 * the list, not on threads or other lists. */
void scored_rows_run(struct recommender *recommender, const struct scored_rows_model *model,
                     const struct seed_lists *lists, size_t k, int32_t *ids, float *scores);
/* The scores of the rows [n] for each list, whether or not they are recommended: scores [lists x n]. */
void scored_rows_score(struct recommender *recommender, const struct scored_rows_model *model,
                       const struct seed_lists *lists, size_t n, const int32_t *rows, float *scores);

/* recommender_ops.ranks. */
void scored_rows_ranks(struct recommender *recommender, const struct scored_rows_model *model,
                       const struct seed_lists *lists, int32_t row, size_t depth, size_t *ranks);

#endif
