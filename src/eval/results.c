#include "eval/results.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/results.h"

/* Names of the stored values: those of the metrics, then for each group of held-out tracks those of its metrics. */
enum { LISTS = 1 + HELD_OUT_GROUPS, VALUES = LISTS * METRICS };

struct names {
    char texts[VALUES][40];
    const char *pointers[VALUES];
};

static void make_names(struct names *names)
{
    for (int list = 0; list < LISTS; list++)
        for (int metric = 0; metric < METRICS; metric++) {
            int at = list * METRICS + metric;
            snprintf(names->texts[at], sizeof names->texts[at], "%s%s%s", list > 0 ? held_out_names[list - 1] : "",
                     list > 0 ? "." : "", metric_infos[metric].name);
            names->pointers[at] = names->texts[at];
        }
}

void result_list_free(struct result_list *list)
{
    free(list->items);
    *list = (struct result_list){0};
}

/* Fills one of the lists of values; both are ordered by playlist number. Playlists without a value get NAN. */
static void fill_table(const struct result_list *list, int at, struct result_table *table)
{
    size_t next = 0;
    for (size_t i = 0; i < table->count; i++) {
        double *values = table->values + i * VALUES + (size_t)at * METRICS;
        bool found = list && next < list->count && list->items[next].playlist_id == table->playlist_ids[i];
        for (int metric = 0; metric < METRICS; metric++)
            values[metric] = found ? list->items[next].values[metric] : NAN;
        next += found;
    }
}

enum status results_write(struct catalogue *catalogue, const struct model_record *evaluated,
                          const struct result_list *list, const struct result_list *held_out, const char *summary,
                          struct error *error)
{
    struct names names;
    struct result_table table;
    make_names(&names);
    enum status status = result_table_create(names.pointers, VALUES, list->count, &table, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < list->count; i++) {
        table.playlist_ids[i] = list->items[i].playlist_id;
        table.seeds[i] = list->items[i].seeds;
    }
    fill_table(list, 0, &table);
    for (int group = 0; group < HELD_OUT_GROUPS; group++)
        fill_table(held_out ? &held_out[group] : NULL, 1 + group, &table);
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

static bool has_value(const struct result_row *row)
{
    for (int metric = 0; metric < METRICS; metric++)
        if (!isnan(row->values[metric]))
            return true;
    return false;
}

/* Of the metrics (at 0) or those of a group (at 1 + group). */
static enum status read_table(struct catalogue *catalogue, const char *model, int64_t playlist_id, int at,
                              struct result_list *list, struct error *error)
{
    *list = (struct result_list){0};
    struct names names;
    struct result_table table;
    make_names(&names);
    enum status status = catalogue_results_read(catalogue, model, playlist_id, names.pointers + (size_t)at * METRICS,
                                                METRICS, &table, error);
    if (status != STATUS_OK)
        return status;
    list->items = malloc((table.count + 1) * sizeof *list->items);
    if (!list->items)
        status = error_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i < table.count; i++) {
        fill_row(&table, i, &list->items[list->count]);
        list->count += at == 0 || has_value(&list->items[list->count]);
    }
    result_table_free(&table);
    return status;
}

enum status results_read(struct catalogue *catalogue, const char *model, struct result_list *list, struct error *error)
{
    return read_table(catalogue, model, 0, 0, list, error);
}

enum status results_read_metric(struct catalogue *catalogue, const char *model, enum metric metric,
                                struct result_list *list, struct error *error)
{
    *list = (struct result_list){0};
    const char *name = metric_infos[metric].name;
    struct result_table table;
    enum status status = catalogue_results_read(catalogue, model, 0, &name, 1, &table, error);
    if (status != STATUS_OK)
        return status;
    list->items = malloc((table.count + 1) * sizeof *list->items);
    if (!list->items)
        status = error_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i < table.count; i++) {
        struct result_row *row = &list->items[list->count++];
        row->playlist_id = table.playlist_ids[i];
        row->seeds = table.seeds[i];
        for (int other = 0; other < METRICS; other++)
            row->values[other] = NAN;
        row->values[metric] = table.values[i];
    }
    result_table_free(&table);
    return status;
}

enum status results_read_held_out(struct catalogue *catalogue, const char *model, enum held_out_group group,
                                  struct result_list *list, struct error *error)
{
    return read_table(catalogue, model, 0, 1 + (int)group, list, error);
}

enum status results_read_one(struct catalogue *catalogue, const char *model, int64_t playlist_id,
                             struct result_row *row, bool *found, struct error *error)
{
    struct result_list list;
    enum status status = read_table(catalogue, model, playlist_id, 0, &list, error);
    *found = status == STATUS_OK && list.count > 0;
    if (*found)
        *row = list.items[0];
    result_list_free(&list);
    return status;
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
