#ifndef SLEEVE_APP_EXPORT_H
#define SLEEVE_APP_EXPORT_H

#include "db/export/exporter.h"

/* Writing a playlist of a catalogue as a file of another program. */

struct app_export_settings {
    const struct exporter *exporter; /* exporter_find */
    const char *playlist;            /* a key, a link or a name that only one has */
    bool spreadsheet;                /* guard formulas; only where the exporter takes it */
};

/* Appends the file's bytes. */
enum status app_export(struct catalogue *catalogue, const struct app_export_settings *settings, struct buffer *out,
                       struct error *error);

#endif
