#ifndef SLEEVE_APP_BROWSE_H
#define SLEEVE_APP_BROWSE_H

#include "app/app.h"
#include "db/browse.h"

/* As catalogue_browse. */
enum status app_browse(struct app *app, enum browse_kind kind,
                       enum status (*each)(const struct browse_row *row, void *context, struct error *error),
                       void *context, struct error *error);

#endif
