#ifndef SLEEVE_APP_RECOMMEND_MANY_H
#define SLEEVE_APP_RECOMMEND_MANY_H

#include "app/device.h"
#include "core/progress.h"
#include "models/recommender.h"

/* A model's lists for all playlists of a split's sets, as files in a new folder: lists-00000.run, lists-00001.run, ...,
 * TREC runs (eval/trec_run.h) of 1,000 playlists each, and lists.json, which says what they are of. Validation and test
 * playlists are continued from the seeds that the split shows, training playlists from all their tracks. Several ranks
 * make a file each at a time; the files do not depend on how many there are.
 *
 * The files are made in "FOLDER.partial", which becomes FOLDER when all are there. If a run is stopped in any way, the
 * same command makes those that are missing. */

struct recommend_many_settings {
    const char *model;
    const char *on; /* "train", "val", "test" or "all" */
    size_t number;  /* tracks at most of a list, from 1 */
    const char *folder;
    struct ranks *ranks; /* that see the folder; NULL: one process */
};

struct recommend_many_result {
    int64_t playlists, files;
    int64_t kept;              /* files of an earlier run */
    int64_t answered[ANSWERS]; /* lists that this run made, by what made them */
};

/* Every rank has the same result. */
enum status app_recommend_many(struct catalogue *catalogue, struct device_use *device,
                               const struct recommend_many_settings *settings, struct progress *progress,
                               struct recommend_many_result *result, struct error *error);

#endif
