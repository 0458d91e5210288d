#ifndef SLEEVE_APP_FAILURES_EXPORT_H
#define SLEEVE_APP_FAILURES_EXPORT_H

#include "app/failure_file.h"

/* Writes the playlists that a view shows as a file (app/failure_file.h): they are read and selected again, so that the
 * view can go on. */
struct failures_export {
    const char *model, *against; /* "": no other model */
    const struct failure_filter *filter;
    const char *where; /* conditions (app/failure_query.h); words that are not understood are ignored */
    const char *path;  /* ends in .csv or .jsonl */
    bool overwrite;
};
enum status app_failures_export(struct app *app, const struct failures_export *settings, size_t *count,
                                struct error *error);

#endif
