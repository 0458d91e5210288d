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

/* The draw alone: `lengths` are distinct tracks. Wanted numbers are lowered, in proportion, to what there is and so far
 * that training keeps at least half of the playlists. */
enum status split_draw(const int64_t *lengths, int64_t n_playlists, int64_t test, int64_t validation, uint64_t seed,
                       uint8_t *sets, int32_t *seeds, struct split_counts *counts, struct error *error);

/* Draws and stores; a lowered number is told through log_message. */
enum status split_make(struct catalogue *catalogue, int64_t test, int64_t validation, uint64_t seed,
                       struct split_counts *counts, struct error *error);

/* A table (core/table_reader.h) of playlist key, set (train, val, test) and seeds: columns "playlist", "set" and
 * "seeds", or the first three of a file without a header; playlists that it does not name train. A row that is wrong,
 * names a playlist that the catalogue does not have or one twice, or more seeds than leave a track to find, is refused
 * with its line and nothing is stored. */
enum status split_import(struct catalogue *catalogue, const char *path, struct split_counts *counts,
                         struct error *error);
/* The stored split as such a file with tabs, which split_import reads again whatever the keys hold. */
enum status split_export(struct catalogue *catalogue, const char *path, struct error *error);

/* The set and the seeds of one row. */
enum status split_parse(const char *set_name, const char *seeds_text, enum split_set *set, int *seeds,
                        struct error *error);
/* 0: there is no set of this name. */
enum split_set split_set_named(const char *name);
/* "train", "val" or "test". */
const char *split_set_name(enum split_set set);

#endif
