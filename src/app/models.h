#ifndef SLEEVE_APP_MODELS_H
#define SLEEVE_APP_MODELS_H

#include "core/json_reader.h"
#include "models/recommender.h"

/* What is trained, and whether it can still be used. */

struct model_info {
    const struct model_record *record;
    const char *state;                           /* of its file: "ok", "missing" or "unusable" */
    char fault[sizeof((struct error *)0)->text]; /* a sentence where it is not "ok"; else "" */
};

struct model_infos {
    struct model_info *items;
    size_t count;
    struct model_list records;
};
void model_infos_free(struct model_infos *infos);

/* All models, or with `name` that one: STATUS_FAILED where there is none of this name. Reads the headers of files. */
enum status app_model_infos(struct catalogue *catalogue, const char *name, struct model_infos *infos,
                            struct error *error);
/* What a model's record says of its training and of its evaluation: its JSON texts, read. */

struct model_metric {
    const char *name;  /* as in the record; also what is no metric of the list (coverage) */
    double mean, ci95; /* times the metric's scale, as `evaluate` prints them; ci95 NAN: it has none */
    const char *unit;  /* "%", or "" */
};

struct model_setting {
    const char *name, *value;
};

/* Texts are NULL where the record does not have them. */
struct model_details {
    const char *features;     /* names of the feature sets, with commas between */
    const char *n_playlists;  /* that it was trained on */
    const char *report;       /* of the training, for people */
    const char *evaluated_on; /* "test" */
    const char *n_evaluated;  /* playlists */
    struct model_metric ndcg; /* name NULL: the record has none */
    struct model_metric *metrics;
    size_t n_metrics;
    struct model_setting *settings; /* all but the report */
    size_t n_settings;
    bool results_known, settings_known; /* the text is a JSON object */
    struct json_document results_text, settings_text;
    struct arena memory;
};
/* A text that is not JSON counts as nothing. The details refer to the record. */
enum status model_details_read(const struct model_record *record, struct model_details *details, struct error *error);
void model_details_free(struct model_details *details);

/* Removes the record and the file of a model. STATUS_FAILED where there is none of this name. */
enum status app_model_remove(struct catalogue *catalogue, const char *name, struct error *error);

#endif
