#ifndef SLEEVE_DB_IMPORT_NOTE_H
#define SLEEVE_DB_IMPORT_NOTE_H

#include "db/import/import.h"
#include "db/ingest.h"

/* Shared by the importers: the report on what was skipped, altered or dropped, and cleaning of texts. */
enum { TEXT_MAX = 1000 };

/* Counts a skipped row under its reason, with the place of the first; place 0: the whole file. */
void import_skipped(struct import_report *report, const char *reason, const char *where, const char *unit,
                    int64_t place);
/* Counts a file that was not read or was empty. */
void import_passed_over(struct import_report *report, const char *reason, const char *name);
/* The same for a value that was imported in another form, and for one that was not imported. */
void import_altered(struct import_report *report, const char *reason, const char *where, const char *unit,
                    int64_t place);
void import_dropped(struct import_report *report, const char *reason, const char *where, const char *unit,
                    int64_t place);

/* The same for a value that was read but ignored, because the catalogue keeps another one: counted under its reason,
 * with both texts of the first. */
void import_ignored(struct import_report *report, const char *reason, const char *kept, const char *ignored,
                    const char *where, const char *unit, int64_t place);

/* Adds the reasons of one report to another. */
void import_notes_merge(struct import_report *report, const struct import_report *notes);

enum text_repair { TEXT_WAS_FINE = 0, TEXT_NOT_UTF8 = 1, TEXT_CUT = 2 };
/* Appends the text trimmed, as UTF-8 without NUL (wrong bytes become U+FFFD), cut after TEXT_MAX bytes at a character's
 * end. Returns what was repaired. */
int import_text(const char *text, size_t size, struct buffer *out);

/* The name of a file without its folder. */
const char *import_base_name(const char *path);
/* The 32 digits of the hash of a file's bytes, and its size. */
enum status import_hash(const char *path, char hash[33], int64_t *size, struct error *error);

#endif
