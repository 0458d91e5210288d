#ifndef SLEEVE_EVAL_RESULTS_H
#define SLEEVE_EVAL_RESULTS_H

#include "core/json.h"
#include "db/catalogue.h"
#include "eval/metrics.h"

/* The metrics of a model, playlist by playlist: what an evaluation finds and the catalogue keeps. */

struct result_row {
    int64_t playlist_id;
    int32_t seeds;          /* tracks that the model was shown */
    double values[METRICS]; /* NAN: not known */
};

struct result_list {
    struct result_row *items; /* by playlist number */
    size_t count;
};
void result_list_free(struct result_list *list);

/* As catalogue_results_write and catalogue_results_read (db/results.h) do. */
enum status results_write(struct catalogue *catalogue, const struct model_record *evaluated,
                          const struct result_list *list, const char *summary, struct error *error);
/* An empty list when the model was not evaluated. */
enum status results_read(struct catalogue *catalogue, const char *model, struct result_list *list, struct error *error);
/* The result on one playlist; *found is false when the model was not evaluated on it. */
enum status results_read_one(struct catalogue *catalogue, const char *model, int64_t playlist_id,
                             struct result_row *row, bool *found, struct error *error);

struct result_summary {
    size_t count;
    struct interval metrics[METRICS];
};
void result_summarise(const struct result_row *rows, size_t count, struct result_summary *summary);
/* A member for each metric that is known: {"mean", "ci95"}. */
void result_summary_json(const struct result_summary *summary, struct json_writer *json);

#endif
