#ifndef SLEEVE_APP_COVERS_H
#define SLEEVE_APP_COVERS_H

#include "fetch/fetch.h"
#include "vision/cover_store.h"

/* Adding covers to a catalogue, fetching and counting them. */

struct covers_add_settings {
    const char *folder;
    const char *map; /* a table of album keys and image files; NULL: images are matched by their names */
    int threads;
    struct progress *progress;
};

struct covers_add_result {
    struct covers_report report;
    bool complete; /* all images were read; also true where none could be used, which is STATUS_BAD_DATA */
};

enum status app_covers_add(struct catalogue *catalogue, const struct covers_add_settings *settings,
                           struct covers_add_result *result, struct error *error);

/* Collects covers from the network (covers_fetch). The report is filled also on failure. */
enum status app_covers_fetch(struct catalogue *catalogue, const struct fetch_settings *settings,
                             struct fetch_report *report, struct error *error);

/* What to do about images, or lines of a map, that match no album. */
const char *app_covers_advice(bool map);

/* Calls `each` with each reason why albums have no cover and their number, and with "" for the albums that have one.
 * *generated: albums without a cover are shown with generated artwork. */
enum status app_covers_count(struct catalogue *catalogue,
                             void (*each)(const char *reason, int64_t n_albums, void *context), void *context,
                             bool *generated, struct error *error);

#endif
