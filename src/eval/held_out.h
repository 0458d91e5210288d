#ifndef SLEEVE_EVAL_HELD_OUT_H
#define SLEEVE_EVAL_HELD_OUT_H

#include "eval/held_out_group.h"
#include "eval/results.h"
#include "models/recommender.h"

/* Metrics for each group of held-out tracks apart. A group's metrics are those of the same 500
 * recommendations with only the group's tracks as held-out tracks, so other hits count as misses. Playlists that hold
 * out no such track are left out. */

/* What the playlists hold out, whatever the model. */
struct held_out_totals {
    size_t n_playlists;                /* that can be evaluated */
    int64_t n_held_out;                /* held-out tracks of all playlists together */
    int64_t tracks[HELD_OUT_GROUPS];   /* those of each group */
    size_t playlists[HELD_OUT_GROUPS]; /* that hold out a track of the group */
    struct interval ceiling;           /* the highest recall of lists of known tracks */
    double chance;                     /* the mean recall of 500 random tracks */
};

struct held_out_table {
    const struct interactions *evaluated; /* the caller's */
    const struct track_stats *stats;      /* the caller's */
    uint8_t *flags;                       /* [n_tracks] bit 1 << group */
    struct held_out_totals totals;
};
/* `evaluated` as for evaluate_recommender; `training` with counts. */
enum status held_out_table_make(const struct interactions *evaluated, const struct track_stats *training,
                                struct held_out_table *table, struct error *error);
void held_out_table_free(struct held_out_table *table);

/* The metrics of one model. Lists are added in the order of the playlists. */
struct held_out_results {
    struct result_list groups[HELD_OUT_GROUPS]; /* of the playlists with such tracks; metrics without a priority are
                                                 * NAN */
};
struct held_out_adder;
enum status held_out_adder_create(const struct held_out_table *table, struct held_out_results *results,
                                  struct held_out_adder **adder, struct error *error);
void held_out_adder_destroy(struct held_out_adder *adder);
void held_out_add(struct held_out_adder *adder, int64_t playlist_id, const struct recommendation *list, size_t count);
void held_out_results_free(struct held_out_results *results);

#endif
