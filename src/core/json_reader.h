#ifndef SLEEVE_CORE_JSON_READER_H
#define SLEEVE_CORE_JSON_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/status.h"

/* Reads one JSON text (RFC 8259) of at most JSON_SIZE_MAX bytes as a tree: sessions, settings and results of models,
 * rescued work. The text need not be trusted. It is refused if it is not UTF-8, is nested deeper than JSON_DEPTH_MAX,
 * has more than JSON_VALUES_MAX values, an object has the same key twice, a string or key contains a NUL or half a
 * surrogate pair, or a number is too large for a double. Long inputs (Million Playlist Dataset, safetensors headers)
 * have their own parsers, which build no tree. */
enum { JSON_SIZE_MAX = 16 << 20, JSON_DEPTH_MAX = 32, JSON_VALUES_MAX = 1000000 };

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_TEXT, JSON_ARRAY, JSON_OBJECT };

struct json_value {
    enum json_type type;
    bool truth;               /* of a JSON_BOOL */
    const char *key;          /* of a member of an object, else NULL */
    const char *text;         /* of a JSON_TEXT; of a JSON_NUMBER: as written */
    double number;            /* of a JSON_NUMBER; finite */
    struct json_value *items; /* of an array; the members of an object, in their order */
    size_t count;
};

struct json_document {
    struct json_value root;
    struct arena memory; /* owns all texts and items */
};

/* On failure (STATUS_BAD_DATA with the byte offset) there is nothing to free. */
enum status json_read(const char *text, size_t size, struct json_document *document, struct error *error);
void json_document_free(struct json_document *document);

/* These accept NULL and values of any type. */

/* The member with this key; NULL if there is none or the value is not an object. */
const struct json_value *json_member(const struct json_value *object, const char *key);
/* The number of items of an array; 0 for anything else. */
size_t json_array_count(const struct json_value *array);
/* The text, or `otherwise` if the value is not a string. */
const char *json_get_text(const struct json_value *value, const char *otherwise);
/* The integer, or `otherwise` if the value is not one or is outside low..high. 1.0 and 1e3 are not integers. */
int64_t json_get_integer(const struct json_value *value, int64_t low, int64_t high, int64_t otherwise);
/* The number, or `otherwise` if the value is not one. */
double json_get_number(const struct json_value *value, double otherwise);
bool json_get_bool(const struct json_value *value, bool otherwise);

#endif
