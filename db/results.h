#ifndef SLEEVE_DB_RESULTS_H
#define SLEEVE_DB_RESULTS_H

#include "db/catalogue.h"

/* Metrics of a model, playlist by playlist, as an evaluation stored them. Each value is stored under the metric's name,
 * so that the catalogue does not depend on which metrics there are. Training a model again removes them. */

struct result_table {
    const char *const *metrics; /* [n_metrics] names: those to store, or those to read; the caller's */
    size_t n_metrics;
    size_t count;          /* playlists, in the order of their numbers when read */
    int64_t *playlist_ids; /* [count] */
    int32_t *seeds;        /* [count] tracks that the model was shown */
    double *values;        /* [count x n_metrics]; NAN: not stored for this playlist */
};
/* Arrays for this many playlists; `metrics` stays the caller's. Frees nothing that was there. */
enum status result_table_create(const char *const *metrics, size_t n_metrics, size_t count, struct result_table *table,
                                struct error *error);
void result_table_free(struct result_table *table);

/* Replaces the results of the training that `evaluated` is the record of, and its record's summary (JSON), in one
 * transaction. When the model was trained again or removed since, nothing is stored: STATUS_FAILED with a sentence. */
enum status catalogue_results_write(struct catalogue *catalogue, const struct model_record *evaluated,
                                    const struct result_table *table, const char *summary, struct error *error);
/* The results of a model on one playlist, or on all of them (playlist_id 0); count 0 when it was not evaluated. Values
 * that are not finite are read as 0, and metrics of other names are ignored. */
enum status catalogue_results_read(struct catalogue *catalogue, const char *model, int64_t playlist_id,
                                   const char *const *metrics, size_t n_metrics, struct result_table *table,
                                   struct error *error);

#endif
