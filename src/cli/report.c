#include "cli/report.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/text.h"

/* As many words as fit, at least one. Returns where the next line begins. */
static const char *add_line(struct buffer *out, const char *text, int columns)
{
    size_t end = 0, fits = 0;
    do {
        end += strcspn(text + end, " ");
        if (fits > 0 && text_width(text, end) > columns)
            break;
        fits = end;
        end += strspn(text + end, " ");
    } while (text[fits]);
    buffer_add(out, text, fits);
    buffer_add_byte(out, '\n');
    return text + fits + strspn(text + fits, " ");
}

static void add_text(struct buffer *out, const char *text)
{
    int columns = isatty(STDOUT_FILENO) ? cli_columns() - REPORT_INDENT - 1 : INT_MAX;
    text = add_line(out, text, columns);
    while (*text) {
        buffer_printf(out, "%*s", REPORT_INDENT, "");
        text = add_line(out, text, columns);
    }
}

static void add_row(struct buffer *out, const char *format, va_list arguments)
{
    char text[2048];
    vsnprintf(text, sizeof text, format, arguments);
    add_text(out, text);
}

void report_section(struct buffer *out, const char *title)
{
    buffer_printf(out, "%s%s\n", out->size > 0 ? "\n" : "", title);
}

void report_row(struct buffer *out, const char *name, const char *format, ...)
{
    va_list arguments;
    int indent = REPORT_INDENT - 3 - text_width(name, strlen(name));
    buffer_printf(out, "  %s:%*s", name, indent > 1 ? indent : 1, "");
    va_start(arguments, format);
    add_row(out, format, arguments);
    va_end(arguments);
}

void report_hint(struct buffer *out, const char *format, ...)
{
    va_list arguments;
    buffer_printf(out, "%*s", REPORT_INDENT, "");
    va_start(arguments, format);
    add_row(out, format, arguments);
    va_end(arguments);
}
