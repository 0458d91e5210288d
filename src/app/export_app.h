#ifndef SLEEVE_APP_EXPORT_APP_H
#define SLEEVE_APP_EXPORT_APP_H

#include <stdatomic.h>

#include "app/app.h"
#include "app/export.h"

/* The same as app_export, for the explorer: whole catalogues, embeddings and lists of models. A file or folder that
 * exists is STATUS_USAGE unless request->overwrite. Computes on a device of its own, so that suggestions are not
 * delayed. Ends with STATUS_INTERRUPTED soon after *cancel becomes true. */
enum status app_export_other(struct app *app, const struct exporter *exporter, const struct export_request *request,
                             struct buffer *notes, const atomic_bool *cancel, struct error *error);

#endif
