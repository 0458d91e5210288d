#ifndef SLEEVE_CORE_BASE64_H
#define SLEEVE_CORE_BASE64_H

#include "core/buffer.h"

/* Appends the bytes in base64 (RFC 4648), with padding, in one line. */
void base64_add(const char *bytes, size_t size, struct buffer *out);

#endif
