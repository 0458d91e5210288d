#include "ui/line.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"

void line_set(struct line *line, const char *text)
{
    line->size = line->caret = 0;
    line->text[0] = '\0';
    line_insert(line, text, strlen(text));
}

static bool is_control(const unsigned char *c, size_t size)
{
    return (size == 1 && (c[0] < 0x20 || c[0] == 0x7f)) || (size == 2 && c[0] == 0xc2 && c[1] < 0xa0);
}

/* U+2028 and U+2029 */
static bool is_separator(const unsigned char *c, size_t size)
{
    return (size == 1 && strchr("\n\r\t", c[0]) != NULL && c[0] != '\0') ||
           (size == 3 && c[0] == 0xe2 && c[1] == 0x80 && (c[2] == 0xa8 || c[2] == 0xa9));
}

static void clean(const char *text, size_t size, struct buffer *out)
{
    size_t step;
    for (size_t at = 0; at<size; at += step> 0 ? step : 1) {
        const unsigned char *c = (const unsigned char *)text + at;
        step = text_character_size(text + at, size - at);
        if (is_separator(c, step))
            buffer_add_byte(out, ' ');
        else if (step > 0 && !is_control(c, step))
            buffer_add(out, c, step);
    }
}

bool line_insert(struct line *line, const char *text, size_t size)
{
    struct buffer cleaned = {0};
    clean(text, size, &cleaned);
    size_t fits = 0;
    while (fits < cleaned.size) {
        size_t step = text_character_size(cleaned.data + fits, cleaned.size - fits);
        if (step == 0 || line->size + fits + step >= LINE_SIZE)
            break;
        fits += step;
    }
    bool whole = fits == cleaned.size && !cleaned.failed;
    if (fits > 0) {
        memmove(line->text + line->caret + fits, line->text + line->caret, line->size - line->caret + 1);
        memcpy(line->text + line->caret, cleaned.data, fits);
        line->size += fits;
        line->caret += fits;
    }
    buffer_free(&cleaned);
    return whole;
}

void line_insert_character(struct line *line, int32_t character)
{
    uint32_t c = (uint32_t)character;
    char text[4];
    size_t size = 0;
    if (c < 0x80) {
        text[size++] = (char)c;
    } else if (c < 0x800) {
        text[size++] = (char)(0xc0 | c >> 6);
        text[size++] = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        text[size++] = (char)(0xe0 | c >> 12);
        text[size++] = (char)(0x80 | (c >> 6 & 0x3f));
        text[size++] = (char)(0x80 | (c & 0x3f));
    } else {
        text[size++] = (char)(0xf0 | (c >> 18 & 0x07));
        text[size++] = (char)(0x80 | (c >> 12 & 0x3f));
        text[size++] = (char)(0x80 | (c >> 6 & 0x3f));
        text[size++] = (char)(0x80 | (c & 0x3f));
    }
    line_insert(line, text, size);
}

static size_t before(const struct line *line, size_t caret)
{
    size_t last = 0;
    for (size_t at = 0; at < caret;) {
        int width;
        last = at;
        at += text_cluster(line->text + at, line->size - at, &width);
    }
    return last;
}

static size_t after(const struct line *line, size_t caret)
{
    int width;
    return caret < line->size ? caret + text_cluster(line->text + caret, line->size - caret, &width) : caret;
}

static void cut(struct line *line, size_t from, size_t to)
{
    memmove(line->text + from, line->text + to, line->size - to + 1);
    line->size -= to - from;
    line->caret = from;
}

bool line_edit(struct line *line, const char *what)
{
    size_t caret = line->caret;
    if (strcmp(what, "left") == 0) {
        line->caret = before(line, caret);
    } else if (strcmp(what, "right") == 0) {
        line->caret = after(line, caret);
    } else if (strcmp(what, "home") == 0) {
        line->caret = 0;
    } else if (strcmp(what, "end") == 0) {
        line->caret = line->size;
    } else if (strcmp(what, "backspace") == 0) {
        cut(line, before(line, caret), caret);
    } else if (strcmp(what, "delete") == 0) {
        cut(line, caret, after(line, caret));
    } else if (strcmp(what, "clear") == 0) {
        line_set(line, "");
    } else if (strcmp(what, "word") == 0) {
        size_t from = caret;
        while (from > 0 && line->text[from - 1] == ' ')
            from--;
        while (from > 0 && line->text[from - 1] != ' ')
            from--;
        cut(line, from, caret);
    } else {
        return false;
    }
    return true;
}

void history_free(struct history *history)
{
    for (int i = 0; i < history->count; i++)
        free(history->lines[i]);
    memset(history, 0, sizeof *history);
}

void history_add(struct history *history, const char *text)
{
    bool repeated = history->count > 0 && strcmp(history->lines[history->count - 1], text) == 0;
    char *copy = repeated || text[0] == '\0' ? NULL : strdup(text);
    if (copy) {
        if (history->count == HISTORY_MAX) {
            free(history->lines[0]);
            memmove(history->lines, history->lines + 1, (HISTORY_MAX - 1) * sizeof *history->lines);
            history->count--;
        }
        history->lines[history->count++] = copy;
    }
    history->at = history->count;
}

void history_walk(struct history *history, int direction, struct line *line)
{
    if (history->at >= history->count)
        memcpy(history->typed, line->text, sizeof history->typed);
    size_t size = strlen(history->typed);
    int at = history->at + direction;
    while (at >= 0 && at < history->count && strncmp(history->lines[at], history->typed, size) != 0)
        at += direction;
    if (at < 0 || at > history->count)
        return;
    history->at = at;
    line_set(line, at < history->count ? history->lines[at] : history->typed);
}
