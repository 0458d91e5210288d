#ifndef SLEEVE_APP_EXPORT_LISTS_H
#define SLEEVE_APP_EXPORT_LISTS_H

#include "app/export.h"
#include "core/arena.h"

/* The lists of a model for many playlists, as they are exported. */

enum { LIST_LENGTH = 500 };

struct list_query {
    const char *key;   /* of the playlist */
    const char *title; /* NULL: not given to the model */
    int64_t *seeds;    /* [n_seeds] that the catalogue has */
    size_t n_seeds;
    const char *const *seed_keys; /* [n_keys] all of them, as the file has them; NULL: those of `seeds` */
    size_t n_keys;
    int64_t *held_out; /* [n_held_out] */
    size_t n_held_out;
};

struct export_lists {
    struct list_query *queries; /* [n] */
    size_t n, capacity;
    struct arena memory;
    int32_t *tracks; /* [n x LIST_LENGTH] track numbers; NULL before export_lists_compute */
    float *scores;
    uint16_t *counts; /* [n] */
};
void export_lists_free(struct export_lists *lists);

/* Adds a query that keeps the memory given. */
enum status export_lists_add(struct export_lists *lists, const struct list_query *query, struct error *error);
/* The playlists of the split with their seeds and held-out tracks, or the whole of the input's playlist as seeds. */
enum status export_lists_from_input(const struct export_work *work, struct export_lists *lists, struct error *error);
/* Asks the input's model for all of them; when the device fails, again on the CPU. */
enum status export_lists_compute(const struct export_work *work, struct export_lists *lists, struct error *error);

#endif
