#include "db/import/outline_internal.h"

#include <string.h>

#include "core/file_kind.h"

bool outline_refuse(struct outline *outline, const char *reason)
{
    if (outline->status == STATUS_OK)
        outline->status = error_set(outline->error, STATUS_BAD_DATA, "%s, %s %lld: %s", outline->name,
                                    outline_unit(outline->kind), (long long)outline_position(outline), reason);
    return false;
}

bool outline_enter(struct outline *outline, const char *name, size_t size)
{
    if (outline->depth == OUTLINE_DEPTH_MAX)
        return outline_refuse(outline, "values are nested more than 64 deep; this is not a list of playlists");
    outline->sizes[outline->depth++] = outline->place.size;
    if (outline->place.size + size > OUTLINE_PLACE_MAX)
        return outline_refuse(outline, "a name of several thousand letters; this is not a list of playlists");
    if (outline->place.size > 0 && size > 0 && strncmp(name, "[]", size) != 0)
        buffer_add_byte(&outline->place, '/');
    buffer_add(&outline->place, name, size);
    if (outline->place.failed)
        outline->status = error_no_memory(outline->error);
    return outline->status == STATUS_OK;
}

void outline_leave(struct outline *outline)
{
    outline->place.size = outline->sizes[--outline->depth];
    if (outline->place.data)
        outline->place.data[outline->place.size] = '\0';
}

bool outline_give(struct outline *outline, enum outline_event event, const char *text, size_t size)
{
    const char *place = outline->place.data ? outline->place.data : "";
    if (outline->status == STATUS_OK)
        outline->status =
            outline->taker->take(outline->taker->context, outline, event, place, text, size, outline->error);
    return outline->status == STATUS_OK;
}

int64_t outline_position(const struct outline *outline)
{
    return outline->position;
}

const char *outline_unit(enum outline_kind kind)
{
    return kind == OUTLINE_JSON ? "byte" : "line";
}

static const char *kind_name(enum outline_kind kind)
{
    static const char *const names[] = {
        [OUTLINE_JSON] = "JSON", [OUTLINE_XML] = "XML", [OUTLINE_PLIST] = "an XML property list"};
    return names[kind];
}

/* The first character decides, before a parser complains about something else. */
static enum status check_begin(const struct outline *outline, const char *text, size_t size, struct error *error)
{
    size_t blanks = 0;
    while (blanks < size && strchr(" \t\r\n", text[blanks]) && text[blanks])
        blanks++;
    const bool fits = blanks < size && (outline->kind == OUTLINE_JSON ? text[blanks] == '{' || text[blanks] == '['
                                                                      : text[blanks] == '<');
    if (fits)
        return STATUS_OK;
    const char *kind = file_kind_of_text(text, size < FILE_KIND_BYTES ? size : FILE_KIND_BYTES);
    return error_set(error, STATUS_BAD_DATA, "%s: this is %s, not %s", outline->name,
                     kind             ? kind
                     : blanks == size ? "an empty file"
                                      : "another kind of file",
                     kind_name(outline->kind));
}

static enum status read_blocks(struct outline *outline, const struct outline_parser *parser, void *state,
                               struct progress *progress, struct error *error)
{
    char *block;
    size_t size;
    bool first = true;
    for (;;) {
        enum status status = text_reader_fill(outline->input, 1, &block, &size, error);
        if (status == STATUS_OK && first)
            status = check_begin(outline, block, size, error);
        first = false;
        if (status != STATUS_OK)
            return status;
        if (!parser->feed(state, block, size, size == 0) || size == 0)
            return outline->status;
        text_reader_consume(outline->input, size);
        progress_step(progress, (double)text_reader_position(outline->input));
        if (progress_cancelled(progress))
            return error_set(error, STATUS_INTERRUPTED, "stopped; nothing of %s was imported", outline->name);
    }
}

enum status outline_read(const char *path, const char *name, enum outline_kind kind, const struct outline_taker *taker,
                         struct progress *progress, struct error *error)
{
    const struct outline_parser *parser = kind == OUTLINE_JSON ? &outline_json : &outline_xml;
    struct outline outline = {.name = name, .kind = kind, .taker = taker, .error = error};
    const unsigned flags = kind == OUTLINE_JSON ? TEXT_READER_UTF8 : 0;
    enum status status = text_reader_open_as(path, name, flags, &outline.input, error);
    if (status != STATUS_OK)
        return status;
    outline.position = kind == OUTLINE_JSON ? (int64_t)text_reader_mark(outline.input) : 1;
    void *state = parser->begin(&outline);
    status = state ? read_blocks(&outline, parser, state, progress, error) : error_no_memory(error);
    if (state)
        parser->end(state);
    text_reader_close(outline.input);
    buffer_free(&outline.place);
    return status;
}
