#include "app/app_internal.h"
#include "app/compare.h"

enum status app_compare_results(struct app *app, const struct compare_settings *settings, struct compare_result *result,
                                struct error *error)
{
    struct catalogue *catalogue;
    *result = (struct compare_result){0};
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = app_compare(catalogue, settings, result, error);
    app_return(app, catalogue);
    return status;
}
