#include "eval/results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "db/results.h"

#define METRIC_NAME(id, name, ...) #name,
static const char *const names[METRICS] = {METRIC_TABLE(METRIC_NAME)};

void result_list_free(struct result_list *list)
{
    free(list->items);
    *list = (struct result_list){0};
}

enum status results_write(struct catalogue *catalogue, const struct model_record *evaluated,
                          const struct result_list *list, const char *summary, struct error *error)
{
    struct result_table table;
    enum status status = result_table_create(names, METRICS, list->count, &table, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < list->count; i++) {
        table.playlist_ids[i] = list->items[i].playlist_id;
        table.seeds[i] = list->items[i].seeds;
        memcpy(table.values + i * METRICS, list->items[i].values, sizeof list->items[i].values);
    }
    status = catalogue_results_write(catalogue, evaluated, &table, summary, error);
    result_table_free(&table);
    return status;
}

static void fill_row(const struct result_table *table, size_t i, struct result_row *row)
{
    row->playlist_id = table->playlist_ids[i];
    row->seeds = table->seeds[i];
    memcpy(row->values, table->values + i * METRICS, sizeof row->values);
}

enum status results_read(struct catalogue *catalogue, const char *model, struct result_list *list, struct error *error)
{
    *list = (struct result_list){0};
    struct result_table table;
    enum status status = catalogue_results_read(catalogue, model, 0, names, METRICS, &table, error);
    if (status != STATUS_OK)
        return status;
    list->items = malloc((table.count + 1) * sizeof *list->items);
    if (list->items)
        list->count = table.count;
    else
        status = error_no_memory(error);
    for (size_t i = 0; i < list->count; i++)
        fill_row(&table, i, &list->items[i]);
    result_table_free(&table);
    return status;
}

enum status results_read_one(struct catalogue *catalogue, const char *model, int64_t playlist_id,
                             struct result_row *row, bool *found, struct error *error)
{
    struct result_table table;
    *found = false;
    enum status status = catalogue_results_read(catalogue, model, playlist_id, names, METRICS, &table, error);
    if (status != STATUS_OK)
        return status;
    *found = table.count > 0;
    if (*found)
        fill_row(&table, 0, row);
    result_table_free(&table);
    return STATUS_OK;
}

void result_summarise(const struct result_row *rows, size_t count, struct result_summary *summary)
{
    enum { STRIDE = sizeof(struct result_row) / sizeof(double) };
    _Static_assert(sizeof(struct result_row) % sizeof(double) == 0, "rows have a stride of whole doubles");
    *summary = (struct result_summary){.count = count};
    for (int metric = 0; metric < METRICS; metric++)
        summary->metrics[metric] = metrics_interval(&rows->values[metric], count, STRIDE);
}

void result_summary_json(const struct result_summary *summary, struct json_writer *json)
{
    for (int metric = 0; metric < METRICS; metric++) {
        struct interval interval = summary->metrics[metric];
        if (isnan(interval.mean))
            continue;
        json_key(json, metric_infos[metric].name);
        json_object_begin(json);
        json_pair_number(json, "mean", interval.mean);
        json_pair_number(json, "ci95", interval.ci95);
        json_object_end(json);
    }
}
