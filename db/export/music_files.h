#ifndef SLEEVE_DB_EXPORT_MUSIC_FILES_H
#define SLEEVE_DB_EXPORT_MUSIC_FILES_H

#include "db/tracks.h"

/* The music file of each track that `import library` has read it from: files [tracks->count], absolute paths in
 * `memory`; NULL where there is none that is one line of UTF-8. Files that have disappeared are left out. */
enum status export_music_files(struct catalogue *catalogue, const struct track_list *tracks, struct arena *memory,
                               const char *const **files, struct error *error);

#endif
