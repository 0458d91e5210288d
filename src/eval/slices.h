#ifndef SLEEVE_EVAL_SLICES_H
#define SLEEVE_EVAL_SLICES_H

#include "db/catalogue.h"
#include "eval/metrics.h"

/* Slices show for which kinds of playlists a model works well or badly. A slice assigns every evaluated playlist a
 * number, which depends on the playlist and the training playlists but not on a model, so that all models have the same
 * bins. */

/* One row per slice: its name, and the meaning of its number. Hidden tracks are the held-out ones. */
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

/* For help texts: "  name: meaning\n" of every slice. */
#define SLICE_HELP_LINE(id, name, help) "  " name ": " help "\n"
#define SLICE_HELP SLICE_TABLE(SLICE_HELP_LINE)

/* Terciles of the evaluated playlists by their value. Equal values are in the same bin: low has at least a third of the
 * playlists, low and middle together at least two thirds. So a slice that is 0 for most playlists has an empty middle,
 * and a constant one has only low. */
enum slice_bin { SLICE_LOW, SLICE_MIDDLE, SLICE_HIGH, N_SLICE_BINS };
extern const char *const slice_bin_names[N_SLICE_BINS]; /* "low", "middle", "high" */

/* For each track, bit 1 << slice is set if the track counts for that slice. The popular tracks are the most frequent
 * ones that make up four fifths of the training entries, including all tracks as frequent as the last of them; the
 * others are unpopular (the long tail). If covers are generated (setting "covers.generated"), every track with an album
 * has one. */
struct slice_inputs {
    int64_t n_tracks;
    uint8_t *flags; /* [n_tracks] */
};
enum status slice_inputs_load(struct catalogue *catalogue, const struct track_stats *training,
                              struct slice_inputs *stats, struct error *error);
void slice_inputs_free(struct slice_inputs *stats);

/* `tracks` [n_tracks] are a playlist's distinct rows (track number - 1), the n_seeds seeds first; n_seeds < n_tracks. A
 * share is from 0 to 1. */
double slice_value(const struct slice_inputs *stats, enum slice slice, const int32_t *tracks, size_t n_seeds,
                   size_t n_tracks);

struct slice_cuts {
    double low, middle; /* the largest values in the bins low and middle */
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
        double from, to; /* smallest and largest value; 0 for an empty bin */
    } ranges[N_SLICES][N_SLICE_BINS];
};
/* `evaluated` as for evaluate_recommender. */
enum status slice_table_make(const struct slice_inputs *stats, const struct interactions *evaluated,
                             struct slice_table *table, struct error *error);
/* Reads the playlists of `set` (validation or test) and the matching training playlists from the catalogue. */
enum status slice_table_load(struct catalogue *catalogue, enum split_set set, struct slice_table *table,
                             struct error *error);
void slice_table_free(struct slice_table *table);
/* The playlist's index; table->count if it is missing. */
size_t slice_table_find(const struct slice_table *table, int64_t playlist_id);

/* The sets that a model may be trained on if it is evaluated on `set`. */
int slice_training_sets(enum split_set set);

#endif
