#include "app/app_internal.h"
#include "app/browse.h"

enum status app_browse(struct app *app, enum browse_kind kind,
                       enum status (*each)(const struct browse_row *row, void *context, struct error *error),
                       void *context, struct error *error)
{
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_browse(catalogue, kind, each, context, error);
    app_return(app, catalogue);
    return status;
}
