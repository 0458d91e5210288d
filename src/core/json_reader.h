#ifndef SLEEVE_CORE_JSON_READER_H
#define SLEEVE_CORE_JSON_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/status.h"

/* Reads one JSON text (RFC 8259) of at most JSON_SIZE_MAX bytes as a tree: session, settings and results of models,
 * work that could not be saved. The text may be anything. It is refused when it is not UTF-8, is nested deeper than
 * JSON_DEPTH_MAX, has more than JSON_VALUES_MAX values, an object has the same key twice, a text or key has a NUL or
 * half a surrogate pair, or a number is too large for a double. Long inputs (Million Playlist Dataset, safetensors
 * headers) are read by parsers of their own, which keep no tree. */
enum { JSON_SIZE_MAX = 16 << 20, JSON_DEPTH_MAX = 32, JSON_VALUES_MAX = 1000000 };

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_TEXT, JSON_ARRAY, JSON_OBJECT };

struct json_value {
    enum json_type type;
    bool truth;               /* of a JSON_BOOL */
    const char *key;          /* of a member of an object, else NULL */
    const char *text;         /* of a JSON_TEXT; of a JSON_NUMBER: as it stands in the text */
    double number;            /* of a JSON_NUMBER; finite */
    struct json_value *items; /* of an array; the members of an object, in their order */
    size_t count;
};

struct json_document {
    struct json_value root;
    struct arena memory; /* owns all texts and items */
};

/* On failure (STATUS_BAD_DATA: what is wrong at which byte) there is nothing to free. */
enum status json_read(const char *text, size_t size, struct json_document *document, struct error *error);
void json_document_free(struct json_document *document);

/* These take NULL and values of any type. */

/* The member of this key; NULL when it is no object or has none. */
const struct json_value *json_member(const struct json_value *object, const char *key);
/* How many items an array has; 0 for all else. */
size_t json_array_count(const struct json_value *array);
/* The text, or `otherwise` when it is none. */
const char *json_get_text(const struct json_value *value, const char *otherwise);
/* The whole number, or `otherwise` when it is none or lies outside low..high. 1.0 and 1e3 are not whole. */
int64_t json_get_integer(const struct json_value *value, int64_t low, int64_t high, int64_t otherwise);
/* The number, or `otherwise` when it is none. */
double json_get_number(const struct json_value *value, double otherwise);
bool json_get_bool(const struct json_value *value, bool otherwise);

#endif
