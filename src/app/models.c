#include "app/models.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eval/metrics.h"

void model_infos_free(struct model_infos *infos)
{
    free(infos->items);
    model_list_free(&infos->records);
    *infos = (struct model_infos){0};
}

static enum status read_records(struct catalogue *catalogue, const char *name, struct model_list *records,
                                struct error *error)
{
    if (!name)
        return catalogue_models_read(catalogue, records, error);
    enum status status = catalogue_model_find(catalogue, name, records, error);
    if (status == STATUS_OK && records->count == 0)
        status = error_set(error, STATUS_FAILED, "there is no model \"%s\"; see: sleeve models", name);
    return status;
}

static void fill_info(struct catalogue *catalogue, const struct model_record *record, struct model_info *info)
{
    struct error why;
    bool missing;
    *info = (struct model_info){.record = record, .state = "ok"};
    if (model_check(catalogue, record, &missing, &why) == STATUS_OK)
        return;
    info->state = missing ? "missing" : "unusable";
    snprintf(info->fault, sizeof info->fault, "%s", why.text);
}

enum status app_model_infos(struct catalogue *catalogue, const char *name, struct model_infos *infos,
                            struct error *error)
{
    *infos = (struct model_infos){0};
    enum status status = read_records(catalogue, name, &infos->records, error);
    if (status == STATUS_OK) {
        infos->items = calloc(infos->records.count + 1, sizeof *infos->items);
        status = infos->items ? STATUS_OK : error_no_memory(error);
    }
    if (status == STATUS_OK)
        status = seen_answers_complete(catalogue, &infos->records, error);
    if (status == STATUS_OK)
        status = seen_answers_last(&infos->records, error);
    for (size_t i = 0; status == STATUS_OK && i < infos->records.count; i++)
        fill_info(catalogue, &infos->records.items[i], &infos->items[infos->count++]);
    if (status != STATUS_OK)
        model_infos_free(infos);
    return status;
}

enum status app_model_remove(struct catalogue *catalogue, const char *name, struct error *error)
{
    struct model_list records = {0};
    enum status status = read_records(catalogue, name, &records, error);
    model_list_free(&records);
    return status == STATUS_OK ? model_remove(catalogue, name, error) : status;
}

/* ---- details ---- */

/* A text or number as it is written in the JSON. */
static const char *text_of(const struct json_value *value)
{
    return value && (value->type == JSON_TEXT || value->type == JSON_NUMBER) ? value->text : NULL;
}

static bool is_number(const struct json_value *value)
{
    return value && value->type == JSON_NUMBER;
}

/* A mean with its interval, or a plain number; false where it is neither. A value that is not a metric of the list is a
 * share. */
static bool read_metric(const struct json_value *value, struct model_metric *metric)
{
    const struct json_value *mean = value && value->type == JSON_OBJECT ? json_member(value, "mean") : value;
    if (!is_number(mean))
        return false;
    enum metric listed = metric_named(value->key);
    double scale = listed < METRICS ? metric_infos[listed].scale : 100;
    *metric = (struct model_metric){.name = value->key,
                                    .mean = scale * mean->number,
                                    .ci95 = scale * json_get_number(json_member(value, "ci95"), NAN),
                                    .unit = listed < METRICS ? metric_infos[listed].unit : "%"};
    return true;
}

static enum status read_results(const struct json_value *results, struct model_details *details, struct error *error)
{
    const struct json_value *n = json_member(results, "n_playlists");
    details->results_known = results->type == JSON_OBJECT;
    details->evaluated_on = json_get_text(json_member(results, "on"), NULL);
    details->n_evaluated = is_number(n) ? n->text : NULL;
    if (json_member(json_member(results, "ndcg"), "mean"))
        read_metric(json_member(results, "ndcg"), &details->ndcg);
    details->metrics = arena_alloc(&details->memory, (results->count + 1) * sizeof *details->metrics);
    if (!details->metrics)
        return error_no_memory(error);
    for (size_t i = 0; details->results_known && i < results->count; i++)
        if (&results->items[i] != n && read_metric(&results->items[i], &details->metrics[details->n_metrics]))
            details->n_metrics++;
    return STATUS_OK;
}

static enum status read_settings(const struct json_value *settings, struct model_details *details, struct error *error)
{
    const struct json_value *report = json_member(settings, "report");
    const char *covers = text_of(json_member(settings, "covers"));
    details->settings_known = settings->type == JSON_OBJECT;
    details->features = covers ? covers : text_of(json_member(settings, "features"));
    details->n_playlists = text_of(json_member(settings, "playlists"));
    details->report = json_get_text(report, NULL);
    details->settings = arena_alloc(&details->memory, (settings->count + 1) * sizeof *details->settings);
    if (!details->settings)
        return error_no_memory(error);
    for (size_t i = 0; details->settings_known && i < settings->count; i++) {
        const struct json_value *value = &settings->items[i];
        if (value != report && text_of(value))
            details->settings[details->n_settings++] = (struct model_setting){value->key, text_of(value)};
    }
    return STATUS_OK;
}

enum status model_details_read(const struct model_record *record, struct model_details *details, struct error *error)
{
    *details = (struct model_details){0};
    json_read(record->results, strlen(record->results), &details->results_text, NULL);
    json_read(record->settings, strlen(record->settings), &details->settings_text, NULL);
    details->seen = seen_answers_read(record);
    enum status status = read_results(&details->results_text.root, details, error);
    if (status == STATUS_OK)
        status = read_settings(&details->settings_text.root, details, error);
    if (status != STATUS_OK)
        model_details_free(details);
    return status;
}

void model_details_free(struct model_details *details)
{
    arena_free(&details->memory);
    json_document_free(&details->results_text);
    json_document_free(&details->settings_text);
    *details = (struct model_details){0};
}
