#ifndef SLEEVE_DB_SPREADSHEET_H
#define SLEEVE_DB_SPREADSHEET_H

#include <stdbool.h>
#include <stddef.h>

/* Spreadsheets compute a field that begins like a formula, even in quotes. A guarded table has an apostrophe before
 * each such field, and a column "guarded", by which an import knows to remove the apostrophes. */

/* True for a text that gets an apostrophe: its first character, ignoring blanks and apostrophes, is one of
 * = + - @ (full-width ones too), or it begins with a tab or a line end. */
bool spreadsheet_guards(const char *text, size_t size);

#define SPREADSHEET_COLUMN "guarded"

#endif
