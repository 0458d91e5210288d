/* JSON, by yajl's callbacks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl_parse.h>

#include "db/import/outline_internal.h"

enum { VALUE_MAX = 8 << 20 }; /* bytes of a value that is not complete: the parser keeps it */

struct json_parser {
    struct outline *outline;
    yajl_handle yajl;
    bool array[OUTLINE_DEPTH_MAX + 1]; /* the container at each depth is an array */
    int containers;
    bool named; /* the place ends with the key of the value that follows */
    int64_t before, waiting;
    struct buffer text;
};

static void move(struct json_parser *parser)
{
    parser->outline->position = parser->before + (int64_t)yajl_get_bytes_consumed(parser->yajl);
    parser->waiting = 0;
}

/* The value's name is its key, or [] in an array; the outermost one has none. */
static bool name_value(struct json_parser *parser)
{
    if (parser->named)
        return true;
    const bool item = parser->containers > 0 && parser->array[parser->containers - 1];
    return outline_enter(parser->outline, "[]", item ? 2 : 0);
}

static int end_value(struct json_parser *parser, bool fine)
{
    if (fine)
        outline_leave(parser->outline);
    parser->named = false;
    return fine;
}

static int give(struct json_parser *parser, const char *text, size_t size)
{
    move(parser);
    if (size > OUTLINE_TEXT_MAX)
        return outline_refuse(parser->outline, "a text of more than 1 MB; this is not a list of playlists");
    buffer_clear(&parser->text);
    buffer_add(&parser->text, text, size);
    if (parser->text.failed) {
        parser->outline->status = error_no_memory(parser->outline->error);
        return 0;
    }
    return end_value(parser, name_value(parser) &&
                                 outline_give(parser->outline, OUTLINE_TEXT, size > 0 ? parser->text.data : "", size));
}

static int on_string(void *context, const unsigned char *text, size_t size)
{
    return give(context, (const char *)text, size);
}

static int on_number(void *context, const char *text, size_t size)
{
    return give(context, text, size);
}

static int on_boolean(void *context, int value)
{
    return give(context, value ? "true" : "false", value ? 4 : 5);
}

static int on_null(void *context)
{
    struct json_parser *parser = context;
    move(parser);
    return end_value(parser, name_value(parser)); /* nothing is known */
}

static int on_key(void *context, const unsigned char *key, size_t size)
{
    struct json_parser *parser = context;
    move(parser);
    parser->named = true;
    return outline_enter(parser->outline, (const char *)key, size);
}

static int begin(struct json_parser *parser, bool array)
{
    move(parser);
    if (!name_value(parser))
        return 0;
    parser->named = false;
    if (parser->containers == OUTLINE_DEPTH_MAX)
        return outline_refuse(parser->outline, "values are nested more than 64 deep; this is not a list of playlists");
    parser->array[parser->containers++] = array;
    return outline_give(parser->outline, OUTLINE_BEGIN, "", 0);
}

static int on_object(void *context)
{
    return begin(context, false);
}

static int on_array(void *context)
{
    return begin(context, true);
}

static int on_end(void *context)
{
    struct json_parser *parser = context;
    move(parser);
    parser->containers--;
    return end_value(parser, outline_give(parser->outline, OUTLINE_END, "", 0));
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_object,
    .yajl_map_key = on_key,
    .yajl_end_map = on_end,
    .yajl_start_array = on_array,
    .yajl_end_array = on_end,
};

static void *start(struct outline *outline)
{
    struct json_parser *parser = calloc(1, sizeof *parser);
    if (!parser)
        return NULL;
    parser->outline = outline;
    parser->before = outline->position;
    parser->yajl = yajl_alloc(&callbacks, NULL, parser);
    if (!parser->yajl) {
        free(parser);
        return NULL;
    }
    yajl_config(parser->yajl, yajl_dont_validate_strings, 1); /* the reader of the file did */
    return parser;
}

static bool explain(struct json_parser *parser, const unsigned char *text, size_t size)
{
    char reason[200];
    unsigned char *why = yajl_get_error(parser->yajl, 0, text, size);
    const char *first = why ? (const char *)why : "";
    parser->outline->position = parser->before + (int64_t)yajl_get_bytes_consumed(parser->yajl);
    snprintf(reason, sizeof reason, "this is not valid JSON (%.*s); the file is cut or damaged",
             (int)strcspn(first, "\n"), first);
    yajl_free_error(parser->yajl, why);
    return outline_refuse(parser->outline, reason);
}

static bool feed(void *state, char *text, size_t size, bool last)
{
    struct json_parser *parser = state;
    const unsigned char *bytes = last ? NULL : (const unsigned char *)text;
    const yajl_status result = last ? yajl_complete_parse(parser->yajl) : yajl_parse(parser->yajl, bytes, size);
    if (result != yajl_status_ok)
        return parser->outline->status == STATUS_OK ? explain(parser, bytes, last ? 0 : size) : false;
    parser->before += (int64_t)size;
    parser->waiting += (int64_t)size;
    parser->outline->position = parser->before;
    return parser->waiting <= VALUE_MAX ||
           outline_refuse(parser->outline, "a value of more than 8 MB; this is not a list of playlists");
}

static void finish(void *state)
{
    struct json_parser *parser = state;
    yajl_free(parser->yajl);
    buffer_free(&parser->text);
    free(parser);
}

const struct outline_parser outline_json = {start, feed, finish};
