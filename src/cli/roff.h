#ifndef SLEEVE_CLI_ROFF_H
#define SLEEVE_CLI_ROFF_H

#include "core/buffer.h"

/* After .TH: no hyphens and no filled lines, so that words can be copied as they are. */
#define ROFF_RAGGED ".nh\n.ad l\n"

/* Appends a text to a manual page, escaped. */
void roff_add(const char *text, struct buffer *out);

#endif
