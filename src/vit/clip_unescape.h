#ifndef SLEEVE_VIT_CLIP_UNESCAPE_H
#define SLEEVE_VIT_CLIP_UNESCAPE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buffer.h"

/* HTML character references in captions, as CLIP's tokenizer decodes them: decimal and hexadecimal numbers, and the
 * names of HTML 4 for Latin-1 and common punctuation. HTML 5 has about 2,000 further names, which stay as they are. */

/* Appends the text, decoded once. `lenient`: the semicolon may be missing after numbers and Latin-1 names, as in
 * Python's html.unescape; otherwise it is required, as in ftfy. Returns whether something was decoded. */
bool clip_unescape(const char *text, size_t size, bool lenient, struct buffer *out);

/* The character of Windows-1252 for a control character from 0x80 to 0x9f; other characters are returned unchanged. */
int clip_windows_1252(int character);

#endif
