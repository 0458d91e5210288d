#ifndef SLEEVE_DB_IMPORT_MPD_FILES_H
#define SLEEVE_DB_IMPORT_MPD_FILES_H

#include "db/import/import.h"

/* The files of an import of slices, in the order of their numbers. */
struct mpd_files {
    char **paths;
    size_t count;
    double bytes;
};

/* Files as given, and the mpd.slice.A-B.json[.gz] in folders. Files that are passed over (other files, second copies
 * made by a browser, files that macOS leaves) are counted in the report. A folder without slices is
 * STATUS_BAD_DATA. */
enum status mpd_files_find(const char *const *paths, size_t n_paths, struct mpd_files *files,
                           struct import_report *report, struct error *error);
void mpd_files_free(struct mpd_files *files);

#endif
