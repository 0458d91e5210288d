#ifndef SLEEVE_DB_IMPORT_OUTLINE_H
#define SLEEVE_DB_IMPORT_OUTLINE_H

#include <stddef.h>
#include <stdint.h>

#include "core/progress.h"
#include "core/status.h"

/* A JSON or XML document as a stream of values with their places, so that a file of any size is read without a tree,
 * and a format is a table of places. The place of a value is the names around it with slashes between; the items of a
 * JSON array have the name of the array and "[]":
 *
 *   {"playlist": {"title": "A", "track": [{"creator": "B"}]}}    "playlist", "playlist/title", "playlist/track[]",
 *                                                                "playlist/track[]/creator"
 *   <playlist version="1"><title>A</title></playlist>            "playlist", "playlist@version", "playlist/title"
 *   <dict><key>Name</key><string>A</string></dict>               "Name" (property lists; a name of digits is "#")
 *
 * XML prefixes are left out ("x:title" is "title"). */

enum outline_kind { OUTLINE_JSON, OUTLINE_XML, OUTLINE_PLIST };

enum outline_event {
    OUTLINE_BEGIN, /* of an object, array or element */
    OUTLINE_TEXT,  /* a text, number or truth value of JSON; the text of an element, before its end; an attribute */
    OUTLINE_END,
};

struct outline;

/* What a format does with its document. */
struct outline_taker {
    /* `text` is well-formed UTF-8 and followed by a NUL, which a JSON text may also contain; "" unless the event is
     * OUTLINE_TEXT. */
    enum status (*take)(void *context, const struct outline *outline, enum outline_event event, const char *place,
                        const char *text, size_t size, struct error *error);
    void *context;
};

/* Reads the file (core/text_reader.h: encodings, gzip). STATUS_BAD_DATA: it is not of this kind, cut, damaged, nested
 * deeper than 64, has a text of more than 1 MB, or declares XML entities (which could expand without limit). */
enum status outline_read(const char *path, const char *name, enum outline_kind kind, const struct outline_taker *taker,
                         struct progress *progress, struct error *error);

/* Where the reader is: a line of XML, a byte of JSON. */
int64_t outline_position(const struct outline *outline);
/* "line" or "byte" */
const char *outline_unit(enum outline_kind kind);

#endif
