#ifndef SLEEVE_DB_SPREADSHEET_H
#define SLEEVE_DB_SPREADSHEET_H

#include <stdbool.h>
#include <stddef.h>

/* Spreadsheets compute a field that begins like a formula, whatever quotes stand around it. A guarded table has an
 * apostrophe before each such field, and a column "guarded" that says so, by which it is taken off again. */

/* True for a text that gets an apostrophe: its first character, blanks and apostrophes before it passed over, is one of
 * = + - @ (full-width ones too), or it begins with a tab or a line end. */
bool spreadsheet_guards(const char *text, size_t size);

#define SPREADSHEET_COLUMN "guarded"

#endif
