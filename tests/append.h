#ifndef SLEEVE_TESTS_APPEND_H
#define SLEEVE_TESTS_APPEND_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Appends to a text in `size` bytes. The test ends where it does not fit. */
static inline void append(char *text, size_t size, const char *more)
{
    size_t used = strlen(text), added = strlen(more);
    if (used + added >= size)
        abort();
    memcpy(text + used, more, added + 1);
}

#endif
