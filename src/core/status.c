#include "core/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum status error_set(struct error *error, enum status status, const char *format, ...)
{
    if (error) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(error->text, sizeof error->text, format, arguments);
        va_end(arguments);
        error->status = status;
    }
    return status;
}

enum status error_prefix(struct error *error, const char *format, ...)
{
    if (!error)
        return STATUS_FAILED;
    char text[sizeof error->text];
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    size_t used = written < 0 ? 0 : (size_t)written;
    if (used < sizeof text - 1)
        snprintf(text + used, sizeof text - used, ": %.*s", (int)(sizeof text - used - 3), error->text);
    memcpy(error->text, text, sizeof text);
    return error->status;
}

void error_append(struct error *error, const char *format, ...)
{
    size_t size = error ? strlen(error->text) : 0;
    va_list arguments;
    va_start(arguments, format);
    if (error)
        vsnprintf(error->text + size, sizeof error->text - size, format, arguments);
    va_end(arguments);
}

enum status error_no_memory(struct error *error)
{
    return error_set(error, STATUS_FAILED, "out of memory; close other programs or use a smaller catalogue");
}
