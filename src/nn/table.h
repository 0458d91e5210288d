#ifndef SLEEVE_NN_TABLE_H
#define SLEEVE_NN_TABLE_H

#include "core/safetensors.h"
#include "gpu/compute.h"

/* An embedding table on the device with its velocity, updated lazily (gpu/compute_network.h). */
struct table {
    struct compute *compute;
    struct compute_table on_device; /* values, velocity and last, owned */
};

/* Values [n_rows x d] are taken over, also when it fails (NULL: zeros); velocity and last 0. */
enum status table_create(struct table *table, struct compute *compute, int64_t n_rows, int64_t d,
                         struct compute_buffer *values, struct error *error);
void table_destroy(struct table *table);

#endif
