#include <math.h>

#include "models/kind.h"

/* Recommends the tracks that most training playlists contain. Every model stores these counts (recommender.c adds and
 * reads them) to answer a list without known seeds, so nothing else needs training. */

static enum status train(struct model_task *task, struct model_weights *weights, struct error *error)
{
    (void)task;
    (void)weights;
    (void)error;
    return STATUS_OK;
}

static enum status open_model(struct recommender *recommender, struct error *error)
{
    (void)recommender;
    (void)error;
    return STATUS_OK;
}

static void close_model(struct recommender *recommender)
{
    (void)recommender;
}

static enum status recommend(struct recommender *recommender, const struct seed_lists *lists, size_t k, int32_t *ids,
                             float *scores, struct error *error)
{
    (void)error;
    for (size_t list = 0; list < lists->count; list++) {
        size_t found = 0;
        for (int64_t i = 0; i < recommender->n_tracks && found < k; i++) {
            int32_t row = recommender->popular[i];
            int64_t low = lists->starts[list], high = lists->starts[list + 1];
            while (low < high) {
                int64_t middle = low + (high - low) / 2;
                if (lists->sorted[middle] < row)
                    low = middle + 1;
                else
                    high = middle;
            }
            if (low < lists->starts[list + 1] && lists->sorted[low] == row)
                continue;
            ids[list * k + found] = row;
            scores[list * k + found++] = recommender->popularity[row];
        }
        for (; found < k; found++) {
            ids[list * k + found] = -1;
            scores[list * k + found] = -INFINITY;
        }
    }
    return STATUS_OK;
}

static enum status score(struct recommender *recommender, const struct seed_lists *lists, size_t n, const int32_t *rows,
                         float *scores, struct error *error)
{
    (void)error;
    for (size_t list = 0; list < lists->count; list++)
        for (size_t i = 0; i < n; i++)
            scores[list * n + i] = recommender->popularity[rows[i]];
    return STATUS_OK;
}

static const struct recommender_ops kinds[] = {
    {.kind = "popularity",
     .train = train,
     .open = open_model,
     .close = close_model,
     .titles = TITLES_IGNORED,
     .recommend = recommend,
     .score = score,
     .any_seeds = true},
};

const struct model_family popularity_family = {
    .help = "popularity: the tracks that most training playlists contain.\n",
    .kinds = kinds,
    .count = sizeof kinds / sizeof *kinds,
};
