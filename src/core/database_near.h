#ifndef SLEEVE_CORE_DATABASE_NEAR_H
#define SLEEVE_CORE_DATABASE_NEAR_H

#include <stdbool.h>

/* Whether there is an SQLite database at `path`. */
bool database_at(const char *path);
/* Whether the file at `path`, which need not exist, is a database or belongs to one: its -wal, -shm or -journal, or
 * anything in the folder NAME.data beside NAME.db or NAME. Links must have been resolved. Refusing such files as
 * outputs protects a catalogue from being overwritten by mistake. */
bool database_near(const char *path);

#endif
