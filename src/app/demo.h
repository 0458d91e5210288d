#ifndef SLEEVE_APP_DEMO_H
#define SLEEVE_APP_DEMO_H

#include "app/device.h"
#include "core/buffer.h"
#include "core/progress.h"

/* The demo catalogue, from the bundled playlists: import, search index, generated covers, embedding sets, models. */

struct demo_settings {
    const char *folder; /* where its catalogue.db goes; NULL: the data folder, or demo/ in it where a catalogue of the
                           person's own is the default one */
    struct device_options device;
    struct progress *progress;
};

/* Makes what is missing of it, so that a demo that was interrupted continues where it stopped. A catalogue that is not
 * a demo is refused. `path` gets the path of the catalogue, also when it fails later. */
enum status demo_make(const struct demo_settings *settings, struct buffer *path, struct error *error);

#endif
