#include "app/models.h"

#include <stdio.h>
#include <stdlib.h>

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
