#ifndef SLEEVE_CORE_JSON_H
#define SLEEVE_CORE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"

/* Writes one JSON document into a buffer, including commas and escapes. Bytes that are not UTF-8 are written as U+FFFD;
 * numbers that JSON cannot represent (NaN, infinity) are written as null. */
struct json_writer {
    struct buffer *out;
    bool comma;
};

void json_object_begin(struct json_writer *writer);
void json_object_end(struct json_writer *writer);
void json_array_begin(struct json_writer *writer);
void json_array_end(struct json_writer *writer);
void json_key(struct json_writer *writer, const char *key);
void json_text(struct json_writer *writer, const char *text); /* NULL is written as null */
void json_text_sized(struct json_writer *writer, const char *text, size_t size);
void json_integer(struct json_writer *writer, int64_t value);
void json_number(struct json_writer *writer, double value); /* the shortest text that reads back as the same double */
void json_float(struct json_writer *writer, float value);   /* the same for a float */
void json_bool(struct json_writer *writer, bool value);
void json_null(struct json_writer *writer);

/* Key and value in one call. */
void json_pair_text(struct json_writer *writer, const char *key, const char *value);
void json_pair_integer(struct json_writer *writer, const char *key, int64_t value);
void json_pair_number(struct json_writer *writer, const char *key, double value);
void json_pair_bool(struct json_writer *writer, const char *key, bool value);

#endif
