#ifndef SLEEVE_NN_TABLE_H
#define SLEEVE_NN_TABLE_H

#include "gpu/compute.h"

/* An embedding table on the device with its velocity. A step updates only the rows that it uses; the others are brought
 * up to date when they are next read (gpu/compute_network.h). */
struct table {
    struct compute *compute;
    struct compute_table on_device; /* values, velocity and last, owned */
};

/* Takes ownership of `values` [n_rows x d] (NULL: zeros), also on failure; velocity and last are 0. */
enum status table_create(struct table *table, struct compute *compute, int64_t n_rows, int64_t d,
                         struct compute_buffer *values, struct error *error);
void table_destroy(struct table *table);

#endif
