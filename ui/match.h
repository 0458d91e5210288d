#ifndef SLEEVE_UI_MATCH_H
#define SLEEVE_UI_MATCH_H

#include "ui/screen.h"

/* Words that a person types to search or filter, compared as the search compares them: folded (core/text.h), each word
 * anywhere in a text. */

/* Whether each word of `query` occurs in one of the `n` texts. A query without words matches everything. */
bool match_all(const char *query, const char *const *texts, size_t n);

/* Writes a text as screen_text does, with the letters that match a word of `query` in the style `matched`; returns the
 * columns used. */
int match_draw(struct screen *screen, int row, int column, int columns, enum style style, enum style matched,
               const char *text, const char *query);

#endif
