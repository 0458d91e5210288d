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

/* The same for lists that are numbers and scores, and for the tracks that would be right. */
struct trec_writer {
    FILE *stream;
    struct catalogue *catalogue;
};
struct trec_list {
    const char *query;     /* the playlist's key */
    const int32_t *tracks; /* [count] track numbers, best first */
    const float *scores;   /* [count] */
    size_t count;
};
enum status trec_list_write(const struct trec_writer *writer, const struct trec_list *list, const char *model,
                            struct error *error);
/* Relevance judgements: "playlist 0 track 1". */
enum status trec_judgements_write(const struct trec_writer *writer, const char *query, const int64_t *tracks,
                                  size_t count, struct error *error);

#endif
