#include <stdlib.h>

#include "features/whitening.h"
#include "models/rta/rta.h"

/* Fusion "whiten": feature sets whitened within the training playlists. Directions in which the tracks of a playlist
 * differ little count more, and correlated columns count once. */

/* Of a column's variance. */
static const double ridge = 0.1;

/* Vectors have no list of missing rows: a row of zeros is missing, and stays zero. */
static enum status whiten(const struct model_task *task, const struct side_features *features, float **whitened,
                          int64_t *width, struct error *error)
{
    const struct interactions *playlists = task->interactions;
    const struct whitening_groups groups = {playlists->n_playlists, playlists->starts, playlists->tracks,
                                            features->rows};
    const struct feature_set set = {.item = features->item,
                                    .n_rows = features->n_rows,
                                    .width = features->width,
                                    .values = features->values,
                                    .present = features->set.present};
    struct whitening whitening;
    enum status status = whitening_fit(&whitening, &set, &groups, ridge, error);
    if (status != STATUS_OK)
        return status;
    *width = whitening.n_used;
    *whitened = malloc((size_t)set.n_rows * (size_t)whitening.n_used * sizeof **whitened + 1);
    if (!*whitened)
        status = error_no_memory(error);
    else
        status = whitening_apply(&whitening, task->compute->pool, &set, *whitened, error);
    whitening_free(&whitening);
    return status;
}

enum status rta_whiten_sets(const struct model_task *task, struct rta_shape *shape, struct rta_start *start,
                            struct error *error)
{
    enum status status = STATUS_OK;
    for (int64_t i = 0; i < shape->n_sets && status == STATUS_OK; i++) {
        const struct side_features *features = &task->spec->side->features[i];
        status = whiten(task, features, &start->whitened[i], &shape->sets[i].dim, error);
        if (status == STATUS_OK && shape->sets[i].dim == 0)
            status = error_set(error, STATUS_BAD_DATA,
                               "all columns of the feature set %.80s are constant, so it cannot be whitened",
                               task->spec->features[i]);
        start->inputs.sets[i].values = start->whitened[i];
    }
    return status;
}
