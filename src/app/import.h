#ifndef SLEEVE_APP_IMPORT_H
#define SLEEVE_APP_IMPORT_H

#include "db/import/importer.h"

/* Imports playlists of other programs into a catalogue and rebuilds the search index. */

/* All importers: those of the catalogue, and `import library`. NULL-terminated. */
extern const struct importer *const app_importers[];

struct app_import_settings {
    const char *catalogue; /* path; the catalogue is created if it does not exist */
    const char *format;    /* the name of an importer */
    struct import_input input;
    int threads;
    struct progress *progress;
};

struct app_import_result {
    struct import_report report; /* set whatever the status is: what was skipped explains a failure */
    bool library;                /* report.library is used */
    double seconds;
};

/* STATUS_USAGE where there is no such importer or it does not take such an input; then the catalogue is not opened. */
enum status app_import(const struct app_import_settings *settings, struct app_import_result *result,
                       struct error *error);

#endif
