/* What the fake app can be browsed by. */
#include "app/browse.h"
#include "fake_app_internal.h"

enum status app_browse(struct app *app, enum browse_kind kind,
                       enum status (*each)(const struct browse_row *row, void *context, struct error *error),
                       void *context, struct error *error)
{
    static const struct browse_row rows[BROWSE_KINDS][3] = {
        {{"Grand Hotel Lobby", "", 12}, {"Rain \x1b[2J\" Parade", "", 3}, {"雨", "", 1}},
        {{"The Window Year", "Grand Hotel Lobby", 9}, {"Rainy Hits", "", 2}, {"雨の日", "雨", 1}},
        {{"pop", "", 4}, {"latin hip hop", "", 1}, {"rock", "", 1}},
        {{"1999", "", 5}, {"1967", "", 2}, {"1966", "", 1}},
    };
    enum status status = STATUS_OK;
    (void)app;
    for (int i = 0; status == STATUS_OK && i < 3; i++)
        status = each(&rows[kind][i], context, error);
    return status;
}
