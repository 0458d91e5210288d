#ifndef SLEEVE_EVAL_SPLIT_H
#define SLEEVE_EVAL_SPLIT_H

#include <stdint.h>

#include "core/json.h"
#include "db/catalogue.h"

/* The split decides which playlists models are trained on and which they are evaluated on. Validation and test
 * playlists are drawn with a seed, without replacement, from the playlists with more than 20 distinct tracks; all
 * others are training playlists. The test playlists are divided into equal groups, and so are the validation playlists;
 * each group shows its first s tracks as seeds.
 *
 * Some tracks may be made cold, to evaluate models on tracks that training never saw (Schein et al. 2002, Methods and
 * Metrics for Cold-Start Recommendations). They are in no training or validation playlist (db/interactions.h). Test
 * playlists are the same with and without cold tracks: those before the held-out tracks are seeds like any other, so a
 * model may be shown seeds that it does not know. */

enum { SPLIT_MORE_THAN = 20, SPLIT_SEEDS_MAX = 64 };

/* Which tracks are cold: a share of all, drawn, or those released after a date. */
struct split_cold {
    double share;      /* between 0 and 1; 0: none */
    const char *after; /* YYYY, YYYY-MM or YYYY-MM-DD; NULL: none */
};

struct split_options {
    int64_t test, validation;       /* playlists to draw */
    uint64_t seed;                  /* of all draws; that of the playlists does not depend on the cold tracks */
    int32_t seeds[SPLIT_SEEDS_MAX]; /* [n_seeds] seeds shown, a group for each */
    int n_seeds;                    /* 0: groups of 1 to 10 seeds */
    struct split_cold cold;
};

struct split_counts {
    int64_t candidates, test, validation, train;
    int64_t cold; /* tracks */
};

/* Only draws: `lengths` are the numbers of distinct tracks. The numbers of playlists are lowered in proportion if there
 * are fewer candidates, and so that at least half of the playlists remain for training. Candidates have more than 20
 * tracks, and more than the most seeds. */
enum status split_draw(const int64_t *lengths, int64_t n_playlists, const struct split_options *options, uint8_t *sets,
                       int32_t *seeds, struct split_counts *counts, struct error *error);

/* Candidates have more distinct tracks than this. */
int split_more_than(const struct split_options *options);

/* Draws and stores. A warning reports lowered numbers, and training playlists that only cold tracks filled. When no
 * playlist would be left to train on or, where validation playlists were drawn, to validate on, the earlier split
 * stays. */
enum status split_make(struct catalogue *catalogue, const struct split_options *options, struct split_counts *counts,
                       struct error *error);

/* Reads a table (core/table_reader.h) with the columns "playlist" (its key), "set" (train, val, test) and "seeds";
 * without a header they are the first three. Playlists that are not in the table are training playlists. In a row of
 * the set "cold" the first column is the key of a track, and the seeds are 0. Where the table has no such rows, the
 * cold tracks can be chosen by options->cold and options->seed; the other options are not used, and `options` may be
 * NULL. It is an error, reported with its line, if a row is invalid, has an unknown or repeated playlist or track, or
 * has so many seeds that no held-out track is left; nothing is stored then. */
enum status split_import(struct catalogue *catalogue, const char *path, const struct split_options *options,
                         struct split_counts *counts, struct error *error);
/* Writes the stored split to such a file, separated by tabs. split_import reads it back, whatever bytes the keys
 * contain. */
enum status split_export(struct catalogue *catalogue, const char *path, struct error *error);

/* Parses the set and the seeds of one row. */
enum status split_parse(const char *set_name, const char *seeds_text, enum split_set *set, int *seeds,
                        struct error *error);
/* Parses numbers of seeds, as "0,1,5" or "0-5,10"; each only once. */
enum status split_seeds_parse(const char *text, int32_t seeds[SPLIT_SEEDS_MAX], int *n_seeds, struct error *error);
/* 0 if no set has this name. */
enum split_set split_set_named(const char *name);
/* "train", "val" or "test". */
const char *split_set_name(enum split_set set);

/* ---- for split.c and split_file.c ---- */

/* Marks [playlists->n_tracks] the tracks that are cold. */
enum status split_cold_choose(struct catalogue *catalogue, const struct split_cold *cold, uint64_t seed,
                              int64_t n_tracks, bool *marks, struct error *error);
/* Appends the members "cold" or "cold_after" to the description of a split. */
void split_cold_describe(const struct split_cold *cold, struct json_writer *json);
/* Checks that the cold tracks leave playlists to train on and to validate on, and stores the split. `playlists` are all
 * of the catalogue, with cold tracks; sets, seeds and cold [n_tracks] are those of the split. */
enum status split_store(struct catalogue *catalogue, const struct interactions *playlists, const uint8_t *sets,
                        const int32_t *seeds, const bool *cold, const char *description, struct split_counts *counts,
                        struct error *error);

#endif
