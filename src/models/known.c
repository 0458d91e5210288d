#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/new_tracks.h"

/* The tracks that a model knows anything about, and so can recommend. */

bool recommender_knows(const struct recommender *recommender, int32_t row)
{
    const struct recommender_ops *ops = recommender->ops;
    return ops->knows ? ops->knows(recommender, row) : recommender->popularity[row] > 0;
}

bool recommender_has(const struct recommender *recommender, int64_t row)
{
    return row >= 0 && row <= INT32_MAX && (row < recommender->n_tracks || new_tracks_has(recommender, (int32_t)row));
}

bool recommender_answers(const struct recommender *recommender, const int32_t *rows, int64_t n, const bool *left_out)
{
    const bool alone = new_tracks_seeds_of(recommender) == NEW_SEEDS_ALWAYS;
    for (int64_t i = 0; i < n; i++)
        if (!(left_out && left_out[i]) &&
            ((rows[i] < recommender->n_tracks && recommender_knows(recommender, rows[i])) ||
             (alone && new_tracks_has(recommender, rows[i]))))
            return true;
    return false;
}

int64_t recommender_row_end(const struct recommender *recommender)
{
    const struct new_tracks_rows rows = new_tracks_of(recommender);
    size_t count = 0;
    struct recommender *const *members =
        recommender->ops->members ? recommender->ops->members(recommender, &count) : NULL;
    int64_t end = recommender->n_tracks;
    if (rows.n > 0 && rows.rows[rows.n - 1] >= end)
        end = (int64_t)rows.rows[rows.n - 1] + 1;
    for (size_t i = 0; i < count; i++) {
        const int64_t own = recommender_row_end(members[i]);
        end = own > end ? own : end;
    }
    return end;
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
