#ifndef SLEEVE_APP_DEMO_H
#define SLEEVE_APP_DEMO_H

#include "app/device.h"
#include "core/buffer.h"
#include "core/progress.h"

/* The demo catalogue, from the bundled playlists: import, search index, generated covers, embedding sets, models. */

struct demo_settings {
    const char *folder; /* the folder of its catalogue.db; NULL: the data folder, or demo/ in it when the default
                         * catalogue is the person's own */
    struct device_options device;
    struct progress *progress;
};

/* Makes what is missing, so that a demo that was interrupted continues where it stopped. A catalogue that is not a demo
 * is refused. `path` gets the path of the catalogue, also on an error after that. */
enum status demo_make(const struct demo_settings *settings, struct buffer *path, struct error *error);

#endif
