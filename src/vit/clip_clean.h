#ifndef SLEEVE_VIT_CLIP_CLEAN_H
#define SLEEVE_VIT_CLIP_CLEAN_H

#include <stddef.h>

#include "core/buffer.h"

/* Appends a caption in the form that CLIP's tokenizer splits (openai/CLIP, clip/simple_tokenizer.py: basic_clean,
 * whitespace_clean and lower): HTML character references decoded, typographic quotes straight, Latin ligatures as
 * letters, full-width and half-width forms normal, control characters dropped, NFC, every run of white space as one
 * space and none at the ends, lower case with the final sigma. This is ftfy.fix_text of version 6, which CLIP uses,
 * without its repair of wrongly decoded text and without removing escape sequences of terminals. Each invalid byte
 * counts as U+FFFD. The output is well-formed UTF-8. */
void clip_clean(const char *text, size_t size, struct buffer *out);

#endif
