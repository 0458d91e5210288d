#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/kind.h"

/* The tracks that a model knows anything about, and so can recommend. */

bool recommender_knows(const struct recommender *recommender, int32_t row)
{
    const struct recommender_ops *ops = recommender->ops;
    return ops->knows ? ops->knows(recommender, row) : recommender->popularity[row] > 0;
}

static int64_t count_in_playlists(const struct interactions *interactions, bool *seen)
{
    int64_t known = 0;
    for (int64_t e = 0; e < interactions->starts[interactions->n_playlists]; e++) {
        known += !seen[interactions->tracks[e]];
        seen[interactions->tracks[e]] = true;
    }
    return known;
}

/* The model's file is only opened if its kind can know tracks of no playlist. */
static enum status count_known(const struct model_task *task, int64_t *known, struct error *error)
{
    int64_t n_tracks = task->interactions->n_tracks;
    if (!task->ops->knows) {
        bool *seen = calloc((size_t)n_tracks, sizeof *seen);
        if (!seen)
            return error_no_memory(error);
        *known = count_in_playlists(task->interactions, seen);
        free(seen);
        return STATUS_OK;
    }
    struct recommender *recommender;
    enum status status = recommender_open_file(task->compute, task->path, &recommender, error);
    if (status != STATUS_OK)
        return status;
    *known = 0;
    for (int64_t i = 0; i < n_tracks; i++)
        *known += recommender_knows(recommender, (int32_t)i);
    recommender_close(recommender);
    return STATUS_OK;
}

enum status model_report_known(struct model_task *task, struct error *error)
{
    int64_t known = 0, n_tracks = task->interactions->n_tracks;
    enum status status = count_known(task, &known, error);
    size_t used = strlen(task->report);
    if (status == STATUS_OK)
        snprintf(task->report + used, sizeof task->report - used,
                 "%scan recommend %lld of the %lld tracks (%.1f %%), those that it knows anything about",
                 used > 0 ? "; " : "", (long long)known, (long long)n_tracks, 100 * (double)known / (double)n_tracks);
    return status;
}
