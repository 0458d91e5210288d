#ifndef SLEEVE_EVAL_TREC_RUN_H
#define SLEEVE_EVAL_TREC_RUN_H

#include <stdio.h>

#include "models/recommender.h"

/* Lists of recommendations as a TREC run, with one line per track: playlist Q0 track rank score model. */
struct trec_run {
    FILE *stream;
    struct catalogue *catalogue;
    const char *model;
};

/* Writes one list. White space in keys is percent-encoded as in a URL, so that fields stay separate and keys stay
 * distinct. */
enum status trec_run_write(const struct trec_run *run, int64_t playlist_id, const struct recommendation *list,
                           size_t count, struct error *error);

#endif
