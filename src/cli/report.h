#ifndef SLEEVE_CLI_REPORT_H
#define SLEEVE_CLI_REPORT_H

#include "core/buffer.h"

/* A report as text: sections of rows "name: text", with the texts one under the other. On a terminal, long texts are
 * wrapped. */

enum { REPORT_INDENT = 20 }; /* columns before the texts */

/* A heading, after an empty line unless it is the first. */
void report_section(struct buffer *out, const char *title);
void report_row(struct buffer *out, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* What to do about the row above. */
void report_hint(struct buffer *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
