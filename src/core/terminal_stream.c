#include "core/terminal_stream.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/text.h"

struct terminal {
    int descriptor;
    struct buffer waiting; /* the start of a character whose end is not written yet */
};

/* The number of bytes up to an incomplete character at the end, or a carriage return that may be followed by a line
 * feed. */
static size_t whole_size(const char *text, size_t size)
{
    if (size > 0 && text[size - 1] == '\r')
        return size - 1;
    for (size_t back = 1; back <= 3 && back <= size; back++) {
        unsigned char byte = (unsigned char)text[size - back];
        size_t length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
        if (byte < 0x80 || byte >= 0xc0)
            return length > back ? size - back : size;
    }
    return size;
}

static bool write_all(int descriptor, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t count = write(descriptor, bytes, size);
        if (count < 0)
            return false;
        bytes += count;
        size -= (size_t)count;
    }
    return true;
}

static bool show(struct terminal *terminal, size_t size)
{
    struct buffer shown = {0};
    text_escape(terminal->waiting.data, size, &shown);
    bool fine = !shown.failed && !terminal->waiting.failed;
    if (!fine)
        errno = ENOMEM;
    fine = fine && write_all(terminal->descriptor, shown.data ? shown.data : "", shown.size);
    buffer_free(&shown);
    return fine;
}

static ssize_t write_bytes(void *cookie, const char *bytes, size_t size)
{
    struct terminal *terminal = cookie;
    struct buffer *waiting = &terminal->waiting;
    buffer_add(waiting, bytes, size);
    size_t whole = waiting->failed ? 0 : whole_size(waiting->data, waiting->size);
    if (!show(terminal, whole))
        return 0;
    memmove(waiting->data, waiting->data + whole, waiting->size - whole);
    waiting->size -= whole;
    return (ssize_t)size;
}

static int close_terminal(void *cookie)
{
    struct terminal *terminal = cookie;
    bool fine = terminal->waiting.size == 0 || show(terminal, terminal->waiting.size);
    fine = close(terminal->descriptor) == 0 && fine;
    buffer_free(&terminal->waiting);
    free(terminal);
    return fine ? 0 : EOF;
}

FILE *terminal_stream(int descriptor)
{
    struct terminal *terminal = calloc(1, sizeof *terminal);
    if (!terminal)
        return NULL;
    terminal->descriptor = descriptor;
    FILE *stream = fopencookie(terminal, "w", (cookie_io_functions_t){.write = write_bytes, .close = close_terminal});
    if (!stream)
        free(terminal);
    return stream;
}
