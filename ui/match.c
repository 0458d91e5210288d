#include "ui/match.h"

#include <string.h>

#include "core/text.h"

/* Of longer texts only so many bytes are marked. */
enum { TEXT_MAX = 512, FOLDED_MAX = TEXT_MAX * 4 };

/* A text folded character by character, and where each byte of that comes from. */
struct folded {
    struct buffer text;
    size_t from[FOLDED_MAX], to[FOLDED_MAX]; /* the character of the original */
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
        for (size_t i = before; i < folded->text.size && i < FOLDED_MAX; i++) {
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

void match_marks(const char *query, const char *text, bool *marks, size_t size)
{
    struct buffer wanted = {0};
    struct folded folded;
    const char *word;
    size_t at = 0, length;
    memset(marks, 0, size * sizeof *marks);
    text_fold(query, strlen(query), &wanted);
    if (wanted.size > 0) {
        fold(text, &folded);
        while (next_word(&wanted, &at, &word, &length))
            for (const char *place = folded.text.data;
                 place && (place = memmem(place, folded.text.size - (size_t)(place - folded.text.data), word, length));
                 place += length) {
                size_t first = (size_t)(place - folded.text.data), last = first + length - 1;
                for (size_t i = last < FOLDED_MAX ? folded.from[first] : size; i < size && i < folded.to[last]; i++)
                    marks[i] = true;
            }
        buffer_free(&folded.text);
    }
    buffer_free(&wanted);
}
