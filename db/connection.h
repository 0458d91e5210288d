#ifndef SLEEVE_DB_CONNECTION_H
#define SLEEVE_DB_CONNECTION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/status.h"

/* The catalogue: metadata and people's work in one SQLite file (db/schema.sql). A `struct catalogue` is one connection;
 * it is not for two threads at a time (open one for each). Track numbers are 1..N without holes, in the order in which
 * tracks were first imported; matrices are in that order (row = number - 1). Matrices and the search index live in the
 * folder named like the catalogue without ".db" and with ".data" ("demo.db" -> "demo.data/"). */
struct catalogue;

enum catalogue_mode {
    CATALOGUE_READ,   /* must exist; nothing is written */
    CATALOGUE_WRITE,  /* must exist; migrated when it is of an older version */
    CATALOGUE_CREATE, /* made when it does not exist */
};

enum status catalogue_open(const char *path, enum catalogue_mode mode, struct catalogue **catalogue,
                           struct error *error);
void catalogue_close(struct catalogue *catalogue);

/* Ends the work of any number of connections early; may be set from any thread. A signal does the same
 * (core/interrupt.h), after a second in which results may still be stored. */
struct catalogue_stop {
    atomic_bool cancelled;      /* while true, queries and waiting for locks end with STATUS_INTERRUPTED */
    atomic_int lock_timeout_ms; /* how long the lock of another program is waited for; 0: 10 seconds */
};
/* `stop` lives longer than the connection. */
void catalogue_stop_by(struct catalogue *catalogue, const struct catalogue_stop *stop);
/* Frees the pages that reading has left in memory, up to 64 MB. */
void catalogue_release_memory(struct catalogue *catalogue);
const char *catalogue_path(const struct catalogue *catalogue);
/* Appends ".../NAME.data/RELATIVE" to `out`. */
void catalogue_sidecar(const struct catalogue *catalogue, const char *relative, struct buffer *out);

/* A transaction: all changes between begin and commit are stored, or none. Not nested. */
enum status catalogue_begin(struct catalogue *catalogue, struct error *error);
enum status catalogue_commit(struct catalogue *catalogue, struct error *error);
void catalogue_rollback(struct catalogue *catalogue);

#endif
