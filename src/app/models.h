#ifndef SLEEVE_APP_MODELS_H
#define SLEEVE_APP_MODELS_H

#include "app/seen_answers.h"
#include "core/json_reader.h"

/* Which models are trained, and whether they can still be used. */

struct model_info {
    const struct model_record *record;
    const char *state;                           /* the state of its file: "ok", "missing" or "unusable" */
    char fault[sizeof((struct error *)0)->text]; /* why, as a sentence, where it is not "ok"; else "" */
};

struct model_infos {
    struct model_info *items;
    size_t count;
    struct model_list records;
};
void model_infos_free(struct model_infos *infos);

/* All models, those that have seen the answers last, or with `name` that one: STATUS_FAILED where there is none of this
 * name. Reads the headers of files. */
enum status app_model_infos(struct catalogue *catalogue, const char *name, struct model_infos *infos,
                            struct error *error);

/* What a model's record says about its training and its evaluation, parsed from its JSON texts. */

struct model_metric {
    const char *name;  /* as in the record; may be a name that is not in the list of metrics (coverage) */
    double mean, ci95; /* in the metric's unit, as `evaluate` prints them; ci95 is NAN where there is none */
    const char *unit;  /* "%", or "" */
};

struct model_setting {
    const char *name, *value;
};

/* A text is NULL where the record does not have it. */
struct model_details {
    const char *features;     /* names of the feature sets, with commas between */
    const char *n_playlists;  /* the number of playlists that it was trained on */
    const char *report;       /* the report of the training, as text */
    const char *evaluated_on; /* "test" */
    enum seen_answers seen;   /* whether its metrics are of playlists that it was trained on */
    const char *n_evaluated;  /* the number of playlists that it was evaluated on */
    struct model_metric ndcg; /* name NULL: there is no value */
    struct model_metric *metrics;
    size_t n_metrics;
    struct model_setting *settings; /* all but the report */
    size_t n_settings;
    bool results_known, settings_known; /* the text is a JSON object */
    struct json_document results_text, settings_text;
    struct arena memory;
};
/* A text that is not JSON is treated as empty. The details point into the record. */
enum status model_details_read(const struct model_record *record, struct model_details *details, struct error *error);
void model_details_free(struct model_details *details);

/* Removes the record and the file of a model. STATUS_FAILED where there is none of this name. */
enum status app_model_remove(struct catalogue *catalogue, const char *name, struct error *error);

#endif
