#ifndef SLEEVE_APP_EVALUATE_RERANK_INTERNAL_H
#define SLEEVE_APP_EVALUATE_RERANK_INTERNAL_H

#include "app/evaluate_rerank.h"
#include "app/spaces.h"
#include "db/titles.h"
#include "eval/evaluate.h"
#include "eval/variety.h"

enum { SPACES_MAX = 32, LISTS_MAX = EVALUATE_RERANKS_MAX + 1 /* the first is the model's own */ };

/* Everything of an evaluation, from its playlists to the measures of each. */
struct reranking {
    struct catalogue *catalogue;
    const struct evaluate_rerank_settings *settings;
    struct progress *progress;
    struct evaluate_rerank_result *result;
    struct interactions evaluated;
    struct playlist_titles titles;
    struct track_stats stats;
    int64_t n_tracks, *artists, *albums; /* [n_tracks] of all tracks, as numbers from 1 */
    struct spaces *spaces;
    struct space_source sources[SPACES_MAX];
    char names[SPACES_MAX][FEATURE_NAME_MAX + 1];
    size_t n_spaces;
    size_t distance; /* the space of distances; n_spaces: none */
    struct track_vectors vectors;
    struct metrics_marks *marks;

    int64_t at;                 /* the playlist of the next list is not before this one */
    size_t count;               /* lists so far */
    double *values[LISTS_MAX];  /* [RERANK_MEASURE_COUNT x playlists] */
    int32_t *firsts[LISTS_MAX]; /* [playlists x VARIETY_DEPTH] */
    double seconds[LISTS_MAX];
};

/* For struct evaluation_observer: measures a list, and its re-rankings. */
enum status evaluate_rerank_take(void *context, int64_t playlist_id, const struct recommendation *list, size_t count,
                                 struct error *error);
/* Fills the result from the measures of all lists. */
enum status evaluate_rerank_compare(const struct reranking *own, struct error *error);

#endif
