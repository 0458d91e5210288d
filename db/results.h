#ifndef SLEEVE_DB_RESULTS_H
#define SLEEVE_DB_RESULTS_H

#include "db/catalogue.h"

/* Metrics of a model, playlist by playlist, as an evaluation stored them. Training a model anew drops them. */

enum result_metric {
    RESULT_PRECISION,
    RESULT_RECALL,
    RESULT_R_PRECISION,
    RESULT_R_PRECISION_RTA,
    RESULT_NDCG,
    RESULT_CLICKS,
    RESULT_POPULARITY,
    RESULT_METRICS
};
/* "precision", "recall", ... */
extern const char *const result_metric_names[RESULT_METRICS];

struct result_row {
    int64_t playlist_id;
    int32_t seeds;
    double values[RESULT_METRICS];
};

struct result_list {
    struct result_row *items; /* by playlist number */
    size_t count;
};
void result_list_free(struct result_list *list);

/* Replaces the results of the training that `evaluated` is the record of, and its record's summary (JSON), in one
 * transaction. When the model was trained again or removed since, nothing is stored: STATUS_FAILED with a sentence. */
enum status catalogue_results_write(struct catalogue *catalogue, const struct model_record *evaluated,
                                    const struct result_row *rows, size_t count, const char *summary,
                                    struct error *error);
/* An empty list when the model was not evaluated. */
enum status catalogue_results_read(struct catalogue *catalogue, const char *model, struct result_list *list,
                                   struct error *error);
/* The result on one playlist; *found is false when the model was not evaluated on it. */
enum status catalogue_result_read(struct catalogue *catalogue, const char *model, int64_t playlist_id,
                                  struct result_row *row, bool *found, struct error *error);

#endif
