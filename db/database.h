#ifndef SLEEVE_DB_DATABASE_H
#define SLEEVE_DB_DATABASE_H

#include <sqlite3.h>

#include "core/hash.h"
#include "db/connection.h"

/* Internal to db: the connection, and how statements are prepared and run and their errors reported. */
struct catalogue {
    sqlite3 *db;
    char *path;
    enum catalogue_mode mode;
    const struct catalogue_stop *stop; /* may be NULL */
    double busy_since;
    bool gave_up;   /* waiting for a lock was stopped */
    bool disk_full; /* opened for reading, because there is no space for the files that writing needs */
};

enum { DATABASE_VALUE_MAX = 64 << 20 }; /* the size of the largest text or blob, which is a row of playlist entries */

/* Opens catalogue->path in its mode, with SQLite's limits lowered, and so that catalogue->stop is honoured. */
enum status database_open_file(struct catalogue *catalogue, struct error *error);
/* Opens the file again as immutable; an error where somebody may be changing it. */
enum status database_open_immutable(struct catalogue *catalogue, struct error *error);
/* Continues with a migrated copy in memory, for a file that cannot be migrated; the copy is read-only. */
enum status database_copy_to_memory(struct catalogue *catalogue, struct error *error);
/* Refuses tables, indexes, triggers and views that the migrations up to `version` do not make; the error names them. */
enum status database_check_schema(struct catalogue *catalogue, int version, struct error *error);

/* The sentence for the connection's last error; `doing` completes "could not ...". */
enum status database_failed(struct catalogue *catalogue, const char *doing, struct error *error);
enum status database_prepare(struct catalogue *catalogue, const char *sql, sqlite3_stmt **statement,
                             struct error *error);
/* Runs SQL that returns no rows. */
enum status database_run(struct catalogue *catalogue, const char *sql, struct error *error);
/* Steps a statement that returns no rows, and resets it. */
enum status database_step_done(struct catalogue *catalogue, sqlite3_stmt *statement, const char *doing,
                               struct error *error);
/* Steps once: *row says whether there is one. */
enum status database_step_row(struct catalogue *catalogue, sqlite3_stmt *statement, bool *row, const char *doing,
                              struct error *error);
/* The first column of the first row; 0 when there is none. `text` (may be NULL) is bound as the first parameter. */
enum status database_integer(struct catalogue *catalogue, const char *sql, const char *text, int64_t *value,
                             struct error *error);
/* The highest number of a table that is numbered from 1 without holes: `sql` selects it. Memory may be sized by it, so
 * a number larger than the rows that fit into the file is refused. */
enum status database_highest(struct catalogue *catalogue, const char *sql, int64_t *highest, struct error *error);
/* A malloc'ed copy of the first column of the first row, NULL when there is none. */
enum status database_text(struct catalogue *catalogue, const char *sql, const char *text, char **value,
                          struct error *error);

/* A transaction, or a part of the one that is open; *owned: it is a transaction of its own. database_unit_end commits
 * an own transaction, or rolls it back when `status` is not STATUS_OK, and returns the status of the whole. */
enum status database_unit_begin(struct catalogue *catalogue, bool *owned, struct error *error);
enum status database_unit_end(struct catalogue *catalogue, bool owned, enum status status, struct error *error);

/* One read transaction around many reads, unless one is open: they agree, and the file is locked once instead of for
 * every statement. Ends with database_reading_end, whatever happened. */
enum status database_reading_begin(struct catalogue *catalogue, bool *owned, struct error *error);
void database_reading_end(struct catalogue *catalogue, bool owned);

/* After an import: generated artwork depends on what was imported, so its stored colours may be wrong. */
enum status database_forget_artwork(struct catalogue *catalogue, struct error *error);

/* One change of a row that a person's work is in: binds ?1 to `name`, or where that is NULL to `id`, and ?2 to `text`
 * (NULL: not used). `doing` as in database_step_done. */
enum status database_change(struct catalogue *catalogue, const char *sql, const char *name, int64_t id,
                            const char *text, const char *doing, struct error *error);

/* A file that was deleted or moved still accepts writes, which would be lost: an error where that has happened. */
enum status database_check_place(struct catalogue *catalogue, struct error *error);

/* Brings the database to the newest version in one transaction, or to `script`'s when one is given (lines, NULL at the
 * end; each migration begins with a line "-- migration N: ..."). */
enum status database_migrate(struct catalogue *catalogue, const char *const *script, struct error *error);
/* The newest version that `script` (NULL: the built-in one) knows. */
int database_version(const char *const *script);

/* Gives the rows of a catalogue of version 0.1 the aliases by which imports find them, in the open transaction. */
enum status database_fill_aliases(struct catalogue *catalogue, struct error *error);

/* The text of a column, never NULL. */
const char *database_column_text(sqlite3_stmt *statement, int column);
/* The year of a date "YYYY..."; 0: unknown. */
int32_t database_year(const char *date);

enum { CATALOGUE_APPLICATION_ID = 0x536c7665 }; /* "Slve" */

/* Continues a running hash of track keys up to the tracks there are now. */
enum status database_hash_tracks(struct catalogue *catalogue, int64_t from, int64_t to, struct hash *hash,
                                 struct error *error);
void database_hash_key(struct hash *hash, const char *key, size_t size);
/* Reads the running hash stored in `state`; it is over the keys of tracks 1..*n_tracks. */
enum status database_hash_read(struct catalogue *catalogue, struct hash *hash, int64_t *n_tracks, struct error *error);

/* Entries as they are stored: little-endian int32. */
void entries_pack(const int32_t *tracks, size_t count, unsigned char *bytes);
void entries_unpack(const unsigned char *bytes, size_t count, int32_t *tracks);
void entries_sort(int32_t *tracks, size_t count);
/* How many entries occur earlier in the list; `scratch` holds `count`. With distinct not NULL, the sorted distinct ones
 * are left in `scratch` and counted in *distinct. */
size_t entries_repeats(const int32_t *tracks, size_t count, int32_t *scratch, size_t *distinct);

#endif
