#ifndef SLEEVE_EVAL_SLICES_H
#define SLEEVE_EVAL_SLICES_H

#include "db/catalogue.h"
#include "eval/metrics.h"

/* On which kinds of playlists a model does well or badly. A slice gives every evaluated playlist a number, which
 * depends on the playlist and on the training playlists but not on a model, so that all models share its bins. */

/* One row a slice: its name, and what its number is. Hidden tracks are those that a model is not shown. */
/* clang-format off */
#define SLICE_TABLE(SLICE)                                                                                             \
    SLICE(UNPOPULAR, "unpopular", "share of the hidden tracks outside the most frequent that hold 80 % of training entries") \
    SLICE(UNCOVERED, "uncovered", "share of the tracks without a cover")                                               \
    SLICE(LENGTH, "length", "distinct tracks")                                                                         \
    SLICE(NEW_ARTISTS, "new-artists", "share of the hidden tracks whose artist is in no training playlist")            \
    SLICE(NEW_TRACKS, "new-tracks", "share of the hidden tracks that are in no training playlist")
/* clang-format on */

#define SLICE_ENUMERATOR(id, ...) SLICE_##id,
enum slice { SLICE_TABLE(SLICE_ENUMERATOR) N_SLICES };
#undef SLICE_ENUMERATOR
extern const char *const slice_names[N_SLICES];

/* For help texts: "  name: what it is\n" of every slice. */
#define SLICE_HELP_LINE(id, name, help) "  " name ": " help "\n"
#define SLICE_HELP SLICE_TABLE(SLICE_HELP_LINE)

/* Thirds of the evaluated playlists by their value. Equal values stay in one bin: low holds at least the first
 * third, low and middle together at least two thirds, so a slice that is 0 for most playlists has no middle, and one
 * that is the same for all has only low. */
enum slice_bin { SLICE_LOW, SLICE_MIDDLE, SLICE_HIGH, N_SLICE_BINS };
extern const char *const slice_bin_names[N_SLICE_BINS]; /* "low", "middle", "high" */

/* For each track, bit 1 << slice: it counts for that slice. A track is unpopular when it is not among the most frequent
 * tracks that hold four fifths of the training entries (the long tail; tracks as frequent as the least of them are
 * popular, too). Where covers are generated (setting "covers.generated"), every track with an album has one. */
struct slice_inputs {
    int64_t n_tracks;
    uint8_t *flags; /* [n_tracks] */
};
enum status slice_inputs_load(struct catalogue *catalogue, const struct track_stats *training,
                              struct slice_inputs *stats, struct error *error);
void slice_inputs_free(struct slice_inputs *stats);

/* `tracks` [n_tracks] are a playlist's distinct track numbers less one, its n_seeds seeds first; n_seeds < n_tracks. A
 * share is from 0 to 1. */
double slice_value(const struct slice_inputs *stats, enum slice slice, const int32_t *tracks, size_t n_seeds,
                   size_t n_tracks);

struct slice_cuts {
    double low, middle; /* the largest values of these bins */
};
/* `values` need not be sorted; count 0 gives zeros. */
enum status slice_cuts_make(const double *values, size_t count, struct slice_cuts *cuts, struct error *error);
enum slice_bin slice_bin_of(const struct slice_cuts *cuts, double value);

/* All evaluated playlists with their values and bins. */
struct slice_table {
    size_t count;
    int64_t *playlist_ids; /* [count] ascending */
    double (*values)[N_SLICES];
    uint8_t (*bins)[N_SLICES];
    struct {
        size_t count;
        double from, to; /* least and largest value; 0 in an empty bin */
    } ranges[N_SLICES][N_SLICE_BINS];
};
/* `evaluated` as evaluate_recommender gets it. */
enum status slice_table_make(const struct slice_inputs *stats, const struct interactions *evaluated,
                             struct slice_table *table, struct error *error);
/* From the catalogue: for the playlists of `set` (validation or test) and the training playlists that go with it. */
enum status slice_table_load(struct catalogue *catalogue, enum split_set set, struct slice_table *table,
                             struct error *error);
void slice_table_free(struct slice_table *table);
/* The playlist's row; table->count when it is not there. */
size_t slice_table_find(const struct slice_table *table, int64_t playlist_id);

/* The sets that a model evaluated on `set` may be trained on. */
int slice_training_sets(enum split_set set);

#endif
