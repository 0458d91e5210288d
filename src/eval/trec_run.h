#ifndef SLEEVE_EVAL_TREC_RUN_H
#define SLEEVE_EVAL_TREC_RUN_H

#include <stdio.h>

#include "models/recommender.h"

/* Lists of recommendations as a TREC run, one line a track: playlist Q0 track rank score model. */
struct trec_run {
    FILE *stream;
    struct catalogue *catalogue;
    const char *model;
};

/* Writes one list. Keys are written as in a URL where they hold white space, so that fields stay apart and no two keys
 * become one. */
enum status trec_run_write(const struct trec_run *run, int64_t playlist_id, const struct recommendation *list,
                           size_t count, struct error *error);

#endif
