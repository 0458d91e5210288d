#ifndef SLEEVE_CORE_FILE_KIND_H
#define SLEEVE_CORE_FILE_KIND_H

#include <stddef.h>

/* Guesses a file's format from its first bytes, as a phrase for a message that says what to do: "a ZIP archive; unpack
 * it first". NULL when nothing is recognised. The strings are constant. */

enum { FILE_KIND_BYTES = 4096 }; /* more bytes do not help */

/* Formats that are not text: archives, workbooks, pictures, databases, ... */
const char *file_kind_of_bytes(const void *bytes, size_t size);
/* Text formats that are not tables or lists: HTML, XML, JSON, ... A list may look the same at its start, so use this to
 * explain a failure, not to cause one. */
const char *file_kind_of_text(const char *text, size_t size);

#endif
