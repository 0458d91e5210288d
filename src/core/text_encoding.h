#ifndef SLEEVE_CORE_TEXT_ENCODING_H
#define SLEEVE_CORE_TEXT_ENCODING_H

#include <stdbool.h>

#include "core/buffer.h"

/* Detects encodings of text files and converts to UTF-8. For core/text_reader.h. */

enum text_encoding {
    ENCODING_OPEN, /* ASCII so far */
    ENCODING_UTF8,
    ENCODING_UTF16_LE,
    ENCODING_UTF16_BE,
    ENCODING_WINDOWS_1252,
};

/* The encoding that the first bytes of a file indicate, or ENCODING_OPEN. *mark is the size of the byte order mark. */
enum text_encoding text_encoding_detect(const void *bytes, size_t size, size_t *mark);

/* Decides between UTF-8 and Windows-1252 from bytes of which some are 128 or more. `ends`: these are the last bytes.
 * False if it is neither: *reason says why and *at is the offset of the first such byte. */
bool text_encoding_decide(const char *bytes, size_t size, bool ends, enum text_encoding *encoding, const char **reason,
                          size_t *at);

/* Appends the bytes as UTF-8 and returns how many were read: all but an incomplete character at the end, or up to
 * *wrong, which describes the error at the byte there (NULL: none). ENCODING_OPEN stops at bytes from 128 on. */
size_t text_encoding_decode(enum text_encoding encoding, const char *bytes, size_t size, struct buffer *out,
                            const char **wrong);

#endif
