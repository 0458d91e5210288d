#ifndef SLEEVE_CORE_TEXT_ENCODING_H
#define SLEEVE_CORE_TEXT_ENCODING_H

#include <stdbool.h>

#include "core/buffer.h"

/* Encodings of text files and how they become UTF-8. For core/text_reader.h. */

enum text_encoding {
    ENCODING_OPEN, /* ASCII so far */
    ENCODING_UTF8,
    ENCODING_UTF16_LE,
    ENCODING_UTF16_BE,
    ENCODING_WINDOWS_1252,
};

/* What the first bytes of a file say; ENCODING_OPEN when nothing. *mark is the size of the byte order mark. */
enum text_encoding text_encoding_begins(const void *bytes, size_t size, size_t *mark);

/* Decides between UTF-8 and Windows-1252 from bytes of which some are 128 and more. `ends`: nothing comes behind them.
 * False when it is neither: *reason says why and *at is the first byte that shows it. */
bool text_encoding_decide(const char *bytes, size_t size, bool ends, enum text_encoding *encoding, const char **reason,
                          size_t *at);

/* Appends the bytes as UTF-8 and returns how many were read: all but a character that is cut at the end, or as far as
 * *wrong, which says what is the matter with the byte there (NULL: nothing). ENCODING_OPEN stops at bytes from 128. */
size_t text_encoding_decode(enum text_encoding encoding, const char *bytes, size_t size, struct buffer *out,
                            const char **wrong);

#endif
