#ifndef SLEEVE_APP_EVALUATE_H
#define SLEEVE_APP_EVALUATE_H

#include "app/device.h"
#include "app/seen_answers.h"
#include "core/progress.h"
#include "eval/evaluate.h"
#include "eval/groups.h"
#include "eval/held_out.h"

/* How well trained models continue the playlists that the split holds out. */

enum { EVALUATE_MODELS_MAX = 32 };

struct evaluate_settings {
    const char *const *models; /* [n_models] distinct names, 1..EVALUATE_MODELS_MAX */
    int n_models;
    enum split_set set;   /* validation or test */
    bool titles;          /* the models are given the titles of the playlists */
    bool groups;          /* also by number of seeds and by slice */
    const char *run_file; /* writes the lists of the only model as a TREC run; NULL: none */
    struct ranks *ranks;  /* that make the lists together; only rank 0 has a result. NULL: one process */
    const char *plot;     /* a PNG or SVG file of the metrics by number of seeds (app/results_plot.h); NULL: none */
};

struct evaluated_model {
    const char *name;       /* that of the settings */
    enum seen_answers seen; /* whether it was trained on what it is evaluated on */
    struct evaluation evaluation;
    struct result_summary summary;
    struct held_out_results held_out_results;
    struct result_summary held_out[HELD_OUT_GROUPS]; /* of them */
    struct group_summaries groups;                   /* if the settings ask for them */
};

struct evaluate_result {
    struct held_out_totals held_out;
    struct evaluated_model *models; /* [n_models], in the order of the settings */
    int n_models;
    size_t n_playlists;
};
void evaluate_result_free(struct evaluate_result *result);

/* Evaluates one model after the other on the same playlists. The results of each are stored in the catalogue before the
 * next one starts, so they stay when a later model fails. log_message reports what makes a result doubtful (the model
 * was trained on other playlists, or knows none of the seeds). Can be interrupted through `progress`:
 * STATUS_INTERRUPTED. On any error `result` is empty. */
enum status app_evaluate(struct catalogue *catalogue, struct device_use *device,
                         const struct evaluate_settings *settings, struct progress *progress,
                         struct evaluate_result *result, struct error *error);

#endif
