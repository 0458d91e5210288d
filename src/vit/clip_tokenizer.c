#include "vit/clip_tokenizer.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "core/assets.h"
#include "core/buffer.h"
#include "vit/clip_clean.h"
#include "vit/clip_vocabulary.h"

struct clip_tokenizer {
    struct clip_vocabulary vocabulary;
};

enum character_class { CLASS_SPACE, CLASS_LETTER, CLASS_NUMBER, CLASS_OTHER };

enum status clip_tokenizer_open(const char *path, struct clip_tokenizer **tokenizer, struct error *error)
{
    struct buffer found = {0};
    struct clip_tokenizer *self = calloc(1, sizeof *self);
    enum status status = self ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK && !path)
        status = asset_find("clip_merges.txt.gz", &found, error);
    if (status == STATUS_OK)
        status = clip_vocabulary_read(path ? path : found.data, &self->vocabulary, error);
    buffer_free(&found);
    if (status != STATUS_OK) {
        free(self);
        self = NULL;
    }
    *tokenizer = self;
    return status;
}

void clip_tokenizer_close(struct clip_tokenizer *tokenizer)
{
    if (!tokenizer)
        return;
    clip_vocabulary_free(&tokenizer->vocabulary);
    free(tokenizer);
}

int32_t clip_tokenizer_size(const struct clip_tokenizer *tokenizer)
{
    return clip_vocabulary_size(&tokenizer->vocabulary);
}

/* The class of the character at the start of clean text, and its size. */
static enum character_class class_of(const char *text, size_t size, size_t *length)
{
    utf8proc_int32_t character = 0;
    utf8proc_ssize_t read = utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)size, &character);
    *length = read > 0 ? (size_t)read : 1;
    if (*text == ' ')
        return CLASS_SPACE;
    utf8proc_category_t category = read > 0 ? utf8proc_category(character) : UTF8PROC_CATEGORY_CN;
    if (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO)
        return CLASS_LETTER;
    return category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO ? CLASS_NUMBER : CLASS_OTHER;
}

static const char start_of_text[] = "<|startoftext|>";
static const char end_of_text[] = "<|endoftext|>";

static bool begins(const char *text, size_t size, const char *prefix)
{
    size_t length = strlen(prefix);
    return size >= length && memcmp(text, prefix, length) == 0;
}

/* The size of the word at the start of clean text; a space is a word that is dropped. */
static size_t word_size(const char *text, size_t size)
{
    static const char *const fixed[] = {start_of_text, end_of_text, "'s", "'t", "'re", "'ve", "'m", "'ll", "'d"};
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (begins(text, size, fixed[i]))
            return strlen(fixed[i]);
    size_t end;
    enum character_class class = class_of(text, size, &end);
    size_t length;
    while ((class == CLASS_LETTER || class == CLASS_OTHER) && end < size &&
           class_of(text + end, size - end, &length) == class)
        end += length;
    return end;
}

/* Merges neighbours until none do; returns how many symbols are left. `merged` has capacity for `count` symbols. */
static size_t merge(const struct clip_vocabulary *vocabulary, int32_t *symbols, int32_t *merged, size_t count)
{
    for (size_t i = 0; i + 1 < count; i++)
        merged[i] = clip_vocabulary_merge(vocabulary, symbols[i], symbols[i + 1]);
    while (count > 1) {
        int32_t best = INT32_MAX;
        for (size_t i = 0; i + 1 < count; i++)
            if (merged[i] > 0 && merged[i] < best)
                best = merged[i];
        if (best == INT32_MAX)
            break;
        /* The pair may overlap itself ("aaa"), so a merge consumes its right symbol before the next is examined. */
        size_t kept = 0;
        bool changed = false;
        for (size_t i = 0; i < count; i++) {
            bool joins = i + 1 < count && merged[i] == best;
            int32_t symbol = joins ? best : symbols[i];
            if (kept > 0)
                merged[kept - 1] =
                    joins || changed ? clip_vocabulary_merge(vocabulary, symbols[kept - 1], symbol) : merged[i - 1];
            symbols[kept++] = symbol;
            changed = joins;
            i += joins;
        }
        count = kept;
    }
    return count;
}

static void add_token(struct clip_tokens *tokens, int32_t id)
{
    if (tokens->count < CLIP_CONTEXT - 1)
        tokens->ids[tokens->count++] = id;
    else
        tokens->truncated = true;
}

static void add_word(const struct clip_vocabulary *vocabulary, const char *word, size_t size, int32_t *symbols,
                     int32_t *merged, struct clip_tokens *tokens)
{
    int32_t end = clip_vocabulary_size(vocabulary) - 1;
    if (begins(word, size, start_of_text) || begins(word, size, end_of_text)) {
        add_token(tokens, word[2] == 's' ? end - 1 : end);
        return;
    }
    for (size_t i = 0; i < size; i++)
        symbols[i] = vocabulary->bytes[(unsigned char)word[i]];
    symbols[size - 1] += CLIP_BYTE_SYMBOLS;
    size_t count = merge(vocabulary, symbols, merged, size);
    for (size_t i = 0; i < count && !tokens->truncated; i++)
        add_token(tokens, symbols[i]);
}

enum status clip_tokenize(const struct clip_tokenizer *tokenizer, const char *text, size_t size,
                          struct clip_tokens *tokens, struct error *error)
{
    const struct clip_vocabulary *vocabulary = &tokenizer->vocabulary;
    if (size > CLIP_TEXT_MAX)
        return error_set(error, STATUS_USAGE,
                         "the text has %zu bytes; at most %d can be read, of which about 60 words count", size,
                         CLIP_TEXT_MAX);
    struct buffer clean = {0};
    clip_clean(text, size, &clean);
    int32_t *symbols = malloc((clean.size + 1) * 2 * sizeof *symbols);
    enum status status = clean.failed || !symbols ? error_no_memory(error) : STATUS_OK;
    *tokens = (struct clip_tokens){0};
    if (status == STATUS_OK) {
        add_token(tokens, clip_vocabulary_size(vocabulary) - 2);
        for (size_t at = 0, length; at < clean.size && !tokens->truncated; at += length) {
            length = word_size(clean.data + at, clean.size - at);
            if (clean.data[at] != ' ')
                add_word(vocabulary, clean.data + at, length, symbols, symbols + clean.size, tokens);
        }
        tokens->ids[tokens->count++] = clip_vocabulary_size(vocabulary) - 1;
    }
    free(symbols);
    buffer_free(&clean);
    return status;
}
