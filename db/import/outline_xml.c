/* XML and property lists, by expat. Entities that a document declares are refused: their expansion could be endless,
 * and no format of playlists has any. External documents are never opened. */
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/import/outline_internal.h"

/* An element of a property list. */
enum node { NODE_NONE, NODE_PLIST, NODE_DICT, NODE_ARRAY, NODE_KEY, NODE_VALUE };

struct xml_parser {
    struct outline *outline;
    XML_Parser expat;
    struct buffer text; /* of the innermost element */
    bool leaf;          /* nothing but text was met since it began */
    /* property lists: what each element is, and the key that names the next value */
    enum node nodes[OUTLINE_DEPTH_MAX + 1];
    struct buffer key;
    int depth;
    bool stopped;
};

static const char *local_name(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon ? colon + 1 : name;
}

static bool stop(struct xml_parser *parser, bool fine)
{
    if (!fine) {
        parser->stopped = true;
        XML_StopParser(parser->expat, XML_FALSE);
    }
    return fine;
}

static void move(struct xml_parser *parser)
{
    parser->outline->position = (int64_t)XML_GetCurrentLineNumber(parser->expat);
}

/* ---- XML ---- */

static bool give_attribute(struct xml_parser *parser, const char *name, const char *value)
{
    struct outline *outline = parser->outline;
    const size_t size = outline->place.size;
    buffer_add_byte(&outline->place, '@');
    buffer_add_text(&outline->place, local_name(name));
    const bool fine = outline_give(outline, OUTLINE_TEXT, value, strlen(value));
    outline->place.size = size;
    if (outline->place.data)
        outline->place.data[size] = '\0';
    return fine;
}

static bool begin_element(struct xml_parser *parser, const char *name, const char **attributes)
{
    bool fine =
        outline_enter(parser->outline, name, strlen(name)) && outline_give(parser->outline, OUTLINE_BEGIN, "", 0);
    for (; fine && attributes[0]; attributes += 2)
        fine = give_attribute(parser, attributes[0], attributes[1]);
    return fine;
}

static bool give_text(struct xml_parser *parser)
{
    const char *text = parser->text.data ? parser->text.data : "";
    return parser->text.size == 0 || outline_give(parser->outline, OUTLINE_TEXT, text, parser->text.size);
}

static bool end_element(struct xml_parser *parser)
{
    bool fine = !parser->leaf || give_text(parser);
    fine = fine && outline_give(parser->outline, OUTLINE_END, "", 0);
    if (fine)
        outline_leave(parser->outline);
    return fine;
}

/* ---- property lists ---- */

static enum node node_of(const struct xml_parser *parser, const char *name)
{
    if (parser->depth == 0)
        return strcmp(name, "plist") == 0 ? NODE_PLIST : NODE_NONE;
    return strcmp(name, "dict") == 0    ? NODE_DICT
           : strcmp(name, "array") == 0 ? NODE_ARRAY
           : strcmp(name, "key") == 0   ? NODE_KEY
                                        : NODE_VALUE;
}

/* The names of tracks are their numbers. */
static bool is_number(const struct buffer *key)
{
    return key->size > 0 && strspn(key->data, "0123456789") == key->size;
}

static bool begin_node(struct xml_parser *parser, const char *name)
{
    const enum node parent = parser->depth > 0 ? parser->nodes[parser->depth - 1] : NODE_NONE;
    const enum node node = node_of(parser, name);
    if (node == NODE_NONE)
        return outline_refuse(parser->outline, "this XML is not a property list");
    if (parser->depth == OUTLINE_DEPTH_MAX)
        return outline_refuse(parser->outline, "values are nested more than 64 deep; this is not a list of playlists");
    if (parent == NODE_VALUE || parent == NODE_KEY)
        return outline_refuse(parser->outline, "an element in a value; this is a damaged property list");
    parser->nodes[parser->depth++] = node;
    if (node == NODE_PLIST || node == NODE_KEY)
        return true;
    const bool item = parent == NODE_ARRAY, number = !item && is_number(&parser->key);
    const char *text = item ? "[]" : number ? "#" : parser->key.data ? parser->key.data : "";
    const bool fine = outline_enter(parser->outline, text,
                                    item                  ? 2
                                    : number              ? 1
                                    : parent == NODE_DICT ? parser->key.size
                                                          : 0);
    buffer_clear(&parser->key);
    return fine && (node == NODE_VALUE || outline_give(parser->outline, OUTLINE_BEGIN, "", 0));
}

static bool end_node(struct xml_parser *parser, const char *name)
{
    const enum node node = parser->nodes[--parser->depth];
    bool fine = true;
    if (node == NODE_KEY) {
        buffer_clear(&parser->key);
        buffer_add(&parser->key, parser->text.data, parser->text.size);
        return true;
    }
    if (node == NODE_PLIST)
        return true;
    if (node == NODE_VALUE && (strcmp(name, "true") == 0 || strcmp(name, "false") == 0))
        fine = outline_give(parser->outline, OUTLINE_TEXT, name, strlen(name));
    else if (node == NODE_VALUE)
        fine = give_text(parser);
    else
        fine = outline_give(parser->outline, OUTLINE_END, "", 0);
    if (fine)
        outline_leave(parser->outline);
    return fine;
}

/* ---- both ---- */

static void XMLCALL on_begin(void *context, const XML_Char *qualified, const XML_Char **attributes)
{
    struct xml_parser *parser = context;
    const char *name = local_name(qualified);
    move(parser);
    stop(parser,
         parser->outline->kind == OUTLINE_PLIST ? begin_node(parser, name) : begin_element(parser, name, attributes));
    buffer_clear(&parser->text);
    parser->leaf = true;
}

static void XMLCALL on_end(void *context, const XML_Char *qualified)
{
    struct xml_parser *parser = context;
    if (parser->stopped) /* Expat still ends an element <a/> whose beginning was refused */
        return;
    move(parser);
    stop(parser,
         parser->outline->kind == OUTLINE_PLIST ? end_node(parser, local_name(qualified)) : end_element(parser));
    buffer_clear(&parser->text);
    parser->leaf = false;
}

static void XMLCALL on_text(void *context, const XML_Char *text, int size)
{
    struct xml_parser *parser = context;
    if (parser->text.size + (size_t)size > OUTLINE_TEXT_MAX) {
        move(parser);
        stop(parser, outline_refuse(parser->outline, "a text of more than 1 MB; this is not a list of playlists"));
        return;
    }
    buffer_add(&parser->text, text, (size_t)size);
    if (parser->text.failed) {
        parser->outline->status = error_no_memory(parser->outline->error);
        stop(parser, false);
    }
}

static void XMLCALL on_entity(void *context, const XML_Char *name, int parameter, const XML_Char *value, int size,
                              const XML_Char *base, const XML_Char *system, const XML_Char *public,
                              const XML_Char *notation)
{
    struct xml_parser *parser = context;
    (void)name, (void)parameter, (void)value, (void)size, (void)base, (void)system, (void)public, (void)notation;
    move(parser);
    stop(parser, outline_refuse(parser->outline,
                                "it declares XML entities, which lists of playlists do not need; it is not read"));
}

static void *start(struct outline *outline)
{
    struct xml_parser *parser = calloc(1, sizeof *parser);
    if (!parser)
        return NULL;
    parser->outline = outline;
    parser->expat = XML_ParserCreate("UTF-8"); /* the reader has converted the file, whatever it declares */
    if (!parser->expat) {
        free(parser);
        return NULL;
    }
    XML_SetUserData(parser->expat, parser);
    XML_SetElementHandler(parser->expat, on_begin, on_end);
    XML_SetCharacterDataHandler(parser->expat, on_text);
    XML_SetEntityDeclHandler(parser->expat, on_entity);
    return parser;
}

static bool explain(struct xml_parser *parser)
{
    char reason[200];
    move(parser);
    if (parser->outline->status != STATUS_OK)
        return false;
    const enum XML_Error code = XML_GetErrorCode(parser->expat);
    if (code == XML_ERROR_NO_MEMORY) {
        parser->outline->status = error_no_memory(parser->outline->error);
        return false;
    }
    snprintf(reason, sizeof reason, "this is not well-formed XML (%s); the file is cut or damaged",
             XML_ErrorString(code));
    return outline_refuse(parser->outline, reason);
}

static bool feed(void *state, char *text, size_t size, bool last)
{
    enum { PART = 1 << 20 };
    struct xml_parser *parser = state;
    for (size_t at = 0; at < size || last;) {
        const size_t part = size - at < PART ? size - at : PART;
        if (XML_Parse(parser->expat, text + at, (int)part, last) != XML_STATUS_OK)
            return explain(parser);
        at += part;
        if (last)
            break;
    }
    return parser->outline->status == STATUS_OK;
}

static void finish(void *state)
{
    struct xml_parser *parser = state;
    XML_ParserFree(parser->expat);
    buffer_free(&parser->text);
    buffer_free(&parser->key);
    free(parser);
}

const struct outline_parser outline_xml = {start, feed, finish};
