#ifndef SLEEVE_APP_EXPORT_WORK_H
#define SLEEVE_APP_EXPORT_WORK_H

#include "app/device.h"
#include "core/progress.h"
#include "db/export/exporter.h"

/* What to export, as a person gave it. Texts are NULL where nothing was given. */
struct export_request {
    const char *playlist;             /* a key, a link or a name that only one has */
    bool all;                         /* every playlist */
    bool spreadsheet;                 /* guard formulas */
    const char *model;                /* of lists */
    const char *on;                   /* "test", "val", ...: which playlists of the split */
    const char *embedding;            /* a feature set */
    const char *challenge;            /* challenge_set.json */
    const char *team, *email, *track; /* of a submission */
    const char *points;               /* at most so many, as written */
    const char *out;                  /* the file or folder; NULL: standard output */
    bool overwrite; /* files that exist are replaced without a question; the command line always does */
};

/* What an exporter works with. */
struct export_work {
    const struct export_request *input;
    const struct exporter *exporter;
    struct catalogue *catalogue;
    struct device_use *device; /* of models; may be NULL for other subjects */
    struct progress *progress;
    struct export_files *files;
    struct buffer *notes; /* what a person should know, sentences with line ends: what was left out or filled in */
};

#endif
