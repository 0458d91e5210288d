#ifndef SLEEVE_DB_NAMED_H
#define SLEEVE_DB_NAMED_H

#include "db/id_map.h"
#include "db/keys.h"

/* The artists, albums or tracks of a catalogue in an import: found by their identity, which is their key except for
 * rows that have an alias. A row has an alias when version 0.1 gave it a key from a coarser comparison, or when its
 * identity was already such a key of another row. Start with `{0}`. */
struct named {
    struct id_map identities; /* number by identity */
    struct id_map taken;      /* keys of rows that have another identity */
    struct buffer names;      /* uint32_t by number - 1: hash of the name or title */
};

void named_free(struct named *named);
/* Adds a row under the next number; alias.data NULL: none. False when memory ran out. */
bool named_add(struct named *named, struct text key, struct text alias, struct text name);
/* 0: there is none. */
int32_t named_find(const struct named *named, struct text identity);
/* The key of a new row: its identity, followed by " #2", " #3", ... where another row has that key. *made: a number was
 * added; the text is then in `scratch`. */
struct text named_key(const struct named *named, struct text identity, struct buffer *scratch, bool *made);
/* Whether the row has this name, byte by byte (true for a number that no row has). Names are
 * compared by a hash of 32 bits. */
bool named_is(const struct named *named, int32_t number, struct text name);

#endif
