#ifndef SLEEVE_EVAL_SPLIT_H
#define SLEEVE_EVAL_SPLIT_H

#include <stdint.h>

#include "core/buffer.h"
#include "db/catalogue.h"

/* The split decides which playlists models are trained on and which they are evaluated on. Validation and test
 * playlists are drawn with a seed, without replacement, from the playlists with more than 20 distinct tracks; all
 * others are training playlists. The test playlists are divided into ten equal groups, and so are the validation
 * playlists; in group s the first s tracks are the seeds. */

enum { SPLIT_MORE_THAN = 20, SPLIT_GROUPS = 10 };

struct split_counts {
    int64_t candidates, test, validation, train;
};

/* Only draws: `lengths` are the numbers of distinct tracks. `test` and `validation` are lowered in proportion if there
 * are fewer candidates, and so that at least half of the playlists remain for training. */
enum status split_draw(const int64_t *lengths, int64_t n_playlists, int64_t test, int64_t validation, uint64_t seed,
                       uint8_t *sets, int32_t *seeds, struct split_counts *counts, struct error *error);

/* Draws and stores. A warning reports lowered numbers. */
enum status split_make(struct catalogue *catalogue, int64_t test, int64_t validation, uint64_t seed,
                       struct split_counts *counts, struct error *error);

/* Reads a table (core/table_reader.h) with the columns "playlist" (its key), "set" (train, val, test) and "seeds";
 * without a header they are the first three. Playlists that are not in the table are training playlists. It is an
 * error, reported with its line, if a row is invalid, has an unknown or repeated playlist, or has so many seeds that no
 * held-out track is left; nothing is stored then. */
enum status split_import(struct catalogue *catalogue, const char *path, struct split_counts *counts,
                         struct error *error);
/* Writes the stored split to such a file, separated by tabs. split_import reads it back, whatever bytes the keys
 * contain. */
enum status split_export(struct catalogue *catalogue, const char *path, struct error *error);

/* Parses the set and the seeds of one row. */
enum status split_parse(const char *set_name, const char *seeds_text, enum split_set *set, int *seeds,
                        struct error *error);
/* 0 if no set has this name. */
enum split_set split_set_named(const char *name);
/* "train", "val" or "test". */
const char *split_set_name(enum split_set set);

#endif
