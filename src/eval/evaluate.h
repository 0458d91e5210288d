#ifndef SLEEVE_EVAL_EVALUATE_H
#define SLEEVE_EVAL_EVALUATE_H

#include "core/progress.h"
#include "eval/results.h"
#include "models/recommender.h"

/* The result of evaluating a model on playlists whose later tracks are hidden from it. */
struct evaluation {
    struct result_list results;
    size_t n_left_out;        /* playlists without held-out tracks */
    size_t n_seeded;          /* playlists with seeds */
    size_t n_unknown;         /* those of which the model knows no seed (recommender_count_seeds) */
    size_t answered[ANSWERS]; /* playlists by what made their list */
    double known_seeds;       /* mean over the playlists with seeds: share of the seeds that the model knows */
    double coverage;          /* distinct recommended tracks / tracks of the catalogue */
    size_t n_timed;
    double *milliseconds; /* [n_timed] time of a single playlist, ascending */
};

/* Called with every list, in the order of the playlists; an error ends the evaluation. */
struct evaluation_observer {
    enum status (*list)(void *context, int64_t playlist_id, const struct recommendation *list, size_t count,
                        struct error *error);
    void *context;
};

/* Evaluates on the playlists of `evaluated` (from catalogue_interactions_load) that have a held-out track, with
 * 500 recommendations each. `titles` [playlists of `evaluated`] are given to the model with the seeds; NULL: none are.
 * `observer` and `progress` may be NULL. */
enum status evaluate_recommender(struct recommender *recommender, const struct interactions *evaluated,
                                 const char *const *titles, const struct track_stats *stats,
                                 const struct evaluation_observer *observer, struct progress *progress,
                                 struct evaluation *evaluation, struct error *error);
/* The same by several ranks that have opened the same model: each makes a part of the lists. Only rank 0 receives the
 * evaluation and calls the observer; it is exactly that of one process. */
enum status evaluate_shared(struct ranks *ranks, struct recommender *recommender, const struct interactions *evaluated,
                            const char *const *titles, const struct track_stats *stats,
                            const struct evaluation_observer *observer, struct progress *progress,
                            struct evaluation *evaluation, struct error *error);
void evaluation_free(struct evaluation *evaluation);
/* The mean over the playlists with this number of seeds; -1: over all. */
enum status evaluation_summarise(const struct evaluation *evaluation, int seeds, struct result_summary *summary,
                                 struct error *error);
/* The p-th percentile (nearest rank) of ascending values; 0 when there are none. */
double evaluation_percentile(const double *ascending, size_t count, double p);

/* The artists of all tracks, and their popularity in the playlists of `split_sets`. */
enum status track_stats_load(struct catalogue *catalogue, int split_sets, struct track_stats *stats,
                             struct error *error);
void track_stats_free(struct track_stats *stats);

#endif
