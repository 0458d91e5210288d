#ifndef SLEEVE_EVAL_SPLIT_H
#define SLEEVE_EVAL_SPLIT_H

#include <stdint.h>

#include "core/buffer.h"
#include "db/catalogue.h"

/* Which playlists a model may learn from and on which it is evaluated: from those with more than 20 distinct tracks a
 * seeded draw without replacement gives validation and test; all others train. The test playlists fall into ten equal
 * groups (so do those for validation), group s shows a model its first s tracks. */

enum { SPLIT_MORE_THAN = 20, SPLIT_GROUPS = 10 };

struct split_counts {
    int64_t candidates, test, validation, train;
};

/* The draw alone: `lengths` are numbers of distinct tracks. `test` and `validation` are lowered in proportion where
 * there are fewer candidates, and so that training keeps at least half of the playlists. */
enum status split_draw(const int64_t *lengths, int64_t n_playlists, int64_t test, int64_t validation, uint64_t seed,
                       uint8_t *sets, int32_t *seeds, struct split_counts *counts, struct error *error);

/* Draws and stores. A warning says when a number was lowered. */
enum status split_make(struct catalogue *catalogue, int64_t test, int64_t validation, uint64_t seed,
                       struct split_counts *counts, struct error *error);

/* A table (core/table_reader.h) of playlist key, set (train, val, test) and seeds: columns "playlist", "set" and
 * "seeds", or the first three of a file without a header; playlists that are not in it train. A row that is wrong,
 * that has an unknown or repeated playlist, or so many seeds that no track is left to find is an error with its line,
 * and nothing is stored. */
enum status split_import(struct catalogue *catalogue, const char *path, struct split_counts *counts,
                         struct error *error);
/* Writes the stored split as such a file, separated by tabs. split_import reads it again whatever bytes the keys hold.
 */
enum status split_export(struct catalogue *catalogue, const char *path, struct error *error);

/* The set and the seeds of one row. */
enum status split_parse(const char *set_name, const char *seeds_text, enum split_set *set, int *seeds,
                        struct error *error);
/* 0: there is no set of this name. */
enum split_set split_set_named(const char *name);
/* "train", "val" or "test". */
const char *split_set_name(enum split_set set);

#endif
