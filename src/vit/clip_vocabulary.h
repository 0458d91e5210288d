#ifndef SLEEVE_VIT_CLIP_VOCABULARY_H
#define SLEEVE_VIT_CLIP_VOCABULARY_H

#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

/* The vocabulary of CLIP's byte pair encoding (Sennrich, Haddow & Birch, 2016; openai/CLIP, clip/simple_tokenizer.py):
 * symbols are numbered 0..255 for bytes, 256..511 for bytes at the end of a word, then one for each merge in order,
 * then the start and the end of a text. All published CLIP models of OpenAI and OpenCLIP have the same 48,894 merges.
 */
enum { CLIP_BYTE_SYMBOLS = 256, CLIP_FIRST_MERGE = 512, CLIP_MERGES_MAX = 48894 };

struct clip_pair {
    int32_t left, right, symbol; /* symbol 0: an empty slot */
};

struct clip_vocabulary {
    int32_t bytes[CLIP_BYTE_SYMBOLS]; /* the symbol of each byte; + 256 at the end of a word */
    int32_t merges;
    struct clip_pair *pairs; /* hashed, with linear probing */
    size_t slots;            /* a power of two */
};

/* Reads merges.txt, bpe_simple_vocab_16e6.txt(.gz), of which only the first CLIP_MERGES_MAX merges are used, or
 * tokenizer.json. STATUS_BAD_DATA with the line if a merge is malformed, occurs twice or joins unknown symbols, and if
 * the numbers in tokenizer.json are not those above. */
enum status clip_vocabulary_read(const char *path, struct clip_vocabulary *vocabulary, struct error *error);
void clip_vocabulary_free(struct clip_vocabulary *vocabulary);

/* All symbols with the two of start and end: the rows of a model's token embedding, 49,408 for the published ones. */
int32_t clip_vocabulary_size(const struct clip_vocabulary *vocabulary);
/* The symbol that the two merge into; 0 if they do not. Smaller symbols merge first. */
int32_t clip_vocabulary_merge(const struct clip_vocabulary *vocabulary, int32_t left, int32_t right);

#endif
