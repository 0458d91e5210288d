#ifndef SLEEVE_CORE_BUFFER_H
#define SLEEVE_CORE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

/* A growing run of bytes, always NUL-terminated behind its end once something was added. Start with `{0}`, end with
 * buffer_free. An allocation that fails sets `failed`, keeps what is there and makes later additions do nothing, so
 * that a writer checks once, at its end. */
struct buffer {
    char *data;
    size_t size;
    size_t capacity;
    bool failed;
};

void buffer_free(struct buffer *buffer);
void buffer_clear(struct buffer *buffer);
/* Makes room for `extra` more bytes and the NUL; false when memory ran out. */
bool buffer_reserve(struct buffer *buffer, size_t extra);
void buffer_add(struct buffer *buffer, const void *bytes, size_t size);
void buffer_add_text(struct buffer *buffer, const char *text);
void buffer_add_byte(struct buffer *buffer, char byte);
void buffer_printf(struct buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
