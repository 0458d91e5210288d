#ifndef SLEEVE_APP_COVER_WORDS_H
#define SLEEVE_APP_COVER_WORDS_H

#include <stdbool.h>

#include "features/feature_set.h"

/* Finds covers by words: a text and all covers of a set made by CLIP are compared by the cosine of their embeddings
 * (Radford et al. 2021, section 2.2). The text tower must be that of the model that made the set. Texts are embedded on
 * the CPU: each reads the weights of the layers once (151 MB for ViT-B/32), and copying them to a GPU takes longer. */

struct cover_words;

struct cover_words_options {
    const char *set;        /* its name, for messages */
    const char *weights;    /* a file with the text tower */
    const char *vocabulary; /* NULL: that of the published models */
    int threads;            /* 0: all */
};

struct cover_match {
    int64_t album;    /* its number */
    float similarity; /* the cosine, -1 to 1 */
};

/* `set` must stay open until the end. STATUS_USAGE for a set that CLIP did not make, or that other weights made;
 * STATUS_BAD_DATA for a file without a text tower. */
enum status cover_words_open(const struct feature_set *set, const struct cover_words_options *options,
                             struct cover_words **words, struct error *error);
void cover_words_close(struct cover_words *words);
/* The best `k` covers, best first, ties by number. *truncated (may be NULL): only the first 75 tokens of the text
 * count. Not for two threads at a time. */
enum status cover_words_find(struct cover_words *words, const char *text, size_t k, struct cover_match *matches,
                             size_t *count, bool *truncated, struct error *error);

/* STATUS_USAGE unless CLIP made the set. */
enum status cover_words_check(const struct feature_set *set, const char *name, struct error *error);
/* Whether this file made the set. */
bool cover_words_are_of(const struct feature_set *set, const char *weights);
/* The file that made the set, as the set says; NULL if it does not. */
const char *cover_words_weights_of(const struct feature_set *set);
/* Whether the set was made with random weights, so that its order means nothing. */
bool cover_words_are_random(const struct feature_set *set);

#endif
