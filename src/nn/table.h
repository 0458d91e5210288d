#ifndef SLEEVE_NN_TABLE_H
#define SLEEVE_NN_TABLE_H

#include <assert.h>

#include "nn/shards.h"
#include "nn/tape.h"

/* An embedding table on the device with its velocity. A step updates only the rows that it uses; the others are brought
 * up to date when they are next read (gpu/compute_network.h).
 *
 * A table can be sharded: each of several ranks then has some of its rows. A step fetches the rows that it reads from
 * the ranks that have them (table_fetch), and reads them from a small table of its own (table_view). Their gradients go
 * back to those ranks, which update their rows as those of any table (`on_device`). */
struct table {
    struct compute *compute;
    struct compute_table on_device; /* values, velocity and last, owned; of a sharded table this rank's rows */
    struct shards *shards;          /* owned; NULL: this rank has all rows */
    struct table_fetched {          /* of a sharded table */
        struct compute_table on_device;
        int64_t n;
        int32_t *rows;  /* [n], distinct */
        int32_t *index; /* [rows of the whole table] index in `rows`; -1: not fetched */
        size_t capacity;
    } fetched;
};

/* Takes ownership of `values` [n_rows x d] (NULL: zeros), also on failure; velocity and last are 0. With `ranks`, the
 * table is sharded: of the values only this rank's rows are kept. */
enum status table_create(struct table *table, struct compute *compute, struct ranks *ranks, int64_t n_rows, int64_t d,
                         struct compute_buffer *values, struct error *error);
void table_destroy(struct table *table);
/* Rows of the whole table. */
int64_t table_rows(const struct table *table);

/* Of a sharded table, a collective: fetches the rows [n], as they are before `step`, for table_view until the tape is
 * reset. Rows may repeat; -1: none. Of other tables nothing is done. The device receives 4 d bytes for each distinct
 * row of another rank. */
void table_fetch(struct table *table, struct tape *tape, const struct compute_schedule *schedule, int64_t step,
                 int64_t n, const int32_t *rows);

/* Where the operation table_read finds rows. */
struct table_view {
    const struct compute_table *table;
    int64_t step;         /* as which it reads them */
    const int32_t *index; /* of each row in `table`; NULL: the row itself */
};
struct table_view table_view(const struct table *table, int64_t step);
/* The index of a row, which was fetched; -1 for -1. */
static inline int32_t table_index(const struct table_view *view, int32_t row)
{
    assert(row < 0 || !view->index || view->index[row] >= 0);
    return row < 0 || !view->index ? row : view->index[row];
}

#endif
