#ifndef SLEEVE_APP_DEMO_H
#define SLEEVE_APP_DEMO_H

#include "core/progress.h"
#include "core/status.h"
#include "gpu/compute.h"

/* Makes the demo catalogue at `path` from the bundled playlists: import, search index, generated covers, embedding
 * sets, models. Each step that is done already is left alone, so a demo that was stopped half-way goes on where it
 * stopped. A catalogue at `path` that is not a demo is refused. */
enum status demo_make(const char *path, enum device_choice choice, int threads, struct progress *progress,
                      struct error *error);

#endif
