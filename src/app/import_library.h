#ifndef SLEEVE_APP_IMPORT_LIBRARY_H
#define SLEEVE_APP_IMPORT_LIBRARY_H

#include "db/import/importer.h"

/* `import library DIR`: the music files of a folder become tracks and albums with their covers, its M3U files
 * playlists. Files are read in parallel, some hundred at a time, and each such batch is one transaction: an import that
 * was stopped, however, continues. A later import reads only files whose size, time or place has changed. */
extern const struct importer importer_library;

#endif
