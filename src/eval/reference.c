#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/text_number.h"
#include "eval/pairs.h"
#include "eval/rows.h"

enum { NAMED_MAX = 12, NAME_BYTES_MAX = 200, VALUE_MAX = 1000000000, UNKNOWN_MAX = 200000 };

struct reading {
    struct catalogue *catalogue;
    const char *model;
    struct result_list *list;
    size_t capacity, n_unknown;
    char delimiter;
    int model_field, playlist_field, seeds_field;
    int metric_fields[METRICS]; /* -1: not in the file */
    char models[NAMED_MAX][64]; /* the first names in the file */
    int n_models;               /* NAMED_MAX + 1: more than that */
};

static enum status find_column(const struct table_record *header, const char *name, int *column, struct error *error)
{
    *column = rows_column(header, name);
    return *column == -2 ? error_set(error, STATUS_BAD_DATA, "two columns are called %s", name) : STATUS_OK;
}

static enum status find_columns(struct reading *reading, const struct table_record *header, struct error *error)
{
    enum status status = find_column(header, "model", &reading->model_field, error);
    if (status == STATUS_OK)
        status = find_column(header, "playlist", &reading->playlist_field, error);
    if (status == STATUS_OK)
        status = find_column(header, "seeds", &reading->seeds_field, error);
    for (int metric = 0; status == STATUS_OK && metric < METRICS; metric++)
        status = find_column(header, metric_infos[metric].name, &reading->metric_fields[metric], error);
    return status;
}

static enum status take_header(struct reading *reading, const struct table_record *header, struct error *error)
{
    int metrics = 0;
    enum status status = find_columns(reading, header, error);
    for (int metric = 0; metric < METRICS; metric++)
        metrics += reading->metric_fields[metric] >= 0;
    if (status == STATUS_OK &&
        (reading->model_field < 0 || reading->playlist_field < 0 || reading->seeds_field < 0 || metrics == 0))
        status = error_set(error, STATUS_BAD_DATA,
                           "the header must name the columns model, playlist, seeds and at least one metric (%s)",
                           &METRIC_COMMA_NAMES[2]);
    return status;
}

static void note_model(struct reading *reading, const char *name)
{
    enum { KEPT = sizeof reading->models[0] - 1 };
    int at = 0;
    while (at < reading->n_models && at < NAMED_MAX && strncmp(reading->models[at], name, KEPT) != 0)
        at++;
    if (at < NAMED_MAX && at == reading->n_models)
        snprintf(reading->models[at], sizeof reading->models[at], "%s", name);
    if (at == reading->n_models && at <= NAMED_MAX)
        reading->n_models++;
}

static enum status take_number(const struct reading *reading, const struct table_record *row, int column,
                               const char *name, double *value, struct error *error)
{
    if (!text_number(row->fields[column], row->sizes[column], reading->delimiter, value) || fabs(*value) > VALUE_MAX)
        return error_set(error, STATUS_BAD_DATA, "%s is \"%.40s\" and must be a number", name, row->fields[column]);
    return STATUS_OK;
}

static enum status take_values(struct reading *reading, const struct table_record *row, struct result_row *result,
                               struct error *error)
{
    double seeds = 0;
    enum status status = take_number(reading, row, reading->seeds_field, "seeds", &seeds, error);
    if (status == STATUS_OK && !(seeds >= 0 && seeds <= INT32_MAX && seeds == floor(seeds)))
        status = error_set(error, STATUS_BAD_DATA, "seeds is \"%.40s\" and must be a whole number from 0",
                           row->fields[reading->seeds_field]);
    if (status == STATUS_OK)
        result->seeds = (int32_t)seeds;
    for (int metric = 0; status == STATUS_OK && metric < METRICS; metric++) {
        int column = reading->metric_fields[metric];
        result->values[metric] = NAN;
        if (column >= 0)
            status = take_number(reading, row, column, metric_infos[metric].name, &result->values[metric], error);
    }
    return status;
}

static enum status add_result(struct reading *reading, const struct result_row *result, struct error *error)
{
    struct result_list *list = reading->list;
    if (list->count == reading->capacity) {
        size_t capacity = 2 * reading->capacity + 256;
        struct result_row *items = realloc(list->items, capacity * sizeof *items);
        if (!items)
            return error_no_memory(error);
        list->items = items;
        reading->capacity = capacity;
    }
    list->items[list->count++] = *result;
    return STATUS_OK;
}

/* Checks the rows of all models and keeps those of one model. */
static enum status take_row(void *context, const struct table_record *row, bool first, char delimiter,
                            struct error *error)
{
    struct reading *reading = context;
    reading->delimiter = delimiter;
    if (first)
        return take_header(reading, row, error);
    const char *model = row->fields[reading->model_field];
    struct result_row result = {0};
    if (!*model || !*row->fields[reading->playlist_field])
        return error_set(error, STATUS_BAD_DATA, "the name of the %s is empty", *model ? "playlist" : "model");
    if (row->sizes[reading->model_field] > NAME_BYTES_MAX)
        return error_set(error, STATUS_BAD_DATA, "the name of the model is longer than %d bytes", NAME_BYTES_MAX);
    enum status status = take_values(reading, row, &result, error);
    if (status != STATUS_OK)
        return status;
    note_model(reading, model);
    if (strcmp(model, reading->model) != 0)
        return STATUS_OK;
    status = rows_playlist_find(reading->catalogue, row, reading->playlist_field, &result.playlist_id, error);
    if (status != STATUS_OK)
        return status;
    if (result.playlist_id == 0) {
        if (++reading->n_unknown > UNKNOWN_MAX)
            return error_set(
                error, STATUS_BAD_DATA,
                "more than %d playlists that the catalogue does not have: these are results on another one",
                UNKNOWN_MAX);
        return STATUS_OK;
    }
    const struct result_list *list = reading->list;
    if (list->count > 0 && list->items[list->count - 1].playlist_id == result.playlist_id)
        return error_set(error, STATUS_BAD_DATA, "a second result of %.60s on this playlist", model);
    return add_result(reading, &result, error);
}

static int by_playlist(const void *left, const void *right)
{
    int64_t a = ((const struct result_row *)left)->playlist_id, b = ((const struct result_row *)right)->playlist_id;
    return (a > b) - (a < b);
}

static enum status refuse_model(const struct reading *reading, const char *path, struct error *error)
{
    if (reading->n_models == 0)
        return error_set(error, STATUS_BAD_DATA, "%s holds no results; a header and a row for each playlist are needed",
                         path);
    struct buffer names = {0};
    for (int i = 0; i < reading->n_models && i < NAMED_MAX; i++)
        buffer_printf(&names, "%s%s", i > 0 ? ", " : "", reading->models[i]);
    enum status status =
        error_set(error, STATUS_BAD_DATA, "%s has no results of \"%.60s\"; it has those of %s%s", path, reading->model,
                  names.data ? names.data : "", reading->n_models > NAMED_MAX ? ", ..." : "");
    buffer_free(&names);
    return status;
}

static enum status finish(struct reading *reading, const char *path, struct error *error)
{
    struct result_list *list = reading->list;
    if (list->count + reading->n_unknown == 0)
        return refuse_model(reading, path, error);
    if (list->count > 0)
        qsort(list->items, list->count, sizeof *list->items, by_playlist);
    for (size_t i = 1; i < list->count; i++)
        if (list->items[i].playlist_id == list->items[i - 1].playlist_id)
            return error_set(error, STATUS_BAD_DATA, "%s has two results of %.60s on one playlist (number %lld)", path,
                             reading->model, (long long)list->items[i].playlist_id);
    return STATUS_OK;
}

enum status result_reference_read(struct catalogue *catalogue, const char *path, const char *model,
                                  struct result_list *list, size_t *n_unknown, struct error *error)
{
    *list = (struct result_list){0};
    struct reading reading = {.catalogue = catalogue, .model = model, .list = list};
    enum status status = rows_read(path, take_row, &reading, NULL, error);
    if (status == STATUS_OK)
        status = finish(&reading, path, error);
    *n_unknown = reading.n_unknown;
    if (status != STATUS_OK)
        result_list_free(list);
    return status;
}
