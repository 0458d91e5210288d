#ifndef SLEEVE_DB_REGISTRY_H
#define SLEEVE_DB_REGISTRY_H

#include "core/arena.h"
#include "db/connection.h"

/* The records of trained models. */

struct model_record {
    const char *name;
    const char *kind;
    const char *file; /* relative to the sidecar folder */
    const char *fingerprint;
    int64_t n_tracks;
    const char *settings; /* JSON */
    const char *results;  /* JSON; "" when it was not evaluated */
    const char *created;  /* ISO 8601, UTC */
};

struct model_list {
    struct model_record *items;
    size_t count;
    struct arena memory;
};
void model_list_free(struct model_list *list);
enum status catalogue_models_read(struct catalogue *catalogue, struct model_list *list, struct error *error);
/* The record of one model, as a list of one; an empty list when there is none. */
enum status catalogue_model_find(struct catalogue *catalogue, const char *name, struct model_list *list,
                                 struct error *error);
/* Whether two records are of the same training; results are not compared. */
bool model_record_same(const struct model_record *a, const struct model_record *b);
enum status catalogue_model_write(struct catalogue *catalogue, const struct model_record *record, struct error *error);
enum status catalogue_model_delete(struct catalogue *catalogue, const char *name, struct error *error);

#endif
