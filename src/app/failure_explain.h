#ifndef SLEEVE_APP_FAILURE_EXPLAIN_H
#define SLEEVE_APP_FAILURE_EXPLAIN_H

#include "app/failure_explained.h"

/* Explains an opened playlist. STATUS_INTERRUPTED when `cancel` (NULL: none) becomes true. */
enum status app_failure_explain(struct app *app, const struct failure_case *opened, const atomic_bool *cancel,
                                struct failure_explained *explained, struct error *error);
/* The same for a playlist by its number. */
enum status app_failure_explain_id(struct app *app, int64_t playlist_id, const char *model, const char *against,
                                   const atomic_bool *cancel, struct failure_explained *explained, struct error *error);

#endif
