#ifndef SLEEVE_CORE_DATABASE_NEAR_H
#define SLEEVE_CORE_DATABASE_NEAR_H

#include <stdbool.h>

/* Whether an SQLite database stands at `path`. */
bool database_at(const char *path);
/* Whether the file at `path`, which need not be there, is a database or belongs to one: its -wal, -shm or -journal, or
 * anything in the folder NAME.data beside NAME.db or NAME. Links must have been followed. Such files are not for
 * outputs that a person names: a slip of the hand would destroy a catalogue. */
bool database_near(const char *path);

#endif
