#ifndef SLEEVE_APP_TWINS_H
#define SLEEVE_APP_TWINS_H

#include "app/app.h"
#include "core/progress.h"

/* Twin covers: the nearest pairs of albums by different artists in an embedding set (features/twins.h). */

struct app_twins {
    struct album_list albums; /* [2 x count] the pairs, nearest first */
    float *distances;         /* [count] */
    size_t count;
    bool random_weights;
    /* Albums whose rows are equal bit by bit, group by group. */
    struct album_list identical;
    int64_t *identical_groups; /* [identical.count] from 0 */
    size_t n_groups;
};

/* Computes on the chosen device. STATUS_INTERRUPTED when `progress` (NULL: none) stops it. */
enum status app_twins(struct app *app, const char *set, size_t k, struct progress *progress, struct app_twins *twins,
                      struct error *error);
void app_twins_free(struct app_twins *twins);

#endif
