#ifndef SLEEVE_DB_IMPORT_OUTLINE_INTERNAL_H
#define SLEEVE_DB_IMPORT_OUTLINE_INTERNAL_H

#include "core/buffer.h"
#include "core/text_reader.h"
#include "db/import/outline.h"

/* Shared by the parsers of outlines. */

enum {
    OUTLINE_DEPTH_MAX = 64,
    OUTLINE_PLACE_MAX = 4096,  /* bytes of a place */
    OUTLINE_TEXT_MAX = 1 << 20 /* bytes of a text */
};

struct outline {
    const char *name; /* of the file, in messages */
    enum outline_kind kind;
    const struct outline_taker *taker;
    struct text_reader *input;
    struct buffer place;
    size_t sizes[OUTLINE_DEPTH_MAX + 1]; /* of the place at each depth, without what is inside */
    int depth;
    int64_t position;
    enum status status; /* what stopped the parser */
    struct error *error;
};

/* Enters a value of this name ("" adds nothing but depth; "[]" is added without a slash). False: the parser stops. */
bool outline_enter(struct outline *outline, const char *name, size_t size);
void outline_leave(struct outline *outline);
/* Hands an event to the format. False: the parser stops. */
bool outline_give(struct outline *outline, enum outline_event event, const char *text, size_t size);
/* Stops the parser with a message about the current position. Always false. */
bool outline_refuse(struct outline *outline, const char *reason);

/* One parser each; `begin` returns NULL when memory ran out, `feed` false when the file must not be read further. */
struct outline_parser {
    void *(*begin)(struct outline *outline);
    bool (*feed)(void *parser, char *text, size_t size, bool last);
    void (*end)(void *parser);
};
extern const struct outline_parser outline_json, outline_xml;

#endif
