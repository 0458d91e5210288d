#include "app/failures_export.h"

#include <stdlib.h>

#include "app/failure_query.h"

enum status app_failures_export(struct app *app, const struct failures_export *settings, size_t *count,
                                struct error *error)
{
    struct failure_list list = {0};
    struct failure_query query;
    struct failure *some = NULL;
    *count = 0;
    (void)failure_query_parse(settings->where, &query, NULL);
    enum status status = app_failures(app, settings->model, settings->against, settings->filter, &list, error);
    if (status != STATUS_OK)
        return status;
    some = malloc((list.count + 1) * sizeof *some);
    status = some ? failure_query_select(&query, list.items, list.count, some, count, error) : error_no_memory(error);
    if (status == STATUS_OK)
        status = failure_file_write(&list, some, *count, settings->path, settings->overwrite, error);
    free(some);
    failure_list_free(&list);
    return status;
}
