#include "core/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

static void separate(struct json_writer *writer)
{
    if (writer->comma)
        buffer_add_byte(writer->out, ',');
    writer->comma = true;
}

static void begin(struct json_writer *writer, char bracket)
{
    separate(writer);
    buffer_add_byte(writer->out, bracket);
    writer->comma = false;
}

static void end(struct json_writer *writer, char bracket)
{
    buffer_add_byte(writer->out, bracket);
    writer->comma = true;
}

void json_object_begin(struct json_writer *writer)
{
    begin(writer, '{');
}

void json_object_end(struct json_writer *writer)
{
    end(writer, '}');
}

void json_array_begin(struct json_writer *writer)
{
    begin(writer, '[');
}

void json_array_end(struct json_writer *writer)
{
    end(writer, ']');
}

void json_key(struct json_writer *writer, const char *key)
{
    json_text(writer, key);
    buffer_add_byte(writer->out, ':');
    writer->comma = false;
}

static void add_character(struct buffer *out, const char *text, size_t size)
{
    unsigned char byte = (unsigned char)text[0];
    if (byte == '"' || byte == '\\') {
        buffer_add_byte(out, '\\');
        buffer_add_byte(out, text[0]);
    } else if (byte == '\n') {
        buffer_add_text(out, "\\n");
    } else if (byte == '\t') {
        buffer_add_text(out, "\\t");
    } else if (byte < 0x20 || byte == 0x7f) {
        buffer_printf(out, "\\u%04x", byte);
    } else if (byte == 0xc2 && (unsigned char)text[1] < 0xa0) { /* C1: a terminal might interpret it */
        buffer_printf(out, "\\u%04x", (unsigned char)text[1]);
    } else {
        buffer_add(out, text, size);
    }
}

void json_text_sized(struct json_writer *writer, const char *text, size_t size)
{
    separate(writer);
    buffer_add_byte(writer->out, '"');
    size_t at = 0;
    while (at < size) {
        size_t step = text_character_size(text + at, size - at);
        if (step == 0) {
            buffer_add_text(writer->out, "\xef\xbf\xbd");
            step = 1;
        } else {
            add_character(writer->out, text + at, step);
        }
        at += step;
    }
    buffer_add_byte(writer->out, '"');
}

void json_text(struct json_writer *writer, const char *text)
{
    if (text)
        json_text_sized(writer, text, strlen(text));
    else
        json_null(writer);
}

void json_integer(struct json_writer *writer, int64_t value)
{
    separate(writer);
    buffer_printf(writer->out, "%lld", (long long)value);
}

/* A locale may have another decimal point. */
static void add_number(struct json_writer *writer, char *text)
{
    separate(writer);
    char *comma = strchr(text, ',');
    if (comma)
        *comma = '.';
    buffer_add_text(writer->out, text);
}

void json_number(struct json_writer *writer, double value)
{
    if (!isfinite(value)) {
        json_null(writer);
        return;
    }
    char text[40];
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value == 0 ? 0 : value); /* not "-0" */
        if (strtod(text, NULL) == value)
            break;
    }
    add_number(writer, text);
}

void json_float(struct json_writer *writer, float value)
{
    if (!isfinite(value)) {
        json_null(writer);
        return;
    }
    char text[40];
    for (int digits = 4; digits <= 9; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value == 0 ? 0 : (double)value);
        if (strtof(text, NULL) == value)
            break;
    }
    add_number(writer, text);
}

void json_bool(struct json_writer *writer, bool value)
{
    separate(writer);
    buffer_add_text(writer->out, value ? "true" : "false");
}

void json_null(struct json_writer *writer)
{
    separate(writer);
    buffer_add_text(writer->out, "null");
}

void json_pair_text(struct json_writer *writer, const char *key, const char *value)
{
    json_key(writer, key);
    json_text(writer, value);
}

void json_pair_integer(struct json_writer *writer, const char *key, int64_t value)
{
    json_key(writer, key);
    json_integer(writer, value);
}

void json_pair_number(struct json_writer *writer, const char *key, double value)
{
    json_key(writer, key);
    json_number(writer, value);
}

void json_pair_bool(struct json_writer *writer, const char *key, bool value)
{
    json_key(writer, key);
    json_bool(writer, value);
}
