#ifndef SLEEVE_DB_IMPORT_CSV_VALUES_H
#define SLEEVE_DB_IMPORT_CSV_VALUES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buffer.h"

/* Values of tables as programs and people write them. */

/* Empty, or a word for an unknown value: NA, NaN, null, none, ... */
bool csv_is_unknown(const char *text, size_t size);

/* A release date: YYYY, YYYY-MM, YYYY-MM-DD (also with slashes, and followed by a time), DD.MM.YYYY, and with
 * slashes DD/MM/YYYY or MM/DD/YYYY where only one of them can be meant; the year alone where both can. */
enum csv_date { DATE_UNKNOWN, DATE_READ, DATE_ONLY_YEAR, DATE_WRONG };
enum { DATE_SIZE = 11 };
enum csv_date csv_date(const char *text, size_t size, char date[DATE_SIZE]);

/* The first of several names or URIs in one field; *several: there are more. URIs have commas and blanks between them.
 * Names of which there are as many parts between ", " as URIs have that between them (one URI: all of it is one name),
 * and names without URIs a semicolon, or else a comma, that no blank follows; digits do not surround the comma:
 * "10,000 Maniacs" is one. *unclear: there are several, but which part is the first cannot be seen, and all of it is
 * given. */
size_t csv_first_uri(const char *text, size_t size, int *count);
size_t csv_first_name(const char *text, size_t size, int n_uris, bool *several, bool *unclear);

/* Parts of "spotify:local:ARTIST:ALBUM:TITLE:SECONDS", decoded; false when the text is no such URI. */
enum local_part { LOCAL_ARTIST, LOCAL_ALBUM, LOCAL_TITLE, LOCAL_SECONDS };
bool csv_is_local(const char *text, size_t size);
bool csv_local_part(const char *text, size_t size, enum local_part part, struct buffer *out);

#endif
