#ifndef SLEEVE_UI_MATCH_H
#define SLEEVE_UI_MATCH_H

#include <stdbool.h>
#include <stddef.h>

/* Words that a person types to search, or to filter a list that keeps its order, compared as the search compares them:
 * folded (core/text.h), each word anywhere in a text. Where the best of many is chosen, see ui/fuzzy.h. */

/* Whether each word of `query` occurs in one of the `n` texts. A query without words matches everything. */
bool match_all(const char *query, const char *const *texts, size_t n);
/* Sets marks[i] for each byte i < size of `text` whose character belongs to a word of `query`, and clears the others.
 */
void match_marks(const char *query, const char *text, bool *marks, size_t size);

#endif
