#ifndef SLEEVE_EVAL_RESULTS_H
#define SLEEVE_EVAL_RESULTS_H

#include "core/json.h"
#include "db/catalogue.h"
#include "eval/held_out_group.h"
#include "eval/metrics.h"

/* The metrics of a model for each playlist: the output of an evaluation, which the catalogue stores. */

struct result_row {
    int64_t playlist_id;
    int32_t seeds;          /* number of seeds */
    double values[METRICS]; /* NAN: not known */
};

struct result_list {
    struct result_row *items; /* ordered by playlist number */
    size_t count;
};
void result_list_free(struct result_list *list);

/* Like catalogue_results_write and catalogue_results_read (db/results.h). Metrics of groups of held-out tracks are
 * stored under names like "known.recall": `held_out` [HELD_OUT_GROUPS] holds them for the playlists that have such
 * tracks, or is NULL. */
enum status results_write(struct catalogue *catalogue, const struct model_record *evaluated,
                          const struct result_list *list, const struct result_list *held_out, const char *summary,
                          struct error *error);
/* An empty list if the model was not evaluated. */
enum status results_read(struct catalogue *catalogue, const char *model, struct result_list *list, struct error *error);
/* The same with one metric only; the others are NAN. */
enum status results_read_metric(struct catalogue *catalogue, const char *model, enum metric metric,
                                struct result_list *list, struct error *error);
/* The metrics for a group of held-out tracks, on the playlists that have such tracks. */
enum status results_read_held_out(struct catalogue *catalogue, const char *model, enum held_out_group group,
                                  struct result_list *list, struct error *error);
/* The result for one playlist; *found is false if the model was not evaluated on it. */
enum status results_read_one(struct catalogue *catalogue, const char *model, int64_t playlist_id,
                             struct result_row *row, bool *found, struct error *error);

struct result_summary {
    size_t count;
    struct interval metrics[METRICS];
};
void result_summarise(const struct result_row *rows, size_t count, struct result_summary *summary);
/* One member for each known metric: {"mean", "ci95"}. */
void result_summary_json(const struct result_summary *summary, struct json_writer *json);

#endif
