#ifndef SLEEVE_APP_IMPORT_APP_H
#define SLEEVE_APP_IMPORT_APP_H

#include <stdatomic.h>

#include "app/app.h"

/* Importing playlists while an explorer is open: of any format, as playlists of tracks that the catalogue has. Nothing
 * is added but playlists, so that what is on the screen stays valid. */

struct app_imported {
    char format[32];
    int64_t playlists, entries, unmatched;
    char missing[128]; /* the first entry without a track: "Artist - Title" */
    char nearest[128]; /* the track that is most like it; "": none is */
};

/* The path may begin with "~/". STATUS_FAILED when the catalogue cannot be written. */
enum status app_import_playlists(struct app *app, const char *path, struct app_imported *imported,
                                 const atomic_bool *cancel, struct error *error);

#endif
