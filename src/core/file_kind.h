#ifndef SLEEVE_CORE_FILE_KIND_H
#define SLEEVE_CORE_FILE_KIND_H

#include <stddef.h>

/* What a file is, seen from its first bytes, as words for a message that say what to do with it: "a ZIP archive; unpack
 * it first". NULL when nothing is recognised. The strings are constant. */

enum { FILE_KIND_BYTES = 4096 }; /* as many first bytes as are worth handing in */

/* Formats that are not text: archives, workbooks, pictures, databases, ... */
const char *file_kind_of_bytes(const void *bytes, size_t size);
/* Formats that are text but no table or list: HTML, XML, JSON, ... A list may begin like them, so this explains a
 * failure and is no reason for one. */
const char *file_kind_of_text(const char *text, size_t size);

#endif
