#ifndef SLEEVE_UI_FUZZY_INTERNAL_H
#define SLEEVE_UI_FUZZY_INTERNAL_H

#include "ui/fuzzy.h"

/* Shared by fuzzy.c and fuzzy_list.c. */

/* A text without accents. Capitals stay where their plain form is an ASCII letter. White space is a blank. */
struct fuzzy_folded {
    char bytes[FUZZY_TEXT_MAX + 1];
    uint16_t origins[FUZZY_TEXT_MAX]; /* the byte of the text that each folded byte comes from */
    size_t size;
};
void fuzzy_fold(const char *text, struct fuzzy_folded *folded);

/* The characters of a folded text, regardless of case. */
uint64_t fuzzy_mask(const char *folded, size_t size);
/* The score of a folded text; negative when it does not match. */
int fuzzy_score_folded(const struct fuzzy_pattern *pattern, const char *folded, size_t size);

#endif
