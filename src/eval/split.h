#ifndef SLEEVE_EVAL_SPLIT_H
#define SLEEVE_EVAL_SPLIT_H

#include <stdint.h>

#include "core/buffer.h"
#include "db/catalogue.h"

/* Which playlists a model may learn from and on which it is judged: from those with more than 20 distinct tracks a
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

/* A TSV file (or .gz) of playlist key, set (train, val, test), seeds with a header; playlists that it does not name
 * train. Nothing is stored when a line is wrong. */
enum status split_import(struct catalogue *catalogue, const char *path, struct split_counts *counts,
                         struct error *error);
/* The stored split as such a file. */
enum status split_export(struct catalogue *catalogue, const char *path, struct error *error);

/* One line of such a file, "key\tset\tseeds"; *key_size is the length of the key at its start. */
enum status split_parse_line(const char *line, size_t size, size_t *key_size, enum split_set *set, int *seeds,
                             struct error *error);
/* "train", "val" or "test". */
const char *split_set_name(enum split_set set);

#endif
