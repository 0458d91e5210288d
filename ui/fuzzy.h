#ifndef SLEEVE_UI_FUZZY_H
#define SLEEVE_UI_FUZZY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/pool.h"
#include "core/status.h"

/* Fuzzy matching, as people know it from fzf. A pattern is one or more words, and every word must match. A word matches
 * a text that contains its characters in this order, with any characters between them. Accents make no difference; case
 * does if the word contains a capital letter. A match scores more if its characters are at starts of words or follow
 * one another.
 *
 * The score of one placement of a word's characters is the sum over its characters of
 *     FUZZY_MATCH + the bonus of the position (below; twice for the word's first character; for a character right after
 *                   the one before it at least FUZZY_RUN)
 *     - the cost of the gap before it: FUZZY_GAP for the first skipped character, 1 for each more, at most
 * FUZZY_GAP_MOST. Characters are bytes of the folded text: those of a longer UTF-8 sequence after its first byte follow
 * one another. The score of a word is that of its best placement, and of a pattern the sum over its words. */

enum {
    FUZZY_MATCH = 12,
    FUZZY_START = 12,    /* the first character of the text */
    FUZZY_WORD = 10,     /* after a blank */
    FUZZY_SEPARATOR = 8, /* after another character that is neither letter nor digit */
    FUZZY_CAMEL = 6,     /* a capital after a small letter, or a digit after a letter */
    FUZZY_RUN = 6,
    FUZZY_GAP = 4,
    FUZZY_GAP_MOST = 10,
    FUZZY_PATTERN_SIZE = 128, /* bytes of a folded pattern; the rest is ignored */
    FUZZY_WORDS_MAX = 16,
    FUZZY_TEXT_MAX = 1024, /* bytes of a folded text that are searched */
};

struct fuzzy_pattern {
    char bytes[FUZZY_PATTERN_SIZE]; /* words, each NUL-terminated */
    struct fuzzy_word {
        uint16_t start, size;
        bool with_case; /* it contains a capital letter */
    } words[FUZZY_WORDS_MAX];
    int n_words;    /* 0: every text matches, with score 0 */
    uint64_t mask;  /* the characters that a text must contain */
    int score_most; /* no text has a larger score */
};

/* `text` may be any bytes. */
void fuzzy_pattern_set(struct fuzzy_pattern *pattern, const char *text);
/* Whether every text that matches `pattern` also matches `before`, as far as the patterns alone show. */
bool fuzzy_pattern_narrows(const struct fuzzy_pattern *before, const struct fuzzy_pattern *pattern);

/* The score of one text; negative when it does not match. */
int fuzzy_score(const struct fuzzy_pattern *pattern, const char *text);
/* Sets marks[i] for each byte i < size of `text` whose character belongs to the best match, and clears the others.
 * False when the text does not match; then all are cleared. */
bool fuzzy_marks(const struct fuzzy_pattern *pattern, const char *text, bool *marks, size_t size);

/* Texts to filter, prepared: about 16 bytes a text more than the texts themselves, twice their size if they are not
 * plain ASCII. Once complete, a list may be used by any number of threads. */
struct fuzzy_list {
    char *bytes;              /* each text with a NUL, then its folded form if that differs */
    uint32_t *texts, *folded; /* [count] where they start */
    uint64_t *masks;          /* [count] which characters the folded text contains */
    size_t count, capacity, size, room;
};

void fuzzy_list_free(struct fuzzy_list *list);
/* False when memory ran out, or the texts together exceed 4 GB. */
bool fuzzy_list_add(struct fuzzy_list *list, const char *text);
/* Brings the texts into another order: order[i] is the text that becomes number i. False when memory ran out. */
bool fuzzy_list_reorder(struct fuzzy_list *list, const uint32_t *order);
static inline const char *fuzzy_list_text(const struct fuzzy_list *list, size_t at)
{
    return list->bytes + list->texts[at];
}

/* What a filter left: indices into the list, best first. Equal scores are ordered by the length of the text, then by
 * index, so a list that is sorted by use stays sorted among equals. */
struct fuzzy_found {
    uint32_t *best;    /* [count] */
    uint32_t *ordered; /* [count] the same by index */
    size_t count;
};

void fuzzy_found_free(struct fuzzy_found *found);
/* Fills `found` ({0}). `among` (NULL: all) is what an earlier pattern left that this one narrows. `pool` may be NULL.
 * The result does not depend on the threads. STATUS_INTERRUPTED when `cancel` (may be NULL) became true. */
enum status fuzzy_filter(const struct fuzzy_list *list, const struct fuzzy_pattern *pattern,
                         const struct fuzzy_found *among, struct pool *pool, const atomic_bool *cancel,
                         struct fuzzy_found *found, struct error *error);

#endif
