#ifndef SLEEVE_UI_LINE_H
#define SLEEVE_UI_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINE_SIZE = 512, HISTORY_MAX = 100 };

/* One line of text being typed: always well-formed UTF-8 without control characters. Everything else is kept, even
 * characters that no terminal shows, because a name may contain them. */
struct line {
    char text[LINE_SIZE];
    size_t size;
    size_t caret; /* byte, at the edge of a grapheme cluster */
};

void line_set(struct line *line, const char *text);
/* Line ends and tabs become blanks; bytes that are not text are left out. False when not all of it fits. */
bool line_insert(struct line *line, const char *text, size_t size);
void line_insert_character(struct line *line, int32_t character);
/* "left", "right", "home", "end", "backspace", "delete", "word" (deletes the word before the caret), "clear"; false for
 * another name. */
bool line_edit(struct line *line, const char *what);

/* Lines entered before, oldest first. */
struct history {
    char *lines[HISTORY_MAX];
    int count;
    int at;                /* index of the line shown; count: the line being typed */
    char typed[LINE_SIZE]; /* that line, while another one is shown */
};

void history_free(struct history *history);
/* Repeats of the last line are not kept twice. */
void history_add(struct history *history, const char *text);
/* Puts the line before (-1) or after (1) the shown one that begins with what was typed into `line`; after the last one
 * comes what was typed. */
void history_walk(struct history *history, int direction, struct line *line);

#endif
