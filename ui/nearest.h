#ifndef SLEEVE_UI_NEAREST_H
#define SLEEVE_UI_NEAREST_H

#include <stddef.h>

/* How far a mistyped word is from a name: twice the number of letters to insert, remove, replace or exchange with their
 * neighbour. The last word of a name counts as the name, but is one farther away. */
size_t nearest_distance(const char *word, const char *name);
/* Words that are farther from a name than this are something else. */
size_t nearest_limit(const char *word);

#endif
