#ifndef SLEEVE_APP_EXPORT_FILE_H
#define SLEEVE_APP_EXPORT_FILE_H

#include "app/app.h"
#include "db/export/exporter.h"

/* Writing tracks that need not be a playlist of the catalogue as a file of another program. */

struct app_export_file {
    const struct exporter *exporter; /* exporter_find */
    const char *name;                /* of the playlist; may be "" */
    const int64_t *ids;              /* [count] tracks */
    size_t count;
    const char *path; /* "~/" at its start is the home folder */
    bool overwrite;   /* otherwise a file that exists is STATUS_USAGE */
};

/* The contents of the file. */
enum status app_export_tracks(struct app *app, const struct app_export_file *settings, struct buffer *out,
                              struct error *error);
/* Writes the file completely or not at all. */
enum status app_export_file(struct app *app, const struct app_export_file *settings, struct error *error);

#endif
