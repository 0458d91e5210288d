#ifndef SLEEVE_FEATURES_MUSIC_SETS_H
#define SLEEVE_FEATURES_MUSIC_SETS_H

#include "features/extractor.h"
#include "features/music_network.h"

/* Internal to features: makes the sets of tracks that a network of music gives (INPUT_MUSIC): "NAME", "NAME-max",
 * "NAME-tags" and "NAME-tags-max", from the music files of the catalogue's tracks. Rows are kept as those of covers are
 * (kept_rows.h), by the size and time of the file: a run that was stopped continues, and only changed files are read
 * again. The rows of a file that is not there now, because its disk is not mounted, stay. A file that cannot be read is
 * logged, counted and left out; STATUS_BAD_DATA where no file could be read and no row is left. */
enum status music_sets_make(struct catalogue *catalogue, const struct extractor *extractor,
                            const struct extractor_options *options, struct progress *progress, struct error *error);

#endif
