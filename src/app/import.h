#ifndef SLEEVE_APP_IMPORT_H
#define SLEEVE_APP_IMPORT_H

#include "app/import_matches.h"
#include "db/import/importer.h"

/* Imports playlists of other programs into a catalogue and rebuilds the search index. */

/* All importers: those of the catalogue, and `import library`. NULL-terminated. */
extern const struct importer *const app_importers[];

struct app_import_settings {
    const char *catalogue; /* path; the catalogue is created if it does not exist */
    const char *format;    /* the name of an importer; "auto": found by what the files contain */
    struct import_input input;
    const char *matches;   /* a table of matches to read (app/import_matches.h); NULL: none */
    const char *unmatched; /* a table of entries without a track to write; NULL: none */
    bool list_unmatched;   /* collect these entries wherever the importer has them, not only with match_only */
    size_t candidates;     /* look for candidates of so many entries at most */
    int threads;
    struct progress *progress;
};

struct app_import_result {
    struct import_report report;       /* set whatever the status is: what was skipped explains a failure */
    const struct importer *importer;   /* that was used; NULL: none was found */
    struct unmatched_report unmatched; /* also set when nothing was imported */
    double seconds;
};
void app_import_result_free(struct app_import_result *result);

/* The importer of a file or folder, by what it contains. STATUS_BAD_DATA: its format is not known; the message says
 * what it is, if that is known. */
enum status app_import_detect(const char *path, const struct importer **importer, struct error *error);

/* STATUS_USAGE where there is no such importer or it does not take such an input; then the catalogue is not opened. */
enum status app_import(const struct app_import_settings *settings, struct app_import_result *result,
                       struct error *error);

#endif
