#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "eval/lines.h"
#include "eval/pairs.h"

enum { FIELDS_MAX = 64, NAMED_MAX = 12 };

struct reading {
    struct catalogue *catalogue;
    const char *model;
    struct result_list *list;
    size_t capacity, n_unknown;
    int n_fields, model_field, playlist_field, seeds_field;
    int metric_fields[RESULT_METRICS]; /* -1: not in the file */
    struct buffer models;              /* those met, each with ", " before it */
    int n_models;
};

/* Cuts the line at its tabs. */
static int cut(char *line, char *fields[FIELDS_MAX])
{
    int n = 0;
    for (char *field = line; field && n < FIELDS_MAX; n++) {
        char *tab = strchr(field, '\t');
        fields[n] = field;
        if (tab)
            *tab++ = '\0';
        field = tab;
    }
    return n;
}

static int find_field(char *const *fields, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (strcmp(fields[i], name) == 0)
            return i;
    return -1;
}

static enum status take_header(struct reading *reading, char *const *fields, int n, struct error *error)
{
    int metrics = 0;
    reading->n_fields = n;
    reading->model_field = find_field(fields, n, "model");
    reading->playlist_field = find_field(fields, n, "playlist");
    reading->seeds_field = find_field(fields, n, "seeds");
    for (int metric = 0; metric < RESULT_METRICS; metric++) {
        reading->metric_fields[metric] = find_field(fields, n, result_metric_names[metric]);
        metrics += reading->metric_fields[metric] >= 0;
    }
    if (reading->model_field < 0 || reading->playlist_field < 0 || reading->seeds_field < 0 || metrics == 0)
        return error_set(error, STATUS_BAD_DATA,
                         "the header must name the columns model, playlist, seeds and at least one metric (precision, "
                         "recall, r_precision, r_precision_rta, ndcg, clicks, popularity), with tabs between");
    return STATUS_OK;
}

static void note_model(struct reading *reading, const char *name)
{
    size_t size = strlen(name);
    for (const char *met = reading->models.data; met && (met = strstr(met, name)); met += size)
        if (met[-1] == ' ' && (met[size] == ',' || met[size] == '\0'))
            return;
    if (++reading->n_models <= NAMED_MAX)
        buffer_printf(&reading->models, ", %.60s", name);
}

static enum status take_number(const char *text, const char *name, double *value, struct error *error)
{
    char *end;
    *value = strtod(text, &end);
    if (end == text || *end || !isfinite(*value))
        return error_set(error, STATUS_BAD_DATA, "%s is \"%.40s\" and must be a number", name, text);
    return STATUS_OK;
}

static enum status take_row(struct reading *reading, char *const *fields, struct error *error)
{
    struct result_row row = {0};
    double seeds = 0;
    enum status status =
        lines_playlist_find(reading->catalogue, fields[reading->playlist_field], &row.playlist_id, error);
    if (status == STATUS_OK)
        status = take_number(fields[reading->seeds_field], "seeds", &seeds, error);
    if (status == STATUS_OK && !(seeds >= 1 && seeds <= INT32_MAX && seeds == floor(seeds)))
        status = error_set(error, STATUS_BAD_DATA, "seeds is \"%.40s\" and must be a whole number from 1",
                           fields[reading->seeds_field]);
    for (int metric = 0; status == STATUS_OK && metric < RESULT_METRICS; metric++) {
        int field = reading->metric_fields[metric];
        row.values[metric] = NAN;
        if (field >= 0)
            status = take_number(fields[field], result_metric_names[metric], &row.values[metric], error);
    }
    if (status != STATUS_OK)
        return status;
    if (!row.playlist_id) {
        reading->n_unknown++;
        return STATUS_OK;
    }
    struct result_list *list = reading->list;
    if (list->count == reading->capacity) {
        size_t capacity = 2 * reading->capacity + 256;
        struct result_row *items = realloc(list->items, capacity * sizeof *items);
        if (!items)
            return error_no_memory(error);
        list->items = items;
        reading->capacity = capacity;
    }
    row.seeds = (int32_t)seeds;
    list->items[list->count++] = row;
    return STATUS_OK;
}

static enum status take_line(void *context, char *line, size_t size, long long number, struct error *error)
{
    (void)size;
    struct reading *reading = context;
    char *fields[FIELDS_MAX];
    int n = cut(line, fields);
    if (number == 1)
        return take_header(reading, fields, n, error);
    if (n != reading->n_fields)
        return error_set(error, STATUS_BAD_DATA, "there are %d fields where the header has %d", n, reading->n_fields);
    note_model(reading, fields[reading->model_field]);
    return strcmp(fields[reading->model_field], reading->model) == 0 ? take_row(reading, fields, error) : STATUS_OK;
}

static int by_playlist(const void *left, const void *right)
{
    int64_t a = ((const struct result_row *)left)->playlist_id, b = ((const struct result_row *)right)->playlist_id;
    return (a > b) - (a < b);
}

static enum status finish(struct reading *reading, const char *path, struct error *error)
{
    struct result_list *list = reading->list;
    if (reading->models.failed)
        return error_no_memory(error);
    if (list->count + reading->n_unknown == 0)
        return error_set(error, STATUS_BAD_DATA, "%s has no results of \"%.60s\"; it has those of%s%s", path,
                         reading->model, reading->n_models ? reading->models.data + 1 : " no model",
                         reading->n_models > NAMED_MAX ? ", ..." : "");
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
    enum status status = lines_read(path, take_line, &reading, NULL, error);
    if (status == STATUS_OK)
        status = finish(&reading, path, error);
    *n_unknown = reading.n_unknown;
    buffer_free(&reading.models);
    if (status != STATUS_OK)
        result_list_free(list);
    return status;
}
