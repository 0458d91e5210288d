#ifndef SLEEVE_UI_CANDIDATES_H
#define SLEEVE_UI_CANDIDATES_H

#include <stdbool.h>
#include <stddef.h>

/* What is offered to complete the command line with (ui/completion.h). */

struct candidate {
    char *text;
    const char *help; /* of a command; else NULL */
};

struct completion {
    struct candidate *items; /* NULL: nothing is offered */
    size_t count, capacity;
    size_t start;  /* byte of the line where the candidates begin */
    size_t chosen; /* count: none yet */
    bool awaiting; /* an effect finds more of them */
};

void completion_clear(struct completion *completion);
/* False when memory ran out. */
bool completion_add(struct completion *completion, const char *text, const char *help);

#endif
