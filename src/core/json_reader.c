#include "core/json_reader.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/text.h"

struct reader {
    const char *text; /* a NUL-terminated copy, so that strtod can read a number at the end */
    size_t size, at;
    int depth;
    size_t n_values;
    struct arena *memory;
    struct buffer open; /* struct json_value: the items of the arrays and objects that are still open */
    struct buffer scratch;
    const char *fault; /* why it stopped */
};

static bool refuse(struct reader *reader, const char *fault)
{
    if (!reader->fault)
        reader->fault = fault;
    return false;
}

static bool no_memory(struct reader *reader)
{
    return refuse(reader, "memory ran out");
}

static char next(struct reader *reader)
{
    reader->at += strspn(reader->text + reader->at, " \t\r\n");
    return reader->text[reader->at];
}

static bool take(struct reader *reader, char wanted)
{
    if (next(reader) != wanted)
        return false;
    reader->at++;
    return true;
}

/* ---- strings ---- */

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static bool read_hex(struct reader *reader, uint32_t *value)
{
    *value = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(reader->text[reader->at]);
        if (digit < 0)
            return refuse(reader, "\\u needs four hexadecimal digits");
        *value = *value << 4 | (uint32_t)digit;
        reader->at++;
    }
    return true;
}

static void add_character(struct buffer *out, uint32_t c)
{
    if (c < 0x80) {
        buffer_add_byte(out, (char)c);
        return;
    }
    int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned char first[] = {0, 0xc0, 0xe0, 0xf0};
    buffer_add_byte(out, (char)(first[more] | c >> (6 * more)));
    while (more-- > 0)
        buffer_add_byte(out, (char)(0x80 | (c >> (6 * more) & 0x3f)));
}

/* After \u. */
static bool read_code_point(struct reader *reader, struct buffer *out)
{
    uint32_t c, low;
    if (!read_hex(reader, &c))
        return false;
    if (c == 0)
        return refuse(reader, "a text has a NUL");
    if (c >= 0xd800 && c < 0xdc00 && reader->text[reader->at] == '\\' && reader->text[reader->at + 1] == 'u') {
        reader->at += 2;
        if (!read_hex(reader, &low))
            return false;
        if (low < 0xdc00 || low > 0xdfff)
            return refuse(reader, "a text has half a surrogate pair");
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    }
    if (c >= 0xd800 && c <= 0xdfff)
        return refuse(reader, "a text has half a surrogate pair");
    add_character(out, c);
    return true;
}

/* After a backslash. */
static bool read_escape(struct reader *reader, struct buffer *out)
{
    static const char names[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    char c = reader->text[reader->at++];
    if (c == 'u')
        return read_code_point(reader, out);
    const char *name = c ? strchr(names, c) : NULL;
    if (!name)
        return refuse(reader, "a text has an invalid escape");
    buffer_add_byte(out, meanings[name - names]);
    return true;
}

/* After the opening quote. */
static bool read_text(struct reader *reader, const char **out)
{
    struct buffer *text = &reader->scratch;
    buffer_clear(text);
    for (;;) {
        size_t from = reader->at;
        unsigned char c;
        while ((c = (unsigned char)reader->text[reader->at]) >= ' ' && c != '"' && c != '\\')
            reader->at++;
        buffer_add(text, reader->text + from, reader->at - from);
        if (c == '"')
            break;
        if (c != '\\')
            return refuse(reader, c == '\0' ? "a text does not end" : "a text has a control character");
        reader->at++;
        if (!read_escape(reader, text))
            return false;
    }
    reader->at++;
    *out = text->failed ? NULL : arena_copy_text(reader->memory, text->data, text->size);
    return *out || no_memory(reader);
}

/* ---- numbers and literals ---- */

static bool skip_digits(struct reader *reader)
{
    size_t digits = strspn(reader->text + reader->at, "0123456789");
    reader->at += digits;
    return digits > 0;
}

static bool read_number(struct reader *reader, struct json_value *value)
{
    const char *start = reader->text + reader->at, *text = reader->text;
    reader->at += text[reader->at] == '-';
    bool good = text[reader->at] == '0' ? ++reader->at > 0 : skip_digits(reader);
    if (good && text[reader->at] == '.')
        good = ++reader->at > 0 && skip_digits(reader);
    if (good && (text[reader->at] == 'e' || text[reader->at] == 'E')) {
        reader->at++;
        reader->at += text[reader->at] == '+' || text[reader->at] == '-';
        good = skip_digits(reader);
    }
    if (!good)
        return refuse(reader, "a number is invalid");
    value->type = JSON_NUMBER;
    value->text = arena_copy_text(reader->memory, start, (size_t)(text + reader->at - start));
    if (!value->text)
        return no_memory(reader);
    value->number = strtod(value->text, NULL);
    return isfinite(value->number) || refuse(reader, "a number is too large");
}

static bool read_word(struct reader *reader, struct json_value *value)
{
    static const struct {
        const char *word;
        struct json_value value;
    } words[] = {
        {"null", {.type = JSON_NULL}}, {"true", {.type = JSON_BOOL, .truth = true}}, {"false", {.type = JSON_BOOL}}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t size = strlen(words[i].word);
        if (strncmp(reader->text + reader->at, words[i].word, size) != 0)
            continue;
        *value = words[i].value;
        reader->at += size;
        return true;
    }
    return refuse(reader, reader->text[reader->at] ? "a value is expected here" : "the text ends too early");
}

/* ---- arrays and objects ---- */

static int by_key(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool keys_differ(struct reader *reader, const struct json_value *object)
{
    const char **keys = malloc((object->count + 1) * sizeof *keys);
    if (!keys)
        return no_memory(reader);
    for (size_t i = 0; i < object->count; i++)
        keys[i] = object->items[i].key;
    qsort(keys, object->count, sizeof *keys, by_key);
    bool differ = true;
    for (size_t i = 1; i < object->count && differ; i++)
        differ = strcmp(keys[i - 1], keys[i]) != 0;
    free(keys);
    return differ || refuse(reader, "an object has the same key twice");
}

/* Moves the items read since `mark` into the value. */
static bool close_items(struct reader *reader, size_t mark, struct json_value *value)
{
    size_t size = reader->open.size - mark;
    value->count = size / sizeof *value;
    value->items = reader->open.failed ? NULL : arena_alloc(reader->memory, size + 1);
    if (!value->items)
        return no_memory(reader);
    if (size > 0)
        memcpy(value->items, reader->open.data + mark, size);
    reader->open.size = mark;
    return value->type == JSON_ARRAY || keys_differ(reader, value);
}

static bool read_value(struct reader *reader, struct json_value *value);

static bool read_item(struct reader *reader, bool member)
{
    const char *key = NULL;
    if (member) {
        if (!take(reader, '"'))
            return refuse(reader, "a key in quotes is expected here");
        if (!read_text(reader, &key))
            return false;
        if (!take(reader, ':'))
            return refuse(reader, "a colon is expected after a key");
    }
    struct json_value item;
    if (!read_value(reader, &item))
        return false;
    item.key = key;
    buffer_add(&reader->open, &item, sizeof item);
    return !reader->open.failed || no_memory(reader);
}

/* After the opening bracket. */
static bool read_items(struct reader *reader, enum json_type type, struct json_value *value)
{
    char end = type == JSON_ARRAY ? ']' : '}';
    size_t mark = reader->open.size;
    value->type = type;
    if (!take(reader, end)) {
        do {
            if (!read_item(reader, type == JSON_OBJECT))
                return false;
        } while (take(reader, ','));
        if (!take(reader, end))
            return refuse(reader, type == JSON_ARRAY ? "a list does not end" : "an object does not end");
    }
    return close_items(reader, mark, value);
}

/* Recursive, at most JSON_DEPTH_MAX deep. */
static bool read_value(struct reader *reader, struct json_value *value)
{
    *value = (struct json_value){0};
    if (++reader->n_values > JSON_VALUES_MAX)
        return refuse(reader, "it has more than 1,000,000 values");
    char c = next(reader);
    if (c == '-' || (c >= '0' && c <= '9'))
        return read_number(reader, value);
    if (c != '"' && c != '[' && c != '{')
        return read_word(reader, value);
    if (c != '"' && reader->depth == JSON_DEPTH_MAX)
        return refuse(reader, "it is nested deeper than 32 levels");
    reader->at++;
    if (c == '"') {
        value->type = JSON_TEXT;
        return read_text(reader, &value->text);
    }
    reader->depth++;
    bool good = read_items(reader, c == '[' ? JSON_ARRAY : JSON_OBJECT, value);
    reader->depth--;
    return good;
}

static bool read_document(struct reader *reader, struct json_value *root)
{
    if (strlen(reader->text) != reader->size)
        return refuse(reader, "it has a NUL");
    if (!read_value(reader, root))
        return false;
    return next(reader) == '\0' || refuse(reader, "there is text after its end");
}

enum status json_read(const char *text, size_t size, struct json_document *document, struct error *error)
{
    *document = (struct json_document){0};
    if (size > JSON_SIZE_MAX)
        return error_set(error, STATUS_BAD_DATA, "the JSON text of %zu bytes is longer than %d", size, JSON_SIZE_MAX);
    if (!text_is_utf8(text, size))
        return error_set(error, STATUS_BAD_DATA, "the JSON text is not UTF-8");
    char *copy = strndup(text, size);
    if (!copy)
        return error_no_memory(error);
    struct reader reader = {.text = copy, .size = size, .memory = &document->memory};
    enum status status = STATUS_OK;
    if (!read_document(&reader, &document->root))
        status = error_set(error, STATUS_BAD_DATA, "the JSON text is wrong at byte %zu: %s", reader.at, reader.fault);
    buffer_free(&reader.open);
    buffer_free(&reader.scratch);
    free(copy);
    if (status != STATUS_OK)
        json_document_free(document);
    return status;
}

void json_document_free(struct json_document *document)
{
    arena_free(&document->memory);
    *document = (struct json_document){0};
}

/* ---- access ---- */

const struct json_value *json_member(const struct json_value *object, const char *key)
{
    for (size_t i = 0; object && object->type == JSON_OBJECT && i < object->count; i++)
        if (strcmp(object->items[i].key, key) == 0)
            return &object->items[i];
    return NULL;
}

size_t json_array_count(const struct json_value *array)
{
    return array && array->type == JSON_ARRAY ? array->count : 0;
}

const char *json_get_text(const struct json_value *value, const char *otherwise)
{
    return value && value->type == JSON_TEXT ? value->text : otherwise;
}

int64_t json_get_integer(const struct json_value *value, int64_t low, int64_t high, int64_t otherwise)
{
    if (!value || value->type != JSON_NUMBER || strpbrk(value->text, ".eE"))
        return otherwise;
    errno = 0;
    long long integer = strtoll(value->text, NULL, 10);
    return errno == 0 && integer >= low && integer <= high ? integer : otherwise;
}

double json_get_number(const struct json_value *value, double otherwise)
{
    return value && value->type == JSON_NUMBER ? value->number : otherwise;
}

bool json_get_bool(const struct json_value *value, bool otherwise)
{
    return value && value->type == JSON_BOOL ? value->truth : otherwise;
}
