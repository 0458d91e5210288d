#include "ui/match.h"

#include <string.h>

#include "core/text.h"

/* Of longer texts only so many bytes are highlighted. */
enum { TEXT_MAX = 512 };

/* A text folded character by character, and where each byte of that comes from. */
struct folded {
    struct buffer text;
    size_t from[TEXT_MAX * 4], to[TEXT_MAX * 4]; /* the character of the original */
};

static void fold(const char *text, struct folded *folded)
{
    size_t size = strnlen(text, TEXT_MAX);
    folded->text = (struct buffer){0};
    for (size_t at = 0; at < size;) {
        int width;
        size_t step = text_cluster(text + at, size - at, &width), before = folded->text.size;
        text_fold(text + at, step, &folded->text);
        if (folded->text.size == before)
            buffer_add_byte(&folded->text, ' ');
        for (size_t i = before; i < folded->text.size && i < TEXT_MAX * 4; i++) {
            folded->from[i] = at;
            folded->to[i] = at + step;
        }
        at += step;
    }
}

/* The next word of a folded query, from *at on; false when there is none. */
static bool next_word(const struct buffer *query, size_t *at, const char **word, size_t *size)
{
    if (!query->data)
        return false;
    *at += strspn(query->data + *at, " ");
    *word = query->data + *at;
    *size = strcspn(*word, " ");
    *at += *size;
    return *size > 0;
}

static bool occurs(const struct buffer *text, const char *word, size_t size)
{
    return text->data && memmem(text->data, text->size, word, size) != NULL;
}

bool match_all(const char *query, const char *const *texts, size_t n)
{
    enum { TEXTS_MAX = 8 };
    struct buffer wanted = {0}, folded[TEXTS_MAX] = {{0}};
    const char *word;
    size_t at = 0, size;
    bool all = true;
    text_fold(query, strlen(query), &wanted);
    for (size_t i = 0; i < n && i < TEXTS_MAX && wanted.size > 0; i++)
        text_fold(texts[i], strlen(texts[i]), &folded[i]);
    while (all && next_word(&wanted, &at, &word, &size)) {
        all = false;
        for (size_t i = 0; i < n && i < TEXTS_MAX && !all; i++)
            all = occurs(&folded[i], word, size);
    }
    buffer_free(&wanted);
    for (size_t i = 0; i < TEXTS_MAX; i++)
        buffer_free(&folded[i]);
    return all;
}

static void restyle(struct screen *screen, int row, int column, int columns, enum style matched, const char *text,
                    size_t from, size_t to)
{
    int start = text_width(text, from), end = text_width(text, to);
    if (start < columns)
        screen_restyle(screen, row, column + start, (end < columns ? end : columns) - start, matched);
}

int match_draw(struct screen *screen, int row, int column, int columns, enum style style, enum style matched,
               const char *text, const char *query)
{
    int used = screen_text(screen, row, column, columns, style, text);
    struct buffer wanted = {0};
    struct folded folded;
    const char *word;
    size_t at = 0, size;
    text_fold(query, strlen(query), &wanted);
    if (wanted.size > 0) {
        fold(text, &folded);
        while (next_word(&wanted, &at, &word, &size))
            for (const char *place = folded.text.data;
                 place && (place = memmem(place, folded.text.size - (size_t)(place - folded.text.data), word, size));
                 place += size) {
                size_t first = (size_t)(place - folded.text.data), last = first + size - 1;
                if (last < TEXT_MAX * 4)
                    restyle(screen, row, column, used, matched, text, folded.from[first], folded.to[last]);
            }
        buffer_free(&folded.text);
    }
    buffer_free(&wanted);
    return used;
}
