#ifndef SLEEVE_CLI_ROFF_H
#define SLEEVE_CLI_ROFF_H

#include "core/buffer.h"

/* Appends a text to a manual page, escaped. */
void roff_add(const char *text, struct buffer *out);

#endif
