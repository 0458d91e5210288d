#ifndef SLEEVE_MODELS_TITLE_TEXT_H
#define SLEEVE_MODELS_TITLE_TEXT_H

#include <stdint.h>

#include "core/buffer.h"
#include "core/status.h"

/* Titles of playlists as words and as terms that can be compared. */

/* Appends the distinct words of a title in ascending order, separated by single spaces; nothing if it has none. Two
 * titles with the same words are the same title. Any bytes are accepted.
 *
 * The text is folded (text_fold: case, accents, forms, invisible characters). A word is a run of letters, marks and
 * digits; apostrophes inside it are dropped, and an "&" inside it becomes "n" ("R&B" is "rnb"). English plurals lose
 * their ending (the S stemmer of Harman, "How effective is suffixing?", 1991). A decade is written with two digits
 * ("1990s" is "90s"); other numbers stay. A date like 2013-08-21 or 2013/8/21 is one word. Each emoji or other symbol
 * is a word; skin tones are dropped, and a flag is one word. */
void title_words(const char *title, size_t size, struct buffer *out);

/* A hash of a word, of the weeks around a date, or of three characters; bit 0 is 1 if it is of three characters. */
struct title_term {
    int64_t hash;
    float count; /* in the title */
};

struct title_terms {
    struct title_term *items; /* [count] ascending by hash, distinct */
    size_t count;
};

/* The terms of words from title_words. A word is a term, and so are any three neighbouring characters of the word with
 * a mark at each end. A date has no such triples; instead it is also its year, its month, and two overlapping periods
 * each of 7, 14 and 28 days, so that near dates have many terms in common. */
enum status title_terms_make(const char *words, size_t size, struct title_terms *terms, struct error *error);
void title_terms_free(struct title_terms *terms);
static inline bool title_term_is_triple(int64_t hash)
{
    return hash & 1;
}

#endif
