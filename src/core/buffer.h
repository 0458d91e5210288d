#ifndef SLEEVE_CORE_BUFFER_H
#define SLEEVE_CORE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

/* A growing byte array, always followed by a NUL once something was added. Initialise with `{0}`, release with
 * buffer_free. If an allocation fails, `failed` is set, the contents are kept and later additions do nothing, so that a
 * writer needs to check only once, at the end. */
struct buffer {
    char *data;
    size_t size;
    size_t capacity;
    bool failed;
};

void buffer_free(struct buffer *buffer);
void buffer_clear(struct buffer *buffer);
/* Reserves space for `extra` more bytes and the NUL; false when memory runs out. */
bool buffer_reserve(struct buffer *buffer, size_t extra);
void buffer_add(struct buffer *buffer, const void *bytes, size_t size);
void buffer_add_text(struct buffer *buffer, const char *text);
void buffer_add_byte(struct buffer *buffer, char byte);
void buffer_printf(struct buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
