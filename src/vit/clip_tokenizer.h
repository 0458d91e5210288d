#ifndef SLEEVE_VIT_CLIP_TOKENIZER_H
#define SLEEVE_VIT_CLIP_TOKENIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

/* CLIP's tokenizer (openai/CLIP, clip/simple_tokenizer.py and clip/clip.py: tokenize). A text is cleaned
 * (vit/clip_clean.h), split into words (contractions, runs of letters, single digits, runs of other characters), and
 * each word's bytes are merged by the vocabulary (vit/clip_vocabulary.h), the pair with the smallest symbol first. */

enum {
    CLIP_CONTEXT = 77,
    CLIP_TEXT_MAX = 16384,
    CLIP_VOCABULARY = 49408, /* tokens of the published models */
};

struct clip_tokens {
    int32_t ids[CLIP_CONTEXT]; /* start of text, the words' symbols, end of text; `count` of them */
    int count;                 /* 2 to CLIP_CONTEXT */
    bool truncated;            /* the text has more tokens; the last one is still the end of text */
};

struct clip_tokenizer;

/* path NULL: the vocabulary of the published models, which is installed with the program. */
enum status clip_tokenizer_open(const char *path, struct clip_tokenizer **tokenizer, struct error *error);
void clip_tokenizer_close(struct clip_tokenizer *tokenizer);

/* The number of different tokens. */
int32_t clip_tokenizer_size(const struct clip_tokenizer *tokenizer);
/* Thread-safe. STATUS_USAGE if the text has more than CLIP_TEXT_MAX bytes. An empty text has the tokens of start and
 * end. */
enum status clip_tokenize(const struct clip_tokenizer *tokenizer, const char *text, size_t size,
                          struct clip_tokens *tokens, struct error *error);

#endif
